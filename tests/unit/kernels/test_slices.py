"""What steps do to columns of slices, each against the obvious way to do it."""

# ruff: noqa: E501  tables stand as they are

from __future__ import annotations

import re
from urllib.parse import urlsplit

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numba import njit

from penstock.columns import Text
from penstock.content.hashing import HashTable, joined
from penstock.formats.keys import hash_part
from penstock.kernels import slices, splits
from penstock.kernels.durations import to_nanoseconds
from penstock.kernels.words import U

Values = list[bytes | None]

texts = st.one_of(st.none(), st.binary(max_size=40), st.text("aAbB/.@: \\é", max_size=20).map(str.encode))
columns = st.lists(texts, max_size=20)


def column(values: Values) -> tuple[Text, np.ndarray, np.ndarray]:
    """The values as slices of one text."""
    text = Text.of(b"".join(v or b"" for v in values))
    length = np.array([-1 if v is None else len(v) for v in values], np.int32)
    held = np.maximum(length, 0)
    return text, (np.cumsum(held) - held).astype(np.int32), length


def read(text: Text, start: np.ndarray, length: np.ndarray) -> Values:
    return [None if n < 0 else text.slice(int(s), int(n)) for s, n in zip(start, length, strict=True)]


def ones(n: int) -> np.ndarray:
    return np.ones(n, np.uint8)


class TestFindValues:
    @given(columns, st.sets(st.binary(max_size=40), max_size=8), st.booleans())
    def test_one_column(self, values, known, fold):
        def cased(v: bytes) -> bytes:
            return v.lower() if fold else v

        wanted = sorted({cased(k) for k in known} | {cased(v) for v in values[::2] if v is not None})
        table = HashTable.of({hash_part(v): i for i, v in enumerate(wanted)})
        text, start, length = column(values)
        out = np.empty(len(values), np.int32)
        slices.find_values(
            text.data, start[None], length[None], np.zeros(1, np.int32), fold, table.slot_hash, table.slot_value, -2, out,
            np.empty(264, np.uint8),
        )  # fmt: skip
        twin = [-1 if v is None else wanted.index(cased(v)) if cased(v) in wanted else -2 for v in values]
        assert out.tolist() == twin

    @given(st.lists(st.tuples(texts, texts), max_size=12))
    def test_several_columns_are_one_key_in_order(self, rows):
        wanted = sorted({r for r in rows[::2] if None not in r})
        table = HashTable.of({joined(r): i for i, r in enumerate(wanted)})
        (text, s, n) = column([v for r in rows for v in r])
        out = np.empty(len(rows), np.int32)
        slices.find_values(
            text.data, np.ascontiguousarray(s.reshape(-1, 2).T), np.ascontiguousarray(n.reshape(-1, 2).T),
            np.arange(2, dtype=np.int32), False, table.slot_hash, table.slot_value, -2, out, np.empty(264, np.uint8),
        )  # fmt: skip
        assert out.tolist() == [-1 if None in r else wanted.index(r) if r in wanted else -2 for r in rows]

    def test_what_is_longer_than_the_box_is_compared_as_it_is(self):
        value = b"A" * 300
        table = HashTable.of({hash_part(value): 7})
        text, start, length = column([value, value.lower()])
        out = np.empty(2, np.int32)
        slices.find_values(
            text.data, start[None], length[None], np.zeros(1, np.int32), True, table.slot_hash, table.slot_value, -2, out,
            np.empty(264, np.uint8),
        )  # fmt: skip
        assert out.tolist() == [7, -2]


@njit
def stands(a, p, n, literal, m, how):
    return slices.stands(a, p, n, literal, U(0), m, how)


@given(columns, st.lists(st.binary(min_size=1, max_size=11), min_size=1, max_size=3), st.sampled_from([0, 1, 2]))
def test_text_tests(values, literals, how):
    values = [*values, *literals, *(b"x" + x + b"y" for x in literals)]
    text, start, length = column(values)
    one = [bytes.startswith, bytes.endswith, bytes.__contains__][how]
    for s, n, value in zip(start, length, values, strict=True):
        for x in literals:
            if value is not None and len(x) <= len(value):
                packed = np.frombuffer(x + bytes(8), np.uint8)
                assert bool(stands(text.data, U(s), U(n), packed, U(len(x)), how)) == one(value, x)


@njit
def case_at(a, o, p, n, upper):
    return slices.case_at(a, o, p, n, upper)


@given(st.binary(max_size=40), st.booleans())
def test_case(value, upper):
    text = Text.of(value, len(value))
    wanted = value.upper() if upper else value.lower()  # of bytes: ASCII only
    changed = case_at(text.data, U(len(value)), U(0), U(len(value)), upper)
    assert bool(changed) == (wanted != value)
    if changed:
        assert text.slice(len(value), len(value)) == wanted


URL_PARTS = ("scheme", "username", "domain", "port", "path", "query", "fragment", "extension")


def split_url(*values: bytes) -> list[dict[str, str]]:
    text, s, n = column(list(values))
    start, length = np.zeros((8, len(values)), np.int32), np.empty((8, len(values)), np.int32)
    splits.split_urls(text.data, s, n, start, length)
    parts = [read(text, start[c], length[c]) for c in range(8)]
    return [
        {name: p[i].decode("latin-1") for name, p in zip(URL_PARTS, parts, strict=True) if p[i] is not None}
        for i in range(len(values))
    ]


class TestUrls:
    @pytest.mark.parametrize(
        ("url", "wanted"),
        [
            ("https://example.com/a/b.php?x=1#top",
             {"scheme": "https", "domain": "example.com", "path": "/a/b.php", "query": "x=1", "fragment": "top",
              "extension": "php"}),
            ("http://bob:pw@192.0.2.7:8080/", {"scheme": "http", "username": "bob", "domain": "192.0.2.7", "port": "8080",
                                               "path": "/"}),
            ("http://[2001:db8::1]:443/x", {"scheme": "http", "domain": "2001:db8::1", "port": "443", "path": "/x"}),
            ("http://[2001:db8::1]", {"scheme": "http", "domain": "2001:db8::1"}),
            ("http://a@b@example.com/", {"scheme": "http", "username": "a@b", "domain": "example.com", "path": "/"}),
            ("/index.html?q=a?b#c?d", {"path": "/index.html", "query": "q=a?b", "fragment": "c?d", "extension": "html"}),
            ("/.htaccess", {"path": "/.htaccess"}),
            ("/a.b/c", {"path": "/a.b/c"}),
            ("/a.tar.gz", {"path": "/a.tar.gz", "extension": "gz"}),
            ("/a.", {"path": "/a."}),
            ("*", {"path": "*"}),
            ("?", {}),
            ("example.com:443", {"domain": "example.com", "port": "443"}),
            ("example.com", {"path": "example.com", "extension": "com"}),
            ("ftp://example.com:99999999/", {"scheme": "ftp", "domain": "example.com", "path": "/"}),
            ("http://example.com:abc/", {"scheme": "http", "domain": "example.com", "path": "/"}),
            ("http://", {"scheme": "http"}),
            ("://x", {"path": "://x"}),
        ],
    )  # fmt: skip
    def test_table(self, url, wanted):
        assert split_url(url.encode()) == [wanted]

    @given(
        st.sampled_from(["http", "https", "ftp", "ws+x"]),
        st.from_regex(r"[a-z][a-z0-9.-]{0,8}", fullmatch=True),
        st.one_of(st.none(), st.integers(0, 65535)),
        st.from_regex(r"(/[a-z0-9._%-]{0,5}){0,3}", fullmatch=True),
        st.one_of(st.none(), st.text("a=&?/:@", min_size=1, max_size=6)),
        st.one_of(st.none(), st.text("a?#/", min_size=1, max_size=4)),
    )
    def test_agrees_with_urllib(self, scheme, host, port, path, query, fragment):
        url = f"{scheme}://{host}" + (f":{port}" if port is not None else "") + path
        url += (f"?{query}" if query else "") + (f"#{fragment}" if fragment else "")
        [found] = split_url(url.encode())
        twin = urlsplit(url)
        assert found.get("scheme") == twin.scheme
        assert found.get("domain") == twin.hostname
        assert found.get("port") == (None if twin.port is None else str(port))
        assert found.get("path", "") == twin.path
        assert found.get("query", "") == twin.query
        assert found.get("fragment", "") == twin.fragment

    @given(st.lists(st.binary(max_size=30), max_size=10))
    def test_parts_are_slices_of_any_bytes(self, values):
        for parts, whole in zip(split_url(*values), values, strict=True):
            assert all(p.encode("latin-1") in whole for p in parts.values())


def split(kernel, rows: int, values: Values) -> list[tuple[bytes | None, ...]]:
    text, s, n = column(values)
    start, length = np.zeros((rows, len(values)), np.int32), np.empty((rows, len(values)), np.int32)
    kernel(text.data, s, n, start, length)
    return list(zip(*(read(text, start[c], length[c]) for c in range(rows)), strict=True))


def twin_path(value: bytes | None):
    if not value:
        return (None, None, None)
    found = re.fullmatch(rb"(?:(.*)[/\\])?([^/\\]*)", value, re.DOTALL)
    directory, name = found.groups()
    stem, dot, extension = name.rpartition(b".")
    return (name or None, directory or None, extension if dot and stem and extension else None)


def twin_account(value: bytes | None):
    if not value:
        return (None, None)
    if b"\\" in value:
        domain, name = value.split(b"\\", 1)
        name = name.removeprefix(b"\\")
        return (name or None, domain or None)
    name, at, domain = value.rpartition(b"@")
    return (name, domain) if at and name and domain else (value, None)


@given(columns)
def test_paths(values):
    assert split(splits.split_paths, 3, values) == [twin_path(v) for v in values]


@given(columns)
def test_accounts(values):
    assert split(splits.split_accounts, 2, values) == [twin_account(v) for v in values]


class TestHashes:
    NAMES = ("md5", "sha1", "sha256", "sha512", "imphash")

    @given(st.lists(st.tuples(st.sampled_from([*NAMES, "MD5", "IMPHASH", "other", "averylongname"]),
                              st.text("0123456789abcdef", max_size=5)), max_size=6),
           st.sampled_from([",", ", ", " ", ";"]))  # fmt: skip
    def test_agrees_with_split(self, pairs, separator):
        value = separator.join(f"{k}={v}" for k, v in pairs).encode()
        twin = {k.lower(): v.encode() for k, v in pairs if v}
        assert split(splits.split_hashes, 5, [value]) == [tuple(twin.get(n) for n in self.NAMES)]

    @pytest.mark.parametrize(
        "value", [b"foo,MD5=ab", b"foo MD5=ab", b"= MD5=ab", b"a=b=c,MD5=ab", b"xxxxxxxxmd5=cd,md5=ab"]
    )
    def test_odd_parts_hide_no_other(self, value):
        assert split(splits.split_hashes, 5, [value])[0][0] == b"ab"

    @given(columns)
    def test_any_bytes(self, values):
        split(splits.split_hashes, 5, values)


def nanoseconds(values: Values, scale: int = 10**9) -> Values:
    """None where the kernel says that it is no duration."""
    text, start, length = column(values)
    bad = np.zeros(len(values), np.uint8)
    data = text.reserve(20 * len(values))
    text.used = int(to_nanoseconds(data, text.used, start, length, scale, bad))
    length[bad != 0] = -1
    return read(text, start, length)


def twin_nanoseconds(value: bytes | None, scale: int) -> int | None:
    text = (value or b"").decode("latin-1")
    text = text.lstrip(" ")
    if found := re.fullmatch(r"(\d*)(?:\.(\d*))?", text, re.ASCII):
        whole, fraction = found.groups()
        digits = (fraction or "")[:9]
        if not (whole or fraction) or len(whole) > 18:
            return None
        exact = int(whole or 0) * scale + (int(digits) * scale // 10 ** len(digits) if digits else 0)
    elif found := re.fullmatch(r"(?:(\d{1,9}): *)?(\d{1,9}): *(\d{1,9})(?:\.(\d{0,9}))?", text, re.ASCII):
        return -1 if " " in text else sixty(found)
    else:
        return -1  # units: by table
    return exact if exact < 2**63 else None


def sixty(found: re.Match[str]) -> int | None:
    h, m, s, fraction = found.groups()
    exact = (int(h or 0) * 3600 + int(m) * 60 + int(s)) * 10**9 + int((fraction or "").ljust(9, "0") or 0)
    return exact if exact // 10**9 <= 9_223_372_036 and exact < 2**63 else None


class TestDurations:
    @given(st.lists(st.one_of(texts, st.text("0123456789.: ", max_size=22).map(str.encode)), max_size=12),
           st.sampled_from([1, 1_000, 1_000_000, 10**9, 60 * 10**9, 3600 * 10**9]))  # fmt: skip
    def test_numbers_and_clocks(self, values, scale):
        for value, found in zip(values, nanoseconds(values, scale), strict=True):
            twin = twin_nanoseconds(value, scale)
            if twin != -1:
                assert found == (None if twin is None else b"%d" % twin), value

    @pytest.mark.parametrize(
        ("value", "seconds"),
        [
            ("1:02:03", 3723), ("02:03", 123), ("0:00:00", 0), ("1d", 86400), ("1d 2h 3m 4s", 93784), ("1h2m", 3720),
            ("1h:02m:03s", 3723), ("0h:00m:30s", 30), ("1d 02:03:04", 93784), ("12", 12), ("0.5", 0.5), ("1.5s", 1.5),
            ("1D, 2H", 93600), ("100:00:00", 360000),
        ],
    )  # fmt: skip
    def test_table(self, value, seconds):
        assert nanoseconds([value.encode()]) == [b"%d" % int(seconds * 10**9)]

    @pytest.mark.parametrize(
        "value",
        ["", " ", ".", "-1", "1-2", "1h 5", "1:", ":1", "1:2:3:4", "1:2h", "5ms", "1e3", "1.5h", "9" * 19, "9" * 18, "1 2",
         "99999999999s", "9999999999:00:00"],
    )  # fmt: skip
    def test_none(self, value):
        """What is no duration, or too long a one, is said to be none; nothing wraps around."""
        assert nanoseconds([value.encode()]) == [None]


@given(columns, st.sampled_from([b",", b", ", b'"] [tag "']))
def test_lists(values, separator):
    text, s, n = column(values)
    start, length = np.zeros(len(values), np.int32), np.full(len(values), -1, np.int32)
    data = text.reserve(8 * text.used + 16 * len(values) + 64)
    glyphs = np.frombuffer(separator, np.uint8)
    text.used = int(slices.split_lists(data, text.used, s, n, glyphs, ones(len(values)), start, length))
    for value, found in zip(values, read(text, start, length), strict=True):
        parts = [p.strip(b" ") for p in (value or b"").split(separator)]
        twin = [p for p in parts if p]
        if not twin:
            assert found is None
        elif all(part_is_text(p) for p in twin):
            assert orjson.loads(found) == [p.decode() for p in twin]


def part_is_text(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


def test_list_of_many_short_values_stays_in_its_room():
    """The worst case a byte: one control character alone takes ten."""
    values: Values = [b"\x01"] * 3000
    text, s, n = column(values)
    start, length = np.zeros(3000, np.int32), np.full(3000, -1, np.int32)
    room = 8 * 3000 + 16 * 3000 + 64
    data = text.reserve(room)
    end = int(slices.split_lists(data, text.used, s, n, np.frombuffer(b",", np.uint8), ones(3000), start, length))
    assert end - text.used == 10 * 3000 <= room


@given(columns, st.booleans())
def test_arrays(values, quoted):
    text, start, length = column(values)
    data = text.reserve(6 * text.used + 8 * len(values) + 64)
    text.used = int(slices.as_arrays(data, text.used, start, length, quoted, -1, -1))
    for value, found in zip(values, read(text, start, length), strict=True):
        if value is None:
            assert found is None
        elif len(value) > 1 and value[:1] + value[-1:] == b"[]":
            assert found == value
        elif not quoted:
            assert found == b"[" + value + b"]"
        elif part_is_text(value):
            assert orjson.loads(found) == [value.decode()]


ARRAYS = st.lists(st.text('ab"\\\n \u00e9,[]'), min_size=1, max_size=4)
PIECES = [
    b'["',
    b'"]',
    b'","',
    b"a",
    b'\\"',
    b"\\u00e9",
    b"\\u00g",
    b"[",
    b"]",
    b'"',
    b",",
    b" ",
    b"1",
    b"\x01",
    b"\\",
    b"\\ud800",
]


@given(st.one_of(ARRAYS.map(orjson.dumps), st.lists(st.sampled_from(PIECES), max_size=10).map(b"".join)))
def test_text_arrays(raw: bytes) -> None:
    """What is called an array of texts is one; one that is written tightly and in UTF-8 is called so."""
    text, start, length = column([raw])
    rows = np.zeros(1, np.int32)
    begins = slices.find_arrays(text.data, start, length, -1, -1, False, rows)
    assert begins == raw.startswith(b"[")
    good = begins and not slices.find_arrays(text.data, start, length, -1, -1, True, rows)
    try:
        found = orjson.loads(raw)
    except orjson.JSONDecodeError:
        found = None
    texts = isinstance(found, list) and bool(found) and all(isinstance(v, str) for v in found)
    assert not good or texts
    assert good or not (texts and orjson.dumps(found) == raw)


def test_arrays_that_are_constants_are_left_out():
    text, start, length = column([b"x", b"[1]", b"", None, b"[2]"])
    rows = np.zeros(5, np.int32)
    assert slices.find_arrays(text.data, start, length, -1, -1, True, rows) == 2
    assert rows[:2].tolist() == [1, 4]
    assert slices.find_arrays(text.data, start, length, 1, 4, True, rows) == 1
    assert rows[0] == 4


def test_no_rows():
    empty = np.empty(0, np.int32)
    text = Text.of(b"")
    assert slices.as_arrays(text.data, 0, empty, empty, True, -1, -1) == 0
    assert split(splits.split_paths, 3, []) == []
