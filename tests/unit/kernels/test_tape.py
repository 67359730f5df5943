"""Tapes to columns and to what is left, against dictionaries."""

# ruff: noqa: E501  tables stand as they are

from __future__ import annotations

import json

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.columns import NULL, Tape, Text, Written
from penstock.content.plan import placing
from penstock.formats.json import json_tape
from penstock.formats.keys import KeyTable, hash_part
from penstock.kernels import tape as tapes

KEYS = KeyTable.of([b"a", b"b", (b"o", b"a"), b"o", (b"l", b"[]"), b"l"])

scalars = st.one_of(
    st.none(), st.booleans(), st.integers(-(10**12), 10**12), st.text('ab -é\\"\n\x01', max_size=6), st.just("")
)
documents = st.dictionaries(
    st.sampled_from(["a", "b", "o", "l", "x", "y.z", "é"]),
    st.recursive(
        scalars,
        lambda inner: st.one_of(
            st.lists(inner, max_size=3), st.dictionaries(st.sampled_from("abx"), inner, max_size=3)
        ),
        max_leaves=6,
    ),
    max_size=5,
)


def scan(*records: bytes) -> tuple[Text, Tape]:
    text = Text.of(b"".join(records), 1 << 16)
    length = np.array([len(r) for r in records], np.int32)
    start = (np.cumsum(length) - length).astype(np.int32)
    tape, bad = json_tape(text, np.arange(len(records), dtype=np.int32), start, length, KEYS)
    assert not bad.any()
    return text, tape


def unmapped(text: Text, tape: Tape, consumed: np.ndarray, room: int = 64) -> list[bytes | None]:
    """As `stages.parse` asks for it, with a text that is far too small at first."""
    n = len(tape.begin) - 1
    select = np.arange(n, dtype=np.int32)
    start, length = np.zeros(n, np.int32), np.full(n, NULL, np.int32)
    row = 0
    while row < n:
        data = text.reserve(room)
        row, end = tapes.write_unmapped(
            data, text.used, row, select, tape.begin, tape.start, tape.length, tape.written, tape.name_start,
            tape.name_length, tape.parent, consumed, True, start, length, np.empty(80, np.int64),
        )  # fmt: skip
        text.used = int(end)
        room *= 2
    return [None if k < 0 else text.slice(int(s), int(k)) for s, k in zip(start, length, strict=True)]


def flat(value: dict, before: str = "") -> list[tuple[str, object]]:
    """What is left when nothing is taken: paths and values, without nulls; arrays whole, empty objects too."""
    out: list[tuple[str, object]] = []
    for name, v in value.items():
        if isinstance(v, dict) and v:
            out.extend(flat(v, f"{before}{name}."))
        elif v is not None:
            out.append((before + name, v))
    return out


class TestUnmapped:
    @given(st.lists(documents, min_size=1, max_size=6), st.booleans())
    def test_nothing_is_lost(self, rows, spaced):
        raw = [json.dumps(r, indent=1 if spaced else None, ensure_ascii=False).encode() for r in rows]
        text, tape = scan(*raw)
        found = unmapped(text, tape, np.zeros(len(tape.key) + 1, np.uint8))
        for row, one in zip(rows, found, strict=True):
            twin = flat(row)
            assert (one is None) == (not twin)
            if one is not None:
                assert json.loads(one, object_pairs_hook=lambda p: p) == json.loads(
                    "{" + ",".join(f"{json.dumps(k)}:{json.dumps(v)}" for k, v in twin) + "}",
                    object_pairs_hook=lambda p: p,
                )

    def test_what_is_consumed_is_left_out_with_all_it_holds(self):
        text, tape = scan(b'{"a":1,"o":{"a":{"q":1},"z":2},"x":[{"k":1}],"e":{ }}')
        consumed = np.zeros(len(tape.key) + 1, np.uint8)
        consumed[:-1][tape.key == KEYS.find((b"o", b"a"))] = 1
        assert unmapped(text, tape, consumed) == [b'{"a":1,"o.z":2,"x":[{"k":1}],"e":{ }}']

    @pytest.mark.compiled
    def test_a_long_name_around_many_members_makes_no_long_row(self):
        """64 KB that would become 200 MB: the member of the top is kept whole, and nothing is lost."""
        inner = ",".join(f'"{i}":{i}' for i in range(3000))
        raw = ('{"' + "n" * 32_000 + '":{' + inner + '},"x":1}').encode()
        text, tape = scan(raw)
        [found] = unmapped(text, tape, np.zeros(len(tape.key) + 1, np.uint8))
        assert len(found) < 10 * len(raw)
        assert orjson.loads(found) == orjson.loads(raw)

    def test_a_record_of_ordinary_names_keeps_its_paths(self):
        raw = orjson.dumps({"record": {f"member{i}": {"value": i} for i in range(500)}})
        text, tape = scan(raw)
        [found] = unmapped(text, tape, np.zeros(len(tape.key) + 1, np.uint8))
        assert orjson.loads(found)["record.member7.value"] == 7


def scatter(text: Text, tape: Tape, maps, columns: int, *, many=(), nulls=(), takes=(), family=None, unseen=()):
    """(values of each column, extra values, consumed)."""
    n = len(tape.begin) - 1
    put = placing(maps)
    family = np.zeros(n, np.int32) if family is None else np.array(family, np.int32)
    start, length = np.zeros((columns, n), np.int32), np.full((columns, n), 7, np.int32)
    used, consumed = np.zeros(columns, np.uint8), np.zeros(len(tape.key) + 1, np.uint8)
    more = [np.empty(4 * len(tape.key) + 4, np.int32) for _ in range(3)]
    words = [w.encode() for w in nulls]
    flags = [np.array([int(c in x) for c in range(columns)], np.uint8) for x in (takes, many)]
    flags[0] |= np.array([tapes.UNSEEN * (c in unseen) for c in range(columns)], np.uint8)
    extra = tapes.scatter(
        text.data, np.arange(n, dtype=np.int32), tape.begin, tape.key, tape.start, tape.length, tape.written, put.which[family],
        put.local(len(KEYS.paths) + 1), put.keys, put.begin, put.column, flags[0] | 2, flags[1],
        np.array([int.from_bytes(w, "little") if len(w) <= 8 else hash_part(w) for w in words], np.uint64),
        np.array([len(w) for w in words], np.int32), start, length, used, consumed, *more,
        np.empty(columns, np.int32), np.full(columns, -1, np.int32),
    )  # fmt: skip
    cells = [
        [None if not used[c] or length[c, i] < 0 else text.slice(int(start[c, i]), int(length[c, i])) for i in range(n)]
        for c in range(columns)
    ]
    assert [bool(u) for u in used] == [any(v is not None for v in c) for c in cells]
    return cells, list(zip(*(m[:extra].tolist() for m in more), strict=True)), consumed


class TestScatter:
    def test_first_value_wins_and_families_differ(self):
        text, tape = scan(b'{"a":1,"b":2,"a":3}', b'{"b":4}')
        maps = [{0: [0, 1], 1: [0]}, {1: [1]}]
        cells, extra, consumed = scatter(text, tape, maps, 2, family=[0, 1])
        assert cells == [[b"1", None], [b"1", b"4"]]
        assert extra == []
        assert consumed[:4].tolist() == [1, 0, 0, 1]

    def test_arrays_take_all(self):
        text, tape = scan(b'{"a":1,"b":"x","a":3}')
        cells, extra, consumed = scatter(text, tape, [{0: [0], 1: [0]}], 1, many=(0,))
        assert cells == [[b"1"]]
        assert extra == [(0, 0, 1), (0, 0, 2)]
        assert consumed[:3].all()

    @given(st.lists(documents, min_size=1, max_size=6), st.sets(st.integers(0, 2)))
    def test_what_nobody_looks_at_is_consumed_all_the_same(self, rows, unseen):
        text, tape = scan(*(json.dumps(r, ensure_ascii=False).encode() for r in rows))
        maps = [{0: [0], 1: [1], 2: [2, 0]}]
        cells, extra, consumed = scatter(text, tape, maps, 3, many=(1,), nulls=["N/A"])
        some, more, same = scatter(text, tape, maps, 3, many=(1,), nulls=["N/A"], unseen=unseen)
        nothing = [None] * len(rows)
        assert some == [nothing if c in unseen else column for c, column in enumerate(cells)]
        assert more == [e for e in extra if e[1] not in unseen]
        assert same.tolist() == consumed.tolist()

    @pytest.mark.parametrize("word", ["-", "N/A", "", "12345678", "123456789", "No Authentication Required"])
    def test_words_that_mean_nothing(self, word):
        text, tape = scan(orjson.dumps({"a": word, "b": word}), orjson.dumps({"a": word + "!"}))
        cells, _, consumed = scatter(text, tape, [{0: [0], 1: [1]}], 2, nulls=[word] if word else [], takes=(1,))
        assert cells == [[None, word.encode() + b"!"], [word.encode(), None]]
        assert consumed[:3].all()

    @given(st.lists(documents, min_size=1, max_size=6), st.sampled_from([0, 62, 63, 64, 130]))
    def test_agrees_with_dictionaries(self, rows, before):
        """Columns that are found out late, in another tile of rows, are empty in those before."""
        rows = [{}] * before + rows
        raw = [json.dumps(r, ensure_ascii=False).encode() for r in rows]
        text, tape = scan(*raw)
        cells, _, _ = scatter(text, tape, [{0: [0], 1: [1], 2: [2]}], 3)
        for i, row in enumerate(rows):
            inside = row.get("o")
            for c, value in enumerate(
                (row.get("a"), row.get("b"), inside.get("a") if isinstance(inside, dict) else None)
            ):
                if value is None or value == "":
                    assert cells[c][i] is None
                elif isinstance(value, str):
                    assert json.loads(b'"' + cells[c][i] + b'"') == value
                else:
                    assert json.loads(cells[c][i]) == value


class TestFingerprints:
    def marks(self, *records: bytes) -> list[int]:
        text, tape = scan(*records)
        weight = np.array([3, 5, 9, 0, 0, 0, 0], np.uint64)
        by_value = np.array([0, 1, 0, 0, 0, 0, 0], np.uint8)
        mixed = ((5 ^ hash_part(b"x")) * 0xFF51AFD7ED558CCD) & (2**64 - 1)
        known = np.array([mixed ^ (mixed >> 32)], np.uint64)
        out = np.empty(len(records), np.uint64)
        scratch = np.zeros(7, np.int32), np.zeros((7, 2), np.uint64)
        tapes.fingerprints(
            text.data, tape.begin, tape.key, tape.start, tape.length, weight, by_value, known, out, *scratch
        )
        return out.tolist()

    def test_a_member_twice_is_a_member(self):
        """It neither cancels out nor makes a new fingerprint."""
        assert self.marks(b'{"a":1,"a":2}', b'{"a":1}', b'{"a":1,"a":2,"a":3}') == [3, 3, 3]

    def test_order_does_not_matter(self):
        one, two = self.marks(b'{"a":1,"b":"x"}', b'{"b":"x","a":[]}')
        assert one == two

    def test_values_count_where_they_are_known(self):
        values = (b'{"b":"x"}', b'{"b":"x"}', b'{"b":"y"}', b'{"b":"y"}', b'{"b":"zzz"}', b"{}", b'{"b":"x"}')
        known, again, strange, same, other, absent, later = self.marks(*values)
        assert len({known, strange, absent}) == 3
        assert strange == same == other
        assert known == again == later


def test_pick_takes_the_first_that_is_a_value():
    text, tape = scan(b'{"a":null,"a":{"b":1},"a":"v","a":"w"}', b"{}")
    start, length = np.zeros((1, 2), np.int32), np.full((1, 2), NULL, np.int32)
    local = np.full(len(KEYS.paths) + 1, -1, np.int32)
    local[0] = 0
    tapes.pick(
        tape.begin, tape.key, tape.start, tape.length, tape.written, np.arange(2, dtype=np.int32), local, start, length
    )
    assert text.slice(int(start[0, 0]), int(length[0, 0])) == b"v"
    assert length[0, 1] == NULL


def test_codes_are_those_of_the_columns():
    ours = (tapes._PLAIN, tapes._JSON_ESCAPED, tapes._NUMBER, tapes._BOOL, tapes._NULL, tapes._NESTED)
    assert ours == (
        Written.PLAIN, Written.JSON_ESCAPED, Written.NUMBER, Written.BOOL, Written.NULL, Written.NESTED
    )  # fmt: skip
