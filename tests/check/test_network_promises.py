"""The check of networks and timers, on schedules that keep their promises and on broken ones."""

from __future__ import annotations

from dataclasses import replace

import pytest

from milpbft.check.network import keeps
from milpbft.check.promises import Promises
from milpbft.check.replay import replay
from milpbft.dbft.reference.reference import DbftReference
from milpbft.dbft.reference.rules import Rules
from milpbft.dbft.room import DBFT2
from milpbft.errors import InputError
from milpbft.schedule import Deliver, Event, Fault, Schedule, Send, Timeout
from milpbft.sim.clock import Timers
from milpbft.sim.faults import Faults
from milpbft.sim.synchronous import SynchronousAdversary
from milpbft.sim.world import World
from milpbft.verdict import Verdict

SYNCHRONOUS = {"network": "synchronous", "gst": "3", "delta": "2", "agreement": "false"}
TIMED = SYNCHRONOUS | {"timeout": "5"}


def reference() -> DbftReference:
    return DbftReference(Rules.of(4, agreement=False))


def ran(
    settings: dict[str, str], *, seed: int = 3, crash: int | None = None, horizon: int = 30
) -> Schedule:
    """Run replicas in a synchronous network."""
    promises = Promises.of(settings)
    world = World(
        reference(),
        SynchronousAdversary(
            seed, gst=promises.gst, delta=promises.delta, timed=promises.timeout > 0
        ),
        horizon,
        timers=Timers(promises.timeout),
        faults=Faults(crashes={} if crash is None else {crash: 0}),
        recovery=False,
    )
    return replace(world.run().schedule, settings=settings)


def changed(schedule: Schedule, drop: Event | None = None, add: Event | None = None) -> Schedule:
    """Drop and add an event."""
    events = [event for event in schedule.events if event is not drop]
    return replace(schedule, events=(*events, *([add] if add else [])))


def reason(schedule: Schedule) -> str:
    verdict = keeps(schedule, reference())
    assert (verdict.check, verdict.status) == ("network", "refuted")
    return verdict.reason


def events(schedule: Schedule, kind: type[Event], node: int) -> list[Event]:
    return [event for event in schedule.events if isinstance(event, kind) and event.node == node]


@pytest.mark.parametrize("crash", [None, 0, 1, 3])
@pytest.mark.parametrize("settings", [SYNCHRONOUS, TIMED])
def test_runs_of_the_synchronous_world_keep_their_promises(
    settings: dict[str, str], crash: int | None
):
    """Whatever is drawn, and whoever is dead."""
    for seed in range(8):
        schedule = ran(settings, seed=seed, crash=crash)
        assert replay(schedule, reference())
        assert keeps(schedule, reference()) == Verdict("network", "confirmed")


def test_a_missing_message_is_named():
    """The first deadline that passes without it."""
    schedule = ran(SYNCHRONOUS)
    lost = events(schedule, Deliver, 2)[0]
    assert isinstance(lost, Deliver)
    (sent,) = [
        event
        for event in schedule.events
        if isinstance(event, Send)
        and (event.node, event.kind, event.view) == (lost.sender, lost.kind, lost.view)
    ]
    deadline = max(sent.tick, 3) + 2
    told = reason(changed(schedule, drop=lost))
    assert told.startswith(f"tick {deadline}: {lost.kind} of view 0 from node {lost.sender}")
    assert told.endswith("has not arrived at node 2")


def test_a_late_message_is_as_bad():
    """A tick after the deadline is too late, the deadline itself is not."""
    schedule = ran(SYNCHRONOUS)
    last = events(schedule, Deliver, 2)[-1]
    assert isinstance(last, Deliver)
    sent = next(
        event.tick
        for event in schedule.events
        if isinstance(event, Send) and (event.node, event.kind) == (last.sender, last.kind)
    )
    deadline = max(sent, 3) + 2
    on_time = changed(schedule, drop=last, add=replace(last, tick=deadline))
    assert "has not arrived" not in keeps(on_time, reference()).reason
    late = changed(schedule, drop=last, add=replace(last, tick=deadline + 1))
    assert f"tick {deadline}: {last.kind}" in reason(late)


def test_who_crashed_or_lies_is_owed_nothing():
    """A crash by the deadline excuses, and so does a Byzantine receiver."""
    schedule = ran(SYNCHRONOUS)
    lost = events(schedule, Deliver, 2)[0]
    without = changed(schedule, drop=lost)
    assert "arrived at node 2" in reason(without)
    dead = changed(without, add=Fault(1, 2, "crash"))
    assert "arrived at node 2" not in keeps(dead, reference()).reason
    lying = replace(without, byzantine=(2,))
    assert "arrived at node 2" not in keeps(lying, reference()).reason


def test_reliable_networks_deliver_by_the_last_tick():
    """When does not matter, whether does; what is sent at the last tick cannot arrive."""
    settings = {"network": "reliable", "agreement": "false"}
    schedule = replace(ran(SYNCHRONOUS), settings=settings)
    assert keeps(schedule, reference())
    lost = events(schedule, Deliver, 1)[-1]
    assert "tick 30: " in reason(changed(schedule, drop=lost))
    moved = changed(schedule, drop=lost, add=replace(lost, tick=30))
    assert "arrived" not in keeps(moved, reference()).reason
    cut = min(event.tick for event in schedule.events if isinstance(event, Send))
    short = tuple(event for event in schedule.events if event.tick <= cut)
    assert keeps(replace(schedule, events=short, horizon=cut), reference())


def test_timers_expire_neither_early_nor_late():
    """A timeout of 5 ticks is over at tick 4, and with delta 2 after gst 3 it ends by tick 6."""
    settings = TIMED | {"delta": "1", "gst": "0"}
    quiet = Schedule("dbft2", 4, (), (0, 1), (Fault(0, 0, "crash"),), 4, settings=settings)
    assert keeps(quiet, reference())
    asked = (*quiet.events, *(Timeout(4, i, 0) for i in (1, 2, 3)))
    sends = tuple(Send(4, i, "ChangeView", 0) for i in (1, 2, 3))
    assert keeps(replace(quiet, events=(*asked, *sends)), reference())
    hasty = (Timeout(3, 1, 0), Send(3, 1, "ChangeView", 0))
    told = reason(replace(quiet, events=(*quiet.events, *hasty), horizon=3))
    assert told == ("tick 3: the timer of node 1 expires in view 0, which it may from tick 4 on")
    assert reason(replace(quiet, horizon=5)) == (
        "tick 5: the timer of node 1 should have expired at tick 5"
    )


def test_a_primary_has_to_propose():
    """Its timer is due at tick 0, whatever the timeout, and ends by gst + delta."""
    for settings, deadline in [(SYNCHRONOUS, 5), (TIMED | {"timeout": "40"}, 5)]:
        idle = Schedule("dbft2", 4, (), (0,), (), 4, settings=settings)
        assert keeps(idle, reference())
        told = reason(replace(idle, horizon=9))
        assert (
            told == f"tick {deadline}: the timer of node 0 should have expired at tick {deadline}"
        )


def test_gossip_owes_what_one_correct_node_has():
    """A Byzantine request that one node has is everybody's, unless that node crashes."""
    settings = {"network": "synchronous", "gst": "0", "delta": "2", "gossip": "true"}
    said = (Fault(0, 0, "byzantine"), Send(0, 0, "PrepareRequest", 0))
    heard = (Deliver(1, 1, 0, "PrepareRequest", 0), Send(1, 1, "PrepareResponse", 0))
    passed = tuple(Deliver(3, i, 1, "PrepareResponse", 0) for i in (0, 2, 3))
    schedule = Schedule("dbft2", 4, (0,), (0,), (*said, *heard, *passed), 3, settings=settings)
    assert reason(schedule) == (
        "tick 3: PrepareRequest of view 0 from node 0, which node 1 has, has not arrived at node 2"
    )
    silent = replace(schedule, settings=settings | {"gossip": "false"})
    assert keeps(silent, reference())
    crashed = replace(schedule, events=(*schedule.events, Fault(3, 1, "crash")))
    assert keeps(crashed, reference())


def test_the_room_refuses_what_the_network_would_not_do():
    """The replay of a schedule with a network is of its deadlines too."""
    schedule = ran(TIMED)
    assert DBFT2.replay(schedule)
    hasty = replace(schedule, settings=TIMED | {"timeout": "900", "delta": "1"})
    assert DBFT2.replay(hasty).status == "refuted"
    assert DBFT2.replay(replace(hasty, settings={"agreement": "false"}))


@pytest.mark.parametrize(
    ("settings", "field"), [({"network": "fast"}, "network"), ({"gst": "soon"}, "gst")]
)
def test_unreadable_settings_are_refused(settings: dict[str, str], field: str):
    """One line names what is wrong."""
    with pytest.raises(InputError, match=field):
        Promises.of(settings)
