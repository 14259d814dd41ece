"""The instance files of `instances/pov/`: complete, and as expected."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from milpbft.question.files import InstanceFile
from milpbft.suite import Case, Settings, find, run

FOLDER = Path(__file__).parents[2] / "instances" / "pov"
CASES = find([FOLDER])
QUICK = [case for case in CASES if "-nc10-nb5-n20-k5" in case.instance.name or "-t5-" in
         case.instance.name]  # fmt: skip


def test_the_family_is_complete():
    """Every instance of the family has a file under its name, and there are no others."""
    names = runpy.run_path(str(FOLDER.parent / "make_pov.py"))["names"]()
    assert sorted(path.stem for path in FOLDER.glob("*.toml")) == sorted(names)


def test_files_say_what_their_names_say():
    """The instance in a file is the one that the file's name names; all are proven and replayed."""
    for path in FOLDER.glob("*.toml"):
        file = InstanceFile.read(path)
        assert file.instance.name == path.stem
        assert file.expected is not None
        assert file.expected.status in ("optimal", "infeasible")
        assert (file.expected.replay == "confirmed") == (file.expected.status == "optimal")


@pytest.mark.parametrize("case", QUICK, ids=lambda case: case.instance.name)
def test_expectation_holds(case: Case):
    """Solving the file gives its optimum and the verdict of its replay."""
    outcome = run(case, Settings())
    assert outcome.verdict, outcome.verdict.reason


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.instance.name)
def test_expectation_holds_for_all(case: Case):
    """The same for every file."""
    outcome = run(case, Settings())
    assert outcome.verdict, outcome.verdict.reason
