"""Replay of broadcasts: what really happened is confirmed, and any change of it refuted."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from milpbft.errors import InputError
from milpbft.hgfrr.reference.node import Message, Node
from milpbft.hgfrr.reference.repair import repair
from milpbft.hgfrr.reference.replay import replay, replay_repaired
from milpbft.hgfrr.reference.world import Failures, broadcast
from milpbft.hgfrr.sizes import Sizes
from milpbft.hgfrr.spread import Spread
from milpbft.schedule import Decide, Deliver, Fault, Schedule, Send
from tests.hgfrr.overlays import Case, cases, two_levels

BY_HAND = (
    Fault(2, 6, "crash"),
    Send(0, 1, "Up", 0),
    Deliver(1, 0, 1, "Up", 0),
    Send(1, 0, "Down", 0),
    Send(1, 0, "Up", 1),
    Deliver(2, 1, 0, "Down", 0),
    Deliver(2, 2, 0, "Down", 0),
    Deliver(2, 3, 0, "Up", 1),
    Send(2, 3, "Down", 1),
    Send(2, 3, "Down", 0),
    Deliver(3, 0, 3, "Down", 1),
    Deliver(3, 4, 3, "Down", 0),
    Deliver(3, 5, 3, "Down", 0),
)
SCHEDULE = Schedule("hgfrr", 9, (), (1,), BY_HAND, 5)


def test_a_schedule_by_hand():
    """Nine nodes on two levels, of which 6 crashes before it hears."""
    assert replay(SCHEDULE, two_levels(), Spread())


@pytest.mark.parametrize(
    ("events", "says"),
    [
        (BY_HAND[1:], "tick 3: node 6 receives Down of node 3, level 1: it happens, and"),
        (BY_HAND[:1] + BY_HAND[2:], "tick 0: node 1 sends Up, level 0: it happens, and"),
        (BY_HAND[:-1], "tick 3: node 5 receives Down of node 3, level 0: it happens, and"),
        (
            (*BY_HAND, Deliver(3, 7, 3, "Down", 0)),
            "tick 3: node 7 receives Down of node 3, level 0: in the schedule, and it does not "
            "happen; it does not hold the message",
        ),
        (
            (*BY_HAND, Send(4, 6, "Down", 0)),
            "tick 4: node 6 sends Down, level 0: in the schedule, and it does not happen; it has "
            "crashed",
        ),
        (
            (*BY_HAND, Send(2, 3, "Down", 0)),
            "tick 2: node 3 sends Down, level 0: in the schedule more often than it happens; it "
            "holds the message since tick 2",
        ),
        ((*BY_HAND, Decide(3, 4, 0)), "tick 3: node 4: decide, which a broadcast does not have"),
    ],
)
def test_the_first_difference_is_named(events, says: str):
    """One event less or more refutes, and the reason says which."""
    verdict = replay(replace(SCHEDULE, events=events), two_levels(), Spread())
    assert verdict.status == "refuted"
    assert verdict.reason.startswith(says)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"protocol": "dbft2"}, "protocol"),
        ({"n": 10}, "n"),
        ({"primaries": ()}, "primaries"),
        ({"events": (Fault(0, 1, "byzantine"),)}, "fault"),
        ({"events": (Fault(1, 1, "omission"),)}, "fault"),
    ],
)
def test_what_cannot_be_replayed(change, field: str):
    """Schedules of something else are input errors, not refuted."""
    with pytest.raises(InputError) as error:
        replay(replace(SCHEDULE, **change), two_levels(), Spread())
    assert error.value.field == field


@st.composite
def failing(draw: st.DrawFn) -> tuple[Case, Failures]:
    """Draw a case with crashes at any tick and silent nodes."""
    case = draw(cases(nodes=40))
    random = Random(draw(st.integers(0, 10**6)))
    nodes = case.topology.nodes.tolist()
    faulty = random.sample(nodes, min(draw(st.integers(0, 8)), len(nodes)))
    half = len(faulty) // 2
    crashes = {node: random.randint(0, 8) for node in faulty[:half]}
    return case, Failures(crashes, frozenset(faulty[half:]))


@settings(max_examples=60, deadline=None)
@given(failing(), st.integers(0, 2), st.data())
def test_runs_are_confirmed_and_changes_refuted(drawn, ports: int, data: st.DataObject):
    """A run's own schedule replays, through JSON; with any event taken out it does not."""
    case, failures = drawn
    run = broadcast(case.topology, case.source, case.spread, failures=failures, ports=ports)
    schedule = Schedule.from_json(run.schedule().to_json())
    assert replay(schedule, case.topology, case.spread, ports=ports)
    events = [event for event in schedule.events if not isinstance(event, Fault)]
    if events:
        gone = data.draw(st.sampled_from(events))
        kept = tuple(event for event in schedule.events if event != gone)
        verdict = replay(replace(schedule, events=kept), case.topology, case.spread, ports=ports)
        assert verdict.status == "refuted"
        assert verdict.reason.startswith(f"tick {gone.tick}: node {gone.node} ")


@settings(max_examples=40, deadline=None)
@given(failing(), st.booleans())
def test_repaired_broadcasts_are_confirmed(drawn, rotate: bool):
    """Both broadcasts, and the rings in between, are the same again."""
    case, failures = drawn
    options = {"tick": 5, "sizes": case.sizes, "seed": 3, "rotate": rotate}
    if len(failures.crashes) == case.topology.n:
        return
    run = repair(case.topology, case.source, case.spread, failures=failures, **options)
    schedule = run.schedule()
    assert replay_repaired(schedule, case.topology, case.spread, **options)
    if run.second.transmissions:
        assert not replay(schedule, case.topology, case.spread)


class ForwardsTwice(Node):
    """Mutant: tells its children again when it hears again."""

    def _pass_on(self, message: Message) -> None:
        self._passed.clear()
        super()._pass_on(message)

    def _serve(self, level: int) -> None:
        self._served.clear()
        super()._serve(level)


class OffByOne(Node):
    """Mutant: tells the successors of its children."""

    def _children(self, message: Message) -> list[int]:
        members = self.rings[message.level].members
        places = [members.index(child) + 1 for child in super()._children(message)]
        return [members[place % len(members)] for place in places]


@pytest.mark.parametrize("mutant", [ForwardsTwice, OffByOne])
def test_mutants_are_refuted(mutant: type[Node]):
    """The schedule of correct nodes does not happen on broken ones."""
    verdict = replay(SCHEDULE, two_levels(), Spread(), node=mutant)
    assert verdict.status == "refuted"


def test_sizes_are_those_of_the_case():
    """A case's rings are repaired within its own limits, which the schedule does not hold."""
    run = repair(two_levels(), 1, failures=Failures({3: 0}), tick=4, sizes=Sizes(4), seed=1)
    assert 3 not in run.topology.nodes
    assert run.coverage == 1
