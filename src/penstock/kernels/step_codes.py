"""Operations of a program of steps: what `content.step_programs` writes and `kernels.step_program` carries out."""

from __future__ import annotations

(
    END,
    OUTSIDE,
    NEEDS,
    ROWS,
    ROWS_LESS,
    ROWS_MORE,
    ROWS_ANY,
    EXISTS,
    AMONG,
    TEXT,
    NEVER,
    SET,
    COPY,
    LOOKUP,
    SWAP,
    CASE,
    JOIN,
    PATH,
    ACCOUNT,
    HASHES,
    URL,
) = range(21)
"""Operations. What each takes stands where it is carried out; `content.step_programs` writes them."""

WIDTH = 10
"""int32 of one operation: its code, up to eight arguments, and where to go on when no row is left."""
