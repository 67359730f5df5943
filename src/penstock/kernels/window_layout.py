"""What the words of correlation state mean, and the arrays that kernels of windows are given.

    rows      [n, 8]   signals in order of time, on their way in
    entries   [K, E]   one a live group, at a place (`slot`) that it keeps while it lives
    places    [2^k]    open addressing: slot + 1 in the high half, low half of the key's low word in the low, 0 = empty
    log       [2^k, L] a ring of the events that are in somebody's window, in order of time; event s stands at s mod 2^k
    pairs     [2^k, 2] how often a value is in a group's window (`pair_table`)
    history   [2^k, 4] a ring of what baselines remember (`baselines`)
    texts     [2^k]    a ring of groups' texts: bytes, where alerts are raised long after the event (`event_log`)
    registers [17]     counters, as int64

All of it is uint64 but `texts`. Times are microseconds and may be before 1970: int64, kept as the same bits.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from penstock.kernels.jit import inlined
from penstock.kernels.words import U

U8 = NDArray[np.uint8]
I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
U64 = NDArray[np.uint64]
F64 = NDArray[np.float64]

# rows
ROW = 8
R_TIME = U(0)
R_ID = U(1)  # and the next: event.id, 128 bits, high half first
R_KEY = U(3)  # and the next: hash of the group
R_MASK = U(5)  # bit r: the event is a match of referenced rule r
R_VALUE = U(6)  # hash of the counted value, or the bits of a float64
R_TEXT = U(7)  # where the group's text is: start << 24 | length; or the row of the batch it came in

# entries
E_KEY = U(0)  # and the next
E_LAST = U(2)  # 1 + number of the group's latest event in the log, 0 for none; of a free slot: 1 + next free slot
E_COUNT = U(3)  # events in the window
E_HELD = U(4)  # time of the last event at which the condition held
E_FIRST = U(5)  # number of the window's first event (sliding: of the first since the group is known)
E_MEASURE = U(6)  # from here on: what the measure keeps
ENTRY = 6

# log
L_TIME = U(0)
L_ID = U(1)  # and the next
L_LINK = U(3)  # high half: slot of the group; low half: how many events ago the group's one before is, 0 for none
L_VALUE = U(4)  # as R_VALUE, or R_MASK where rules are measured
L_TEXT = U(5)  # windows that are judged at their end: where in `texts` the group's text begins
L_LENGTH = U(6)  # and its length
L_DEQUES = 5  # sliding percentiles: a word a bound (`extremes`)
LOG = 5

# registers
FRONT = U(0)  # number of the oldest event in the log
TAIL = U(1)  # number of the next
LIVE = U(2)  # groups
USED = U(3)  # slots ever used
FREE = U(4)  # 1 + first free slot, 0 for none
PAIRS = U(5)  # (group, value) pairs
OUT = U(6)  # alerts written
IDS = U(7)  # event ids written
WANT = U(8)  # what the kernel stopped for wants this much room
TIMER = U(9)  # sessions: number of the next event whose gap is watched
TEXTS = U(10)  # where the next group's text begins
WINDOW = U(11)  # tumbling: number of the current window
PAST = U(12)  # number of the oldest remembered window of a baseline
NEXT = U(13)  # and of the next
AWAY = U(14)  # TAIL when memory was last released
BACK = U(15)  # groups known then that an event came to since
FRESH = U(16)  # groups that became known since
REGISTERS = 17

# the plan
P_MEASURE = U(0)
P_SPAN = U(1)  # microseconds
P_GAP = U(2)  # microseconds
P_NEED = U(3)  # events below which the condition on distinct values cannot hold
P_PERCENT = U(4)  # 0 to 100
P_RULES = U(5)  # referenced rules
P_OPENERS = U(6)  # absence: the rules that wait, as bits
P_CLOSERS = U(7)  # absence: those that are waited for; ordered rules: those that must not be there
P_WEEKS = U(8)  # baseline: weeks remembered, 0 without
P_SLOT = U(9)  # microseconds of a slot
P_DAY = U(10)  # slots of a day
P_WARMUP = U(11)  # slots
P_DEVIATIONS = U(12)  # in millionths
P_ZEROS = U(13)  # 1: a slot without events counts as 0
P_EVERY = U(14)  # regular events: the least median interval in microseconds, 0 without
P_SPREAD = U(15)  # and how far intervals may be from it, in hundredths of it
PLAN = 16

# history
H_SLOT = U(0)  # number of the slot
H_VALUE = U(1)  # bits of a float64: the greatest value of its windows
H_LINK = U(2)  # as L_LINK
PAST_WORDS = 4

# measures
COUNT, DISTINCT, SUM, AVERAGE, PERCENTILE, RULES, ORDERED, EXPRESSION = range(8)

# comparisons
LT, LTE, GT, GTE, EQ, NEQ = range(6)

# the expression over rules: numbers of rules, and these, operands first
AND, OR, NOT = -1, -2, -3

# alerts
A_KEY = U(0)  # and the next
A_OPENING = U(2)  # and the next: id of the event that opens it
A_TIME = U(4)  # and its time
A_FIRST = U(5)  # time of the first event
A_LAST = U(6)  # and of the last
A_COUNT = U(7)
A_VALUE = U(8)  # and the next: measured, in millionths (percentiles: in hundredths of them)
A_IDS = U(10)  # where its event ids begin
A_TEXT = U(11)  # as R_TEXT, or as L_TEXT with A_LENGTH
A_LENGTH = U(12)
A_EXPECTED = U(13)  # baseline: bits of a float64
A_THRESHOLD = U(14)  # the same
A_HISTORY = U(15)  # slots of history << 2 | what they were: 1 hours of the week, 2 of the day, 3 all
ALERT = 16

# why a kernel stopped
DONE, FULL, PAIRS_FULL, SCRATCH_FULL, HISTORY_FULL = range(5)

LOW32 = np.uint64((1 << 32) - 1)
SIGN = np.uint64(1 << 63)
NEVER = np.int64(-(1 << 62))
FOREVER = np.int64(1 << 62)
MOST_IDS = 1000
"""An alert names so many events, the first ones."""


class Held(NamedTuple):
    """State: see above."""

    places: U64
    entries: U64
    log: U64
    pairs: U64
    history: U64
    texts: U8
    registers: I64


class Rule(NamedTuple):
    """A correlation, as kernels read it.

    plan     int64[16]      the words P_...
    ops      uint8[c]       comparisons, all of which must hold
    bounds   uint64[c, 2]   what with, in millionths
    order    int32[p]       ordered rules: which comes first, second, …
    program  int32[x]       an expression over rules, operands first; empty without one
    """

    plan: I64
    ops: U8
    bounds: U64
    order: I32
    program: I32


class Out(NamedTuple):
    """Where alerts are written: alerts uint64[a, 16], ids uint64[b, 2]; scratch float64[s]: a window's values."""

    alerts: U64
    ids: U64
    scratch: F64


@inlined
def as_float(word):  # type: ignore[no-untyped-def]
    """The float64 whose bits a uint64 is."""
    return U(word).view(np.float64)


@inlined
def as_word(number):  # type: ignore[no-untyped-def]
    """The bits of a float64."""
    return np.float64(number).view(np.uint64)


@inlined
def biased(time):  # type: ignore[no-untyped-def]
    """A time as a word that orders as times do, so that a word of 0 is before all times."""
    return U(time) ^ SIGN


@inlined
def unbiased(word):  # type: ignore[no-untyped-def]
    """And back."""
    return np.int64(word ^ SIGN)
