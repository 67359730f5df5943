"""Fill the table that `literals` looks its keys up in, and the filter before it."""

from __future__ import annotations

from penstock.kernels.jit import kernel
from penstock.kernels.verify import filter_bits, key_hash, slot_of
from penstock.kernels.words import U


@kernel
def fill_slots(words, salts, begins, slots, sieve):  # type: ignore[no-untyped-def]
    """Put keys (words uint64[n], salts int32[n]; no two alike) and where their lists begin (int32[n], 1 or more) into
    a table, all zero: slots uint64[2 * k], k a power of two and at least 2 n, of each slot the word and behind it the
    salt (upper half) and the list; sieve uint64[a power of two]: two bits a key.
    """
    mask = U(len(slots) >> 1) - U(1)
    for k in range(len(words)):
        salt = U(salts[U(k)]) & U(0xFFFFFFFF)
        h = key_hash(words[U(k)], salt)
        i = slot_of(h, mask)
        while slots[U(2) * i + U(1)] != U(0):
            i = (i + U(1)) & mask
        slots[U(2) * i] = words[U(k)]
        slots[U(2) * i + U(1)] = (salt << U(32)) | U(begins[U(k)])
        at, bits = filter_bits(h, U(len(sieve)) - U(1))
        sieve[at] |= bits
