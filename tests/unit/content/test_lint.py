"""What a pack's author is told: every problem at once, with file, line and a hint; never a traceback."""

# ruff: noqa: E501  tables stand as they are

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.content.compiling import compile_packs
from penstock.content.load import load_packs
from penstock.errors import ContentError

HEAD = "pack: acme_gateway\nversion: 1.0.0\ntitle: T\n"
TEXT = (
    HEAD
    + """datasets:
  - name: log
    recognise: [{begins: ['GW: ']}]
    patterns:
      - name: one
        line: 'GW: {user.name} {acme_gateway.x}'
"""
)
JSON = (
    HEAD
    + """datasets:
  - name: log
    recognise: [{keys: [gw]}]
    format: json
    keys: [{fields: {gw: event.code}}]
"""
)


def problems(
    root: Path, pack: str, fields: str = "x: keyword\nn: long\nxs: {type: keyword, many: true}\n"
) -> list[str]:
    """`line: message (hint)` of each problem."""
    folder = root / "acme_gateway"
    folder.mkdir(exist_ok=True)
    (folder / "pack.yaml").write_text(pack)
    (folder / "fields.yaml").write_text(fields)
    try:
        compile_packs(load_packs([root]))
    except ContentError as error:
        assert all(Path(p.file).parent == folder for p in error.problems)  # noqa: PT017  many may pass
        return [str(p).partition(folder.name + "/")[2] for p in error.problems]
    return []


def test_clean(tmp_path):
    assert problems(tmp_path, TEXT) == []
    assert problems(tmp_path, JSON) == []


@pytest.mark.parametrize(
    ("more", "wanted"),
    [
        ("    steps: [{set: {user.nme: x}}]", "log: no field 'user.nme' in ECS or fields.yaml (did you mean user.name?)"),
        ("    steps: [{set: {event.outcome: bad}}]", "event.outcome: 'bad' is not allowed"),
        ("    steps: [{set: {acme_gateway.n: many}}]", "acme_gateway.n: 'many' is no long"),
        ("    steps: [{set: {acme_gateway.x: [a, b]}}]", "acme_gateway.x: ('a', 'b') is a list, and the field is no array"),
        ("    steps: [{lookup: {from: user.name, table: {a: {source.ip: nowhere}}}}]", "source.ip: 'nowhere' is no ip"),
        ("    steps: [{set: {penstock.category: auth.nonsense}}]", "no category 'auth.nonsense'"),
        ("    steps: [{set: {event.id: x}}]", "event.id is Penstock's own"),
        ("    steps: [{fly: {}}]", "a step has no 'fly'"),
        ("    steps: [{set: {event.action: x}, lower: [user.name]}]", "a step does exactly one thing"),
        ("    steps: [{regex: {from: user.name, match: '(?=x)'}}]", "look-ahead is not linear-time"),
        ("    steps: [{regex: {from: user.name, match: '(?P<user__name>x)\\1'}}]", "back-references are not linear-time"),
        ("    steps: [{regex: {from: user.name, match: '('}}]", "regex: missing )"),
        ("    steps: [{regex: {from: user.name, match: '(?P<user__name>(x{1000}){1000})'}}]", "regex: "),
        ("    steps: [{regex: {from: user.name, match: 'x'}}]", "no group has a name"),
        ("    steps: [{regex: {from: user.name, match: '(?P<user__name>a)(b)'}}]", "a group without a name"),
        ("    steps: [{kv: {from: user.name, fields: [a]}}]", "not written as this step wants it"),
        ("    steps: [{kv: {from: user.name, form: semi, fields: {a: user.name}}}]", "no form 'semi'"),
        ("    steps: [{list: {from: user.name, to: acme_gateway.xs, separator: ''}}]", "separator must not be empty"),
        ("    steps: [{duration: {from: user.name, to: event.duration, unit: weeks}}]", "no unit 'weeks'"),
        ("    steps: [{lookup: {from: user.name, file: nowhere.yaml}}]", "no file 'nowhere.yaml' beside pack.yaml"),
        ("    steps: [{lookup: {from: user.name, file: ../../secret.yaml}}]", "no file '../../secret.yaml' beside pack.yaml"),
        ("    steps: [{lookup: {from: [user.name, event.code], table: {a: {event.action: b}}}}]", "has 1 parts, `from` has 2"),
        ("    steps: [{lookup: {from: user.name, table: {a: b}}}]", "needs `to`"),
        ("    steps: [{set: {event.action: x}, when: {user.name: {like: y}}}]", "no test 'like' in `when`"),
        ("    steps: [{set: {event.action: x}, when: {user.name: {contains: ''}}}]", "contains needs a text"),
        ("    steps: [{set: {event.action: x}, when: {user.name: }}]", "must be a value or a list of values"),
        ("    steps: [{set: {event.action: x}, when: 7}]", "`when` is a map of fields"),
        ("    steps: [{pattern: {from: user.name, lines: ['{a}{b}']}}]", "must be followed by a literal"),
        ("    steps: [{file: ../steps.yaml}]", "no file '../steps.yaml' beside pack.yaml"),
        ("    on_error: {source.port: source.bytes}", "source.bytes takes no text"),
        ("    zone: CET", "zone must be like +01:00"),
        ("    zone: '+99:00'", "zone must be within 14 hours"),
        ("    header: {hots: []}", "header has no 'hots'"),
        ("    formt: text", "a dataset has no 'formt'"),
        ("    category: auth.oops", "no category 'auth.oops'"),
        ("    set: {event.kind: odd}", "event.kind: 'odd' is not allowed"),
    ],
)  # fmt: skip
def test_text_pack(tmp_path, more, wanted):
    found = problems(tmp_path, TEXT + more + "\n")
    assert len(found) == 1, found
    assert wanted in found[0]
    line = int(found[0].split(":")[1])
    assert line == 10 or (line == 5 and not more.startswith("    steps"))


@pytest.mark.parametrize(
    ("old", "new", "wanted"),
    [
        ("name: one", "name: ''", "a name must be there and be unique"),
        ("{user.name} {acme_gateway.x}'", "{user.name} {acme_gateway.x}'\n        for: ['1']", "`for` needs a `head` and `split`"),
        ("    patterns:", "    head: '{event.code:int} {:rest}'\n    patterns:", "a head needs `split`"),
        ("    patterns:", "    head: '{event.code:int} {:rest}'\n    split: event.action\n    patterns:", "does not capture event.action"),
        ("    patterns:", "    head: '{event.code:int} '\n    split: event.code\n    patterns:", "last capture of a head must be {:rest}"),
        ("{user.name} {acme", "{user.name}{acme", "must be followed by a literal or the end"),
        ("{user.name}", "{user.name:wrd}", "unknown class 'wrd'"),
        ("{acme_gateway.x}", "{acme_gateway.nosuch}", "no field 'acme_gateway.nosuch'"),
        ("pack: acme_gateway", "pack: other_name", "pack is 'other_name', its folder 'acme_gateway'"),
        ("begins: ['GW: ']", "starts: ['GW: ']", "a selector has no 'starts'"),
        ("    recognise: [{begins: ['GW: ']}]\n", "", "says nowhere which records are its own"),
        ("    patterns:", "    format: [text, json]\n    patterns:", "no format 'text' here"),
    ],
)  # fmt: skip
def test_text_dataset(tmp_path, old, new, wanted):
    found = problems(tmp_path, TEXT.replace(old, new))
    assert any(wanted in f for f in found), found


def test_all_at_once(tmp_path):
    found = problems(tmp_path, TEXT + "    steps: [{set: {a.b: x}}, {lower: [c.d]}]\n    set: {e.f: g}\n")
    assert len(found) == 3


def test_fields_that_are_wrong(tmp_path):
    assert any("fields.yaml:1" in f for f in problems(tmp_path, TEXT, "x: nosuchtype\n"))


def test_own_fields_are_not_mapped(tmp_path):
    assert (
        "event.original is Penstock's own"
        in problems(tmp_path, JSON.replace("gw: event.code", "gw: event.original"))[0]
    )


@pytest.mark.parametrize("where", ["datasets", "patterns", "steps", "keys", "families", "recognise", "fields"])
@pytest.mark.parametrize("value", ["7", "[7]", "{a: 7}", "x", "[[x]]", "{a: {b: c}}", "null", "true"])
def test_any_shape_is_a_problem_or_fine(tmp_path, where, value):
    """Wrong shapes anywhere are told of, whatever they are."""
    for pack in (TEXT, JSON):
        if where == "fields":
            problems(tmp_path, pack, value + "\n")
        elif where == "datasets":
            problems(tmp_path, HEAD + f"datasets: {value}\n")
        else:
            lines = [x for x in pack.splitlines() if not x.strip().startswith(where + ":")]
            problems(tmp_path, "\n".join(lines[:6]) + f"\n    {where}: {value}\n")


VERBS = "set copy lookup pattern regex kv url path account hashes duration time join list lower upper mac swap items".split()


@given(
    st.sampled_from(VERBS),
    st.recursive(st.sampled_from(["x", "user.name", "7", "true", "''", "null", "from", "to", "table"]), lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda v: "[" + ", ".join(v) + "]"),
        st.dictionaries(st.sampled_from(["from", "to", "of", "fields", "table", "lines", "match", "x", "user.name"]), inner,
                        max_size=4).map(lambda d: "{" + ", ".join(f"{k}: {v}" for k, v in d.items()) + "}"),
    ), max_leaves=6),
)  # fmt: skip
def test_any_arguments_are_a_problem_or_fine(tmp_path_factory, verb, arguments):
    problems(tmp_path_factory.mktemp("p"), TEXT + f"    steps: [{{{verb}: {arguments}}}]\n")
