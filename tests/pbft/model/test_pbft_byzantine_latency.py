"""Latency after GST with Byzantine nodes: what is proven, and what runs of replicas reach."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from milpbft.check.network import keeps
from milpbft.errors import InputError
from milpbft.pbft.formulas import first_decision, latency
from milpbft.pbft.room import ROOM
from milpbft.question.files import parse_instance
from milpbft.sim.moves import Forgery
from milpbft.solve import solve
from tests.pbft.model.byzantine_networks import Case, Plan, RandomLiars, decided

if TYPE_CHECKING:
    from milpbft.schedule import Schedule

QUICK = [("pbft", 5, 1, 1), ("linear", 6, 1, 0)]
"""Protocol, timeout, delta and gst; GST is as late as the timeout bears."""
GRID = [
    (protocol, gst + steps * delta + spare, delta, gst)
    for protocol, steps in (("pbft", 3), ("linear", 4))
    for delta in (1, 2)
    for gst in (0, 1, 2)
    for spare in ((1, 2) if delta == 1 else (0, 1, 2))
]
LATE = [(4, 1, 1), (4, 1, 3), (5, 1, 2)]
"""Timeout, delta and gst: view 0 is lost without a fault."""
LOST = [(4, 1, 4), (5, 1, 5), (5, 2, 0), (6, 2, 1)]
"""Likewise: a Byzantine primary shows its new view to one node before that has left view 0."""


def optimum(name: str) -> int | None:
    """Solve, and see the run confirmed, message by message."""
    result = solve(parse_instance(name))
    assert result.solution.status == "optimal"
    replayed = result.verdict("replay")
    assert replayed, replayed
    return result.solution.objective


@pytest.mark.parametrize(
    "case",
    [*QUICK, *(pytest.param(case, marks=pytest.mark.slow) for case in GRID if case not in QUICK)],
    ids=str,
)
def test_a_byzantine_node_delays_the_first_decision_as_a_silent_one(
    case: tuple[str, int, int, int],
):
    """Four nodes, GST early for the first decision: the formula, with three ticks to spare."""
    protocol, timeout, delta, gst = case
    wanted = first_decision(protocol, 1, timeout, gst, delta)
    assert wanted is not None
    network = f"gst{gst}-delta{delta}-timer{timeout}"
    assert optimum(f"{protocol}-n4-v2-b1-t{wanted + 3}-delay_first-{network}") == wanted


@pytest.mark.slow
@pytest.mark.parametrize("case", LATE, ids=str)
def test_a_late_gst_costs_a_second_view(case: tuple[int, int, int]):
    """View 0 is lost without a fault, and the Byzantine primary loses view 1."""
    timeout, delta, gst = case
    wanted = first_decision("pbft", 1, timeout, gst, delta)
    assert wanted == 3 * timeout - 1 + 8 * delta
    network = f"gst{gst}-delta{delta}-timer{timeout}"
    assert optimum(f"pbft-n4-v3-b1-t{wanted + 3}-delay_first-{network}") == wanted


@pytest.mark.slow
@pytest.mark.parametrize("case", LOST, ids=str)
def test_a_later_gst_costs_every_decision(case: tuple[int, int, int]):
    """Past the horizon, longer than any view that is modelled takes; a silent node does less."""
    timeout, delta, gst = case
    assert first_decision("pbft", 1, timeout, gst, delta) is None
    horizon = 3 * timeout + 9 * delta
    network = f"gst{gst}-delta{delta}-timer{timeout}"
    assert optimum(f"pbft-n4-v3-b1-t{horizon}-delay_first-{network}") == horizon + 1


@pytest.mark.parametrize("extra", ["", "-gossip"])
@pytest.mark.parametrize("protocol", ["pbft", "linear"])
def test_the_last_decision_never_comes(protocol: str, extra: str):
    """Its primary leaves one node out of view 0, which nobody follows; passing on is too late."""
    horizon = 9
    name = f"{protocol}-n4-v2-b1-t{horizon}-delay_last{extra}-gst0-delta1-timer7"
    assert optimum(name) == horizon + 1


@pytest.mark.parametrize("protocol", ["pbft", "linear"])
def test_a_byzantine_primary_locks_three_correct_nodes(protocol: str):
    """The lock behind it, at rest: one in view 2 and two on their way to view 1, for ever.

    With gossip, who was shown the new view passes it on.
    """
    assert optimum(f"{protocol}-n4-v3-b1-t4-undecided") == 3
    assert optimum(f"{protocol}-n4-v3-b1-t4-undecided-gossip") == 0


# ---- adversaries of replicas


def confirmed(case: Case, schedule: Schedule) -> list[int]:
    """Return the ticks of the decisions of a run that kept its network's promises."""
    kept = keeps(schedule, ROOM.reference(schedule))
    assert kept, kept
    return decided(schedule)


@pytest.mark.parametrize(
    ("protocol", "n", "liars", "timeout", "delta"),
    [
        ("pbft", 4, 1, 6, 1),
        ("pbft", 4, 1, 9, 2),
        ("linear", 4, 1, 8, 1),
        ("pbft", 7, 2, 5, 1),
        ("linear", 7, 2, 7, 1),
        ("pbft", 13, 4, 5, 1),
    ],
)
def test_silence_as_late_as_allowed_reaches_the_formula(
    protocol: str, n: int, liars: int, timeout: int, delta: int
):
    """The first primaries say nothing, all else is as late as it may be: no solver is needed."""
    case = Case(protocol, n, tuple(range(liars)), timeout, 0, delta)
    wanted = first_decision(protocol, liars, timeout, 0, delta)
    assert wanted is not None
    silent = Plan(case, {}, set(), lambda *_: False)
    assert confirmed(case, case.run(silent, wanted + 5))[0] == wanted


def withholding(case: Case) -> Plan:
    """Show the new view of node 1 to the last node as it would leave view 0, and nothing else.

    All others leave at their first chance; the other Byzantine nodes back the new view.
    """
    leave = case.timeout - 1
    lies = {leave: [Forgery(node, "ViewChange", 1) for node in case.liars if node != 1]}
    lies[leave + 1] = [Forgery(1, "NewView", 1)]
    last = 0 if 0 not in case.liars else case.n - 1
    shown = {(last, "NewView", 1, leave + 2)}
    return Plan(case, lies, shown, lambda node, view: view == 0 and node != last)


@pytest.mark.parametrize(
    "case",
    [
        Case("pbft", 4, (1,), 4, 4, 1),
        Case("pbft", 4, (1,), 6, 1, 2),
        Case("pbft", 7, (0, 1), 8, 0, 2),
        Case("linear", 7, (0, 1), 10, 0, 2),
        Case("pbft", 13, (0, 1, 2, 3), 8, 0, 2),
    ],
    ids=str,
)
def test_by_hand_nobody_ever_decides(case: Case):
    """300 ticks; f Byzantine nodes of 7 and 13 need no late GST. Nothing happens in the end."""
    liars = len(case.liars)
    assert first_decision(case.protocol, liars, case.timeout, case.gst, case.delta) is None
    schedule = case.run(withholding(case), 300)
    assert confirmed(case, schedule) == []
    assert max(event.tick for event in schedule.events) < 6 * case.timeout + 20


def latest(case: Case, seeds: range) -> tuple[int, int]:
    """Return the latest first decision of random runs, and how many were lies that were heard."""
    wanted = first_decision(case.protocol, len(case.liars), case.timeout, case.gst, case.delta)
    assert wanted is not None
    found, heard = 0, 0
    for seed in seeds:
        adversary = RandomLiars(seed, case, eagerness=(0.1, 0.4, 0.9)[seed % 3])
        schedule = case.run(adversary, wanted + 5)
        ticks = confirmed(case, schedule)
        assert ticks
        assert ticks[0] <= wanted
        found = max(found, ticks[0])
        heard += any(getattr(e, "sender", None) in case.liars for e in schedule.events)
    return found, heard


CASES = [
    Case("pbft", 4, (0,), 6, 0, 1),
    Case("pbft", 4, (0,), 9, 1, 2),
    Case("pbft", 4, (1,), 9, 1, 2),
    Case("linear", 4, (0,), 8, 1, 1),
    Case("pbft", 7, (0, 1), 6, 0, 1),
    Case("linear", 7, (0, 1), 8, 0, 1),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_no_random_liar_delays_more(case: Case):
    """25 runs each, seeds from 0, in which liars are heard."""
    found, heard = latest(case, range(25))
    assert found > 0
    assert heard > 10


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES, ids=str)
def test_no_random_liar_of_many_delays_more(case: Case):
    """400 runs each, seeds from 1000."""
    latest(case, range(1000, 1400))


# ---- input


def test_the_formula_says_what_it_is_for():
    """One silent node or one Byzantine node: the same where GST is early for both."""
    for case in [("pbft", 6, 1, 1), ("linear", 12, 0, 2)]:
        protocol, timeout, gst, delta = case
        silent = latency(protocol, 1, timeout, gst, delta).first
        assert first_decision(protocol, 1, timeout, gst, delta) == silent
    with pytest.raises(InputError, match="byzantine"):
        first_decision("pbft", 0, 6, 0, 1)
    with pytest.raises(InputError, match="byzantine"):
        first_decision("pbft", 2, 6, 4, 1)
    with pytest.raises(InputError, match="protocol"):
        first_decision("sbft", 1, 6, 0, 1)


@pytest.mark.parametrize(("name", "field"), [
    ("pbft-n4-v2-b2-t9-delay_first-gst0-delta1-timer6", "byzantine"),
    ("linear-n7-v2-b3-t9-undecided", "byzantine"),
    ("pbft-n4-v2-b1-e2-t9-delay_first-gst0-delta1-timer6", "values"),
    ("pbft-n4-v2-b1-t9-forks-blind", "blind"),
])  # fmt: skip
def test_what_is_not_modelled_is_named(name: str, field: str):
    """More than f Byzantine nodes, two values, a broken view change."""
    with pytest.raises(InputError) as caught:
        solve(parse_instance(name))
    assert caught.value.field == field
