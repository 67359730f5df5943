"""Line framing agrees with splitting on line feeds, wherever the buffer was cut and whatever is in it."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.columns import SLACK
from penstock.kernels.lines import frame_lines

raws = st.lists(
    st.one_of(
        st.sampled_from([b"\n", b"\r\n", b"\0", b"\r", b"\n\n", b"abc", b"x" * 40, b"\x8a\x0b"]), st.binary(max_size=40)
    )
).map(b"".join)


def twin(raw: bytes, *, final: bool, longest: int) -> tuple[list[tuple[int, bytes]], int, int]:
    """Slow and obvious: (position, bytes) of the records, empty lines, bytes used."""
    records, empty, at = [], 0, 0
    parts = raw.split(b"\n")
    for i, part in enumerate(parts):
        last = i == len(parts) - 1
        if last and (not final or not part):
            break
        line = part
        if len(line) <= longest:
            line = line.removesuffix(b"\r").rstrip(b"\0")
        if line:
            records.append((at, line))
        else:
            empty += 1
        at = min(at + len(part) + 1, len(raw))
    return records, empty, at


@settings(max_examples=300, deadline=None)
@given(
    raw=raws, final=st.booleans(), longest=st.integers(1, 60), begin=st.integers(0, 9), junk=st.binary(max_size=SLACK)
)
def test_frames_as_split_does(raw: bytes, final: bool, longest: int, begin: int, junk: bytes) -> None:
    """Records, their places, empty lines and the rest are those of bytes.split, whatever stands around."""
    data = np.frombuffer(b"\n" * begin + raw + junk + b"\n" * (SLACK - len(junk)), np.uint8).copy()
    start, length = np.empty(999, np.int32), np.empty(999, np.int32)
    n, empty, used = frame_lines(data, begin, begin + len(raw), final, longest, start, length)
    got = [(int(s) - begin, data[s : s + k].tobytes()) for s, k in zip(start[:n], length[:n], strict=True)]
    assert (got, int(empty), int(used) - begin) == twin(raw, final=final, longest=longest)


@settings(max_examples=100, deadline=None)
@given(raw=raws, room=st.integers(1, 4))
def test_goes_on_where_it_stopped(raw: bytes, room: int) -> None:
    """A full output stops framing; called again from there it finds the rest, nothing twice."""
    data = np.frombuffer(raw + bytes(SLACK), np.uint8).copy()
    start, length = np.empty(room, np.int32), np.empty(room, np.int32)
    got, blank, at = [], 0, 0
    while True:
        n, empty, used = frame_lines(data, at, len(raw), True, 60, start, length)
        got += [(int(s), data[s : s + k].tobytes()) for s, k in zip(start[:n], length[:n], strict=True)]
        blank += int(empty)
        at = int(used)
        if n < room:
            break
    assert (got, blank, at) == twin(raw, final=True, longest=60)
