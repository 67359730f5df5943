"""Look for a regular expression in many values at once.

Of values that do not match, which are most, what costs is asking. So they are joined, and the expression is looked for
in the whole: where it is not found there, no value matches. Where it is found, the value in which the finding begins is
asked by itself, for a finding may go on into the next value.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from penstock.columns import I32, I64, Frame
from penstock.content.sigma.expressions import Regex
from penstock.content.sigma.patterns import compiled, found
from penstock.kernels.leaves import join_slices

SEPARATOR = ord("\n")
"""What most expressions do not go past: `.` takes all but this. It is no part of a word, as a value's end is none."""

STRETCH = 16_384
"""Bytes that are searched at once: what a finding that goes on and on can cost."""

MOST_FOUND = 4
"""Findings in a stretch, after which its other values are asked one by one: there it costs less."""


@dataclass(frozen=True, slots=True)
class Joined:
    """Values, behind each a separator. begin int64[n + 1]: where they begin in the text."""

    text: bytes
    begin: I64

    @classmethod
    def of(cls, frame: Frame, start: I32, length: I32) -> Joined | None:
        """These slices joined; None if one is not UTF-8: expressions see signs of replacement in it."""
        out = np.empty(int(length.sum(dtype=np.int64)) + len(start) + 64, np.uint8)
        begin = np.empty(len(start) + 1, np.int64)
        join_slices(frame.text.data, start, length, SEPARATOR, out, begin)
        text = out[: int(begin[-1])].tobytes()
        if not text.isascii():
            try:
                text.decode()
            except UnicodeDecodeError:
                return None
        return cls(text, begin)

    def value(self, number: int) -> bytes:
        """One of the values."""
        return self.text[self.begin[number] : self.begin[number + 1] - 1]

    def which(self, match: Regex) -> list[int]:
        """The values in which an expression that is `joinable` is found."""
        return [i for i in self._may(match) if found(match, self.value(i))]

    def _may(self, match: Regex) -> Sequence[int]:
        """Those in which it may be found: no other can match."""
        search = compiled(match).search
        begin, n = self.begin, len(self.begin) - 1
        chosen: list[int] = []
        first = 0
        while first < n:
            end = min(n, max(first + 1, int(np.searchsorted(begin, begin[first] + STRETCH, "right")) - 1))
            stop = int(begin[end])
            at, many = first, 0
            while at < end:
                if many == MOST_FOUND:
                    chosen.extend(range(at, end))
                    break
                finding = search(self.text, int(begin[at]), stop)
                if finding is None:
                    break
                # no value before this one matches: the finding that begins first would have begun there
                at = int(np.searchsorted(begin, finding.start(), "right")) - 1
                if at >= end:  # nothing, behind the last separator
                    break
                chosen.append(at)
                at += 1
                many += 1
            first = end
        return chosen
