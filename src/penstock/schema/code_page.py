"""The reference page of category codes and contexts, docs/reference/categories.md: run this module to print it.

`tests/docs/check.py` holds the page to what this makes.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

from penstock.schema.categories import DOMAINS, UNCATEGORIZED, Code, codes
from penstock.schema.contexts import contexts

HEAD = """# Categories and contexts

Made of the data: `python -m penstock.schema.code_page > docs/reference/categories.md`.

Every event has a category code, `penstock.category`: `domain.failure_mode`, what happened in two words that are the
same for every vendor. The mode `none` is what is no failure. A code once released is never changed or taken away.

| field | says |
| --- | --- |
| `penstock.category` | the code |
| `penstock.category_rule` | who decided; not there when nobody did |
| `penstock.category_confidence` | how sure that is: 100 is a pack's own word, a rule of the taxonomy has 1 to 99 |
| `penstock.context` | the contexts that hold, an array; only where asked for: `parse --context`, `context: true` |

Who decided is `linux_auth.sshd/failed` (a pattern or family of a pack), `aws_cloudtrail.event/lookup _error` (a step)
or `taxonomy.auth/wrong_secret` (a rule of the taxonomy).

A pack's word stands. Where it left `unknown.uncategorized`, the taxonomy's rules are asked, in this order:

1. `fields`: conditions on the event's fields;
2. `words`: phrases in its texts (message, error, reason, action, rule); words of the whole record only where those of
   other fields have not decided;
3. `pattern`: patterns of its message, in linear time;
4. `last`: conditions on fields again, for what nothing else has decided.

Within one of these the surest rule comes first, then the first by name: `penstock schema rules` lists them in their
order. The rule that decides also fills `event.category`, `event.type` and `event.outcome` where the record left them
open. What nothing decides stays `unknown.uncategorized`, is counted (`penstock_uncategorised_total`), and
`penstock schema uncategorised` shows its commonest shapes.
[Add a rule or a code](../how-to/add-a-category-rule.md) says how to decide more.

ATT&CK techniques are those that hold whenever the code or context does. Severity is a default, 0 (nothing) to 100.
"""


def page() -> str:
    """The whole page."""
    return "\n".join(_lines())


def _lines() -> Iterator[str]:
    yield HEAD
    for domain in (*DOMAINS, UNCATEGORIZED.partition(".")[0]):
        yield f"## {domain}\n"
        yield "| code | means | ECS: category, type, outcome | severity | ATT&CK | since |"
        yield "| --- | --- | --- | --- | --- | --- |"
        for code in codes().values():
            if code.domain == domain:
                attack, severity = " ".join(code.attack), str(code.severity)
                yield _row(f"`{code.code}`", code.meaning, _ecs(code), severity, attack, code.since)
        yield ""
    yield "## Contexts\n"
    yield "| context | means | ATT&CK | since |"
    yield "| --- | --- | --- | --- |"
    for context in contexts().values():
        yield _row(f"`{context.context}`", context.meaning, " ".join(context.attack), context.since)
    yield ""


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |".replace("|  |", "| |")


def _ecs(code: Code) -> str:
    return "; ".join(filter(None, (" ".join(code.category), " ".join(code.type), code.outcome)))


if __name__ == "__main__":
    sys.stdout.write(page())
