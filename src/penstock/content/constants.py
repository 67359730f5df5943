"""Constants of a pack: do they fit the fields they go to, and how a row shows them."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping

from penstock.columns import Kind
from penstock.content.model import Constant, Step
from penstock.schema.registry import Field


def constants_of(step: Step) -> Iterator[Mapping[str, Constant]]:
    """What a step may write that stands in the pack."""
    rows: list[object] = []
    if step.verb == "set":
        rows.append(step.arguments)
    elif step.verb == "lookup":
        table = step.arguments.get("table")
        only = step.arguments.get("to")
        listed = [*(table.values() if isinstance(table, dict) else ()), step.arguments.get("default")]
        rows.extend(row if isinstance(row, dict) or row is None else {only: row} for row in listed)
    for row in rows:
        if isinstance(row, Mapping):
            yield {str(k): tuple(map(str, v)) if isinstance(v, list) else v for k, v in row.items()}


def misfit_of(value: Constant, known: Field) -> str:
    """Why a constant cannot stand in this field; empty when it can."""
    if isinstance(value, tuple) and not known.many:
        return "a list, and the field is no array"
    for one in value if isinstance(value, tuple) else (value,):
        try:
            as_kind(one, Kind[known.kind])
        except ValueError:
            return f"no {known.type}"
    return ""


def as_kind(value: object, kind: Kind) -> object:
    """A constant as JSON has it in a field of this kind. Raises ValueError where it is none."""
    spelt = ("true" if value else "false") if isinstance(value, bool) else str(value)
    match kind:
        case Kind.LONG:
            number = int(spelt)
            if not -(2**63) <= number < 2**63:
                raise ValueError(spelt)
            return number
        case Kind.DOUBLE:
            return float(spelt)
        case Kind.BOOLEAN:
            if spelt not in ("true", "false"):
                raise ValueError(spelt)
            return spelt == "true"
        case Kind.IP:
            return str(ipaddress.ip_address(spelt))
        case _:
            return spelt
