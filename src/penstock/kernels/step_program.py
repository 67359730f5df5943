"""Steps of a pack, as one program over a dataset's rows: conditions, constants, copies, lookups, splits.

A program is a table of operations. Each is carried out over some tiles of 64 rows, then the next over the same tiles,
then the program over the next tiles: text and slices stay near the core, and the rows of a tile that a condition holds
for are the bits of one word. (A tile at a time, an operation's branches are never foreseen: CEF 3.1 us a row, so 2.3.)
Where none is left, the step is passed over. What is asked of a value (is it on a list, does it contain a word) is asked
once for each distinct value (`kernels.interning`). What a kernel cannot do (patterns, regular expressions) is handed
back to the caller, for all rows at once, who resumes after it.
"""

from __future__ import annotations

import numpy as np

from penstock.kernels import step_codes as do
from penstock.kernels.jit import kernel
from penstock.kernels.slices import case_at, folded_hash
from penstock.kernels.splits import split_accounts, split_hashes, split_paths, split_urls
from penstock.kernels.step_parts import (
    TILE,
    TILES,
    UNKNOWN,
    at_row,
    find,
    foresee_rows,
    has_one,
    joined_hash,
    numbered,
    open_rows,
    present,
    there_rows,
)
from penstock.kernels.vectors import lowest_bit
from penstock.kernels.words import U, copy, hash_slice

DONE, CALL, ROOM = 0, 1, 2
"""Why `run_program` came back: nothing is left; a step is to be done outside; the text has no room."""

_ONE = U(1)


@kernel
def run_program(  # type: ignore[no-untyped-def]
    a,
    at,
    blob,
    start,
    length,
    used,
    fixed_start,
    fixed_length,
    ops,
    stops,
    begin,
    first,
    reached,
    lists,
    slot_hash,
    slot_value,
    table_begin,
    table_mask,
    literals,
    literal_offset,
    literal_size,
    outside,
    numbers,
    number_of,
    slots,
    hashes,
    starts,
    lengths,
    count,
    folded,
    answers,
    masks,
    part_start,
    part_length,
    box,
):
    """Carry out operations up to a stop (what is done outside, and the end), from stop `begin` and chunk `first` on.

    Gives (why it came back, at which stop, at which chunk of TILES tiles, the text's new end, how many bytes more it
    needs). On CALL `outside` uint8[n] says which rows the step there is for. reached int32[tiles]: how far each tile
    has come, 0 at first.

    start, length int32[C, n], used uint8[C]: the columns. fixed_*: int32[F, n], columns C .. C + F - 1, only read.
    blob: where the catalogue's constants begin in the text. lists int32: what operations of any length refer to.
    slot_hash, slot_value: all tables, each at table_begin with its mask (uint64). literals uint8 with 8 bytes of slack.

    Scratch, kept over all calls: numbers int32[Q, n]: the values' numbers, of column c in row number_of[c]. slots ..
    count: `kernels.interning`. folded uint64[D]: hash of a number's value in lower case, 0 unknown. answers uint8
    [T, D]: whether a text test holds for it: 1 no, 2 yes, 0 unknown. Scratch of one: masks uint64[R, TILES];
    part_start, part_length int32[9, TILE]; box uint8[264].
    """
    height = len(outside)
    o = U(at)
    cap = U(len(a)) - U(64)
    tiles = (height + TILE - 1) // TILE
    chunks = max(1, (tiles + TILES - 1) // TILES)
    called = False
    for j in range(first * TILES * TILE):  # of what was done before the text had to grow
        called |= outside[U(j)] != 0
    for turn in range(begin * chunks + first, len(stops) * chunks):
        halt = turn // chunks
        chunk = turn - halt * chunks
        stop = stops[U(halt)]
        lowest = chunk * TILES
        highest = min(lowest + TILES, tiles)
        op = stop
        for tile in range(lowest, highest):
            t = U(tile)
            base = U(tile * TILE)
            n = min(TILE, height - tile * TILE)
            masks[0, U(tile - lowest)] = ~U(0) if n == TILE else (_ONE << U(n)) - _ONE
            op = min(op, reached[t])
            if halt == 0 and reached[t] == 0:
                for q0 in range(len(numbers)):
                    for j in range(n):
                        numbers[U(q0), base + U(j)] = UNKNOWN
        while op < stop:
            w = U(op)
            code = ops[w, 0]
            x1 = ops[w, 1]
            x2 = ops[w, 2]
            x3 = ops[w, 3]
            x4 = ops[w, 4]
            x5 = ops[w, 5]
            past = ops[w, do.WIDTH - 1]
            m = U(x1)
            for tile in range(lowest, highest):
                t = U(tile)
                if reached[t] != op:  # passed over
                    continue
                reached[t] = op + 1
                z = U(tile - lowest)
                base = U(tile * TILE)
                n = min(TILE, height - tile * TILE)
                if code == do.OUTSIDE:  # done, or there was nothing to do
                    continue
                if code == do.NEEDS:  # column: without it the step has no work
                    if x1 < len(start) and used[U(x1)] == 0:
                        reached[t] = past
                    continue
                if code == do.ROWS:  # mask, of (-1: none), but for those of (-1: all)
                    rows = masks[U(x2), z] if x2 >= 0 else U(0)
                    masks[m, z] = rows if x3 < 0 else rows & ~masks[U(x3), z]
                    continue
                if code == do.ROWS_MORE:  # mask, those of: also
                    masks[m, z] |= masks[U(x2), z]
                    continue
                rows = masks[m, z]
                if code <= do.NEVER:  # mask, column, …: which of its rows hold
                    c = U(x2)
                    if code == do.ROWS_LESS:  # mask, those of: not
                        rows &= ~masks[c, z]
                    elif code == do.EXISTS:  # wanted
                        there = there_rows(length, fixed_length, used, c, base, n)
                        rows &= there if x3 != 0 else ~there
                    elif code == do.NEVER:
                        rows = U(0)
                    elif code != do.ROWS_ANY:
                        todo = rows & there_rows(length, fixed_length, used, c, base, n)
                        foresee_rows(a, start, fixed_start, c, base, todo)
                        q = U(number_of[c])
                        rows = U(0)
                        while todo != U(0):
                            r = lowest_bit(todo)
                            todo &= todo - _ONE
                            i = base + r
                            p = U(at_row(start, fixed_start, c, i))
                            size = U(at_row(length, fixed_length, c, i))
                            if code == do.TEXT and ops[w, 6] < 0:  # few and short: sooner done than numbered
                                holds = has_one(a, p, size, literals, literal_offset, literal_size, x3, x4, x5)
                            else:
                                v = numbered(a, p, size, numbers, q, i, slots, hashes, starts, lengths, count)
                                if code == do.AMONG:  # table
                                    h = hashes[U(v)] if v >= 0 else hash_slice(a, p, size)
                                    holds = (
                                        find(slot_hash, slot_value, U(table_begin[U(x3)]), table_mask[U(x3)], h) >= 0
                                    )
                                elif v >= 0 and answers[U(ops[w, 6]), U(v)] != 0:
                                    holds = answers[U(ops[w, 6]), U(v)] == 2
                                else:  # first literal, past the last, how, row of answers (-1: none)
                                    holds = has_one(a, p, size, literals, literal_offset, literal_size, x3, x4, x5)
                                    if v >= 0:
                                        answers[U(ops[w, 6]), U(v)] = 2 if holds else 1
                            rows |= U(holds) << r
                    masks[m, z] = rows
                    if rows == U(0):
                        reached[t] = past
                    continue
                # what writes: the mask is the first argument
                if code == do.SET:  # column, offset, size, over
                    c = U(x2)
                    q = U(number_of[c])
                    rows = open_rows(length, used, c, base, n, rows, x5)
                    while rows != U(0):
                        i = base + lowest_bit(rows)
                        rows &= rows - _ONE
                        start[c, i] = np.int32(blob + x3)
                        length[c, i] = x4
                        numbers[q, i] = UNKNOWN
                elif code == do.COPY:  # to, from, over, table of what means nothing (-1 none)
                    c = U(x3)
                    d = U(x2)
                    rows &= there_rows(length, fixed_length, used, c, base, n)
                    if x5 >= 0:
                        shelf = U(table_begin[U(x5)])
                        mask = table_mask[U(x5)]
                        q = U(number_of[c])
                        foresee_rows(a, start, fixed_start, c, base, rows)
                        todo = rows
                        while todo != U(0):
                            r = lowest_bit(todo)
                            todo &= todo - _ONE
                            i = base + r
                            p = U(at_row(start, fixed_start, c, i))
                            size = U(at_row(length, fixed_length, c, i))
                            v = numbered(a, p, size, numbers, q, i, slots, hashes, starts, lengths, count)
                            h = hashes[U(v)] if v >= 0 else hash_slice(a, p, size)
                            rows &= ~(U(find(slot_hash, slot_value, shelf, mask, h) >= 0) << r)
                    rows = open_rows(length, used, d, base, n, rows, x4)
                    q = U(number_of[d])
                    while rows != U(0):
                        i = base + lowest_bit(rows)
                        rows &= rows - _ONE
                        start[d, i] = at_row(start, fixed_start, c, i)
                        length[d, i] = at_row(length, fixed_length, c, i)
                        numbers[q, i] = UNKNOWN
                elif code == do.LOOKUP:
                    # first column in `lists`, how many, table, fold, row of what is not there, rows in `lists` (of each
                    # where its run of (column, offset, size) begins, and where the last ends), over
                    shelf = U(table_begin[U(x4)])
                    mask = table_mask[U(x4)]
                    fold = x5 != 0
                    for k in range(x2, x2 + x3):
                        e = lists[U(k)]
                        rows &= there_rows(length, fixed_length, used, U(e), base, n) if e >= 0 else U(0)
                    c = U(lists[U(x2)])
                    q = U(number_of[c])
                    foresee_rows(a, start, fixed_start, c, base, rows)
                    while rows != U(0):
                        r = lowest_bit(rows)
                        rows &= rows - _ONE
                        i = base + r
                        h = U(0)
                        v = np.int32(-1)
                        if x3 == 1:
                            p = U(at_row(start, fixed_start, c, i))
                            size = U(at_row(length, fixed_length, c, i))
                            v = numbered(a, p, size, numbers, q, i, slots, hashes, starts, lengths, count)
                            if not fold:
                                h = hashes[U(v)] if v >= 0 else hash_slice(a, p, size)
                            elif v < 0:
                                h = folded_hash(a, p, size, box)
                            else:
                                if folded[U(v)] == U(0):
                                    folded[U(v)] = folded_hash(a, p, size, box)
                                h = folded[U(v)]
                        else:
                            h = joined_hash(a, start, length, fixed_start, fixed_length, lists, x2, x3, i, fold, box)
                        row = find(slot_hash, slot_value, shelf, mask, h)
                        row = row if row >= 0 else ops[w, 6]
                        k = lists[U(ops[w, 7] + row)]
                        while k < lists[U(ops[w, 7] + row + 1)]:
                            d = U(lists[U(k)])
                            if open_rows(length, used, d, base, n, _ONE << r, 1) and (
                                ops[w, 8] != 0 or length[d, i] < 0
                            ):
                                start[d, i] = np.int32(blob + lists[U(k + 1)])
                                length[d, i] = lists[U(k + 2)]
                                numbers[U(number_of[d]), i] = UNKNOWN
                            k += 3
                elif code == do.SWAP:  # one, other
                    c = U(x2)
                    d = U(x3)
                    if used[c] == 0 and used[d] == 0:
                        continue
                    open_rows(length, used, c, base, n, ~U(0), 1)
                    open_rows(length, used, d, base, n, ~U(0), 1)
                    while rows != U(0):
                        i = base + lowest_bit(rows)
                        rows &= rows - _ONE
                        swapped = start[c, i]
                        there32 = length[c, i]
                        start[c, i] = start[d, i]
                        length[c, i] = length[d, i]
                        start[d, i] = swapped
                        length[d, i] = there32
                        numbers[U(number_of[c]), i] = UNKNOWN
                        numbers[U(number_of[d]), i] = UNKNOWN
                elif code == do.CASE:  # column, upper
                    c = U(x2)
                    rows &= there_rows(length, fixed_length, used, c, base, n)
                    foresee_rows(a, start, fixed_start, c, base, rows)
                    need = U(0)
                    todo = rows
                    while todo != U(0):
                        need += U(length[c, base + lowest_bit(todo)])
                        todo &= todo - _ONE
                    if o + need > cap:
                        reached[t] = op
                        return ROOM, halt, chunk, np.int64(o), need
                    q = U(number_of[c])
                    while rows != U(0):
                        i = base + lowest_bit(rows)
                        rows &= rows - _ONE
                        if case_at(a, o, U(start[c, i]), U(length[c, i]), x3 != 0):
                            start[c, i] = np.int32(o)
                            o += U(length[c, i])
                            numbers[q, i] = UNKNOWN
                elif code == do.JOIN:  # to, first part in `lists` (column, or -1; offset; size), how many, over
                    c = U(x2)
                    need = U(0)
                    for k in range(x4):
                        e = lists[U(x3 + 3 * k)]
                        if e >= 0:
                            rows &= there_rows(length, fixed_length, used, U(e), base, n)
                    rows = open_rows(length, used, c, base, n, rows, x5)
                    todo = rows
                    while todo != U(0):
                        i = base + lowest_bit(todo)
                        todo &= todo - _ONE
                        for k in range(x4):
                            e = lists[U(x3 + 3 * k)]
                            need += U(lists[U(x3 + 3 * k + 2)]) if e < 0 else U(at_row(length, fixed_length, U(e), i))
                    if o + need > cap:
                        reached[t] = op
                        return ROOM, halt, chunk, np.int64(o), need
                    q = U(number_of[c])
                    while rows != U(0):
                        i = base + lowest_bit(rows)
                        rows &= rows - _ONE
                        o0 = o
                        for k in range(x4):
                            e = lists[U(x3 + 3 * k)]
                            if e < 0:
                                size = U(lists[U(x3 + 3 * k + 2)])
                                copy(a, o, a, U(blob + lists[U(x3 + 3 * k + 1)]), size)
                            else:
                                size = U(at_row(length, fixed_length, U(e), i))
                                copy(a, o, a, U(at_row(start, fixed_start, U(e), i)), size)
                            o += size
                        start[c, i] = np.int32(o0)
                        length[c, i] = np.int32(o - o0)
                        numbers[q, i] = UNKNOWN
                else:  # what takes one column apart: column, first of `lists` (to, over), how many
                    c = U(x2)
                    rows &= there_rows(length, fixed_length, used, c, base, n)
                    if rows == U(0):
                        continue
                    for j in range(n):
                        r = U(j)
                        part_start[8, r] = at_row(start, fixed_start, c, base + r)
                        part_length[8, r] = (
                            at_row(length, fixed_length, c, base + r) if (rows >> r) & _ONE != U(0) else np.int32(-1)
                        )
                    if code == do.PATH:
                        split_paths(a, part_start[8, :n], part_length[8], part_start, part_length)
                    elif code == do.ACCOUNT:
                        split_accounts(a, part_start[8, :n], part_length[8], part_start, part_length)
                    elif code == do.HASHES:
                        split_hashes(a, part_start[8, :n], part_length[8], part_start, part_length)
                    else:
                        split_urls(a, part_start[8, :n], part_length[8], part_start, part_length)
                    for k in range(x4):
                        e = lists[U(x3 + 2 * k)]
                        if e < 0:
                            continue
                        d = U(e)
                        q = U(number_of[d])
                        todo = open_rows(
                            length,
                            used,
                            d,
                            base,
                            n,
                            rows & present(part_length, U(k), U(0), n),
                            lists[U(x3 + 2 * k + 1)],
                        )
                        while todo != U(0):
                            r = lowest_bit(todo)
                            todo &= todo - _ONE
                            start[d, base + r] = part_start[U(k), r]
                            length[d, base + r] = part_length[U(k), r]
                            numbers[q, base + r] = UNKNOWN
            op = stop
            for tile in range(lowest, highest):
                op = min(op, reached[U(tile)])
        for tile in range(lowest, highest):
            base = U(tile * TILE)
            rows = U(0)
            if reached[U(tile)] == stop and ops[U(stop), 0] == do.OUTSIDE:  # its arguments: the step's number, mask
                rows = masks[U(ops[U(stop), 2]), U(tile - lowest)]
            for j in range(min(TILE, height - tile * TILE)):
                outside[base + U(j)] = np.uint8((rows >> U(j)) & _ONE)
            called |= rows != U(0)
        if called and chunk == chunks - 1:
            return CALL, halt, 0, np.int64(o), U(0)
    return DONE, 0, 0, np.int64(o), U(0)
