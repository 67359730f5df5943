"""The schema as a contract: what each released version promised, and what a change of it means.

`released/<version>.tsv` is the frozen listing of a version. `check` compares the schema of this code with it.

    patch   allowed values widened
    minor   a field added
    major   a field removed, its type or array-ness changed, allowed values narrowed, required or no longer

Category codes and contexts are part of it (`code_versions.py`): they are only ever added. After a change: set
`registry.VERSION`, then `python -m penstock.schema.versions` writes the new listings.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import IntEnum
from typing import NamedTuple

from penstock.errors import Problem, UsageError
from penstock.schema import code_versions
from penstock.schema.registry import HERE, ROWS, VERSION, Schema, schema, table

FOLDER = HERE / "released"


class Compatibility(IntEnum):
    """How much a change breaks, and so which part of the version it moves."""

    PATCH = 0
    MINOR = 1
    MAJOR = 2


class Promise(NamedTuple):
    """What a version says of one field. `rows`: the kinds of row (`ROWS`) that always have it."""

    type: str
    many: bool
    allowed: tuple[str, ...]
    rows: tuple[str, ...]


Listing = Mapping[str, Promise]


class Change(NamedTuple):
    """One difference between two listings. `kind`: added, removed, type, many, allowed or required."""

    kind: str
    field: str
    compatibility: Compatibility
    before: str
    after: str

    def __str__(self) -> str:
        """`major: source.ip: type was ip, is keyword`."""
        what = self.kind if self.kind in ("added", "removed") else f"{self.kind} was {self.before}, is {self.after}"
        return f"{self.compatibility.name.lower()}: {self.field}: {what}"


def listing(of: Schema) -> Listing:
    """What a schema promises."""
    rows = {name: tuple(kind for kind, names in ROWS.items() if name in names) for name in of.fields}
    return {name: Promise(f.type, f.many, f.allowed, rows[name]) for name, f in of.fields.items()}


def frozen(version: str) -> Listing:
    """The listing of a released version. Raises `UsageError` for one that never was."""
    if version not in versions():
        raise UsageError(f"no schema version {version}: there are {', '.join(versions())}")
    found = {}
    for line in table(f"released/{version}.tsv"):
        name, type_, many, allowed, rows = line.split("\t")
        found[name] = Promise(type_, many == "many", _list(allowed), _list(rows))
    return found


def versions() -> list[str]:
    """All released versions, oldest first."""
    return sorted((path.stem for path in FOLDER.glob("*.tsv")), key=order)


def order(version: str) -> tuple[int, ...]:
    """`1.10.2` as numbers, for comparing. Raises `UsageError` for what is no version."""
    parts = version.split(".")
    if len(parts) != 3 or not all(p.isascii() and p.isdigit() for p in parts):
        raise UsageError(f"not a schema version: {version!r} (wanted: three numbers, as in 1.0.0)")
    return tuple(map(int, parts))


def diff(before: Listing, after: Listing) -> list[Change]:
    """What changed, worst first, then by name."""
    return sorted(_changes(before, after), key=lambda c: (-c.compatibility, c.field, c.kind))


def _changes(before: Listing, after: Listing) -> Iterator[Change]:
    major = Compatibility.MAJOR
    for name in before.keys() - after.keys():
        yield Change("removed", name, major, before[name].type, "")
    for name in after.keys() - before.keys():
        # a new field that rows must have is a promise to readers and a demand on writers
        yield Change("added", name, major if after[name].rows else Compatibility.MINOR, "", after[name].type)
    for name in before.keys() & after.keys():
        a, b = before[name], after[name]
        if a.type != b.type:
            yield Change("type", name, major, a.type, b.type)
        if a.many != b.many:
            yield Change("many", name, major, str(a.many).lower(), str(b.many).lower())
        if set(a.allowed) != set(b.allowed):
            widened = bool(a.allowed) and (not b.allowed or set(a.allowed) < set(b.allowed))
            words = (", ".join(x.allowed) or "any" for x in (a, b))
            yield Change("allowed", name, Compatibility.PATCH if widened else major, *words)
        if set(a.rows) != set(b.rows):
            yield Change("required", name, major, *(", ".join(x.rows) or "never" for x in (a, b)))


def check(current: Schema | None = None) -> list[Problem]:
    """What of this code's schema breaks its contract; empty when all is well."""
    current = current or schema()
    problems = list(code_versions.check())
    last = max((v for v in versions() if order(v) <= order(current.version)), key=order, default=None)
    if last is None:
        return problems
    changes = diff(frozen(last), listing(current))
    if last == current.version:
        hint = "set registry.VERSION, then run python -m penstock.schema.versions"
        said = f"differs from the released {last}:"
        return problems + [Problem("schema/registry.py", 1, f"{said} {change}", hint) for change in changes]
    allowed = moved(last, current.version)
    return problems + [
        Problem("schema/registry.py", 1, f"{last} to {current.version} may not hold {change}", "take a larger step")
        for change in changes
        if change.compatibility > allowed
    ]


def moved(before: str, after: str) -> Compatibility:
    """Which part of the version moved."""
    a, b = order(before), order(after)
    return Compatibility.MAJOR if a[0] != b[0] else Compatibility.MINOR if a[1] != b[1] else Compatibility.PATCH


def freeze() -> None:
    """Write the listing of this code's schema as that of `registry.VERSION`, unless there is one."""
    path = FOLDER / f"{VERSION}.tsv"
    if path.exists():
        raise UsageError(f"{path.name} is released and does not change: set registry.VERSION first")
    rows = (
        "\t".join((name, p.type, "many" if p.many else "", "|".join(p.allowed), "|".join(p.rows)))
        for name, p in listing(schema()).items()
    )
    head = f"# Penstock schema {VERSION}, as released. Never edit.\n# name\ttype\tmany\tallowed\trequired of\n"
    FOLDER.mkdir(exist_ok=True)
    path.write_text(head + "\n".join(rows) + "\n", encoding="utf-8")
    code_versions.freeze()


def _list(cell: str) -> tuple[str, ...]:
    return tuple(cell.split("|")) if cell else ()


if __name__ == "__main__":
    freeze()
