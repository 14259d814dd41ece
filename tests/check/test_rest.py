"""Rest: what is owed at the end of a run is delivered, and a lock that frees anybody is none."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from milpbft.check.replay import replay
from milpbft.check.rest import rests
from milpbft.question.files import parse_instance
from milpbft.room import room_of
from milpbft.schedule import Decide, Deliver, Fault, Schedule, Send
from milpbft.sim.adversary import RandomAdversary
from milpbft.sim.moves import Moves
from milpbft.sim.world import World
from milpbft.solve import solve

if TYPE_CHECKING:
    from milpbft.sim.replica import Reference

PROTOCOLS = ("dbft1", "dbft2", "dbft21", "pbft", "linear", "sbft", "sbftfast")
LOCKS = (
    "dbft2-strict-n4-v2-c1-undecided",
    "dbft21-strict-n4-v2-steps_lock",
    "pbft-n4-v2-b1-steps_lock",
    "pbft-n4-v1-c2-b1-faults_lock-calm",
    "sbft-n4-v1-c1-steps_lock-calm-fastpath",
)


class Withholding(RandomAdversary):
    """Delivers everything at once, proposes at once, and from one tick on delivers nothing."""

    def __init__(self, last: int) -> None:
        super().__init__(0, deliver=1, propose=1, expire=0)
        self._last = last

    def choose(self, tick: int, world: World[Any, Any]) -> Moves[Any]:
        """Deliver and expire as ever, up to the last tick."""
        return super().choose(tick, world) if tick <= self._last else Moves()


def reference_of(schedule: Schedule) -> Reference[Any, Any]:
    room: Any = room_of(schedule.protocol)
    return room.reference(schedule)


def withheld(protocol: str, last: int, **settings: str) -> Schedule:
    """A run of four nodes without a fault in which nothing is delivered after a tick."""
    reference = reference_of(Schedule(protocol, 4, (), (), (), 0))
    run = World(reference, Withholding(last), 20).run().schedule
    return replace(run, settings={**run.settings, "rest": "fetch", **settings})


@cache
def locked(name: str) -> Schedule:
    result = solve(parse_instance(name))
    assert result.schedule is not None
    assert all(result.checks), result.checks
    return result.schedule


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_whoever_withholds_has_no_lock(protocol: str):
    """Up to the tick of the first decision, every run that withholds the rest is refuted.

    Such a run happens, so replay alone confirms it.
    """
    whole = withheld(protocol, 20)
    first = min(event.tick for event in whole.events if isinstance(event, Decide))
    assert first > 1
    for last in range(first):
        run = withheld(protocol, last)
        assert not any(isinstance(event, Decide) for event in run.events)
        assert replay(run, reference_of(run))
        verdict = rests(run, reference_of(run))
        assert verdict.status == "refuted"
        assert "decides in view 0" in verdict.reason
        assert room_of(protocol).replay(run).status == "refuted"


def test_a_run_that_decided_is_at_rest():
    """Nothing is owed once everybody has decided."""
    run = withheld("pbft", 20)
    assert rests(run, reference_of(run))


@pytest.mark.parametrize("name", LOCKS)
def test_locks_are_at_rest(name: str):
    """Nothing that is owed frees anybody, in any of the orders."""
    run = locked(name)
    assert run.settings["rest"] == "fetch"
    assert rests(run, reference_of(run))


@pytest.mark.parametrize("name", [LOCKS[0], *LOCKS[3:]])
def test_what_a_lock_withholds_is_delivered(name: str):
    """What the schedule of a lock delivers last is owed: without it, the lock stays one."""
    run = locked(name)
    sends = max(event.tick for event in run.events if isinstance(event, Send))
    early = tuple(e for e in run.events if not (isinstance(e, Deliver) and e.tick > sends))
    assert len(early) < len(run.events)
    short = replace(run, events=early)
    assert rests(short, reference_of(short))


def test_what_a_faulty_node_had_to_say_makes_the_lock():
    """The same lock, its Byzantine node correct: it cannot be made, as it owes its messages."""
    run = locked("pbft-n4-v2-b1-steps_lock")
    honest = replace(
        run, byzantine=(), events=tuple(e for e in run.events if not isinstance(e, Fault))
    )
    assert rests(honest, reference_of(honest)).status != "confirmed"


def test_timers_expire_where_they_may():
    """Two of four nodes crash: a lock where nobody leaves the view, and none where some do."""
    run = locked("pbft-n4-v1-c2-b1-faults_lock-calm")
    assert run.settings["calm"] == "true"
    settings = {key: text for key, text in run.settings.items() if key != "calm"}
    verdict = rests(replace(run, settings=settings), reference_of(run))
    assert verdict.status == "refuted"
    assert "enters view 1, which is not modelled" in verdict.reason


def test_a_former_copy_of_what_a_node_has_is_not_owed():
    """Node 3 asks, starts again and asks again; node 2 has the later of the same two messages."""
    result = solve(parse_instance("pbft-n4-v1-c2-t7-undecided-amnesia2"), solver="cpsat")
    assert (result.solution.status, result.solution.objective) == ("optimal", 2)
