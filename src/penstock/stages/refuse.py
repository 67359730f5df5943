"""Make rejects of rows."""

from __future__ import annotations

from penstock.columns import I32
from penstock.core import Rejects
from penstock.errors import Category


def refuse(rows: I32, stage: str, category: Category, code: str, message: str, dataset: str | None = None) -> Rejects:
    """These records as rejects that all failed for the same reason."""
    n = len(rows)
    return Rejects(rows, (stage,) * n, (category.value,) * n, (code,) * n, (message,) * n, (dataset,) * n)
