"""JUnit reports: what CI systems read in them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from milpbft.dbft.instance import PublishedInstance
from milpbft.milp.problem import Size
from milpbft.milp.solution import Solution
from milpbft.question.files import Expected
from milpbft.report.junit import junit
from milpbft.result import Result
from milpbft.suite import Case, Outcome
from milpbft.verdict import Verdict

if TYPE_CHECKING:
    from milpbft.verdict import Status

EXPECTED = Expected(status="optimal", objective=1400, source="test")
CASE = Case(PublishedInstance.parse("dbft2-n4-t5-p1"), EXPECTED, Path("instances/published/a.toml"))


def outcome(status: Status, reason: str = "", *, crashed: bool = False) -> Outcome:
    solution = Solution("optimal", "cbc", "1", 1400, 1400)
    checks = (Verdict("rows", "confirmed"),)
    size = Size(1, 1, 0, 1, 0, 1, 1)
    result = None if crashed else Result(CASE.instance, size, solution, checks, None, None, 0.0)
    return Outcome(CASE, result, Verdict("expected", status, reason), 0.25)


def parse(*outcomes: Outcome) -> ET.Element:
    return ET.fromstring(junit(outcomes).encode())


def test_a_case_says_what_and_where():
    """Name, directory, file, time, and the checks."""
    case = parse(outcome("confirmed"))[0][0]
    assert case.attrib == {
        "name": "dbft2-n4-t5-p1",
        "classname": "instances.published",
        "file": "instances/published/a.toml",
        "time": "0.250",
    }
    output = case.findtext("system-out")
    assert output == "ok: optimal, value 1400, bound 1400\nrows: confirmed"


@pytest.mark.parametrize(
    ("found", "tag"),
    [
        (outcome("refuted", "optimum 1, expected 2"), "failure"),
        (outcome("refuted", "crashed", crashed=True), "error"),
        (outcome("undecided", "limit"), "skipped"),
    ],
)
def test_what_is_not_as_expected_has_a_tag(found: Outcome, tag: str):
    """The tag has the reason, and the suite counts it."""
    suite = parse(outcome("confirmed"), found)[0]
    assert suite.get("tests") == "2"
    tags = {"failures": "failure", "errors": "error", "skipped": "skipped"}
    assert {tags[key]: suite.get(key) for key in tags} == {
        name: str(int(name == tag)) for name in tags.values()
    }
    assert suite[1][0].attrib == {"message": found.verdict.reason}


def test_a_new_instance_is_no_failure():
    """Nothing was expected, and nothing failed."""
    new = replace(outcome("confirmed"), case=Case(CASE.instance))
    case = parse(new)[0][0]
    assert [child.tag for child in case] == ["system-out"]
    assert case.get("classname") == ""


def test_any_text_becomes_xml():
    """Brackets are escaped, and what XML cannot hold is dropped."""
    case = parse(outcome("refuted", "a < b & \x00\x1b[31m\ud800 \N{SNOWMAN}"))[0][0]
    assert case[0].get("message") == "a < b & [31m \N{SNOWMAN}"
