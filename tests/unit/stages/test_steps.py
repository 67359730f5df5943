"""The program of a dataset's steps, against each step on each row in plain Python."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.columns import Text
from penstock.content.compiling import compile_packs
from penstock.content.load import load_packs
from penstock.kernels.step_parts import TILE, TILES
from penstock.stages.draft import Draft
from penstock.stages.steps import run_steps

X, Y, Z = "acme_gateway.x", "acme_gateway.y", "_z"
USER, HOST, FIXED = "user.name", "host.name", "event.module"
FIELDS = (X, Y, Z, USER, HOST)
NULLS = (b"", b"-")

Row = dict[str, bytes | None]

values = st.sampled_from(
    ["a", "A", "b", "ab", "-", "x/y.txt", r"CORP\ann", "ann@corp", "long enough for two words Ab", "z"]
)
texts = st.lists(st.sampled_from(["a", "b", "/", "ab", "word", "ann", "corp", "q", "zz"]), min_size=1, max_size=10)
fields = st.sampled_from(FIELDS)
asked = st.sampled_from([*FIELDS, FIXED, "event.reason"])

tests = st.one_of(
    values,
    st.lists(values, min_size=1, max_size=3),
    st.booleans().map(lambda b: {"exists": b}),
    st.builds(lambda how, wanted: {how: wanted}, st.sampled_from(["begins", "ends", "contains", "not"]), texts),
)
plain = st.dictionaries(asked, tests, min_size=1, max_size=2)
conditions = st.recursive(
    plain,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3),
        st.builds(lambda one, no: {**(one if isinstance(one, dict) else {}), "not": no}, plain, inner),
    ),
    max_leaves=5,
)


def a_set():
    return st.builds(lambda to: {"set": to}, st.dictionaries(fields, values, min_size=1, max_size=2))


def a_copy():
    sources = st.one_of(asked, st.lists(asked, min_size=1, max_size=2))
    return st.builds(lambda to: {"copy": to}, st.dictionaries(fields, sources, min_size=1, max_size=2))


def a_lookup():
    return st.builds(
        lambda of, table, fold, default: {
            "lookup": {"from": of, "table": table, "fold": fold} | ({"default": default} if default else {})
        },
        asked,
        st.dictionaries(values, st.dictionaries(fields, values, max_size=2), min_size=1, max_size=4),
        st.booleans(),
        st.one_of(st.none(), st.dictionaries(fields, values, min_size=1, max_size=2)),
    )


def a_pair_lookup():
    return st.builds(
        lambda one, other, a, b, to: {"lookup": {"from": [one, other], "table": {f"{a}/{b}": to}}},
        fields, fields, st.sampled_from(["a", "b"]), st.sampled_from(["a", "z"]),
        st.dictionaries(fields, values, min_size=1, max_size=2),
    )  # fmt: skip


a_step = st.one_of(
    a_set(), a_copy(), a_lookup(), a_pair_lookup(),
    st.lists(fields, min_size=1, max_size=2, unique=True).map(lambda f: {"lower": f}),
    st.lists(fields, min_size=1, max_size=2, unique=True).map(lambda f: {"upper": f}),
    st.builds(lambda to, a, b: {"join": {"to": to, "of": [a, "+", b]}}, fields, asked, fields),
    st.builds(lambda of, name, ext: {"path": {"from": of, "name": name, "extension": ext}}, fields, fields, fields),
    st.builds(lambda of, name, at: {"account": {"from": of, "name": name, "domain": at}}, fields, fields, fields),
    st.just({"pattern": {"from": X, "lines": ["{user.name}@{host.name}"]}}),
    st.just({"swap": [["user", "host"]]}),
)  # fmt: skip
steps = st.lists(
    st.tuples(a_step, st.one_of(st.none(), conditions), st.booleans()).map(
        lambda s: s[0] | ({"when": s[1]} if s[1] else {}) | ({"over": True} if s[2] and "swap" not in s[0] else {})
    ),
    max_size=8,
)
rows = st.lists(st.fixed_dictionaries({f: st.one_of(st.none(), values.map(str.encode)) for f in FIELDS}), max_size=70)


def listed(value: object) -> list[str]:
    return [str(v) for v in value] if isinstance(value, list) else [str(value)]


def holds(row: Row, when: object) -> bool:
    if isinstance(when, list):
        return any(holds(row, w) for w in when)
    for name, test in when.items():
        if name == "not":
            if holds(row, test):
                return False
            continue
        value = row.get(name)
        for how, wanted in (test if isinstance(test, dict) else {"in": test}).items():
            if how == "exists":
                good = (value is not None) == wanted
            else:
                found = [w.encode() for w in listed(wanted)]
                good = value is not None and {
                    "in": lambda v, f: v in f,
                    "not": lambda v, f: v in f,
                    "begins": lambda v, f: any(v.startswith(w) for w in f),
                    "ends": lambda v, f: any(v.endswith(w) for w in f),
                    "contains": lambda v, f: any(w in v for w in f),
                }[how](value, found)
                good = good != (how == "not")
            if not good:
                return False
    return True


def give(row: Row, name: str, value: bytes | None, over: bool) -> None:
    if value is not None and (over or row[name] is None):
        row[name] = value


def path(value: bytes | None) -> tuple[bytes | None, bytes | None]:
    if not value:
        return None, None
    name = value.replace(b"\\", b"/").rpartition(b"/")[2]
    stem, _, extension = name.rpartition(b".")
    return name or None, extension if stem and extension else None


def account(value: bytes | None) -> tuple[bytes | None, bytes | None]:
    if not value:
        return None, None
    if b"\\" in value:
        domain, _, name = value.partition(b"\\")
        return name or None, domain or None
    name, _, domain = value.rpartition(b"@")
    return (name, domain) if name and domain else (value, None)


def own(name: str) -> bool:
    return name.startswith(("_", "acme_gateway."))


def one(row: Row, verb: str, how: object, over: bool) -> None:
    if verb == "set":
        for name, value in how.items():
            give(row, name, value.encode(), over)
    elif verb == "copy":
        for name, sources in how.items():
            for i, source in enumerate(listed(sources)):
                value = row.get(source)
                if own(source) and not own(name) and value in NULLS:
                    value = None
                give(row, name, value, over and i == 0)
    elif verb == "lookup":
        held = [row.get(f) for f in listed(how["from"])]
        if None in held:
            return
        key = b"/".join(held)
        table = {k.lower().encode() if how.get("fold") else k.encode(): v for k, v in how["table"].items()}
        out = table.get(key.lower() if how.get("fold") else key, how.get("default") or {})
        for name, value in out.items():
            give(row, name, value.encode(), over)
    elif verb in ("lower", "upper"):
        for name in how:
            if row[name]:
                row[name] = row[name].upper() if verb == "upper" else row[name].lower()
    elif verb == "join":
        parts = [row.get(p) if p != "+" else b"+" for p in how["of"]]
        if None not in parts:
            give(row, how["to"], b"".join(parts), over)
    elif verb == "path":
        name, extension = path(row[how["from"]])
        give(row, how["name"], name, over)
        give(row, how["extension"], extension, over)
    elif verb == "account":
        name, domain = account(row[how["from"]])
        give(row, how["name"], name, over or how["name"] == how["from"])
        give(row, how["domain"], domain, over or how["domain"] == how["from"])
    elif verb == "pattern" and row[X] is not None and b"@" in row[X]:
        name, _, host = row[X].partition(b"@")
        give(row, USER, name, over)
        give(row, HOST, host, over)
    elif verb == "swap":
        row[USER], row[HOST] = row[HOST], row[USER]


def twin(given_rows: Iterable[Row], program: list[dict]) -> list[Row]:
    out = []
    for given_row in given_rows:
        row = dict(given_row) | {FIXED: b"gate"}
        for step in program:
            verb = next(k for k in step if k not in ("when", "over"))
            if "when" not in step or holds(row, step["when"]):
                one(row, verb, step[verb], bool(step.get("over")))
        out.append({f: row[f] for f in FIELDS})
    return out


def compiled(folder: Path, program: list[dict]) -> SimpleNamespace:
    made = folder / "acme_gateway"
    made.mkdir(exist_ok=True)
    body = orjson.dumps([
        {
            "name": "log", "recognise": [{"keys": ["gw"]}], "format": "json", "nulls": ["-"], "set": {FIXED: "gate"},
            "keys": [{"fields": {"x": X, "y": Y, "z": Z, "u": USER, "h": HOST}}],
            "steps": program,
        }
    ]).decode()  # fmt: skip
    (made / "pack.yaml").write_text(f"pack: acme_gateway\nversion: 1.2.3\ntitle: T\ndatasets: {body}\n")
    (made / "fields.yaml").write_text("x: keyword\ny: keyword\n")
    catalogue = compile_packs(load_packs([folder]))
    return SimpleNamespace(catalogue=catalogue, plan=catalogue.plans[catalogue.by_name["acme_gateway.log"]])


def ran(made: SimpleNamespace, given_rows: list[Row], room: int) -> list[Row]:
    """The rows in a draft of that plan, after the steps; `room`: bytes to append before the text grows."""
    text = Text.of(b"", room)
    text.constants = text.append(made.catalogue.blob.data)
    draft = Draft(made.plan, text, np.arange(len(given_rows), dtype=np.int32), np.zeros(len(given_rows), np.int32))
    for name in FIELDS:
        if any(row[name] is not None for row in given_rows):
            start, length = draft.put(name)
            for i, row in enumerate(given_rows):
                if row[name] is not None:
                    start[i], length[i] = text.append(row[name]), len(row[name])
    run_steps(draft, made.catalogue)
    found = {name: draft.get(name) for name in FIELDS}
    return [
        {
            name: None if held is None or held[1][i] < 0 else text.slice(int(held[0][i]), int(held[1][i]))
            for name, held in found.items()
        }
        for i in range(len(given_rows))
    ]


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("packs")


@given(program=steps, given_rows=rows, room=st.sampled_from([0, 1 << 16]))
def test_agrees_with_each_step_on_each_row(folder, program, given_rows, room):
    assert ran(compiled(folder, program), given_rows, room) == twin(given_rows, program)


@settings(max_examples=10)
@given(program=steps, given_rows=rows.filter(bool), room=st.sampled_from([0, 1 << 16]))
def test_agrees_over_more_tiles_than_are_taken_at_once(folder, program, given_rows, room):
    many = (given_rows * (TILE * (TILES + 1)))[: TILE * TILES + 7 + len(given_rows)]
    assert ran(compiled(folder, program), many, room) == twin(many, program)
