"""The arrays of a state, and how they grow (`kernels.window_layout` says what is in them)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from penstock.correlate.memory import LARGE, AnyArray, Memory
from penstock.correlate.plan import Plan
from penstock.kernels.baselines import BASELINE_SCRATCH
from penstock.kernels.group_table import place_all, rebuild
from penstock.kernels.pair_table import place_pairs
from penstock.kernels.window_layout import (
    ALERT,
    FREE,
    FRONT,
    L_TEXT,
    LIVE,
    NEXT,
    P_WEEKS,
    PAIRS,
    PAST,
    PAST_WORDS,
    REGISTERS,
    TAIL,
    TEXTS,
    USED,
    WANT,
    WINDOW,
    Held,
    Out,
)

MOST_ALERTS = 1 << 10
MOST_ALERT_IDS = 1 << 14
RING_SLACK = 64
LEAST = 64
IDLE = 1 << 20
"""Bytes from which on arrays that hold nothing are made anew."""


def power(n: int) -> int:
    """The least power of two that is not less, at least LEAST."""
    return max(LEAST, 1 << (int(n) - 1).bit_length())


class Tables:
    """State's arrays: `held` for kernels, `out` for what they raise."""

    def __init__(self, plan: Plan, memory: Memory) -> None:
        self.plan = plan
        self.memory = memory
        registers = np.zeros(REGISTERS, np.int64)
        registers[WINDOW] = np.iinfo(np.int64).min
        self.held = self._empty(registers)
        scratch = BASELINE_SCRATCH if plan.rule.plan[P_WEEKS] else LEAST
        self.out = Out(
            np.zeros((MOST_ALERTS, ALERT), np.uint64), np.zeros((MOST_ALERT_IDS, 2), np.uint64), np.zeros(scratch)
        )

    def _empty(self, registers: AnyArray) -> Held:
        zeros = self.memory.zeros
        return Held(
            places=zeros((2 * LEAST,), np.uint64),
            entries=zeros((LEAST, self.plan.entry), np.uint64),
            log=zeros((LEAST, self.plan.log), np.uint64),
            pairs=zeros((LEAST, 2), np.uint64),
            history=zeros((LEAST, PAST_WORDS), np.uint64),
            texts=zeros((LEAST + RING_SLACK,), np.uint8),
            registers=registers,
        )

    @property
    def nbytes(self) -> int:
        """Bytes of all arrays, wherever they lie."""
        return sum(array.nbytes for array in self.held)

    def make_room(self, rows: int, texts: int) -> None:
        """For so many more events, of as many new groups, with so many bytes of text."""
        registers = self.held.registers
        live = int(registers[LIVE])
        if not live and registers[FRONT] == registers[TAIL] and self.nbytes > IDLE:
            registers[[FREE, USED]] = 0
            self.held = self._empty(registers)
        places = power((live + rows) * 3 // 2 + 1)
        if places > len(self.held.places) or 16 * places < len(self.held.places):
            if not self.memory.has_room(8 * places, first=True):
                self._move_out()
            new = self.memory.zeros((places,), np.uint64, first=True)
            place_all(new, self.held.places)
            self._put("places", new)
        used = int(registers[USED])
        wanted = used + max(0, rows - (used - live))
        if wanted > len(self.held.entries):
            shape = (max(wanted, len(self.held.entries) * 3 // 2), self.plan.entry)
            self._put("entries", self.memory.grown(self._give_up("entries"), shape))
        begin, end = int(registers[FRONT]), int(registers[TAIL])
        if end - begin + rows > len(self.held.log):
            self._put("log", self._ring("log", begin, end, power(end - begin + rows)))
        if self.plan.texts:
            begin, end = self._oldest_text(), int(registers[TEXTS])
            # one that does not fit before the ring's end leaves less than its own length unused
            wanted = end - begin + 2 * texts + RING_SLACK
            if wanted > self.text_ring:
                self._put("texts", self._text_ring(begin, end, power(wanted)))

    def more_pairs(self) -> None:
        """Room for WANT more pairs."""
        held = self.held
        new = self.memory.zeros((power(4 * int(held.registers[PAIRS] + held.registers[WANT])), 2), np.uint64)
        place_pairs(new, held.pairs)
        self._put("pairs", new)

    def more_history(self) -> None:
        """Twice the room for what baselines remember."""
        registers = self.held.registers
        begin, end = int(registers[PAST]), int(registers[NEXT])
        self._put("history", self._ring("history", begin, end, 2 * len(self.held.history)))

    def more_scratch(self) -> None:
        """Room for WANT values of a window."""
        wanted = power(int(self.held.registers[WANT]))
        self.out = self.out._replace(scratch=self.memory.zeros((wanted,), np.float64))

    @property
    def text_ring(self) -> int:
        """Size of the ring of texts. Texts that do not straddle its end may straddle that of a smaller one."""
        return len(self.held.texts) - RING_SLACK

    def dump(self) -> list[tuple[str, list[AnyArray]]]:
        """What `load` needs: arrays by name, each in one or two parts; rings from their oldest to their newest."""
        held = self.held
        registers = held.registers
        live = held.pairs[held.pairs[:, 1] != 0] if registers[PAIRS] else held.pairs[:0]
        return [
            ("entries", [held.entries[: registers[USED]]]),
            ("log", _ring_parts(held.log, len(held.log), int(registers[FRONT]), int(registers[TAIL]))),
            ("pairs", [live]),
            ("history", _ring_parts(held.history, len(held.history), int(registers[PAST]), int(registers[NEXT]))),
            (
                "texts",
                _ring_parts(held.texts, self.text_ring, self._oldest_text(), int(registers[TEXTS])),
            ),
        ]

    def load(
        self, registers: AnyArray, sizes: dict[str, int], text_ring: int, into: Callable[[AnyArray], None]
    ) -> None:
        """Take over what was dumped: `into` fills one array after the other, in the same order."""
        zeros = self.memory.zeros
        held = self._empty(registers)
        entries = zeros((max(LEAST, sizes["entries"]), self.plan.entry), np.uint64)
        into(entries[: sizes["entries"]])
        log = zeros((power(sizes["log"]), self.plan.log), np.uint64)
        for part in _ring_parts(log, len(log), int(registers[FRONT]), int(registers[TAIL])):
            into(part)
        live = zeros((sizes["pairs"], 2), np.uint64)
        into(live)
        pairs = zeros((power(4 * sizes["pairs"]), 2), np.uint64)
        place_pairs(pairs, live)
        history = zeros((power(sizes["history"]), PAST_WORDS), np.uint64)
        for part in _ring_parts(history, len(history), int(registers[PAST]), int(registers[NEXT])):
            into(part)
        texts = zeros((text_ring + RING_SLACK,), np.uint8)
        end = int(registers[TEXTS])
        for part in _ring_parts(texts, len(texts) - RING_SLACK, end - sizes["texts"], end):
            into(part)
        places = zeros((power(int(registers[LIVE]) * 3 // 2 + 1),), np.uint64, first=True)
        self.held = held._replace(
            places=places, entries=entries, log=log, pairs=pairs, history=history, texts=texts, registers=registers
        )
        rebuild(places, entries, registers)

    def _oldest_text(self) -> int:
        """Where the oldest text that may be wanted begins."""
        registers = self.held.registers
        if not self.plan.texts or registers[FRONT] == registers[TAIL]:
            return int(registers[TEXTS])
        return int(self.held.log[int(registers[FRONT]) % len(self.held.log), L_TEXT])

    def _move_out(self) -> None:
        """Entries and events go to files, where most touches are in order: the index needs the room."""
        for name in ("entries", "log", "history"):
            array = getattr(self.held, name)
            if array.nbytes >= LARGE and not self.memory.is_filed(array):
                self._put(name, self.memory.moved_out(array))

    def _put(self, name: str, array: AnyArray) -> None:
        self.held = self.held._replace(**{name: array})

    def _give_up(self, name: str) -> list[AnyArray]:
        """One of the arrays, held nowhere else from now on."""
        only = [getattr(self.held, name)]
        self._put(name, only[0][:0].copy())
        return only

    def _ring(self, name: str, begin: int, end: int, size: int) -> AnyArray:
        """A ring grown to `size` rows, a power of two times its own; it holds the rows begin..end."""
        only = self._give_up(name)
        old, width = only[0].shape
        new = self.memory.grown(only, (size, width))
        while begin < end:
            n = min(end - begin, old - begin % old)
            if begin % size != begin % old:
                new[begin % size : begin % size + n] = new[begin % old : begin % old + n]
            begin += n
        return new

    def _text_ring(self, begin: int, end: int, size: int) -> AnyArray:
        old = self.held.texts
        new = self.memory.zeros((size + RING_SLACK,), np.uint8)
        for part in _ring_parts(old, self.text_ring, begin, end):
            new[begin % size : begin % size + len(part)] = part
            begin += len(part)
        return new


def _ring_parts(ring: AnyArray, size: int, begin: int, end: int) -> list[AnyArray]:
    """What stands at begin..end, counted without end, in a ring: one part, or two."""
    parts = []
    while begin < end:
        n = min(end - begin, size - begin % size)
        parts.append(ring[begin % size : begin % size + n])
        begin += n
    return parts
