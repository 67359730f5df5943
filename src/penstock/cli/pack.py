"""`penstock pack`: list, new, test, lint, explain."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from penstock.cli import arguments
from penstock.errors import ContentError, UsageError


def add(parser: argparse.ArgumentParser) -> None:
    """Its verbs and options."""
    parser.epilog = (
        "example: penstock pack explain 'Nov 23 10:00:01 web1 sshd[12]: Invalid user x from 203.0.113.7 port 4'"
    )
    verbs = parser.add_subparsers(dest="what", metavar="WHAT", required=True)
    listing = verbs.add_parser("list", help="packs and their datasets")
    new = verbs.add_parser("new", help="a folder that already passes its test")
    new.add_argument("name", help="vendor_product")
    new.add_argument("--in", dest="root", type=Path, default=Path("packs"), help="folder of packs (default packs)")
    test = verbs.add_parser("test", help="run golden samples")
    test.add_argument("names", nargs="*", metavar="NAME", help="packs (default: all)")
    test.add_argument("--update", action="store_true", help="rewrite what is expected")
    lint = verbs.add_parser("lint", help="every problem, with file and line")
    lint.add_argument("names", nargs="*", metavar="NAME", help="packs (default: all)")
    explain = verbs.add_parser("explain", help="step by step how one record is taken")
    explain.add_argument("record", help="the raw record; - reads it from stdin")
    explain.add_argument("--pack", metavar="NAME", help="the pack that must take it")
    explain.add_argument("--reference-time", metavar="T", type=arguments.instant, help="fix the clock")
    for sub in (listing, test, lint, explain):
        arguments.add_content(sub)


def run(options: argparse.Namespace) -> int:
    """Run one."""
    return {"list": _list, "new": _new, "test": _test, "lint": _lint, "explain": _explain}[options.what](options)


def _list(options: argparse.Namespace) -> int:
    from penstock.pipeline import find_packs  # noqa: PLC0415

    for pack in find_packs(options.packs):
        print(f"{pack.name}@{pack.version}  {pack.title}")
        for dataset in pack.datasets:
            count = len(dataset.patterns) or len(dataset.families) or 1
            print(f"    {dataset.name}  {', '.join(dataset.formats)}, {count} kinds of record")
    return 0


def _lint(options: argparse.Namespace) -> int:
    from penstock.detecting import map_problems  # noqa: PLC0415
    from penstock.pipeline import load_catalogue, pack_folders  # noqa: PLC0415

    wanted = [folder / "" for folder in pack_folders(options.packs) if folder.name in options.names]
    missing = set(options.names) - {f.name for f in wanted}
    if missing:
        raise UsageError(f"no pack {', '.join(sorted(missing))}")
    try:
        problems = map_problems(options.packs, load_catalogue(options.packs))
    except ContentError as error:
        problems = [*error.problems, *map_problems(options.packs)]
    shown = [p for p in problems if not wanted or any(str(w) in p.file for w in wanted)]
    for problem in shown:
        print(problem)
    print(f"penstock: {len(shown) or 'no'} problem{'s' * (len(shown) != 1)}", file=sys.stderr)
    return 1 if shown else 0


def _new(options: argparse.Namespace) -> int:
    from penstock.content.scaffold import new_pack  # noqa: PLC0415
    from penstock.samples import check_packs  # noqa: PLC0415

    folder = new_pack(options.name, options.root)
    failed = 0
    for result in check_packs([options.root], [folder.name], update=True):
        print(result)
        failed += not result.passed
    then = f"penstock pack test --packs {options.root} {folder.name}"
    print(f"{folder}: edit pack.yaml, put raw lines into samples/, then {then}")
    return 1 if failed else 0


def _test(options: argparse.Namespace) -> int:
    from penstock.samples import check_packs  # noqa: PLC0415

    failed = 0
    for result in check_packs(options.packs, options.names, update=options.update):
        print(result)
        failed += not result.passed
    return 1 if failed else 0


def _explain(options: argparse.Namespace) -> int:
    from penstock.explain import explain  # noqa: PLC0415

    raw = (
        sys.stdin.buffer.read().rstrip(b"\r\n")
        if options.record == "-"
        else options.record.encode("utf-8", "surrogateescape")
    )
    found = arguments.catalogue(options.packs, options.pack)
    for line in explain(found, raw, pack=options.pack, reference=options.reference_time):
        print(line)
    return 0
