"""With which bytes can a pattern's match begin? Found by walking its program, so that most records never meet it."""

from __future__ import annotations

from penstock.content.pattern_text import CLASSES, Program
from penstock.kernels import patterns as op

LONGEST = 8
"""Bytes that a beginning has at most."""

MOST = 64
"""Beginnings beyond which a pattern counts as one that may begin with anything."""

_NARROW = 16
"""A class of no more bytes than this is followed byte by byte (digits), a wider one is not."""


def beginnings(program: Program) -> frozenset[bytes]:
    """Every match begins with one of these (each at most `LONGEST` bytes; b"" stands for anything)."""
    found: set[bytes] = set()
    seen: set[tuple[int, bytes]] = set()
    waiting = [(0, b"")]
    while waiting:
        state = waiting.pop()
        if state in seen:
            continue
        seen.add(state)
        if len(seen) > 8 * MOST or len(found) > MOST:
            return frozenset((b"",))
        pc, so_far = state
        if len(so_far) >= LONGEST:
            found.add(so_far[:LONGEST])
            continue
        kind, x, y, _ = program.code[pc]
        if kind == op.LITERAL:
            waiting.append((pc + 1, so_far + x))
        elif kind == op.CHOICE:
            waiting += [(pc + 1, so_far), (int(x), so_far)]
        elif kind == op.COMMIT:
            waiting.append((int(x), so_far))
        elif kind == op.CLASS:
            least = int(y) >> 16 & 0x3FFF
            members = [b for b in range(256) if CLASSES[str(x)](b)]
            if least == 0:
                waiting.append((pc + 1, so_far))
            if len(members) > _NARROW or so_far:
                found.add(so_far)
            else:
                found.update(bytes([b]) for b in members)
        elif kind != op.FAIL:
            found.add(so_far)
    return frozenset(found)


def first_bytes(found: frozenset[bytes]) -> bytes:
    """256 flags: 1 for each byte that some beginning has first (all, when anything may stand there)."""
    if b"" in found:
        return b"\x01" * 256
    firsts = {b[0] for b in found}
    return bytes(int(b in firsts) for b in range(256))
