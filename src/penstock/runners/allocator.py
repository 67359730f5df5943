"""Keep memory that was freed: a batch's arrays are as large as those of the batch before.

glibc gives large blocks back to the system at once and asks for them again, zeroed page by page (measured: CloudTrail
1.2 s of 5 s in the kernel, 0.2 s with this; the peak is no higher). Blocks over 32 MiB, a matrix of ASA's 403 columns
among them, can only be kept when none is mapped at all. Elsewhere there is nothing to set.
"""

from __future__ import annotations

import ctypes

M_TRIM_THRESHOLD, M_TOP_PAD, M_MMAP_MAX = -1, -2, -4  # malloc.h


def keep_freed_memory() -> bool:
    """Set the C library's allocator so; True when it could be set. Call it once, before large arrays are made."""
    try:
        set_option = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError):
        return False
    wanted = ((M_MMAP_MAX, 0), (M_TRIM_THRESHOLD, 256 << 20), (M_TOP_PAD, 64 << 20))
    taken = [set_option(option, size) for option, size in wanted]  # each is tried, whatever became of the others
    return all(taken)
