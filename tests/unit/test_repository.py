"""What must be true of the repository itself."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

import penstock

# Files over 400 lines, each with its reason.
LONG_FILES: dict[str, str] = {}


def test_versions_agree(root: Path) -> None:
    """The changelog's newest release is the package's version, or what comes after it is headed Unreleased."""
    changelog = (root / "CHANGELOG.md").read_text()
    headings = re.findall(r"^## \[?([^\]\s]+)", changelog, re.MULTILINE)
    assert headings[0] in {"Unreleased", penstock.__version__}
    assert penstock.__version__ in headings[:2]


def test_files_are_read_in_one_sitting(root: Path) -> None:
    long = {
        str(path.relative_to(root)): count
        for path in (root / "src").rglob("*.py")
        if (count := len(path.read_bytes().splitlines())) > 400
    }
    unlisted = {name: count for name, count in long.items() if name not in LONG_FILES}
    assert not unlisted, f"over 400 lines: split, or list in LONG_FILES with the reason: {unlisted}"
    assert not LONG_FILES.keys() - long.keys(), "no longer long: take it off LONG_FILES"


def test_no_vague_names(root: Path) -> None:
    vague = {"utils", "util", "common", "helpers", "helper", "manager", "engine", "context", "misc"}
    found = [path for path in (root / "src").rglob("*") if path.stem in vague]
    assert not found


def test_layers_hold(root: Path) -> None:
    tool = shutil.which("lint-imports", path=str(Path(sys.executable).parent))
    if tool is None:
        pytest.skip("import-linter is not installed")
    done = subprocess.run(
        [tool, "--no-cache"], cwd=root, capture_output=True, text=True, check=False, env={"PYTHONPATH": "src"}
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_locks_hold_every_dependency_with_hashes_and_no_index(root: Path) -> None:
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    for name, wanted in (
        ("requirements.lock", project["dependencies"]),
        ("requirements-dev.lock", project["dependencies"] + project["optional-dependencies"]["test"]),
    ):
        lock = (root / name).read_text()
        assert "://" not in lock
        for requirement in wanted:
            package = re.split(r"[<>=\[ ]", requirement)[0]
            assert re.search(rf"^{package}==\S+ (; [^\n]*)?\\\n +--hash=sha256:", lock, re.MULTILINE), (name, package)


def test_the_dev_lock_holds_the_runtime_lock(root: Path) -> None:
    pins = [
        set(re.findall(r"^\S+==\S+", (root / n).read_text(), re.MULTILINE))
        for n in ("requirements.lock", "requirements-dev.lock")
    ]
    assert pins[0] <= pins[1]


@pytest.mark.slow
def test_the_wheel_works_on_its_own(root: Path, tmp_path: Path) -> None:
    """Packs and rules are inside, the package finds them there, and nothing of the tests is."""
    pytest.importorskip("hatchling")
    build = "from hatchling.build import build_wheel; import sys; print(build_wheel(sys.argv[1]))"
    built = subprocess.run(
        [sys.executable, "-c", build, str(tmp_path)], cwd=root, capture_output=True, text=True, check=False
    )
    assert built.returncode == 0, built.stderr
    wheel = tmp_path / built.stdout.split()[-1]
    names = zipfile.ZipFile(wheel).namelist()
    inside = {name for name in names if not name.startswith("penstock-")}
    tracked = subprocess.run(
        ["git", "ls-files", "packs", "rules"], cwd=root, capture_output=True, text=True, check=True
    )
    assert {f"penstock/_content/{name}" for name in tracked.stdout.split("\n") if name} <= inside
    assert "penstock/py.typed" in inside
    assert all(name.startswith("penstock/") for name in inside)

    # unpacked somewhere else, it resolves its own content, not the checkout's
    target = tmp_path / "site"
    zipfile.ZipFile(wheel).extractall(target)
    say = "from penstock.content.places import packs_dir, rules_dir; print(packs_dir(), rules_dir())"
    said = subprocess.run(
        [sys.executable, "-c", say],
        cwd=tmp_path,
        env={"PYTHONPATH": str(target)},
        capture_output=True,
        text=True,
        check=True,
    )
    content = target.resolve() / "penstock" / "_content"
    assert said.stdout.split() == [str(content / "packs"), str(content / "rules")]


def test_the_environment_needs_a_new_enough_python(root: Path, tmp_path: Path) -> None:
    """Without one, one clear sentence and exit code 2; nothing is touched."""
    copy = tmp_path / "tools" / "venv"
    copy.parent.mkdir()
    shutil.copy(root / "tools" / "venv", copy)
    for name in ("pyproject.toml", "requirements.lock", "requirements-dev.lock"):
        (tmp_path / name).write_text("")
    old = tmp_path / "bin" / "python3"
    old.parent.mkdir()
    old.write_text("#!/bin/sh\nexit 1\n")  # what a too old one answers
    old.chmod(0o755)
    done = subprocess.run(
        [copy, "runtime"],
        env={"PATH": f"{old.parent}:/usr/bin:/bin", "PYTHON": "python3"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "Python 3.11 or newer" in done.stderr
    assert not (tmp_path / ".venv").exists()
