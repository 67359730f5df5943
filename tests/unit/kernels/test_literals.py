"""Many literals at once against one after the other."""

# ruff: noqa: E501, PLW2901  tables stand as they are

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.columns import Text
from penstock.content.sigma.expressions import ANY, ONE, Cidr, Compare, Glob, Match, Present, Regex
from penstock.content.sigma.folding import fold
from penstock.content.sigma.tables import TableBuilder
from penstock.kernels.folding import WIDEST
from penstock.kernels.literals import match_cells

Leaves = dict[int, frozenset[Match]]
"""What is looked for in a column: leaf -> matches of which one must hold."""


def run(
    looked_for: Sequence[Leaves],
    columns: Sequence[Sequence[str]],
    distinct: Sequence[bool],
    spare: int = 0,
    places: int = 5,
) -> tuple[list[list[int]], list[list[list[int]]], int]:
    """Per column each cell's distinct value and each cell's leaves; how often it stopped for room.

    spare: how much more room for leaves there is than one value may need.
    """
    builder = TableBuilder()
    most = 1 + max((leaf for leaves in looked_for for leaf in leaves), default=0)
    for column, leaves in enumerate(looked_for):
        for leaf, matches in leaves.items():
            builder.add(column, tuple(matches), leaf)
    tables = builder.build(len(columns), distinct)
    text = Text.of(b"~")
    values = [v.encode() for column in columns for v in column]
    start = np.array([text.append(v) for v in values], np.int32)
    length = np.array([len(v) for v in values], np.int32)
    begin = np.cumsum([0, *map(len, columns)]).astype(np.int32)
    n = len(values)
    slots = np.empty(1 << max(4, (2 * max(map(len, columns), default=0)).bit_length()), np.int32)
    box = np.empty(WIDEST * max([0, *length.tolist()]) + 64, np.uint8)
    seen = [np.full(size, -1, np.int32) for size in (most, len(tables.literal), 256)]
    value, value_cell, value_begin = np.empty(n, np.int32), np.empty(n + 2, np.int32), np.empty(n + 3, np.int32)
    hits, state, stops = np.empty(most + 1 + spare, np.int32), np.zeros(4, np.int64), 0
    while not match_cells(
        text.data,
        start,
        length,
        begin,
        *tables.arrays(),
        box,
        slots,
        *seen,
        np.empty(places, np.int32),
        value,
        value_cell,
        value_begin,
        hits,
        state,
    ):
        stops += 1
        hits = np.concatenate([hits, np.empty(1 + most // 2, np.int32)])
    found = [hits[a:b].tolist() for a, b in pairwise(value_begin[: int(state[2]) + 1])]
    assert all(len(f) == len(set(f)) for f in found), "each leaf once a value"
    assert [values[c] for c in value_cell[: int(state[2])]] == [
        values[int(np.flatnonzero(value == v)[0])] for v in range(int(state[2]))
    ]
    per = [value[a:b].tolist() for a, b in pairwise(begin)]
    return per, [[sorted(found[v]) for v in column] for column in per], stops


@cache
def glob(match: Glob) -> re.Pattern[str]:
    return re.compile(
        "".join(re.escape(p) if isinstance(p, str) else {ANY: ".*", ONE: "."}[p] for p in match.parts), re.DOTALL
    )


def holds(value: str, match: Match) -> bool:
    """Whether a match holds; of a regular expression, whether the text that every match has is there."""
    if isinstance(match, Glob):
        return glob(match).fullmatch(value if match.cased else fold(value)) is not None
    if isinstance(match, Regex):
        return match.pattern.lower() in fold(value)
    if isinstance(match, Cidr):
        try:
            return ipaddress.ip_address(value) in ipaddress.ip_network(match.network)
        except ValueError:
            return False
    if isinstance(match, Compare):
        if not re.fullmatch(r"-?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", value, re.ASCII | re.IGNORECASE):
            return False
        a, b = float(value), match.number
        return {"<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b, "!=": a != b}[match.operator]
    return isinstance(match, Present)


letters = "aabABcé\\ É\u212aİ😀€1."
small = st.text(letters, min_size=1, max_size=4)
long = st.text(letters, min_size=5, max_size=60)
words = st.one_of(small, small, long)


def plain(parts: Sequence[str | int], *, cased: bool) -> Glob:
    """A glob as rules' are: folded, texts and stars never side by side."""
    out: list[str | int] = []
    for part in parts:
        if isinstance(part, str) and out and isinstance(out[-1], str):
            out[-1] += part if cased else fold(part)
        elif isinstance(part, str):
            out.append(part if cased else fold(part))
        elif part == ONE or out[-1:] != [ANY]:
            out.append(part)
    return Glob(tuple(out), cased)


@st.composite
def matches(draw: st.DrawFn) -> Match:
    kind = draw(st.sampled_from(["glob"] * 12 + ["network", "number", "regex", "any"]))
    if kind == "network":
        return Cidr(draw(st.sampled_from(["1.0.0.0/8", "1.1.0.0/16", "::/0", "a::/16", "a:b::/33", "0.0.0.0/0"])))
    if kind == "number":
        return Compare(
            draw(st.sampled_from(["<", "<=", ">", ">=", "!="])), draw(st.sampled_from([0.0, 1.0, 11.0, -1.5]))
        )
    if kind == "regex":
        return Regex(draw(st.text("abc", min_size=3, max_size=9)))
    if kind == "any":
        return Present()
    shape = draw(st.sampled_from(["exact", "begins", "ends", "holds", "holds", "mixed"]))
    cased = draw(st.integers(0, 5)) == 0
    word = draw(words)
    star = [ANY]
    whole: list[str | int] = [word]
    if shape in ("ends", "holds"):
        whole = star + whole
    if shape in ("begins", "holds"):
        whole += star
    if shape == "mixed":
        whole = draw(st.lists(st.one_of(words, st.sampled_from([ANY, ONE])), max_size=5))
    found = plain(whole, cased=cased)
    return Present() if found.parts == (ANY,) else found


def near(draw: st.DrawFn, pool: Sequence[Match]) -> str:
    """A value that meets one of the matches, or nearly."""
    match = draw(st.sampled_from(pool)) if pool else Present()
    around = st.one_of(st.just(""), small, long)
    if isinstance(match, Glob):
        value = "".join(
            p if isinstance(p, str) else draw(around if p == ANY else st.sampled_from(letters)) for p in match.parts
        )
    elif isinstance(match, Regex):
        value = match.pattern
    else:
        return draw(
            st.sampled_from(["1.1.0.1", "1.2.3.4", "a:b::1", "a::8000:0:0:1", "1", "-1.5", "11.0", "1e1", "x", ""])
        )
    change = draw(st.integers(0, 9))
    at = draw(st.integers(0, max(0, len(value) - 1)))
    if change == 0:
        value = value[:at] + value[at + 1 :]
    elif change == 1:
        value = value[:at] + draw(st.sampled_from(letters)) + value[at:]
    elif change == 2:
        value = value.swapcase()
    elif change == 3:
        value = draw(around) + value + draw(around)
    return value


@st.composite
def problems(draw: st.DrawFn):
    """Columns, what is looked for in them, their values. Each leaf is of one column; a column's `Present` is of one."""
    looked_for: list[Leaves] = []
    columns: list[list[str]] = []
    number = 0
    for _ in range(draw(st.integers(1, 3))):
        leaves: Leaves = {}
        for wanted in draw(st.lists(st.frozensets(matches(), min_size=1, max_size=3), max_size=8)):
            if Present() in wanted:
                if any(Present() in w for w in leaves.values()):
                    continue
                wanted = frozenset((Present(),))
            leaves[number] = wanted
            number += 1
        pool = sorted({m for w in leaves.values() for m in w}, key=repr)
        values = [near(draw, pool) for _ in range(draw(st.integers(0, 6)))]
        columns.append([draw(st.sampled_from(values)) for _ in range(draw(st.integers(0, 8)))] if values else [])
        looked_for.append(leaves)
    return looked_for, columns, draw(st.lists(st.booleans(), min_size=len(columns), max_size=len(columns)))


@given(problems(), st.integers(0, 40))
def test_agrees_with_one_after_the_other(problem, spare):
    looked_for, columns, distinct = problem
    numbers, got, _ = run(looked_for, columns, distinct, spare)
    assert got == [
        [sorted(leaf for leaf, wanted in leaves.items() if any(holds(v, m) for m in wanted)) for v in values]
        for leaves, values in zip(looked_for, columns, strict=True)
    ]
    for values, given_to, once in zip(columns, numbers, distinct, strict=True):
        assert len(set(given_to)) == (len(set(values)) if once else len(values))


@given(problems())
def test_each_value_by_itself_is_the_same(problem):
    """What was seen of one value or column says nothing of another."""
    looked_for, columns, distinct = problem
    _, together, _ = run(looked_for, columns, distinct)
    for column, (leaves, values) in enumerate(zip(looked_for, columns, strict=True)):
        for value, found in zip(values, together[column], strict=True):
            assert run([leaves], [[value]], [True])[1] == [[found]]


@given(st.lists(st.text("abc", min_size=4, max_size=30), min_size=1, max_size=30), st.data())
def test_long_literals_are_found_wherever_they_begin(texts, data):
    """Only every stride-th place of a value is looked at."""
    leaves = {i: frozenset([Glob((ANY, t, ANY))]) for i, t in enumerate(texts)}
    value = "".join(data.draw(st.lists(st.one_of(st.sampled_from(texts), st.text("abcx", max_size=9)), max_size=6)))
    assert run([leaves], [[value]], [True])[1] == [[[i for i, t in enumerate(texts) if t in value]]]


@given(st.lists(st.text("ab", min_size=1, max_size=60), min_size=1, max_size=30), st.data())
def test_anchors_lie_at_any_distance(texts, data):
    """Literals are looked up by eight bytes up to forty from their anchor; long ones by the least crowded."""
    kinds = data.draw(st.lists(st.sampled_from(["exact", "begins", "ends"]), min_size=len(texts), max_size=len(texts)))
    shapes = {"exact": lambda t: (t,), "begins": lambda t: (t, ANY), "ends": lambda t: (ANY, t)}
    leaves = {i: frozenset([Glob(shapes[k](t))]) for i, (t, k) in enumerate(zip(texts, kinds, strict=True))}
    value = data.draw(st.one_of(st.sampled_from(texts), st.tuples(*[st.sampled_from(texts)] * 2).map("".join)))
    want = [
        i for i, (t, k) in enumerate(zip(texts, kinds, strict=True))
        if (value == t if k == "exact" else value.startswith(t) if k == "begins" else value.endswith(t))
    ]  # fmt: skip
    assert run([leaves], [[value]], [True])[1] == [[want]]


def test_no_cells_and_nothing_looked_for():
    assert run([{}], [[]], [True]) == ([[]], [[]], 0)
    assert run([{}, {0: frozenset([Glob(("a",))])}], [["x", "x"], []], [True, False])[:2] == (
        [[0, 0], []],
        [[[], []], []],
    )


def test_goes_on_where_the_room_ended():
    """Leaves of every value fill the room again and again; equal values across a stop are still one."""
    leaves = {i: frozenset([Glob((ANY, "a", ANY), cased=bool(i % 2))]) for i in range(2)}
    leaves |= {i: frozenset([Glob((ANY, "a" * i, ANY))]) for i in range(2, 12)}
    values = [f"{i % 50}" + "a" * (i % 14) for i in range(300)]
    numbers, got, stops = run([leaves], [values], [True])
    assert stops > 20
    assert got == [[[i for i, w in leaves.items() if any(holds(v, m) for m in w)] for v in values]]
    assert len(set(numbers[0])) == len(set(values))


@pytest.mark.compiled
def test_a_value_of_a_megabyte():
    """Its end counts as much as its beginning."""
    leaves = {0: frozenset([Glob((ANY, "needle", ANY))]), 1: frozenset([Glob((ANY, "end"))]), 2: frozenset([Glob(("begin", ANY))]),
              3: frozenset([Glob(("begin", ANY, "x", ONE, ANY, "end"))])}  # fmt: skip
    value = "Begin" + "aé" * 400_000 + "xNEEDLE" + "b" * 100 + "END"
    assert run([leaves], [[value, value[:-1]]], [True])[1] == [[[0, 1, 2, 3], [0, 2]]]
