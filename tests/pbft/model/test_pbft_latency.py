"""Latency after GST: the proven worst case equals the formula, and its schedule is replayed."""

from __future__ import annotations

import pytest

from milpbft.errors import InputError
from milpbft.pbft.formulas import Latency, early, latency
from milpbft.question.files import parse_instance
from milpbft.solve import solve

QUICK = [
    ("pbft", 6, 1, 0, 0),
    ("pbft", 6, 1, 0, 1),
    ("pbft", 6, 1, 1, 1),
    ("linear", 8, 1, 0, 0),
    ("linear", 8, 1, 1, 1),
]
GRID = [
    (protocol, timeout, delta, gst, silent)
    for protocol, steps in (("pbft", 3), ("linear", 5))
    for delta in (1, 2)
    for gst in (0, 1, 3)
    for timeout in (gst + steps * delta + 2, gst + steps * delta + 4)
    for silent in (0, 1)
]
"""Protocol, timeout, delta, gst and silent nodes; GST is as late as the timeout bears, or not."""


def worst(case: tuple[str, int, int, int, int], what: str) -> int | None:
    """Prove the worst case with 4 nodes, three ticks more than the formula says being looked at."""
    protocol, timeout, delta, gst, silent = case
    wanted = getattr(latency(protocol, silent, timeout, gst, delta), what)
    sizes = f"n4-v2-c{silent}" if silent else "n4-v2"
    network = f"gst{gst}-delta{delta}-timer{timeout}"
    result = solve(parse_instance(f"{protocol}-{sizes}-t{wanted + 3}-delay_{what}-{network}"))
    assert result.solution.status == "optimal"
    replayed = result.verdict("replay")
    assert replayed, replayed
    return result.solution.objective


@pytest.mark.parametrize(
    "case",
    [*QUICK, *(pytest.param(case, marks=pytest.mark.slow) for case in GRID if case not in QUICK)],
    ids=str,
)
def test_the_formula_is_the_worst_case(case: tuple[str, int, int, int, int]):
    """First and last decision, four nodes, one of them silent or none."""
    protocol, timeout, delta, gst, silent = case
    assert early(protocol, timeout, gst, delta)
    formula = latency(protocol, silent, timeout, gst, delta)
    assert (worst(case, "first"), worst(case, "last")) == (formula.first, formula.last)


def test_a_node_that_leaves_as_the_others_decide_never_does():
    """GST one tick too late: whatever the horizon, the last decision is past it."""
    assert not early("pbft", 6, gst=2, delta=1)
    for horizon in (9, 14):
        name = f"pbft-n4-v2-t{horizon}-delay_last-gst2-delta1-timer6"
        result = solve(parse_instance(name))
        assert result.solution.objective == horizon + 1
        assert result.verdict("replay")
    first = solve(parse_instance("pbft-n4-v2-t9-delay_first-gst2-delta1-timer6"))
    assert first.solution.objective == 5


@pytest.mark.slow
def test_two_silent_primaries_of_seven_nodes():
    """Views 0 and 1 are lost: 5 + 10 ticks of timers, less one, four delays, three steps."""
    assert latency("pbft", 2, 5, 0, 1) == Latency(21, 21)
    result = solve(parse_instance("pbft-n7-v3-c2-t22-delay_first-gst0-delta1-timer5"))
    assert (result.solution.status, result.solution.objective) == ("optimal", 21)
    assert result.verdict("replay")


@pytest.mark.slow
def test_a_late_gst_wastes_a_view_without_a_fault():
    """Then a silent primary of view 1 costs a second one: 25 ticks, not 10."""
    result = solve(parse_instance("pbft-n4-v3-c1-t26-delay_first-gst3-delta1-timer6"))
    assert (result.solution.status, result.solution.objective) == ("optimal", 25)
    assert result.verdict("replay")


def test_formulas_refuse_what_they_are_not_for():
    """A late GST, another protocol."""
    with pytest.raises(InputError, match="gst"):
        latency("pbft", 1, 6, 2, 1)
    with pytest.raises(InputError, match="protocol"):
        latency("sbft", 1, 6, 0, 1)
