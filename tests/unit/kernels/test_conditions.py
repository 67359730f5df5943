"""Conditions 64 rows at a time against conditions row by row."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from penstock.kernels.conditions import ALL, AND, BLOCK, DEEPEST, NONE, NOT, OR, match_rows, rows_that_hold

LEAVES = 6

trees = st.recursive(
    st.one_of(st.integers(0, LEAVES - 1), st.sampled_from([ALL, NONE])),
    lambda inner: st.one_of(st.tuples(st.just(NOT), inner), st.tuples(st.sampled_from([AND, OR]), inner, inner)),
    max_leaves=6,
)


def program(tree) -> list[int]:
    if isinstance(tree, int):
        return [tree]
    return [code for part in tree[1:] for code in program(part)] + [tree[0]]


def holds(tree, leaves: set[int]) -> bool:
    if isinstance(tree, int):
        return tree in leaves if tree >= 0 else tree == ALL
    if tree[0] == NOT:
        return not holds(tree[1], leaves)
    return (all if tree[0] == AND else any)(holds(t, leaves) for t in tree[1:])


def witness(tree) -> set[int] | None:
    """Leaves of which one must hold if the tree does; None: it may hold without any."""
    if isinstance(tree, int):
        return {tree} if tree >= 0 else None if tree == ALL else set()
    if tree[0] == NOT:
        return None
    found = [witness(t) for t in tree[1:]]
    if tree[0] == AND:
        return next((f for f in found if f is not None), None)
    return None if None in found else set().union(*(f for f in found if f is not None))


def flat(lists: list[list[int]]) -> tuple[np.ndarray, np.ndarray]:
    return np.cumsum([0, *map(len, lists)]).astype(np.int32), np.array([i for x in lists for i in x], np.int32)


def run(rows, columns, values, rules, guards, on, spare):
    """(rule, row, filter) in the order they came, and how often each rule was asked.

    columns: per column its cells, (row, value); values: the leaves of each. rules: (tree, guard, filters), where
    filters are (name, guard). spare: room for outputs beyond what one block may give.
    """
    column_begin = np.cumsum([0, *map(len, columns)]).astype(np.int32)
    cells = [cell for column in columns for cell in column]
    value_begin, hits = flat(values)
    seen_by = [witness(tree) for tree, _, _ in rules]
    witness_begin, witness_rule = flat(
        [[r for r, w in enumerate(seen_by) if w and leaf in w] for leaf in range(LEAVES)]
    )
    program_begin, programs = flat([program(tree) for tree, _, _ in rules] + [program(g) for g in guards])
    filter_begin, filter_of = flat([[f for f, _ in filters] for _, _, filters in rules])
    filter_program = np.array([g for _, _, filters in rules for _, g in filters], np.int32)
    room = len(rules) * BLOCK + spare
    out = [np.full(room, -7, np.int32) for _ in range(3)]
    evaluated, state = np.zeros(len(rules), np.int64), np.zeros(2, np.int64)
    scratch = (
        np.zeros(LEAVES, np.uint64), np.empty(LEAVES, np.int32), np.full(len(rules), -1, np.int32), column_begin[:-1].copy(),  # noqa: E501
        np.empty(len(guards) + 1, np.uint64), np.empty(DEEPEST, np.uint64),
    )  # fmt: skip
    stops = 0
    while not match_rows(
        rows, np.array([r for r, _ in cells], np.int32), np.array([v for _, v in cells], np.int32), column_begin,
        value_begin, hits, witness_begin, witness_rule,
        np.array([r for r, w in enumerate(seen_by) if w is None], np.int32), np.array([g for _, g, _ in rules], np.int32),  # noqa: E501
        program_begin[: len(rules) + 1], programs, program_begin[len(rules) :], filter_begin, filter_of, filter_program,
        np.array(on, np.uint8), *scratch, *out, evaluated, state,
    ):  # fmt: skip
        stops += 1
        out = [np.concatenate([o, np.full(BLOCK, -7, np.int32)]) for o in out]
    assert state[0] == rows
    n = int(state[1])
    assert all((o[n:] == -7).all() for o in out)
    assert not scratch[0].any(), "words are left as they were found"
    return list(zip(*(o[:n].tolist() for o in out), strict=True)), evaluated.tolist(), stops


def twin(rows, columns, values, rules, guards, on):
    found = set()
    for row in range(rows):
        leaves = {leaf for column in columns for r, v in column if r == row for leaf in values[v]}
        for number, (tree, guard, filters) in enumerate(rules):
            if not holds(tree, leaves) or (guard >= 0 and not holds(guards[guard], leaves)):
                continue
            silencing = (f for f, g in filters if on[f] and not holds(guards[g], leaves))
            found.add((number, row, next(silencing, -1)))
    return found


@st.composite
def problems(draw: st.DrawFn):
    rows = draw(st.sampled_from([0, 1, 5, 63, 64, 65, 130, 200]))
    values = draw(st.lists(st.lists(st.integers(0, LEAVES - 1), max_size=3), min_size=1, max_size=5))
    columns = []
    for _ in range(draw(st.integers(0, 3))):
        where = draw(st.lists(st.integers(0, max(0, rows - 1)), max_size=40 if rows else 0))
        columns.append([(r, draw(st.integers(0, len(values) - 1))) for r in sorted(where)])
    guards = draw(st.lists(trees, max_size=3))
    guard = st.integers(-1, len(guards) - 1)
    named = st.lists(
        st.tuples(st.integers(0, 2), st.integers(0, len(guards) - 1)), max_size=2, unique_by=lambda f: f[0]
    )
    rules = draw(st.lists(st.tuples(trees, guard, named if guards else st.just([])), max_size=6))
    return rows, columns, values, rules, guards, draw(st.lists(st.integers(0, 1), min_size=3, max_size=3))


@given(problems(), st.integers(0, 100))
def test_agrees_row_by_row(problem, spare):
    rows, _columns, _, _rules, *_ = problem
    got, evaluated, _ = run(*problem, spare)
    assert len(got) == len(set(got)), "each once"
    assert set(got) == twin(*problem)
    blocks = -(-rows // BLOCK)
    assert all(e <= blocks for e in evaluated)
    for number, e in enumerate(evaluated):
        assert e >= len({row // BLOCK for rule, row, _ in got if rule == number}), "what holds was asked"


def test_a_rule_without_a_witness_in_a_block_is_not_asked_there():
    columns = [[(r, 0) for r in (3, 70, 199)]]
    _, evaluated, _ = run(200, columns, [[1]], [(1, -1, []), (2, -1, []), ((NOT, 2), -1, [])], [], [0], 0)
    assert evaluated == [3, 0, 4]


def test_goes_on_where_the_room_ended():
    """Every rule holds in every row: one block at a time has room."""
    got, _, stops = run(300, [[(r, 0) for r in range(300)]], [[0]], [(0, -1, [])] * 3, [], [0], 0)
    assert len(got) == 900
    assert stops > 3


def test_a_program_may_have_as_many_words_waiting_as_there_is_room_for():
    tree: object = 0
    for _ in range(DEEPEST - 1):
        tree = (AND, 0, tree)
    assert run(1, [[(0, 0)]], [[0]], [(tree, -1, [])], [], [0], 0)[0] == [(0, 0, -1)]


@given(trees, st.lists(st.sets(st.integers(0, LEAVES - 1)), max_size=3 * BLOCK))
def test_rows_that_hold(tree, rows):
    """One leaf a column but the last, which has two; each value has the leaves of one row."""
    columns = [[0], [1], [2], [3], [4, 5]]
    cells = [
        [(row, sorted(leaves & set(own))) for row, leaves in enumerate(rows) if leaves & set(own)] for own in columns
    ]
    begin, _ = flat([[0] * len(c) for c in cells])
    value_begin, hits = flat([leaves for column in cells for _, leaves in column])
    row = np.array([row for column in cells for row, _ in column], np.int32)
    wanted = np.array([v for v, own in enumerate(columns) if set(own) & set(program(tree))], np.int32)
    codes = np.array([NONE, *program(tree)], np.int32)
    out, words = np.full(len(rows), 9, np.uint8), np.zeros(LEAVES, np.uint64)
    rows_that_hold(
        len(rows), row, np.arange(len(row), dtype=np.int32), np.stack([begin[:-1], begin[1:]], axis=1), value_begin,
        hits, wanted, codes, 1, len(codes), words, np.empty(LEAVES, np.int32), np.empty(DEEPEST, np.uint64), out,
    )  # fmt: skip
    assert out.tolist() == [int(holds(tree, leaves)) for leaves in rows]
    assert not words.any()
