"""Values as the sender meant them: escapes undone, appended to the text."""

from __future__ import annotations

import numpy as np

from penstock.columns import I32, U8, Text
from penstock.kernels.unescape import unescape as _unescape

MOST_KNOWN = 13
"""As a power of two: slices that are remembered, in 128 KiB."""


def unescape(text: Text, start: I32, length: I32, written: U8) -> None:
    """Undo the escapes of these slices in place: `start`, `length` int32[n] and `written` uint8[n] are changed.

    What is written PLAIN, or has no escapes of its own (numbers, nested JSON), and absent slices stay as they are;
    the rest become slices of new text, written PLAIN.
    """
    data = text.reserve(int(length[length > 0].sum(dtype="int64")))
    known = np.zeros((1 << min(MOST_KNOWN, max(4, len(start).bit_length())), 4), np.int32)
    text.used = int(_unescape(data, text.used, start, length, written, known))
