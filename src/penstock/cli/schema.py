"""`penstock schema`: show, sigma, diff, check, export; the taxonomy's sub-verbs are in `taxonomy.py`."""

from __future__ import annotations

import argparse
import sys

import orjson

from penstock.cli import arguments, taxonomy
from penstock.schema import export
from penstock.schema.registry import ROWS, Schema


def add(parser: argparse.ArgumentParser) -> None:
    """Its verbs and options."""
    parser.epilog = "example: penstock schema show 'source.*'"
    verbs = parser.add_subparsers(dest="what", metavar="WHAT", required=True)
    show = verbs.add_parser(
        "show", help="fields and category codes by name", epilog="example: penstock schema show '*.ip'"
    )
    show.add_argument(
        "pattern", nargs="?", default="*", help="a name, a part of one, or a pattern with * (default: all)"
    )
    show.add_argument("--json", action="store_true", help="as NDJSON, with everything that is known")
    sigma = verbs.add_parser(
        "sigma",
        help="what Sigma rules call a field, and where their fields stand",
        epilog="example: penstock schema sigma process.executable",
    )
    sigma.add_argument("name", help="a column (source.ip), or a rule's field (Image); * stands for any characters")
    diff = verbs.add_parser("diff", help="what changed between versions", epilog="example: penstock schema diff 1.0.0")
    diff.add_argument("before", metavar="VERSION", help="a released version")
    diff.add_argument("after", metavar="VERSION", nargs="?", help="another (default: this installation's)")
    check = verbs.add_parser("check", help="does this code keep what released versions promised?")
    out = verbs.add_parser(
        "export", help="the schema in another form", epilog="example: penstock schema export --as ocsf"
    )
    out.add_argument("--as", dest="form", choices=export.AS, default="json-schema", help="default json-schema")
    out.add_argument("--row", choices=tuple(ROWS), default="event", help="which row, for json-schema (default event)")
    for sub in (show, sigma, out):
        arguments.add_content(sub)
    check.epilog = "example: penstock schema check"
    taxonomy.add(verbs)


def run(options: argparse.Namespace) -> int:
    """Run one."""
    if options.what in ("categories", "rules", "uncategorised"):
        return taxonomy.run(options)
    if options.what == "show":
        return _show(options)
    if options.what == "sigma":
        return _sigma(options)
    if options.what == "export":
        document = export.export(options.form, options.row, _whole(options))
        sys.stdout.buffer.write(orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
        return 0
    if options.what == "diff":
        for line in export.diff(options.before, options.after):
            print(line)
        return 0
    problems = export.check()
    for line in problems:
        print(line)
    print(f"penstock: {len(problems) or 'no'} problem{'s' * (len(problems) != 1)}", file=sys.stderr)
    return 1 if problems else 0


def _whole(options: argparse.Namespace) -> Schema:
    """The base schema and all packs' fields."""
    from penstock.pipeline import load_catalogue  # noqa: PLC0415  heavy

    return load_catalogue(options.packs).schema


def _show(options: argparse.Namespace) -> int:
    found = export.show(options.pattern, _whole(options))
    for record in found:
        if options.json:
            sys.stdout.buffer.write(orjson.dumps(record, default=str, option=orjson.OPT_APPEND_NEWLINE))
        elif "code" in record:
            print(f"{record['code']:40} category  {record['meaning']}")
        else:
            kind = f"{record['type']}{'[]' if record.get('many') else ''}"
            print(f"{record['name']:40} {kind:12} {_about(record)}".rstrip())
    if not found:
        print(f"penstock: nothing is called {options.pattern}", file=sys.stderr)
    return 0 if found else 1


def _sigma(options: argparse.Namespace) -> int:
    from penstock.content.sigma.names import columns_called, names_of  # noqa: PLC0415  heavy
    from penstock.content.sigma.serving import load_servings  # noqa: PLC0415
    from penstock.pipeline import load_catalogue, pack_folders  # noqa: PLC0415

    catalogue, servings = load_catalogue(options.packs), load_servings(pack_folders(options.packs))
    found = names_of(options.name, servings, catalogue) or columns_called(options.name, servings, catalogue)
    for one in found:
        print(f"{one.source:40} {one.field:30} {one.dataset:30} {' '.join(one.columns)}")
    if not found:
        print(f"penstock: no Sigma log source has {options.name}", file=sys.stderr)
    return 0 if found else 1


def _about(record: dict[str, object]) -> str:
    allowed = record.get("allowed")
    values = f"one of {', '.join(map(str, allowed))}" if isinstance(allowed, list) else ""
    where = str(record.get("source", ""))
    return "  ".join(part for part in (where, values) if part)
