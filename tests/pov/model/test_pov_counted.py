"""Commissioners that are counted: the same optima as with names, and points that have names."""

from __future__ import annotations

import pytest

from milpbft.errors import InputError
from milpbft.pov.instance import RoundInstance
from milpbft.pov.model import counted
from milpbft.pov.model.round import RoundModel
from milpbft.question.files import parse_instance
from milpbft.solve import solve
from milpbft.solvers import Limits
from milpbft.solvers import solve as solve_problem

CASES = [
    ("povround-nc4-nb3-tb6-t17-bb1-blocks-delta1", 2),
    ("povround-nc4-nb3-tb6-t17-bb1-blocks-lock-delta1", 1),
    ("povround-nc4-nb3-tb6-t17-bb1-last-forwarding-delta1", 4),
    ("povround-nc5-nb2-tb6-t5-bc1-bb1-e2-blocks-delta1", 2),
    ("povround-nc5-nb3-tb6-t13-bc2-bb2-faults_fork-delta1", 1),
    ("povround-nc4-nb2-tb6-t9-bc3-bb2-illegal-delta1", 1),
    ("povround-nc4-nb2-tb6-t11-bb2-faults_stop-delta1", 2),
]


def model(name: str) -> RoundModel:
    instance = parse_instance(name)
    assert isinstance(instance, RoundInstance)
    return RoundModel(instance)


QUICK = ("lock", "illegal")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param(*case, marks=() if any(one in case[0] for one in QUICK) else pytest.mark.slow)
        for case in CASES
    ],
)
def test_counting_changes_no_optimum(name: str, value: int):
    """Both encodings find it; the counted point, named, breaks no row of the compact encoding."""
    for encoding in ("counted", "compact"):
        result = solve(parse_instance(name, encoding=encoding))
        assert result.solution.objective == value
        assert all(result.checks), result.checks


def test_sides_are_not_counted():
    """Counting lost runs in which Byzantine commissioners sign across the cut."""
    name = "povround-nc4-nb2-tb2-t5-bc3-bb1-faults_illegal-side2-cut4"
    assert parse_instance(name).encoding == "compact"
    assert solve(parse_instance(name)).solution.objective == 4
    with pytest.raises(InputError, match="compact with a side"):
        parse_instance(name, encoding="counted")


def test_its_size_does_not_depend_on_the_commissioners():
    """4 and 100 commissioners have as many variables and rows."""
    few, many = (model(f"povround-nc{c}-nb3-tb6-t17-bb1-blocks-delta1") for c in (4, 100))
    assert few.problem.size == many.problem.size


@pytest.mark.slow
@pytest.mark.parametrize("size", [50, 100])
def test_many_commissioners_are_proven_and_replayed(size: int):
    """With the recommended prover, in seconds."""
    result = solve(parse_instance(f"povround-nc{size}-nb3-tb6-t17-bb1-blocks-delta1"))
    assert result.solution.status == "optimal"
    assert result.solution.objective == 2
    assert all(result.checks)


ILLEGAL = "povround-nc5-nb2-tb6-t5-bc1-bb1-illegal-delta1"
MISSING = [
    ("sign_before_adopting", "povround-nc4-nb3-tb6-t11-blocks-lock", 1),
    ("sign", ILLEGAL, 0),
    ("collect", ILLEGAL, 0),
    ("who", ILLEGAL, 0),
]


@pytest.mark.parametrize(("rows", "name", "right"), MISSING)
def test_missing_rows_are_noticed(
    rows: str, name: str, right: int, monkeypatch: pytest.MonkeyPatch
):
    """Without them the optimum is another."""
    assert solve_problem(model(name).problem, "cpsat", Limits(60)).objective == right
    monkeypatch.setattr(counted, rows, lambda *_: None)
    assert solve_problem(model(name).problem, "cpsat", Limits(60)).objective != right
