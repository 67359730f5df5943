"""A dataset's steps as one table of operations for `kernels.step_program`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from penstock.columns import I32, U8
from penstock.content.conditions import CONTAINS, Condition
from penstock.content.hashing import HashTable
from penstock.content.plan import Plan
from penstock.content.steps import HASHES, URL_PARTS, CompiledStep
from penstock.kernels import step_codes as ops

EVERYWHERE = 0
"""The mask of all rows."""

AT_ONCE = 2
"""Texts that are sooner looked for in every row's value than in every distinct one."""


@dataclass(frozen=True, slots=True, eq=False)
class StepProgram:
    """Operations and what they refer to, as `kernels.step_program.run_program` takes it.

    fixed: names of constants of families that are read, columns past the plan's; fixed_offset, fixed_size
    int32[F, families]: where they stand in the blob. masks: how many. number_of int32[C +
    F]: row of `numbers` of each column whose values are asked about, the last row of `kept` rows for the others.
    tests: how many tests keep their answers. stops: the operations that are done outside, and the end.
    """

    ops: NDArray[np.int32]
    lists: I32
    slot_hash: NDArray[np.uint64]
    slot_value: I32
    table_begin: I32
    table_mask: NDArray[np.uint64]
    literals: U8
    literal_offset: I32
    literal_size: I32
    fixed: tuple[str, ...]
    fixed_offset: I32
    fixed_size: I32
    masks: int
    number_of: I32
    kept: int
    tests: int
    stops: I32


def compile_steps(plan: Plan) -> StepProgram:
    """The program of a plan's steps."""
    made = _Writer(plan)
    for i, step in enumerate(plan.steps):
        made.step(i, step)
    return made.done()


class _Writer:
    """A program in the making."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._ops: list[list[int]] = []
        self._lists: list[int] = []
        self._tables: dict[int, int] = {}
        self._table_list: list[HashTable] = []
        self._literals = bytearray()
        self._literal_places: list[tuple[int, int]] = []
        self._fixed: dict[str, int] = {}
        self._asked: dict[int, int] = {}
        self._masks = 1
        self._tests = 0

    def done(self) -> StepProgram:
        """What was written."""
        self._op(ops.END)
        sizes = [len(t.slot_hash) for t in self._table_list]
        number_of = np.full(len(self._plan.columns) + len(self._fixed), len(self._asked), np.int32)
        for column, row in self._asked.items():
            number_of[column] = row
        families = len(self._plan.families)
        fixed = [self._plan.places[name] for name in self._fixed]
        return StepProgram(
            np.array(self._ops, np.int32),
            np.array(self._lists or [0], np.int32),
            np.concatenate([t.slot_hash for t in self._table_list] or [np.zeros(1, np.uint64)]),
            np.concatenate([t.slot_value for t in self._table_list] or [np.full(1, -1, np.int32)]),
            np.cumsum([0, *sizes], dtype=np.int32),
            np.array([s - 1 for s in sizes], np.uint64),
            np.frombuffer(bytes(self._literals) + bytes(8), np.uint8),
            np.array([p[0] for p in self._literal_places], np.int32),
            np.array([p[1] for p in self._literal_places], np.int32),
            tuple(self._fixed),
            np.array([offset for offset, _ in fixed], np.int32).reshape(-1, families),
            np.array([size for _, size in fixed], np.int32).reshape(-1, families),
            self._masks,
            number_of,
            len(self._asked) + 1,
            self._tests,
            np.array([i for i, op in enumerate(self._ops) if op[0] in (ops.OUTSIDE, ops.END)], np.int32),
        )

    def step(self, number: int, step: CompiledStep) -> None:
        """Append a step."""
        if step.reads and step.verb not in _EVEN_IF_ABSENT and self._column(step.reads[0]) < 0:
            return
        begin = len(self._ops)
        if step.reads and step.verb not in _EVEN_IF_ABSENT:
            self._op(ops.NEEDS, self._column(step.reads[0]))
        mask = EVERYWHERE
        if step.when is not None:
            mask = self._mask(1)
            self._op(ops.ROWS, mask, EVERYWHERE, -1)
            self._condition(step.when, mask, 2)
        getattr(self, f"_{step.verb}", self._outside)(number, step, mask)
        self._land(begin)

    def _land(self, begin: int) -> None:
        """Jumps that were left open since `begin` come here."""
        for op in self._ops[begin:]:
            if op[-1] == _OPEN:
                op[-1] = len(self._ops)

    def _op(self, code: int, *arguments: int) -> None:
        self._ops.append([code, *arguments, *[0] * (ops.WIDTH - 2 - len(arguments)), _OPEN])

    def _mask(self, number: int) -> int:
        self._masks = max(self._masks, number + 1)
        return number

    def _column(self, name: str) -> int:
        """The column's number; past the plan's own for constants of families; -1 when there is none."""
        place = self._plan.place.get(name)
        if place is not None:
            return place
        if name not in self._plan.places:
            return -1
        return len(self._plan.columns) + self._fixed.setdefault(name, len(self._fixed))

    def _ask(self, column: int) -> None:
        """Values of the column get numbers."""
        self._asked.setdefault(column, len(self._asked))

    def _table(self, table: HashTable) -> int:
        if id(table) not in self._tables:
            self._tables[id(table)] = len(self._table_list)
            self._table_list.append(table)
        return self._tables[id(table)]

    def _keep(self, numbers: Sequence[int]) -> int:
        self._lists.extend(numbers)
        return len(self._lists) - len(numbers)

    def _condition(self, condition: Condition, mask: int, free: int) -> None:
        """Leave in the mask the rows that hold; masks from `free` on may be used."""
        match condition.kind:
            case "all":
                for part in condition.parts:
                    self._condition(part, mask, free)
                return
            case "any":
                found, one = self._mask(free), self._mask(free + 1)
                self._op(ops.ROWS, found, -1, -1)
                for part in condition.parts:
                    begin = len(self._ops)
                    self._op(ops.ROWS, one, mask, found)
                    self._condition(part, one, free + 2)
                    self._op(ops.ROWS_MORE, found, one)
                    self._land(begin)
                self._op(ops.ROWS, mask, found, -1)
                self._op(ops.ROWS_ANY, mask)
                return
            case "not":
                begin = len(self._ops)
                one = self._mask(free)
                self._op(ops.ROWS, one, mask, -1)
                self._condition(condition.parts[0], one, free + 1)
                self._land(begin)
                self._op(ops.ROWS_LESS, mask, one)
                return
        column = self._column(condition.field)
        if condition.kind == "exists":
            if column >= 0:
                self._op(ops.EXISTS, mask, column, int(condition.wanted))
            elif condition.wanted:
                self._op(ops.NEVER, mask)
        elif column < 0:
            self._op(ops.NEVER, mask)
        elif condition.kind == "in" and condition.table is not None:
            self._ask(column)
            self._op(ops.AMONG, mask, column, self._table(condition.table))
        else:
            first = len(self._literal_places)
            for text in condition.texts:
                self._literal_places.append((len(self._literals), len(text)))
                self._literals += text
            at_once = len(condition.texts) <= (AT_ONCE if condition.how == CONTAINS else 4 * AT_ONCE)
            answers = -1
            if not at_once:
                self._ask(column)
                answers, self._tests = self._tests, self._tests + 1
            self._op(ops.TEXT, mask, column, first, len(self._literal_places), condition.how, answers)

    def _outside(self, number: int, _: CompiledStep, mask: int) -> None:
        self._op(ops.OUTSIDE, number, mask)

    def _set(self, _: int, step: CompiledStep, mask: int) -> None:
        for name, (offset, size) in step.constants.items():
            self._op(ops.SET, mask, self._plan.place[name], offset, size, int(step.over))

    def _copy(self, _: int, step: CompiledStep, mask: int) -> None:
        kept = step.arguments["kept"]
        for target, sources in step.arguments["pairs"].items():
            for i, source in enumerate(sources):
                column = self._column(source)
                if column < 0:
                    continue
                nulls = -1
                if step.table is not None and source.startswith(kept) and not target.startswith(kept):
                    nulls = self._table(step.table.slots)
                    self._ask(column)
                self._op(ops.COPY, mask, self._plan.place[target], column, int(step.over and i == 0), nulls)

    def _lookup(self, _: int, step: CompiledStep, mask: int) -> None:
        table = step.table
        if table is None or not step.writes:
            return
        columns = [self._column(name) for name in step.reads]
        if len(columns) == 1:
            self._ask(columns[0])
        place = self._plan.place
        count = len(table.offset[step.writes[0]])
        runs = [
            [
                (place[name], int(table.offset[name][row]), int(table.length[name][row]))
                for name in step.writes
                if table.length[name][row] >= 0
            ]
            for row in range(count)
        ]
        first = self._keep([n for run in runs for entry in run for n in entry])
        ends = np.cumsum([0, *(3 * len(run) for run in runs)]) + first
        read, rows = self._keep(columns), self._keep(ends.tolist())
        slots = self._table(table.slots)
        more = (slots, int(table.fold), count - 1, rows, int(step.over))
        self._op(ops.LOOKUP, mask, read, len(columns), *more)

    def _swap(self, _: int, step: CompiledStep, mask: int) -> None:
        place = self._plan.place
        for one, other in step.arguments["pairs"]:
            tails = {n[len(p) :] for p in (one, other) for n in place if n.startswith(p + ".")}
            for tail in sorted(tails):
                if one + tail in place and other + tail in place:
                    self._op(ops.SWAP, mask, place[one + tail], place[other + tail])

    def _lower(self, _: int, step: CompiledStep, mask: int) -> None:
        for name in step.reads:
            if name in self._plan.place:
                self._op(ops.CASE, mask, self._plan.place[name], int(step.verb == "upper"))

    _upper = _lower

    def _join(self, _: int, step: CompiledStep, mask: int) -> None:
        parts: list[int] = []
        for part in step.arguments["parts"]:
            if isinstance(part, tuple):
                parts += (-1, *part)
                continue
            column = self._column(part)
            if column < 0:
                return
            self._op(ops.NEEDS, column)
            parts += (column, 0, 0)
        to = self._plan.place[step.writes[0]]
        self._op(ops.JOIN, mask, to, self._keep(parts), len(parts) // 3, int(step.over))

    def _time(self, _: int, step: CompiledStep, mask: int) -> None:
        source = self._column(step.reads[0])
        self._op(ops.COPY, mask, self._plan.place[step.writes[0]], source, int(step.over), -1)

    def _split(self, code: int, step: CompiledStep, mask: int, targets: Sequence[tuple[str | None, bool]]) -> None:
        """Parts of one column to others: (name, over) in the order of the kernel's parts."""
        flat = [n for name, over in targets for n in (self._plan.place[name] if name else -1, int(over))]
        self._op(code, mask, self._column(step.reads[0]), self._keep(flat), len(targets))

    def _url(self, _: int, step: CompiledStep, mask: int) -> None:
        self._split(ops.URL, step, mask, [(name, step.over) for name in step.writes[: len(URL_PARTS)]])

    def _path(self, _: int, step: CompiledStep, mask: int) -> None:
        parts = [step.arguments.get(part) for part in ("name", "directory", "extension")]
        self._split(ops.PATH, step, mask, [(name, step.over) for name in parts])

    def _account(self, _: int, step: CompiledStep, mask: int) -> None:
        self._split(ops.ACCOUNT, step, mask, [(name, step.over or name in step.reads) for name in step.writes])

    def _hashes(self, _: int, step: CompiledStep, mask: int) -> None:
        self._split(ops.HASHES, step, mask, [(step.arguments[kind], step.over) for kind in HASHES])


_OPEN = -1
"""A jump that is not yet known."""

_EVEN_IF_ABSENT = frozenset({"join", "copy", "lower", "upper", "mac"})
"""Verbs that have work though the first field they read is absent."""
