"""Where compiled kernels are kept."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path

import pytest

from penstock.kernels import cache_folder, shared_hash


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    folder = tmp_path / "kernels"
    folder.mkdir()
    (folder / "words.py").write_text("U = 1\n")
    (folder / "lines.py").write_text("from penstock.kernels.words import U\n")
    return folder


def test_a_changed_helper_changes_the_folder_and_a_changed_leaf_does_not(sources: Path) -> None:
    before = shared_hash(sources)
    (sources / "lines.py").write_text("from penstock.kernels.words import U\nV = U\n")
    assert shared_hash(sources) == before
    (sources / "words.py").write_text("U = 2\n")
    assert shared_hash(sources) != before


def test_both_forms_of_import_count(sources: Path) -> None:
    before = shared_hash(sources)
    (sources / "keys.py").write_text("from penstock.kernels import lines, words as w\n")
    assert shared_hash(sources) != before


def test_the_users_cache_comes_first(sources: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    found = cache_folder(sources)
    assert found.parent == tmp_path / "cache" / "penstock"
    assert stat.S_IMODE(found.stat().st_mode) == 0o700


@pytest.mark.parametrize("home", ["", "/nonexistent/never", None])
def test_without_a_usable_home_it_is_a_private_temporary_folder(
    sources: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, home: str | None
) -> None:
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.delenv("HOME", raising=False)
    if home is not None:
        monkeypatch.setenv("HOME", home if os.getuid() else home and "/proc/never")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    found = cache_folder(sources)
    assert found.parent.parent == tmp_path
    assert stat.S_IMODE(found.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("trap", ["link", "writable"])
def test_a_folder_that_others_may_have_filled_is_not_taken(
    sources: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trap: str
) -> None:
    """What lies there is unpickled: a folder put there by somebody else would run their code."""
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.delenv("HOME", raising=False)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    there = tmp_path / f"penstock-{os.getuid()}"
    if trap == "link":
        (tmp_path / "elsewhere").mkdir()
        there.symlink_to(tmp_path / "elsewhere")
    else:
        there.mkdir()
        there.chmod(0o777)
    found = cache_folder(sources)
    assert there not in found.parents
    assert stat.S_IMODE(found.stat().st_mode) == 0o700
