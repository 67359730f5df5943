"""Addresses against Python's `ipaddress`, and MACs against regular expressions."""

from __future__ import annotations

import ipaddress
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.columns import Text
from penstock.kernels import addresses


def run(kernel, values: list[bytes | None], room: int) -> tuple[list[bytes | None], list[int], int]:
    """(values after, bad flags, bytes appended); what stood there before must not have changed."""
    text = Text.of(b"".join(v or b"" for v in values), room * len(values))
    length = np.array([-1 if v is None else len(v) for v in values], np.int32)
    start = (np.cumsum(np.maximum(length, 0)) - np.maximum(length, 0)).astype(np.int32)
    bad = np.zeros(len(values), np.uint8)
    before = text.slice(0, text.used)
    used = kernel(text.data, text.used, start, length, bad)
    assert text.slice(0, text.used) == before
    assert text.used <= used <= text.used + room * len(values)
    out = [None if n < 0 else text.slice(s, n) for s, n in zip(start, length, strict=True)]
    return out, bad.tolist(), int(used) - text.used


def slow_ip(v: bytes) -> bytes | None:
    text = v.strip(b" \t")
    if len(text) > 2 and text[:1] == b"[" and text[-1:] == b"]":
        text = text[1:-1]
    head, percent, zone = text.partition(b"%")
    if percent and (not zone or b"%" in zone or b":" not in head):
        return None
    try:
        address = ipaddress.ip_address(head.decode("ascii"))
    except ValueError:
        return None
    return str(getattr(address, "ipv4_mapped", None) or address).encode()


def slow_mac(v: bytes) -> bytes | None:
    text = v.strip(b" \t").decode("latin-1")
    two, four = "[0-9A-Fa-f]{2}", "[0-9A-Fa-f]{4}"
    for pattern in (
        rf"{two}([:.-]){two}(\1{two}){{4}}(\1{two}\1{two})?",
        rf"{four}([:.-]){four}\1{four}(\1{four})?",
        r"[0-9A-Fa-f]{6}[:.-][0-9A-Fa-f]{6}",
        r"[0-9A-Fa-f]{12}([0-9A-Fa-f]{4})?",
    ):
        if re.fullmatch(pattern, text):
            digits = re.sub("[:.-]", "", text).upper()
            return "-".join(digits[i : i + 2] for i in range(0, len(digits), 2)).encode()
    return None


V6 = st.one_of(
    st.ip_addresses(v=6),
    st.lists(st.sampled_from([0, 0, 0, 1, 0xFFFF, 0xDB8]), min_size=8, max_size=8).map(
        lambda groups: ipaddress.IPv6Address(b"".join(g.to_bytes(2, "big") for g in groups))
    ),
    st.ip_addresses(v=4).map(lambda a: ipaddress.IPv6Address(b"\0" * 10 + b"\xff\xff" + a.packed)),
)
SPELLED = st.one_of(
    st.ip_addresses(v=4).map(str),
    V6.flatmap(lambda a: st.sampled_from([str(a), a.exploded, str(a).upper(), f"[{a}]", f"{a}%eth0", f" {a} "])),
    st.ip_addresses(v=4).flatmap(
        lambda a: st.sampled_from([f"::ffff:{a}", f"::{a}", f"64:ff9b::{a}", f"1:2:3:4:5:6:{a}"])
    ),
).map(str.encode)
PIECES = [b"1", b"0", b"00", b"255", b"256", b"01", b".", b".", b":", b":", b"::", b"ffff", b"FFFF", b"a", b"12345",
          b"%", b"[", b"]", b" ", b"1.2.3.4", b"\xff", b"g"]  # fmt: skip


@st.composite
def nearly(draw: st.DrawFn) -> bytes:
    """An address with a piece put in, taken out or replaced."""
    value = draw(SPELLED)
    at = draw(st.integers(0, len(value)))
    return value[:at] + draw(st.sampled_from([*PIECES, b""])) + value[at + draw(st.integers(0, 2)) :]


IPS = st.one_of(
    st.none(), SPELLED, nearly(), st.lists(st.sampled_from(PIECES), max_size=16).map(b"".join), st.binary(max_size=9)
)


@given(st.lists(IPS, max_size=8))
def test_to_ip_agrees_with_ipaddress(values: list[bytes | None]) -> None:
    got, bad, _ = run(addresses.to_ip, values, addresses.IP_ROOM)
    for v, g, b in zip(values, got, bad, strict=True):
        want = None if v is None else slow_ip(v)
        assert (g, b) == ((v, 0) if v is None else (v, 1) if want is None else (want, 0))


MACISH = st.tuples(
    st.lists(st.sampled_from(["0a", "FF", "b", "c0de", "123456", "x", ""]), max_size=9),
    st.sampled_from([":", "-", ".", ""]),
).map(lambda t: t[1].join(t[0]).encode())
MACS = st.tuples(
    st.sampled_from([6, 8]),
    st.binary(min_size=8, max_size=8),
    st.sampled_from([":", "-", "."]),
    st.sampled_from([1, 2, 3]),
    st.booleans(),
).map(lambda t: (t[1][: t[0]].hex(t[2], t[3]).upper() if t[4] else t[1][: t[0]].hex(t[2], t[3])).encode())


@given(st.lists(st.one_of(st.none(), MACS, MACISH, st.binary(max_size=6).map(lambda b: b.hex().encode())), max_size=8))
def test_to_mac_agrees_with_the_slow_reading(values: list[bytes | None]) -> None:
    got, bad, _ = run(addresses.to_mac, values, addresses.MAC_ROOM)
    for v, g, b in zip(values, got, bad, strict=True):
        want = None if v is None else slow_mac(v)
        assert (g, b) == ((v, 0) if v is None else (v, 1) if want is None else (want, 0))


@pytest.mark.parametrize(
    ("value", "want"),
    [
        ("2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),
        ("::FFFF:192.0.2.1", "192.0.2.1"),
        ("[fe80::1%eth0]", "fe80::1"),
        ("0:0:0:0:0:0:0:0", "::"),
        ("2001:db8::0:1", "2001:db8::1"),
        ("1:0:3:4:5:6:7:8", "1:0:3:4:5:6:7:8"),
    ],
)
def test_ip_by_example(value: str, want: str) -> None:
    assert run(addresses.to_ip, [value.encode()], addresses.IP_ROOM)[0] == [want.encode()]


@pytest.mark.parametrize(
    "value", ["", "1.2.3", "1.2.3.4.5", "01.2.3.4", "1.2.3.256", "1::2::3", ":1", "1:2", "::1%", "1.2.3.4:80"]
)
def test_what_is_no_ip(value: str) -> None:
    assert run(addresses.to_ip, [value.encode()], addresses.IP_ROOM)[:2] == ([value.encode()], [1])


@pytest.mark.parametrize("value", [b"192.0.2.1", b"2001:db8::1", b"[::1]"])
def test_canonical_addresses_cost_no_byte(value: bytes) -> None:
    assert run(addresses.to_ip, [value], addresses.IP_ROOM)[1:] == ([0], 0)


@pytest.mark.parametrize(
    "value", ["aa:bb:cc:dd:ee:ff", "aa-bb-cc-dd-ee-ff", "aabb.ccdd.eeff", "aabbccddeeff", "AA-BB-CC-DD-EE-FF"]
)
def test_mac_by_example(value: str) -> None:
    assert run(addresses.to_mac, [value.encode()], addresses.MAC_ROOM)[0] == [b"AA-BB-CC-DD-EE-FF"]


@given(
    st.one_of(SPELLED, nearly(), st.lists(st.sampled_from(PIECES), max_size=16).map(b"".join), st.binary(max_size=9))
)
def test_the_words_of_an_address_are_its_bits(value: bytes) -> None:
    """What networks are held against: of IPv4 in the lower word, nothing trimmed, no brackets, no zone."""
    text = Text.of(b"1" + value + b"1")
    family, high, low = addresses.address_words(text.data, np.uint64(1), np.uint64(1 + len(value)))
    try:
        want = ipaddress.ip_address(value.decode("ascii"))
    except ValueError:
        want = None
    if want is None or b"%" in value:
        assert family == 0
    else:
        assert (int(family), int(high) << 64 | int(low)) == (want.version, int(want))
