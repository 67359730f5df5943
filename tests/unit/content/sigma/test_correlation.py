"""Correlation documents to correlations: what each key means, what is refused, and in which order they come."""

from __future__ import annotations

import pytest
import yaml
from sigma.correlations import SigmaCorrelationRule

from penstock.content.sigma.correlation import AND, NOT, OR, SECOND, Baseline, Measure, Op, Regular, Window
from penstock.content.sigma.correlation_chains import compile_correlations
from penstock.content.sigma.correlation_document import BASELINE_KEYS, KEYS, REGULAR_KEYS, Document, for_pysigma
from penstock.kernels import window_layout

DETECTIONS = {name: f"id-{name}" for name in "abc"} | {f"id-{name}": f"id-{name}" for name in "abc"}
HOUR = 3600 * SECOND


def document(text: str, line: int = 1) -> Document:
    parsed = {"title": "t", **yaml.safe_load(text)}
    rule = SigmaCorrelationRule.from_dict(for_pysigma(parsed))
    return Document(rule, "rules/x.yml", line, "v1")


def compiled(*texts: str):
    done, problems = compile_correlations([document(t, 10 * (i + 1)) for i, t in enumerate(texts)], DETECTIONS)
    assert problems == ()
    return done


def one(text: str):
    [correlation] = compiled(text)
    return correlation


def wrong(*texts: str) -> list[str]:
    done, problems = compile_correlations([document(t, 10 * (i + 1)) for i, t in enumerate(texts)], DETECTIONS)
    assert len(done) < len(texts)
    return [str(p) for p in problems]


def of(kind: str, rest: str = "", rules: str = "[a]", condition: str = "{gte: 5}") -> str:
    text = f"""
name: n
correlation:
  type: {kind}
  rules: {rules}
  group-by: [user.name]
  timespan: 5m
"""
    return text + (f"  condition: {condition}\n" if condition else "") + rest


def test_everything_about_one():
    c = one("""
title: Many failures
id: 0e95725d-7320-415d-80f7-004da920fc11
name: many_failures
level: high
tags: [attack.t1110]
correlation:
  type: value_count
  rules: [a, id-b]
  group-by: [who, host.name]
  timespan: 90m
  generate: true
  aliases:
    who: {a: user.name, b: user.target.name}
  condition: {field: source.ip, gte: 15}
""")
    assert (c.id, c.title, c.version, c.level) == (
        "0e95725d-7320-415d-80f7-004da920fc11",
        "Many failures",
        "v1",
        "high",
    )
    assert c.tags == ("attack.t1110",)
    assert c.rules == ("id-a", "id-b")
    assert (c.field_of("who", "id-a"), c.field_of("who", "id-b")) == ("user.name", "user.target.name")
    assert c.field_of("host.name", "id-a") == "host.name"
    assert (c.measure, c.counted, c.comparisons) == (Measure.DISTINCT, ("source.ip",), ((Op.GTE, 15 * SECOND),))
    assert (c.window, c.timespan, c.generate, c.lag, c.delay) == (Window.SLIDING, 5400 * SECOND, True, 0, 0)


@pytest.mark.parametrize(
    ("kind", "condition", "measure"),
    [
        ("event_count", "{gte: 5}", Measure.COUNT),
        ("value_count", "{gte: 5, field: x}", Measure.DISTINCT),
        ("value_sum", "{gte: 5, field: x}", Measure.SUM),
        ("value_avg", "{gte: 5, field: x}", Measure.AVERAGE),
        ("value_percentile", "{gte: 5, field: x, percentile: 95}", Measure.PERCENTILE),
        ("value_median", "{gte: 5, field: x}", Measure.PERCENTILE),
        ("temporal", "{gte: 1}", Measure.RULES),
        ("temporal", "a", Measure.EXPRESSION),
        ("temporal_ordered", "{gte: 1}", Measure.ORDERED),
    ],
)
def test_types(kind, condition, measure):
    assert one(of(kind, condition=condition)).measure is measure


def test_numbers_are_those_of_the_kernels():
    for kind in (Measure, Op):
        for member in kind:
            assert getattr(window_layout, member.name) == member
    assert (AND, OR, NOT) == (window_layout.AND, window_layout.OR, window_layout.NOT)


def test_percentiles():
    assert one(of("value_percentile", condition="{gte: 5, field: x, percentile: 95}")).percentile == 95
    assert one(of("value_percentile", condition="{gte: 5, field: x}")).percentile == 50
    assert one(of("value_median", condition="{gte: 5, field: x}")).percentile == 50
    [problem] = wrong(of("value_percentile", condition="{gte: 5, field: x, percentile: 101}"))
    assert problem == "rules/x.yml:10: condition.percentile must be 0 to 100, and is 101"


def test_comparisons():
    assert one(of("event_count", condition="{gt: 100, lte: 200}")).comparisons == (
        (Op.GT, 100 * SECOND), (Op.LTE, 200 * SECOND),
    )  # fmt: skip
    assert one(of("value_sum", condition="{lt: -0.25, field: x}")).comparisons == ((Op.LT, -250_000),)
    assert one(of("event_count", condition="{neq: 3}")).comparisons == ((Op.NEQ, 3 * SECOND),)
    assert "condition.lte must be a number" in wrong(of("event_count", condition="{gt: 1, lte: many}"))[0]


def test_several_fields_are_counted_together():
    assert one(of("value_count", condition="{gte: 5, field: [x, y]}")).counted == ("x", "y")
    assert "must be one field" in wrong(of("value_sum", condition="{gte: 5, field: [x, y]}"))[0]


def test_rules_in_order():
    c = one(of("temporal_ordered", rules="[a, b, a, c]", condition=""))
    assert (c.rules, c.order) == (("id-a", "id-b", "id-c"), (0, 1, 0, 2))
    assert c.comparisons == ((Op.GTE, 4 * SECOND),)
    c = one(of("temporal_ordered", rules="[a, b, c]", condition="c and not b and a"))
    assert (c.order, c.closers, c.comparisons) == ((0, 2), (1,), ((Op.GTE, 2 * SECOND),))
    assert "which order is meant" in wrong(of("temporal_ordered", rules="[a, b]", condition="a or b"))[0]
    assert "can never hold" in wrong(of("temporal_ordered", rules="[a]", condition="not a"))[0]
    assert "at most 10" in wrong(of("temporal_ordered", rules=f"[{', '.join('ab' * 6)}]", condition=""))[0]


def test_expressions():
    c = one(of("temporal", rules="[a, b, c]", condition="a and not (b or c)"))
    assert c.expression == (0, 1, 2, OR, NOT, AND)
    without = of("temporal", condition="a and b").replace("  rules: [a]\n", "")
    assert one(without).rules == ("id-a", "id-b")


def test_windows():
    assert one(of("event_count", "penstock: {window: tumbling}")).window is Window.TUMBLING
    c = one(of("event_count", "penstock: {window: session, gap: 30s}"))
    assert (c.window, c.gap, c.delay) == (Window.SESSION, 30 * SECOND, 330 * SECOND)
    for ours in ("{window: session}", "{gap: 30s}", "{window: tumbling, gap: 30s}"):
        assert "needs penstock.gap" in wrong(of("event_count", f"penstock: {ours}"))[0]
    assert "must be sliding, tumbling or session" in wrong(of("event_count", "penstock: {window: hopping}"))[0]
    assert "penstock has no 'windows'" in wrong(of("event_count", "penstock: {windows: tumbling}"))[0]
    assert "Timespan" in wrong(of("event_count", "penstock: {window: session, gap: soon}"))[0]


def test_absence():
    c = one(of("temporal_ordered", "penstock: {absence: b}", rules="[a, b]", condition=""))
    assert (c.window, c.closers, c.comparisons, c.delay) == (Window.ABSENCE, (1,), (), 300 * SECOND)
    assert one(of("temporal", "penstock: {absence: [b, id-c]}", rules="[a, b, c]", condition="")).closers == (1, 2)
    for rest, rules, condition in (
        ("{absence: c}", "[a, b]", ""), ("{absence: [a, b]}", "[a, b]", ""), ("{absence: b}", "[a, b]", "{gte: 1}"),
        ("{absence: b, window: tumbling}", "[a, b]", ""),
    ):  # fmt: skip
        assert "absence" in wrong(of("temporal", f"penstock: {rest}", rules=rules, condition=condition))[0]
    assert "absence" in wrong(of("event_count", "penstock: {absence: b}", rules="[a, b]"))[0]


def test_baselines():
    hourly = of("event_count").replace("5m", "1h")
    assert one(hourly + "penstock: {baseline: {}}").baseline == Baseline(4, 4.0, 168 * HOUR)
    c = one(hourly + "penstock: {baseline: {weeks: 2, deviations: 3.5, warmup: 2d}, window: tumbling}")
    assert (c.baseline, c.window) == (Baseline(2, 3.5, 48 * HOUR), Window.TUMBLING)
    for baseline in ("{weeks: 9}", "{weeks: many}", "{deviations: -1}", "{week: 1}", "[1]", "{warmup: x}"):
        assert wrong(hourly + f"penstock: {{baseline: {baseline}}}")
    assert wrong(hourly + "penstock: {baseline: {}, window: session, gap: 1m}")
    assert wrong(hourly + "penstock: {baseline: {}, window: sliding}")
    for timespan in ("7m", "5h", "90m", "2d"):
        assert "fit into an hour" in wrong(hourly.replace("1h", timespan) + "penstock: {baseline: {}}")[0]
    for timespan in ("1m", "20m", "6h", "24h"):
        assert one(hourly.replace("1h", timespan) + "penstock: {baseline: {}}").baseline
    assert "count or a number" in wrong(of("temporal", "penstock: {baseline: {}}").replace("5m", "1h"))[0]


def test_regular_events():
    c = one(of("event_count", "penstock: {regular: {interval: 30s}}"))
    assert (c.regular, c.window) == (Regular(30 * SECOND, 10), Window.TUMBLING)
    c = one(of("event_count", "penstock: {regular: {interval: 2m, spread: 0}, window: session, gap: 1h}"))
    assert (c.regular, c.window) == (Regular(120 * SECOND, 0), Window.SESSION)
    for regular in ("{}", "{spread: 3}", "[30s]", "{interval: often}", "{interval: 0s}", "{interval: 1m, every: 2}"):
        assert wrong(of("event_count", f"penstock: {{regular: {regular}}}"))
    for spread in ("-1", "101", "2.5", "yes", "few"):
        problems = wrong(of("event_count", f"penstock: {{regular: {{interval: 1m, spread: {spread}}}}}"))
        assert "penstock.regular.spread must be" in problems[0]
    assert "counted" in wrong(of("temporal", "penstock: {regular: {interval: 1m}}"))[0]
    assert "window's end" in wrong(of("event_count", "penstock: {regular: {interval: 1m}, window: sliding}"))[0]
    both = of("event_count", "penstock: {regular: {interval: 1m}, baseline: {}}").replace("5m", "1h")
    assert "cannot go together" in wrong(both)[0]


def named(name: str, rules: str, group: str = "user.name", extra: str = "") -> str:
    return f"""
name: {name}
correlation:
  type: event_count
  rules: {rules}
  group-by: [{group}]
  timespan: 5m
  condition: {{gte: 2}}
{extra}"""


def test_those_referred_to_come_first():
    done = compiled(named("z", "[y, x]"), named("x", "[a]"), named("y", "[x]", extra="penstock: {window: tumbling}"))
    assert [c.id for c in done] == ["x", "y", "z"]
    assert [c.lag for c in done] == [0, 0, 300 * SECOND]


def test_lags_add_up():
    tumbling = "penstock: {window: tumbling}"
    done = compiled(named("x", "[a]", extra=tumbling), named("y", "[x, a]", extra=tumbling), named("z", "[y]"))
    assert [c.lag for c in done] == [0, 300 * SECOND, 600 * SECOND]


def test_fields_are_carried_down_the_chain():
    upper = named("x", "[a]", group="host.name").replace(
        "  timespan", "  aliases: {source.ip: {a: client.ip}}\n  timespan"
    )
    middle = named("y", "[x]", group="user.name")
    lower = """
name: z
correlation:
  type: value_count
  rules: [y]
  group-by: [who]
  timespan: 5m
  aliases: {who: {y: host.name}}
  condition: {field: source.ip, gte: 2}
"""
    x, y, z = compiled(lower, middle, upper)
    assert (z.carried, y.carried, x.carried) == ((), ("host.name", "source.ip"), ("user.name", "source.ip"))
    assert z.field_of("who", "y") == "host.name"
    assert x.field_of("source.ip", "id-a") == "client.ip"


def test_circles_are_refused_with_their_place():
    problems = wrong(named("x", "[y]"), named("y", "[z]"), named("z", "[x]"), named("w", "[x]"), named("v", "[w, a]"))
    assert problems == [
        "rules/x.yml:10: refers to itself: x → y → z → x",
        "rules/x.yml:40: refers to x, which cannot be used", "rules/x.yml:50: refers to w, which cannot be used",
    ]  # fmt: skip
    assert "refers to itself: x → x" in wrong(named("x", "[x]"))[0]


def test_every_problem_is_told():
    problems = wrong(
        named("x", "[nobody]"), named("x", "[a]"), named("y", "[a, a, b]", extra="penstock: 3"), named("z", "[x]")
    )
    assert problems == [
        "rules/x.yml:20: there is another rule x",
        "rules/x.yml:10: there is no rule nobody (a rule is referred to by its name or its id)",
        "rules/x.yml:30: penstock must be a map (of window, gap, absence, baseline, regular)",
        "rules/x.yml:40: refers to x, which cannot be used",
    ]


def test_every_key_is_documented(root):
    page = (root / "docs" / "reference" / "correlation.md").read_text()
    for key in (*KEYS, *BASELINE_KEYS, *REGULAR_KEYS):
        assert f"`{key}`" in page
