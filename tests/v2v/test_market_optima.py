"""Every optimum that is solved by hand, from the models, from enumeration, and replayed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from milpbft.question.files import parse_instance
from milpbft.solve import solve
from milpbft.v2v.enumerate.matchings import best_matching_value, best_stable_value
from milpbft.v2v.enumerate.orders import in_turn, optimum, run, value_of
from milpbft.v2v.enumerate.worst import worst_value
from milpbft.v2v.instance import MatchInstance, OrderInstance, StableInstance, WorstInstance
from tests.v2v import hand_solved as known

if TYPE_CHECKING:
    from milpbft.question.part import Question

MICRO = 10**6
SMALL = known.MATCHINGS | known.STABLE | known.WORST | known.ORDERS
QUICK = {
    *known.MATCHINGS, *known.STABLE, "v2vworst-n2-l2-worst-k1", "v2vworst-n2-pairs-lots",
    "v2vworst-n1-l3-gap-ends", "v2vorder-p2-victim-c1", "v2vorder-p3-victim-c1",
    "v2vorder-p2-victim-seat-c1", "v2vorder-p3-victim-batch3-c1", "v2vorder-p1-gain-c3",
    "v2vorder-p1-matched-a2slots", "v2vorder-p0-matched-best-batch4-a2slots",
    "v2vorder-p1-blocking-d2",
}  # fmt: skip
"""What takes a second at most; the rest is slow."""
COUNTED = {"matched", "pairs", "envy", "blocking"}
"""Objectives that are no money."""


every = pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param(name, value, id=name, marks=[] if name in QUICK else [pytest.mark.slow])
        for name, value in SMALL.items()
    ],
)


def by_model(name: str, solver: str | None = None) -> int:
    """Solve an instance; every check of it must be confirmed."""
    result = solve(parse_instance(name), solver)
    assert result.solution.status == "optimal"
    assert [check for check in result.checks if not check] == []
    assert {check.check for check in result.checks} == {"rows", "replay"}
    assert result.solution.objective is not None
    return result.solution.objective


def by_enumeration(question: Question) -> int | None:
    """Return the optimum of a small instance, in minor units or pairs."""
    match question:
        case WorstInstance():
            return worst_value(question)
        case OrderInstance():
            found = optimum(question)
        case MatchInstance():
            found = best_matching_value(question.market, question.objective.name, question.pairs)
        case StableInstance():
            found = best_stable_value(question.market, question.objective.name)
    if found is None or question.objective.name in COUNTED:
        return found
    assert found % MICRO == 0
    return found // MICRO


@every
def test_model_and_replay(name: str, value: int):
    """The model's optimum is the known one, and its witness does that on the replicas."""
    assert by_model(name) == value


@every
def test_enumeration(name: str, value: int):
    """So is that of all matchings, markets or schedules, run on the state machine."""
    assert by_enumeration(parse_instance(name)) == value


@pytest.mark.slow
@pytest.mark.parametrize("solver", ["highs", "cbc"])
@pytest.mark.parametrize(("name", "value"), SMALL.items(), ids=SMALL)
def test_other_solvers(name: str, value: int, solver: str):
    """HiGHS and CBC find the same."""
    assert by_model(name, solver) == value


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "value"),
    (known.LARGER_WORST | known.LARGEST_WORST).items(),
    ids=known.LARGER_WORST | known.LARGEST_WORST,
)
def test_larger_worst_markets(name: str, value: int):
    """Worst markets of three and four pairs: 2^n - 1, and twice (n - 1) thirds of L."""
    assert by_model(name) == value


@pytest.mark.slow
@pytest.mark.parametrize(("n", "length", "value"), [(2, 2, 3), (3, 4, 7)])
def test_both_forms_agree(n: int, length: int, value: int):
    """Sites as integers and types of orders describe the same markets."""
    for encoding in ("distance", "types"):
        question = parse_instance(f"v2vworst-n{n}-l{length}-worst-k1", encoding=encoding)
        assert solve(question).solution.objective == value


def test_in_turn_is_what_patience_zero_allows():
    """Where nobody colludes, no request can be held: first come, first served."""
    for market, objective in (("c1", "victim"), ("a2slots", "matched"), ("d2", "blocking")):
        question = parse_instance(f"v2vorder-p0-{objective}-{market}")
        assert isinstance(question, OrderInstance)
        assert optimum(question) == value_of(question, run(question, in_turn(question)))


def test_envy_can_be_avoided_away_from_the_nearest_point():
    """D2: b1 meets s1 at the far point; to b2 that costs 30, and its own match 25.

    With both at their nearest points one envies, whoever has s1.
    """
    result = solve(parse_instance("v2vstable-envy-d2"))
    assert result.solution.objective == 0
    assert result.verdict("replay")
    assert by_enumeration(parse_instance("v2vstable-envy-d2")) == 0
    assert result.schedule is not None
    assert "b1:s1:1" in result.schedule.settings["matches"]
