"""The layer is what the Navigator's format 4.5 asks for, and counts right."""

from __future__ import annotations

import pytest

from penstock.rulebook.coverage import TITLES, coverage, layer, summary


@pytest.fixture
def found(rules, rule_text):
    def tagged(title: str, tags: str, detection: str = "user.name: eve", source: str = "product: linux, service: sudo"):
        return rule_text(f"  selection: {{{detection}}}\n  condition: selection", title=title, source=source) + (
            f"tags: [{tags}]\n"
        )

    return coverage(
        rules(
            a=tagged("Live", "attack.execution, attack.t1059.004, attack.t1059"),
            b=tagged("Live too", "attack.execution, attack.t1059.004"),
            c=tagged("Dead", "attack.impact, attack.t1059.004, attack.t1485", "NoSuchField: x"),
            d=tagged("Unserved", "attack.impact, attack.t1485", source="product: acme"),
            e=tagged("Untagged", "attack.stealth"),
        )
    )


def test_scores_are_live_rules_and_the_others_are_metadata(found):
    made = {t["techniqueID"]: t for t in layer(found, "Ours")["techniques"]}
    assert {i: t["score"] for i, t in made.items()} == {"T1059": 1, "T1059.004": 2, "T1485": 0}
    assert made["T1059.004"]["comment"] == "Live (low)\nLive too (low)"
    assert made["T1059.004"]["metadata"] == [{"name": "1 cannot fire (dead)", "value": "Dead (low)"}]
    assert [m["name"] for m in made["T1485"]["metadata"]] == ["1 cannot fire (dead)", "1 no pack serves (unserved)"]
    assert "color" in made["T1485"]
    assert "color" not in made["T1059"]


def test_the_layer_has_what_the_format_requires(found):
    made = layer(found, "Ours", "19")
    assert (made["name"], made["domain"]) == ("Ours", "enterprise-attack")
    assert made["versions"] == {"attack": "19", "navigator": "5.2.0", "layer": "4.5"}
    assert "attack" not in layer(found, "Ours")["versions"]
    assert made["gradient"]["minValue"] < made["gradient"]["maxValue"] == 2
    assert len(made["gradient"]["colors"]) >= 2
    assert made["metadata"] == [{"name": "rules without a technique", "value": "1"}]
    for technique in made["techniques"]:
        assert all(isinstance(m["name"], str) and isinstance(m["value"], str) for m in technique.get("metadata", ()))


def test_nothing_is_covered_by_no_rule(rules, rule_text):
    none = coverage(rules(a=rule_text("  selection: {a: b}\n  condition: selection", source="product: acme")))
    made = layer(none, "Ours")
    assert made["techniques"] == []
    assert made["gradient"]["maxValue"] == 1


def test_many_titles_are_cut(rules, rule_text):
    text = "  selection: {user.name: eve}\n  condition: selection"
    many = {f"r{n}": rule_text(text, title=f"R{n:02}") + "tags: [attack.t1110]\n" for n in range(TITLES + 3)}
    [technique] = layer(coverage(rules(**many)), "Ours")["techniques"]
    assert technique["score"] == TITLES + 3
    assert technique["comment"].endswith("\n… and 3 more")


def test_the_summary_has_a_line_a_tactic(found):
    lines = summary(found)
    assert [line.split()[0] for line in lines if line.startswith("execution")] == ["execution"]
    by_name = {line.split()[0]: line.split()[1:] for line in lines[1:-1]}
    assert by_name["execution"] == ["2", "2", "0", "0"]
    assert by_name["impact"] == ["0", "0", "1", "1"]
    assert lines[-1].startswith("2 techniques and sub-techniques have a rule that can fire, 1 only")
