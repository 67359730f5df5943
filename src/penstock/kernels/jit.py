"""How kernels are compiled: without the interpreter's lock, and without counting references.

Numba counts references of every array a function is given; where it cannot prove a pair of counts needless it leaves
an atomic increment in the loop (measured: CEF 0.30 GB/s with, 0.88 without; CSV 0.34 and 0.85). `_nrt=False` leaves
the counting out altogether. The price: such a function cannot make arrays, so scratch space is an argument. The
caller in Python holds the arguments, so nothing can go away meanwhile.
"""

from __future__ import annotations

from numba import njit

kernel = njit(cache=True, nogil=True, _nrt=False)  # type: ignore[call-overload]  # Numba's stubs lack it
"""Decorates an entry point: called from Python, kept on disk once compiled."""

part = njit(_nrt=False)  # type: ignore[call-overload]  # as above
"""Decorates what kernels are made of: called by kernels only, compiled into them."""

inlined = njit(_nrt=False, forceinline=True)  # type: ignore[call-overload]  # as above
"""Decorates a part that is called for every row with many arrays. An array is seven words, and what the compiler does
not choose to inline gets them all by way of memory (measured: a row of a sliding window 410 ns so, 230 inlined)."""
