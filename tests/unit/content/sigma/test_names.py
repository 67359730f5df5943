"""The maps read both ways."""

from __future__ import annotations

import pytest

from penstock.content.catalogue import Catalogue
from penstock.content.sigma.names import Name, columns_called, names_of
from penstock.content.sigma.serving import Serving, load_servings
from penstock.pipeline import load_catalogue, pack_folders

Both = tuple[list[Serving], Catalogue]


@pytest.fixture(scope="module")
def both() -> Both:
    """The bundled packs and their maps."""
    return load_servings(pack_folders()), load_catalogue()


def test_what_rules_call_a_column(both: Both):
    found = {(n.source, n.field, n.dataset) for n in names_of("source.ip", *both)}
    assert ("cisco/firewall/asa", "src_ip", "cisco_asa.log") in found
    assert ("zeek/*/http", "id.orig_h", "generic_json.event") in found
    assert ("*/webserver/*", "c-ip", "apache_httpd.access") in found


def test_a_packs_own_column_is_called_so_where_events_carry_it(both: Both):
    found = {n.source for n in names_of("microsoft_windows.GrantedAccess", *both) if n.dataset.endswith("sysmon")}
    assert "windows/process_access/*" in found
    assert "windows/*/sysmon" in found
    assert "windows/dns_query/*" not in found


def test_where_a_rules_field_stands(both: Both):
    found = columns_called("requestParameters.userName", *both)
    column = "aws_cloudtrail.requestParameters#userName"
    assert found == [Name("aws/*/cloudtrail", "requestParameters.userName", "aws_cloudtrail.event", (column,))]
    starts = {n.dataset: n.columns for n in columns_called("Image", *both) if n.source == "windows/process_creation/*"}
    assert starts["microsoft_windows.sysmon"] == ("microsoft_windows.Image", "process.executable")
    assert starts["microsoft_windows.security"] == ("microsoft_windows.NewProcessName", "process.executable")


def test_stars_stand_for_any_characters(both: Both):
    assert {n.field for n in columns_called("cs-uri*", *both)} >= {"cs-uri", "cs-uri-query", "cs-uri-stem"}
    assert {n.field for n in names_of("url.qu*", *both)} >= {"cs-uri-query", "c-uri-query"}


def test_nobody_knows(both: Both):
    assert names_of("no.such.column", *both) == []
    assert columns_called("NoSuchField", *both) == []
