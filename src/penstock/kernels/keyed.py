"""Fill the table that `literals` looks its keys up in."""

from __future__ import annotations

from penstock.kernels.jit import kernel
from penstock.kernels.verify import slot_of
from penstock.kernels.words import U


@kernel
def fill_slots(words, salts, begins, slot_word, slot_salt, slot_list):  # type: ignore[no-untyped-def]
    """Put keys (words uint64[n], salts int32[n]; no two alike) and where their lists begin (int32[n], 1 or more) into
    slots (a power of two, at least twice as many; all zero).
    """
    mask = U(len(slot_word)) - U(1)
    for k in range(len(words)):
        i = slot_of(words[U(k)], U(salts[U(k)]), mask)
        while slot_list[i] != 0:
            i = (i + U(1)) & mask
        slot_word[i] = words[U(k)]
        slot_salt[i] = salts[U(k)]
        slot_list[i] = begins[U(k)]
