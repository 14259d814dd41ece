"""Heartbeats and repair: who is found, what it costs, and that the message arrives in the end."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from milpbft.errors import InputError
from milpbft.hgfrr.reference.heartbeat import beat
from milpbft.hgfrr.reference.membership import Overlay
from milpbft.hgfrr.reference.repair import repair
from milpbft.hgfrr.reference.world import Failures, silence
from milpbft.hgfrr.sizes import Sizes
from milpbft.hgfrr.topology import Ring, Topology
from tests.hgfrr.overlays import Case, cases, flat, two_levels


def test_a_round_of_heartbeats_by_hand():
    """Two neighbours watch 4 of ten; one is enough to ask, the other to agree: three messages."""
    found = beat(flat(10), {4})
    assert (found.gone, found.heartbeats, found.queries) == ((4,), 18, 2)
    assert beat(flat(10), set()).gone == ()


def test_one_lost_heartbeat_removes_nobody():
    """3 does not hear from 4, but 5 does; if 5 does not either, 4 is held to be gone."""
    assert beat(flat(10), set(), {(3, 4)}).gone == ()
    assert beat(flat(10), set(), {(3, 4), (5, 4)}).gone == (4,)


def test_of_a_run_of_crashes_a_round_finds_the_ends():
    """The one in the middle has no neighbour left who could miss it, until those are removed."""
    found = beat(flat(10), {4, 5, 6})
    assert found.gone == (4, 6)
    # 3 asks 5 and 6 in vain, then 7; 7 asks 5 and 4 in vain, then 3: three questions, one answer.
    assert found.queries == 8
    assert beat(flat(2), {1}).gone == (1,)


def test_a_ring_that_crashed_as_a_whole_is_missed_above():
    """Nobody on it notices; its contact is missed on the ring above, and nobody takes its place."""
    assert beat(two_levels(), {6, 7, 8}).gone == (6, 7, 8)
    topology = Topology(
        np.zeros((4, 2)),
        (Ring(0, (0, 1), (0,), 2), Ring(0, (2, 3), (2,), 2), Ring(1, (0, 2), (0,), -1)),
    )
    assert beat(topology, {0, 2, 3}).gone == (0,)


def test_a_repair_by_hand():
    """Contact 3 of the ring of contacts crashes; 4 or 5 takes its place, and all are told."""
    run = repair(two_levels(), 1, failures=Failures({3: 0}), tick=4, sizes=Sizes(4), seed=0)
    assert run.first.missed == (4, 5, 6, 7, 8)
    assert run.coverage == 1
    assert {3}.isdisjoint(run.topology.nodes.tolist())
    assert sorted(run.second.first) == [0, 1, 2, 4, 5, 6, 7, 8]
    assert min(run.held[node] for node in (4, 5, 6, 7, 8)) > 4
    assert run.ticks == 4 + run.second.ticks
    # Missed on two rings: the double check takes two messages on each.
    assert (run.cost.rounds, run.cost.queries) == (1, 4)
    # Of each ring that it was on two members are left: the one who knows tells the other.
    assert run.cost.announcements == 2
    assert run.messages == run.first.messages + run.second.messages + run.cost.messages


@settings(max_examples=80, deadline=None)
@given(cases(), st.floats(0, 0.5), st.integers(0, 10**6))
def test_repair_reaches_every_correct_node(case: Case, share: float, seed: int):
    """Whoever crashes, the source apart: contacts are replaced and the second broadcast covers."""
    random = Random(seed)
    others = [node for node in case.topology.nodes.tolist() if node != case.source]
    crashes = {node: random.randint(0, 5) for node in others if random.random() < share}
    run = repair(
        case.topology, case.source, case.spread,
        failures=Failures(crashes), tick=6, sizes=case.sizes, seed=seed,
    )  # fmt: skip
    if case.source in run.second.nodes:
        assert run.coverage == 1
        assert set(run.topology.nodes.tolist()).isdisjoint(crashes)
    if not crashes:
        assert run.cost.messages == 0
        assert run.second.messages == run.first.messages


def test_silent_relays_are_not_found_but_rotated_away():
    """A silent contact answers heartbeats; elections by chance replace it sooner or later."""
    silent = silence([3])
    stays = repair(two_levels(), 1, failures=silent, tick=4, sizes=Sizes(4))
    assert (stays.cost.messages, stays.coverage) == (0, stays.first.coverage)
    runs = [
        repair(two_levels(), 1, failures=silent, tick=4, sizes=Sizes(4), seed=seed, rotate=True)
        for seed in range(20)
    ]
    assert any(run.coverage == 1 for run in runs)
    assert any(run.coverage < 1 for run in runs)


def test_without_its_source_nothing_is_repeated():
    """A source that crashed does not broadcast again."""
    run = repair(two_levels(), 1, failures=Failures({1: 0}), tick=4, sizes=Sizes(4))
    assert (run.first.messages, run.second.messages, run.coverage) == (0, 0, 0)
    with pytest.raises(InputError, match="tick: 0 is not allowed"):
        repair(two_levels(), 1, failures=Failures(), tick=0, sizes=Sizes(4))


class NotReplaced(Overlay):
    """Mutant: nobody is removed, so no contact is replaced."""

    def leave(self, node: int) -> None:
        """Do nothing."""

    def __contains__(self, node: int) -> bool:
        return True


def test_a_contact_that_is_not_replaced_is_caught(monkeypatch: pytest.MonkeyPatch):
    """With the mutant the second broadcast misses what the first did."""
    # The mutant's rings are the same after a round, so rounds would find the same for ever.
    monkeypatch.setattr(
        "milpbft.hgfrr.reference.repair._heal", lambda rings, topology, crashed: (set(), 0, 0)
    )
    failures = Failures({3: 0})
    run = repair(
        two_levels(), 1, failures=failures, tick=4, sizes=Sizes(4), overlay=NotReplaced
    )  # fmt: skip
    assert run.coverage == run.first.coverage < 1
