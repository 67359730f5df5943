"""Which phrases stand in a text: all of all rules in one pass, however they are written.

A text is read as words in small letters: `Auth-Failure`, `auth_failure`, `authFailure` and `auth: "failure"` are all
`auth failure`. A phrase is found where its words stand in a row, whole (a last `*` takes any end). The automaton is
that of A. V. Aho and M. J. Corasick, "Efficient string matching" (CACM 18, 1975), its failure links worked into a dense
table; so a text takes time linear in its length, whatever it holds and however many phrases there are.
"""

from __future__ import annotations

import numpy as np

from penstock.kernels.jit import kernel, part
from penstock.kernels.words import U

BETWEEN, OTHER = 0, 37
"""Symbols: what is between words; 1 to 26 letters, 27 to 36 digits; bytes of characters beyond ASCII."""
SYMBOLS = 38
FOUND = 1 << 30
"""Flag of a state in which phrases end."""
LONGEST = 8192
"""Bytes of a text that are looked at."""

SYMBOL_OF = np.zeros(256, np.uint8)
"""Symbol of each byte."""
SYMBOL_OF[ord("a") : ord("z") + 1] = np.arange(1, 27)
SYMBOL_OF[ord("A") : ord("Z") + 1] = np.arange(1, 27)
SYMBOL_OF[ord("0") : ord("9") + 1] = np.arange(27, 37)
SYMBOL_OF[128:] = OTHER
_SYMBOL_OF = SYMBOL_OF


@part
def _is_upper(c):  # type: ignore[no-untyped-def]
    return 65 <= c <= 90


@part
def _note(state, out_begin, out_set, set_in, column_bit, stamp, seen, hits, n):  # type: ignore[no-untyped-def]
    """Note the sets whose phrases end here, each once; give how many there are now."""
    s = U(state & np.int32(FOUND - 1)) // U(SYMBOLS)
    for k in range(out_begin[s], out_begin[s + U(1)]):
        g = U(out_set[U(k)])
        if (set_in[g] & column_bit) != 0 and seen[g] != stamp:
            seen[g] = stamp
            hits[U(n)] = np.int32(g)
            n += 1
    return n


@part
def _breaks(a, p, e):  # type: ignore[no-untyped-def]
    """Whether a word begins at the letter a[p] though one stands before it: `loginFailed`, `MFAFailed`."""
    if not _is_upper(a[p]):
        return False
    before = a[p - U(1)]
    if 97 <= before <= 122:
        return True
    return _is_upper(before) and p + U(1) < e and 97 <= a[p + U(1)] <= 122


@part
def _scan(a, p, e, table, out_begin, out_set, set_in, column_bit, stamp, seen, hits, n):  # type: ignore[no-untyped-def]
    """Read a[p..e) as words; note what is found. Gives how many sets there are now.

    Every phrase begins between words. So in state 0, where no phrase has begun, the rest of the word is stepped over.
    """
    low = np.int32(FOUND - 1)
    state = table[U(BETWEEN)]
    between = True
    while p < e:
        k = U(_SYMBOL_OF[a[p]])
        if state == 0:
            while p < e and k != U(BETWEEN) and not _breaks(a, p, e):
                p += U(1)
                k = U(_SYMBOL_OF[a[p]])
            if p >= e:
                return n
        if k == U(BETWEEN):
            if between:
                p += U(1)
                continue
            between = True
        elif not between and _breaks(a, p, e):
            between = True
            k = U(BETWEEN)
            p -= U(1)  # what begins here is read next
        else:
            between = False
        p += U(1)
        state = table[U(state & low) + k]
        if state & np.int32(FOUND):
            n = _note(state, out_begin, out_set, set_in, column_bit, stamp, seen, hits, n)
    if not between:
        state = table[U(state & low) + U(BETWEEN)]
        if state & np.int32(FOUND):
            n = _note(state, out_begin, out_set, set_in, column_bit, stamp, seen, hits, n)
    return n


@part
def _holds(r, stamp, seen, need_begin, need, veto_begin, veto):  # type: ignore[no-untyped-def]
    """Whether every set of a rule was seen and none of those that speak against it."""
    for x in range(need_begin[r], need_begin[r + U(1)]):
        if seen[U(need[U(x)])] != stamp:
            return False
    for x in range(veto_begin[r], veto_begin[r + U(1)]):
        if seen[U(veto[U(x)])] == stamp:
            return False
    return True


@kernel
def find_phrases(  # type: ignore[no-untyped-def]
    a,
    start,
    length,
    table,
    out_begin,
    out_set,
    set_in,
    by_begin,
    by_rule,
    need_begin,
    need,
    veto_begin,
    veto,
    bit,
    allowed,
    kind,
    first,
    bits,
    seen,
    hits,
):
    """Judge rows by the phrases in their texts.

    start, length int32[C, n]  the texts, column by column
    table int32[S * 38]        state (its number times 38, and `FOUND`) after a symbol
    out_begin, out_set         per state the sets of phrases that end there
    set_in int64[G]            bits of the columns in which a set counts
    by_begin, by_rule          per set the rules whose first set it is
    need, veto (with *_begin)  per rule the sets that must and must not be seen
    bit int64[R]               which bit of `bits` a rule sets, -1 none
    allowed uint8[D, R], kind int32[n]  which rules the rows of a kind may take
    first int32[n]             out: the first rule that holds, -1 none
    bits uint64[n]             out: the bits of all that hold
    seen, hits int32[G]        scratch
    """
    columns = len(start)
    rules = np.int32(len(bit))
    seen[:] = -1
    for j in range(len(kind)):
        i = U(j)
        d = U(kind[i])
        n = 0
        for c in range(columns):
            m = length[U(c), i]
            if m > 0:
                p = U(start[U(c), i])
                e = p + U(min(m, LONGEST))
                n = _scan(a, p, e, table, out_begin, out_set, set_in, np.int64(1) << np.int64(c), j, seen, hits, n)
        best = rules
        found = U(0)
        for h in range(n):
            g = U(hits[U(h)])
            for x in range(by_begin[g], by_begin[g + U(1)]):
                r = U(by_rule[U(x)])
                if allowed[d, r] != 0 and _holds(r, j, seen, need_begin, need, veto_begin, veto):
                    if np.int32(r) < best:
                        best = np.int32(r)
                    if bit[r] >= 0:
                        found |= U(1) << U(bit[r])
        first[i] = best if best < rules else np.int32(-1)
        bits[i] = found
