"""What `penstock.yaml` may say. A setting is declared once: here, with what it means."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from penstock.config.secret import Secret
from penstock.config.settings import Name, Place, Settings
from penstock.config.triage_model import IncidentSettings, NotifySettings
from penstock.sources.framing import Bounds

DEFAULT = Bounds()
LAKE = "penstock-data"
"""Where the lake lies when nothing says otherwise."""

LISTEN = "127.0.0.1:8686"

_ZONE = re.compile(r"([+-])(\d{2}):?(\d{2})")
_ADDRESS = re.compile(r"(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9_.-]+):(\d{1,5})")


def minutes(zone: str) -> int:
    """`+02:00`, `Z` or `UTC` as minutes east of UTC."""
    if zone.upper() in {"Z", "UTC"}:
        return 0
    found = _ZONE.fullmatch(zone)
    if not found or int(found[2]) > 14 or int(found[3]) > 59:
        raise ValueError("wanted an offset like +02:00, or UTC (names of zones have more than one)")
    return int(found[1] + "1") * (int(found[2]) * 60 + int(found[3]))


def _written(zone: object) -> object:
    """YAML takes +10:00 for a number to the base of 60."""
    if isinstance(zone, int) and not isinstance(zone, bool):
        return f"{'-' if zone < 0 else '+'}{abs(zone) // 60:02d}:{abs(zone) % 60:02d}"
    return zone


def _zone(zone: str) -> str:
    minutes(zone)
    return zone


def address(listen: str) -> tuple[str, int]:
    """Host and port of `127.0.0.1:8686` or `[::1]:8686`."""
    found = _ADDRESS.fullmatch(listen)
    if not found or int(found[2]) > 65535:
        raise ValueError("wanted HOST:PORT, like 127.0.0.1:8686")
    return found[1].strip("[]"), int(found[2])


def _address(listen: str) -> str:
    address(listen)
    return listen


def _empty_is_default(value: object) -> object:
    return {} if value is None else value


class Batching(Settings):
    """When a batch is full: whichever comes first."""

    bytes: int = Field(default=DEFAULT.size, ge=1024, le=256 << 20)
    """Raw bytes of a batch."""
    rows: int = Field(default=DEFAULT.records, ge=1, le=1 << 20)
    """Records of a batch."""
    seconds: float = Field(default=DEFAULT.seconds, ge=0, le=60)
    """How long a live source waits for more once it has something."""


class Reading(Settings):
    """What every source of bytes has."""

    pack: str | None = None
    """The pack that must take every record; without it each record tells what it is."""
    zone: Annotated[str, BeforeValidator(_written), AfterValidator(_zone)] = "UTC"
    """The offset of times that carry none, like +02:00."""
    multiline: Literal["indented", "java", "undated"] | None = None
    """Which lines go on with the record before them. `indented`: those that begin with a space or tab; `java`: the
    other lines of its stack traces too; `undated`: all that begin with no date, number or priority."""
    longest: int = Field(default=DEFAULT.longest, ge=1024, le=64 << 20)
    """Bytes of one record; a longer one is a reject, its first 64 KiB kept."""
    batch: Annotated[Batching, BeforeValidator(_empty_is_default)] = Batching()
    """When a batch is full."""
    lateness: float = Field(default=10.0, ge=0, le=86_400)
    """Seconds by which its events may be out of order: so long alerts wait, and correlations look for older ones."""

    def bounds(self) -> Bounds:
        """As framing takes them."""
        return Bounds(self.batch.bytes, self.batch.rows, self.batch.seconds, self.longest)


class Watching(Reading):
    """What sources of watched files have."""

    poll: float = Field(default=0.2, gt=0, le=3600)
    """Seconds between two looks."""
    settle: float = Field(default=5.0, ge=0, le=86_400)
    """Seconds without a change after which a last line without a line end is a record, and a packed file is read."""
    once: bool = False
    """Read what is there to its end, then stop watching."""


class FileSettings(Watching):
    """Files by name or pattern, watched: growth, rotation, truncation, new files."""

    type: Literal["file"]
    """`file`."""
    path: Place | None = None
    """A file, or a pattern with * and ?; ** goes through folders."""
    paths: tuple[Place, ...] = ()
    """Several of them."""

    @model_validator(mode="after")
    def _some(self) -> FileSettings:
        if (self.path is None) == (not self.paths):
            raise ValueError("wanted `path` or `paths`, one of the two")
        return self

    @property
    def places(self) -> tuple[str, ...]:
        """All of them."""
        return self.paths or (self.path or "",)


class DirectorySettings(Watching):
    """All files of a folder, watched."""

    type: Literal["directory"]
    """`directory`."""
    path: Place
    """The folder."""

    @property
    def places(self) -> tuple[str, ...]:
        """The folder."""
        return (self.path,)


class StdinSettings(Reading):
    """Standard input. Each start reads a new stream; at its end the source has ended."""

    type: Literal["stdin"]
    """`stdin`."""


class LakeSettings(Settings):
    """The lake: Delta tables of events and rejects."""

    type: Literal["lake"]
    """`lake`."""
    durable: bool = True
    """Wait for the disk before anything is acknowledged."""
    compact: float = Field(default=300.0, ge=0, le=86_400)
    """Seconds between two looks for small files to be put together; 0: never."""
    vacuum: float = Field(default=3600.0, ge=0, le=604_800)
    """Seconds between two rounds of deleting files that no version names any more; 0: never."""
    keep: int = Field(default=24, ge=1, le=8760)
    """Hours for which such files are kept: longer than the longest query."""


class NdjsonSettings(Settings):
    """Events as NDJSON, added to a file, each once and only once."""

    type: Literal["ndjson"]
    """`ndjson`."""
    path: Place
    """The file. Beside it `<path>.positions` says how far each stream was written."""


class CorrelationSettings(Settings):
    """What correlations remember."""

    memory: int = Field(default=256 << 20, ge=1 << 20, le=1 << 40)
    """Bytes in memory, for all of them; what is more lies in files."""
    spill: Place | None = None
    """The folder of these files, on a disk of this machine. Default: `spill` in `state`."""


class ConsoleSettings(Settings):
    """Health and metrics over HTTP. Without this section no port is opened."""

    listen: Annotated[str, AfterValidator(_address)] = LISTEN
    """Host and port."""
    token: Secret | None = None
    """What `Authorization: Bearer …` must say for /metrics; best a reference."""


def _sinks(value: object) -> object:
    """A sink called `lake` is one without saying so, and is there even if it is not named."""
    if not isinstance(value, dict):
        return {"lake": {"type": "lake"}} if value is None else value
    kinds = [s.get("type") for s in value.values() if isinstance(s, dict)]
    own = value.get("lake")
    if ("lake" in value or "lake" not in kinds) and (own is None or isinstance(own, dict)):
        return {**value, "lake": {"type": "lake", **(own or {})}}
    return value


SourceSettings = Annotated[FileSettings | DirectorySettings | StdinSettings, Field(discriminator="type")]
SinkSettings = Annotated[LakeSettings | NdjsonSettings, Field(discriminator="type")]


class Configuration(Settings):
    """`penstock.yaml`. Places are relative to the file's folder."""

    lake: Place = LAKE
    """The folder of the lake: events, rejects, alerts."""
    state: Place | None = None
    """The folder of what the service remembers: how far sources were read. Default: `state` in the lake's folder."""
    packs: tuple[Place, ...] = ()
    """Further folders of packs; one there replaces a bundled one of its name."""
    rules: tuple[Place, ...] = ()
    """Files and folders of Sigma rules, correlations and filters; `bundled`: ours. Without any, nothing is detected."""
    placeholders: tuple[Place, ...] = ()
    """Files of what %placeholders% in rules stand for: `name: [values]`."""
    correlation: Annotated[CorrelationSettings, BeforeValidator(_empty_is_default)] = CorrelationSettings()
    """What correlations remember."""
    context: bool = False
    """Compute the third tier of the taxonomy, `penstock.context`, for every event."""
    sources: dict[Name, SourceSettings] = Field(min_length=1)
    """Where records come from, by name."""
    sinks: Annotated[dict[Name, SinkSettings], BeforeValidator(_sinks)] = Field(
        default={"lake": LakeSettings(type="lake")}
    )
    """Where events go, by name. The lake is always among them: rejects go there."""
    console: Annotated[ConsoleSettings, BeforeValidator(_empty_is_default)] | None = None
    """Health and metrics over HTTP; an empty section takes the defaults."""
    incidents: Annotated[IncidentSettings, BeforeValidator(_empty_is_default)] = IncidentSettings()
    """How alerts become incidents."""
    notify: dict[Name, NotifySettings] = Field(default={})
    """Whom to tell of incidents, by name."""
    threads: int = Field(default=0, ge=0, le=256)
    """Threads for the stages; 0: as many as there are cores."""
    queue: int = Field(default=2, ge=1, le=1024)
    """Batches that may wait, besides those in the threads."""
    reference_time: datetime | None = None
    """Fixes the clock, for repeatable runs: what a missing year is inferred from."""

    @model_validator(mode="after")
    def _one_of_a_kind(self) -> Configuration:
        if sum(s.type == "lake" for s in self.sinks.values()) != 1:
            raise ValueError("one sink, and one only, must be the lake")
        if sum(s.type == "stdin" for s in self.sources.values()) > 1:
            raise ValueError("stdin can be one source only")
        return self
