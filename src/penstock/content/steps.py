"""Steps of a pack, compiled: what each reads and writes, and its tables. `stages.steps` runs them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from penstock.columns import I32
from penstock.content.blob import Blob, render
from penstock.content.conditions import Condition, compile_condition
from penstock.content.hashing import HashTable, joined
from penstock.content.model import Constant, Step
from penstock.content.pattern_sets import PatternSetsBuilder
from penstock.content.pattern_text import PatternError, compile_pattern
from penstock.content.regexes import RegexError, groups
from penstock.formats.keys import hash_part
from penstock.schema.registry import Schema

if TYPE_CHECKING:
    from penstock.content.compiling import Keys

URL_PARTS = ("scheme", "username", "domain", "port", "path", "query", "fragment", "extension")
HASHES = ("md5", "sha1", "sha256", "sha512", "imphash")
UNITS = {"ns": 1, "us": 1_000, "ms": 1_000_000, "s": 1_000_000_000, "m": 60_000_000_000, "h": 3_600_000_000_000}


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """A lookup: hash of the value(s) -> row; per written field where its constant stands in the blob.

    offset, length int32[rows + 1]: the last row is the default; length -1 writes nothing.
    """

    slots: HashTable
    offset: Mapping[str, I32]
    length: Mapping[str, I32]
    fold: bool


@dataclass(frozen=True, slots=True, eq=False)
class CompiledStep:
    """A step ready to run: verb, condition, fields read, fields written, and what its verb needs."""

    verb: str
    when: Condition | None
    over: bool
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    arguments: Mapping[str, Any] = field(default_factory=dict)
    table: Table | None = None
    pattern_set: int = -1
    captures: Mapping[int, str] = field(default_factory=dict)
    constants: Mapping[str, tuple[int, int]] = field(default_factory=dict)


class StepError(ValueError):
    """What is wrong in a step."""


def _texts(value: object) -> list[str]:
    if value is None:
        return []
    return [str(v) for v in value] if isinstance(value, list) else [str(value)]


def _need(arguments: Mapping[str, Any], *names: str) -> None:
    for name in names:
        if name not in arguments:
            raise StepError(f"needs {name!r}")


class StepCompiler:
    """Compiles the steps of one dataset into the catalogue's shared tables."""

    def __init__(
        self, schema: Schema, keys: Keys, blob: Blob, sets: PatternSetsBuilder, own: str, nulls: Sequence[str] = ()
    ) -> None:
        """own: how the pack's own fields begin. nulls: the dataset's words that mean nothing."""
        self._schema, self._keys, self._blob, self._sets, self._own = schema, keys, blob, sets, own
        self._nulls = Table(HashTable.of({hash_part(n.encode()): 0 for n in ("", *nulls)}), {}, {}, fold=False)

    def compile(self, step: Step) -> CompiledStep:
        """The compiled step. Raises `StepError`."""
        try:
            when = None if step.when is None else compile_condition(step.when)
            made: CompiledStep = getattr(self, f"_{step.verb}")(step, when)
        except (PatternError, re.error, ValueError) as error:
            raise StepError(str(error)) from error
        except (AttributeError, KeyError, TypeError) as error:
            raise StepError("not written as this step wants it; see docs/how-to/write-a-pack.md") from error
        return made

    def _place(self, name: str, value: Constant) -> tuple[int, int]:
        known = self._schema.get(name)
        return self._blob.place(render(value, many=bool(known and known.many)))

    def _constants(self, values: Mapping[str, Any]) -> dict[str, tuple[int, int]]:
        return {k: self._place(k, tuple(v) if isinstance(v, list) else v) for k, v in values.items()}

    def _plain(
        self,
        step: Step,
        when: Condition | None,
        reads: Sequence[str],
        writes: Sequence[str],
        **more: Any,  # noqa: ANN401  each verb's own
    ) -> CompiledStep:
        return CompiledStep(step.verb, when, step.over, tuple(reads), tuple(writes), **more)

    def _set(self, step: Step, when: Condition | None) -> CompiledStep:
        places = self._constants(step.arguments)
        return self._plain(step, when, (), tuple(places), constants=places)

    def _copy(self, step: Step, when: Condition | None) -> CompiledStep:
        pairs = {k: _texts(v) for k, v in step.arguments.items()}
        reads = [f for v in pairs.values() for f in v]
        # private fields and the pack's own hold words that mean nothing; those of ECS do not
        kept = ("_", self._own)
        meant = any(f.startswith(kept) for f in reads) and not all(f.startswith(kept) for f in pairs)
        nulls = self._nulls if meant else None
        return self._plain(step, when, reads, list(pairs), arguments={"pairs": pairs, "kept": kept}, table=nulls)

    def _lookup(self, step: Step, when: Condition | None) -> CompiledStep:
        a = step.arguments
        _need(a, "from", "table")
        reads, fold = _texts(a["from"]), bool(a.get("fold"))
        only = a.get("to")
        rows: list[Mapping[str, Any]] = []
        slots: dict[int, int] = {}
        if not isinstance(a["table"], dict):
            raise StepError("table must be a map of values")
        for values, outputs in a["table"].items():
            rows.append(outputs if isinstance(outputs, dict) else {_one(only): outputs})
            for value in str(values).split(", ") if len(reads) == 1 else [str(values)]:
                parts = value.split("/") if len(reads) > 1 else [value]
                if len(parts) != len(reads):
                    raise StepError(f"table: {value!r} has {len(parts)} parts, `from` has {len(reads)} fields")
                cased = tuple(p.encode().lower() if fold else p.encode() for p in parts)  # ASCII alone, as the kernel
                slots[hash_part(cased[0]) if len(reads) == 1 else joined(cased)] = len(rows) - 1
        default = a.get("default")
        rows.append(default if isinstance(default, dict) else {} if default is None else {_one(only): default})
        writes = list(dict.fromkeys(k for row in rows for k in row))
        offset = {w: np.zeros(len(rows), np.int32) for w in writes}
        length = {w: np.full(len(rows), -1, np.int32) for w in writes}
        for i, row in enumerate(rows):
            for name, (at, n) in self._constants(row).items():
                offset[name][i], length[name][i] = at, n
        return self._plain(step, when, reads, writes, table=Table(HashTable.of(slots), offset, length, fold))

    def _pattern(self, step: Step, when: Condition | None) -> CompiledStep:
        a = step.arguments
        _need(a, "from")
        lines = _texts(a.get("lines", a.get("line")))
        programs = [compile_pattern(line) for line in lines]
        if not programs:
            raise StepError("needs `lines`")
        names = list(dict.fromkeys(n for p in programs for n in p.names))
        number = self._sets.add([(p, i, ()) for i, p in enumerate(programs)])
        captures = {self._keys.capture(n): n for n in names}
        return self._plain(step, when, [str(a["from"])], names, pattern_set=number, captures=captures)

    def _regex(self, step: Step, when: Condition | None) -> CompiledStep:
        _need(step.arguments, "from", "match")
        text = str(step.arguments["match"])
        for bad, why in (
            ("(?=", "look-ahead"),
            ("(?!", "look-ahead"),
            ("(?<=", "look-behind"),
            ("(?<!", "look-behind"),
        ):
            if bad in text:
                raise StepError(f"regex: {why} is not linear-time and is not allowed")
        if re.search(r"\\[1-9]|\(\?P=", text):
            raise StepError("regex: back-references are not linear-time and are not allowed")
        try:
            names = groups(text)
        except RegexError as error:
            raise StepError(f"regex: {error}") from error
        if not names:
            raise StepError("regex: no group has a name; write (?P<user__name>…)")
        if any(n.isdecimal() for n in names):
            raise StepError("regex: a group without a name; write (?:…) for what is not kept")
        names = [n.replace("__", ".") for n in names]
        return self._plain(step, when, [str(step.arguments["from"])], names, arguments={"match": text, "names": names})

    def _kv(self, step: Step, when: Condition | None) -> CompiledStep:
        a: Mapping[str, Any] = step.arguments
        _need(a, "from", "fields")
        captures: dict[int, str] = {}
        for member, target in a["fields"].items():
            for form in self._keys.member(member):
                captures[form] = str(target)
        style = str(a.get("form", "equals"))
        if style not in ("equals", "colon"):
            raise StepError(f"kv: no form {style!r}: equals (key=value) or colon (Key: value, Key: value)")
        writes = list(dict.fromkeys(captures.values()))
        return self._plain(step, when, [str(a["from"])], writes, captures=captures, arguments={"form": style})

    def _url(self, step: Step, when: Condition | None) -> CompiledStep:
        _need(step.arguments, "from")
        base = str(step.arguments.get("to", "url"))
        return self._plain(step, when, [str(step.arguments["from"])], [f"{base}.{p}" for p in URL_PARTS])

    def _path(self, step: Step, when: Condition | None) -> CompiledStep:
        a = step.arguments
        _need(a, "from")
        parts = {k: str(a[k]) for k in ("name", "directory", "extension") if k in a}
        return self._plain(step, when, [str(a["from"])], list(parts.values()), arguments=parts)

    def _account(self, step: Step, when: Condition | None) -> CompiledStep:
        a = step.arguments
        _need(a, "from", "name", "domain")
        return self._plain(step, when, [str(a["from"])], [str(a["name"]), str(a["domain"])])

    def _hashes(self, step: Step, when: Condition | None) -> CompiledStep:
        a = step.arguments
        _need(a, "from", "to")
        targets = {h: f"{a['to']}.{h}" for h in HASHES}
        targets["imphash"] = str(a.get("imphash", str(a["to"]).removesuffix(".hash") + ".pe.imphash"))
        return self._plain(step, when, [str(a["from"])], list(targets.values()), arguments=targets)

    def _duration(self, step: Step, when: Condition | None) -> CompiledStep:
        a = step.arguments
        _need(a, "from", "to")
        unit = str(a.get("unit", "s"))
        if unit not in UNITS:
            raise StepError(f"no unit {unit!r}: {', '.join(UNITS)}")
        return self._plain(step, when, [str(a["from"])], [str(a["to"])], arguments={"scale": UNITS[unit]})

    def _time(self, step: Step, when: Condition | None) -> CompiledStep:
        _need(step.arguments, "from", "to")
        return self._plain(step, when, [str(step.arguments["from"])], [str(step.arguments["to"])])

    def _join(self, step: Step, when: Condition | None) -> CompiledStep:
        a = step.arguments
        _need(a, "to", "of")
        parts: list[str | tuple[int, int]] = []
        for part in _texts(a["of"]):
            is_field = part in self._schema or part.startswith("_")
            parts.append(part if is_field else self._blob.place(part.encode()))
        reads = [p for p in parts if isinstance(p, str)]
        return self._plain(step, when, reads, [str(a["to"])], arguments={"parts": parts})

    def _list(self, step: Step, when: Condition | None) -> CompiledStep:
        a = step.arguments
        _need(a, "from", "to")
        separator = str(a.get("separator", ",")).encode()
        if not separator:
            raise StepError("list: separator must not be empty")
        return self._plain(step, when, [str(a["from"])], [str(a["to"])], arguments={"separator": separator})

    def _items(self, step: Step, when: Condition | None) -> CompiledStep:
        a = step.arguments
        _need(a, "from", "to")
        targets = [name or "" for name in a["to"]] if isinstance(a["to"], list) else _texts(a["to"])
        writes = list(dict.fromkeys(filter(None, map(str, targets))))
        return self._plain(step, when, [str(a["from"])], writes, arguments={"to": list(map(str, targets))})

    def _fields(self, step: Step, when: Condition | None) -> CompiledStep:
        names = _texts(step.arguments.get("fields"))
        return self._plain(step, when, names, names)

    _lower = _upper = _mac = _fields

    def _swap(self, step: Step, when: Condition | None) -> CompiledStep:
        pairs = step.arguments.get("fields")
        if not (isinstance(pairs, list) and all(isinstance(p, list) and len(p) == 2 for p in pairs)):
            raise StepError("swap needs a list of pairs, as [[source, destination]]")
        return self._plain(step, when, (), (), arguments={"pairs": [tuple(map(str, p)) for p in pairs]})


def _one(only: object) -> str:
    if not isinstance(only, str):
        raise StepError("a table of plain values needs `to`: the field they go to")
    return only
