"""Windows event XML: the compiled kernel against plain Python, on documents and on arbitrary bytes."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape, quoteattr

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.columns import Text
from penstock.formats.keys import KeyTable
from penstock.formats.unescape import unescape
from penstock.formats.windows_xml import windows_xml_tape
from penstock.kernels.xml import BROKEN, DOCTYPE, MOST_DEEP, NOT_EVENT, TOO_DEEP, TRAILING, WRONG_END

Path = tuple[bytes, ...]
Entry = tuple[Path, bytes, bool]
PATHS: list[Path] = [
    (b"Event", b"System", b"EventID"),
    (b"Event", b"System"),
    (b"Event", b"EventData", b"Data"),
    (b"Event", b"EventData", b"a"),
    (b"Event", b"Data", b"x"),
    (b"EventData", b"a"),
    (b"b",),
    (b"Event",),
]
KEYS = KeyTable.of(PATHS)
BLANKS = b" \t\r\n"
ATTRIBUTE = re.compile(rb"[ \t\r\n]*([^ \t\r\n/>=]+)[ \t\r\n]*=[ \t\r\n]*(\"[^\"]*\"|'[^']*')")
DECLARATIONS = [
    (b"<?", re.compile(rb"<\?.(?:[^>]|(?<!\?)>)*?\?>", re.DOTALL)),
    (b"<!--", re.compile(rb"<!--.*?-->", re.DOTALL)),
    (b"<![CDATA[", re.compile(rb"<!\[CDATA\[.*?\]\]>", re.DOTALL)),
]


class Fault(Exception):  # noqa: N818
    """Carries a code."""


def local(name: bytes) -> bytes:
    return name.partition(b":")[2] if b":" in name else name


def twin(raw: bytes) -> list[Entry] | int:
    try:
        return document(raw.removeprefix(b"\xef\xbb\xbf"))
    except Fault as fault:
        return int(fault.args[0])


def document(raw: bytes) -> list[Entry]:
    entries: list[Entry] = []
    open_tags: list[tuple[bytes, Path]] = []
    attributes: list[bool] = []
    children: list[bool] = []
    closed = False
    at = 0
    text = b""
    raw_only = False
    while True:
        cut = raw.find(b"<", at)
        if cut < 0:
            break
        text += raw[at:cut]
        if cut + 1 == len(raw):
            raise Fault(BROKEN)
        if not open_tags and text.strip(BLANKS):
            raise Fault(TRAILING if closed else NOT_EVENT)
        if raw[cut + 1 : cut + 2] in (b"!", b"?"):
            rest = raw[cut:]
            for prefix, pattern in DECLARATIONS:
                if rest.startswith(prefix):
                    found = pattern.match(rest)
                    allowed = {b"<?": not open_tags, b"<!--": True, b"<![CDATA[": bool(open_tags)}[prefix]
                    if not found or not allowed:
                        raise Fault(BROKEN)
                    break
            else:
                raise Fault(DOCTYPE if rest.startswith(b"<!D") else BROKEN)
            raw_only = True
            if not open_tags or (prefix == b"<!--" and not text.strip(BLANKS)):
                text = b""
            else:
                text += found[0]
            at = cut + found.end()
            continue
        closing = raw[cut + 1 : cut + 2] == b"/"
        if not open_tags:
            if closing or closed:
                raise Fault(TRAILING if closed else NOT_EVENT)
        else:
            escaped = raw_only or b"&" in text
            if closing and not children[-1]:
                if text.strip(BLANKS) or not attributes[-1]:
                    entries.append((open_tags[-1][1], text, escaped))
            elif text.strip(BLANKS):
                entries.append((open_tags[-1][1], text.strip(BLANKS), escaped))
            children[-1] = True
        text, raw_only = b"", False
        if closing:
            end = raw.find(b">", cut)
            if end < 0:
                raise Fault(BROKEN)
            if raw[cut + 2 : end].rstrip(BLANKS) != open_tags.pop()[0]:
                raise Fault(WRONG_END)
            attributes.pop()
            children.pop()
            at = end + 1
        else:
            if len(open_tags) == MOST_DEEP:
                raise Fault(TOO_DEEP)
            name = re.compile(rb"[^ \t\r\n/>=]*").match(raw, cut + 1)
            assert name
            pairs = []
            at = name.end()
            while found := ATTRIBUTE.match(raw, at):
                pairs.append((found[1], found[2][1:-1]))
                at = found.end()
            tail = re.compile(rb"[ \t\r\n]*(/?>)").match(raw, at)
            label = local(name[0])
            if not tail or not label:
                raise Fault(BROKEN)
            if label in (b"Data", b"ComplexData") and b"Name" in dict(pairs):
                label = next(v for n, v in pairs if n == b"Name")
                pairs = [(n, v) for n, v in pairs if n != b"Name"]
            path = (*(open_tags[-1][1] if open_tags else ()), label)
            pairs = [(n, v) for n, v in pairs if n != b"xmlns" and not n.startswith(b"xmlns:")]
            entries += [((*path, local(n)), v, b"&" in v) for n, v in pairs]
            if tail[1] == b">":
                open_tags.append((name[0], path))
                attributes.append(bool(pairs))
                children.append(False)
            elif not pairs:
                entries.append((path, b"", False))
            at = tail.end()
        closed = not open_tags
    if open_tags or not closed:
        raise Fault(BROKEN if open_tags else NOT_EVENT)
    if raw[at:].strip(BLANKS + b"\0"):
        raise Fault(TRAILING)
    return entries


def compiled(payloads: list[bytes]) -> list[list[tuple[int, bytes, bytes, bool]] | int]:
    text = Text.of(b"<Event>" + b"".join(p + b"</Event>" for p in payloads))
    length = np.array([len(p) for p in payloads], np.int32)
    start = (7 + np.concatenate([[0], np.cumsum(length + 8)[:-1]])).astype(np.int32)
    tape, bad = windows_xml_tape(text, np.arange(len(payloads), dtype=np.int32), start, length, KEYS)
    rows: list[list[tuple[int, bytes, bytes, bool]] | int] = []
    for i, code in enumerate(bad):
        row = [
            (
                int(tape.key[t]),
                text.slice(int(tape.name_start[t]), int(tape.name_length[t])),
                text.slice(int(tape.start[t]), int(tape.length[t])),
                bool(tape.written[t]),
            )
            for t in range(tape.begin[i], tape.begin[i + 1])
        ]
        assert not (code and row)
        rows.append(int(code) or row)
    return rows


def expected(raw: bytes) -> list[tuple[int, bytes, bytes, bool]] | int:
    found = twin(raw)
    return found if isinstance(found, int) else [(key(p), p[-1], v, e) for p, v, e in found]


def key(path: Path) -> int:
    """Of a root that is not `Event` the name does not count."""
    path = path if path[0] == b"Event" else path[1:]
    return KEYS.find(path) if path else -1


OPEN = [
    b"<Event>",
    b"<System>",
    b"<EventData>",
    b"<EventID Qualifiers='1'>",
    b"<Data>",
    b"<Data Name='a'>",
    b"<a b='&lt;'>",
]
CLOSE = [b"</Event>", b"</System>", b"</EventData>", b"</EventID>", b"</Data>", b"</a>", b"</x:a >"]
OTHER = [
    b'<Data Name="x"/>',
    b"<a/>",
    b"<x:a xmlns:x='u'>",
    b"text",
    b" ",
    b"\n",
    b"&amp;",
    b"<!-- c -->",
    b"<![CDATA[ <a> ]]>",
]
ODD = [
    b"<",
    b">",
    b"'",
    b"<!D",
    b"<!--",
    b"<?xml?>",
    b"<?",
    b"/>",
    b"=",
    b"\0",
    b"\xef\xbb\xbf",
    b"<a b=c>",
    b"<ComplexData Name='y' z='1'>",
    b"</ComplexData>",
]
PIECES = st.lists(st.sampled_from(OPEN + CLOSE + OTHER + ODD), max_size=12).map(b"".join)


@st.composite
def elements(draw: st.DrawFn, depth: int = 0) -> bytes:
    """A well-formed element of the shapes that events have."""
    tag = (
        draw(st.sampled_from([b"Event", b"Event", b"Events", b"a"]))
        if depth == 0
        else draw(st.sampled_from([b"System", b"EventData", b"EventID", b"Data", b"x:a", b"ComplexData"]))
    )
    more = draw(
        st.sampled_from([b"", b" Name='a'", b" Name=\"\" b='1'", b"\n b = '&#65;'", b" xmlns='u'", b' xmlns:x="u"'])
    )
    inside = (
        st.one_of(st.sampled_from(OTHER[:2] + OTHER[3:]), elements(depth + 1))
        if depth < 4
        else st.sampled_from(OTHER[3:])
    )
    body = b"".join(draw(st.lists(inside, max_size=4)))
    return b"<" + tag + more + b">" + body + b"</" + tag + b">"


@settings(deadline=None, max_examples=1500)
@given(
    st.lists(st.one_of(PIECES, elements(), PIECES.map(lambda p: b"<Event>" + p + b"</Event>")), min_size=1, max_size=3)
)
def test_agrees_with_its_twin(payloads: list[bytes]) -> None:
    """Same entries or same fault for documents, near-documents and rubbish."""
    assert compiled(payloads) == [expected(p) for p in payloads]


@settings(deadline=None)
@given(st.lists(st.tuples(st.text("ab<>&'\" é", min_size=1), st.text("xy<&'\" \u20ac")), max_size=5))
def test_agrees_with_expat(fields: list[tuple[str, str]]) -> None:
    """What a real XML parser reads, unescaped, for any text in a value or an attribute."""
    data = "".join(f"<Data Name='n'>{escape(v)}</Data><v a={quoteattr(a)}/>" for a, v in fields)
    raw = f"<Event><EventData>{data}</EventData></Event>".encode()
    text = Text.of(raw)
    tape, bad = windows_xml_tape(text, *(np.array([n], np.int32) for n in (0, 0, len(raw))), KEYS)
    assert not bad.any()
    start, length, written = tape.start.copy(), tape.length.copy(), tape.written.copy()
    unescape(text, start, length, written)
    got = [text.slice(int(s), int(n)).decode() for s, n in zip(start, length, strict=True)]
    wanted = [e.text or "" if e.tag == "Data" else e.attrib["a"] for e in ET.fromstring(raw)[0]]
    assert got == (wanted or [""])


def test_a_tape_too_small_is_grown() -> None:
    """Many more entries than the guess: nothing lost, nothing doubled."""
    payloads = [b"<Event>" + b"<a/>" * 3000 + b"</Event>", b"x", b"<Event " + b"a='' " * 3000 + b"/>"]
    assert compiled(payloads) == [expected(p) for p in payloads]
