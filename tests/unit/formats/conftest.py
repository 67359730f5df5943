"""What the grammars' tests share: run a grammar over payloads and read the tape back as Python values."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from penstock.columns import I32, U8, Tape, Text, Written
from penstock.formats.keys import KeyTable

Entry = tuple[int, bytes, bytes, Written]
Grammar = Callable[[Text, I32, I32, I32, KeyTable], tuple[Tape, U8]]


def read(grammar: Grammar, payloads: list[bytes], keys: KeyTable) -> list[list[Entry] | int]:
    """Per payload its entries (key id, name, value, written), or the code of its fault."""
    text = Text.of(b"=|,<" + b'"=, '.join(payloads) + b'"=|')  # what stands around a payload is not part of it
    length = np.array([len(p) for p in payloads], np.int32)
    start = (4 + np.concatenate([[0], np.cumsum(length + 4)[:-1]])).astype(np.int32)
    tape, bad = grammar(text, np.arange(len(payloads), dtype=np.int32), start, length, keys)
    assert tape.begin[0] == 0
    assert len(tape.key) == tape.begin[-1] == len(tape.parent)
    assert (tape.parent == -1).all()
    entries: list[list[Entry] | int] = []
    for i, code in enumerate(bad):
        run = range(tape.begin[i], tape.begin[i + 1])
        if code:
            assert len(run) == 0
        entries.append(
            int(code)
            or [
                (
                    int(tape.key[t]),
                    text.slice(int(tape.name_start[t]), int(tape.name_length[t])),
                    text.slice(int(tape.start[t]), int(tape.length[t])),
                    Written(tape.written[t]),
                )
                for t in run
            ]
        )
    return entries


@pytest.fixture(scope="session")
def read_tape() -> Callable[[Grammar, list[bytes], KeyTable], list[list[Entry] | int]]:
    """`read`, as a fixture: tests import nothing from each other."""
    return read
