"""Every golden sample of every bundled pack, one test each; and the tester and the scaffold themselves."""

from __future__ import annotations

from pathlib import Path

import pytest

from penstock import samples
from penstock.content.catalogue import Catalogue
from penstock.content.compiling import compile_packs
from penstock.content.load import load_packs
from penstock.content.places import packs_dir
from penstock.content.scaffold import new_pack
from penstock.errors import UsageError

FOLDERS = sorted(p.parent for p in packs_dir().glob("*/pack.yaml"))
SAMPLES = [sample for folder in FOLDERS for sample in samples.samples_of(folder)]


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    """All bundled packs, together: a sample must find its own pack among them."""
    return compile_packs(load_packs([packs_dir()]))


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda p: f"{p.parents[1].name}/{p.stem}")
def test_sample_gives_what_is_written_down(sample: Path, catalogue: Catalogue):
    result = samples.check_sample(sample, catalogue)
    assert result.passed, str(result)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda p: p.name)
def test_pack_has_samples(folder: Path):
    assert samples.samples_of(folder)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda p: p.name)
def test_nothing_is_expected_of_samples_that_are_not_there(folder: Path):
    expected = {p.name.removesuffix(".expected.json") for p in folder.glob("samples/*.expected.json")}
    assert expected == {p.stem for p in samples.samples_of(folder)}


class TestNewPack:
    def test_passes_its_own_test(self, tmp_path: Path):
        folder = new_pack("acme_gateway", tmp_path)
        generic = load_packs([packs_dir()])
        made = compile_packs([*(p for p in generic if p.name == "generic_syslog"), *load_packs([tmp_path])])
        first = list(samples.check_pack(folder, made, update=True))
        assert [str(r) for r in first if not (r.passed and r.updated)] == []
        again = list(samples.check_pack(folder, made))
        assert [str(r) for r in again if not r.passed] == []
        rows = [row for s in samples.samples_of(folder) for row in samples.rows_of(s, made)]
        failed = next(r for r in rows if r.get("event.outcome") == "failure" and r["event.action"] == "login")
        assert failed["user.name"] == "bob from 203.0.113.9"
        assert failed["source.ip"] == "192.0.2.4"
        assert {r["penstock.category"] for r in rows} == {
            "auth.none", "auth.credential_mismatch", "network.none", "network.policy_denied", "system.none"
        }  # fmt: skip

    def test_what_changed_is_said_field_by_field(self, tmp_path: Path):
        folder = new_pack("acme_gateway", tmp_path)
        made = compile_packs(load_packs([tmp_path]))
        list(samples.check_pack(folder, made, update=True))
        expected = folder / "samples" / "login.expected.json"
        expected.write_text(expected.read_text().replace('"bob from 203.0.113.9"', '"bob"'))
        result = samples.check_sample(folder / "samples" / "login.log", made)
        assert result.differences == ('row 2 user.name: wanted "bob", found "bob from 203.0.113.9"',)
        assert str(result).startswith("FAILED")

    def test_rejects_are_never_written_down_as_expected(self, tmp_path: Path):
        folder = new_pack("acme_gateway", tmp_path)
        made = compile_packs(load_packs([tmp_path]))
        (folder / "samples" / "odd.log").write_text("neither this nor that\n")
        result = samples.check_sample(folder / "samples" / "odd.log", made, update=True)
        assert "UNKNOWN_FORMAT" in str(result)
        assert not (folder / "samples" / "odd.expected.json").exists()
        (folder / "samples" / "odd.log").rename(folder / "samples" / "reject_odd.log")
        assert samples.check_sample(folder / "samples" / "reject_odd.log", made, update=True).passed

    @pytest.mark.parametrize("name", ["acme", "Acme_Gateway", "a/b_c", "_x_y", "acme_"])
    def test_name_must_be_vendor_and_product(self, name: str, tmp_path: Path):
        with pytest.raises(UsageError):
            new_pack(name, tmp_path)

    def test_never_over_a_folder(self, tmp_path: Path):
        new_pack("acme_gateway", tmp_path)
        with pytest.raises(UsageError, match="already"):
            new_pack("acme_gateway", tmp_path)
