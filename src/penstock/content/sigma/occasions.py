"""What an event must have to be of a log source, as `sigma.yaml` says it: the language of a step's `when`.

`{event.code: ["1", "4688"], host.os.type: {not: linux}, url.domain: {exists: true}}`
"""

from __future__ import annotations

from collections.abc import Callable

from penstock.content.reader import Reader
from penstock.content.sigma.expressions import ANY, FALSE, Expression, Glob, Present, Test, both, either, negated
from penstock.content.sigma.folding import fold
from penstock.content.yaml_tree import Node

_TEXTS: dict[str, Callable[[str], Glob]] = {
    "not": lambda v: Glob((v,) if v else ()),
    "begins": lambda v: Glob((v, ANY)),
    "ends": lambda v: Glob((ANY, v)),
    "contains": lambda v: Glob((ANY, v, ANY)),
}


def read_occasion(reader: Reader, node: Node, what: str) -> Expression:
    """The condition of a node; problems go to the reader."""
    if isinstance(node.value, list):
        if not node.value:
            reader.wrong(node.line, f"{what}: an empty list holds for nothing", "{} holds for every event")
        return either([read_occasion(reader, n, what) for n in node.value])
    parts: list[Expression] = []
    for name, test in reader.mapping(node, what).items():
        if name == "not":
            parts.append(negated(read_occasion(reader, test, what)))
        elif isinstance(test.value, dict):
            parts.extend(_tests(reader, name, test))
        else:
            parts.append(_values(reader, name, test, _TEXTS["not"]))
    return both(parts)


def _tests(reader: Reader, name: str, node: Node) -> list[Expression]:
    found: list[Expression] = []
    for how, wanted in reader.mapping(node, name, ("exists", *_TEXTS)).items():
        if how == "exists":
            there: Expression = Test(name, Present())
            found.append(there if reader.flag(wanted, f"{name}: exists") else negated(there))
        elif how in _TEXTS:
            one = _values(reader, name, wanted, _TEXTS[how])
            found.append(negated(one) if how == "not" else one)
    return found


def _values(reader: Reader, name: str, node: Node, form: Callable[[str], Glob]) -> Expression:
    values = reader.texts(node, name)
    if not values:
        reader.wrong(node.line, f"{name} needs a value, or a list of values", "`exists: false` asks for absence")
        return FALSE
    return either([Test(name, form(fold(v))) for v in values])
