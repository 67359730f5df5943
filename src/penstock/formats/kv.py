r"""key=value and logfmt: `date=2024-05-10 user="a b" devname='x'`, separated by space, comma, semicolon, tab or pipe.

Names are kept as they stand. A bare word (logfmt) is a name with an empty value. Quoted values lose their quotes;
`\"` and the like in them are left to `formats.unescape`.
"""

from __future__ import annotations

from penstock.columns import I32, U8, Tape, Text
from penstock.formats.keys import KeyTable
from penstock.formats.tapes import Fault, run_grammar
from penstock.kernels.pairs import NO_PAIR, OPEN_QUOTE, pairs

FAULTS = {
    NO_PAIR: Fault("kv.no_pair", "no key=value pair in it"),
    OPEN_QUOTE: Fault("kv.open_quote", "a quoted value has no closing quote"),
}


def kv_tape(text: Text, rows: I32, start: I32, length: I32, keys: KeyTable) -> tuple[Tape, U8]:
    """The fields of these payloads (int32[m] slices of `text`), and per row 0 or a code of `FAULTS`."""
    return run_grammar(pairs, text, rows, start, length, keys, bytes_per_entry=12)
