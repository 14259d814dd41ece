"""A schedule moved to its earliest ticks: causes first, each node in its own order."""

from __future__ import annotations

import pytest

from milpbft.question.files import parse_instance
from milpbft.schedule import Deliver, Fault, Schedule, Send, Timeout
from milpbft.schedule.compression import compressed
from milpbft.solve import replay_schedule, solve

NAMES = [
    "dbft1-strict-n4-v2-steps_fork",
    "dbft2-strict-n4-v2-c1-steps_lock",
    "dbft2-strict-n4-v1-b2-e2-faults_fork",
    "dbft21-strict-n4-v2-b1-steps_fork",
]


def late() -> Schedule:
    """Node 1 hears of what node 0 said, much later, and crashes."""
    events = (
        Fault(0, 2, "byzantine"),
        Timeout(7, 0, 0),
        Send(7, 0, "PrepareRequest", 0),
        Send(30, 2, "PrepareResponse", 0),
        Deliver(40, 1, 0, "PrepareRequest", 0),
        Deliver(40, 1, 2, "PrepareResponse", 0),
        Fault(50, 1, "crash"),
    )
    return Schedule("dbft2", 4, (2,), (0, 1), events, 60)


def test_events_move_to_where_their_causes_allow():
    """The Byzantine node answers a request that it must have heard of."""
    ticks = {(e.event, e.node): e.tick for e in compressed(late()).events}
    assert ticks == {
        ("fault", 2): 0,
        ("timeout", 0): 1,
        ("send", 0): 1,
        ("send", 2): 2,
        ("deliver", 1): 3,
        ("fault", 1): 4,
    }
    assert compressed(late()).horizon == 4
    assert compressed(late(), first=5).horizon == 8


def test_what_is_compressed_stays_so():
    """Nothing can move any further."""
    once = compressed(late())
    assert compressed(once) == once


@pytest.mark.parametrize("name", NAMES)
def test_witnesses_are_compressed_and_replay(name: str):
    """Whatever a solver found is told in as few ticks as its causes take, and happens."""
    schedule = solve(parse_instance(name)).schedule
    assert schedule is not None
    assert compressed(schedule) == schedule
    assert replay_schedule(schedule)


def test_answers_of_byzantine_nodes_do_not_overtake_the_proposal():
    """Node 0 commits at the tick at which node 1 proposes, which waits for no answer of node 1."""
    events = (
        Fault(0, 0, "byzantine"),
        Fault(0, 1, "byzantine"),
        *(Timeout(tick, 2, 0) for tick in (1, 2, 3)),
        Send(3, 2, "PrepareRequest", 0),
        Send(6, 0, "Commit#1", 1),
        Send(6, 1, "PrepareRequest#1", 1),
        Send(6, 1, "PrepareResponse", 0),
    )
    moved = compressed(Schedule("dbft2", 4, (0, 1), (2, 1), events, 9))
    ticks = {event.kind: event.tick for event in moved.events if isinstance(event, Send)}
    assert ticks["PrepareRequest#1"] <= ticks["Commit#1"] == 1
    assert ticks["PrepareResponse"] == 4


def test_a_reload_stays_after_what_it_loses():
    """What was sent before a node reloaded its log was lost, what was sent later was not."""
    events = (
        Send(5, 0, "PrepareRequest", 0),
        Fault(9, 1, "reload"),
        Send(12, 2, "ChangeView", 0),
    )
    short = compressed(Schedule("dbft2", 4, (), (0,), events, 12))
    assert [event.tick for event in short.events] == [1, 2, 3]
