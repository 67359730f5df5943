"""Dissect programs: line patterns as a few instructions, run over a whole batch by one loop.

A program is a parsing expression without repetition (Ford, "Parsing Expression Grammars", POPL 2004): literals,
captures up to a literal, runs of a byte class, ordered choice. A choice that has matched is never taken again, so
the time is linear in the line, whatever the line. Programs of all packs lie in one code array; which of them a record
is offered is decided by hash, never by trying all.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from penstock.kernels.jit import inlined, kernel, part
from penstock.kernels.vectors import equal_marks, lowest_bit
from penstock.kernels.words import U, eq_byte, first_byte, hash_slice, load8

END, LITERAL, UNTIL, LAST, CLASS, REST, CHOICE, COMMIT, QUOTED, FAIL, AGAIN = range(11)
"""Instructions, each four int32: op, x, y, key. `key` -1 captures nothing.

END                       the record must end here (trailing white space allowed)
LITERAL  x=offset y=length     these bytes
UNTIL    x=offset y=length     capture what stands before the first such literal, and step over the literal
LAST     x=offset y=length     the same, before the last such literal
CLASS    x=class  y=min*65536+max  capture a run of bytes of a class
REST                      capture all that is left (trailing white space left out)
CHOICE   x=pc             go on; when that fails, come back to this place and go on at pc
COMMIT   x=pc             the choice is taken: forget the way back, go on at pc
AGAIN                     capture the slice captured last once more, under another key
QUOTED                    capture up to the closing double quote (backslash escapes), step over it
"""

ALLOW_EMPTY = 1 << 30
LEAVE = 1 << 29
"""Flags in y of UNTIL and LAST: the capture may be empty; the literal is not stepped over."""
ALWAYS = 1 << 28
"""Flag in y of REST: an empty rest is an entry too (a head's rest, which the kernel takes off the tape again)."""
MAX_BACK = 16
"""How deep choices may nest."""
MAX_CAPTURES = 120
"""Captures of one program; a record's head and program together have room for twice as many."""
MOST = 0xFFFF
"""The longest run of a class: as long as it is."""
_PLAIN, _BACKSLASH = 0, 6


@part
def _same(a, p, lit, o, n):  # type: ignore[no-untyped-def]
    """a[p..p+n) equals lit[o..o+n); both are readable 8 bytes past their ends."""
    k = U(0)
    while k + U(8) <= n:
        if load8(a, p + k) != load8(lit, o + k):
            return False
        k += U(8)
    left = n - k
    if left == U(0):
        return True
    mask = (U(1) << (left << U(3))) - U(1)
    return ((load8(a, p + k) ^ load8(lit, o + k)) & mask) == U(0)


@njit(inline="always")
def _begins(a, p, lit, o, n):  # type: ignore[no-untyped-def]
    """The first bytes (eight at most) of a[p..p+n) and lit[o..o+n) are equal."""
    x = load8(a, p) ^ load8(lit, o)
    if n < U(8):
        x &= (U(1) << (n << U(3))) - U(1)
    return x == U(0)


@part
def _seek(a, p, e, lit, o, n):  # type: ignore[no-untyped-def]
    """First place in a[p..e) where lit[o..o+n) stands whole, or e + 1."""
    first = lit[o]
    last = lit[o + n - U(1)]
    while p + n <= e:
        m = equal_marks(a, p, first)
        if n > U(1):
            m &= equal_marks(a, p + n - U(1), last)
        while m != U(0):
            q = p + lowest_bit(m)
            m &= m - U(1)
            if q + n > e:
                return e + U(1)
            if n <= U(2) or _same(a, q, lit, o, n):
                return q
        p += U(32)
    return e + U(1)


@inlined
def run_program(a, p, e, code, pc, lit, classes, key, v_start, v_length, written, t, back):  # type: ignore[no-untyped-def]
    """Run the program at `pc` over a[p..e). Give the new tape end, or -1 when it does not match.

    The tape arrays must have room for every capture of the program. `back` is int64[3 * MAX_BACK].
    """
    depth = 0
    caught = False  # the last capturing instruction made an entry
    while True:
        i = U(pc) << U(2)
        op = code[i]
        x = code[i + U(1)]
        y = code[i + U(2)]
        k = code[i + U(3)]
        ok = True
        if op == LITERAL:
            n = U(y)
            if p + n <= e and _same(a, p, lit, U(x), n):
                p += n
                pc += 1
            else:
                ok = False
        elif op == UNTIL or op == LAST:
            n = U(y & 0xFFFF)
            q = _seek(a, p, e, lit, U(x), n)
            if q > e:
                ok = False
            else:
                if op == LAST:
                    later = _seek(a, q + U(1), e, lit, U(x), n)
                    while later <= e:
                        q = later
                        later = _seek(a, q + U(1), e, lit, U(x), n)
                if q == p and (y & ALLOW_EMPTY) == 0:
                    ok = False
                else:
                    caught = k >= 0 and q > p
                    if caught:
                        key[t] = k
                        v_start[t] = np.int32(p)
                        v_length[t] = np.int32(q - p)
                        written[t] = _PLAIN
                        t += U(1)
                    p = q if (y & LEAVE) != 0 else q + n
                    pc += 1
        elif op == CLASS:
            q = p
            base = U(x) << U(8)
            while q < e and classes[base + U(a[q])] != 0:
                q += U(1)
            n = q - p
            least = U((y >> 16) & 0x3FFF)
            most = U(y & 0xFFFF)
            if n > most and most != U(MOST):
                q = p + most
                while q > p and (a[q] & 0xC0) == 0x80:  # never within a character
                    q -= U(1)
                n = q - p
            if n < least:
                ok = False
            else:
                caught = k >= 0 and n > U(0)
                if caught:
                    key[t] = k
                    v_start[t] = np.int32(p)
                    v_length[t] = np.int32(n)
                    written[t] = _PLAIN
                    t += U(1)
                p = q
                pc += 1
        elif op == REST:
            q = e
            while q > p and (a[q - U(1)] == 32 or a[q - U(1)] == 9 or a[q - U(1)] == 13):
                q -= U(1)
            if q == p and (y & ALLOW_EMPTY) == 0:
                ok = False
            else:
                caught = k >= 0 and (q > p or (y & ALWAYS) != 0)
                if caught:
                    key[t] = k
                    v_start[t] = np.int32(p)
                    v_length[t] = np.int32(q - p)
                    written[t] = _PLAIN
                    t += U(1)
                p = e
                pc += 1
        elif op == CHOICE:
            if depth >= MAX_BACK:
                return np.int64(-1)
            d = U(3 * depth)
            back[d] = np.int64(x)
            back[d + U(1)] = np.int64(p)
            back[d + U(2)] = np.int64(t)
            depth += 1
            pc += 1
        elif op == COMMIT:
            depth -= 1
            pc = x
        elif op == QUOTED:
            q = p
            escaped = False
            closed = False
            while q < e:
                v = load8(a, q)
                m = eq_byte(v, 34) | eq_byte(v, 92)
                # both masks are exact at their lowest byte, so their union is exact at its lowest
                if m == U(0):
                    q += U(8)
                    continue
                q += first_byte(m)
                if q >= e:
                    break
                if a[q] == 34:
                    closed = True
                    break
                escaped = True
                q += U(2)
            if not closed:
                ok = False
            else:
                caught = k >= 0 and q > p
                if caught:
                    key[t] = k
                    v_start[t] = np.int32(p)
                    v_length[t] = np.int32(q - p)
                    written[t] = _BACKSLASH if escaped else _PLAIN
                    t += U(1)
                p = q + U(1)
                pc += 1
        elif op == AGAIN:
            if caught:  # else what came just before was empty: nothing to capture again
                before = t - U(1)
                key[t] = k
                v_start[t] = v_start[before]
                v_length[t] = v_length[before]
                written[t] = written[before]
                t += U(1)
            pc += 1
        elif op == END:
            while p < e and (a[p] == 32 or a[p] == 9 or a[p] == 13):
                p += U(1)
            if p >= e:
                return np.int64(t)
            ok = False
        else:
            ok = False
        if not ok:
            if depth == 0:
                return np.int64(-1)
            depth -= 1
            d = U(3 * depth)
            pc = back[d]
            p = U(back[d + U(1)])
            t = U(back[d + U(2)])


@inlined
def _bucket(slot_hash, slot_value, h):  # type: ignore[no-untyped-def]
    mask = U(len(slot_hash)) - U(1)
    i = h & mask
    while slot_hash[i] != h and slot_hash[i] != U(0):
        i = (i + U(1)) & mask
    return slot_value[i] if slot_hash[i] == h else np.int32(-1)


@kernel
def match_patterns(  # type: ignore[no-untyped-def]
    a,
    start,
    length,
    group,
    g_begin,
    group_sets,
    set_head,
    set_key,
    set_prefix,
    set_default,
    b_hash,
    b_value,
    list_begin,
    list_program,
    program_pc,
    program_family,
    code,
    lit,
    classes,
    firsts,
    first,
    begin,
    key,
    v_start,
    v_length,
    written,
    name_start,
    name_length,
    parent,
    family,
    chosen,
    back,
):
    """Offer each record to the pattern sets of its group; the first set and program that matches takes it.

    group int32[m]        the record's list of pattern sets: group_sets[g_begin[g] .. g_begin[g + 1]]; -1 is none
    set_head int32[S]     a program run first; its captures stay, and a capture of key set_key[s] splits the rest:
                          that value's hash picks the list of programs and the record goes on from the head's REST
    set_prefix int32[S]   without a head: how many first bytes pick the list of programs (0: only the default)
    set_default int32[S]  list offered when no bucket is found, -1 none
    b_hash, b_value       hash table: (set, value or first bytes) -> list
    firsts uint8[256 S]   set for the bytes that a match of the set's head (or of its programs) can begin with
    family, chosen int32[m]  out: the program's family and the set, or -1 and the first set offered

    back int64[3 * MAX_BACK]  scratch

    Gives how many records are done; fewer than all when the tape is full.
    """
    cap = U(len(key))
    m = len(start)
    t = U(begin[first])
    for i in range(first, m):
        g = group[i]
        family[i] = -1
        chosen[i] = -1
        if g < 0 or length[i] < 0:
            begin[i + 1] = np.int32(t)
            continue
        if t + U(2 * MAX_CAPTURES) > cap:
            begin[i] = np.int32(t)
            return i
        t0 = t
        p0 = U(start[i])
        e = p0 + U(length[i])
        done = False
        for j in range(g_begin[g], g_begin[g + 1]):
            s = U(group_sets[U(j)])
            if chosen[i] < 0:
                chosen[i] = np.int32(s)
            if p0 < e and firsts[(U(s) << U(8)) + U(a[p0])] == 0:
                continue
            p = p0
            t = t0
            which = np.int32(-1)
            salt = (U(s) + U(1)) * U(0x9E3779B97F4A7C15)
            if set_head[s] >= 0:
                r = run_program(
                    a, p, e, code, np.int64(set_head[s]), lit, classes, key, v_start, v_length, written, t, back
                )
                if r < 0:
                    continue
                t = U(r)
                # the head's last capture is its REST: taken off the tape, it is what the programs get
                t -= U(1)
                p = U(v_start[t])
                wanted = set_key[s]
                c = t
                while c > t0:
                    c -= U(1)
                    if key[c] == wanted:
                        h = hash_slice(a, U(v_start[c]), U(v_length[c])) ^ salt
                        which = _bucket(b_hash, b_value, h)
                        break
            elif set_prefix[s] > 0:
                n = U(set_prefix[s])
                if p + n <= e:
                    which = _bucket(b_hash, b_value, hash_slice(a, p, n) ^ salt)
            if which < 0:
                which = set_default[s]
            if which < 0:
                continue
            t1 = t
            for q in range(list_begin[which], list_begin[which + 1]):
                prog = U(list_program[U(q)])
                pc = program_pc[prog]
                # most programs fail at their first literal: looked at here, a call to hear so costs more than the look
                i4 = U(pc) << U(2)
                if code[i4] == LITERAL:
                    n = U(code[i4 + U(2)])
                    if p + n > e or not _begins(a, p, lit, U(code[i4 + U(1)]), n):
                        continue
                r = run_program(a, p, e, code, np.int64(pc), lit, classes, key, v_start, v_length, written, t1, back)
                if r >= 0:
                    t = U(r)
                    family[i] = program_family[prog]
                    chosen[i] = np.int32(s)
                    done = True
                    break
            if done:
                break
        if not done:
            t = t0
        for k in range(t0, t):
            name_start[U(k)] = 0
            name_length[U(k)] = 0
            parent[U(k)] = -1
        begin[i + 1] = np.int32(t)
    return m
