"""Relays that start again: what they lose, what they say again, and what replay holds them to."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from milpbft.errors import InputError
from milpbft.hgfrr.reference.mutants import MUTANTS
from milpbft.hgfrr.reference.node import Node
from milpbft.hgfrr.reference.repair import repair
from milpbft.hgfrr.reference.replay import replay, replay_repaired
from milpbft.hgfrr.reference.world import Failures, broadcast
from milpbft.hgfrr.sizes import Sizes
from milpbft.hgfrr.spread import Spread
from milpbft.schedule import Deliver, Fault, Schedule
from tests.hgfrr.overlays import Case, cases, two_levels


def ran(node: type[Node] = Node, **again: dict[int, int]):
    """Broadcast of node 1 over nine nodes on two levels; 3 is the contact at the top."""
    return broadcast(two_levels(), 1, Spread(), failures=Failures(**again), node=node)


@pytest.mark.parametrize(
    ("again", "held", "messages"),
    [
        ({}, 9, 10),
        ({"reloads": {0: 1}}, 1, 1),
        ({"reloads": {0: 2}}, 9, 10),
        ({"reloads": {3: 2}}, 3, 4),
        ({"reloads": {6: 3}}, 6, 8),
        ({"reloads": {6: 3, 0: 3}}, 6, 8),
        ({"restarts": {0: 1}}, 9, 10),
        ({"restarts": {0: 2}}, 9, 12),
        ({"restarts": {0: 3}}, 9, 12),
        ({"restarts": {0: 4}}, 8, 10),
        ({"restarts": {1: 1}}, 9, 10),
        ({"restarts": {1: 9, 2: 9, 3: 3}}, 6, 10),
    ],
)
def test_what_is_lost_and_said_again(again: dict[str, dict[int, int]], held: int, messages: int):
    """A log loses what is under way; without one the contact of a ring serves it twice."""
    run = ran(**again)
    assert (len(run.first), run.messages) == (held, messages)
    assert run.correct == tuple(range(9))


def test_who_forgets_gets_the_message_anew():
    """Its first receipt is that of its present life."""
    assert ran().first[0] == 1
    assert ran(restarts={0: 2}).first[0] == 3
    assert ran(restarts={1: 1}).first[1] == 2


@pytest.mark.parametrize(
    ("fault", "again"),
    [("half", {"restarts": {0: 2}}), ("logless", {"reloads": {0: 2}})],
)
def test_nodes_that_start_again_badly_are_refuted(fault: str, again: dict[str, dict[int, int]]):
    """Who remembers half serves once where twice is due; who lost its log serves twice."""
    schedule = ran(**again).schedule()
    assert replay(schedule, two_levels(), Spread())
    verdict = replay(schedule, two_levels(), Spread(), node=MUTANTS[fault].node)
    assert verdict.status == "refuted"


def test_a_delivery_of_what_was_lost_is_refuted():
    """The reason says that the node reloads its log."""
    schedule = ran(reloads={0: 1}).schedule()
    more = replace(schedule, events=(*schedule.events, Deliver(1, 0, 1, "Up", 0)))
    verdict = replay(more, two_levels(), Spread())
    assert verdict.reason.endswith("does not happen; it starts again with its log")


@pytest.mark.parametrize("kind", ["restart", "reload"])
def test_restarts_that_no_relay_has_are_refused(kind):
    """At tick 0, twice, of a faulty node, or where the rings are repaired."""
    schedule = ran().schedule()
    for events in (
        (Fault(0, 4, kind),),
        (Fault(1, 4, kind), Fault(2, 4, kind)),
        (Fault(0, 4, "omission"), Fault(2, 4, kind)),
    ):
        with pytest.raises(InputError):
            replay(replace(schedule, events=events), two_levels(), Spread())
    one = replace(schedule, events=(Fault(1, 4, kind),))
    with pytest.raises(InputError, match="fault"):
        replay_repaired(one, two_levels(), Spread(), tick=9, sizes=Sizes(4))
    with pytest.raises(InputError, match="restarts"):
        repair(two_levels(), 1, failures=Failures(restarts={4: 1}), tick=9, sizes=Sizes(4))
    with pytest.raises(InputError, match="restarts"):
        Failures(restarts={1: 1}, reloads={1: 2})


@st.composite
def starting(draw: st.DrawFn) -> tuple[Case, Failures]:
    """Draw a case with silent nodes, and nodes that start again at any tick."""
    case = draw(cases(nodes=40))
    random = Random(draw(st.integers(0, 10**6)))
    nodes = case.topology.nodes.tolist()
    some = random.sample(nodes, min(draw(st.integers(0, 9)), len(nodes)))
    moments = {node: random.randint(1, 8) for node in some[3:]}
    half = dict(list(moments.items())[::2])
    rest = {node: tick for node, tick in moments.items() if node not in half}
    return case, Failures({}, frozenset(some[:3]), half, rest)


@settings(max_examples=40, deadline=None)
@given(starting(), st.integers(0, 2), st.sampled_from([0, 3]), st.data())
def test_runs_with_restarts_are_confirmed(drawn, ports: int, latency: int, data: st.DataObject):
    """A run's own schedule replays, through JSON; without one of its events it does not."""
    case, failures = drawn
    options = {"ports": ports, "latency": latency}
    run = broadcast(case.topology, case.source, case.spread, failures=failures, **options)
    schedule = Schedule.from_json(run.schedule().to_json())
    assert replay(schedule, case.topology, case.spread, **options)
    events = [event for event in schedule.events if not isinstance(event, Fault)]
    if events:
        gone = data.draw(st.sampled_from(events))
        kept = tuple(event for event in schedule.events if event != gone)
        assert not replay(replace(schedule, events=kept), case.topology, case.spread, **options)
    taken = [one for one in run.transmissions if one.received]
    for one in taken:
        assert not one.sent < failures.reloads.get(one.receiver, 0) <= one.arrives
    since = failures.restarts
    held = {one.receiver for one in taken if one.arrives >= since.get(one.receiver, 0)}
    assert held | {case.source} - since.keys() == run.first.keys()
