"""Contexts: the third tier, what an analyst would add to a category code. A closed list, as data (`contexts.tsv`).

`auth.credential_mismatch` of a `default_account`. An event may have several; they are computed only where asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from penstock.schema.categories import several
from penstock.schema.registry import table

MOST = 64
"""How many contexts there can be: an event's are the bits of a word."""


class Context(NamedTuple):
    """One context.

    context  its name
    meaning  one sentence
    since    schema version that brought it
    attack   ATT&CK techniques that hold whenever the context does
    """

    context: str
    meaning: str
    since: str
    attack: tuple[str, ...]


@cache
def contexts() -> Mapping[str, Context]:
    """All contexts, in the order of the file."""
    return {c.context: c for c in map(_parse, table("contexts.tsv"))}


def _parse(line: str) -> Context:
    context, meaning, since, attack = line.split("\t")
    return Context(context, meaning, since, several(attack))
