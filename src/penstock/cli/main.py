"""`penstock`: the verbs, their options, and what becomes of failures.

Data goes to stdout, everything else to stderr. Exit codes: 0 done, 1 the work found failures, 2 usage or content,
3 an outside system failed, 130 interrupted. A verb's module is imported when the verb is called: starting is fast.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence

from penstock import __version__
from penstock.errors import ContentError, OutsideError, UsageError

VERBS = {
    "parse": "raw lines of any known format to ECS events",
    "detect": "raw lines or events to alerts, by Sigma rules",
    "run": "the service: sources, stages, sinks, until SIGTERM",
    "check": "configuration, packs and rules: every problem at once",
    "pack": "list, create, test, lint and explain packs",
    "rules": "list, lint, test and explain Sigma rules, see what they cover",
    "replay": "rules over stored history: what they would have found",
    "query": "SQL over stored events, alerts, incidents and rejects",
    "incidents": "what alerts add up to: list, show, close, assign, silence, notify",
    "rejects": "the dead letters: list, show, stats, replay",
    "schema": "the versioned schema: show, diff, check, export",
    "doctor": "is everything here that Penstock needs?",
}
"""Verb -> what it does. Each is a module `penstock.cli.<verb>` with `add(parser)` and `run(arguments) -> int`."""

DONE, FAILED, USAGE, OUTSIDE, INTERRUPTED = 0, 1, 2, 3, 130


def parser() -> argparse.ArgumentParser:
    """The whole command line (imports every verb: for help and documentation checks)."""
    return _parser(None)


def _parser(wanted: str | None) -> argparse.ArgumentParser:
    root = argparse.ArgumentParser(
        prog="penstock",
        description="Raw security telemetry in; validated ECS events, categorised rejects and alerts out.",
        epilog="example: penstock parse /var/log/auth.log > events.ndjson",
    )
    root.add_argument("--version", action="version", version=f"penstock {__version__}")
    verbs = root.add_subparsers(dest="verb", metavar="VERB", required=True)
    for verb, about in VERBS.items():
        sub = verbs.add_parser(verb, help=about, description=about[0].upper() + about[1:] + ".")
        if wanted is None or wanted == verb:
            importlib.import_module(f"penstock.cli.{verb}").add(sub)
    return root


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb; give the exit code."""
    # nothing here multiplies matrices, and NumPy's library for it takes 50 ms to make its threads
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    arguments = list(sys.argv[1:] if argv is None else argv)
    verb = next((a for a in arguments if not a.startswith("-")), None)
    try:
        parsed = _parser(verb if verb in VERBS else "").parse_args(arguments)
        code: int = importlib.import_module(f"penstock.cli.{parsed.verb}").run(parsed)
        sys.stdout.flush()
    except ContentError as error:
        for problem in error.problems:
            print(problem, file=sys.stderr)
        n = len(error.problems)
        print(f"penstock: {n} problem{'s' * (n > 1)}; nothing was done", file=sys.stderr)
        return USAGE
    except UsageError as error:
        print(f"penstock: {error}", file=sys.stderr)
        return USAGE
    except OutsideError as error:
        print(f"penstock: {error}", file=sys.stderr)
        return OUTSIDE
    except BrokenPipeError:
        # the reader of our output has gone: nothing more to say, and nothing to say it to
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except KeyboardInterrupt:
        print("penstock: interrupted", file=sys.stderr)
        return INTERRUPTED
    return code


if __name__ == "__main__":
    sys.exit(main())
