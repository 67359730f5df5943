"""`Key: value, Key: value`, unquoted: as Cisco's Threat Defense sends its security events.

See `kernels.colon_pairs` for where a value ends. A value in double quotes loses them.
"""

from __future__ import annotations

from penstock.columns import I32, U8, Tape, Text
from penstock.formats.keys import KeyTable
from penstock.formats.tapes import Fault, run_grammar
from penstock.kernels.colon_pairs import NO_PAIR, colon_pairs

FAULTS = {NO_PAIR: Fault("colon_pairs.no_pair", "it does not begin with `Key: `")}


def colon_pairs_tape(text: Text, rows: I32, start: I32, length: I32, keys: KeyTable) -> tuple[Tape, U8]:
    """The fields of these payloads (int32[m] slices of `text`), and per row 0 or a code of `FAULTS`."""
    return run_grammar(colon_pairs, text, rows, start, length, keys, bytes_per_entry=12)
