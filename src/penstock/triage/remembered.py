"""What the desk remembers, looked at without taking it: nothing is written, nobody is kept waiting."""

from __future__ import annotations

from pathlib import Path

from penstock.incidents.state import State, apply, of_json
from penstock.store.ledger import read
from penstock.triage.desk import FOLDER


def remembered(state: Path) -> State:
    """The state as of the last whole record; the empty one if there is none. Raises `OutsideError`."""
    held = State()
    for record in read(state / FOLDER):
        held = of_json(record.parts["state"]) if "state" in record.parts else apply(held, record.parts["delta"])
    return held
