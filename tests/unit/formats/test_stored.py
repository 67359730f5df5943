"""A frame to Arrow, through a Parquet file, and back: the same columns."""

from __future__ import annotations

import io

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import given
from hypothesis import strategies as st

from penstock.columns import Frame, Kind, Text
from penstock.formats.arrow import to_arrow
from penstock.formats.stored import from_arrow

KINDS: dict[str, tuple[Kind, bool]] = {
    "k": (Kind.KEYWORD, False), "n": (Kind.LONG, False), "b": (Kind.BOOLEAN, False), "t": (Kind.DATE, False),
    "ip": (Kind.IP, False), "d": (Kind.DOUBLE, False), "many": (Kind.KEYWORD, True),
}  # fmt: skip
words = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
rows = st.fixed_dictionaries(
    {
        "k": st.none() | words | st.sampled_from(["a", "b"]),
        "n": st.none() | st.integers(-(2**63), 2**63 - 1).map(str),
        "b": st.none() | st.sampled_from(["true", "false"]),
        "t": st.none() | st.datetimes().map(lambda t: t.isoformat(timespec="microseconds") + "Z"),
        "ip": st.none() | st.ip_addresses(v=4).map(str),
        "d": st.none() | st.sampled_from(["0.5", "-12.25", "3.5"]),
        "many": st.none() | st.lists(st.text('ab "\\,\n', max_size=4), max_size=3),
    }
)


def json_array(values: list[str]) -> str:
    import orjson

    return orjson.dumps(values).decode()


def framed(data: list[dict[str, object]]) -> Frame:
    text = Text.of(b"")
    names = tuple(KINDS)
    start = np.zeros((len(names), len(data)), np.int32)
    length = np.full((len(names), len(data)), -1, np.int32)
    for c, name in enumerate(names):
        for r, row in enumerate(data):
            value = row[name]
            if value is not None:
                raw = (json_array(value) if isinstance(value, list) else str(value)).encode()
                start[c, r], length[c, r] = text.append(raw), len(raw)
    return Frame(
        "x.y", text, np.arange(len(data), dtype=np.int32), names, tuple(k for k, _ in KINDS.values()),
        tuple(m for _, m in KINDS.values()), start, length, np.arange(len(names), dtype=np.int32),
        np.zeros(len(data), np.int32),
    )  # fmt: skip


def without_views(table: pa.Table) -> pa.Table:
    """As a file has it."""
    kinds = {pa.string_view(): pa.string(), pa.list_(pa.string_view()): pa.list_(pa.string())}
    return table.cast(pa.schema([(f.name, kinds.get(f.type, f.type)) for f in table.schema]))


@given(st.lists(rows, min_size=1, max_size=12), st.booleans())
def test_back_again(data, dictionaries):
    frame = framed(data)
    table = without_views(to_arrow(frame))
    file = io.BytesIO()
    pq.write_table(table, file)
    file.seek(0)
    strings = [f.name for f in table.schema if pa.types.is_string(f.type)] if dictionaries else []
    back = from_arrow(pq.read_table(file, read_dictionary=strings), "x.y", KINDS)
    for name in KINDS:
        wanted = frame.column(name)
        found = back.column(name) if name in back.names else [None] * len(data)
        assert found == wanted, name
    assert back.constants == ({"event.dataset": "x.y"},)


def test_parts_of_arrays():
    """Slices with an offset, several chunks, an empty dictionary."""
    whole = pa.chunked_array([pa.array(["a", None, "cc"]).slice(1), pa.array(["dd"])])
    nothing = pa.DictionaryArray.from_arrays(pa.array([None, None, None], pa.int32()), pa.array([], pa.string()))
    frame = from_arrow(pa.table({"k": whole, "z": nothing}), "x.y", {})
    assert frame.column("k") == [None, "cc", "dd"]
    assert frame.names == ("k",)
