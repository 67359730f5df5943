"""What a pack says, as checked data: the language of `docs/how-to/write-a-pack.md`, one type a construct."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from penstock.schema.registry import Field

Constant = str | int | float | bool | tuple[str, ...]
"""A value that stands in a pack: written to a row as it is."""


@dataclass(frozen=True, slots=True)
class Selector:
    """One way to recognise a dataset's records. What is given must all hold.

    program, begins, like, header: texts of which one must fit. keys: members that must be there. values: member ->
    values of which it must have one. vendor, product: of CEF or LEEF. any: takes what nobody else wanted.
    """

    program: tuple[str, ...] = ()
    begins: tuple[str, ...] = ()
    like: tuple[str, ...] = ()
    header: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    vendor: tuple[str, ...] = ()
    product: tuple[str, ...] = ()
    any: bool = False


@dataclass(frozen=True, slots=True)
class Pattern:
    """A message of a text dataset: lines that say the same, what they mean. `values`: of the split field, or any."""

    name: str
    lines: tuple[str, ...]
    values: tuple[str, ...]
    set: Mapping[str, Constant]
    line: int


@dataclass(frozen=True, slots=True)
class Group:
    """Members of a structured record and the fields they go to. `keep`: each also as `<pack>.<member>`.

    under: places where the members stand. camel: places where they stand with their first letter in lower case.
    """

    under: tuple[str, ...]
    camel: tuple[str, ...]
    keep: bool
    fields: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Family:
    """What holds for some values of the splitting members: settings, further mappings."""

    values: tuple[str, ...]
    set: Mapping[str, Constant]
    fields: Mapping[str, tuple[str, ...]]
    line: int


@dataclass(frozen=True, slots=True)
class Step:
    """One step: its verb, its arguments as plain data, the condition, whether it writes over what is there."""

    verb: str
    arguments: Mapping[str, object]
    when: object
    over: bool
    line: int


@dataclass(frozen=True, slots=True)
class Dataset:
    """One kind of record of a product."""

    name: str
    recognise: tuple[Selector, ...]
    formats: tuple[str, ...]
    head: str | None
    split: str | None
    patterns: tuple[Pattern, ...]
    groups: tuple[Group, ...]
    by: tuple[str, ...]
    families: tuple[Family, ...]
    set: Mapping[str, Constant]
    nulls: tuple[str, ...]
    header: Mapping[str, tuple[str, ...]]
    time: tuple[str, ...]
    zone: int | None
    on_error: Mapping[str, str]
    columns: tuple[str, ...]
    steps: tuple[Step, ...]
    line: int

    @property
    def is_text(self) -> bool:
        """It is taken apart by patterns."""
        return self.formats == ("text",)


@dataclass(frozen=True, slots=True)
class Pack:
    """A product's knowledge: a folder."""

    name: str
    version: str
    title: str
    folder: Path
    datasets: tuple[Dataset, ...]
    fields: tuple[Field, ...]
