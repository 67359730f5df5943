"""Events made to be slow or huge, rules that look everywhere in them: bounded time, and still the right answer."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from oracle.world import World, write_packs

ROOM = (1 << 20) - 200
"""What one value may have of a record of 1 MiB."""

SECONDS = 5
"""Of processor time, for one event; most take milliseconds, and what is not linear would take minutes."""

RULE = {"title": "t", "id": "00000000-0000-4000-8000-000000000000", "logsource": {"product": "acme", "service": "app"}}

Fires = Callable[[Any, Any], bool]


@pytest.fixture(scope="module")
def fires(tmp_path_factory: pytest.TempPathFactory) -> Fires:
    """Whether a selection fires on a record, asked within bounds."""
    world = World.of(write_packs(tmp_path_factory.mktemp("packs")))

    def ask(selection: Any, record: Any) -> bool:
        rules = world.compiled([{**RULE, "detection": {"sel": selection, "condition": "sel"}}], {})
        assert rules.problems == ()
        raw = json.dumps({"kind": "x", **record}).encode()
        assert len(raw) <= 1 << 20
        world.fast(rules, [b'{"kind":"x","Details":"first use"}'])
        begun = time.process_time()
        rows, pairs = world.fast(rules, [raw])
        assert time.process_time() - begun < SECONDS
        assert len(rows) == 1
        return bool(pairs)

    return ask


@pytest.mark.compiled
@pytest.mark.parametrize(
    ("test", "value", "want"),
    [
        ({"Details|re": r"(a+)+$"}, "a" * ROOM + "!", False),
        ({"Details|re": r"(.*a){20}"}, "a" * ROOM, True),
        ({"Details|re": r"^(([a-z])+.)+[A-Z]([a-z])+$"}, "a" * ROOM, False),
        ({"Details": "*a*a*a*a*a*a*a*a*b"}, "a" * ROOM, False),
        ({"Details": "*" + "a?" * 100 + "b*"}, "a" * ROOM, False),
        ({"Details|contains|all": ["a" * n for n in range(1, 300)]}, "a" * ROOM, True),
        ({"Details|contains": [f"token{n}x" for n in range(10_000)]}, "token9 " * (ROOM // 7), False),
        ({"Details|contains": [f"token{n}x" for n in range(10_000)]}, "token9 " * 100_000 + "TOKEN77X", True),
        ({"Details|endswith": "\\evil.exe"}, "\\" * (ROOM // 2 - 10) + "\\evil.exe"[1:], True),
        ({"Details|re": [f"token{n}[a-z]+" for n in range(1_000)]}, "token999" * (ROOM // 8), True),
        (["needle*haystack", "?????z"], "needle " * (ROOM // 7), False),
        (["*" + "z?" * 200 + "q"], "z" * ROOM, False),
        (["needle*haystack"], "needle " * 100_000 + "haystack", True),
    ],
    ids=lambda v: str(v)[:40],
)
def test_a_mebibyte_of_command_line(fires: Fires, test: Any, value: str, want: bool):
    assert fires(test, {"Details": value}) is want


@pytest.mark.compiled
@pytest.mark.parametrize("place", ["Names", "deep.list"])
def test_ten_thousand_elements_are_all_looked_at(fires: Fires, place: str):
    elements = [f"element {n}" for n in range(10_000)]
    record = {"Names": elements} if place == "Names" else {"deep": {"list": elements}}
    assert fires({place: "element 9999"}, record)
    assert fires({f"{place}|re": r"^element 99\d\d$"}, record)
    assert not fires({place: "element 10000"}, record)
    assert fires(["element 9999"], record)


@pytest.mark.compiled
def test_objects_in_ten_thousand_elements(fires: Fires):
    assert fires({"tags.a.b": 9_999}, {"tags": [{"a": {"b": n}} for n in range(10_000)]})


@pytest.mark.compiled
def test_twenty_thousand_members(fires: Fires):
    members = {f"m{n}": n for n in range(20_000)}
    assert fires({"m19999": 19_999}, members)
    assert fires(["19999"], members)
