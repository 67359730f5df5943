"""JUnit as CI systems read it."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

from penstock.errors import Problem
from penstock.rulebook.examples import Example, Subject
from penstock.rulebook.junit import junit
from penstock.rulebook.trying import Result

PASSED = Result(Example(Path("a.fires.log"), ("1",), "A & <B>", "fires"), 1, (), 0.25)
FAILED = Result(Example(Path("a.silent.log"), ("1",), "A & <B>", "silent"), 1, ('fired for "x\x01"', "    why"), 0.5)


def test_suites_cases_and_counts():
    made = ET.fromstring(junit([PASSED, FAILED], [Problem("c/info.yml", 3, "no file")]))
    assert made.attrib | {"time": ""} == {
        "name": "penstock rules test", "tests": "3", "failures": "2", "errors": "0", "skipped": "0", "time": ""
    }  # fmt: skip
    suite = made.find("testsuite")
    assert suite is not None
    assert (suite.attrib["name"], suite.attrib["tests"], suite.attrib["failures"]) == ("A & <B>", "2", "1")
    assert float(suite.attrib["time"]) == 0.75
    failure = made.find("./testsuite/testcase[@name='silent']/failure")
    assert failure is not None
    assert failure.attrib["message"] == 'fired for "x\ufffd"'
    assert failure.text == 'fired for "x\ufffd"\n    why'


def test_rules_without_examples_are_skipped_or_failed():
    without = [Subject("2", "C", "c.yml", correlation=False)]
    assert len(ET.fromstring(junit([PASSED], [], without)).findall(".//skipped")) == 1
    required = ET.fromstring(junit([PASSED], [], without, required=True))
    assert required.attrib["failures"] == "1"
    assert required.find(".//skipped") is None
