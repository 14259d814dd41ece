"""Broadcasts message by message: by hand, against the array engine, and with mutants."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from milpbft.errors import InputError
from milpbft.hgfrr.reference.build import build, uniform
from milpbft.hgfrr.reference.engine import Engine
from milpbft.hgfrr.reference.node import DOWN, Message, Node
from milpbft.hgfrr.reference.world import Failures, World, broadcast, silence
from milpbft.hgfrr.sizes import Sizes
from milpbft.hgfrr.spread import Spread
from tests.hgfrr.overlays import Case, cases, flat, two_levels


def test_one_ring_is_the_papers_tree():
    """In a ring of ten the messages are the edges of figure 3.3, one tick per level."""
    run = broadcast(flat(10), 0)
    edges = {(t.sender, t.receiver) for t in run.transmissions}
    tree = {0: (1, 2, 4, 8), 1: (3, 5, 9), 2: (6,), 3: (7,)}
    assert edges == {(parent, child) for parent, below in tree.items() for child in below}
    assert run.first == {0: 0, 1: 1, 2: 1, 4: 1, 8: 1, 3: 2, 5: 2, 9: 2, 6: 2, 7: 3}
    assert (run.messages, run.ticks, run.coverage) == (9, 3, 1)


def test_two_levels_by_hand():
    """Up from 1 to 0 and on to 3; down in each ring; what 0 and 1 hold comes again."""
    run = broadcast(two_levels(), 1)
    sent = {
        (t.sent, t.sender, t.receiver, t.message.label, t.message.level) for t in run.transmissions
    }
    assert sent == {
        (0, 1, 0, "Up", 0),
        (1, 0, 1, "Down", 0),
        (1, 0, 2, "Down", 0),
        (1, 0, 3, "Up", 1),
        (2, 3, 6, "Down", 1),
        (2, 3, 0, "Down", 1),
        (2, 3, 4, "Down", 0),
        (2, 3, 5, "Down", 0),
        (3, 6, 7, "Down", 0),
        (3, 6, 8, "Down", 0),
    }
    assert run.first == {1: 0, 0: 1, 2: 2, 3: 2, 4: 3, 5: 3, 6: 3, 7: 4, 8: 4}


@pytest.mark.parametrize(
    ("failures", "missed"),
    [
        (silence([3]), (4, 5, 6, 7, 8)),
        (silence([6]), (7, 8)),
        (silence([0]), (2, 3, 4, 5, 6, 7, 8)),
        (silence([1]), (0, 2, 3, 4, 5, 6, 7, 8)),
        (silence([2, 8]), ()),
        (Failures({3: 3}), ()),
        (Failures({3: 2}), (4, 5, 6, 7, 8)),
        (Failures({6: 3}), (7, 8)),
        (Failures({6: 4}), ()),
    ],
)
def test_failures_by_hand(failures: Failures, missed: tuple[int, ...]):
    """Node 3 hears at tick 2, and 6 at tick 3; crashing a tick after that is too late."""
    run = broadcast(two_levels(), 1, failures=failures)
    assert run.missed == missed
    assert run.coverage == pytest.approx(1 - len(missed) / (9 - len(failures.nodes)))


def test_one_port_delays_but_loses_nothing():
    """With one message a tick the root of ten takes four ticks for its four children."""
    run = broadcast(flat(10), 0, ports=1)
    assert [run.first[node] for node in (1, 2, 4, 8)] == [1, 2, 3, 4]
    # 0 to 1 to 3 to 7: ticks 1, 2 and 3; 1 has told 9 by tick 4, 2 has told 6 by tick 3.
    assert (run.first[9], run.first[6], run.first[7]) == (4, 3, 3)
    assert (run.messages, run.ticks) == (9, 4)


def test_unusable_runs():
    """Sources and faulty nodes must be in the network."""
    with pytest.raises(InputError, match="node: 9 is not allowed"):
        World(two_levels(), 9)
    with pytest.raises(InputError, match="node: 10 is not allowed"):
        World(two_levels(), 0, failures=silence([10]))
    with pytest.raises(InputError, match="ports: -1 is not allowed"):
        World(two_levels(), 0, ports=-1)
    with pytest.raises(InputError, match=r"crashes: \[1\] is not allowed"):
        Failures({1: 0}, frozenset({1}))
    with pytest.raises(InputError, match="node: 9 is not allowed"):
        Engine(two_levels(), Spread()).run(9)


@settings(max_examples=150, deadline=None)
@given(cases(), st.integers(0, 8), st.integers(0, 10**6))
def test_the_array_engine_agrees(case: Case, faulty: int, seed: int):
    """Ticks of every node, messages and coverage are the same, whoever is silent."""
    nodes = case.topology.nodes.tolist()
    silent = Random(seed).sample(nodes, min(faulty, len(nodes)))
    run = broadcast(case.topology, case.source, case.spread, failures=silence(silent))
    reach = Engine(case.topology, case.spread).run(case.source, silent)
    assert {node: int(t) for node, t in enumerate(reach.first) if t >= 0} == run.first
    assert (reach.messages, reach.ticks) == (run.messages, run.ticks)
    assert reach.coverage == run.coverage


@settings(deadline=None)
@given(cases())
def test_everyone_is_told_and_nobody_told_twice_in_a_tree(case: Case):
    """Without failures all are reached, and no tree sends a node the message twice."""
    run = broadcast(case.topology, case.source, case.spread)
    assert run.coverage == 1
    received = [(t.receiver, t.sender, t.message) for t in run.transmissions]
    assert len(set(received)) == len(received)
    down = [(t.receiver, t.message) for t in run.transmissions if t.message.kind == DOWN]
    assert len(set(down)) == len(down)


def test_a_large_network_is_told():
    """100 000 nodes are built and told."""
    reach = Engine(build(uniform(100_000, 0), Sizes(16)), Spread()).run(17)
    assert (reach.coverage, reach.messages - 99_999 <= 5) == (1, True)


class ForwardsTwice(Node):
    """Mutant: sends everything to its children twice."""

    def _children(self, message: Message) -> list[int]:
        return super()._children(message) * 2


class OffByOne(Node):
    """Mutant: counts its place on the ring from one."""

    def _children(self, message: Message) -> list[int]:
        ring = self.rings[message.level]
        place = ring.members.index(self.node)
        turned = (*ring.members[1:], ring.members[0])
        honest = Node(turned[place], {message.level: ring}, {}, self.serving)
        return honest._children(message)


class DropsWhatItHolds(Node):
    """Mutant: passes on only what is news to it."""

    def on_message(self, message: Message) -> None:
        """Take a message once."""
        if not self.holds:
            super().on_message(message)


@pytest.mark.parametrize("mutant", [ForwardsTwice, OffByOne, DropsWhatItHolds])
def test_mutants_are_caught(mutant: type[Node]):
    """Each differs from the array engine: in messages, in ticks or in who is reached."""
    topology = build(uniform(60, 3), Sizes(8), 3)
    caught = 0
    for source in range(60):
        run = World(topology, source, node=mutant).run()
        reach = Engine(topology, Spread()).run(source)
        first = {node: int(t) for node, t in enumerate(reach.first) if t >= 0}
        caught += (run.first, run.messages) != (first, reach.messages)
    assert caught > 30
