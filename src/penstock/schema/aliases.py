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


_DEEP = frozenset(
    "entity x509 pe elf macho code_signature risk attested_user attested_groups saved_user saved_group real_user"
    " real_group supplemental_groups session_leader entry_leader group_leader previous tty io entry_meta vlan indicator"
    " enrichments changes threat vulnerability gen_ai device data_stream ecs volume package dll trigger".split()
)
"""Parts of names that records no pack knows hardly ever have; and objects within objects stay whole."""

_OURS = frozenset(("event.id", "event.original", "event.dataset", "event.ingested"))
"""Ours to set, whatever a record says of them."""


@cache
def spellings() -> Mapping[str, str]:
    """Names as logs write them -> the field they mean: every alias in the usual spellings, and ECS's own names.

    `src_ip` is also `srcip`, `srcIp`, `SrcIp`, `SRC_IP` and `Src IP`: a lookup by hash cannot fold.
    """
    found: dict[str, str] = {}
    for line in table("ecs.tsv"):
        name, kind, *_ = line.split("\t")
        if kind not in ("object", "nested", "flattened") and name not in _OURS and _DEEP.isdisjoint(name.split(".")):
            found[name] = name
    for line in table("aliases.tsv"):
        field, listed = line.split("\t")
        for alias in listed.split("|"):
            for spelt in _spelt(alias):
                found.setdefault(spelt, field)
    return found


def _spelt(alias: str) -> tuple[str, ...]:
    if "." in alias:
        return (alias,)
    first, *rest = alias.split("_")
    capitals = "".join(part.capitalize() for part in rest)
    pascal = first.capitalize() + capitals
    acronyms = pascal.replace("Ip", "IP").replace("Id", "ID")
    plain = alias, alias.replace("_", "-"), first + "".join(rest), first + capitals, pascal, acronyms, alias.upper()
    # headings of tables: `Source IP`, `User agent`
    words = [part.upper() if part in ("ip", "id", "url", "mac") else part.capitalize() for part in (first, *rest)]
    return *plain, " ".join((first, *rest)), " ".join(words), " ".join((words[0], *rest))


def resolve(name: str) -> str | None:
    """The field that a name in a log means: itself where the schema has it, else by alias; None where nobody knows."""
    return name if name in schema() else aliases().get(folded(name))
