"""`penstock incidents`: what alerts add up to, and what people do with it."""

from __future__ import annotations

import argparse
import getpass
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from penstock.cli import arguments
from penstock.cli.places import LAKE, add_lake, configuration, lake
from penstock.errors import UsageError
from penstock.schema.levels import LEVELS

if TYPE_CHECKING:
    from penstock.incidents.acting import Action
    from penstock.notify.channel import Channel
    from penstock.triage.desk import Desk

FORMATS = ("table", "ndjson", "csv")
VERDICTS = ("true_positive", "false_positive")
UNITS = {"m": 60, "h": 3600, "d": 86_400}
ACTING = frozenset(("assign", "comment", "verdict", "close", "reopen", "merge", "split", "silence", "unsilence"))


def add(parser: argparse.ArgumentParser) -> None:
    """Its verbs and options."""
    parser.epilog = "example: penstock detect --rules rules/ auth.log | penstock incidents feed -"
    verbs = parser.add_subparsers(dest="what", metavar="WHAT", required=True)

    def verb(name: str, about: str, example: str) -> argparse.ArgumentParser:
        sub = verbs.add_parser(
            name, help=about, description=about[0].upper() + about[1:] + ".",
            epilog=f"example: penstock incidents {example}",
        )  # fmt: skip
        add_lake(sub)
        return sub

    feeding = verb("feed", "alerts as `penstock detect` writes them to incidents", "feed alerts.ndjson")
    feeding.add_argument("files", metavar="ALERTS", nargs="*", default=["-"], help="NDJSON; - is stdin (default)")
    feeding.add_argument("--now", metavar="T", type=arguments.instant, help="let the clock come to this time")

    listing = verb("list", "incidents, worst first", "list --state open --level critical")
    listing.add_argument("--state", choices=("open", "closed", "merged", "all"), default="open", help="default: open")
    listing.add_argument("--level", choices=LEVELS, help="only of this level")
    listing.add_argument("--assignee", metavar="WHO", help="only of this person")
    listing.add_argument("--entity", metavar="VALUE", help="only about this user, host, address, …")
    show = verb("show", "everything about one", "show 1f0c6a5e3b7d9824")
    rules = verb("rules", "alerts, incidents and verdicts of each rule", "rules")
    muted = verb("silences", "silences and how many alerts they kept back", "silences")
    box = verb("outbox", "messages and how they stand", "outbox --state failed")
    box.add_argument("--state", choices=("waiting", "sent", "failed"), help="only these")
    for sub in (listing, rules, muted, box):
        sub.add_argument("--limit", metavar="N", type=int, default=100, help="at most so many (default 100)")
    for sub in (listing, show, rules, muted, box):
        sub.add_argument("--format", choices=FORMATS, help="default: a table to a terminal, else NDJSON")

    assign = verb("assign", "give it to somebody (without --to: take it)", "assign 1f0c6a5e3b7d9824 --to eve")
    assign.add_argument("--to", metavar="WHO", default="", help="whose it is now")
    comment = verb("comment", "write something down", "comment 1f0c6a5e3b7d9824 --note 'asked the user'")
    verdict = verb("verdict", "say what it was", "verdict 1f0c6a5e3b7d9824 false_positive")
    close = verb("close", "close it", "close 1f0c6a5e3b7d9824 --verdict true_positive --note 'account locked'")
    close.add_argument("--verdict", choices=VERDICTS, default="", help="what it was")
    reopen = verb("reopen", "open it again", "reopen 1f0c6a5e3b7d9824 --note 'seen again'")
    merge = verb("merge", "take others into it", "merge 1f0c6a5e3b7d9824 77aa01bc2d3e4f50")
    split = verb("split", "make a new one of a part of it", "split 1f0c6a5e3b7d9824 user.name=eve")
    for sub in (show, assign, comment, verdict, close, reopen, merge, split):
        sub.add_argument("id", metavar="ID", help="its incident.id, or the beginning of it")
    verdict.add_argument("verdict", choices=VERDICTS, help="what it was")
    merge.add_argument("others", metavar="OTHER", nargs="+", help="incidents that it takes in")
    split.add_argument("others", metavar="PART", nargs="+", help="field=value, an alert.id, or a strand of it")
    silence = verb(
        "silence", "keep alerts that match from becoming incidents",
        "silence host.name=lab-* --for 8h --note 'a drill'",
    )  # fmt: skip
    silence.add_argument("match", metavar="FIELD=VALUE", nargs="+", help="all must fit; * is any characters")
    silence.add_argument("--for", dest="span", metavar="TIME", type=_span, required=True, help="30m, 8h, 7d")
    silence.add_argument("--from", dest="starts", metavar="T", type=arguments.instant, help="default: now")
    unsilence = verb("unsilence", "end a silence", "unsilence 9b1f63a2c0d4e587")
    unsilence.add_argument("id", metavar="ID", help="the silence")
    for sub in (assign, comment, verdict, close, reopen, merge, split, silence, unsilence):
        sub.add_argument("--note", metavar="TEXT", default="", help="why; it goes into the audit trail")
        sub.add_argument("--by", metavar="WHO", default="", help="who does it (default: your login name)")
        sub.add_argument("--at", metavar="T", type=arguments.instant, help="when (default: now)")

    deliver = verb("deliver", "let timers come to now, and send what the outbox holds", "deliver --wait 60")
    deliver.add_argument("--wait", metavar="SECONDS", type=float, default=0, help="go on trying for so long")
    deliver.add_argument("--again", action="store_true", help="try what has failed once more")
    deliver.add_argument("--now", metavar="T", type=arguments.instant, help="what time timers take it to be")


def run(options: argparse.Namespace) -> int:
    """Run one."""
    if options.what in ACTING:
        return _act(options)
    return VERBS[options.what](options)


def _span(text: str) -> int:
    """`30m`, `8h`, `7d` as microseconds."""
    number, unit = text[:-1], text[-1:]
    if unit not in UNITS or not number.isdigit() or not 0 < int(number) * UNITS[unit] <= 366 * 86_400:
        raise argparse.ArgumentTypeError(f"{text!r} is no span; write it like 30m, 8h or 7d, at most a year")
    return int(number) * UNITS[unit] * 1_000_000


def places(options: argparse.Namespace, *, make: bool = False) -> tuple[Path, Path]:
    """The lake and the folder of what is remembered: the configuration's, unless --lake names another lake."""
    loaded = configuration(options)
    if make and not (options.lake or (LAKE if loaded is None else loaded.lake)).is_dir():
        (options.lake or (LAKE if loaded is None else loaded.lake)).mkdir(parents=True, exist_ok=True)
    root = lake(options)
    return root, root / "state" if loaded is None or options.lake is not None else loaded.state


def desk(options: argparse.Namespace, *, make: bool = False) -> Desk:
    """The desk of this lake."""
    from penstock.incidents.policy import DEFAULT  # noqa: PLC0415
    from penstock.triage.desk import Desk  # noqa: PLC0415  heavy

    loaded = configuration(options)
    policy = DEFAULT if loaded is None else loaded.settings.incidents.policy()
    return Desk(*places(options, make=make), policy, _channels(options))


def _channels(options: argparse.Namespace) -> list[Channel]:
    loaded = configuration(options)
    if loaded is None:
        return []
    from penstock.triage.channels import make_channels  # noqa: PLC0415  heavy

    return make_channels(loaded.settings)


def _feed(options: argparse.Namespace) -> int:
    from penstock.triage.feeding import feed, opened  # noqa: PLC0415  heavy

    wrong = 0
    with desk(options, make=True) as work:
        for name in options.files:
            with opened(name, sys.stdin.buffer) as file:
                fed = feed(work, file, name, options.now or 0)
            for text in fed.wrong[:20]:
                print(text, file=sys.stderr)
            wrong += len(fed.wrong)
            print(
                f"penstock: {fed.rows:,} alerts of {name}: {fed.fresh:,} new ({fed.muted:,} muted), "
                f"{fed.known:,} known; {fed.opened:,} incidents opened, {fed.notices:,} notifications",
                file=sys.stderr,
            )
    if wrong:
        print(f"penstock: {wrong:,} rows are no alerts and were left out", file=sys.stderr)
    return 1 if wrong else 0


def _act(options: argparse.Namespace) -> int:
    from penstock.incidents.acting import Refused  # noqa: PLC0415

    with desk(options) as work:
        ((_, said),) = work.step(actions=[_action(options, work)]).acted
    if isinstance(said, Refused):
        raise UsageError(str(said))
    print(said)
    return 0


def _action(options: argparse.Namespace, work: Desk) -> Action:
    from penstock.incidents.acting import Action  # noqa: PLC0415

    at = options.at or time.time_ns() // 1000
    by = options.by or getpass.getuser()
    if options.what == "silence":
        pairs = [text.partition("=") for text in options.match]
        if any(not name or not sign for name, sign, _ in pairs):
            raise UsageError("a silence wants FIELD=VALUE, like host.name=lab-1")
        starts = options.starts or at
        match = tuple((name, value) for name, _, value in pairs)
        return Action(at, by, "silence", note=options.note, match=match, starts=starts, expires=starts + options.span)
    if options.what == "unsilence":
        return Action(at, by, "unsilence", options.id, note=options.note)
    value = getattr(options, "to", "") or getattr(options, "verdict", "")
    others = tuple(getattr(options, "others", ()))
    if options.what == "merge":
        others = tuple(_whole(work, other) for other in others)
    return Action(at, by, options.what, _whole(work, options.id), value, options.note, others)


def _whole(work: Desk, beginning: str) -> str:
    """The id that begins so; what none does is left as it is, and refused with a word why."""
    found = [name for name in work.state.incidents if name.startswith(beginning)]
    if len(found) > 1:
        raise UsageError(f"several incidents begin with {beginning}")
    return found[0] if found else beginning


def _deliver(options: argparse.Namespace) -> int:
    from penstock.notify.delivery import deliver, only_deliverer  # noqa: PLC0415
    from penstock.notify.outbox import Outbox  # noqa: PLC0415

    _, state = places(options)
    channels = {c.name: c for c in _channels(options)}
    end = time.monotonic() + options.wait
    total = {"sent": 0, "postponed": 0, "failed": 0}
    with only_deliverer(state / "outbox.lock") as ours, Outbox(state / "outbox.sqlite") as outbox:
        if not ours:
            raise UsageError("another process is delivering")
        if options.again:
            outbox.again(time.time())
        while True:
            with desk(options) as work:
                work.step(now=options.now or time.time_ns() // 1000)
            for result, count in deliver(outbox, channels, time.time).items():
                total[result] += count
            due = outbox.next_due()
            if due is None or time.monotonic() >= end:
                break
            time.sleep(max(0.05, min(due - time.time(), end - time.monotonic(), 1.0)))
        waiting = sum(n for (_, s), n in outbox.counts().items() if s == "waiting")
    print(f"penstock: {total['sent']:,} sent, {waiting:,} waiting, {total['failed']:,} failed", file=sys.stderr)
    return 3 if waiting or total["failed"] else 0


def _read(options: argparse.Namespace) -> int:
    from penstock.cli import incidents_shown  # noqa: PLC0415  heavy

    root, state = places(options)
    answer = {
        "list": lambda: incidents_shown.listed(options, root),
        "show": lambda: incidents_shown.shown(options, root),
        "rules": lambda: incidents_shown.rules(options, root),
        "silences": lambda: incidents_shown.silences(options, state),
        "outbox": lambda: incidents_shown.outbox(options, state),
    }
    answer[options.what]()
    return 0


VERBS: Mapping[str, Callable[[argparse.Namespace], int]] = {
    "feed": _feed,
    "deliver": _deliver,
    **dict.fromkeys(("list", "show", "rules", "silences", "outbox"), _read),
}
