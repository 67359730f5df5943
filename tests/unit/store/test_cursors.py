from __future__ import annotations

import pytest

from penstock.errors import OutsideError
from penstock.store.cursors import Cursors


def test_what_was_saved_is_loaded(tmp_path):
    cursors = Cursors(tmp_path / "state" / "cursors.json")
    assert cursors.load() == {}
    cursors.save({"files": b"\0\xff", "empty": b""})
    assert Cursors(cursors.path).load() == {"files": b"\0\xff", "empty": b""}
    cursors.save({"files": b"1"})
    assert cursors.load() == {"files": b"1"}
    assert [p.name for p in cursors.path.parent.iterdir()] == ["cursors.json"]


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"null", b'{"version": 1}', b'{"version": 1, "cursors": {"a": "?"}}', b"\xff"]
)
def test_a_damaged_file_says_what_to_do(tmp_path, content):
    (tmp_path / "c").write_bytes(content)
    with pytest.raises(OutsideError, match="remove it"):
        Cursors(tmp_path / "c").load()


def test_a_newer_file_is_left_alone(tmp_path):
    (tmp_path / "c").write_text('{"version": 2}')
    with pytest.raises(OutsideError, match="newer"):
        Cursors(tmp_path / "c").load()


def test_a_half_written_file_is_never_read(tmp_path):
    """The new one is written beside and renamed."""
    cursors = Cursors(tmp_path / "c")
    cursors.save({"a": b"1"})
    (tmp_path / "c.new").write_text("{")
    assert cursors.load() == {"a": b"1"}


def test_a_disk_that_fails_is_an_outside_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutsideError):
        Cursors(tmp_path / "file" / "c").save({})
