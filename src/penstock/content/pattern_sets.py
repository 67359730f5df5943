"""Lists of patterns, compiled together: which program a text is offered is found by hash.

A set is a text dataset's patterns, or those of one step. With a head the split field's value picks the list; without
one the first bytes do, by what each pattern's match can begin with (`beginnings`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from penstock.columns import I32, U8
from penstock.content.beginnings import beginnings, first_bytes
from penstock.content.hashing import HashTable, salted
from penstock.content.pattern_text import Assembler, Program
from penstock.kernels import patterns as op

_WORD = (1 << 64) - 1


@dataclass(frozen=True, slots=True, eq=False)
class PatternSets:
    """The arrays of `kernels.patterns.match_patterns`; see there."""

    head: I32
    key: I32
    prefix: I32
    default: I32
    buckets: HashTable
    list_begin: I32
    list_program: I32
    program_pc: I32
    program_family: I32
    code: I32
    literals: U8
    classes: U8
    firsts: U8


SHORTEST = 4
"""Beginnings shorter than this do not decide how many bytes are looked up: they stand in every list they fit."""


def _fits(found: frozenset[bytes], lead: bytes, width: int) -> bool:
    """Whether a text that begins with `lead` (width bytes) may begin as one of these does."""
    return any(b[:width] == lead if len(b) >= width else lead.startswith(b) for b in found)


@dataclass
class _Set:
    head: Program | None
    split: str | None
    programs: list[tuple[Program, int, tuple[str, ...]]]


def i32(values: Sequence[int]) -> I32:
    """An array that a kernel may look at: never empty."""
    return np.array(values or [0], np.int32)


class PatternSetsBuilder:
    """Collects sets; a set's number is the order of adding."""

    def __init__(self) -> None:
        self._sets: list[_Set] = []

    def add(
        self,
        programs: Sequence[tuple[Program, int, tuple[str, ...]]],
        head: Program | None = None,
        split: str | None = None,
    ) -> int:
        """Add a set of (program, family, values of the split field); give its number."""
        if head is not None:
            head.code[-2][2] = int(head.code[-2][2]) | op.ALWAYS  # the REST before END
        self._sets.append(_Set(head, split, list(programs)))
        return len(self._sets) - 1

    def __len__(self) -> int:
        return len(self._sets)

    def arrays(self, key_of: Callable[[str], int]) -> PatternSets:
        """Compile all sets."""
        assembler = Assembler(key_of)
        heads, keys, prefixes, defaults = [], [], [], []
        buckets: dict[int, int] = {}
        list_begin: list[int] = [0]
        list_program: list[int] = []
        pcs: list[int] = []
        families: list[int] = []
        firsts = bytearray()

        def new_list(members: list[int]) -> int:
            list_program.extend(members)
            list_begin.append(len(list_program))
            return len(list_begin) - 2

        for number, one in enumerate(self._sets):
            salt = ((number + 1) * 0x9E3779B97F4A7C15) & _WORD
            heads.append(assembler.add(one.head) if one.head else -1)
            keys.append(key_of(one.split) if one.split else -1)
            first = len(pcs)
            for program, family, _ in one.programs:
                pcs.append(assembler.add(program))
                families.append(family)
            numbered = [(first + k, p, values) for k, (p, _, values) in enumerate(one.programs)]
            if one.head:
                prefixes.append(0)
                by_value: dict[str, list[int]] = {}
                for k, _, values in numbered:
                    for value in values:
                        by_value.setdefault(value, []).append(k)
                for value, own in by_value.items():
                    buckets[salted(value.encode(), salt)] = new_list(own)
                rest = [k for k, _, values in numbered if not values]
                defaults.append(new_list(rest) if rest else -1)
            else:
                begin = [beginnings(p) for _, p, _ in numbered]
                long = [len(b) for found in begin for b in found if len(b) >= SHORTEST]
                width = min(long, default=0)
                prefixes.append(width)
                for lead in dict.fromkeys(b[:width] for found in begin for b in sorted(found) if width <= len(b) > 0):
                    own = [first + k for k, found in enumerate(begin) if _fits(found, lead, width)]
                    buckets[salted(lead, salt)] = new_list(own)
                short = [first + k for k, found in enumerate(begin) if not width or any(len(b) < width for b in found)]
                defaults.append(new_list(short) if short else -1)
            opening = (
                beginnings(one.head) if one.head else frozenset(b for p, _, _ in one.programs for b in beginnings(p))
            )
            firsts += first_bytes(opening)
        code, literals, classes = assembler.arrays()
        return PatternSets(
            i32(heads),
            i32(keys),
            i32(prefixes),
            i32(defaults),
            HashTable.of(buckets),
            i32(list_begin),
            i32(list_program),
            i32(pcs),
            i32(families),
            code,
            literals,
            classes,
            np.frombuffer(bytes(firsts) or bytes(256), np.uint8).copy(),
        )
