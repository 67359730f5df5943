"""Names that key=value and JSON logs in the wild give to what ECS has a name for: `srcip`, `src_ip`, `SourceIP`.

Only for records that no pack knows: a pack says exactly what it means. Data is `aliases.tsv`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from penstock.schema.registry import schema, table


def folded(name: str) -> str:
    """A name as aliases are compared: small letters and digits only. `Source-IP` is `sourceip`."""
    return "".join(c for c in name.lower() if c.isascii() and c.isalnum())


@cache
def aliases() -> Mapping[str, str]:
    """Folded alias -> the field it means."""
    lines = (line.split("\t") for line in table("aliases.tsv"))
    return {folded(alias): field for field, found in lines for alias in found.split("|")}


def resolve(name: str) -> str | None:
    """The field that a name in a log means: itself where the schema has it, else by alias; None where nobody knows."""
    return name if name in schema() else aliases().get(folded(name))
