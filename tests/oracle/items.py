"""Tests of rules, each with a way to make a value that meets it: made from a source of chance."""

# ruff: noqa: E501  tables stand as they are

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

Json = Any
Sample = Callable[[], Json]
"""Makes a value that meets a test (or may: a negated one, say)."""

TEXTS = (
    "cmd", "evil", " -enc ", " /c ", "C:\\Windows\\", "\\", "a", "b", "ab", "aab", "net user", "k", "s", "I", "i", "5",
    "é", "É", "ПрИвет", "\u0130", "\u0131", "\u017f", "\u212a", "ß", "ẞ", "Σ", "ς", "e\u0301", "i\u0307", "😀", "𐐀", "*",
    "?", '"', "'", "<&>", "%x%", " ", "\t", "\u0001", "\\\\", "{", "}", "[x]", "null", "true", "0x1f", "://", "ﬁ", "中文",
    "ab" * 9, "whoami /all", "powershell.exe", "-", "/", "--x", "�", "\u200b", "Ⱥ",
)  # fmt: skip
PLAIN = tuple(t for t in TEXTS if t.isascii() and "*" not in t and "?" not in t)
LINES = (*TEXTS, "\n", "\r\n", "\x7f", "\x85", "\u2028")
LOOK_ALIKE = {"i": "\u0130", "I": "\u0131", "s": "\u017f", "S": "\u017f", "k": "\u212a", "K": "\u212a", "e": "é", "a": "а", "-": "–", "\\": "/"}  # fmt: skip
LISTS: dict[str, tuple[str, ...]] = {
    "names": ("alice", "Bob", "c*d", "é", "\\\\srv"),
    "one": ("only",),
    "users": ("root", "admin"),
}

TEXT_FIELDS = (
    "Image", "CommandLine", "Details", "Names", "User", "Args", "Who", "Extra", "Extra.a", "Extra.a.b", "Deep.x.y.z",
    "Request.p", "Request.p.q", "process.executable", "kind", "verb", "message", "Nowhere.at.all.in.any.event",
)  # fmt: skip
NUMBER_FIELDS = ("Size", "Sizes", "Risk", "Extra.n", "Request.n", "Details")
ADDRESS_FIELDS = ("SourceIp", "Addresses", "Extra.ip", "Details")
TIME_FIELDS = ("Began", "@timestamp", "Extra.when", "Details")
TRUTH_FIELDS = ("Interactive", "Extra.on", "Request.on")
ALL_FIELDS = (*TEXT_FIELDS, "Size", "Sizes", "Risk", "SourceIp", "Addresses", "Began", "Interactive", "event.category")

MEMBERS = {
    "User": "user", "Args": "args", "SourceIp": "from", "Addresses": "addresses", "Size": "size", "Began": "began",
    "Interactive": "interactive", "Risk": "risk", "@timestamp": "when", "process.executable": "Image",
}  # fmt: skip
"""Rule's field -> the record's member, where it is called otherwise."""


@dataclass
class Item:
    """One test of a rule: its key and values as YAML has them, the field, values that meet it."""

    key: str
    values: Json
    field: str | None
    samples: list[Sample]
    each: bool = False  # all samples have to be there

    @property
    def kind(self) -> str:
        """Its modifiers, to count by."""
        return "|".join(self.key.split("|")[1:]) or "plain"


class Items:
    """One test after the other, left to chance."""

    def __init__(self, chance: Random) -> None:
        self.chance = chance

    def maybe(self, one_in: int) -> bool:
        """Once in so many times."""
        return self.chance.randint(1, one_in) == 1

    def text(self, most: int = 3, of: Sequence[str] = TEXTS) -> str:
        """A short text."""
        return "".join(self.chance.choice(of) for _ in range(self.chance.randint(1, most)))

    def junk(self) -> str:
        """What surrounds a text: mostly nothing, sometimes much."""
        if self.maybe(40):
            return self.text(2, LINES) * self.chance.randint(50, 400)
        return "" if self.maybe(3) else self.text(3, LINES)

    # ---- texts

    def parts(self, of: Sequence[str] = TEXTS) -> list[str | int]:
        """A text with wildcards: 0 stands for any characters, 1 for one."""
        out: list[str | int] = [self.text(3, of)]
        while self.maybe(4):
            out.append(self.chance.randint(0, 1))
            if not self.maybe(4):
                out.append(self.text(2, of))
        if self.maybe(10):
            out.insert(0, self.chance.randint(0, 1))
        return out

    def spelt(self, parts: Sequence[str | int]) -> str:
        """A text as Sigma writes it. Now and then without need of an escape, and read as it will be."""
        careful = not self.maybe(8)
        out = []
        for part in parts:
            if isinstance(part, int):
                out.append("*?"[part])
            elif careful:
                out.append(part.replace("\\", "\\\\").replace("*", "\\*").replace("?", "\\?"))
            else:
                out.append(part)
        return "".join(out)

    def filled(self, parts: Sequence[str | int]) -> str:
        """A text that fits."""
        return "".join(
            part if isinstance(part, str) else self.junk() if part == 0 else self.chance.choice("xéİ😀 \\*\n")
            for part in parts
        )

    def around(self, text: str, how: str) -> str:
        """Something before it, behind it, both."""
        if how in ("contains", "endswith"):
            text = self.junk() + text
        return text + self.junk() if how in ("contains", "startswith") else text

    def text_item(self, name: str | None) -> Item:
        """A test of a text."""
        how = self.chance.choice(["", "", "contains", "startswith", "endswith"])
        extra = self.chance.choice(["", "", "", "", "all", "windash", "cased", "neq", "expand", "encoded"])
        if extra == "encoded":
            return self.encoded_item(name)
        modifiers = [how] if how else []
        texts = [self.parts() for _ in range(self.chance.randint(1, 3))]
        if extra == "windash":
            texts = [
                [f"{self.chance.choice(['', 'x '])}{self.chance.choice('-/')}{self.text(1, PLAIN)}"] for _ in texts
            ]
        if extra == "expand":
            texts[0] = [self.chance.choice(["", "x"]), "%", self.chance.choice(list(LISTS)), "%"]
        if extra:
            modifiers.append(extra)
        if extra == "windash" and self.maybe(3):
            modifiers.append("all")

        def sample(parts: list[str | int]) -> Sample:
            def make() -> str:
                text = self.filled(parts)
                if extra == "windash":
                    text = re.sub(r"\B[-/]\b", lambda _: self.chance.choice("-/–—―"), text, count=1)
                if extra == "expand":
                    text = re.sub("%([a-z]+)%", lambda m: self.chance.choice(LISTS.get(m[1], (m[1],))), text)
                return self.around(text, how)

            return make

        each = "all" in modifiers
        values: Json = [self.spelt(p) for p in texts]
        if each and len(values) == 1:
            values.append(values[0])
        elif len(values) == 1 and self.maybe(2):
            [values] = values
        elif extra == "" and how == "" and self.maybe(5):
            values.append(self.chance.choice([None, 5, True, "", 1.5]))
        return Item("|".join([name or "", *modifiers]), values, name, [sample(p) for p in texts], each)

    def encoded_item(self, name: str | None) -> Item:
        """base64, UTF-16 and both."""
        wide = self.chance.choice(["", "wide", "utf16", "utf16be"])
        coded = self.chance.choice(
            ["base64", "base64offset", "base64offset"] if wide != "wide" else ["", "base64offset"]
        )
        how = "contains" if coded == "base64offset" or self.maybe(2) else ""
        texts = [self.text(4, PLAIN) for _ in range(self.chance.randint(1, 2))]
        codec = {"": "utf-8", "wide": "utf-16le", "utf16": "utf-16le", "utf16be": "utf-16be"}[wide]

        def sample(text: str) -> Sample:
            def make() -> str:
                raw = (b"\xff\xfe" if wide == "utf16" else b"") + text.encode(codec)
                if coded == "base64":
                    return self.around(base64.b64encode(raw).decode(), how)
                if coded == "base64offset":
                    before, after = ("x" * self.chance.randint(0, 4) for _ in range(2))
                    return self.around(base64.b64encode(before.encode() + raw + after.encode()).decode(), how)
                return self.around(raw.decode("utf-8", "replace"), how)

            return make

        modifiers = [m for m in (wide, coded, how) if m]
        return Item("|".join([name or "", *modifiers]), [t.replace("\\", "\\\\") for t in texts], name,
                    [sample(t) for t in texts])  # fmt: skip

    # ---- expressions

    def regex_item(self, name: str | None) -> Item:
        """A regular expression that is made of parts whose matches are known."""
        flags = [f for f in "ims" if self.maybe(4)]
        pieces: list[tuple[str, Sample]] = []
        for _ in range(self.chance.randint(1, 4)):
            pieces.append(self.chance.choice(self._pieces()))  # noqa: PERF401
        begins, ends = self.maybe(5), self.maybe(5)
        pattern = "^" * begins + "".join(p for p, _ in pieces) + "$" * ends
        if "i" in flags and self.maybe(2):
            pattern = pattern.swapcase() if re.fullmatch(r"[A-Za-z0-9 ]*", pattern) else pattern
        how = self.chance.choice(["", "", "", "contains", "startswith", "endswith"])

        def make() -> str:
            text = "".join(s() for _, s in pieces)
            before = "" if begins and not self.maybe(5) else self.junk()
            return before + text + ("" if ends and not self.maybe(5) else self.junk())

        return Item("|".join([name or "", "re", *flags, *([how] if how else [])]), pattern, name, [make])

    def _pieces(self) -> list[tuple[str, Sample]]:
        pick = self.chance.choice
        text = self.text(2)
        return [
            (re.escape(text).replace("\\\t", "\\t").replace("\\ ", " "), lambda: text),
            ("evil", lambda: "evil"),
            (r"\d+", lambda: "42"),
            (r"\w", lambda: pick("zZ_9")),
            (r"\W", lambda: pick("é -")),
            (r"\S+", lambda: "x-y"),
            (r"[a-f]{2,3}", lambda: pick(["ab", "abc"])),
            (r"[A-Z]+", lambda: pick(["AB", "Q"])),
            (r"(?:foo|ba+r|)", lambda: pick(["foo", "baar", ""])),
            (".", lambda: pick("x\né")),
            (".*", self.junk),
            (r".{1,5}?", lambda: "...."),
            (r"\s", lambda: pick(" \t\n")),
            (r"\bnet\b", lambda: " net "),
            (r"[^\\/]{3}", lambda: "abc"),
            (r"(whoami){2}", lambda: "whoamiwhoami"),
            (r"[Pp][Ww][Ss][Hh]", lambda: "pwSH"),
            ("ключ", lambda: "ключ"),
            (r"\x41\x2f", lambda: "A/"),
            ("(?i:CaSe)", lambda: "cAsE"),
            (r"[]x]", lambda: "]"),
            (r"x{0}y", lambda: "y"),
        ]

    # ---- what is no text

    def number(self) -> int | float:
        """A number."""
        return self.chance.choice(
            [0, 1, 5, 7, 10, -1, 255, 1024, 4294967296, 1.5, 0.25, -2.5, 99999, 1e3, 12345678901234]
        )

    def number_item(self, name: str) -> Item:
        """A number is so, less, more, …"""
        how = self.chance.choice(["", "lt", "lte", "gt", "gte", "neq"])
        numbers = [self.number() for _ in range(self.chance.randint(1, 2))]

        def sample(n: float) -> Sample:
            return lambda: n + self.chance.choice([0, 0, 1, -1]) if self.maybe(2) else n

        return Item(f"{name}|{how}" if how else name, numbers if len(numbers) > 1 else numbers[0], name,
                    [sample(n) for n in numbers])  # fmt: skip

    def address_item(self, name: str) -> Item:
        """An address of a network."""
        networks = [self.chance.choice(["192.0.2.0/24", "10.0.0.0/8", "192.0.2.128/25", "0.0.0.0/0", "2001:db8::/32",
                                        "::/0", "192.0.2.7/32", "2001:db8::8000:0:0:0/65", "fe80::/10"])
                    for _ in range(self.chance.randint(1, 2))]  # fmt: skip
        return Item(f"{name}|cidr", networks, name, [self.address])

    def address(self) -> str:
        """An address, or nearly."""
        return self.chance.choice([
            "192.0.2.1", "192.0.2.128", "192.0.2.7", "192.0.3.0", "10.255.0.1", "11.0.0.1", "2001:db8::1",
            "2001:DB8:0:0:8000::1", "2001:db9::", "::1", "fe80::1", "::ffff:192.0.2.1", "192.0.2", "192.0.2.256",
        ])  # fmt: skip

    def time_item(self, name: str) -> Item:
        """A part of a time."""
        unit = self.chance.choice(["minute", "hour", "day", "week", "month", "year"])
        numbers = {"minute": [0, 30, 59], "hour": [0, 10, 23], "day": [1, 23, 31], "week": [1, 48, 53],
                   "month": [1, 11, 12], "year": [2026, 2025, 1999]}[unit]  # fmt: skip
        how = self.chance.choice(["", "", "|lt", "|lte", "|gt", "|gte", "|neq"])
        return Item(f"{name}|{unit}{how}", self.chance.choice(numbers), name, [self.time])

    def time(self) -> str:
        """A time, or nearly."""
        return self.chance.choice([
            "2026-11-23T10:30:00Z", "2026-11-23T10:30:00+05:30", "2025-12-31T23:59:59.999999Z", "2026-01-01T00:00:00Z",
            "2026-12-31T22:00:00-02:00", "1999-01-01T00:30:00Z", "2026-11-23", "2026-13-01T00:00:00Z", "no time",
        ])  # fmt: skip

    def reference_item(self, name: str) -> Item:
        """One field against another."""
        how = self.chance.choice(["", "contains", "startswith", "endswith", "neq"])
        other = self.chance.choice(ALL_FIELDS)
        made = Item("|".join([name, "fieldref", *([how] if how else [])]), other, name, [])
        text = self.text()
        made.samples = [lambda: {"both": (other, text), "value": self.around(text, how)}]
        return made
