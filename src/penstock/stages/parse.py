"""Take records apart: find header and payload, tell whose they are, give every part its place in a dataset's columns.

    records ─ headers ─ kind of payload ─┬─ text: group by tag, first bytes, outline ─ patterns ─┐
                                         └─ JSON, XML, CEF, LEEF, pairs: tape ─ fingerprint ─────┴─ scatter ─ frames

Everything is done for all records of a kind at once. A record that nobody claims but whose format is known becomes a
generic event of that format; what is no known format is `UNKNOWN_FORMAT`; what a pack claims and none of its patterns
match is `VENDOR_FORMAT_DRIFT`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from penstock.columns import I32, U8, Frame, Tape, Text
from penstock.content.catalogue import Catalogue
from penstock.content.plan import STORED, Plan
from penstock.core import Batch, Lines, Rejects, Stage
from penstock.errors import Category
from penstock.formats.syslog import BROKEN, Headers, headers, no_headers
from penstock.formats.tapes import Fault
from penstock.formats.unescape import unescape
from penstock.kernels import recognise, syslog_header
from penstock.kernels import tape as tapes
from penstock.kernels.slices import find_values
from penstock.stages.draft import Draft
from penstock.stages.grammars import BY_KIND, PAIRS, Grammar, cells, table_grammar
from penstock.stages.judging import distinct
from penstock.stages.matching import match_sets, place
from penstock.stages.refuse import refuse
from penstock.stages.wire import add_header


def parse(catalogue: Catalogue) -> Stage:
    """The stage that takes records apart by these packs."""
    memory: dict[tuple[str, int, str | None], int] = {}

    def stage(batch: Batch) -> Batch:
        return _Parsing(catalogue, batch, memory).run()

    return stage


@dataclass
class _Taken:
    """Records of one dataset: rows of a tape, their families."""

    plan: Plan
    tape: Tape
    select: I32
    family: I32
    json: bool


class _Parsing:
    """One batch on its way through the stage."""

    def __init__(self, catalogue: Catalogue, batch: Batch, memory: dict[tuple[str, int, str | None], int]) -> None:
        self.catalogue = catalogue
        self.batch = batch
        self.memory = memory
        self.lines: Lines = batch.lines
        self.text: Text = batch.lines.text
        self.rejects: list[Rejects] = []
        self.frames: list[Frame] = []

    def run(self) -> Batch:
        """The batch, taken apart."""
        rows = self.batch.pending
        if not len(rows):
            return self.batch
        if self.text.constants < 0:
            self.text.constants = self.text.append(self.catalogue.blob.data)
        whole = len(rows) == len(self.lines)
        start = self.lines.start if whole else self.lines.start[rows]
        length = self.lines.length if whole else self.lines.length[rows]
        table = self._table()
        if table is not None:
            everything = np.arange(len(rows), dtype=np.int32)
            self._structured(table, rows, everything, no_headers(start, length))
            return self._done()
        found = headers(self.text, start, length)
        body_start, body_length = found.part(syslog_header.BODY)
        kind = np.empty(len(rows), np.uint8)
        recognise.classify(self.text.data, body_start, body_length, kind)
        broken = found.shape == syslog_header.BROKEN
        if broken.any():
            self._reject(rows[broken], Category.PARSE_ERROR, BROKEN)
        text = np.flatnonzero((kind == recognise.TEXT) & ~broken).astype(np.int32)
        for number, grammar in BY_KIND.items():
            self._structured(grammar, rows, np.flatnonzero((kind == number) & ~broken).astype(np.int32), found)
        if len(text):
            self._text(rows, text, found)
        return self._done()

    def _table(self) -> Grammar | None:
        """The grammar when the stream is a table: it has a header, or the pack that must take it names the columns."""
        lines = self.lines
        if lines.header is not None:
            last = int(lines.start[-1] + lines.length[-1]) if len(lines) else 0
            first = int(lines.start[0]) if len(lines) else 0
            return table_grammar(lines.header, self.text.slice(first, min(last - first, 16_384)))
        if lines.pack is not None:
            for number in self.catalogue.of_pack(lines.pack):
                plan = self.catalogue.plans[number]
                if plan.formats == ("delimited",) and plan.header_columns:
                    return cells([c.encode() for c in plan.header_columns])
        return None

    def _done(self) -> Batch:
        """The batch with what was made of it."""
        done = self.batch
        for rejects in self.rejects:
            done = done.reject(rejects)
        open_ = np.ones(len(self.lines), np.bool_)
        for frame in self.frames:
            open_[frame.rows] = False
        left = done.pending[open_[done.pending]]
        return replace(done, events=(*done.events, *self.frames), pending=left)

    def _reject(self, rows: I32, category: Category, fault: Fault, dataset: str | None = None) -> None:
        self.rejects.append(refuse(rows, "parse", category, fault.code, fault.message, dataset))

    def _structured(self, grammar: Grammar, rows: I32, select: I32, found: Headers) -> None:
        """Payloads of a format that names its fields."""
        if not len(select):
            return
        start, length = found.part(syslog_header.BODY)
        tape, bad = grammar.tape(self.text, select, start[select], length[select], self.catalogue.keys)
        for code in np.bincount(bad)[1:].nonzero()[0] + 1:
            self._reject(rows[select[bad == code]], Category.PARSE_ERROR, grammar.faults[int(code)])
        good = np.flatnonzero(bad == 0).astype(np.int32)
        if not len(good):
            return
        name = grammar.name
        self._plain(tape, json=name == "json")
        owner = self._owners(name, tape, good)
        for number in (np.bincount(owner + 1).nonzero()[0] - 1).tolist():
            mine = good[owner == number]
            if number < 0:
                fault = Fault(f"{name}.unclaimed", f"a {name} record that no pack claims")
                self._reject(rows[select[mine]], Category.UNKNOWN_FORMAT, fault)
                continue
            plan = self.catalogue.plans[number]
            if plan.name == STORED:
                continue  # left for `reread`
            family = self._families(plan, tape, mine)
            self._build(_Taken(plan, tape, mine, family, name == "json"), rows, found)

    def _plain(self, tape: Tape, *, json: bool) -> None:
        """Undo escapes: of all values, or for JSON only of those that some pack names (the rest stays JSON)."""
        escaped = (tape.written == 1) | (tape.written >= 6)
        if json:
            plain = self.catalogue.plain_keys
            escaped &= tape.key >= 0 if plain is None else plain[tape.key] != 0
        at = np.flatnonzero(escaped)
        if not len(at):
            return
        start, length, written = tape.start[at], tape.length[at], tape.written[at]
        unescape(self.text, start, length, written)
        tape.start[at], tape.length[at], tape.written[at] = start, length, written

    def _owners(self, format_: str, tape: Tape, good: I32) -> I32:
        """The dataset of each tape row, -1 where there is none."""
        features = self.catalogue.features
        marks = np.empty(len(tape.begin) - 1, np.uint64)
        tapes.fingerprints(
            self.text.data,
            tape.begin,
            tape.key,
            tape.start,
            tape.length,
            features.weight,
            features.by_value,
            features.known,
            marks,
            np.zeros(len(features.weight), np.int32),
            np.zeros((len(features.weight), 2), np.uint64),
        )
        hint = self.lines.pack
        header = self.lines.header
        if header is not None and hint is None:
            for beginning, dataset in self.catalogue.headers:
                if header.startswith(beginning):
                    return np.full(len(good), dataset, np.int32)
        marks = marks[good]
        number, first = distinct(marks)
        owners = np.empty(len(first), np.int32)
        for i, mark in enumerate(marks[first].tolist()):
            place = (format_, mark, hint)
            owner = self.memory.get(place)
            if owner is None:
                owner = self._judge(format_, tape, int(good[first[i]]), hint)
                if len(self.memory) < 100_000:  # marks are few; this bounds what an attacker can add
                    self.memory[place] = owner
            owners[i] = owner
        return owners[number]

    def _judge(self, format_: str, tape: Tape, row: int, hint: str | None) -> int:
        """The dataset of one record, by its members."""
        present: dict[int, bytes] = {}
        for t in range(tape.begin[row], tape.begin[row + 1]):
            key = int(tape.key[t])
            if key >= 0 and key not in present:
                present[key] = self.text.slice(int(tape.start[t]), max(0, int(tape.length[t])))
        plans = self.catalogue.plans
        for rule in self.catalogue.features.rules:
            if rule.format == format_ and (hint is None or plans[rule.dataset].pack == hint) and rule.holds(present):
                return rule.dataset
        if hint is not None:
            own = [i for i in self.catalogue.of_pack(hint) if format_ in plans[i].formats]
            if own:
                return own[0]
        return self.catalogue.fallback.get(format_, -1)

    def _families(self, plan: Plan, tape: Tape, select: I32) -> I32:
        """The family of each record, by the members that split the dataset."""
        n = len(select)
        if not plan.by or len(plan.families) == 1:
            return np.full(n, plan.default_family, np.int32)
        start = np.zeros((len(plan.by), n), np.int32)
        length = np.full((len(plan.by), n), -1, np.int32)
        local = _splitting(plan, self.catalogue.keys.count + 1)
        tapes.pick(tape.begin, tape.key, tape.start, tape.length, tape.written, select, local, start, length)
        out = np.empty(n, np.int32)
        table = plan.by_table
        columns = np.arange(len(plan.by), dtype=np.int32)
        find_values(
            self.text.data,
            start,
            length,
            columns,
            False,
            table.slot_hash,
            table.slot_value,
            plan.default_family,
            out,
            np.empty(264, np.uint8),
        )
        return np.where(out < 0, plan.default_family, out).astype(np.int32)

    def _text(self, rows: I32, select: I32, found: Headers) -> None:
        """Payloads that patterns take apart."""
        c = self.catalogue
        start, length = found.part(syslog_header.BODY)
        group = np.empty(len(select), np.int32)
        guess = np.zeros(len(select), np.uint8)
        hint, t = self.lines.pack, c.text
        if hint is None or hint in t.group_of_pack:
            recognise.recognise_text(
                self.text.data,
                select,
                start,
                length,
                *found.part(syslog_header.APP),
                t.programs.slot_hash,
                t.programs.slot_value,
                t.outlines.slot_hash,
                t.outlines.slot_value,
                t.begins.slot_hash,
                t.begins.slot_value,
                t.begin_first,
                t.begin_offset,
                t.begin_length,
                t.begin_group,
                t.literals,
                group,
                guess,
                np.zeros(16, np.uint8),
            )
        if hint is not None:
            # all of them are the pack's; which dataset's, its own selectors say where they know
            own = t.within_pack.get(hint)
            known = np.full(len(group), -1, np.int32) if own is None else np.where(group >= 0, own[group], -1)
            group = np.where(known >= 0, known, t.group_of_pack.get(hint, -1)).astype(np.int32)
            guess[:] = 0
        claimed = group >= 0
        family = np.full(len(select), -1, np.int32)
        chosen = np.full(len(select), -1, np.int32)
        if claimed.any():
            tape = self._match(select, start[select], length[select], group, family, chosen)
            for pattern_set in np.bincount(chosen[family >= 0]).nonzero()[0].tolist():
                mine = np.flatnonzero((chosen == pattern_set) & (family >= 0)).astype(np.int32)
                plan = c.plans[c.text.dataset_of_set[pattern_set]]
                self._build(_Taken(plan, tape, mine, family[mine], json=False), rows, found)
        claimed &= (guess == 0) | (family >= 0)  # an outline alone claims nothing
        missed = np.flatnonzero(claimed & (family < 0)).astype(np.int32)
        for pattern_set in np.unique(chosen[missed]):
            plan = c.plans[c.text.dataset_of_set[pattern_set]]
            fault = Fault("pattern.none", f"recognised as {plan.name}, but none of its patterns matches")
            mine = missed[chosen[missed] == pattern_set]
            self._reject(rows[select[mine]], Category.VENDOR_FORMAT_DRIFT, fault, plan.name)
        rest = select[~claimed]
        if len(rest):
            self._unclaimed(rows, rest, found)

    def _unclaimed(self, rows: I32, rest: I32, found: Headers) -> None:
        """Text that no pack claims: pairs, a syslog message, or nothing known."""
        start, length = found.part(syslog_header.BODY)
        is_pairs = np.zeros(len(rest), np.uint8)
        recognise.classify_pairs(self.text.data, start, length, rest, is_pairs)
        self._structured(PAIRS, rows, rest[is_pairs == 1], found)
        rest = rest[is_pairs == 0]
        with_header = found.shape[rest] != syslog_header.NONE
        generic = self.catalogue.fallback.get("syslog", -1)
        plain = rest[with_header] if generic >= 0 else rest[:0]
        if len(plain):
            plan = self.catalogue.plans[generic]
            group = np.full(len(plain), self.catalogue.text.group_of_pack[plan.pack], np.int32)
            family = np.full(len(plain), -1, np.int32)
            chosen = np.full(len(plain), -1, np.int32)
            tape = self._match(plain, start[plain], length[plain], group, family, chosen)
            mine = np.flatnonzero(family >= 0).astype(np.int32)
            self._build(_Taken(plan, tape, mine, family[mine], json=False), rows, found)
            lost = plain[family < 0]
            if len(lost):
                self._reject(
                    rows[lost], Category.PARSE_ERROR, Fault("syslog.empty", "a syslog header without a message")
                )
        unknown = rest[~with_header] if generic >= 0 else rest
        if len(unknown):
            fault = Fault("format.unknown", "no known format: neither JSON, XML, CEF, LEEF, key=value nor syslog")
            self._reject(rows[unknown], Category.UNKNOWN_FORMAT, fault)

    def _match(self, rows: I32, start: I32, length: I32, group: I32, family: I32, chosen: I32) -> Tape:
        """Run the patterns of each record's group; fills `family` and `chosen`."""
        sets, text = self.catalogue.sets, self.catalogue.text
        return match_sets(
            self.text, sets, rows, start, length, group, text.group_begin, text.group_sets, family, chosen
        )

    def _build(self, taken: _Taken, rows: I32, found: Headers) -> None:
        """Put a dataset's records into columns."""
        if not len(taken.select):
            return
        plan, tape, select = taken.plan, taken.tape, taken.select
        at = tape.rows[select]
        draft = Draft(plan, self.text, rows[at], taken.family)
        consumed = np.zeros(len(tape.key) + 1, np.uint8)
        place(draft, tape, select, plan.placing, self.catalogue.local(plan), consumed)
        if plan.formats != ("text",) and plan.wants(f"{plan.pack}.unmapped"):
            self._unmapped(draft, tape, select, consumed, json=taken.json)
        add_header(draft, found, at, self.catalogue.wire)
        self.frames.append(draft.freeze(private=True))

    def _unmapped(self, draft: Draft, tape: Tape, select: I32, consumed: U8, *, json: bool) -> None:
        name = f"{draft.plan.pack}.unmapped"
        if not len(tape.key):
            return
        start, length = draft.put(name)
        room = 64 * 1024 + 8 * len(select)
        row = 0
        while True:
            data = self.text.reserve(room)
            row, end = tapes.write_unmapped(
                data,
                self.text.used,
                row,
                select,
                tape.begin,
                tape.start,
                tape.length,
                tape.written,
                tape.name_start,
                tape.name_length,
                tape.parent,
                consumed,
                json,
                start,
                length,
                np.empty(80, np.int64),
            )
            self.text.used = int(end)
            if row >= len(select):
                return
            room *= 2


@lru_cache(4096)
def _splitting(plan: Plan, size: int) -> I32:
    """int32[size]: key id -> which of the members that split the dataset it is, -1 none."""
    local = np.full(size, -1, np.int32)
    for c, ids in enumerate(plan.by):
        local[list(ids)] = c
    return local
