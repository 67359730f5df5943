"""Rules made to be slow, huge or odd: each is refused with a clear word or read in bounded time, never a crash."""

from __future__ import annotations

import time
from typing import Any

import pytest
import yaml

from penstock.content.sigma.documents import read_documents
from penstock.content.sigma.expressions import Regex
from penstock.content.sigma.patterns import LARGEST, PatternError, compiled, found
from penstock.content.sigma.reading import Reading

MEBIBYTE = 1 << 20
NEARLY = b"a" * (MEBIBYTE - 1) + b"!"


def read(detection: dict[str, Any]) -> list[str]:
    """What is wrong with a rule, as told."""
    data = {"title": "t", "logsource": {"product": "acme"}, "detection": detection}
    problems: list[Any] = []
    [document] = read_documents([("a.yml", yaml.safe_dump(data).encode())], problems)
    reading = Reading()
    rule = reading.rule(document)
    said = [p.message for p in (*problems, *reading.problems)]
    assert (rule is None) == bool(said)
    return said


@pytest.mark.parametrize(
    "pattern",
    [
        r"(a+)+$", r"(a|aa)+$", r"(a|a?)+b", r"(.*a){20}", r"([a-zA-Z]+)*\d", r"^(([a-z])+.)+[A-Z]([a-z])+$",
        r"(?:a{1,100}){1,10}$", r".*.*.*.*.*.*=", "(" * 200 + "a*" + ")*" * 200 + "b", r"(\w+\s?)+:",
        r"^(?:.|\n)*?(?:.|\n)*?z{5}$", r"(a?){1000}b", r"(x+x+)+y",
    ],
)  # fmt: skip
def test_what_backtracks_elsewhere_is_linear_here(pattern: str):
    """A MiB that nearly matches takes a fraction of a second; engines that backtrack take till the sun burns out."""
    begun = time.process_time()
    found(Regex(pattern, ""), NEARLY)
    assert time.process_time() - begun < 2


@pytest.mark.parametrize(
    "pattern", ["a" * 70_000, r"(.{900}|a.{900}|b.{900})x", "|".join(f"{n}x" for n in range(5_000))]
)
def test_an_expression_too_large_is_refused(pattern: str):
    with pytest.raises(PatternError, match=f"too large: .* steps of its program, {LARGEST:,} at most") as refused:
        compiled(Regex(pattern, ""))
    assert len(str(refused.value)) < 600, "a message says what is wrong without all of it"


def test_the_largest_there_are_are_taken():
    assert found(Regex(".{1000,}", ""), NEARLY)


@pytest.mark.parametrize("times", [100, 5_000])
@pytest.mark.parametrize("shape", ["not ", "("])
def test_conditions_nested_too_deep_say_so(shape: str, times: int):
    condition = shape * times + "sel" + (")" * times if shape == "(" else "")
    said = read({"sel": {"Image": "x"}, "condition": condition})
    assert shape == "(" or said == ["the condition is nested deeper than 60 levels"]


def test_a_long_condition_is_no_deep_one():
    assert read({"sel": {"Image": "x"}, "condition": " or ".join(["sel"] * 2_000)}) == []


def test_lists_of_ten_thousand_values_are_read():
    begun = time.process_time()
    assert read({"sel": {"Image|contains": [f"token{n}" for n in range(10_000)]}, "condition": "sel"}) == []
    assert time.process_time() - begun < 10


def test_dashes_are_not_multiplied_without_bound():
    [said] = read({"sel": {"CommandLine|windash|contains": " -a" * 40}, "condition": "sel"})
    assert "at most three dash" in said
