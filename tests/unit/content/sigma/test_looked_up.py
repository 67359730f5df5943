"""Keys and grams beside slow ones that go through them one by one."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from penstock.content.sigma.grams import _COMMON, LONG, _rarest
from penstock.content.sigma.looked_up import Keys

ENTRIES = st.lists(
    st.tuples(st.sampled_from([0, 1, 7, (1 << 64) - 1]), st.integers(-3, 3), st.integers(0, 9), st.integers(0, 40)),
    max_size=40,
)


@given(ENTRIES, st.integers(0, 40))
def test_lists_are_in_order_of_first_occurrence(entries, cut):
    """Whatever is added in how many parts: a key's list has its pairs in order, and the slots lead to each list."""
    keys = Keys()
    for part in (entries[:cut], entries[cut:]):
        rest = np.array([e[1:] for e in part], np.int64).reshape(-1, 3)
        keys.add(np.array([e[0] for e in part], np.uint64), rest[:, 0], rest[:, 1], rest[:, 2])
    keyed, _, lists = keys.table()
    wanted: dict[tuple[int, int], list[int]] = {}
    for word, salt, literal, offset in entries:
        wanted.setdefault((word, salt), []).extend((literal, offset))
    flat, begins = [0], {}
    for key, pairs in wanted.items():
        begins[key] = len(flat)
        flat += [*pairs, -1]
    assert lists.tolist() == flat
    slots = [(word, rest) for word, rest in keyed.reshape(-1, 2).tolist() if rest]
    assert {(word, rest >> 32): rest & 0xFFFFFFFF for word, rest in slots} == {
        (word, salt & 0xFFFFFFFF): at for (word, salt), at in begins.items()
    }


@given(st.lists(st.binary(min_size=1, max_size=20), min_size=1, max_size=8), st.integers(1, 8), st.booleans())
def test_the_rarest_row_of_grams_is_chosen(texts, step, long):
    """The first of the rows of grams that begin rarest together; of a short text all grams."""
    sizes = [LONG if long and len(t) >= LONG + step - 1 else min(4, len(t)) for t in texts]
    whole = b"".join(texts) + bytes(8)
    grams = [whole[i : i + 4] for i in range(len(whole) - 8)]
    cost = []
    for i, gram in enumerate(grams):
        of_one = np.log2(float(grams.count(gram)))
        for k in range(4):
            of_one = of_one + _COMMON[whole[i + k]]
        cost.append(of_one)
    run = np.concatenate([[0.0], np.cumsum(cost)])
    wanted = []
    begin = 0
    for number, text in enumerate(texts):
        size = sizes[number]
        many = min(step, len(text) - size + 1)
        sums = [run[begin + i + many] - run[begin + i] for i in range(len(text) - size - many + 2)]
        best = sums.index(min(sums))
        wanted += [(int.from_bytes(text[i : i + size], "little"), size, number, i) for i in range(best, best + many)]
        begin += len(text)
    found = zip(*(part.tolist() for part in _rarest(texts, np.array(sizes), step)), strict=True)
    assert list(found) == wanted
