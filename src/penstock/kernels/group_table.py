"""Find, add and remove groups by their 128-bit key (`window_layout`: `index` and `entries`).

Linear probing. A key is a keyed hash already, so its bits are used as they are: the low 32 of the low word are kept in
the index as a tag, and the lowest of these say where to begin. So a look at the index tells nearly every other key
apart without a look at its entry, and what is behind a removed one can be moved up (D. E. Knuth, The Art of Computer
Programming 3, 6.4, algorithm R) without knowing more than the tags. The caller keeps a third of the index
empty.
"""

from __future__ import annotations

import numpy as np

from penstock.kernels.jit import inlined, kernel
from penstock.kernels.window_layout import (
    E_FIRST,
    E_HELD,
    E_KEY,
    E_LAST,
    FREE,
    LIVE,
    LOW32,
    NEVER,
    USED,
)
from penstock.kernels.words import U

NONE = np.uint64((1 << 64) - 1)
"""The slot of no group."""


@inlined
def find(index, entries, high, low):  # type: ignore[no-untyped-def]
    """The group's slot, or NONE."""
    mask = U(len(index)) - U(1)
    tag = low & LOW32
    i = low & mask
    word = index[i]
    while word != U(0):
        if (word & LOW32) == tag:
            slot = (word >> U(32)) - U(1)
            if entries[slot, E_KEY + U(1)] == low and entries[slot, E_KEY] == high:
                return slot
        i = (i + U(1)) & mask
        word = index[i]
    return NONE


@inlined
def add(index, entries, high, low, registers):  # type: ignore[no-untyped-def]
    """A slot for a group that has none: its key is set, it never held, all else is 0. There is room for it."""
    slot = U(registers[FREE])
    if slot != U(0):
        slot -= U(1)
        registers[FREE] = np.int64(entries[slot, E_LAST])
    else:
        slot = U(registers[USED])
        registers[USED] += 1
    registers[LIVE] += 1
    _place(index, low, slot)
    entries[slot, E_KEY] = high
    entries[slot, E_KEY + U(1)] = low
    for j in range(np.int64(E_LAST), entries.shape[1]):
        entries[slot, U(j)] = U(0)
    entries[slot, E_HELD] = U(NEVER)
    return slot


@inlined
def _place(index, low, slot):  # type: ignore[no-untyped-def]
    mask = U(len(index)) - U(1)
    i = low & mask
    while index[i] != U(0):
        i = (i + U(1)) & mask
    index[i] = ((slot + U(1)) << U(32)) | (low & LOW32)


@inlined
def remove(index, entries, slot, registers):  # type: ignore[no-untyped-def]
    """Forget a group."""
    mask = U(len(index)) - U(1)
    low = entries[slot, E_KEY + U(1)]
    want = ((slot + U(1)) << U(32)) | (low & LOW32)
    i = low & mask
    while index[i] != want:
        i = (i + U(1)) & mask
    j = i
    while True:
        j = (j + U(1)) & mask
        word = index[j]
        if word == U(0):
            break
        # what stands at j may move to i unless its home lies behind i (cyclically in (i, j])
        home = word & mask
        if ((j - home) & mask) >= ((j - i) & mask):
            index[i] = word
            i = j
    index[i] = U(0)
    entries[slot, E_LAST] = U(registers[FREE])
    registers[FREE] = np.int64(slot + U(1))
    registers[LIVE] -= 1


@kernel
def rebuild(index, entries, registers):  # type: ignore[no-untyped-def]
    """Enter all live groups into an index of zeros. Free slots are those that the free list names."""
    used = U(registers[USED])
    free = U(registers[FREE])
    while free != U(0):
        following = entries[free - U(1), E_LAST]
        # no event is its own window's first before itself: marks the slot while the list is walked
        entries[free - U(1), E_FIRST] = ~U(0)
        free = following
    for j in range(used):
        if entries[U(j), E_FIRST] != ~U(0):
            _place(index, entries[U(j), E_KEY + U(1)], U(j))


@kernel
def place_all(index, old):  # type: ignore[no-untyped-def]
    """Enter what an index holds into another one of zeros. The tags say where to: entries may lie on disk."""
    for j in range(len(old)):
        word = old[U(j)]
        if word != U(0):
            _place(index, word & LOW32, (word >> U(32)) - U(1))
