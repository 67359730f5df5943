"""Windows event XML as its carriers send it."""

from __future__ import annotations

from typing import Any

import pytest

from penstock.columns import Written
from penstock.formats.keys import KeyTable
from penstock.formats.windows_xml import FAULTS, windows_xml_tape

P, X = Written.PLAIN, Written.XML_ESCAPED
KEYS = KeyTable.of(
    [
        (b"Event", b"System", b"EventID"),
        (b"Event", b"System", b"Provider", b"Name"),
        (b"Event", b"System", b"EventID", b"Qualifiers"),
        (b"Event", b"EventData", b"TargetUserName"),
        (b"Event", b"EventData", b"Data"),
        (b"Event", b"UserData", b"LogFileCleared", b"SubjectUserName"),
        (b"Event", b"RenderingInfo", b"Message"),
    ]
)
EVENT = b"""\xef\xbb\xbf<?xml version="1.0" encoding="utf-8"?>
<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System>
 <Provider Name='Microsoft-Windows-Eventlog' Guid="{fc65ddd8}"/><EventID Qualifiers='16384'>1102</EventID>
 <Correlation/><Execution ProcessID="4" ThreadID='8'></Execution><!-- a comment --></System>
<EventData><Data Name='TargetUserName'>a &amp; b</Data><Data>one</Data><Data></Data><Data Name="Empty"/>
 <Data Name='Blank'> </Data><Data><![CDATA[<x>]]></Data><Binary>00FF</Binary></EventData>
<UserData><x:LogFileCleared xmlns:x="urn:y"><x:SubjectUserName>bob</x:SubjectUserName></x:LogFileCleared></UserData>
<RenderingInfo Culture='en-US'><Message>The log
was cleared.</Message></RenderingInfo></Event>
"""


def test_an_event(read_tape: Any) -> None:
    """Each leaf and attribute under its path, in order."""
    assert read_tape(windows_xml_tape, [EVENT], KEYS) == [
        [
            (1, b"Name", b"Microsoft-Windows-Eventlog", P),
            (-1, b"Guid", b"{fc65ddd8}", P),
            (2, b"Qualifiers", b"16384", P),
            (0, b"EventID", b"1102", P),
            (-1, b"Correlation", b"", P),
            (-1, b"ProcessID", b"4", P),
            (-1, b"ThreadID", b"8", P),
            (3, b"TargetUserName", b"a &amp; b", X),
            (4, b"Data", b"one", P),
            (4, b"Data", b"", P),
            (-1, b"Empty", b"", P),
            (-1, b"Blank", b" ", P),
            (4, b"Data", b"<![CDATA[<x>]]>", X),
            (-1, b"Binary", b"00FF", P),
            (5, b"SubjectUserName", b"bob", P),
            (-1, b"Culture", b"en-US", P),
            (6, b"Message", b"The log\nwas cleared.", P),
        ]
    ]


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "not_event"),
        (b"text", "not_event"),
        (b"</Event>", "not_event"),
        (b"<Event><System>", "broken"),
        (b"<Event><System", "broken"),
        (b"<Event a=1/>", "broken"),
        (b"<Event a='1/>", "broken"),
        (b"<Event><![CDATA[x</Event>", "broken"),
        (b"<Event><a></b></Event>", "wrong_end"),
        (b"<Event><a></ab></Event>", "wrong_end"),
        (b"<Event>" + b"<a>" * 32 + b"</a>" * 32 + b"</Event>", "too_deep"),
        (b"<!DOCTYPE Event [<!ENTITY a 'b'>]><Event/>", "doctype"),
        (b"<Event/><Event/>", "trailing"),
        (b"<Event></Event>x", "trailing"),
    ],
)
def test_faults(read_tape: Any, raw: bytes, code: str) -> None:
    """What is no event says why, and leaves its neighbours alone."""
    good = b"<Event><System><EventID>1</EventID></System></Event>"
    [first, fault, last] = read_tape(windows_xml_tape, [good, raw, good], KEYS)
    assert first == last == [(0, b"EventID", b"1", P)]
    assert FAULTS[fault].code == f"windows_xml.{code}"


def test_depth_up_to_the_bound(read_tape: Any) -> None:
    """As deep as is allowed, is taken."""
    raw = b"<Event>" + b"<a>" * 31 + b"x" + b"</a>" * 31 + b"</Event>"
    assert read_tape(windows_xml_tape, [raw], KEYS) == [[(-1, b"a", b"x", P)]]
