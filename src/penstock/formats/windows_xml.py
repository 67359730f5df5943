"""Event XML, one element a record: Windows events as EVTX renderers, wevtutil, NXLog and Wazuh send them, and others.

Keys are the paths that EVTX-to-JSON tools use: `("Event", "System", "EventID")`, an attribute as a child of its
element (`("Event", "System", "Provider", "Name")`), `("Event", "EventData", "<Name of the Data>")`, and
`("Event", "EventData", "Data")` for each Data without a name. The name of another root does not count. An entry's name
is the path's last part. Entities and CDATA are left to `formats.unescape`.
"""

from __future__ import annotations

import numpy as np

from penstock.columns import I32, U8, Tape, Text
from penstock.formats.keys import KeyTable
from penstock.formats.tapes import Fault, run_grammar
from penstock.kernels.xml import BROKEN, DOCTYPE, MOST_DEEP, NOT_EVENT, STACK, TOO_DEEP, TRAILING, WRONG_END, xml

FAULTS = {
    NOT_EVENT: Fault("windows_xml.not_event", "no XML element at its beginning"),
    BROKEN: Fault("windows_xml.broken", "the XML is cut off, or a tag in it is broken"),
    WRONG_END: Fault("windows_xml.wrong_end", "an end tag does not fit the element that is open"),
    TOO_DEEP: Fault("windows_xml.too_deep", f"elements within elements, more than {MOST_DEEP} deep"),
    DOCTYPE: Fault("windows_xml.doctype", "a document type declaration, which events never have"),
    TRAILING: Fault("windows_xml.trailing", "something follows the element"),
}


def windows_xml_tape(text: Text, rows: I32, start: I32, length: I32, keys: KeyTable) -> tuple[Tape, U8]:
    """The fields of these payloads (int32[m] slices of `text`), and per row 0 or a code of `FAULTS`."""
    stack = np.zeros((STACK, MOST_DEEP + 1), np.uint64)
    return run_grammar(xml, text, rows, start, length, keys, stack, bytes_per_entry=32)
