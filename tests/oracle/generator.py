"""Rules, and events that meet them or just miss: made from a source of chance, Hypothesis's or Python's.

Every test of a rule comes with a way to make a value that meets it. An event is made for one of the rules: most of its
tests are met, then some values are changed a little (case, an end cut off, a character that looks alike, …).
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from oracle.items import (
    ADDRESS_FIELDS,
    ALL_FIELDS,
    LINES,
    LISTS,
    LOOK_ALIKE,
    MEMBERS,
    NUMBER_FIELDS,
    PLAIN,
    TEXT_FIELDS,
    TIME_FIELDS,
    TRUTH_FIELDS,
    Item,
    Items,
    Json,
)


@dataclass
class Rule:
    """A rule and its tests by detection."""

    document: dict[str, Any]
    detections: dict[str, list[list[Item]]]

    @property
    def items(self) -> list[Item]:
        """All tests."""
        return [item for ways in self.detections.values() for way in ways for item in way]


@dataclass
class Case:
    """What one comparison takes."""

    documents: list[dict[str, Any]]
    records: list[bytes]
    lists: dict[str, tuple[str, ...]]
    rules: list[Rule] = field(default_factory=list)


class Generator(Items):
    """Rules of such tests, and events for them."""

    def item(self) -> Item:
        """Any test of a field."""
        kind = self.chance.choice([*["text"] * 8, *["regex"] * 3, "number", "number", "address", "time", "truth", "exists",  # noqa: E501
                                   "null", "empty", "reference", "reference"])  # fmt: skip
        pick = self.chance.choice
        if kind == "text":
            return self.text_item(pick(TEXT_FIELDS))
        if kind == "regex":
            return self.regex_item(pick(TEXT_FIELDS))
        if kind == "number":
            return self.number_item(pick(NUMBER_FIELDS))
        if kind == "address":
            return self.address_item(pick(ADDRESS_FIELDS))
        if kind == "time":
            return self.time_item(pick(TIME_FIELDS))
        if kind == "reference":
            return self.reference_item(pick(TEXT_FIELDS))
        name = pick(TRUTH_FIELDS if kind == "truth" else ALL_FIELDS)
        if kind == "truth":
            wanted = pick([True, False])
            return Item(name, wanted, name, [lambda: wanted])
        if kind == "exists":
            return Item(f"{name}|exists", pick([True, False]), name, [self.text])
        if kind == "null":
            return Item(name, None, name, [lambda: pick([None, ""])])
        return Item(name, "", name, [lambda: pick(["", None, " "])])

    def keyword_items(self) -> tuple[Json, list[list[Item]]]:
        """Keywords: a list, or a map without a field's name."""
        kind = self.chance.choice(["list", "list", "one", "all", "regex", "modified"])
        if kind in ("list", "one"):
            texts = [self.parts() for _ in range(1 if kind == "one" else self.chance.randint(1, 3))]
            values: Json = [self.spelt(p) for p in texts]
            item = Item("", values, None, [lambda p=p: self.around(self.filled(p), "contains") for p in texts])  # type: ignore[misc]
            if self.maybe(8):
                values.append(self.chance.choice([5, 4624, True]))
            return (values[0] if kind == "one" else values), [[item]]
        if kind == "all":
            item = self.text_item(None)
            texts = [self.parts() for _ in range(2)]
            item = Item("|all", [self.spelt(p) for p in texts], None, [], each=True)
            item.samples = [lambda p=p: self.around(self.filled(p), "contains") for p in texts]  # type: ignore[misc]
            return {item.key: item.values}, [[item]]
        item = self.regex_item(None) if kind == "regex" else self.text_item(None)
        return {item.key or "|contains": item.values}, [[item]]

    # ---- rules

    def detection(self) -> tuple[Json, list[list[Item]]]:
        """A detection as YAML has it, and its ways to hold."""
        if self.maybe(6):
            return self.keyword_items()
        ways = [self._map() for _ in range(self.chance.randint(2, 3) if self.maybe(4) else 1)]
        maps: list[Json] = [{i.key: i.values for i in way} for way in ways]
        if len(maps) == 1:
            return maps[0], ways
        if self.maybe(4):
            maps = [[maps[0]], maps[1:]]
        return maps, ways

    def _map(self) -> list[Item]:
        found = [self.item() for _ in range(self.chance.choice([1, 1, 1, 2, 2, 3]))]
        return list({i.key: i for i in found}.values())

    def condition(self, names: Sequence[str], depth: int = 0) -> str:
        """A condition over these detections."""
        patterns = ("sel*", "*1", "s*_*", "filter*", "_hid*")
        known = [p for p in patterns if any(re.fullmatch(p.replace("*", ".*"), n) for n in names)]
        simple = [*names, *(f"{q} of {p}" for q in ("1", "any", "all") for p in ("them", *known))]
        if depth > 3 or self.maybe(2):
            return self.chance.choice([*names, *names, *simple])
        one, other = (self.condition(names, depth + 1) for _ in range(2))
        return self.chance.choice([
            f"{one} and {other}", f"{one} or {other}", f"not {one}", f"({one})", f"{one} and not {other}",
            f"({one} or {other}) and {self.chance.choice(names)}", f"not ({one} and {other})",
        ])  # fmt: skip

    def detections(self) -> tuple[dict[str, Json], dict[str, list[list[Item]]]]:
        """Some detections, as YAML has them and as tests. Often one test alone, so that nothing hides its answer."""
        if self.maybe(2):
            item = self.item()
            yaml, ways = self.keyword_items() if self.maybe(8) else ({item.key: item.values}, [[item]])
            return {"sel": yaml}, {"sel": ways}
        names = self.chance.choice([["sel"], ["sel"], ["sel_1", "filter_1"], ["sel_1", "sel_2", "filter"],
                                    ["sel_1", "sel_2", "_hidden"]])  # fmt: skip
        made = {name: self.detection() for name in names}
        return {n: d for n, (d, _) in made.items()}, {n: w for n, (_, w) in made.items()}

    def source(self) -> dict[str, str]:
        """A log source."""
        return self.chance.choice([
            {"product": "acme", "service": "app"}, {"product": "acme", "service": "app"},
            {"product": "acme", "category": "start"}, {"category": "start"}, {"product": "acme"}, {"service": "app"},
        ])  # fmt: skip

    def rule(self, number: int) -> Rule:
        """A whole rule."""
        yaml, ways = self.detections()
        condition: Json = self.condition(list(yaml)) if self.maybe(2) else " and ".join(sorted(yaml))
        if len(ways) == 1 and self.maybe(2):
            condition = "sel"
        if self.maybe(12):
            condition = [condition, self.condition(list(yaml))]
        document = {
            "title": f"rule {number}",
            "name": f"rule_{number}",
            "id": f"00000000-0000-4000-8000-{number:012d}",
            "status": self.chance.choice(["test", "deprecated", "unsupported"]),
            "logsource": self.source(),
            "detection": {**yaml, "condition": condition},
        }
        return Rule(document, ways)

    def filter(self, number: int, rules: Sequence[Rule]) -> Rule:
        """A filter of some of these rules."""
        yaml, ways = self.detections()
        named = [self.chance.choice(rules).document[self.chance.choice(["id", "name"])] for _ in range(2)]
        document = {
            "title": f"filter {number}",
            "id": f"00000000-0000-4000-8001-{number:012d}",
            "logsource": self.source(),
            "filter": {
                "rules": self.chance.choice(["any", named]),
                **yaml,
                "condition": self.chance.choice([f"not {next(iter(yaml))}", self.condition(list(yaml))]),
            },
        }
        return Rule(document, ways)

    # ---- events

    def changed(self, value: Json) -> Json:
        """A value that is a little off."""
        if not isinstance(value, str) or not value:
            return self.chance.choice([value, None, "", str(value)])
        k = self.chance.randint(0, len(value) - 1)
        alike = LOOK_ALIKE.get(value[k], value[k].swapcase())
        return self.chance.choice([
            value.swapcase(), value.upper(), value.lower(), value[1:], value[:-1], value[:k] + value[k + 1 :],
            value[:k] + alike + value[k + 1 :], value[:k] + self.text(1) + value[k:], value + self.text(1),
            self.text(1) + value, value.replace("\\", "\\\\"), value.replace("\\", "/"), value + "\n", " " + value,
            value * 2, value[::-1], self.text(2), "", value[:k] + "\u0301" + value[k:],
        ])  # fmt: skip

    def put(self, record: dict[str, Json], name: str, value: Json) -> None:
        """Give a record's field a value."""
        name = self.chance.choice(["user", "Names", "Details"]) if name == "Who" else MEMBERS.get(name, name)
        if name in ("Names", "args", "Sizes", "addresses") or self.maybe(12):
            others = [self.text(1) for _ in range(self.chance.randint(0, 2))]
            value = self.chance.choice([value, [value, *others], [*others, value], [*others, value]])
        if name.startswith("Request."):
            name = "request." + name.removeprefix("Request.")
        if "." not in name or name.startswith("event."):
            record[name] = value
            return
        parts = name.split(".")
        shape = self.chance.choice(["nested", "nested", "flat", "arrays", "half"])
        if shape == "flat" and parts[0] != "request":
            record[name] = value
            return
        if shape == "half":
            parts = [parts[0], ".".join(parts[1:])]
        at = record
        for part in parts[:-1]:
            inner: dict[str, Json] = {}
            there = at.get(part)
            if isinstance(there, dict):
                inner = there
            elif shape == "arrays" and part != "request" and self.maybe(2):
                at[part] = [inner, {self.text(1): 1}]
            else:
                at[part] = inner
            at = inner
        at[parts[-1]] = value

    def meet(self, item: Item, record: dict[str, Json]) -> None:
        """Give a record what a test asks for, or nearly."""
        chosen = item.samples if item.each else [self.chance.choice(item.samples)] if item.samples else []
        values = [s() for s in chosen]
        value = self.chance.choice(["", " "]).join(map(str, values)) if item.each else values[0] if values else None
        if isinstance(value, dict) and "both" in value:
            other, text = value["both"]
            self.put(record, other, self.changed(text) if self.maybe(3) else text)
            value = value["value"]
        if self.maybe(3):
            value = self.changed(value)
        self.put(record, item.field or self.chance.choice(TEXT_FIELDS), value)

    def record(self, rules: Sequence[Rule]) -> bytes:
        """A record that may meet one of the rules."""
        rule = self.chance.choice(rules)
        record: dict[str, Json] = {"kind": self.chance.choice(["start", "RUN", "stop", "x"])}
        if self.maybe(2):
            record["when"] = self.time()
        for ways in rule.detections.values():
            if self.maybe(5):
                continue
            for item in self.chance.choice(ways):
                if not self.maybe(12):
                    self.meet(item, record)
        for _ in range(self.chance.randint(0, 2)):
            self.put(record, self.chance.choice(ALL_FIELDS), self.text(3, LINES))
        if self.maybe(6):
            said = record.get("message") or record.get("verb") or next(reversed(record.values()))
            text = f"ACME {self.text(1, PLAIN).split()[:1] or 'go'} {said if isinstance(said, str) else self.text(4)}"
            return text.replace("\n", " ").encode("utf-8", "replace")
        record.setdefault("kind", "start")
        return self.json(record).encode("utf-8", "replace")

    def json(self, record: dict[str, Json]) -> str:
        """A record as some writer of JSON has it."""
        text = json.dumps(record, ensure_ascii=self.maybe(2), separators=self.chance.choice([(",", ":"), (", ", ": ")]))
        if re.search(r"\\u(?:0130|017f|212a)", text) and not self.maybe(10):  # what the oracle leaves open (`fields`)
            text = json.dumps(record, ensure_ascii=False)
        if self.maybe(4):
            text = text.replace("/", "\\/")
        if self.maybe(4):
            text = re.sub(r"(?<!\\)[<>&\']", lambda m: f"\\u{ord(m[0]):04x}", text)
        return text

    def case(self, rules: int, events: int, filters: int = 1) -> Case:
        """Rules, filters and records."""
        made = [self.rule(n) for n in range(rules)]
        silent = [self.filter(n, made) for n in range(self.chance.randint(0, filters))]
        sources = [*made, *made, *silent]
        records = [self.record(sources) for _ in range(events)]
        return Case([r.document for r in (*made, *silent)], records, dict(LISTS), made)
