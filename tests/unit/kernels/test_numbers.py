"""Numbers and truth values against Python's own reading of them."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from penstock.columns import Text
from penstock.kernels import numbers

LONG = re.compile(rb"([+-]?)(?:0[xX]([0-9a-fA-F]+)|((?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?))")
JSON = re.compile(rb"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?")
LOOSE = re.compile(rb"([+-]?)(\d*)(?:\.(\d*))?([eE][+-]?\d+)?")
TRUE = {"true", "yes", "on", "t", "1"}
FALSE = {"false", "no", "off", "f", "0"}


def column(values: list[bytes | None], room: int) -> tuple[Text, np.ndarray, np.ndarray, np.ndarray]:
    text = Text.of(b"".join(v or b"" for v in values), room)
    length = np.array([-1 if v is None else len(v) for v in values], np.int32)
    start = (np.cumsum(np.maximum(length, 0)) - np.maximum(length, 0)).astype(np.int32)
    return text, start, length, np.zeros(len(values), np.uint8)


def run(kernel, values: list[bytes | None], room: int) -> tuple[list[bytes | None], list[int], int]:
    """(values after, bad flags, bytes appended); what stood there before must not have changed."""
    text, start, length, bad = column(values, room)
    before = text.slice(0, text.used)
    used = kernel(text.data, text.used, start, length, bad)
    assert text.slice(0, text.used) == before
    assert text.used <= used <= text.used + room
    out = [None if n < 0 else text.slice(s, n) for s, n in zip(start, length, strict=True)]
    return out, bad.tolist(), int(used) - text.used


def slow_long(v: bytes | None) -> bytes | None:
    """The canonical spelling, None where there is none."""
    match = LONG.fullmatch((v or b"").strip(b" \t"))
    if not match:
        return None
    sign, hexadecimal, decimal = match.groups()
    if hexadecimal:
        value = int(hexadecimal, 16)
    else:
        mantissa, _, exponent = decimal.lower().partition(b"e")
        whole, _, part = mantissa.partition(b".")
        digits = int(whole + part)
        power = int(exponent or 0) - len(part)
        if digits == 0:
            return b"0"
        while digits % 10 == 0:
            digits //= 10
            power += 1
        if power < 0 or power > 30:
            return None
        value = digits * 10**power
    value = -value if sign == b"-" else value
    return b"%d" % value if -(2**63) <= value < 2**63 else None


def slow_double(v: bytes | None) -> bytes | None:
    text = (v or b"").strip(b" \t")
    match = LOOSE.fullmatch(text)
    if not match or not (match[2] or match[3]) or math.isinf(float(text)):
        return None
    text = text.removeprefix(b"+")
    if JSON.fullmatch(text):
        return text
    sign, whole, part, exponent = match.groups()
    return sign.replace(b"+", b"") + (whole.lstrip(b"0") or b"0") + (b"." + part if part else b"") + (exponent or b"")


PIECES = [b"0", b"1", b"12", b"9223372036854775807", b"9223372036854775808", b"000", b".", b"e", b"E", b"+", b"-",
          b"0x", b"ff", b" ", b"\t", b"5", b"308", b"309", b"17976931348623157",
          b"1" + b"0" * 25, b",", b"inf", b"nan", b"\xff"]  # fmt: skip
NUMBERISH = st.lists(st.sampled_from(PIECES), max_size=6).map(b"".join)
PLAIN = st.one_of(
    st.integers(-(2**64), 2**65).map(lambda i: b"%d" % i),
    st.integers(0, 2**65).map(lambda i: b"0x%X" % i),
    st.floats(allow_nan=False, allow_infinity=False).map(lambda f: repr(f).encode()),
    st.decimals(allow_nan=False, allow_infinity=False).map(lambda d: str(d).encode()),
)
VALUES = st.lists(st.one_of(st.none(), PLAIN, NUMBERISH, st.binary(max_size=12)), max_size=8)


@given(VALUES)
def test_to_long_agrees_with_the_slow_reading(values: list[bytes | None]) -> None:
    got, bad, _ = run(numbers.to_long, values, numbers.LONG_ROOM * len(values))
    for v, g, b in zip(values, got, bad, strict=True):
        want = slow_long(v)
        assert (g, b) == ((v, 0) if v is None else (v, 1) if want is None else (want, 0))


@given(VALUES)
def test_to_double_agrees_with_the_slow_reading(values: list[bytes | None]) -> None:
    room = sum(len(v or b"") + 1 for v in values)
    got, bad, _ = run(numbers.to_double, values, room)
    for v, g, b in zip(values, got, bad, strict=True):
        want = slow_double(v)
        assert (g, b) == ((v, 0) if v is None else (v, 1) if want is None else (want, 0))
        if want is not None:
            assert JSON.fullmatch(want)
            assert float(want) == float(v or b"")


@given(
    st.lists(
        st.one_of(
            st.none(),
            st.sampled_from(sorted(TRUE | FALSE))
            .flatmap(lambda w: st.sampled_from([w, w.upper(), w.title(), f" {w}\t", w + "x", w[1:], "\x11", "\x10"]))
            .map(str.encode),
            st.binary(max_size=6),
        ),
        max_size=8,
    )
)
def test_to_boolean_agrees_with_the_slow_reading(values: list[bytes | None]) -> None:
    got, bad, _ = run(numbers.to_boolean, values, numbers.BOOLEAN_ROOM)
    for v, g, b in zip(values, got, bad, strict=True):
        word = (v or b"").strip(b" \t").decode("latin-1").lower()
        want = b"true" if word in TRUE else b"false" if word in FALSE else None
        assert (g, b) == ((v, 0) if v is None else (v, 1) if want is None else (want, 0))


@given(VALUES)
def test_machine_numbers_are_pythons(values: list[bytes | None]) -> None:
    text, start, length, valid = column(values, 0)
    longs = np.zeros(len(values), np.int64)
    numbers.values_long(text.data, start, length, longs, valid)
    for v, x, ok in zip(values, longs.tolist(), valid, strict=True):
        fine = v is not None and re.fullmatch(rb"-?\d{1,19}", v) and -(2**63) <= int(v) < 2**63
        assert (x, ok) == ((int(v or b""), 1) if fine else (0, 0))
    doubles = np.zeros(len(values), np.float64)
    numbers.values_double(text.data, start, length, doubles, valid)
    for v, x, how in zip(values, doubles.tolist(), valid, strict=True):
        if v is None or not re.fullmatch(rb"-?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", v):
            assert how == numbers.ABSENT
        elif how == numbers.EXACT:
            assert (x, math.copysign(1, x)) == (float(v), math.copysign(1, float(v)))
        else:
            assert how == numbers.HARD
            assert len(re.sub(rb"[eE].*|[.-]", b"", v).strip(b"0")) > 15 or b"e" in v.lower() or len(v) > 22


@pytest.mark.parametrize("value", [b"0", b"80", b"-1", b"9223372036854775807", b" 80", b"+80"])
def test_plain_numbers_cost_no_byte(value: bytes) -> None:
    assert run(numbers.to_long, [value], numbers.LONG_ROOM)[1:] == ([0], 0)
    assert run(numbers.to_double, [value], 32)[1:] == ([0], 0)


@pytest.mark.parametrize(
    ("value", "want"), [("007", "7"), ("-0", "0"), ("0x1F", "31"), ("12.0", "12"), ("1e3", "1000"), ("150e-1", "15")]
)
def test_long_by_example(value: str, want: str) -> None:
    assert run(numbers.to_long, [value.encode()], 20)[0] == [want.encode()]


@pytest.mark.parametrize("value", ["", "1,000", "1 000", "1.5", "0x", "0x1g", "9223372036854775808", "--1", "1e", "."])
def test_what_is_no_long(value: str) -> None:
    assert run(numbers.to_long, [value.encode()], 20)[:2] == ([value.encode()], [1])


@pytest.mark.parametrize(
    ("value", "want"), [(".5", "0.5"), ("5.", "5"), ("+1", "1"), ("-.5", "-0.5"), ("5.e3", "5e3"), ("1.50", "1.50")]
)
def test_double_by_example(value: str, want: str) -> None:
    assert run(numbers.to_double, [value.encode()], 20)[0] == [want.encode()]


@pytest.mark.parametrize("value", ["nan", "inf", "-Infinity", "1e309", "0x1", "", ".", "1e"])
def test_what_is_no_double(value: str) -> None:
    assert run(numbers.to_double, [value.encode()], 20)[:2] == ([value.encode()], [1])


@pytest.mark.compiled
@pytest.mark.compiled
def test_a_megabyte_of_digits_is_read_once() -> None:
    long = b"1" * 1_000_000
    assert run(numbers.to_long, [long + b".0", b"0" * 1_000_000 + b"7", b"1e" + long], 60)[:2] == (
        [long + b".0", b"7", b"1e" + long],
        [1, 0, 1],
    )


NUMBER = re.compile(r"-?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")


def read(value: str) -> tuple[bool, float]:
    text = Text.of(b"9" + value.encode() + b"9")
    fine, number = numbers.read_number(text.data, np.uint64(1), np.uint64(1 + len(value.encode())))
    return bool(fine), float(number)


NUMBERISH = st.one_of(
    st.integers(-(10**19), 10**19).map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.decimals(allow_nan=False, allow_infinity=False, places=3).map(str),
    st.text("0123456789.-+eE _x", max_size=12),
    st.tuples(st.integers(0, 10**6), st.integers(-400, 400)).map(lambda t: f"{t[0]}e{t[1]}"),
)


@given(NUMBERISH)
@example("10000000000000000.001")
@example("1.5039844256338842e-295")
def test_a_number_for_comparing_is_the_one_that_python_reads(value: str) -> None:
    """To the last bit up to 15 digits and ten powers of ten either way; beyond, one bit may be off, and too much is too
    much (infinite) or nothing.
    """
    fine, number = read(value)
    assert fine == (NUMBER.fullmatch(value) is not None)
    if not fine:
        return
    want = float(value)
    digits, _, exponent = value.lower().partition("e")
    if len(digits.strip("-").replace(".", "").strip("0")) <= 15 and abs(int(exponent or 0)) <= 5:
        assert number == want
    assert math.isclose(number, want, rel_tol=1e-14, abs_tol=1e-300) or (math.isinf(number) and abs(want) > 1e307)


@pytest.mark.parametrize("value", ["0e999", "-0e999", "0.000e400", "0e-999", "0.0"])
def test_nothing_is_nothing_times_whatever(value: str) -> None:
    assert read(value) == (True, 0.0)
