"""Readings of the view change: the lock of one Byzantine primary hangs on two of them."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from milpbft.check.replay import replay
from milpbft.check.rest import rests
from milpbft.pbft.reference.family import REFERENCES, rules_of
from milpbft.question.files import parse_instance
from milpbft.solve import solve

if TYPE_CHECKING:
    from milpbft.pbft.reference.reference import FamilyReference
    from milpbft.schedule import Schedule

LOCKS = ("pbft-n4-v2-b1-steps_lock", "linear-n4-v2-b1-steps_lock", "sbft-n4-v2-b1-steps_lock")


@cache
def locked(name: str) -> Schedule:
    """The lock with the fewest acts: a Byzantine primary of view 1 is followed by f nodes."""
    result = solve(parse_instance(name))
    assert (result.solution.status, result.solution.objective) == ("optimal", 6)
    assert result.schedule is not None
    return result.schedule


def read(schedule: Schedule, **reading: str) -> FamilyReference[Any]:
    """Replicas that read the text in another way."""
    rules = rules_of(schedule.protocol, schedule.n, primaries=schedule.primaries)
    return REFERENCES[schedule.protocol](replace(rules, **reading))


@pytest.mark.parametrize("name", LOCKS)
def test_a_byzantine_primary_locks_where_new_views_are_followed_freely(name: str):
    """As the tables read the text, and also where joins go to the next view: it is at rest."""
    run = locked(name)
    assert rests(run, read(run))
    assert rests(run, read(run, joins="next"))


@pytest.mark.parametrize("name", LOCKS)
def test_the_timer_that_counts_later_views_ends_the_lock(name: str):
    """With "that view or later" the waiting nodes' timers run: they leave, as the lock has not."""
    run = locked(name)
    verdict = replay(run, read(run, counts="later"))
    assert verdict.status == "refuted"
    assert "ViewChange of view 2, which the schedule does not have" in verdict.reason


@pytest.mark.parametrize("name", LOCKS)
def test_nodes_that_follow_only_what_they_asked_for_are_not_caught(name: str):
    """Who has not asked for view 1 stays in view 0, and does not vote in view 1."""
    run = locked(name)
    verdict = replay(run, read(run, follows="asked"))
    assert verdict.status == "refuted"
    assert "of view 1 in the schedule, but the replica does not: it is in view 0" in verdict.reason


@pytest.mark.parametrize(("joins", "view"), [("lowest", 2), ("next", 1)])
def test_joins_go_to_the_lowest_view_or_to_the_next(joins: str, view: int):
    """F + 1 nodes in views 2 and 3 are joined in view 2, or one view after the other."""
    rules = replace(rules_of("pbft", 4), joins=joins)
    replicas: Any = REFERENCES["pbft"](rules).replicas()
    for sender, last in ((1, 2), (2, 3)):
        for later in range(1, last + 1):
            replicas[sender]._leave(later)
        replicas[0].on_message(replicas[sender].outbox[-1])
    replicas[0]._join()
    assert replicas[0].view == view
