"""Unescaping: the compiled kernel against regular expressions, on arbitrary bytes."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.columns import SLACK, Text, Written
from penstock.formats.unescape import unescape

JSON = re.compile(rb"\\(u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|[\"\\/bfnrt])")
XML = re.compile(
    rb"<!\[CDATA\[(?P<cdata>.*?)\]\]>|(?P<comment><!--.*?-->)"
    rb"|&(?P<name>lt|gt|amp|quot|apos);|&#(?P<number>[0-9]{1,9}|x[0-9a-fA-F]{1,8});",
    re.DOTALL,
)


def json_twin(raw: bytes) -> bytes:
    def one(m: re.Match[bytes]) -> bytes:
        text = json.loads(b'"' + m[0] + b'"')
        return str(text).encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()

    return JSON.sub(one, raw)


def backslash_twin(raw: bytes) -> bytes:
    breaks = {b"n": b"\n", b"r": b"\r"}
    return re.sub(rb"\\([\\=|\"'\]nr])", lambda m: breaks.get(m[1], m[1]), raw)


def xml_twin(raw: bytes) -> bytes:
    names = {b"lt": b"<", b"gt": b">", b"amp": b"&", b"quot": b'"', b"apos": b"'"}

    def one(m: re.Match[bytes]) -> bytes:
        if m["cdata"] is not None:
            return m["cdata"]
        if m["comment"]:
            return b""
        if m["name"]:
            return names[m["name"]]
        number = m["number"]
        code = int(number[1:], 16) if number.startswith(b"x") else int(number)
        bad = code == 0 or code > 0x10FFFF or 0xD800 <= code <= 0xDFFF
        return ("\ufffd" if bad else chr(code)).encode()

    return XML.sub(one, raw)


def quote_twin(raw: bytes) -> bytes:
    return raw.replace(b'""', b'"')


TWINS = {
    Written.JSON_ESCAPED: json_twin,
    Written.BACKSLASH: backslash_twin,
    Written.XML_ESCAPED: xml_twin,
    Written.DOUBLED_QUOTE: quote_twin,
}


def run(values: list[tuple[bytes, Written]]) -> list[bytes]:
    """Unescape all of them in one text with no room to spare."""
    text = Text.of(b"~" + b"~".join(v for v, _ in values))
    length = np.array([len(v) for v, _ in values], np.int32)
    start = (1 + np.concatenate([[0], np.cumsum(length + 1)[:-1]])).astype(np.int32)
    written = np.array([w for _, w in values], np.uint8)
    before = text.data[: text.used].tobytes()
    unescape(text, start, length, written)
    assert text.data[: len(before)].tobytes() == before
    assert len(text.data) >= text.used + SLACK
    assert all(w == Written.PLAIN for w, (_, was) in zip(written, values, strict=True) if was in TWINS)
    return [text.slice(int(s), int(n)) for s, n in zip(start, length, strict=True)]


PIECES = st.sampled_from(
    [rb"\u00e9", rb"\ud83d\ude00", rb"\ud800", rb"\udc00", rb"\uD8", rb"\n", rb"\\", rb"\x", b"\\", b'""', b'"', b"]"]
    + [b"&amp;", b"&lt;", b"&#65;", b"&#x1F600;", b"&#xD800;", b"&#1114112;", b"&nope;", b"&#;", b"&", b"-->", b"]]>"]
    + [b"<![CDATA[", b"<!--", b"<", b">", b"-", b"plain text of some length", b"\xff", "é".encode(), b";", b"&#x;"]
)
VALUES = st.one_of(st.lists(PIECES, max_size=12).map(b"".join), st.binary(max_size=40))


@settings(deadline=None, max_examples=400)
@given(st.lists(st.tuples(VALUES, st.sampled_from(list(Written))), min_size=1, max_size=8))
def test_agrees_with_the_twins(values: list[tuple[bytes, Written]]) -> None:
    """Every way of writing gives what its regular expression gives; the rest stays; no source byte changes."""
    assert run(values) == [TWINS[w](v) if w in TWINS else v for v, w in values]


@pytest.mark.parametrize(
    ("value", "written", "plain"),
    [
        (rb"caf\u00e9 \ud83d\ude00 \"x\" a\/b", Written.JSON_ESCAPED, 'café 😀 "x" a/b'),
        (rb"\ud800", Written.JSON_ESCAPED, "\ufffd"),
        (rb"a\=b \| c\\d\nnext", Written.BACKSLASH, "a=b | c\\d\nnext"),
        (rb"C:\Windows\System32", Written.BACKSLASH, r"C:\Windows\System32"),
        (b"a &lt;b&gt; &#38; <![CDATA[<raw> &amp;]]>", Written.XML_ESCAPED, "a <b> & <raw> &amp;"),
        (b'say ""hi""', Written.DOUBLED_QUOTE, 'say "hi"'),
    ],
)
def test_examples(value: bytes, written: Written, plain: str) -> None:
    """What the grammars' own documents show."""
    assert run([(value, written)]) == [plain.encode()]


def test_an_apostrophe_may_be_the_quote() -> None:
    """A cell quoted by apostrophes doubles those, not the quotation mark."""
    text = Text.of(b"""'it''s ""so""'""")
    start, length = np.array([1], np.int32), np.array([text.used - 2], np.int32)
    unescape(text, start, length, np.array([Written.DOUBLED_QUOTE], np.uint8))
    assert text.slice(int(start[0]), int(length[0])) == b"""it's ""so\"\""""


def test_absent_stays_absent() -> None:
    """A length of -1 is no value and stays none."""
    text = Text.of(b"x")
    start, length = np.array([0], np.int32), np.array([-1], np.int32)
    unescape(text, start, length, np.array([Written.JSON_ESCAPED], np.uint8))
    assert (length[0], text.used) == (-1, 1)


def test_what_is_written_the_same_becomes_one_slice():
    text = Text.of(rb"C:\\a\\b" * 2 + rb"C:\\a\\c" + b"plain")
    start, length = np.array([0, 8, 16, 24], np.int32), np.array([8, 8, 8, 5], np.int32)
    written = np.array([1, 1, 1, 0], np.uint8)
    unescape(text, start, length, written)
    made = [text.slice(int(s), int(n)) for s, n in zip(start, length, strict=True)]
    assert made == [rb"C:\a\b", rb"C:\a\b", rb"C:\a\c", b"plain"]
    assert start[0] == start[1] != start[2]
    assert not written.any()
