"""Readings of the view change and relay: which of them lock, with how many faulty nodes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from milpbft.check.rest import rests
from milpbft.errors import InputError
from milpbft.pbft.instance import PbftInstance
from milpbft.pbft.model.strict import strict_model
from milpbft.pbft.room import ROOM
from milpbft.question.files import parse_instance
from milpbft.solve import solve
from milpbft.solvers import solve as solve_problem
from tests.proven import proven

LOCKS = {
    "pbft-n4-v2-b1-steps_lock-stepwise": 6,
    "pbft-n4-v2-b1-steps_lock-later": None,
    "linear-n4-v2-b1-steps_lock-later": None,
    "pbft-n4-v2-b1-steps_lock-asked-stepwise": None,
    "pbft-n31-v2-c11-b1-faults_lock-later": 11,
    # Asking alone is not enough with two liars: f + 1 view changes let nodes skip view 1.
    "pbft-n4-v2-b1-undecided-asked": 0,
    "pbft-n7-v2-b2-steps_lock-asked": 6,
    "pbft-n7-v2-b2-undecided-asked-stepwise": 0,
    # What reaches all in the end: new views alone are enough.
    "pbft-n4-v2-b1-undecided-status": 0,
    "pbft-n4-v2-b1-undecided-gossip": 0,
    "linear-n4-v2-b1-undecided-gossip": 0,
    "pbft-n31-v2-c11-b1-faults_lock-status": 11,
    "pbft-n4-v1-b1-undecided-gossip-nofetch": 1,
    "pbft-n4-v1-b1-undecided-nofetch": 2,
}
SKIPPED = {
    "pbft-n7-v3-b2-steps_lock-asked": 6,
    "pbft-n7-v3-b2-undecided-asked": 5,
    "pbft-n7-v3-b2-undecided-asked-stepwise": 0,
    "pbft-n7-v3-b2-undecided-asked-later": 0,
    "pbft-n7-v3-b2-undecided-later": 0,
    "linear-n7-v3-b2-undecided-asked": 5,
}


@pytest.mark.parametrize(("name", "value"), LOCKS.items())
def test_a_reading_or_relay_decides_whether_one_liar_locks(name: str, value: int | None):
    """In two views, whatever timers do."""
    assert proven(name) == value


@pytest.mark.slow
@pytest.mark.parametrize(("name", "value"), SKIPPED.items())
def test_asking_alone_is_not_enough_where_joins_skip_a_view(name: str, value: int | None):
    """Three views, n = 7, two Byzantine nodes."""
    assert proven(name) == value


def test_a_lock_that_a_resent_new_view_would_free_is_none():
    """The lock of one liar is refuted once correct nodes pass on what they took."""
    result = solve(parse_instance("pbft-n4-v2-b1-steps_lock"))
    assert result.schedule is not None
    for setting in ({"relayed": "NewView,DecidedNewView"}, {"gossip": "true"}):
        run = replace(result.schedule, settings=result.schedule.settings | setting)
        verdict = rests(run, ROOM.reference(run))
        assert verdict.status == "refuted"


@pytest.mark.parametrize(("name", "value"), [
    ("pbft-n4-v2-b1-undecided", 3),
    ("pbft-n7-v2-c3-faults_lock", 3),
    ("linear-n7-v2-b2-undecided-stepwise", 5),
])  # fmt: skip
def test_wary_tables_have_the_same_locks(name: str, value: int):
    """Though who followed liars acts as if it knew what all of them can say."""
    instance = parse_instance(name)
    assert isinstance(instance, PbftInstance)
    model = strict_model(instance, wary=True)
    solution = solve_problem(model.problem, "cpsat")
    assert solution.objective == value
    assert solution.values is not None
    assert ROOM.replay(model.schedule(solution.values, "test"))


@pytest.mark.parametrize("name", ["pbft-n4-v2-b1-t4-undecided-status-overlay-r4k2s0",
                                  "pbft-n4-v2-b1-undecided-gossip-status"])  # fmt: skip
def test_new_views_are_resent_without_gossip_and_overlay(name: str):
    """Gossip resends them as well, and so do relays."""
    with pytest.raises(InputError, match="status"):
        parse_instance(name)
