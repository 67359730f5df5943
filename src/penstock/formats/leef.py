r"""IBM's Log Event Extended Format: `LEEF:2.0|vendor|product|version|event id|^|src=10.0.0.1^msg=two words`.

The five header fields come first on the tape, under the names of `HEADER`; then the attributes under theirs. Pairs
stand between tabs (1.0) or the delimiter the header names (2.0). Devices that send spaces, or a literal `\t`, are
understood too.
"""

from __future__ import annotations

import numpy as np

from penstock.columns import I32, U8, Tape, Text
from penstock.formats.keys import KeyTable
from penstock.formats.tapes import Fault, append_names, run_grammar
from penstock.kernels.cef import BAD_VERSION, NO_PREFIX, SHORT_HEADER, cef

HEADER = (b"leef.version", b"leef.vendor", b"leef.product", b"leef.product_version", b"leef.event_id")

FAULTS = {
    NO_PREFIX: Fault("leef.no_prefix", "does not begin with LEEF:"),
    SHORT_HEADER: Fault("leef.short_header", "the header has fewer than five fields, each closed by a pipe"),
    BAD_VERSION: Fault("leef.bad_version", "what follows LEEF: is no version number"),
}


def leef_tape(text: Text, rows: I32, start: I32, length: I32, keys: KeyTable) -> tuple[Tape, U8]:
    """The fields of these payloads (int32[m] slices of `text`), and per row 0 or a code of `FAULTS`."""
    names = append_names(text, HEADER, keys)
    return run_grammar(cef, text, rows, start, length, keys, np.uint8(1), *names, bytes_per_entry=14)
