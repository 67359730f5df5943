r"""ArcSight Common Event Format: `CEF:0|vendor|product|version|class id|name|severity|src=10.0.0.1 msg=two words`.

The seven header fields come first on the tape, under the names of `HEADER`; then the extension's pairs under theirs.
Escapes (`\|`, `\=`, `\\`, `\n`) are left to `formats.unescape`.
"""

from __future__ import annotations

import numpy as np

from penstock.columns import I32, U8, Tape, Text
from penstock.formats.keys import KeyTable
from penstock.formats.tapes import Fault, append_names, run_grammar
from penstock.kernels.cef import BAD_VERSION, NO_PREFIX, SHORT_HEADER, cef

HEADER = (
    b"cef.version",
    b"cef.device.vendor",
    b"cef.device.product",
    b"cef.device.version",
    b"cef.device.event_class_id",
    b"cef.name",
    b"cef.severity",
)

FAULTS = {
    NO_PREFIX: Fault("cef.no_prefix", "does not begin with CEF:"),
    SHORT_HEADER: Fault("cef.short_header", "the header has fewer than seven fields, each closed by a pipe"),
    BAD_VERSION: Fault("cef.bad_version", "what follows CEF: is no version number"),
}


def cef_tape(text: Text, rows: I32, start: I32, length: I32, keys: KeyTable) -> tuple[Tape, U8]:
    """The fields of these payloads (int32[m] slices of `text`), and per row 0 or a code of `FAULTS`."""
    names = append_names(text, HEADER, keys)
    return run_grammar(cef, text, rows, start, length, keys, np.uint8(0), *names, bytes_per_entry=14)
