"""Conditions over answers: whatever the condition, it holds of a row's answers when it holds of the row."""

from __future__ import annotations

import orjson
from hypothesis import given
from hypothesis import strategies as st

from penstock.content.conditions import BEGINS, ENDS, Condition, compile_condition
from penstock.content.taxonomy.atoms import ABSENT, FIRST, OTHER, Atom, Atoms, holds
from penstock.schema.registry import schema

Row = dict[str, str]
"""Values as columns hold them: arrays as JSON text."""

VALUES = ["root", "Root", "admin", "x", ""]
SINGLE, ARRAY = "user.name", "event.category"


def leaves(name: str, values: list[str]) -> st.SearchStrategy[object]:
    some = st.sampled_from(values)
    texts = st.lists(some.filter(bool), min_size=1, max_size=2, unique=True)
    return st.one_of(
        some.filter(bool).map(lambda v: {name: v}),
        texts.map(lambda v: {name: v}),
        st.booleans().map(lambda b: {name: {"exists": b}}),
        texts.flatmap(lambda v: st.sampled_from(["begins", "ends", "contains"]).map(lambda how: {name: {how: v}})),
        some.filter(bool).map(lambda v: {name: {"not": v}}),
    )


LEAVES = st.one_of(leaves(SINGLE, VALUES), leaves(ARRAY, ["network", "web"]))
WHENS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3),
        inner.map(lambda w: {"not": w}),
        st.tuples(LEAVES, inner).map(lambda two: {**two[0], "not": two[1]}),
    ),
    max_leaves=5,
)
ROWS = st.fixed_dictionaries(
    {},
    optional={
        SINGLE: st.sampled_from(VALUES),
        ARRAY: st.lists(st.sampled_from(["network", "web", "file"]), min_size=1, unique=True).map(
            lambda v: orjson.dumps(v).decode()
        ),
    },
)


def slow(condition: Condition, row: Row) -> bool:
    """The condition asked of the row itself."""
    value = row.get(condition.field)
    texts = [t.decode() for t in condition.texts]
    match condition.kind:
        case "all":
            return all(slow(part, row) for part in condition.parts)
        case "any":
            return any(slow(part, row) for part in condition.parts)
        case "not":
            return not slow(condition.parts[0], row)
        case "exists":
            return (value is not None) == condition.wanted
        case "in":
            if value is None:
                return False
            if condition.field == ARRAY:
                return bool({*orjson.loads(value)} & {*texts})
            return value.lower() in [t.lower() for t in texts]
        case _:
            if value is None:
                return False
            test = {BEGINS: str.startswith, ENDS: str.endswith}.get(condition.how, str.__contains__)
            return any(test(value, t) for t in texts)


def answer(atom: Atom, row: Row) -> int:
    """What `stages.judging` asks of a column, of one row."""
    value = row.get(atom.field)
    if atom.test is not None:
        return int(slow(atom.test, row))
    if value is None:
        return ABSENT
    low = value.lower().encode()
    return FIRST + atom.values.index(low) if low in atom.values else OTHER


@given(st.lists(WHENS, min_size=1, max_size=3), st.lists(ROWS, max_size=5))
def test_both_hold_of_the_same_rows(whens: list[object], rows: list[Row]) -> None:
    conditions = [compile_condition(when) for when in whens]
    atoms = Atoms(schema())
    held = [atoms.add(condition) for condition in conditions]
    compiled = atoms.compiled()
    for row in rows:
        answers = [answer(atom, row) for atom in compiled]
        assert [holds(h, answers) for h in held] == [slow(c, row) for c in conditions]


def test_no_condition_always_holds() -> None:
    assert holds(Atoms(schema()).add(None), [])


def test_a_question_is_asked_once() -> None:
    """However many conditions compare a field, its values are one question."""
    atoms = Atoms(schema())
    for when in ({SINGLE: "a"}, {SINGLE: ["b", "A"]}, {SINGLE: {"exists": True}}, {SINGLE: {"begins": "a"}}):
        atoms.add(compile_condition(when))
    values, test = atoms.compiled()
    assert values.values == (b"a", b"b")
    assert test.test is not None
