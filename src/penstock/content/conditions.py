"""`when:` of a step, compiled: a tree of tests on fields."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from penstock.columns import I32, U8
from penstock.content.hashing import HashTable
from penstock.formats.keys import hash_part

BEGINS, ENDS, CONTAINS = 0, 1, 2
_TEXT_TESTS = {"begins": BEGINS, "ends": ENDS, "contains": CONTAINS}


@dataclass(frozen=True, eq=False)
class Condition:
    """One node. kind: all, any, not (of `parts`); in (field, table); exists (field, wanted); text (field, how).

    texts: the values of `in`, the literals of `text`.
    """

    kind: str
    parts: tuple[Condition, ...] = ()
    field: str = ""
    table: HashTable | None = None
    wanted: bool = True
    how: int = 0
    texts: tuple[bytes, ...] = ()

    @cached_property
    def packed(self) -> tuple[U8, I32, I32]:
        """The texts as `kernels.slices.test_texts` takes them: bytes, offsets, sizes."""
        sizes = np.array([len(t) for t in self.texts], np.int32)
        raw = np.frombuffer(b"".join(self.texts) + bytes(8), np.uint8)
        return raw, (np.cumsum(sizes) - sizes).astype(np.int32), sizes

    def fields(self) -> Iterator[str]:
        """Every field it looks at."""
        if self.field:
            yield self.field
        for part in self.parts:
            yield from part.fields()


def compile_condition(when: object) -> Condition:
    """The condition of plain data. Raises ValueError that says what is wrong."""
    if isinstance(when, list):
        return Condition("any", tuple(compile_condition(w) for w in when))
    if not isinstance(when, dict) or not when:
        raise ValueError("`when` is a map of fields, or a list of such maps")
    parts: list[Condition] = []
    for name, test in when.items():
        if name == "not":
            parts.append(Condition("not", (compile_condition(test),)))
        elif isinstance(test, dict):
            for how, wanted in test.items():
                if how == "exists":
                    if not isinstance(wanted, bool):
                        raise ValueError(f"`when`: {name}: exists is true or false")
                    parts.append(Condition("exists", field=name, wanted=wanted))
                    continue
                texts = _values(name, wanted)
                if how in _TEXT_TESTS and not all(texts):
                    raise ValueError(f"`when`: {name}: {how} needs a text that is not empty")
                if how == "not":
                    parts.append(Condition("not", (Condition("in", field=name, table=_table(texts), texts=texts),)))
                elif how in _TEXT_TESTS:
                    parts.append(Condition("text", field=name, how=_TEXT_TESTS[how], texts=texts))
                else:
                    raise ValueError(f"no test {how!r} in `when`: exists, not, begins, ends, contains")
        else:
            texts = _values(name, test)
            parts.append(Condition("in", field=name, table=_table(texts), texts=texts))
    return parts[0] if len(parts) == 1 else Condition("all", tuple(parts))


def _values(name: str, given: object) -> tuple[bytes, ...]:
    """The values a field is compared with."""
    values = given if isinstance(given, list) else [given]
    if not values or any(v is None or isinstance(v, (list, dict)) for v in values):
        raise ValueError(f"`when`: {name} must be a value or a list of values; `exists: false` asks for absence")
    return tuple(_bytes(v) for v in values)


def _bytes(value: object) -> bytes:
    if isinstance(value, bool):
        return b"true" if value else b"false"
    return str(value).encode()


def _table(values: tuple[bytes, ...]) -> HashTable:
    return HashTable.of({hash_part(v): 1 for v in values})
