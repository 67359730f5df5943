"""`penstock schema categories|rules|uncategorised`: the taxonomy, the rules that decide, and what they leave open."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from fnmatch import fnmatchcase

import orjson

from penstock.cli import arguments
from penstock.cli.places import add_lake, lake
from penstock.errors import UsageError
from penstock.schema.categories import Code, codes
from penstock.schema.contexts import Context, contexts

FORMATS = ("table", "ndjson", "csv")


def add(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """These sub-verbs and their options."""
    listed = verbs.add_parser(
        "categories",
        help="category codes and contexts: meaning, ECS, ATT&CK, severity",
        epilog="example: penstock schema categories 'auth.*'",
    )
    rules = verbs.add_parser(
        "rules",
        help="the taxonomy's rules, in the order in which they are asked",
        epilog="example: penstock schema rules auth.unknown_user",
    )
    for sub in (listed, rules):
        sub.add_argument(
            "pattern", nargs="?", default="*", help="a name, a part of one, or a pattern with * (default: all)"
        )
        sub.add_argument("--json", action="store_true", help="as NDJSON, with everything that is known")
    arguments.add_content(rules)
    shapes = verbs.add_parser(
        "uncategorised",
        help="the commonest shapes of events that nothing has categorised",
        epilog="example: penstock schema uncategorised /var/log/*.log",
    )
    arguments.add_reading(shapes)
    shapes.set_defaults(files=[])
    shapes.add_argument("--top", metavar="N", type=int, default=20, help="so many shapes (default 20)")
    shapes.add_argument("--format", choices=FORMATS, help="default: a table to a terminal, else NDJSON")
    add_lake(shapes)


def run(options: argparse.Namespace) -> int:
    """Run one."""
    if options.what == "uncategorised":
        return _uncategorised(options)
    return _categories(options) if options.what == "categories" else _rules(options)


def _fits(pattern: str, *names: str) -> bool:
    wanted = pattern if set(pattern) & set("*?[") else f"*{pattern}*"
    return any(fnmatchcase(name, wanted) for name in names)


def _categories(options: argparse.Namespace) -> int:
    found: list[Code | Context] = [c for c in codes().values() if _fits(options.pattern, c.code)]
    found += [c for c in contexts().values() if _fits(options.pattern, c.context)]
    for one in found:
        if options.json:
            record = {k: list(v) if isinstance(v, tuple) else v for k, v in one._asdict().items()}
            sys.stdout.buffer.write(orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE))
        elif isinstance(one, Code):
            ecs = "/".join(",".join(part) for part in (one.category, one.type) if part)
            print(f"{one.code:36} {one.severity:3}  {one.meaning} [{_joined(ecs, one.outcome, *one.attack)}]")
        else:
            print(f"{one.context:36} ctx  {one.meaning}" + (f" [{_joined(*one.attack)}]" if one.attack else ""))
    return _told(options.pattern, found)


def _joined(*parts: str) -> str:
    return " ".join(filter(None, parts))


def _rules(options: argparse.Namespace) -> int:
    book = arguments.catalogue(options.packs).taxonomy.codes
    found = [(i, r) for i, r in enumerate(book.rules, 1) if _fits(options.pattern, r.name, r.target)]
    for number, rule in found:
        if options.json:
            record = {
                "order": number, "rule": rule.name, "kind": rule.kind, "code": rule.target,
                "confidence": rule.confidence, "words": rule.words, "unless": rule.unless,
                "in": rule.within if rule.words else (), "pattern": rule.lines, "file": rule.file, "line": rule.line,
            }  # fmt: skip
            told = {k: v for k, v in record.items() if v not in ((), "")}
            sys.stdout.buffer.write(orjson.dumps(told, option=orjson.OPT_APPEND_NEWLINE))
        else:
            print(f"{number:4} {rule.kind:8} {rule.confidence:3} {rule.target:32} {rule.name}")
    return _told(options.pattern, found)


def _told(pattern: str, found: Sequence[object]) -> int:
    if not found:
        print(f"penstock: nothing is called {pattern}", file=sys.stderr)
    return 0 if found else 1


def _uncategorised(options: argparse.Namespace) -> int:
    from penstock.cli.rows import write_rows  # noqa: PLC0415  heavy
    from penstock.shapes import of_batches, of_lake  # noqa: PLC0415  heavy

    if options.files and options.lake is not None:
        raise UsageError("files or --lake, one of the two")
    if options.files:
        from penstock.cli.parse import read_inputs  # noqa: PLC0415  heavy
        from penstock.pipeline import stages  # noqa: PLC0415  heavy
        from penstock.runners.folding import fold_all  # noqa: PLC0415  heavy

        threads = arguments.threads(options.threads)
        chain = stages(arguments.catalogue(options.packs, options.pack))
        shapes = of_batches(fold_all(read_inputs(options, threads), chain, threads=threads))
    else:
        shapes = of_lake(lake(options))
    share = f"{100 * shapes.open / shapes.events:.1f}%" if shapes.events else "none"
    print(f"penstock: {shapes.events:,} events, {shapes.open:,} of them uncategorised ({share})", file=sys.stderr)
    write_rows(shapes.table(options.top).to_reader(), options.format)
    return 0
