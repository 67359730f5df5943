"""CEF and LEEF behind a tag or a relay's header, against a regular expression."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.columns import Text
from penstock.kernels.recognise import CEF, LEEF, TEXT, classify

FORM = re.compile(rb"(?<![A-Za-z0-9])(CEF|LEEF): *[0-9.]{1,4}\|")
FAR = 192


def twin(raw: bytes) -> tuple[int, bytes]:
    for m in FORM.finditer(raw):
        if m.end(1) <= FAR:
            return (CEF if m[1] == b"CEF" else LEEF), raw[m.start() :]
    return TEXT, raw


def classified(raw: bytes) -> tuple[int, bytes]:
    text = Text.of(b"x" + raw)
    start, length, kind = np.array([1], np.int32), np.array([len(raw)], np.int32), np.zeros(1, np.uint8)
    classify(text.data, start, length, kind)
    return int(kind[0]), text.slice(int(start[0]), int(length[0]))


@pytest.mark.parametrize(
    "raw",
    [
        b"ASM:CEF:0|F5|ASM|1|2|n|5|",
        b"2557 <14>1 2026-11-23T10:00:00Z h a - - - LEEF:2.0|v|p|1|e|x09|",
        b"192.0.2.1 CEF: 0|v|p|1|2|n|5|",
        b"XCEF:0|v",
        b"CEF without a header CEF:|0",
        b"a CEF:12345|v",
        b"T" * 300 + b" CEF:0|v",
        b"FEF:0| EF:0| F:0| LEEF:1.0|v",
    ],
)
def test_examples(raw: bytes) -> None:
    assert classified(raw) == twin(raw)


@given(st.lists(st.sampled_from([b"CEF", b"LEEF", b":", b"0", b"1.0", b"|", b" ", b"F", b"E", b"LE", b"a" * 50, b"]"])))
def test_as_the_expression_says(parts: list[bytes]) -> None:
    raw = b"-" + b"".join(parts)  # not one of the other kinds
    assert classified(raw) == twin(raw)
