"""Documentation that cannot be wrong unnoticed: `python tests/docs/check.py` prints what is, and exits 1.

* every link and anchor from one Markdown file to another leads somewhere;
* every verb of the command line is in docs/reference/cli.md, and nothing else is;
* the page of category codes is what the data makes;
* every setting of packs and of penstock.yaml is in its reference page (once those modules exist);
* every how-to, reference page and ADR is in the index.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*$", re.MULTILINE)
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
VERB = re.compile(r"^#{2,3} `penstock ([a-z]+)", re.MULTILINE)


def pages() -> list[Path]:
    """Every Markdown file that is ours."""
    return sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "bench").glob("*.md")])


def anchors(text: str) -> set[str]:
    """The anchors that a forge makes of headings."""
    return {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in HEADING.findall(FENCE.sub("", text))}


def broken_links() -> Iterator[str]:
    """Relative links to no file, anchors to no heading."""
    for page in pages():
        text = FENCE.sub(lambda m: "\n" * m[0].count("\n"), page.read_text())
        for number, line in enumerate(text.splitlines(), 1):
            for target in LINK.findall(re.sub(r"`[^`]*`", "", line)):
                if re.match(r"[a-z]+:", target):
                    continue
                path, _, anchor = target.partition("#")
                goal = (page.parent / path).resolve() if path else page
                where = f"{page.relative_to(ROOT)}:{number}"
                if not goal.exists():
                    yield f"{where}: {target} leads nowhere"
                elif anchor and goal.suffix == ".md" and anchor not in anchors(goal.read_text()):
                    yield f"{where}: {goal.name} has no heading for #{anchor}"


def unindexed() -> Iterator[str]:
    """Pages under docs/ that docs/README.md does not lead to."""
    index = ROOT / "docs" / "README.md"
    linked = {(index.parent / target.split("#")[0]).resolve() for target in LINK.findall(index.read_text())}
    for page in (ROOT / "docs").rglob("*.md"):
        if page != index and page.resolve() not in linked:
            yield f"docs/README.md:1: {page.relative_to(ROOT)} is not in the index"


def verbs() -> Iterator[str]:
    """Verbs of the command line against their reference. The parser is asked: `penstock.cli.main.parser()`."""
    page = ROOT / "docs" / "reference" / "cli.md"
    try:
        from penstock.cli import main
    except ImportError:
        return
    if not hasattr(main, "parser"):
        return
    choices: set[str] = set()
    for action in main.parser()._actions:
        if isinstance(action.choices, dict):
            choices |= set(action.choices)
    written = set(VERB.findall(page.read_text()))
    for verb in sorted(choices - written):
        yield f"docs/reference/cli.md:1: `penstock {verb}` is not described (wanted: a heading ## `penstock {verb} …`)"
    for verb in sorted(written - choices):
        yield f"docs/reference/cli.md:1: `penstock {verb}` is described, but there is no such verb"


def settings() -> Iterator[str]:
    """Options of packs and settings of components against their reference pages.

    A module that declares options has `OPTIONS`, a mapping of name to meaning; each must be named in backticks.
    """
    for module, name in (("penstock.content.options", "packs.md"), ("penstock.config.options", "configuration.md")):
        try:
            options = __import__(module, fromlist=["OPTIONS"]).OPTIONS
        except ImportError:
            continue
        page = ROOT / "docs" / "reference" / name
        text = page.read_text() if page.exists() else ""
        for option in sorted(options):
            if f"`{option}" not in text:
                yield f"docs/reference/{name}:1: `{option}` is not described"


def categories() -> Iterator[str]:
    """The page that is made of data, and is committed so that it can be read."""
    from penstock.schema.code_page import page

    name = "docs/reference/categories.md"
    if (ROOT / name).read_text() != page():
        yield f"{name}:1: not what the data makes: python -m penstock.schema.code_page > {name}"


def main() -> int:
    """Print every problem; give the exit code."""
    problems = [*broken_links(), *unindexed(), *verbs(), *settings(), *categories()]
    print("\n".join(problems) or f"{len(pages())} pages, nothing wrong")
    return bool(problems)


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT / "src"))
    sys.exit(main())
