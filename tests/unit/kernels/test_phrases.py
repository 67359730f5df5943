"""Phrases in texts: the automaton and the kernel agree with reading words one by one, on any text."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.columns import Text
from penstock.content.taxonomy.phrases import compile_phrases
from penstock.content.taxonomy.rule import WHOLE, WORDS, Rule
from penstock.kernels.phrases import LONGEST, find_phrases

WORD = ["login", "failed", "fail", "auth", "mfa", "no", "user", "log", "in", "2fa", "is", "a"]
PHRASES = (
    st.lists(st.sampled_from(WORD), min_size=1, max_size=3)
    .map(" ".join)
    .flatmap(lambda p: st.sampled_from([p, p + "*"]))
)
SETS = st.lists(PHRASES, min_size=1, max_size=3, unique=True).map(tuple)
TEXTS = st.lists(
    st.sampled_from([*WORD, "Login", "FAILED", "loginFailed", "MFAFailed", "authFail", "é", "x", "9", "failures"]),
    max_size=8,
).flatmap(lambda ws: st.sampled_from([" ", "_", "-", '": "', ", ", ""]).map(lambda s: s.join(ws)))


def rule(number: int, words: tuple[tuple[str, ...], ...], unless: tuple[str, ...], within: tuple[str, ...]) -> Rule:
    return Rule(f"r{number}", WORDS, "auth.none", 50, "f", 1, words=words, unless=unless, within=within)


RULES = st.lists(
    st.tuples(
        st.lists(SETS, min_size=1, max_size=2).map(tuple),
        st.lists(PHRASES, max_size=2, unique=True).map(tuple),
        st.sampled_from([("message",), ("event.action",), ("message", "event.action"), (WHOLE,)]),
    ),
    min_size=1,
    max_size=5,
).map(lambda rows: [rule(i, *row) for i, row in enumerate(rows)])


def words_of(text: str) -> str:
    """A text as the kernel reads it, slowly: small letters and digits with one blank between words, and around."""
    text = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", text)
    text = re.sub(r"[^\x80-\U0010ffffa-zA-Z0-9]+", " ", text)
    return f" {text.lower().strip()} " if text.strip() else ""


def stands(phrase: str, text: str) -> bool:
    return (f" {phrase[:-1]}" if phrase.endswith("*") else f" {phrase} ") in words_of(text)


def holds(one: Rule, row: dict[str, str]) -> bool:
    texts = [row[name] for name in one.within if name in row]

    def seen(group: tuple[str, ...]) -> bool:
        return any(stands(phrase, text) for phrase in group for text in texts)

    return all(map(seen, one.words)) and not (one.unless and seen(one.unless))


def slow(rules: list[Rule], row: dict[str, str]) -> tuple[int, set[int]]:
    """The first rule that holds, -1 none; all that hold."""
    found = [i for i, one in enumerate(rules) if holds(one, row)]
    return (found[0] if found else -1), set(found)


def fast(rules: list[Rule], rows: list[dict[str, str]]) -> list[tuple[int, set[int]]]:
    p = compile_phrases(rules, list(range(len(rules))))
    raw, start, length = b"", np.zeros((len(p.fields), len(rows)), np.int32), np.full((len(p.fields), len(rows)), -1)
    for i, row in enumerate(rows):
        for c, name in enumerate(p.fields):
            if name in row:
                start[c, i], length[c, i] = len(raw), len(row[name].encode())
                raw += row[name].encode()
    first, bits = np.empty(len(rows), np.int32), np.empty(len(rows), np.uint64)
    n = len(p.set_in)
    find_phrases(
        Text.of(raw).data, start, length.astype(np.int32), p.table, p.out_begin, p.out_set, p.set_in,
        p.by_begin, p.by_rule, p.need_begin, p.need, p.veto_begin, p.veto, p.bit,
        np.ones((1, len(rules)), np.uint8), np.zeros(len(rows), np.int32), first, bits,
        np.empty(n, np.int32), np.empty(n, np.int32),
    )  # fmt: skip
    return [(int(f), {k for k in range(64) if int(b) >> k & 1}) for f, b in zip(first, bits, strict=True)]


ROWS = st.lists(
    st.dictionaries(st.sampled_from(["message", "event.action", WHOLE]), TEXTS | st.text(max_size=12)), max_size=6
)


@given(RULES, ROWS)
def test_both_find_the_same(rules: list[Rule], rows: list[dict[str, str]]) -> None:
    assert fast(rules, rows) == [slow(rules, row) for row in rows]


@pytest.mark.parametrize(
    "text",
    [
        "Auth-Failure",
        "auth_failure",
        "authFailure",
        '"auth": "failure"',
        "AUTH FAILURE",
        "x.auth/failure",
        "auth  failure!",
    ],
)
def test_one_phrase_for_all_spellings(text: str) -> None:
    assert fast([rule(0, (("auth failure",),), (), ("message",))], [{"message": text}]) == [(0, {0})]


@pytest.mark.parametrize(
    "text", ["reauth failure", "auth failures", "auth the failure", "authfailure", "öauth failure"]
)
def test_only_whole_words_in_a_row(text: str) -> None:
    assert fast([rule(0, (("auth failure",),), (), ("message",))], [{"message": text}]) == [(-1, set())]


def test_a_long_text_is_read_to_its_bound() -> None:
    late = "x " * (LONGEST // 2)
    assert fast(
        [rule(0, (("auth",),), (), ("message",))], [{"message": late + "auth"}, {"message": late[:-8] + " auth"}]
    ) == [
        (-1, set()),
        (0, {0}),
    ]
