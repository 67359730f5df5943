"""How records are told apart: for text by tag, first bytes and the order of delimiters; for the rest by their members.

Each is a hash lookup. Members become features with random weights; a record's features together are one number, and
each distinct number is judged once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from penstock.columns import I32, U8
from penstock.content.hashing import HashTable
from penstock.content.model import Selector
from penstock.content.pattern_sets import PatternSetsBuilder, i32
from penstock.content.plan import Plan
from penstock.formats.keys import KeyTable, hash_part

if TYPE_CHECKING:
    from penstock.content.compiling import Keys

DELIMITERS = b" \t[]()\"'|,;=<>{}"
_WORD = (1 << 64) - 1


def outline(text: bytes) -> bytes:
    """The first four delimiters of a text, a run of blanks counting once."""
    out = bytearray()
    before = 0
    for b in text[:256]:
        if b in DELIMITERS and not (b == 32 and before == 32):
            out.append(b)
            if len(out) == 4:
                break
        before = b
    return bytes(out)


@dataclass(frozen=True, slots=True, eq=False)
class TextSelectors:
    """Tables of `kernels.recognise`: each leads to a group, and a group lists pattern sets in order.

    programs, outlines  hash of the tag / of the outline -> group
    begins              hash of the first four bytes -> list of (literal, group) in `begin_*`
    groups              group -> its sets, as group_begin and group_sets
    group_of_pack       pack -> group of all its text sets
    within_pack         pack -> int32[groups]: of each group the one of those of its sets that are the pack's, or -1
    """

    programs: HashTable
    outlines: HashTable
    begins: HashTable
    begin_first: I32
    begin_offset: I32
    begin_length: I32
    begin_group: I32
    literals: U8
    group_begin: I32
    group_sets: I32
    group_of_pack: dict[str, int]
    within_pack: dict[str, I32]
    dataset_of_set: I32


def build_text_selectors(
    selectors: Sequence[tuple[int, Selector]], plans: Sequence[Plan], sets: PatternSetsBuilder
) -> TextSelectors:
    """The tables of all text datasets."""
    groups: dict[tuple[int, ...], int] = {}

    def group(datasets: Sequence[int]) -> int:
        wanted = tuple(dict.fromkeys(plans[d].pattern_set for d in datasets if plans[d].pattern_set >= 0))
        return groups.setdefault(wanted, len(groups))

    def gather(pick: Callable[[Selector], Sequence[bytes]]) -> dict[bytes, list[int]]:
        found: dict[bytes, list[int]] = {}
        for dataset, selector in selectors:
            for value in pick(selector):
                found.setdefault(value, []).append(dataset)
        return found

    programs = {hash_part(k): group(v) for k, v in gather(lambda s: [p.encode() for p in s.program]).items()}
    outlines = {hash_part(k): group(v) for k, v in gather(lambda s: [outline(p.encode()) for p in s.like]).items()}
    begins = gather(lambda s: [b.encode() for b in s.begins])
    by_four: dict[bytes, list[bytes]] = {}
    for literal in sorted(begins, key=lambda x: (-len(x), x)):
        by_four.setdefault(literal[:4], []).append(literal)
    first, offset, length, owner, literals = [0], [], [], [], bytearray()
    table: dict[int, int] = {}
    for four, members in by_four.items():
        table[hash_part(four)] = len(first) - 1
        for literal in members:
            offset.append(len(literals))
            length.append(len(literal))
            owner.append(group(begins[literal]))
            literals += literal
        first.append(len(offset))
    of_pack: dict[str, list[int]] = {}
    for plan in plans:
        if plan.pattern_set >= 0:
            of_pack.setdefault(plan.pack, []).append(plan.number)
    group_of_pack = {pack: group(numbers) for pack, numbers in of_pack.items()}
    datasets_of = [[p.number for p in plans if p.pattern_set in wanted] for wanted in groups]
    inside = {
        pack: [group(mine) if (mine := [d for d in of if plans[d].pack == pack]) else -1 for of in datasets_of]
        for pack in of_pack
    }
    within_pack = {pack: i32([*found, *([-1] * (len(groups) - len(found)))]) for pack, found in inside.items()}
    group_begin: list[int] = [0]
    group_sets: list[int] = []
    for sets_of in groups:
        group_sets.extend(sets_of)
        group_begin.append(len(group_sets))
    dataset_of_set = np.full(len(sets), -1, np.int32)
    for plan in plans:
        if plan.pattern_set >= 0:
            dataset_of_set[plan.pattern_set] = plan.number
    return TextSelectors(
        HashTable.of(programs),
        HashTable.of(outlines),
        HashTable.of(table),
        i32(first),
        i32(offset),
        i32(length),
        i32(owner),
        np.frombuffer(bytes(literals) + bytes(64), np.uint8).copy(),
        i32(group_begin),
        i32(group_sets),
        group_of_pack,
        within_pack,
        dataset_of_set,
    )


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """Weights of the members that tell structured products apart (`kernels.tape.fingerprints`), and the rules.

    weight uint64[K], by_value uint8[K], known: sorted uint64 hashes of (member, value) that count.
    rules: (format, dataset, alternatives of weights that must be present); alternatives of one member are a set.
    """

    weight: NDArray[np.uint64]
    by_value: U8
    known: NDArray[np.uint64]
    rules: tuple[Rule, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Rule:
    """A dataset's selector: for each demand one of the key ids must be there (with one of the values, if given)."""

    dataset: int
    format: str
    demands: tuple[tuple[frozenset[int], frozenset[bytes] | None], ...]

    def holds(self, present: dict[int, bytes]) -> bool:
        """Whether a record with these members (key id -> value) satisfies it."""
        return all(
            any(k in present and (values is None or present[k] in values) for k in ids) for ids, values in self.demands
        )


def _weight(key: int) -> int:
    return hash_part(b"feature %d" % key)


def build_features(selectors: Sequence[tuple[int, str, Selector]], keys: Keys) -> Callable[[KeyTable], Features]:
    """The features of all structured datasets; the arrays are made once the key table is complete."""
    rules: list[Rule] = []
    weight: dict[int, int] = {}
    known: set[int] = set()
    by_value: set[int] = set()
    for dataset, format_, s in selectors:
        demands: list[tuple[frozenset[int], frozenset[bytes] | None]] = []
        wanted: list[tuple[str, tuple[str, ...] | None]] = [(k, None) for k in s.keys]
        wanted += [(k, v) for k, v in s.values.items()]
        prefix = "leef" if format_ == "leef" else "cef.device"
        wanted += [(f"{prefix}.{part}", v) for part, v in (("vendor", s.vendor), ("product", s.product)) if v]
        for member, values in wanted:
            ids = frozenset(k for name in member.split("|") for k in keys.member(name))
            for k in ids:
                weight[k] = _weight(k)
                for value in values or ():
                    by_value.add(k)
                    h = ((weight[k] ^ hash_part(value.encode())) * 0xFF51AFD7ED558CCD) & _WORD
                    known.add(h ^ (h >> 32))
            demands.append((ids, None if values is None else frozenset(v.encode() for v in values)))
        if demands:
            rules.append(Rule(dataset, format_, tuple(demands)))
    rules.sort(key=lambda r: (-len(r.demands), -sum(v is not None for _, v in r.demands), r.dataset))

    def finish(table: KeyTable) -> Features:
        weights = np.zeros(table.count + 1, np.uint64)
        flags = np.zeros(table.count + 1, np.uint8)
        for k, w in weight.items():
            weights[k] = w
        flags[list(by_value)] = 1
        return Features(weights, flags, np.array(sorted(known), np.uint64), tuple(rules))

    return finish
