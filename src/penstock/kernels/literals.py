"""Which of many thousand literals stand in a column's values: all rules' at once, each distinct value once.

A value is folded to lower case and then asked three kinds of question:

* anchored: texts at its beginning or end, and whole values. A literal is found by at most eight of its bytes at a
  fixed distance from its anchor; one look-up a distance in use, however many literals.
* inside: texts anywhere. Each literal is represented by its rarest run of up to four bytes (a gram). Every position of
  the value is one load and one look into a bitmap of the three bytes with which some gram begins, and into one of pairs
  where a column has grams of one or two bytes; what passes is looked for in a bitmap of hashed grams; what passes that
  is looked up and compared. Where all of a column's literals are long, `stride` neighbouring grams of each are
  represented and only every stride-th position is looked at. (After Wu and Manber, 'A fast algorithm for multi-pattern
  searching', 1994, with bitmaps for the shift table.)
* always: addresses against networks, numbers, globs without a text.

A literal found stands for leaves: sets of tests of which one must hold. Each leaf is noted once a value.
"""

from __future__ import annotations

import numpy as np

from penstock.kernels.addresses import address_words
from penstock.kernels.folding import fold
from penstock.kernels.jit import kernel
from penstock.kernels.records import search_record
from penstock.kernels.verify import FIRST_SHIFT, GOLDEN, bucket, note, verify
from penstock.kernels.words import U, hash_slice, keep, load8, same


@kernel
def match_cells(  # type: ignore[no-untyped-def]
    a,
    cell_start,
    cell_length,
    column_begin,
    anchor_begin,
    anchor_from_end,
    anchor_at,
    anchor_size,
    keyed,
    sieve,
    lists,
    bits,
    pairs_at,
    first_size,
    bits_at,
    bits_shift,
    stride,
    distinct,
    starts,
    starts_at,
    always_begin,
    always,
    lit_kind,
    lit_at,
    lit_size,
    lit_program,
    lit_leaf,
    leaves,
    present_leaf,
    network_begin,
    network_family,
    network_words,
    network_literal,
    numbers,
    blob,
    programs,
    box,
    slots,
    leaf_seen,
    lit_seen,
    cell_value,
    value_cell,
    value_begin,
    hits,
    state,
):
    """Match the cells of all columns; stop early when an output is full. `state` says where to go on.

    Cells as `list_cells` leaves them. Tables, built by `content.sigma.tables`:
    anchor_*: the distances in use, per column a run: uint8 from_end, int32 at, uint8 size (bytes looked at).
    keyed, sieve uint64: keys -> lists, as `fill_slots` leaves them; lists int32: (literal, back) pairs, ended by -1.
    bits uint64: bitmaps; pairs_at int32[V]: of the pairs with which a column's grams of 1 and 2 bytes begin (not where
    first_size uint8[V] is 3), behind them of the hashed three bytes with which the longer ones do; bits_at, bits_shift
    int32[V, 4]: of its grams of 1 to 4 bytes (-1 none).
    stride int32[V]; distinct uint8[V]: whether equal values are looked for; starts_at int32[V]: where
    in `starts` uint64 a column of long values, in which only ASCII texts of four bytes and more are looked for, has its
    bitmap of grams without regard to case; -1 for others. always int32: the others.
    lit_kind uint8, lit_at, lit_size int32 (in `blob`), lit_program int32[m + 1] (in `programs`), lit_leaf int32[m + 1]
    (in `leaves` int32). present_leaf int32[V]: the leaf of every value, -1 none. network_begin int32[V + 1],
    network_family uint8 (4 or 6), network_words uint64[k, 4] (address, mask), network_literal int32: a column's
    networks. numbers float64: of NUMBERs (lit_at is the row, lit_size how it compares).
    Scratch: box uint8 (3 times the longest cell and 64), slots int32[2^k] (twice the cells of a column),
    leaf_seen, lit_seen int32, all -1 at first.
    Out: cell_value int32[cells]: which distinct value; value_cell int32: a cell that has it; value_begin int32,
    hits int32: each value's leaves. state int64[4]: column, cell, values, hits. Gives 1 when done, 0 when it stopped
    for room.
    """
    columns = len(column_begin) - 1
    n_values = U(state[2])
    n_hits = U(state[3])
    mask = U(len(slots)) - U(1)
    most = len(leaf_seen)
    for v in range(state[0], columns):
        v_ = U(v)
        first = column_begin[v_]
        last = column_begin[U(v + 1)]
        if state[1] > first:
            begin = state[1]
        else:
            begin = first
            if distinct[v_] != 0:
                for k in range(len(slots)):
                    slots[U(k)] = -1
        for j in range(begin, last):
            i = U(j)
            p = U(cell_start[i])
            n = U(cell_length[i])
            if distinct[v_] != 0:
                if j > first:
                    other = i - U(1)
                    if U(cell_length[other]) == n and (
                        U(cell_start[other]) == p or same(a, p, a, U(cell_start[other]), n)
                    ):
                        cell_value[i] = cell_value[other]
                        continue
                s = hash_slice(a, p, n) & mask
                known = slots[s]
                while known >= 0:
                    other = U(value_cell[U(known)])
                    if U(cell_length[other]) == n and (
                        U(cell_start[other]) == p or same(a, p, a, U(cell_start[other]), n)
                    ):
                        break
                    s = (s + U(1)) & mask
                    known = slots[s]
                if known >= 0:
                    cell_value[i] = known
                    continue
            if n_values + U(2) > U(len(value_begin)) or n_hits + U(most) + U(1) > U(len(hits)):
                state[0] = v
                state[1] = j
                state[2] = np.int64(n_values)
                state[3] = np.int64(n_hits)
                return 0
            value = np.int32(n_values)
            if distinct[v_] != 0:
                slots[s] = value
            cell_value[i] = value
            value_cell[n_values] = np.int32(j)
            value_begin[n_values] = np.int32(n_hits)
            n_values += U(1)
            if present_leaf[v_] >= 0:
                hits[n_hits] = present_leaf[v_]
                n_hits += U(1)
            if starts_at[v_] >= 0:
                n_hits = search_record(
                    v_, value, a, p, n, box, starts, starts_at, bits, bits_at, bits_shift, stride, keyed,
                    sieve, lists, lit_kind, lit_at, lit_size, lit_program, lit_leaf, leaves, numbers,
                    blob, programs, leaf_seen, lit_seen, hits, n_hits,
                )  # fmt: skip
                continue
            m = fold(a, p, n, box)
            # anchored
            for t in range(anchor_begin[v_], anchor_begin[U(v + 1)]):
                t_ = U(t)
                far = U(anchor_at[t_])
                size = U(anchor_size[t_])
                if far + size > m:
                    continue
                q = m - far - size if anchor_from_end[t_] != 0 else far
                word = load8(box, q) & keep(size)
                x = bucket(keyed, sieve, word, t)
                if x == U(0):
                    continue
                while lists[x] >= 0:
                    c = U(lists[x])
                    x += U(2)
                    if lit_seen[c] == value:
                        continue
                    n_hits = verify(
                        c, value, a, p, n, box, m, U(0), lit_kind, lit_at, lit_size, lit_program, lit_leaf, leaves,
                        numbers, blob, programs, leaf_seen, lit_seen, hits, n_hits,
                    )  # fmt: skip
            # inside
            if pairs_at[v_] >= 0:
                step = U(stride[v_])
                pairs = U(pairs_at[v_])
                two = first_size[v_] == 2
                threes = pairs + U(1024) if two else pairs
                q = U(0)
                while q < m:
                    whole = load8(box, q)
                    start = (whole & U(0xFFFFFF)) * GOLDEN >> U(FIRST_SHIFT)
                    long = (bits[threes + (start >> U(6))] >> (start & U(63))) & U(1)
                    short = U(0)
                    if two:
                        start = whole & U(0xFFFF)
                        short = (bits[pairs + (start >> U(6))] >> (start & U(63))) & U(1)
                    if (long | short) == U(0):
                        q += step
                        continue
                    for g in range(0 if short != U(0) else 2, 4 if long != U(0) else 2):
                        at_bits = bits_at[v_, U(g)]
                        size = U(g + 1)
                        if at_bits < 0 or q + size > m:
                            continue
                        word = whole & keep(size)
                        h = word * GOLDEN >> U(bits_shift[v_, U(g)])
                        if (bits[U(at_bits) + (h >> U(6))] >> (h & U(63))) & U(1) == U(0):
                            continue
                        x = bucket(keyed, sieve, word, -(v * 4 + g + 1))
                        if x == U(0):
                            continue
                        while lists[x] >= 0:
                            c = U(lists[x])
                            back = U(lists[x + U(1)])
                            x += U(2)
                            if lit_seen[c] == value or back > q:
                                continue
                            n_hits = verify(
                                c, value, a, p, n, box, m, q - back, lit_kind, lit_at, lit_size, lit_program,
                                lit_leaf, leaves, numbers, blob, programs, leaf_seen, lit_seen, hits, n_hits,
                            )  # fmt: skip
                    q += step
            # always
            for k in range(always_begin[v_], always_begin[U(v + 1)]):
                n_hits = verify(
                    U(always[U(k)]), value, a, p, n, box, m, U(0), lit_kind, lit_at, lit_size, lit_program, lit_leaf,
                    leaves, numbers, blob, programs, leaf_seen, lit_seen, hits, n_hits,
                )  # fmt: skip
            if network_begin[v_] < network_begin[U(v + 1)]:
                family, high, low = address_words(a, p, p + n)
                for k in range(network_begin[v_], network_begin[U(v + 1)]):
                    k_ = U(k)
                    if (
                        family == network_family[k_]
                        and (high & network_words[k_, U(2)]) == network_words[k_, U(0)]
                        and (low & network_words[k_, U(3)]) == network_words[k_, U(1)]
                    ):
                        n_hits = note(U(network_literal[k_]), value, lit_leaf, leaves, leaf_seen, hits, n_hits)
        state[1] = 0
    value_begin[n_values] = np.int32(n_hits)
    state[0] = columns
    state[2] = np.int64(n_values)
    state[3] = np.int64(n_hits)
    return 1
