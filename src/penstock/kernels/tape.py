"""From tapes to columns: put each entry where its pack wants it, keep what no pack wants, tell JSON products apart."""

from __future__ import annotations

import numpy as np

from penstock.kernels.escapes import escape
from penstock.kernels.jit import kernel, part
from penstock.kernels.words import U, copy, hash_slice, load8, mix

_PLAIN, _JSON_ESCAPED, _NUMBER, _BOOL, _NULL, _NESTED = 0, 1, 2, 3, 4, 5


@kernel
def fingerprints(a, begin, key, v_start, v_length, weight, by_value, known, out, seen, last):  # type: ignore[no-untyped-def]
    """Per tape row, which of the recognising keys it has, as one number: XOR of the weights of its features.

    A key counts where it first stands: twice would cancel out, and the record be taken for one without it.
    seen int32[K], last uint64[K, 2]: scratch, zeros. (Nearly all rows have a key's same value: its mark is kept.)
    weight uint64[K]: 0 for keys that recognise nothing. by_value uint8[K]: the value counts too, when its hash
    (mixed with the weight) is among `known` (sorted uint64), so that strange values make no new fingerprint.
    """
    for i in range(len(begin) - 1):
        h = U(0)
        for t in range(begin[i], begin[i + 1]):
            k = key[U(t)]
            if k < 0:
                continue
            w = weight[U(k)]
            if w == U(0) or seen[U(k)] == i + 1:
                continue
            seen[U(k)] = i + 1
            h ^= w
            if by_value[U(k)] != 0 and v_length[U(t)] >= 0:
                v = mix(w, hash_slice(a, U(v_start[U(t)]), U(v_length[U(t)])))
                if last[U(k), U(0)] == v:
                    h ^= last[U(k), U(1)]
                    continue
                low = U(0)
                high = U(len(known))
                while low < high:
                    middle = (low + high) >> U(1)
                    if known[middle] < v:
                        low = middle + U(1)
                    else:
                        high = middle
                last[U(k), U(0)] = v
                last[U(k), U(1)] = v if low < U(len(known)) and known[low] == v else U(0)
                h ^= last[U(k), U(1)]
        out[i] = h


TILE = 64
"""Rows whose slices of a column are one run of memory that is made at a time."""

BUDGET = 4096
"""Bytes, and eight a byte of the record, that a row's `unmapped` may take before members are kept whole."""

UNSEEN = 8
"""Bit of `takes_nulls`: nobody will look at the column."""

_LOW = np.array([(1 << 8 * n) - 1 for n in range(9)], np.uint64)
"""The low n bytes of a word."""


@kernel
def scatter(  # type: ignore[no-untyped-def]
    a,
    select,
    begin,
    key,
    v_start,
    v_length,
    written,
    family,
    local,
    keys,
    map_begin,
    map_column,
    takes_nulls,
    many,
    nulls,
    nulls_length,
    start,
    length,
    used,
    consumed,
    more_row,
    more_column,
    more_entry,
    fresh,
    taken,
):
    """Put the entries of tape rows select[i] into row i of the matrix; give how many went to the `more` lists.

    local int32[K]: global key -> the dataset's own key number, -1 none. map_begin int32[F * keys + 1] and map_column:
    for family f and key l the columns map_column[map_begin[f * keys + l] .. ]. takes_nulls uint8[C]: bit 0: a
    null word is a value there; bit 1: an object may stand there whole (elsewhere its members count); bit 2: empty is
    absent; UNSEEN: nothing is put there, entries are consumed as if it were. nulls uint64[N]: the words themselves, of
    more than 8 bytes their hash. used uint8[C] is set for columns that got a value: they are then -1 in all other rows
    (written tile by tile, while the tile is in the core's cache; fresh, taken int32[C]: scratch, `taken` all -1);
    consumed uint8[T] for entries that gave one. The first value of a column wins; further values of a `many` column
    are listed in `more_*`.
    """
    sizes = U(1)  # bit k: some null word has k bytes; of one with more than 62 the last
    for x in range(len(nulls_length)):
        sizes |= U(1) << U(min(nulls_length[U(x)], 63))
    n = len(select)
    cap = len(more_row)
    extra = 0
    width = U(keys)
    made = 0  # columns that were not there before
    end = 0  # of the rows in which they are -1
    for j in range(n):
        if j == end:
            end = min(end + TILE, n)
            for x in range(made):
                for y in range(j, end):
                    length[U(fresh[U(x)]), U(y)] = -1
        i = U(j)
        r = U(select[i])
        base = U(family[i]) * width
        for t in range(U(begin[r]), U(begin[r + U(1)])):
            t = U(t)
            m = local[U(key[t])] if key[t] >= 0 else np.int32(-1)
            if m < 0:
                continue
            w = written[t]
            if w == _NULL:
                continue
            q = base + U(m)
            for z in range(U(map_begin[q]), U(map_begin[q + U(1)])):
                c = U(map_column[U(z)])
                takes = takes_nulls[c]
                if w == _NESTED and (takes & 2) == 0 and a[U(v_start[t])] == 123:
                    continue
                if v_length[t] == 0 and (takes & 4) != 0:
                    consumed[t] = 1
                    continue
                if (takes & 1) == 0 and (sizes >> U(min(v_length[t], 63))) & U(1) != U(0):
                    n8 = U(v_length[t])
                    null = n8 == U(0)
                    if n8 <= U(8):
                        v = load8(a, U(v_start[t])) & _LOW[n8]
                    else:
                        v = hash_slice(a, U(v_start[t]), n8)
                    for x in range(len(nulls)):
                        null |= (nulls[U(x)] == v) & (U(nulls_length[U(x)]) == n8)
                    if null:
                        consumed[t] = 1
                        continue
                if (takes & UNSEEN) != 0:
                    if many[c] != 0 or taken[c] != j:
                        consumed[t] = 1
                    taken[c] = j
                    continue
                if used[c] == 0:
                    used[c] = 1
                    for y in range(end):
                        length[c, U(y)] = -1
                    fresh[U(made)] = np.int32(c)
                    made += 1
                if length[c, i] < 0:
                    start[c, i] = v_start[t]
                    length[c, i] = v_length[t]
                    consumed[t] = 1
                elif many[c] != 0 and extra < cap:
                    more_row[extra] = np.int32(i)
                    more_column[extra] = np.int32(c)
                    more_entry[extra] = np.int32(t)
                    extra += 1
                    consumed[t] = 1
    return extra


@part
def _name_bytes(name_length, parent, t):  # type: ignore[no-untyped-def]
    total = U(0)
    while True:
        total += U(name_length[t]) + U(1)
        up = parent[t]
        if up < 0:
            return total
        t = U(up)


@kernel
def write_unmapped(  # type: ignore[no-untyped-def]
    a,
    at,
    first,
    select,
    begin,
    v_start,
    v_length,
    written,
    name_start,
    name_length,
    parent,
    consumed,
    json,
    start,
    length,
    chain,
):
    """Per row, what no column took, as one JSON object `{"path.to.it": value, …}` appended to the text.

    `json`: names and escaped values stand as in JSON already. start, length int32[n]: the slices, -1 where nothing is
    left. chain int64[80]: scratch. Gives (rows done, new end); fewer rows than all when the text is full.

    Paths repeat the names of what encloses a member. Where that would make a row many times its record (one long name
    around thousands of members), the members of the top are kept whole instead.
    """
    cap = U(len(a)) - U(64)
    o = U(at)
    n = len(select)
    for j in range(first, n):
        i = U(j)
        r = U(select[i])
        o0 = o
        count = 0
        full = False
        whole = False
        first_entry = U(begin[r])
        end_entry = U(begin[r + U(1)])
        budget = U(BUDGET)
        if end_entry > first_entry:
            t = end_entry - U(1)
            while parent[t] >= 0:
                t -= U(1)
            budget += U(8) * (U(name_start[t]) - U(name_start[first_entry]) + U(max(v_length[t], 0)))
        tt = first_entry
        while tt < end_entry:
            t = tt
            tt += U(1)
            if json and not whole and o - o0 > budget:
                whole = True
                o = o0
                count = 0
                tt = first_entry
                continue
            up = parent[t]
            if whole and up >= 0:
                continue
            if up >= 0 and (consumed[U(up)] != 0 or a[U(v_start[U(up)])] == 91):
                consumed[t] = 1  # inside something that is kept whole
                continue
            if consumed[t] != 0:
                continue
            w = written[t]
            vl = U(v_length[t])
            if w == _NULL:
                continue
            p = U(v_start[t])
            if w == _NESTED and a[p] == 123 and not whole and tt < end_entry and parent[tt] == np.int32(t):
                continue  # its members come one by one
            need = vl * U(6) + _name_bytes(name_length, parent, t) * U(6) + U(64)
            if o + need > cap:
                full = True
                break
            a[o] = 123 if count == 0 else 44
            a[o + U(1)] = 34
            o += U(2)
            depth = 0
            k = t
            while depth < 80:
                chain[depth] = np.int64(k)
                depth += 1
                if parent[k] < 0:
                    break
                k = U(parent[k])
            while depth > 0:
                depth -= 1
                k = U(chain[depth])
                if json:
                    copy(a, o, a, U(name_start[k]), U(name_length[k]))
                    o += U(name_length[k])
                else:
                    o = escape(a, o, a, U(name_start[k]), U(name_length[k]))
                if depth > 0:
                    a[o] = 46
                    o += U(1)
            a[o] = 34
            a[o + U(1)] = 58
            o += U(2)
            if w == _NUMBER or w == _BOOL or w == _NESTED:
                copy(a, o, a, p, vl)
                o += vl
            else:
                a[o] = 34
                o += U(1)
                if w == _JSON_ESCAPED:
                    copy(a, o, a, p, vl)
                    o += vl
                else:
                    o = escape(a, o, a, p, vl)
                a[o] = 34
                o += U(1)
            count += 1
        if full:
            return j, np.int64(o0)
        if count == 0:
            start[i] = 0
            length[i] = -1
        else:
            a[o] = 125
            o += U(1)
            start[i] = np.int32(o0)
            length[i] = np.int32(o - o0)
    return n, np.int64(o)


@kernel
def pick(begin, key, v_start, v_length, written, select, local, start, length):  # type: ignore[no-untyped-def]
    """The first value of each wanted key: start, length int32[k, n] for the keys whose `local` number is 0..k-1."""
    for j in range(len(select)):
        i = U(j)
        r = U(select[i])
        for t in range(U(begin[r]), U(begin[r + U(1)])):
            t = U(t)
            k = key[t]
            if k < 0 or written[t] == _NULL:
                continue
            m = local[U(k)]
            if m < 0:
                continue
            c = U(m)
            if length[c, i] < 0 and not (written[t] == _NESTED):
                start[c, i] = v_start[t]
                length[c, i] = v_length[t]


@part
def _is_integer(a, p, n):  # type: ignore[no-untyped-def]
    """Whether a[p..p+n) is an integer as JSON writes it (one that fits 64 bits)."""
    if n > U(1) and a[p] == 45:
        p += U(1)
        n -= U(1)
    if n == U(0) or n > U(18) or (n > U(1) and a[p] == 48):
        return False
    for k in range(n):
        c = a[p + U(k)]
        if c < 48 or c > 57:
            return False
    return True


@kernel
def join_more(  # type: ignore[no-untyped-def]
    a,
    at,
    first_start,
    first_length,
    group_end,
    numeric,
    entry_start,
    entry_length,
    entry_raw,
    out_start,
    out_length,
):
    """Write arrays of several values: for group g the first value, then entries up to group_end[g]; give the new end.

    numeric uint8[G]: the array is one of numbers, so what is an integer stands unquoted. entry_raw uint8: the entry is
    JSON already (a number of an array of numbers; an array, whose inside is not taken apart).
    """
    o = U(at)
    t = 0
    for g in range(len(group_end)):
        o0 = o
        a[o] = 91
        o += U(1)
        if numeric[g] != 0 and _is_integer(a, U(first_start[g]), U(first_length[g])):
            copy(a, o, a, U(first_start[g]), U(first_length[g]))
            o += U(first_length[g])
        else:
            a[o] = 34
            o = escape(a, o + U(1), a, U(first_start[g]), U(first_length[g]))
            a[o] = 34
            o += U(1)
        while t < group_end[g]:
            a[o] = 44
            o += U(1)
            if entry_raw[t] or (numeric[g] != 0 and _is_integer(a, U(entry_start[t]), U(entry_length[t]))):
                copy(a, o, a, U(entry_start[t]), U(entry_length[t]))
                o += U(entry_length[t])
            else:
                a[o] = 34
                o = escape(a, o + U(1), a, U(entry_start[t]), U(entry_length[t]))
                a[o] = 34
                o += U(1)
            t += 1
        a[o] = 93
        o += U(1)
        out_start[g] = np.int32(o0)
        out_length[g] = np.int32(o - o0)
    return np.int64(o)
