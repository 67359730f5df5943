"""`penstock schema sigma`, `pack lint` and `check` on packs' maps, and what is told when rules are loaded."""

from __future__ import annotations

from pathlib import Path

RULES = """title: sudo
logsource: {product: linux, service: sudo}
detection: {s: {USER: root}, condition: s}
---
title: dead
logsource: {product: linux, service: sudo}
detection: {s: {Nothing: x}, condition: s}
---
title: nobody's
logsource: {product: nobody}
detection: {s: {Nothing: x}, condition: s}
"""


def wrong_pack(folder: Path) -> None:
    """A pack whose `sigma.yaml` names what is not there."""
    (folder / "acme_gateway").mkdir(parents=True)
    (folder / "acme_gateway" / "pack.yaml").write_text(
        "pack: acme_gateway\nversion: 1.0.0\ntitle: T\ndatasets:\n  - name: log\n    recognise: [{begins: ['GW: ']}]\n"
        "    patterns: [{name: one, line: 'GW: {user.name}'}]\n"
    )
    (folder / "acme_gateway" / "sigma.yaml").write_text(
        "log_sources:\n  - product: acme\n    events: {lg: {}}\n  - product: acme\n    events: {log: {user.nme: x}}\n"
    )


def test_the_map_read_both_ways(penstock):
    found = penstock("schema", "sigma", "user.effective.name").stdout.decode().splitlines()
    assert "linux/*/sudo USER linux_auth.sudo user.effective.name".split() in [line.split() for line in found]
    found = penstock("schema", "sigma", "cs-uri-stem").stdout.decode().splitlines()
    assert "*/webserver/* cs-uri-stem apache_httpd.access url.path".split() in [line.split() for line in found]
    nobody = penstock("schema", "sigma", "NoSuchField")
    assert nobody.returncode == 1
    assert b"no Sigma log source has NoSuchField" in nobody.stderr


def test_lint_and_check_tell_file_and_line(penstock, tmp_path: Path):
    wrong_pack(tmp_path / "packs")
    for verb, code in (("lint", 1), ("check", 2)):
        words = ("pack", "lint") if verb == "lint" else (verb,)
        done = penstock(*words, "--packs", tmp_path / "packs")
        said = [line.rpartition("acme_gateway/")[2] for line in done.stdout.decode().splitlines()]
        assert said == [
            "sigma.yaml:3: pack acme_gateway has no dataset 'lg' (one of log)",
            "sigma.yaml:5: no event of acme_gateway.log has user.nme (did you mean user.name?)",
        ]
        assert done.returncode == code


def test_wrong_packs_and_wrong_maps_are_told_together(penstock, tmp_path: Path):
    wrong_pack(tmp_path / "packs")
    pack = tmp_path / "packs" / "acme_gateway" / "pack.yaml"
    pack.write_text(pack.read_text().replace("{user.name}", "{user.nme}"))
    (pack.parent / "sigma.yaml").write_text("log_sources: [{events: {log: {}}}]\n")
    said = penstock("pack", "lint", "acme_gateway", "--packs", tmp_path / "packs").stdout.decode()
    assert "pack.yaml:7: acme_gateway.log: no field 'user.nme' in ECS" in said
    assert "sigma.yaml:1: a log source has a product, a category or a service" in said


def test_rules_that_cannot_fire_are_told_at_load(penstock, tmp_path: Path):
    (tmp_path / "rules.yml").write_text(RULES)
    record = b"Nov 23 10:00:01 web1 sudo: alice : TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/id\n"
    done = penstock("detect", "--rules", tmp_path / "rules.yml", "-", stdin=record)
    assert done.returncode == 0
    assert done.stdout.count(b"\n") == 1
    wanted = b"rules that cannot fire: 1 for want of a pack, 1 for want of a field that no event can have"
    assert wanted in done.stderr
