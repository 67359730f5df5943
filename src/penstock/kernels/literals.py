"""Which of many thousand literals stand in a column's values: all rules' at once, each distinct value once.

A value is folded to lower case and then asked three kinds of question:

* anchored: texts at its beginning or end, and whole values. A literal is found by at most eight of its bytes at a
  fixed distance from its anchor; one look-up a distance in use, however many literals.
* inside: texts anywhere. Each literal is represented by its rarest run of up to four bytes, or of eight where it is so
  long (a gram). Every position of the value is one load and one look into a bitmap of the four bytes with which some
  gram begins, and into others where a column has grams of three or two; what passes is looked up and compared. Where
  all of a column's literals are long, `stride` neighbouring grams of each are represented and only every stride-th
  position is looked at. Of single bytes it is asked once a value which are there. (After Wu and Manber, 'A fast
  algorithm for multi-pattern searching', 1994, with bitmaps for the shift table.)
* always: addresses against networks, numbers, globs without a text.

A literal found stands for leaves: sets of tests of which one must hold. Each leaf is noted once a value.
"""

from __future__ import annotations

import numpy as np

from penstock.kernels.addresses import address_words
from penstock.kernels.folding import fold
from penstock.kernels.jit import kernel, part
from penstock.kernels.records import search_record
from penstock.kernels.verify import GOLDEN, HOLDS, KIND, THREES_SHIFT, bucket, gram_salt, note, try_literals, verify
from penstock.kernels.words import U, hash_slice, keep, load8, same


@part
def find_places(box, begin, end, step, bits, firsts, fours, shift, threes, pairs, places):  # type: ignore[no-untyped-def]
    """List where a gram may begin; give how many such places there are.

    Every step-th from begin on before end. bits: from `firsts` on a bitmap of hashed three bytes with which grams of
    three and more begin, from `pairs` on of the grams of two bytes, and for what passes these: from `fours` on of
    hashed four bytes with which grams begin (shift: of the hash), from `threes` on of the hashed grams of three bytes;
    a place in it is 0 where there are none. places int32: eight times the place, and 1, 2, 4 for fours, threes, pairs.
    A place is written before it is known whether it passes, so that there is no branch to mispredict.
    """
    n = U(0)
    q = begin
    if pairs == U(0):
        while q < end:
            h = (load8(box, q) & U(0xFFFFFF)) * GOLDEN >> U(THREES_SHIFT)
            places[n] = np.int32(q)
            n += (bits[firsts + (h >> U(6))] >> (h & U(63))) & U(1)
            q += step
    else:
        while q < end:
            word = load8(box, q)
            h = (word & U(0xFFFFFF)) * GOLDEN >> U(THREES_SHIFT)
            passed = bits[firsts + (h >> U(6))] >> (h & U(63))
            h = word & U(0xFFFF)
            places[n] = np.int32(q)
            n += (passed | (bits[pairs + (h >> U(6))] >> (h & U(63)))) & U(1)
            q += step
    found = U(0)
    for k in range(n):
        q = U(places[U(k)])
        word = load8(box, q)
        h = (word & U(0xFFFFFFFF)) * GOLDEN >> shift
        passed = (bits[fours + (h >> U(6))] >> (h & U(63))) & U(1)
        h = (word & U(0xFFFFFF)) * GOLDEN >> U(THREES_SHIFT)
        passed |= ((bits[threes + (h >> U(6))] >> (h & U(63))) & U(1)) << U(1)
        h = word & U(0xFFFF)
        passed |= ((bits[pairs + (h >> U(6))] >> (h & U(63))) & U(1)) << U(2)
        places[found] = np.int32((q << U(3)) | passed)
        found += U(passed != U(0))
    return np.int64(found)


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
    inside,
    firsts_at,
    fours_at,
    fours_shift,
    threes_at,
    pairs_at,
    one_begin,
    one,
    stride,
    starts,
    starts_at,
    starts_size,
    distinct,
    always_begin,
    always,
    literal,
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
    byte_seen,
    places,
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
    inside uint8[V]: whether a column has grams of 2 bytes and more; bits uint64: bitmaps of them, see `find_places`;
    where a column's are in it, int32[V]: firsts_at, fours_at (fours_shift int32[V]), threes_at, pairs_at.
    one_begin int32[V + 1], one uint8: a column's grams of one byte. stride int32[V]; distinct uint8[V]: whether equal
    values are looked for; starts_at int32[V]: where in `starts` uint64 a column of long values, in which only ASCII
    texts are looked for whose grams have starts_size uint8[V] bytes, has its bitmap of them without regard to case; -1
    for others. always int32: the others. literal int32[m, 8]: see `verify`; its texts are in `blob`, its programs in
    `programs`, leaves int32. present_leaf int32[V]: the leaf of every value, -1 none. network_begin int32[V + 1],
    network_family uint8 (4 or 6), network_words uint64[k, 4] (address, mask), network_literal int32: a column's
    networks. numbers float64.
    Scratch: box uint8 (3 times the longest cell and 64), slots int32[2^k] (twice the cells of a column),
    leaf_seen, lit_seen, byte_seen int32 (256 of them), all -1 at first; places int32, any number.
    Out: cell_value int32[cells]: which distinct value; value_cell int32: a cell that has it; value_begin int32,
    hits int32: each value's leaves. state int64[4]: column, cell, values, hits. Gives 1 when done, 0 when it stopped
    for room.
    """
    columns = len(column_begin) - 1
    n_values = U(state[2])
    n_hits = U(state[3])
    most = len(leaf_seen)
    for v in range(state[0], columns):
        v_ = U(v)
        first = column_begin[v_]
        last = column_begin[U(v + 1)]
        room = 16
        while room <= 2 * (last - first):
            room *= 2
        mask = U(room - 1)
        if state[1] > first:
            begin = state[1]
        else:
            begin = first
            if distinct[v_] != 0:
                for k in range(room):
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
                    v_, value, a, p, n, box, starts, starts_at, starts_size, stride, keyed, sieve, lists, literal,
                    leaves, numbers, blob, programs, leaf_seen, lit_seen, hits, n_hits,
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
                n_hits = try_literals(
                    x, U(0), value, a, p, n, box, m, lists, literal, leaves, numbers, blob, programs,
                    leaf_seen, lit_seen, hits, n_hits,
                )  # fmt: skip
            # inside
            if inside[v_] != 0:
                step = U(stride[v_])
                far = U(0)
                while far < m:
                    upto = min(far + U(len(places)) * step, m)
                    n_places = find_places(
                        box, far, upto, step, bits, U(firsts_at[v_]), U(fours_at[v_]), U(fours_shift[v_]),
                        U(threes_at[v_]), U(pairs_at[v_]), places,
                    )  # fmt: skip
                    far = upto
                    for k in range(n_places):
                        q = U(places[U(k)]) >> U(3)
                        whole = load8(box, q)
                        for g in range(4):
                            if (places[U(k)] >> max(g - 1, 0)) & 1 == 0:
                                continue
                            size = U(8) if g == 0 else U(5 - g)
                            if q + size > m:
                                continue
                            x = bucket(keyed, sieve, whole & keep(size), gram_salt(v, size))
                            if x == U(0):
                                continue
                            n_hits = try_literals(
                                x, q, value, a, p, n, box, m, lists, literal, leaves, numbers, blob, programs,
                                leaf_seen, lit_seen, hits, n_hits,
                            )  # fmt: skip
            if one_begin[v_] < one_begin[U(v + 1)]:
                for k in range(m):
                    byte_seen[U(box[U(k)])] = value
                for k in range(one_begin[v_], one_begin[U(v + 1)]):
                    byte = U(one[U(k)])
                    if byte_seen[byte] != value:
                        continue
                    x = bucket(keyed, sieve, byte, gram_salt(v, 1))
                    while lists[x] >= 0:
                        c = U(lists[x])
                        x += U(2)
                        if literal[c, U(KIND)] == HOLDS:
                            n_hits = note(c, value, literal, leaves, leaf_seen, hits, n_hits)
                            continue
                        n_hits = verify(
                            c, value, a, p, n, box, m, U(0), literal, leaves, numbers, blob, programs, leaf_seen,
                            lit_seen, hits, n_hits,
                        )  # fmt: skip
            # always
            for k in range(always_begin[v_], always_begin[U(v + 1)]):
                n_hits = verify(
                    U(always[U(k)]), value, a, p, n, box, m, U(0), literal, leaves, numbers, blob, programs, leaf_seen,
                    lit_seen, hits, n_hits,
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
                        n_hits = note(U(network_literal[k_]), value, literal, leaves, leaf_seen, hits, n_hits)
        state[1] = 0
    value_begin[n_values] = np.int32(n_hits)
    state[0] = columns
    state[2] = np.int64(n_values)
    state[3] = np.int64(n_hits)
    return 1
