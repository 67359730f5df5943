"""Where rules' examples lie: events that must fire a rule, and events that must not.

Two layouts, found anywhere below the places given.

Ours, beside `<rule>.yml` (a case's name and the number of alerts wanted may be left out):

    <rule>.fires[.<case>][.x<n>].<suffix>    each event must fire the rule; with x<n>: n alerts in all
    <rule>.silent[.<case>].<suffix>          no event may

A correlation's example is a stream: it must raise one alert, or n, or as a control none.

SigmaHQ's: a folder with `info.yml`, which names the rule, and for each test the file of events and how many of them
must match (`match_count`; without it one at least). The same events in another form beside it (EVTX, JSON) are run too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from penstock.content import yaml_tree
from penstock.content.reader import Reader
from penstock.content.sigma.documents import SUFFIXES as RULE_SUFFIXES
from penstock.content.sigma.rule_set import RuleSet
from penstock.errors import ContentError, Problem
from penstock.samples import SUFFIXES

INFO = "info.yml"

_OURS = re.compile(r"(?P<rule>.+?)\.(?P<what>fires|silent)(?:\.(?P<case>[^.]+))?(?:\.x(?P<count>\d+))?\Z")
_ONLY_COUNT = re.compile(r"x(\d+)\Z")
_SIBLINGS = (".evtx", ".json")


@dataclass(frozen=True, slots=True)
class Example:
    """Events, and what they must do.

    events    the file of them
    subjects  ids of rules and correlations: each alert of one of them counts
    title     of the first of them
    name      what the example is called
    count     how many alerts are wanted; None: see `each`
    each      every event must be in an alert, else one alert at least is wanted
    correlation  the alerts are a correlation's
    """

    events: Path
    subjects: tuple[str, ...]
    title: str
    name: str
    count: int | None = None
    each: bool = False
    correlation: bool = False


@dataclass(frozen=True, slots=True)
class Subject:
    """What an example may be of."""

    id: str
    title: str
    file: str
    correlation: bool


def subjects_of(rule_set: RuleSet) -> list[Subject]:
    """The rules and correlations of a rule set."""
    found = [Subject(r.id, r.title, r.file, correlation=False) for r in rule_set.rules]
    for document in rule_set.correlations:
        name = str(document.data.get("id") or document.data.get("name") or document.title)
        found.append(Subject(name, document.title, document.file, correlation=True))
    return found


def find_examples(
    places: Iterable[Path], subjects: Iterable[Subject]
) -> tuple[list[Example], list[Problem], list[Subject]]:
    """The examples below these places, in the order of their files; what is wrong with them; the subjects without."""
    subjects = list(subjects)
    by_id = {s.id: s for s in subjects}
    by_file: dict[Path, list[Subject]] = {}
    for subject in subjects:
        by_file.setdefault(Path(subject.file).resolve(), []).append(subject)
    examples: list[Example] = []
    problems: list[Problem] = []
    tried: set[str] = set()
    for path in _files(places):
        if path.name == INFO:
            found, wrong = _regression(path, by_id)
            examples += found
            problems += wrong
        elif path.suffix in SUFFIXES and (match := _OURS.match(path.stem)):
            of = [s for suffix in RULE_SUFFIXES for s in by_file.get(_beside(path, match["rule"] + suffix), ())]
            if not of:
                hint = f"it is for {match['rule']}.yml in the same folder"
                problems.append(Problem(str(path), 1, "an example of no rule that is loaded", hint))
                continue
            examples.append(_ours(path, match, of))
            tried.update(s.id for s in of)
    tried.update(s for e in examples for s in e.subjects)
    return examples, problems, [s for s in subjects if s.id not in tried]


def _files(places: Iterable[Path]) -> Iterator[Path]:
    seen: set[Path] = set()
    for place in places:
        for path in _below(place) if place.is_dir() else _beside_rule(place):
            if path not in seen:
                seen.add(path)
                yield path


def _below(folder: Path) -> list[Path]:
    """The files below a folder, in the order of their paths; none of `.git` and its like."""
    hidden = (".", "~")
    return sorted(
        p
        for p in folder.rglob("*")
        if not any(x.startswith(hidden) for x in p.relative_to(folder).parts) and p.is_file()
    )


def _beside_rule(place: Path) -> list[Path]:
    """Of a rule's file its examples; another file is itself."""
    if place.suffix not in RULE_SUFFIXES or place.name == INFO:
        return [place]
    return sorted(p for p in place.parent.glob(f"{place.stem}.*") if p.is_file())


def _beside(path: Path, name: str) -> Path:
    return path.with_name(name).resolve()


def _ours(path: Path, match: re.Match[str], of: list[Subject]) -> Example:
    """An example of our layout. Of a file with a correlation it is the correlation's."""
    of = [s for s in of if s.correlation] or of
    case, count = match["case"], match["count"]
    if case and count is None and (only := _ONLY_COUNT.match(case)):
        case, count = None, only[1]
    name = match["what"] + (f" {case}" if case else "")
    stream = of[0].correlation
    wanted = 0 if match["what"] == "silent" else int(count) if count is not None else 1 if stream else None
    return Example(path, tuple(s.id for s in of), of[0].title, name, wanted, each=wanted is None, correlation=stream)


def _regression(path: Path, by_id: dict[str, Subject]) -> tuple[list[Example], list[Problem]]:
    """The tests of one of SigmaHQ's folders. A file of that name that is something else has none."""
    reader = Reader(str(path))
    try:
        root = yaml_tree.load(path)
    except ContentError as error:
        return [], list(error.problems)
    if not isinstance(root.value, dict) or "regression_tests_info" not in root.value:
        return [], []
    top = root.value
    named = [reader.mapping(n, "a rule") for n in reader.sequence(top.get("rule_metadata"), "rule_metadata")]
    ids = [reader.text(rule.get("id"), "id") for rule in named]
    subjects = [by_id[i] for i in ids if i in by_id]
    examples: list[Example] = []
    if not subjects:
        what = f"none of its rules is loaded: {', '.join(ids)}" if ids else "rule_metadata names no rule"
        reader.wrong(root.line, what, "name the rules with --rules")
        return [], reader.problems
    for node in reader.sequence(top["regression_tests_info"], "regression_tests_info"):
        test = reader.mapping(node, "a test")
        named_file = reader.text(test.get("path"), "path")
        events = _event_files(path, named_file)
        if not events:
            reader.wrong(node.line, f"no file {named_file or '(path is missing)'}", "it lies beside info.yml")
        count = test["match_count"].value if "match_count" in test else None
        if count is not None and (not isinstance(count, int) or isinstance(count, bool) or count < 0):
            reader.wrong(test["match_count"].line, f"match_count must be a whole number, and is {count!r}")
            continue
        name = reader.text(test.get("name"), "name") or "test"
        for file in events:
            called = f"{name} ({file.suffix.lstrip('.')})"
            examples.append(Example(file, tuple(s.id for s in subjects), subjects[0].title, called, count))
    return examples, reader.problems


def _event_files(info: Path, named: str) -> list[Path]:
    """The file that a test names, beside its info.yml or from a folder above, and the same events in another form."""
    if not named:
        return []
    beside = info.parent / Path(named).name
    choices = [beside, *(folder / named for folder in info.parents)]
    first = next((c for c in choices if c.is_file()), beside)
    return [p for p in dict.fromkeys((first, *(first.with_suffix(s) for s in _SIBLINGS))) if p.is_file()]
