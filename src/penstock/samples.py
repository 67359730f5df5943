"""Golden samples of packs: each `samples/<what_happened>.log` goes through the stages; its rows must be as expected.

The clock is fixed, the file is read as any input is (framing, compression, headers), and nothing says whose records
they are: a sample tests the pack's recognition too, with all other packs beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import orjson

from penstock.content.catalogue import Catalogue
from penstock.content.compiling import compile_packs
from penstock.content.load import load_pack, load_packs
from penstock.content.model import Pack
from penstock.content.places import packs_dir
from penstock.content.plan import STORED
from penstock.core import check_accounting, fold
from penstock.errors import ContentError, UsageError
from penstock.formats.ndjson import to_ndjson
from penstock.formats.rejected import reject_rows
from penstock.pipeline import stages
from penstock.sources.file import FileSource

REFERENCE = 1_795_435_200_000_000
"""2026-11-23T12:00:00Z in microseconds: when every sample is read."""

SUFFIXES = (".log", ".json", ".ndjson", ".xml", ".csv", ".txt", ".evtx")
"""What a sample's file may end in. `.expected.json` beside it holds its rows."""

Row = dict[str, object]
_NOT_COMPARED = ("event.ingested", "penstock.reference", "penstock.source", "penstock.stream")
_SHOWN = 40


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one sample. `differences`: one a line, empty when it passed; `updated`: expectations rewritten."""

    pack: str
    sample: Path
    rows: int = 0
    differences: tuple[str, ...] = field(default=())
    updated: bool = False

    @property
    def passed(self) -> bool:
        """No difference."""
        return not self.differences

    def __str__(self) -> str:
        """One line, and the differences under it."""
        word = "FAILED" if self.differences else "updated" if self.updated else "passed"
        shown = [f"    {d}" for d in self.differences[:_SHOWN]]
        if len(self.differences) > _SHOWN:
            shown.append(f"    … and {len(self.differences) - _SHOWN} more differences")
        return "\n".join([f"{word:8}{self.pack} {self.sample.name} ({self.rows} rows)", *shown])


def check_packs(folders: Sequence[Path] = (), names: Sequence[str] = (), *, update: bool = False) -> Iterator[Result]:
    """Test packs, the bundled ones and those below `folders`: these `names`, or all.

    All packs are loaded. Where that fails and names were given, only those packs and the generic ones are, so that
    somebody else's half-written pack does not stand in the way. Raises `ContentError`, `UsageError` (no such pack).
    """
    roots = [packs_dir(), *folders]
    known = {p.parent.name: p.parent for root in roots for p in sorted(root.glob("*/pack.yaml"))}
    missing = [n for n in names if n not in known]
    if missing:
        raise UsageError(f"no pack {', '.join(missing)}; there are {', '.join(known)}")
    try:
        catalogue = compile_packs(load_packs(roots), folders)
    except ContentError:
        if not names:
            raise
        catalogue = compile_packs(_only(known, names))
    for name in names or known:
        yield from check_pack(known[name], catalogue, update=update)


def _only(known: Mapping[str, Path], names: Sequence[str]) -> list[Pack]:
    """These packs, and the generic ones that are sound."""
    found = [load_pack(known[name]) for name in names]
    for name, folder in known.items():
        if name.startswith("generic_") and name not in names:
            with suppress(ContentError):
                pack = load_pack(folder)
                compile_packs([pack])
                found.append(pack)
    return found


def check_pack(folder: Path, catalogue: Catalogue, *, update: bool = False) -> Iterator[Result]:
    """Run a pack's samples. `update` writes down what they gave, unless a row is wrong in itself."""
    samples = samples_of(folder)
    if not samples:
        missing = "no samples: put raw lines into samples/<what_happened>.log"
        yield Result(folder.name, folder / "samples", 0, (missing,))
    for sample in samples:
        yield check_sample(sample, catalogue, update=update)


def samples_of(folder: Path) -> list[Path]:
    """The sample files of a pack's folder."""
    found = (folder / "samples").glob("*")
    return sorted(p for p in found if p.suffix in SUFFIXES and not p.name.endswith(".expected.json"))


def check_sample(sample: Path, catalogue: Catalogue, *, update: bool = False) -> Result:
    """Run one sample and compare its rows, events and rejects, with those of `<name>.expected.json`."""
    pack = sample.parents[1].name
    rows = rows_of(sample, catalogue)
    wrong = _wrong(rows, pack, rejects=sample.name.startswith("reject"))
    expected = sample.with_name(sample.stem + ".expected.json")
    if update and not wrong:
        text = orjson.dumps(rows, option=orjson.OPT_INDENT_2) + b"\n"
        changed = not expected.is_file() or expected.read_bytes() != text
        if changed:
            expected.write_bytes(text)
        return Result(pack, sample, len(rows), updated=changed)
    if not expected.is_file():
        wrong.append(f"no {expected.name}: write it with `penstock pack test {pack} --update`, and read it")
        return Result(pack, sample, len(rows), tuple(wrong))
    try:
        wanted = orjson.loads(expected.read_bytes())
    except orjson.JSONDecodeError as error:
        wrong.append(f"{expected.name} is not JSON: {error}")
        return Result(pack, sample, len(rows), tuple(wrong))
    return Result(pack, sample, len(rows), (*wrong, *differences(wanted, rows)))


def rows_of(sample: Path, catalogue: Catalogue) -> list[Row]:
    """The rows that a file gives, events and rejects in the order of its records, without what a clock or path says."""
    chain = stages(catalogue)
    rows: list[Row] = []
    for raw in FileSource(sample, 0, reference=REFERENCE).read():
        batch = fold(chain, raw)
        check_accounting(batch)
        order = [int(r) for frame in batch.events for r in frame.rows]
        events = [orjson.loads(line) for line in bytes(to_ndjson(batch.events)).split(b"\n")[:-1]]
        rejects = reject_rows(batch).drop_columns([*_NOT_COMPARED]).to_pylist()
        placed = [
            *zip(sorted(order), events, strict=True),
            *zip(batch.rejects.rows.tolist(), rejects, strict=True),
        ]
        rows += [_kept(row) for _, row in sorted(placed, key=lambda p: p[0])]
    return rows


def _kept(row: Row) -> Row:
    return {k: v for k, v in row.items() if v is not None and k not in _NOT_COMPARED}


def _wrong(rows: list[Row], pack: str, *, rejects: bool) -> list[str]:
    """What must not be in a sample, whatever is written down: rejects (unless it is there for them), others' rows.

    (Our own event rows come back as the packs' that made them.)
    """
    out = []
    for number, row in enumerate(rows, 1):
        if "error.category" in row:
            if not rejects:
                why = f"{row['error.category']} {row['error.code']}: {row['error.message']}"
                out.append(f"row {number}: reject {why}")
                out.append(f"    {_short(row.get('event.original'))}")
        elif pack not in (str(row.get("penstock.pack")).partition("@")[0], STORED.partition(".")[0]):
            out.append(f"row {number}: taken by {row.get('penstock.pack')}, not by {pack}")
            out.append(f"    {_short(row.get('event.original'))}")
    if not rows:
        out.append("no records in it")
    return out


def differences(wanted: list[Row], found: list[Row]) -> Iterator[str]:
    """Field by field: `row 3 source.ip: wanted "192.0.2.1", found nothing`."""
    if len(wanted) != len(found):
        yield f"{len(found)} rows, wanted {len(wanted)}"
    for number, (want, have) in enumerate(zip(wanted, found, strict=False), 1):
        for name in sorted({*want, *have}):
            if want.get(name) != have.get(name):
                yield f"row {number} {name}: wanted {_shown(want, name)}, found {_shown(have, name)}"


def _shown(row: Row, name: str) -> str:
    return orjson.dumps(row[name]).decode() if name in row else "nothing"


def _short(value: object, room: int = 160) -> str:
    text = str(value)
    return text if len(text) <= room else text[:room] + "…"
