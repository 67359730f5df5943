"""Rules' conditions over leaves, 64 rows at a time: a leaf is a word with one bit a row.

Most rules cannot hold in most rows. Each rule has witnesses, leaves of which one must hold if the rule does; only rules
with a witness in these 64 rows are evaluated (those that have none, being all negation, always are).
"""

from __future__ import annotations

import numpy as np

from penstock.kernels.jit import inlined, kernel, part
from penstock.kernels.words import U

AND, OR, NOT, ALL, NONE = -1, -2, -3, -4, -5
"""Codes of programs beside leaves (0 and up): the last two words, the last word, every row, no row."""

DEEPEST = 64
"""Words that a program may have waiting."""

BLOCK = 64


@part
def _run(program, begin, end, words, every, stack):  # type: ignore[no-untyped-def]
    """The rows for which a program holds."""
    top = U(0)
    for k in range(begin, end):
        code = program[U(k)]
        if code >= 0:
            stack[top] = words[U(code)]
            top += U(1)
        elif code == AND:
            top -= U(1)
            stack[top - U(1)] &= stack[top]
        elif code == OR:
            top -= U(1)
            stack[top - U(1)] |= stack[top]
        elif code == NOT:
            stack[top - U(1)] ^= every
        else:
            stack[top] = every if code == ALL else U(0)
            top += U(1)
    return stack[U(0)]


@inlined
def _note(j, end, block, stop, cell_row, cell_value, value_begin, hits, words, touched, n_touched):  # type: ignore[no-untyped-def]
    """Note what holds for the rows block .. stop of one column's cells j .. end, a bit a row; which leaves had none.

    Gives the first cell that is of no such row, and how many leaves are touched now.
    """
    while j < end and cell_row[U(j)] < stop:
        bit = U(1) << U(cell_row[U(j)] - block)
        value = U(cell_value[U(j)])
        for k in range(value_begin[value], value_begin[value + U(1)]):
            leaf = U(hits[U(k)])
            if words[leaf] == U(0):
                touched[n_touched] = np.int32(leaf)
                n_touched += U(1)
            words[leaf] |= bit
        j += 1
    return np.int32(j), n_touched


@kernel
def rows_that_hold(  # type: ignore[no-untyped-def]
    rows, cell_row, cell_value, runs, value_begin, hits, columns, program, begin, end, words, touched, stack, out
):
    """out uint8[rows]: for which rows a program holds, all of whose leaves are of these columns.

    columns int32[]; program int32, from begin to end. Scratch: words uint64[leaves] (all 0, and so again at the end),
    touched int32[leaves], stack uint64[DEEPEST]; runs int32[V, 2]: where each column's cells begin and end (what
    begins moves on). The others as in `match_rows`.
    """
    block = 0
    while block < rows:
        size = min(BLOCK, rows - block)
        every = ~U(0) if size == BLOCK else (U(1) << U(size)) - U(1)
        n_touched = U(0)
        for c in range(len(columns)):
            v = U(columns[U(c)])
            runs[v, U(0)], n_touched = _note(
                runs[v, U(0)], runs[v, U(1)], block, block + size, cell_row, cell_value, value_begin, hits, words,
                touched, n_touched,
            )  # fmt: skip
        found = every & _run(program, begin, end, words, every, stack)
        for k in range(size):
            out[U(block + k)] = np.uint8((found >> U(k)) & U(1))
        for t in range(np.int64(n_touched)):
            words[U(touched[U(t)])] = U(0)
        block += BLOCK


@kernel
def match_rows(  # type: ignore[no-untyped-def]
    rows,
    cell_row,
    cell_value,
    column_begin,
    value_begin,
    hits,
    witness_begin,
    witness_rule,
    free_rules,
    rule_guard,
    program_begin,
    program,
    guard_begin,
    filter_begin,
    filter_of,
    filter_program,
    filter_on,
    words,
    touched,
    rule_seen,
    next_cell,
    guards,
    stack,
    out_rule,
    out_row,
    out_filter,
    evaluated,
    state,
):
    """Give the rules that hold, row by row; stop early when an output is full. `state` says where to go on.

    cell_row, cell_value int32[cells], column_begin int32[V + 1], value_begin, hits: what holds, as `match_cells` says.
    witness_begin int32[leaves + 1], witness_rule: per leaf the rules it is a witness of; free_rules: those without.
    rule_guard int32[rules]: the program of the rule's log source (in guard_begin int32[guards + 1]), -1 none;
    program_begin int32[rules + 1]: all of them in `program` int32. filter_begin int32[rules + 1], filter_of,
    filter_program int32: a rule's filters and their programs (a place in guard_begin); filter_on uint8: which are in
    force. Scratch: words uint64[leaves], touched int32[leaves], rule_seen int32[rules] (-1 at first), next_cell
    int32[V], guards uint64[guards], stack uint64[DEEPEST].
    Out: out_rule, out_row int32, out_filter int32 (-1: an alert, else the filter that silenced it), evaluated int64.
    state int64[2]: the first row not done, outputs. Gives 1 when done.
    """
    columns = len(column_begin) - 1
    n_rules = len(rule_guard)
    n_out = U(state[1])
    block = state[0]
    n_guards = len(guard_begin) - 1
    while block < rows:
        if n_out + U(n_rules * BLOCK) > U(len(out_rule)):
            state[0] = block
            state[1] = np.int64(n_out)
            return 0
        size = min(BLOCK, rows - block)
        every = ~U(0) if size == BLOCK else (U(1) << U(size)) - U(1)
        stop = block + size
        n_touched = U(0)
        for v in range(columns):
            next_cell[U(v)], n_touched = _note(
                next_cell[U(v)], column_begin[U(v + 1)], block, stop, cell_row, cell_value, value_begin, hits, words,
                touched, n_touched,
            )  # fmt: skip
        for g in range(n_guards):
            guards[U(g)] = _run(program, guard_begin[U(g)], guard_begin[U(g + 1)], words, every, stack)
        for t in range(np.int64(n_touched) + 1):
            if t == np.int64(n_touched):
                first = 0
                last = len(free_rules)
            else:
                leaf = U(touched[U(t)])
                first = witness_begin[leaf]
                last = witness_begin[leaf + U(1)]
            for k in range(first, last):
                r = U(free_rules[U(k)]) if t == np.int64(n_touched) else U(witness_rule[U(k)])
                if rule_seen[r] == block:
                    continue
                rule_seen[r] = np.int32(block)
                guard = rule_guard[r]
                inside = every if guard < 0 else guards[U(guard)]
                if inside == U(0):
                    continue
                evaluated[r] += 1
                found = inside & _run(program, program_begin[r], program_begin[r + U(1)], words, every, stack)
                if found == U(0):
                    continue
                for f in range(filter_begin[r], filter_begin[r + U(1)]):
                    if filter_on[U(filter_of[U(f)])] == 0:
                        continue
                    gone = found & ~guards[U(filter_program[U(f)])]
                    found ^= gone
                    row = block
                    while gone != U(0):
                        if gone & U(1) != U(0):
                            out_rule[n_out] = np.int32(r)
                            out_row[n_out] = np.int32(row)
                            out_filter[n_out] = filter_of[U(f)]
                            n_out += U(1)
                        gone >>= U(1)
                        row += 1
                row = block
                while found != U(0):
                    if found & U(1) != U(0):
                        out_rule[n_out] = np.int32(r)
                        out_row[n_out] = np.int32(row)
                        out_filter[n_out] = -1
                        n_out += U(1)
                    found >>= U(1)
                    row += 1
        for t in range(np.int64(n_touched)):
            words[U(touched[U(t)])] = U(0)
        block = stop
    state[0] = rows
    state[1] = np.int64(n_out)
    return 1
