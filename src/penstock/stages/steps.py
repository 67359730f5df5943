"""Run a pack's steps over a draft: one program of passes over whole columns, however many rows."""

from __future__ import annotations

from weakref import WeakKeyDictionary

import numpy as np

from penstock.content.catalogue import Catalogue
from penstock.content.plan import Plan
from penstock.content.step_programs import StepProgram, compile_steps
from penstock.kernels.family_constants import spell_families
from penstock.kernels.step_parts import TILE, TILES, UNKNOWN
from penstock.kernels.step_program import DONE, ROOM, run_program
from penstock.stages.draft import Draft
from penstock.stages.verbs import VERBS

MOST = 16_384
"""Distinct values of a batch that are numbered; what comes after is judged row by row."""

_programs: WeakKeyDictionary[Plan, StepProgram] = WeakKeyDictionary()


def _program(plan: Plan) -> StepProgram:
    """The plan's steps, compiled when they are first needed."""
    if plan not in _programs:
        _programs[plan] = compile_steps(plan)
    return _programs[plan]


def run_steps(draft: Draft, catalogue: Catalogue) -> None:
    """All steps of the draft's plan, in order."""
    plan = draft.plan
    if not plan.steps:
        return
    p = _program(plan)
    n = len(draft)
    fixed_start = np.empty((len(p.fixed), n), np.int32)
    fixed_length = np.empty((len(p.fixed), n), np.int32)
    if p.fixed:
        spell_families(draft.family, draft.blob, p.fixed_offset, p.fixed_size, fixed_start, fixed_length)
    outside = np.zeros(n, np.uint8)
    numbers = np.empty((p.kept, n), np.int32)
    reached = np.zeros(-(-n // TILE), np.int32)
    most = min(2 * n + 256, MOST)
    dictionary = (
        np.full(1 << (2 * most).bit_length(), -1, np.int32),
        np.empty(most, np.uint64),
        np.empty(most, np.int32),
        np.empty(most, np.int32),
        np.zeros(1, np.int64),
    )
    answers = (np.zeros(most, np.uint64), np.zeros((p.tests, most), np.uint8))
    parts = (np.empty((9, TILE), np.int32), np.empty((9, TILE), np.int32))
    scratch = (np.empty((p.masks, TILES), np.uint64), *parts, np.empty(264, np.uint8))
    text = draft.text
    halt = chunk = 0
    while True:
        why, halt, chunk, end, need = run_program(
            text.data,
            text.used,
            draft.blob,
            draft.start,
            draft.length,
            draft.used,
            fixed_start,
            fixed_length,
            p.ops,
            p.stops,
            halt,
            chunk,
            reached,
            p.lists,
            p.slot_hash,
            p.slot_value,
            p.table_begin,
            p.table_mask,
            p.literals,
            p.literal_offset,
            p.literal_size,
            outside,
            numbers,
            p.number_of,
            *dictionary,
            *answers,
            *scratch,
        )
        text.used = int(end)
        if why == DONE:
            return
        if why == ROOM:
            text.reserve(int(need))
            continue
        step = plan.steps[p.ops[p.stops[halt], 1]]
        VERBS[step.verb](draft, step, outside, catalogue)
        for name in step.writes:
            numbers[p.number_of[plan.place[name]]] = UNKNOWN
        halt += 1
