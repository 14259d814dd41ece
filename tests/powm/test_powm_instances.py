"""Instances of parallel proof of work: names say every field, and files expect what is found."""

from __future__ import annotations

import runpy
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from milpbft.claims import Claim, at_most, decide
from milpbft.errors import InputError
from milpbft.powm.rates import read_rates, write_rates
from milpbft.powm.room import POWM
from milpbft.question.files import InstanceFile, parse_instance
from milpbft.solve import ask
from milpbft.suite import Case, Settings, run
from tests.powm.tables import FAMILIES, TABLES, draw

if TYPE_CHECKING:
    from milpbft.milp.problem import Problem
    from milpbft.milp.solution import Solution
    from milpbft.room import Model
    from solvers import Limits

FOLDER = Path(__file__).parents[2] / "instances"
FILES = sorted((FOLDER / "powm").glob("*.toml"))
QUICK = ("u2-p1", "x8-ec3-m1-b1-time-m", "w2-a1-k1-v1")
C1 = "powmcut-g2-d1-e1-t6-w4-twice-rates-1x2"


@pytest.mark.parametrize("family", FAMILIES)
def test_a_name_says_every_field(family: str):
    """Parsing the name of an instance gives the instance, but for its encoding."""
    for seed in range(50):
        instance = draw(family, Random(seed))
        assert parse_instance(instance.name, encoding=instance.encoding) == instance


def test_rates_read_back():
    """Equal neighbours are counted, and text is brought to one form."""
    assert read_rates("1x3_2") == (1, 1, 1, 2)
    assert write_rates((1, 1, 1, 2)) == "1x3_2"
    one = parse_instance("powmcut-g2-t6-w4-twice-rates-1_1")
    assert one.name == C1


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("powmassign-u6-p2-ticks-costs-0_10", "costs"),
        ("powmassign-u6-p0-ticks-costs-1", "ports"),
        ("powmassign-u0-p1-ticks-costs-1", "units"),
        ("powmassign-u6-p1-ticks", "costs"),
        ("powmfail-g2-x8-m1-time-rates-0x2", "rates"),
        ("powmfail-g2-x8-m1-time-rates-1x1001", "rates"),
        ("powmfail-g0-x8-m1-time-rates-1x2", "set_ticks"),
        ("powmfail-g2-m1-time-rates-1x2", "goal"),
        ("powmfail-g2-x8-m1-b2-time-rates-1x2", "crashes"),
        ("powmfail-g2-x8-m1-b9-time-managers-rates-1x2", "crashes"),
        ("powmfail-g2-x8-m1-s2-time-rates-1x2", "every"),
        ("powmfail-g2-e3-x8-ec2-m1-time-rates-1x2", "collective"),
        ("powmfail-g2-x8-m1-rs2-time-rates-1x2", "role"),
        ("powmfail-g2-m1-b1-lost-rates-1x2", "horizon"),
        ("powmfail-g2-t8-m1-b1-lost-managers-rates-1x2", "victims"),
        ("powmfail-g2-t8-m1-b2-twice-rates-1x2", "crashes"),
        ("powmfail-g2-t8-m1-b1-f8-twice-rates-1x2", "first"),
        ("powmfail-g2-x8-m1-time-amnesia3-rates-1x2", "amnesia"),
        ("powmfail-g2-t8-m1-b1-twice-amnesia2-rates-1x2", "amnesia"),
        ("powmfail-g2-c1-x8-m1-time-amnesia1-reload1-rates-1x2", "amnesia"),
        ("powmfail-g2-x8-m1-time-reload1-rates-1x2", "latency"),
        ("powmfail-g2-c1-t8-m1-b1-twice-reload1-rates-1x2", "objective"),
        ("powmfail-g2-x8-m0-b1-time-managers-solo-amnesia1-rates-1x2", "amnesia"),
        ("powmfail-g2-x8-m0-b1-time-managers-amnesia1-rates-1x2", "crashes"),
        ("powmcut-g2-t6-w7-twice-rates-1x2", "width"),
        ("powmcut-g2-w4-twice-rates-1x2", "horizon"),
        ("powmelect-w2-a3-k1-managed", "coalition"),
        ("powmelect-w4-a1-k1-share", "coalition"),
        ("powmelect-w9-a1-k4-v4-managed", "tickets"),
        ("powmelect-w2-a1-k1-seats", "objective"),
    ],
)
def test_what_cannot_be_is_refused(name: str, field: str):
    """The error names the field that is in the way, in one line; the command ends with 2."""
    with pytest.raises(InputError) as error:
        parse_instance(name)
    assert error.value.field == field
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "name",
    [
        "powmfail-g2-d1-e1-t5-x8-ec3-m1-b1-time-managers-rates-1x2",
        "powmassign-u6-p2-t5-ticks-costs-1_10",
    ],
)
@pytest.mark.parametrize("solver", ["cbc", "cpsat"])
def test_a_short_horizon_is_a_limit(name: str, solver: str):
    """A tick less than the optimum takes: no optimum, no bound, and exit code 3."""
    outcome = run(Case.of(name), Settings(solver))
    assert outcome.result is not None
    solution = outcome.result.solution
    assert (solution.status, solution.objective, solution.bound) == ("limit", None, None)
    assert "too short" in solution.message
    assert outcome.verdict.status == "undecided"


@pytest.mark.slow
def test_a_horizon_that_is_just_enough_changes_nothing():
    """With a tick more than the block takes, the optimum is the same."""
    long = "powmfail-g2-d1-e1-t7-x8-ec3-m1-b1-time-managers-rates-1x2"
    outcome = run(Case.of(long), Settings())
    assert outcome.result is not None
    assert outcome.result.solution.objective == 6


def test_the_files_are_those_that_the_script_makes():
    """Every name of the script has its file, no other is there, and the tables are all in it."""
    script = runpy.run_path(str(FOLDER / "make_powm.py"))
    names = [name for _, name in script["places"]()]
    assert sorted(path.stem for path in FILES) == sorted(names)
    said = {path.stem: InstanceFile.read(path).expected for path in FILES}
    for name, value in TABLES.items():
        expected = said[name]
        assert expected is not None
        assert (expected.objective, expected.replay) == (value, "confirmed")
        assert expected.source.startswith("proven by milpbft with CBC and CP-SAT and HiGHS")


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(
            path,
            marks=[] if any(word in path.stem for word in QUICK) else [pytest.mark.slow],
            id=path.stem,
        )
        for path in FILES
    ],
)
def test_files_expect_what_is_found(path: Path):
    """Solved anew by two provers, with a replay."""
    outcome = run(Case.read(path), Settings())
    assert outcome.word == "ok", outcome.verdict
    assert outcome.result is not None
    assert outcome.result.verdict("second-solver")


def lying(model: Model, problem: Problem, solver: str, limits: Limits) -> Solution:
    """Solve, but let HiGHS and CBC claim that the worst point is the best."""
    if solver not in {"cbc", "highs"}:
        return ask(model, problem, solver, limits)
    turned = replace(problem, objective=-problem.objective)
    found = ask(model, turned, "cpsat", limits)
    assert found.values is not None
    value = problem.value(found.values)
    return replace(found, solver=solver, objective=value, bound=value)


def test_a_false_optimum_fails_a_check(monkeypatch: pytest.MonkeyPatch):
    """A prover whose point passes every row, and whose optimum is false, is contradicted."""
    monkeypatch.setattr(import_module("milpbft.suite"), "ask", lying)
    outcome = run(Case.of(C1), Settings())
    assert outcome.verdict.check == "second-solver"
    assert outcome.word == "FAIL"


@pytest.mark.slow
def test_a_false_optimum_decides_no_claim(monkeypatch: pytest.MonkeyPatch):
    """A claim that only one prover refutes stays undecided."""
    monkeypatch.setattr(import_module("milpbft.claims"), "ask", lying)
    claim = Claim("test", "here", "nothing twice", {C1: at_most(1)})
    assert decide(claim).status == "undecided"


def test_rooms_name_two_provers():
    """No instance of this room is believed to one solver."""
    for name in TABLES:
        instance: Any = parse_instance(name)
        assert POWM.second(instance) not in (None, POWM.solver(instance))


def test_the_command_line_says_what_is_wrong():
    """One line and exit code 2, from the command that solves."""
    from cli import app

    for name in ("powmfail-g2-x8-m1-time-rates-0x2", "powmcut-g2-t6-w7-twice-rates-1x2"):
        result = CliRunner().invoke(app, ["solve", name])
        assert result.exit_code == 2
        assert len(result.stderr.strip().splitlines()) == 1
    short = "powmfail-g2-d1-e1-t5-x8-ec3-m1-b1-time-managers-rates-1x2"
    assert CliRunner().invoke(app, ["solve", short]).exit_code == 3
