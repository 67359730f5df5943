"""Dissect programs against a tiny interpreter of the pattern language, which tries what the text says, in order."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from penstock.columns import Text
from penstock.content.pattern_sets import PatternSetsBuilder
from penstock.content.pattern_text import CLASSES, PatternError, compile_pattern
from penstock.kernels.patterns import MAX_BACK, MAX_CAPTURES
from penstock.stages.matching import match_sets

Captured = list[tuple[str, bytes]]


class Keys:
    """Ids for names, in the order of asking."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def __call__(self, name: str) -> int:
        if name not in self.names:
            self.names.append(name)
        return self.names.index(name)


def run(patterns, records, *, head=None, split=None, values=()):
    """What a set of patterns makes of records: per record (pattern's number or -1, captures in order)."""
    builder, keys = PatternSetsBuilder(), Keys()
    given_values = values or [()] * len(patterns)
    programs = [(compile_pattern(p), i, v) for i, (p, v) in enumerate(zip(patterns, given_values, strict=True))]
    builder.add(programs, compile_pattern(head) if head else None, split)
    sets = builder.arrays(keys)
    text = Text.of(b"".join(records))
    length = np.array([len(r) for r in records], np.int32)
    start = (np.cumsum(length) - length).astype(np.int32)
    n = len(records)
    family, chosen = np.full(n, -1, np.int32), np.full(n, -1, np.int32)
    tape = match_sets(
        text, sets, np.arange(n, dtype=np.int32), start, length, np.zeros(n, np.int32), np.array([0, 1], np.int32),
        np.array([0], np.int32), family, chosen,
    )  # fmt: skip
    out = []
    for i in range(n):
        entries = range(tape.begin[i], tape.begin[i + 1])
        found = [(keys.names[tape.key[t]], text.slice(int(tape.start[t]), int(tape.length[t]))) for t in entries]
        out.append((int(family[i]), found))
    return out


# --- the twin: a pattern is a list of items; ("lit", bytes) ("cap", names, spec, low, high) ("group", [lists], must)


def until(text: bytes, p: int, literal: bytes, *, last: bool) -> int:
    """Where the literal stands from p on, -1 nowhere."""
    return text.rfind(literal, p) if last else text.find(literal, p)


def class_run(text: bytes, p: int, spec: str, low: int, high: int | None) -> int:
    q = p
    while q < len(text) and CLASSES[spec](text[q]):
        q += 1
    if high is not None and q - p > high:
        q = p + high
        while q > p and text[q] & 0xC0 == 0x80:
            q -= 1
    return q if q - p >= low else -1


def twin_sequence(items, text: bytes, p: int, caught: Captured, follow: bytes | None, *, top: bool) -> int:
    """Where the items end in text from p on, -1 when they do not match; captures go to `caught`."""
    i = 0
    while i < len(items):
        item = items[i]
        after = items[i + 1] if i + 1 < len(items) else None
        if item[0] == "lit":
            if not text.startswith(item[1], p):
                return -1
            p += len(item[1])
        elif item[0] == "group":
            then = follow if after is None else after[1] if after[0] == "lit" else None
            p = twin_group(item, text, p, caught, then)
            if p < 0:
                return -1
        else:
            _, names, spec, low, high = item
            value, q, stepped = twin_capture(item, after, text, p, follow, top=top)
            if value is None:
                return -1
            if value:
                caught.extend((n, value) for n in names)
            p = q
            i += stepped
            del spec, low, high
        i += 1
    return p


def unescaped(value: bytes) -> bytes:
    """As `kernels.unescape` has it: a backslash before a byte that needs none stays."""
    breaks = {b"n": b"\n", b"r": b"\r"}
    return re.sub(rb"""\\([\\=|"'\]nr])""", lambda m: breaks.get(m[1], m[1]), value)


def twin_capture(item, after, text: bytes, p: int, follow: bytes | None, *, top: bool):
    _, names, spec, low, high = item
    if spec in CLASSES:
        q = class_run(text, p, spec, low, high)
        return (None, 0, 0) if q < 0 else (text[p:q], q, 0)
    if spec == "quoted":
        found = re.compile(rb'(?:[^"\\]|\\.)*"', re.DOTALL).match(text, p)
        return (unescaped(text[p : found.end() - 1]), found.end(), 0) if found else (None, 0, 0)
    empty = spec in ("maybe", "rest") or not names
    if after is None and not top and follow and spec != "rest":
        q = until(text, p, follow, last=spec == "last")
        return (None, 0, 0) if q < 0 or (q == p and not empty) else (text[p:q], q, 0)
    if spec == "rest" or after is None:
        value = text[p:].rstrip(b" \t\r")
        return (None, 0, 0) if not value and not empty else (value, len(text), 0)
    q = until(text, p, after[1], last=spec == "last")
    return (None, 0, 0) if q < 0 or (q == p and not empty) else (text[p:q], q + len(after[1]), 1)


def twin_group(item, text: bytes, p: int, caught: Captured, follow: bytes | None) -> int:
    _, choices, must = item
    for choice in choices:
        kept = len(caught)
        q = twin_sequence(choice, text, p, caught, follow, top=False)
        if q >= 0:
            return q
        del caught[kept:]
    return -1 if must else p


def twin(items, text: bytes) -> Captured | None:
    caught: Captured = []
    p = twin_sequence(items, text, 0, caught, b"", top=True)
    return caught if p >= 0 and not text[p:].strip(b" \t\r") else None


def spell(items) -> str:
    """The pattern's text."""
    out = ""
    for item in items:
        if item[0] == "lit":
            out += item[1].decode().replace("{", "{{").replace("}", "}}")
        elif item[0] == "group":
            opening, closing = ("{(", ")}") if item[2] else ("{?", "?}")
            out += opening + "{|}".join(map(spell, item[1])) + closing
        else:
            _, names, spec, low, high = item
            how = f"={low}-{high}" if high is not None else ""
            out += "{" + "+".join(names) + (f":{spec}{how}" if spec else "") + "}"
    return out


names = st.sampled_from([(), ("x",), ("y",), ("z",), ("x", "y"), ("x", "y", "z")])
literals = st.text('ab: 1[]"', min_size=1, max_size=3).map(lambda t: ("lit", t.encode()))
plain = st.tuples(
    st.just("cap"), names, st.sampled_from(["", "last", "maybe", "rest", "quoted"]), st.just(1), st.none()
)
runs = st.tuples(st.just("cap"), names, st.sampled_from([*CLASSES]), st.just(1), st.none()).map(
    lambda c: (*c[:3], 0 if c[2] == "space" else 1, None)
)
bounded = st.tuples(st.just("cap"), names, st.sampled_from([*CLASSES]), st.integers(0, 2), st.integers(2, 4))
leaf = st.one_of(literals, literals, plain, runs, bounded)


def joined(items):
    """Two literals side by side are one; a capture without name or class is written `{}`."""
    out = []
    for item in items:
        if item[0] == "lit" and out and out[-1][0] == "lit":
            out[-1] = ("lit", out[-1][1] + item[1])
        else:
            out.append(item)
    return out


sequences = st.recursive(
    st.lists(leaf, min_size=1, max_size=4).map(joined),
    lambda inner: st.lists(
        st.one_of(leaf, st.tuples(st.just("group"), st.lists(inner, min_size=1, max_size=3), st.booleans())),
        min_size=1,
        max_size=4,
    ).map(joined),
    max_leaves=6,
)
subjects = st.lists(
    st.one_of(st.text('ab: 1[]"\\é', max_size=14).map(str.encode), st.binary(max_size=20)), min_size=1, max_size=12
)


@settings(max_examples=300)
@given(sequences, subjects)
@example([("lit", b"two"), ("cap", ("x", "y"), "maybe", 1, None), ("lit", b" end")], [b"two end", b"twoa end"])
def test_agrees_with_the_interpreter(items, records):
    """Whatever the pattern and the bytes: the same captures in the same order, or no match."""
    pattern = spell(items)
    try:
        compile_pattern(pattern)
    except PatternError:
        return
    for (family, found), record in zip(run([pattern], records), records, strict=True):
        wanted = twin(items, record)
        assert (found if family == 0 else None) == wanted, (pattern, record)


@settings(max_examples=150)
@given(st.lists(sequences, min_size=1, max_size=5), subjects)
def test_first_pattern_that_matches_takes_it(many, records):
    """However the set is indexed by its literal beginnings, it behaves as if patterns were tried in order."""
    usable = []
    for items in many:
        try:
            compile_pattern(spell(items))
        except PatternError:
            continue
        usable.append(items)
    if not usable:
        return
    for (family, found), record in zip(run([spell(i) for i in usable], records), records, strict=True):
        tried = [(k, caught) for k, items in enumerate(usable) if (caught := twin(items, record)) is not None]
        assert (family, found) == (tried[0] if tried else (-1, []))


def test_what_was_empty_is_not_taken_from_the_record_before():
    """A capture into two fields that is empty captures nothing, also when the last entry has the same key."""
    found = run(["one {x}", "two{x+y:maybe} end"], [b"one secret", b"two end"])
    assert found == [(0, [("x", b"secret")]), (1, [])]


class TestHead:
    PATTERNS = ("built {x}", "torn {x}", "{x:rest}")

    def run(self, *records: bytes):
        return run(
            self.PATTERNS, list(records), head="%{level:int}-{code:int}: {_rest:rest}", split="code",
            values=[("302013",), ("302014", "302016"), ()],
        )  # fmt: skip

    def test_value_picks_the_patterns(self):
        found = self.run(b"%6-302013: built a", b"%6-302016: torn b", b"%6-1: built c")
        assert [f for f, _ in found] == [0, 1, 2]
        assert found[0][1] == [("level", b"6"), ("code", b"302013"), ("x", b"a")]

    def test_value_with_patterns_of_its_own_never_falls_back(self):
        assert self.run(b"%6-302013: torn a") == [(-1, [])]

    def test_empty_rest_takes_nothing_off_the_head(self):
        """The head's captures stay, and the patterns see an empty text."""
        assert self.run(b"%6-1: ") == [(2, [("level", b"6"), ("code", b"1")])]

    def test_head_without_captures_and_nothing_left(self):
        assert run(["{x:maybe}!", "{x:rest}"], [b"", b"a!"], head="{_rest:rest}", split="x", values=[(), ()]) == [
            (1, []), (0, [("x", b"a")])
        ]  # fmt: skip


def test_tape_grows_with_many_captures():
    """More entries than the first tape has room for: the kernel stops in time and goes on."""
    pattern = " ".join(f"{{f{i}:word}}" for i in range(MAX_CAPTURES))
    record = b" ".join(b"%d" % i for i in range(MAX_CAPTURES))
    for family, found in run([pattern], [record] * 40):
        assert family == 0
        assert len(found) == MAX_CAPTURES


@pytest.mark.parametrize(
    "pattern",
    [
        "{a}{b}", "a{", "a}", "{?a", "{(a", "{?a)}", "{|}", "a?}{?b", "{a:nosuch}", "{a:last}", "{a:int=3-1}",
        "{a:int=70000}", "{a:int=1-99999}", "{?" * 17 + "a" + "?}" * 17, "{a:word} " * (MAX_CAPTURES + 1),
    ],
)  # fmt: skip
def test_refused(pattern):
    with pytest.raises(PatternError):
        compile_pattern(pattern)


@pytest.mark.parametrize(
    ("pattern", "literal"),
    [("a{{b}}", b"a{b}"), ("f(x)}}", b"f(x)}"), ("what?}}", b"what?}"), ("{(a{|}b)} f(x)}}", b"a f(x)}")],
)
def test_braces_are_literals_when_written_twice(pattern, literal):
    assert run([pattern], [literal])[0][0] == 0


def test_deepest_nesting_that_is_allowed_matches():
    assert run(["{?a" * MAX_BACK + "?}" * MAX_BACK], [b"a" * MAX_BACK, b"a"]) == [(0, []), (0, [])]


def test_class_runs_as_long_as_they_are():
    """No bound unless the pattern gives one: a word of 100 KB is one word."""
    assert run(["{x:word} {y}"], [b"w" * 100_000 + b" end"])[0][1] == [("x", b"w" * 100_000), ("y", b"end")]


def test_bounded_run_never_ends_within_a_character():
    assert run(["{x:word=1-3}{y:rest}"], ["aaé".encode()])[0][1] == [("x", b"aa"), ("y", "é".encode())]


@pytest.mark.parametrize(
    ("pattern", "line"),
    [
        ("{x}aaaaaaaaaab{y}", b"a" * 1_000_000),
        ("{x:last}aab{y}", b"aab" * 300_000),
        ('{x:quoted}"', b"\\" * 1_000_000),
        ("{?{x:int=1-3}.?}{?{x:int=1-3}.?}{y:last}z", b"1" * 1_000_000),
    ],
)
@pytest.mark.compiled
@pytest.mark.compiled
def test_time_is_linear(pattern, line):
    """A MiB that almost matches takes milliseconds (the suite's own time limit would show a quadratic loop)."""
    run([pattern], [line] * 3)
