"""Take event XML apart: one element a record, each leaf and attribute within it an entry under its path.

A path begins with `Event` for Windows events; another root, whatever its name, does not count: `<log><user>` is
`user`. Only what event XML is made of: elements, attributes, text, CDATA, comments and a declaration before the root; a
document type is refused, so nothing expands. Names lose their prefix, namespace declarations are left out. A
`<Data Name="X">` (or `ComplexData`) is an element called X. An element that has children gives no entry of its own
but for text that is not blank; one that has attributes but no text gives only those.
"""

from __future__ import annotations

import numpy as np

from penstock.kernels.entries import FULL, PLAIN, XML_ESCAPED, fault, settle
from penstock.kernels.jit import kernel, part
from penstock.kernels.keys import child_hash, find, root_hash
from penstock.kernels.seek import is_blank, seek, seek2, skip, trim
from penstock.kernels.unescape import section_end
from penstock.kernels.words import U, load8

NOT_EVENT = 1
BROKEN = 2
WRONG_END = 3
TOO_DEEP = 4
DOCTYPE = 5
TRAILING = 6

MOST_DEEP = 32
STACK = 8
"""Rows of the scratch: path hash, tag (start, length), label (start, length), has attributes, has children."""

_HASH, _TAG, _TAG_SIZE, _LABEL, _LABEL_SIZE, _ATTRIBUTES, _CHILDREN = range(7)
_LT, _GT, _AMP, _COLON, _EQUALS = U(0x3C), U(0x3E), U(0x26), U(0x3A), U(0x3D)
_ATTRIBUTE, _OPEN, _EMPTY, _WRONG = U(0), U(1), U(2), U(3)


@part
def _word(a, p, n):  # type: ignore[no-untyped-def]
    """The first eight bytes of a[p..p+n) as one word, zeros after its end."""
    return load8(a, p) & ((U(1) << (n << U(3))) - U(1)) if n < U(8) else load8(a, p)


@part
def _same(a, p, q, n):  # type: ignore[no-untyped-def]
    """Whether the n bytes at p and at q are the same."""
    k = U(0)
    same = True
    while k < n and same:
        same = _word(a, p + k, n - k) == _word(a, q + k, n - k)
        k += U(8)
    return same


@part
def _name_end(a, p, end):  # type: ignore[no-untyped-def]
    """Where the name at p ends: at a blank, `/`, `>`, `=` or the end."""
    while p < end and not (is_blank(a[p]) or a[p] == 0x2F or a[p] == 0x3E or a[p] == 0x3D):
        p += U(1)
    return p


@part
def _local(a, p, end):  # type: ignore[no-untyped-def]
    """Where a name's part after its prefix begins."""
    q = seek(a, p, end, _COLON)
    return q + U(1) if q < end else p


@part
def _attribute(a, p, end):  # type: ignore[no-untyped-def]
    """What stands at p in a tag: its kind; an attribute's name (begin, end), value (begin, end); what follows."""
    p = skip(a, p, end)
    if p >= end:
        return _WRONG, p, p, p, p, p
    if U(a[p]) == _GT:
        return _OPEN, p, p, p, p, p + U(1)
    if a[p] == 0x2F:
        kind = _EMPTY if p + U(1) < end and U(a[p + U(1)]) == _GT else _WRONG
        return kind, p, p, p, p, p + U(2)
    name_end = _name_end(a, p, end)
    q = skip(a, name_end, end)
    if name_end == p or q >= end or U(a[q]) != _EQUALS:
        return _WRONG, p, p, p, p, p
    q = skip(a, q + U(1), end)
    if q >= end or (a[q] != 0x22 and a[q] != 0x27):
        return _WRONG, p, p, p, p, p
    close = seek(a, q + U(1), end, U(a[q]))
    if close >= end:
        return _WRONG, p, p, p, p, p
    return _ATTRIBUTE, p, name_end, q + U(1), close, close + U(1)


@part
def _is_named(a, p, n):  # type: ignore[no-untyped-def]
    """Whether the element called a[p..p+n) may take its name from its attribute Name."""
    if n == U(4):
        return _word(a, p, n) == U(0x61746144)  # Data
    return n == U(11) and load8(a, p) == U(0x4478656C706D6F43) and _word(a, p + U(8), U(3)) == U(0x617461)


@part
def _is_name(a, p, n):  # type: ignore[no-untyped-def]
    return n == U(4) and _word(a, p, n) == U(0x656D614E)


@part
def _is_declaration(a, p, n):  # type: ignore[no-untyped-def]
    """Whether an attribute is `xmlns` or `xmlns:…`."""
    return (n == U(5) or (n > U(5) and U(a[p + U(5)]) == _COLON)) and _word(a, p, U(5)) == U(0x736E6C6D78)


@part
def _path_hash(h, a, p, n):  # type: ignore[no-untyped-def]
    """Hash of the path of hash h and one more part; h is 0 below a root that does not count."""
    return child_hash(h, a, p, n) if h != U(0) else root_hash(a, p, n)


@part
def _put(out, t, key, value, value_end, how, name, size):  # type: ignore[no-untyped-def]
    out[0][t] = key
    out[1][t] = np.int32(value)
    out[2][t] = np.int32(value_end - value)
    out[3][t] = how
    out[4][t] = np.int32(name)
    out[5][t] = np.int32(size)


@part
def _tag(a, p, end, depth, slot_hash, slot_id, stack, out, t):  # type: ignore[no-untyped-def]
    """Open the element whose `<` is at p as stack[depth]: its kind (`_OPEN`, `_EMPTY`, `_WRONG`), what follows, t."""
    room = U(len(out[0]))
    tag = p + U(1)
    tag_end = _name_end(a, tag, end)
    label = _local(a, tag, tag_end)
    size = tag_end - label
    if size == U(0):
        return _WRONG, p, t
    named = False
    if _is_named(a, label, size):
        kind, n, n_end, v, v_end, q = _attribute(a, tag_end, end)
        while kind == _ATTRIBUTE and not named:
            if _is_name(a, n, n_end - n):
                named = True
                label = v
                size = v_end - v
            kind, n, n_end, v, v_end, q = _attribute(a, q, end)
    if depth > U(0):
        h = _path_hash(stack[_HASH, depth - U(1)], a, label, size)
    elif size == U(5) and _word(a, label, size) == U(0x746E657645):  # Event
        h = root_hash(a, label, size)
    else:
        h = U(0)
    stack[_HASH, depth] = h
    stack[_TAG, depth] = tag
    stack[_TAG_SIZE, depth] = tag_end - tag
    stack[_LABEL, depth] = label
    stack[_LABEL_SIZE, depth] = size
    stack[_ATTRIBUTES, depth] = U(0)
    stack[_CHILDREN, depth] = U(0)
    kind, n, n_end, v, v_end, q = _attribute(a, tag_end, end)
    while kind == _ATTRIBUTE:
        if not _is_declaration(a, n, n_end - n) and not (named and _is_name(a, n, n_end - n)):
            if t >= room:
                return _WRONG, p, FULL
            n = _local(a, n, n_end)
            how = XML_ESCAPED if seek(a, v, v_end, _AMP) < v_end else PLAIN
            key = find(slot_hash, slot_id, _path_hash(h, a, n, n_end - n))
            _put(out, t, key, v, v_end, how, n, n_end - n)
            stack[_ATTRIBUTES, depth] = U(1)
            t += U(1)
        kind, n, n_end, v, v_end, q = _attribute(a, q, end)
    return kind, q, t


@part
def _declaration(a, p, end, depth):  # type: ignore[no-untyped-def]
    """Pass over the comment, CDATA section or declaration at p: where it ends, or a fault."""
    if a[p + U(1)] == 0x3F:  # <?xml … ?>
        if depth > U(0):
            return fault(BROKEN)
        q = seek(a, p + U(3), end, _GT)
        while q < end and a[q - U(1)] != 0x3F:
            q = seek(a, q + U(1), end, _GT)
        return q + U(1) if q < end else fault(BROKEN)
    if p + U(7) <= end and _word(a, p, U(4)) == U(0x2D2D213C):  # <!--
        q = section_end(a, p + U(6), end, U(0x2D))
    elif p + U(12) <= end and load8(a, p) == U(0x41544144435B213C) and a[p + U(8)] == 0x5B:  # <![CDATA[
        q = section_end(a, p + U(11), end, U(0x5D)) if depth > U(0) else end
    elif p + U(3) <= end and a[p + U(2)] == 0x44:  # <!DOCTYPE
        return fault(DOCTYPE)
    else:
        q = end
    return q + U(3) if q < end else fault(BROKEN)


@part
def _record(a, p, end, slot_hash, slot_id, stack, out, t):  # type: ignore[no-untyped-def]
    room = U(len(out[0]))
    depth = U(0)
    closed = False
    if p + U(3) <= end and _word(a, p, U(3)) == U(0xBFBBEF):
        p += U(3)
    text = p
    how = PLAIN
    while True:
        p = seek2(a, p, end, _LT, _AMP)
        if p >= end:
            break
        if U(a[p]) == _AMP:
            how = XML_ESCAPED
            p += U(1)
            continue
        if p + U(1) >= end:
            return fault(BROKEN)
        if depth == U(0) and skip(a, text, p) < p:
            return fault(TRAILING if closed else NOT_EVENT)
        kind = a[p + U(1)]
        if kind == 0x21 or kind == 0x3F:
            q = _declaration(a, p, end, depth)
            if q > end:
                return q
            if depth == U(0) or (a[p + U(2)] == 0x2D and skip(a, text, p) == p):  # a comment alone is no text
                text = q
            p = q
            how = XML_ESCAPED
            continue
        closing = kind == 0x2F
        if depth == U(0):
            if closing or closed:
                return fault(TRAILING if closed else NOT_EVENT)
        else:
            top = depth - U(1)
            leaf = closing and stack[_CHILDREN, top] == U(0)
            first = skip(a, text, p)
            if first < p or (leaf and stack[_ATTRIBUTES, top] == U(0)):
                if t >= room:
                    return FULL
                value = text if leaf else first
                value_end = p if leaf else trim(a, first, p)
                key = find(slot_hash, slot_id, stack[_HASH, top])
                _put(out, t, key, value, value_end, how, stack[_LABEL, top], stack[_LABEL_SIZE, top])
                t += U(1)
            stack[_CHILDREN, top] = U(1)
        if closing:
            q = seek(a, p + U(2), end, _GT)
            if q >= end:
                return fault(BROKEN)
            depth -= U(1)
            size = stack[_TAG_SIZE, depth]
            if trim(a, p + U(2), q) - p - U(2) != size or not _same(a, p + U(2), stack[_TAG, depth], size):
                return fault(WRONG_END)
            p = q + U(1)
        else:
            if depth >= U(MOST_DEEP):
                return fault(TOO_DEEP)
            state, q, t = _tag(a, p, end, depth, slot_hash, slot_id, stack, out, t)
            if t == FULL:
                return FULL
            if state == _WRONG:
                return fault(BROKEN)
            label = stack[_LABEL, depth]
            size = stack[_LABEL_SIZE, depth]
            if state == _OPEN:
                depth += U(1)
            elif stack[_ATTRIBUTES, depth] == U(0):
                if t >= room:
                    return FULL
                _put(out, t, find(slot_hash, slot_id, stack[_HASH, depth]), q, q, PLAIN, label, size)
                t += U(1)
            p = q
        closed = depth == U(0)
        text = p
        how = PLAIN
    if depth > U(0) or not closed:
        return fault(BROKEN if depth > U(0) else NOT_EVENT)
    while text < end and (is_blank(a[text]) or a[text] == 0):
        text += U(1)
    return t if text >= end else fault(TRAILING)


@kernel
def xml(a, start, length, slot_hash, slot_id, stack, out, begin, bad, row):  # type: ignore[no-untyped-def]
    """Tape of the events from `row` on; as `pairs.pairs`. stack uint64[STACK, MOST_DEEP + 1] is scratch."""
    i = U(row)
    t = U(begin[i])
    while i < U(len(start)):
        p = U(start[i])
        r = _record(a, p, p + U(length[i]), slot_hash, slot_id, stack, out, t)
        if r == FULL:
            return np.int64(i)
        t = settle(r, i, t, begin, bad)
        i += U(1)
    return np.int64(i)
