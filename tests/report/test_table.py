"""Tables: what is in them, and where they go."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from milpbft.dbft.instance import PublishedInstance
from milpbft.errors import InputError
from milpbft.milp.problem import Size
from milpbft.milp.solution import Solution
from milpbft.question.files import Evidence, Expected
from milpbft.report.table import check_table, markdown, short, write_table
from milpbft.result import Result
from milpbft.suite import Case, Outcome
from milpbft.verdict import Verdict

if TYPE_CHECKING:
    from pathlib import Path

REFUTED = Verdict(
    "replay",
    "refuted",
    "tick 3: node 1 sends Commit of view 0 in the schedule, but the replica does not: it is in "
    "view 0, has no request; replicas reach 900 at best",
)
TABLE = """\
| instance        | value | bound | status     | solver       | seconds | replay | evidence |
| --------------- | ----: | ----: | ---------- | ------------ | ------: | ------ | -------- |
| dbft2-n4-t5-p1  |  1400 |  1500 | feasible   | cbc, compact |     1.2 | refuted: tick 3: node 1 \
sends Commit of view 0 in the schedule; replicas reach 900 at best |          |
| dbft2-n10-t5-p3 |       |       | infeasible | cbc, compact |     0.0 |        |          |
| dbft2-n4-t5-p2  |       |       | error      |              |     2.0 | a\\|b   |          |"""


def outcome(
    name: str, found: Solution | None, *checks: Verdict, seconds: float = 0.0, reason: str = ""
) -> Outcome:
    case = Case(PublishedInstance.parse(name))
    result = None
    if found:
        size = Size(1, 1, 0, 1, 0, 1, 1)
        result = Result(case.instance, size, found, checks, None, None, 0.0)
    return Outcome(case, result, Verdict("solver", "refuted", reason), seconds)


def outcomes() -> list[Outcome]:
    return [
        outcome("dbft2-n4-t5-p1", Solution("feasible", "cbc", "1", 1400, 1500), REFUTED,
                seconds=1.23),
        outcome("dbft2-n10-t5-p3", Solution("infeasible", "cbc", "1")),
        outcome("dbft2-n4-t5-p2", None, seconds=2.0, reason="a|b"),
    ]  # fmt: skip


def squeezed(text: str) -> list[str]:
    """Return lines without the padding of their cells."""
    return [" ".join(line.replace("-", "").split()) for line in text.splitlines()]


def test_a_table_has_a_line_per_outcome():
    """Values, statuses and the short form of a refuted replay, aligned."""
    table = markdown(outcomes())
    assert squeezed(table) == squeezed(TABLE)
    assert len({len(line.replace("\\|", "+")) for line in table.splitlines()[:-1]}) == 1


@pytest.mark.parametrize(
    ("verdict", "text"),
    [
        (None, ""),
        (Verdict("replay", "confirmed"), "confirmed"),
        (Verdict("replay", "undecided", "a; b"), "undecided: a; b"),
        (Verdict("replay", "refuted", "the replica of node 1 sends Commit, which the schedule "
                 "does not have: it is done"), "refuted: the replica of node 1 sends Commit"),
    ],
)  # fmt: skip
def test_reasons_are_shortened(verdict: Verdict | None, text: str):
    """The first event that differs stays, the state of the replica goes."""
    assert short(verdict) == text


def test_what_was_not_run_is_listed_as_its_file_says():
    """A line that a run wrote stays, but not beside another value of the file."""
    cases = [
        Case(PublishedInstance.parse("dbft2-n4-t5-p1"), Expected(status="infeasible")),
        Case(
            PublishedInstance.parse("dbft2-n10-t5-p3"),
            Expected(status="optimal", objective=3, replay="confirmed", source="a proof"),
        ),
        Case(PublishedInstance.parse("dbft2-n4-t5-p2")),
    ]
    lines = squeezed(markdown([Outcome.not_run(case) for case in cases], before=TABLE))
    wanted = [
        "| dbft2-n4-t5-p1 | | | infeasible | not run | | | |",
        "| dbft2-n10-t5-p3 | 3 | 3 | optimal | not run | | confirmed | |",
        "| dbft2-n4-t5-p2 | | | error | | 2.0 | a\\|b | |",
    ]
    assert lines[2:] == squeezed("\n".join(wanted))


def test_lines_of_an_older_table_stay():
    """It had no column of evidence, which the file has."""
    old = "| dbft2-n4-t5-p1 | 1400 | 1400 | optimal | cbc, compact | 1.2 | confirmed |"
    expected = Expected(status="optimal", objective=1400, replay="confirmed", source="a proof")
    case = Case(PublishedInstance.parse("dbft2-n4-t5-p1"), expected)
    case = replace(case, evidence=Evidence(checks=("rows",)))
    line = squeezed(markdown([Outcome.not_run(case)], before=old))[2]
    assert [line] == squeezed(f"{old} rows |")


def test_a_new_file_is_written(tmp_path: Path):
    """A file that does not exist has the table alone, and can be written again."""
    path = tmp_path / "t.md"
    check_table(path, "instances")
    write_table(path, "instances", outcomes())
    text = path.read_text(encoding="utf-8")
    begin, end = "<!-- table: milpbft check instances -->", "<!-- end of table -->"
    assert text == f"{begin}\n{markdown(outcomes())}\n{end}\n"
    write_table(path, "instances", outcomes())
    assert path.read_text(encoding="utf-8") == text


def test_the_rest_of_a_file_stays(tmp_path: Path):
    """Only what is between the markers changes, and the marker names the command."""
    path = tmp_path / "README.md"
    path.write_text("# A\n<!-- table: milpbft check old -->\nx\n<!-- end of table -->\nB\n")
    write_table(path, "new", [])
    lines = path.read_text(encoding="utf-8").splitlines()
    assert (lines[0], lines[-1]) == ("# A", "B")
    assert lines[1] == "<!-- table: milpbft check new -->"
    assert "x" not in lines


def test_of_several_tables_the_one_of_the_command_changes(tmp_path: Path):
    """Two suites can have their tables in one file."""
    path = tmp_path / "README.md"
    mark = "<!-- table: milpbft check {} -->\nold {}\n<!-- end of table -->\n"
    path.write_text(mark.format("a", "a") + mark.format("b", "b"))
    write_table(path, "b", [])
    text = path.read_text(encoding="utf-8")
    assert "old a" in text
    assert "old b" not in text
    with pytest.raises(InputError, match="2 tables are in it"):
        check_table(path, "c")


def test_a_command_cannot_end_its_marker(tmp_path: Path):
    """An arrow in a file name does not break the comment."""
    path = tmp_path / "t.md"
    write_table(path, "'-->x'", [])
    write_table(path, "'-->x'", [])
    assert path.read_text(encoding="utf-8").count("-->") == 2


def test_places_without_a_table_are_unusable(tmp_path: Path):
    """Found out before the solving: no markers, no text."""
    path = tmp_path / "README.md"
    path.write_text("# A\n")
    with pytest.raises(InputError, match="a new file, or one with the lines"):
        check_table(path, "a")
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(InputError, match="a readable text file"):
        check_table(path, "a")
