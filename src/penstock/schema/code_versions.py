"""What released versions promised of category codes and contexts: none is ever changed or taken away.

`released/codes/<version>.tsv` and `released/contexts/<version>.tsv` list what that version had, without meanings: those
may be put into better words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from penstock.errors import Problem
from penstock.schema.categories import codes
from penstock.schema.contexts import contexts
from penstock.schema.registry import HERE, VERSION, table

Listed = Mapping[str, tuple[str, ...]]
"""Name -> its promised cells, as text."""


def listed_codes() -> Listed:
    """ECS values, severity, since and techniques of each code. (Version 1.0.0 had no techniques.)"""
    return {
        c.code: ("|".join(c.category), "|".join(c.type), c.outcome, str(c.severity), c.since, "|".join(c.attack))
        for c in codes().values()
    }


def listed_contexts() -> Listed:
    """Since and techniques of each context."""
    return {c.context: (c.since, "|".join(c.attack)) for c in contexts().values()}


KINDS: Mapping[str, tuple[str, Callable[[], Listed], str]] = {
    "codes": ("schema/categories.tsv", listed_codes, "category code"),
    "contexts": ("schema/contexts.tsv", listed_contexts, "context"),
}
"""Folder of the listings -> file, what there is now, what one is called."""


def released(kind: str) -> dict[str, Listed]:
    """All listings of a kind by version."""
    found: dict[str, Listed] = {}
    for path in sorted((HERE / "released" / kind).glob("*.tsv")):
        rows = (line.split("\t") for line in table(f"released/{kind}/{path.name}"))
        found[path.stem] = {name: tuple(cells) for name, *cells in rows}
    return found


def check() -> Iterator[Problem]:
    """What was changed or taken away, and what is new without a version."""
    for kind, (file, now, called) in KINDS.items():
        current, before = now(), released(kind)
        for version, listing in before.items():
            for name, cells in listing.items():
                if name not in current:
                    yield Problem(file, 1, f"{called} {name} of {version} is gone", "put it back: none is taken away")
                elif current[name][: len(cells)] != cells:
                    hint = "put it back as it was, and add a new one"
                    yield Problem(file, 1, f"{called} {name} of {version} was changed", hint)
        if VERSION not in before:
            hint = "run python -m penstock.schema.versions"
            yield Problem(file, 1, f"{called}s of {VERSION} are not frozen", hint)
            continue
        for name in current.keys() - before[VERSION].keys():
            hint = "set registry.VERSION, then run python -m penstock.schema.versions"
            yield Problem(file, 1, f"{called} {name} came after {VERSION}", hint)


def freeze() -> None:
    """Write the listings of `registry.VERSION`, unless there are some."""
    for kind, (_, now, called) in KINDS.items():
        path = HERE / "released" / kind / f"{VERSION}.tsv"
        if not path.exists():
            head = f"# {called[0].upper()}{called[1:]}s of schema {VERSION}, as released. Never edit.\n"
            rows = "".join("\t".join((name, *cells)) + "\n" for name, cells in now().items())
            path.write_text(head + rows, encoding="utf-8")
