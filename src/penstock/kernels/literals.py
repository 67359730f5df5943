"""Which of many thousand literals stand in a column's values: all rules' at once, each distinct value once.

A value is folded to lower case and then asked three kinds of question:

* anchored: texts at its beginning or end, and whole values. A literal is found by at most eight of its bytes at a
  fixed distance from its anchor; one look-up a distance in use, however many literals.
* inside: texts anywhere. Each literal is represented by its rarest run of up to four bytes (a gram). Every position of
  the value is one load, one multiplication and one look into a bitmap; what passes is looked up and compared. Where
  all of a column's literals are long, every position of them is represented and only every stride-th of the value
  looked at. (The filter of Wu and Manber, 'A fast algorithm for multi-pattern searching', 1994, with a bitmap for the
  shift table: a value is seldom read twice and never followed through an automaton's memory. HOUSE.md: an Aho-Corasick
  table of 52 MB does 240 to 330 MB/s; this does 0.8 to 1.2 GB/s.)
* always: addresses against networks, numbers, globs without a text.

A literal found stands for leaves: sets of tests of which one must hold. Each leaf is noted once a value.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from penstock.kernels.addresses import address_words
from penstock.kernels.folding import fold
from penstock.kernels.globs import fits
from penstock.kernels.jit import kernel, part
from penstock.kernels.numbers import read_number
from penstock.kernels.words import U, hash_slice, load8

EXACT, BEGINS, ENDS, HOLDS, GLOB, CASED_GLOB, NUMBER, ANYTHING = range(8)
"""Kinds of literals: how one is verified once its witness was seen."""

LESS, LESS_EQUAL, MORE, MORE_EQUAL, NOT_EQUAL = range(5)
"""How a NUMBER compares."""

GOLDEN = U(0x9E3779B97F4A7C15)


@njit(inline="always")
def _keep(size):  # type: ignore[no-untyped-def]
    return (U(1) << (size << U(3))) - U(1) if size < U(8) else ~U(0)


@njit(inline="always")
def slot_of(word, salt, mask):  # type: ignore[no-untyped-def]
    """Where a key's search begins in a table of mask + 1 slots. Builders in Python mirror it."""
    h = (word ^ salt) * GOLDEN
    return ((h ^ (h >> U(32))) * GOLDEN >> U(20)) & mask


@njit(inline="always")
def _same(a, p, b, q, n):  # type: ignore[no-untyped-def]
    k = U(0)
    while k + U(8) <= n:
        if load8(a, p + k) != load8(b, q + k):
            return False
        k += U(8)
    if k < n:
        return (load8(a, p + k) ^ load8(b, q + k)) & _keep(n - k) == U(0)
    return True


@part
def _bucket(slot_word, slot_salt, slot_list, word, salt):  # type: ignore[no-untyped-def]
    """Where a key's list begins, 0 where there is none (lists begin at 1)."""
    mask = U(len(slot_word)) - U(1)
    i = slot_of(word, U(np.int64(salt)), mask)
    while slot_list[i] != 0:
        if slot_word[i] == word and slot_salt[i] == salt:
            return U(slot_list[i])
        i = (i + U(1)) & mask
    return U(0)


@part
def _found(m, value, lit_leaf, leaves, leaf_seen, hits, at):  # type: ignore[no-untyped-def]
    """Note the leaves of literal m, each once a value; give the new end."""
    for k in range(lit_leaf[m], lit_leaf[m + U(1)]):
        leaf = U(leaves[U(k)])
        if leaf_seen[leaf] != value:
            leaf_seen[leaf] = value
            hits[at] = np.int32(leaf)
            at += U(1)
    return at


@part
def _compares(how, number, other):  # type: ignore[no-untyped-def]
    if how == LESS:
        return number < other
    if how == LESS_EQUAL:
        return number <= other
    if how == MORE:
        return number > other
    if how == MORE_EQUAL:
        return number >= other
    return number != other


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
    slot_word,
    slot_salt,
    slot_list,
    lists,
    bits,
    bits_at,
    bits_shift,
    stride,
    distinct,
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
    slot_word uint64, slot_salt int32, slot_list int32: keys -> lists; lists int32: (literal, back) pairs, ended by -1.
    bits uint64: bitmaps of grams; bits_at, bits_shift int32[V, 4]: those of a column's grams of 1 to 4 bytes (-1 none).
    stride int32[V]; distinct uint8[V]: whether equal values are looked for. always int32: literals without a witness.
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
                s = hash_slice(a, p, n) & mask
                known = slots[s]
                while known >= 0:
                    other = U(value_cell[U(known)])
                    if U(cell_length[other]) == n and _same(a, p, a, U(cell_start[other]), n):
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
            m = fold(a, p, n, box)
            # anchored
            for t in range(anchor_begin[v_], anchor_begin[U(v + 1)]):
                t_ = U(t)
                far = U(anchor_at[t_])
                size = U(anchor_size[t_])
                if far + size > m:
                    continue
                q = m - far - size if anchor_from_end[t_] != 0 else far
                word = load8(box, q) & _keep(size)
                x = _bucket(slot_word, slot_salt, slot_list, word, t)
                if x == U(0):
                    continue
                while lists[x] >= 0:
                    c = U(lists[x])
                    x += U(2)
                    if lit_seen[c] == value:
                        continue
                    n_hits = _verify(
                        c, value, a, p, n, box, m, U(0), lit_kind, lit_at, lit_size, lit_program, lit_leaf, leaves,
                        numbers, blob, programs, leaf_seen, lit_seen, hits, n_hits,
                    )  # fmt: skip
            # inside
            step = U(stride[v_])
            for g in range(4):
                at_bits = bits_at[v_, U(g)]
                if at_bits < 0:
                    continue
                size = U(g + 1)
                if m < size:
                    continue
                keep = _keep(size)
                shift = U(bits_shift[v_, U(g)])
                salt = -(v * 4 + g + 1)
                base = U(at_bits)
                end = m - size
                q = U(0)
                while q <= end:
                    word = load8(box, q) & keep
                    h = word * GOLDEN >> shift
                    if (bits[base + (h >> U(6))] >> (h & U(63))) & U(1) != U(0):
                        x = _bucket(slot_word, slot_salt, slot_list, word, salt)
                        if x != U(0):
                            while lists[x] >= 0:
                                c = U(lists[x])
                                back = U(lists[x + U(1)])
                                x += U(2)
                                if lit_seen[c] == value or back > q:
                                    continue
                                n_hits = _verify(
                                    c, value, a, p, n, box, m, q - back, lit_kind, lit_at, lit_size, lit_program,
                                    lit_leaf, leaves, numbers, blob, programs, leaf_seen, lit_seen, hits, n_hits,
                                )  # fmt: skip
                    q += step
            # always
            for k in range(always_begin[v_], always_begin[U(v + 1)]):
                n_hits = _verify(
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
                        n_hits = _found(U(network_literal[k_]), value, lit_leaf, leaves, leaf_seen, hits, n_hits)
        state[1] = 0
    value_begin[n_values] = np.int32(n_hits)
    state[0] = columns
    state[2] = np.int64(n_values)
    state[3] = np.int64(n_hits)
    return 1


@part
def _verify(  # type: ignore[no-untyped-def]
    c,
    value,
    a,
    p,
    n,
    box,
    m,
    at,
    lit_kind,
    lit_at,
    lit_size,
    lit_program,
    lit_leaf,
    leaves,
    numbers,
    blob,
    programs,
    leaf_seen,
    lit_seen,
    hits,
    n_hits,
):
    """Literal c at `at` of the folded value box[..m) (a[p..p+n) as it came): is it there? Note it if so."""
    kind = lit_kind[c]
    if kind == HOLDS or kind == EXACT or kind == BEGINS or kind == ENDS:
        size = U(lit_size[c])
        if kind == EXACT:
            fine = m == size
        elif kind == ENDS:
            at = m - size
            fine = m >= size
        else:
            fine = at + size <= m
        if not fine or not _same(box, at, blob, U(lit_at[c]), size):
            return n_hits
    elif kind == GLOB or kind == CASED_GLOB:
        lit_seen[c] = value  # whatever comes of it, it is tried once a value
        if kind == GLOB:
            fine = fits(box, U(0), m, programs, lit_program[c], lit_program[c + U(1)])
        else:
            fine = fits(a, p, n, programs, lit_program[c], lit_program[c + U(1)])
        if not fine:
            return n_hits
    elif kind == NUMBER:
        fine, number = read_number(a, p, p + n)
        if not fine or not _compares(lit_size[c], number, numbers[U(lit_at[c])]):
            return n_hits
    lit_seen[c] = value
    return _found(c, value, lit_leaf, leaves, leaf_seen, hits, n_hits)
