"""The phrases of all rules as one automaton: what `kernels.phrases.find_phrases` runs on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from penstock.columns import I32, I64
from penstock.content.taxonomy.rule import Rule
from penstock.kernels.phrases import BETWEEN, FOUND, SYMBOL_OF, SYMBOLS


@dataclass(frozen=True, slots=True, eq=False)
class Phrases:
    """The arrays of `find_phrases`; see there.

    fields: the columns, in the order in which they are looked at.
    """

    fields: tuple[str, ...]
    table: I32
    out_begin: I32
    out_set: I32
    set_in: I64
    by_begin: I32
    by_rule: I32
    need_begin: I32
    need: I32
    veto_begin: I32
    veto: I32
    bit: I32


def compile_phrases(rules: Sequence[Rule], bits: Sequence[int]) -> Phrases:
    """The automaton of these rules (all of kind "words", first ones first). bits: which bit each sets, -1 none."""
    fields = dict.fromkeys(name for rule in rules for name in rule.within)
    place = {name: i for i, name in enumerate(fields)}
    sets: dict[tuple[tuple[str, ...], int], int] = {}

    def number(phrases: tuple[str, ...], within: tuple[str, ...]) -> int:
        return sets.setdefault((tuple(sorted(phrases)), sum(1 << place[name] for name in within)), len(sets))

    needs = [[number(group, rule.within) for group in rule.words] for rule in rules]
    vetoes = [[number(rule.unless, rule.within)] if rule.unless else [] for rule in rules]
    by: list[list[int]] = [[] for _ in sets]
    for r, need in enumerate(needs):
        by[need[0]].append(r)
    ends: dict[bytes, set[int]] = {}
    for (phrases, _), group in sets.items():
        for phrase in phrases:
            ends.setdefault(symbols(phrase), set()).add(group)
    table, outputs = automaton(tuple((word, tuple(groups)) for word, groups in ends.items()))
    return Phrases(
        tuple(fields),
        table,
        *_runs(outputs),
        np.array([within for _, within in sets], np.int64),
        *_runs(by),
        *_runs(needs),
        *_runs(vetoes),
        np.array(list(bits), np.int32),
    )


def symbols(phrase: str) -> bytes:
    """A phrase as the symbols of `kernels.phrases`, with what stands around it."""
    whole = not phrase.endswith("*")
    inside = bytes(SYMBOL_OF[b] for b in phrase.rstrip("*").encode())
    return bytes([BETWEEN]) + inside + (bytes([BETWEEN]) if whole else b"")


def _runs(lists: Sequence[Sequence[int]]) -> tuple[I32, I32]:
    """Lists one after the other: where each begins, and all of them (never empty: a kernel may look at it)."""
    begin = np.cumsum([0, *map(len, lists)]).astype(np.int32)
    return begin, np.array([v for one in lists for v in one] or [0], np.int32)


@lru_cache(4)
def automaton(words: tuple[tuple[bytes, tuple[int, ...]], ...]) -> tuple[I32, list[list[int]]]:
    """Aho and Corasick's automaton of these words, as a dense table; per state what ends there.

    States are numbered by depth: most of a text moves among the first few, which then lie together.
    """
    ends = dict(words)
    prefixes = sorted({word[:n] for word in ends for n in range(len(word) + 1)}, key=lambda p: (len(p), p))
    number = {prefix: state for state, prefix in enumerate(prefixes)}
    outputs: list[set[int]] = [set(ends.get(prefix, ())) for prefix in prefixes]
    children: list[list[tuple[int, int]]] = [[] for _ in prefixes]
    for state, prefix in enumerate(prefixes[1:], 1):
        children[number[prefix[:-1]]].append((prefix[-1], state))
    table: NDArray[np.int32] = np.zeros((len(prefixes), SYMBOLS), np.int32)
    fail = [0] * len(prefixes)
    for state in range(len(prefixes)):  # shallow ones first, so what they fall back to is done
        if state:
            table[state] = table[fail[state]]
        for symbol, child in children[state]:
            fail[child] = int(table[fail[state], symbol]) if state else 0
            outputs[child] |= outputs[fail[child]]
            table[state, symbol] = child
    flagged = np.array([FOUND if out else 0 for out in outputs], np.int32)
    return (table * SYMBOLS | flagged[table]).reshape(-1), [sorted(out) for out in outputs]
