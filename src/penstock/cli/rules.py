"""`penstock rules`: list, lint, test, explain, coverage."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from penstock.cli import arguments, rules_explain
from penstock.cli.places import add_lake
from penstock.content.places import rules_dir
from penstock.errors import UsageError
from penstock.schema.levels import LEVELS

if TYPE_CHECKING:
    from penstock.rulebook.examples import Subject
    from penstock.rulebook.listing import Row

FORMATS = ("table", "ndjson", "csv")
SHOWN_WITHOUT = 20
"""Rules without examples that are named; the others are counted."""


def add(parser: argparse.ArgumentParser) -> None:
    """Its verbs and options."""
    parser.epilog = "example: penstock rules test --rules rules/ --junit report.xml"
    verbs = parser.add_subparsers(dest="what", metavar="WHAT", required=True)
    listing = verbs.add_parser(
        "list",
        help="every rule, and whether it can fire",
        epilog="example: penstock rules list --level high --use dead mimikatz",
    )
    listing.add_argument("text", metavar="TEXT", nargs="?", help="only those that have it in title, id, tags or file")
    listing.add_argument(
        "--level", action="append", default=[], metavar="LEVEL", choices=LEVELS, help=f"of {', '.join(LEVELS)}"
    )
    listing.add_argument("--product", action="append", default=[], metavar="NAME", help="the log source's product")
    listing.add_argument(
        "--use", "--status-of-use", dest="use", action="append", default=[], metavar="USE", choices=_USES,
        help="live, undeclared (looks for fields no pack declares), dead (can never fire), unserved (no pack for it)",
    )  # fmt: skip
    listing.add_argument("--format", choices=FORMATS, help="default: a table to a terminal, else NDJSON")
    listing.add_argument("--limit", metavar="N", type=int, help="at most so many rows")
    test = verbs.add_parser(
        "test",
        help="run rules' examples",
        epilog="example: penstock rules test --rules rules/ --junit report.xml",
    )
    test.add_argument(
        "places", metavar="PLACE", nargs="*", type=Path, help="where examples lie (default: where the rules do)"
    )
    test.add_argument("--junit", metavar="FILE", help="write the results as JUnit XML too")
    test.add_argument("--require-examples", action="store_true", help="a rule without an example is a failure")
    explain = verbs.add_parser(
        "explain",
        help="why a rule fired for an event, or did not",
        epilog="example: penstock rules explain rules/linux/sudo_by_service.yml auth.log --record 3",
    )
    explain.add_argument("rule", metavar="RULE", help="its id, its name, its title, or its file")
    explain.add_argument(
        "event", metavar="EVENT", help="a raw record; a file of them; - is stdin; the event.id of one in the lake"
    )
    explain.add_argument("--record", metavar="N", type=int, help="which of several records (default: the first)")
    explain.add_argument("--all", action="store_true", help="every value of long lists, whole texts")
    explain.add_argument("--json", action="store_true", help="as JSON")
    explain.add_argument("--reference-time", metavar="T", type=arguments.instant, help="fix the clock")
    add_lake(explain)
    lint = verbs.add_parser(
        "lint",
        help="everything wrong or doubtful, with file, line and hint",
        epilog="example: penstock rules lint --rules rules/ --fail-on warning",
    )
    lint.add_argument(
        "--level", choices=_GRAVE, default="warning", metavar="LEVEL", help="show from note, warning (default) or error"
    )
    lint.add_argument(
        "--fail-on", choices=_GRAVE, default="error", metavar="LEVEL", help="exit code 1 from this level (error)"
    )
    lint.add_argument("--ignore", action="append", default=[], metavar="CODE", help="leave these findings out")
    lint.add_argument("--format", choices=("text", "ndjson"), default="text", help="how findings are written")
    lint.add_argument(
        "--reference-time", metavar="T", type=arguments.instant, help="the time by which filters have expired (now)"
    )
    cover = verbs.add_parser(
        "coverage",
        help="an ATT&CK Navigator layer of the rules",
        epilog="example: penstock rules coverage --rules rules/ --out layer.json",
    )
    cover.add_argument("--out", metavar="FILE", default="-", help="where the layer goes (default - is stdout)")
    cover.add_argument("--name", metavar="TEXT", default="Penstock", help="the layer's name (default Penstock)")
    cover.add_argument("--attack-version", metavar="N", help="of ATT&CK, like 19 (default: the Navigator's current)")
    for sub in (listing, lint, test, explain, cover):
        arguments.add_rules(sub, required=False, default="the bundled ones")
        arguments.add_content(sub)


_USES = ("live", "undeclared", "dead", "unserved")
_GRAVE = ("note", "warning", "error")


def run(options: argparse.Namespace) -> int:
    """Run one."""
    options.rules = options.rules or [rules_dir()]
    verbs: dict[str, Callable[[argparse.Namespace], int]] = {
        "list": _list, "lint": _lint, "test": _test, "explain": rules_explain.run, "coverage": _coverage
    }  # fmt: skip
    return verbs[options.what](options)


def _list(options: argparse.Namespace) -> int:
    import pyarrow as pa  # noqa: PLC0415  heavy

    from penstock.cli.rows import default_format, write_rows  # noqa: PLC0415
    from penstock.rulebook.listing import SCHEMA, rows  # noqa: PLC0415

    rule_set = arguments.rule_set(options, arguments.catalogue(options.packs))
    found = pa.Table.from_pylist([r for r in rows(rule_set) if _wanted(r, options)], SCHEMA)
    form = options.format or default_format()
    if form == "table":
        found = found.drop_columns(["kind", "reason", "tags", "line"])
    write_rows(found.to_reader(), form, options.limit)
    return 0


def _wanted(row: Row, options: argparse.Namespace) -> bool:
    if options.level and row.get("level") not in options.level:
        return False
    if options.product and str(row.get("log_source") or "").split("/")[0] not in options.product:
        return False
    if options.use and row.get("use") not in options.use:
        return False
    text = " ".join(str(row.get(name) or "") for name in ("title", "id", "tags", "file"))
    return options.text is None or options.text.lower() in text.lower()


def _lint(options: argparse.Namespace) -> int:
    from penstock.rulebook.lint.findings import CHECKS, Level  # noqa: PLC0415  heavy
    from penstock.rulebook.lint.run import lint_places  # noqa: PLC0415

    unknown = [code for code in options.ignore if code not in CHECKS]
    if unknown:
        raise UsageError(f"no finding is called {', '.join(unknown)}; there are {', '.join(CHECKS)}")
    arguments.existing(options.rules)
    now = time.time_ns() // 1000 if options.reference_time is None else options.reference_time
    catalogue = arguments.catalogue(options.packs)
    all_found = lint_places(options.rules, catalogue, options.packs, options.placeholders, now=now)
    found = [f for f in all_found if f.code not in options.ignore]
    shown, bad = Level[options.level.upper()], Level[options.fail_on.upper()]
    for one in found:
        if one.level >= shown and options.format == "text":
            print(one)
        elif one.level >= shown:
            sys.stdout.write(orjson.dumps(one.row()).decode() + "\n")
    counts = {level: sum(f.level == level for f in found) for level in reversed(Level)}
    said = ", ".join(f"{n:,} {level.name.lower()}{'s' * (n != 1)}" for level, n in counts.items())
    hidden = sum(n for level, n in counts.items() if level < shown)
    more = f" ({hidden:,} not shown: --level note)" if hidden else ""
    print(f"penstock: {said}{more}", file=sys.stderr)
    return 1 if any(f.level >= bad for f in found) else 0


def _coverage(options: argparse.Namespace) -> int:
    from penstock.cli.output import opened  # noqa: PLC0415  heavy
    from penstock.rulebook.coverage import coverage, layer, summary  # noqa: PLC0415

    found = coverage(arguments.rule_set(options, arguments.catalogue(options.packs)))
    made = orjson.dumps(
        layer(found, options.name, options.attack_version), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
    )
    with opened(options.out, sys.stdout.buffer) as file:
        if file is not None:
            file.write(made)
    print("\n".join(summary(found)), file=sys.stderr)
    return 0


def _test(options: argparse.Namespace) -> int:
    from penstock.rulebook.examples import find_examples, subjects_of  # noqa: PLC0415  heavy
    from penstock.rulebook.junit import junit  # noqa: PLC0415
    from penstock.rulebook.trying import Trial  # noqa: PLC0415

    arguments.existing(options.places, "examples")
    catalogue = arguments.catalogue(options.packs)
    rule_set = arguments.rule_set(options, catalogue)
    examples, problems, without = find_examples(options.places or options.rules, subjects_of(rule_set))
    results = []
    explainer = rules_explain.explainer(options, catalogue, rule_set)
    for result in Trial(catalogue, rule_set, explainer).run(examples):
        print(result)
        results.append(result)
    for problem in problems:
        print(f"FAILED  {problem}")
    _tell_without(without, required=options.require_examples)
    if options.junit:
        from penstock.cli.output import opened  # noqa: PLC0415

        with opened(options.junit, sys.stdout.buffer) as file:
            if file is not None:
                file.write(junit(results, problems, without, required=options.require_examples).encode())
    failed = sum(bool(r.wrong) for r in results) + len(problems) + (len(without) if options.require_examples else 0)
    print(
        f"penstock: {len(results):,} examples, {sum(r.passed for r in results):,} passed; {failed:,} failures;"
        f" {len(without):,} rules without an example",
        file=sys.stderr,
    )
    return 1 if failed else 0


def _tell_without(without: Sequence[Subject], *, required: bool) -> None:
    word = "FAILED" if required else "none"
    for subject in without[:SHOWN_WITHOUT]:
        print(f"{word:8}{subject.title}: no example ({subject.file})")
    if len(without) > SHOWN_WITHOUT:
        print(f"        … and {len(without) - SHOWN_WITHOUT:,} more rules without an example")
