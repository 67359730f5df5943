"""Packs' regular expressions find what those of Rust find, which Polars runs: one slow way to ask for one value."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.content.regexes import RegexError, compiled, groups

EXPRESSIONS = [
    r"(?P<a>\d+)",
    r"(?P<a>\w+)\s+(?P<b>\S*)$",
    r"^(?P<a>[^\s\d]+)[\s:]?(?P<b>\D*)",
    r"(?i)from[ :=]+(?P<a>[0-9a-f.]+)(?::(?P<b>\d{1,5}))?(?:[^0-9.]|$)",
    r"^(?P<a>.+?)\s*\]$",
    r"(?P<a>[]\\\w]+)(?P<b>\W)",
]
values = st.text("aZé١1 .:]\\\t\n\x0b\x85\xa0\u2003_-", max_size=12) | st.text(max_size=12)


@given(st.sampled_from(EXPRESSIONS), values)
def test_agrees_with_rusts(expression, value):
    wanted = pl.Series([value]).str.extract_groups(expression).struct.unnest()
    assert groups(expression) == wanted.columns
    raw = value.encode()
    found = compiled(expression).search(raw)
    spans = [(-1, -1) if found is None else found.span(k + 1) for k in range(len(wanted.columns))]
    assert [None if s < 0 else raw[s:e].decode() for s, e in spans] == list(wanted.row(0))


def test_a_group_without_a_name_has_its_number():
    assert groups("(a)(?P<b__c>b)") == ["1", "b__c"]


@pytest.mark.parametrize("text", ["(", "(?P<a>(x{1000}){1000})", "(?P<a>a(?=b))", r"(?P<a>a)\1"])
def test_what_is_none_or_not_linear_is_refused(text):
    with pytest.raises(RegexError, match=r"\w"):
        compiled(text)
