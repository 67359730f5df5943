"""What can go wrong, by who has to act.

A wrong row is not an exception but a reject (`Category`). Wrong content is refused at load, all problems at once
(`ContentError`). A wrong outside is retried by whoever talks to it (`OutsideError`). Anything else is a `Bug`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Category(StrEnum):
    """The closed list of `error.category`."""

    ENCODING_ERROR = "ENCODING_ERROR"
    UNKNOWN_FORMAT = "UNKNOWN_FORMAT"
    PARSE_ERROR = "PARSE_ERROR"
    VENDOR_FORMAT_DRIFT = "VENDOR_FORMAT_DRIFT"
    SCHEMA_VIOLATION = "SCHEMA_VIOLATION"
    TYPE_MISMATCH = "TYPE_MISMATCH"
    OVERSIZE = "OVERSIZE"
    TIMEOUT = "TIMEOUT"
    TRANSIENT_NETWORK = "TRANSIENT_NETWORK"
    RATE_LIMITED = "RATE_LIMITED"
    AUTH_FAILED = "AUTH_FAILED"
    CONFIG_ERROR = "CONFIG_ERROR"
    SINK_ERROR = "SINK_ERROR"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in content or configuration: where, what, and what to do about it."""

    file: str
    line: int
    message: str
    hint: str = ""

    def __str__(self) -> str:
        """`file:line: message (hint)`."""
        return f"{self.file}:{self.line}: {self.message}" + (f" ({self.hint})" if self.hint else "")


class PenstockError(Exception):
    """Root of what Penstock raises on purpose."""


class ContentError(PenstockError):
    """Packs, rules or configuration that cannot be used. Carries every problem found."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


class UsageError(PenstockError):
    """The command was asked for something that cannot be (exit code 2)."""


class OutsideError(PenstockError):
    """An outside system failed: disk, network, broker (exit code 3 when retries are over)."""


class Bug(PenstockError):  # noqa: N818  a bug is what it is called
    """An assumption of ours was wrong. No ack; stop loudly; resume from the cursor."""
