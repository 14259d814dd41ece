"""Relays that crash once they have decided: in the tables, and all runs of a small network."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from milpbft.pbft.instance import PbftInstance
from milpbft.pbft.model.strict import model_of
from milpbft.pbft.room import ROOM
from milpbft.question.files import parse_instance
from milpbft.schedule import Schedule
from milpbft.solve import solve
from milpbft.table.carried import carried_by
from milpbft.table.relays import falling
from tests.hgfrr.hopping import Ran
from tests.hgfrr.hopping import runs as every_run

if TYPE_CHECKING:
    from collections.abc import Iterator


def runs(instance: PbftInstance, crash: int, until: int) -> Iterator[Ran]:
    """Yield every run in which a node crashes at a tick: whichever node, all ticks of timers."""
    nothing = Schedule(instance.protocol, instance.n, (), (), (), 0, settings={})
    yield from every_run(instance, lambda: ROOM.reference(nothing), crash, until)


def instance_of(word: str, timer: int, aim: str = "faults_lock") -> PbftInstance:
    """Return a question about PBFT of four nodes, one crash, over an overlay."""
    name = f"pbft-n4-v2-c1-t20-{aim}-gst0-delta1-timer{timer}-overlay-{word}"
    instance = parse_instance(name)
    assert isinstance(instance, PbftInstance)
    return instance


def test_every_location_of_a_decision_is_one_from_which_nodes_crash():
    """Over an overlay with crashes, and nowhere else; what was there stays."""
    instance = instance_of("r4k2s0", 8)
    table = model_of(instance, carried_by(instance)).table
    rules = {rule.source: rule for rule in table.automaton.rules if rule.target in table.crashed}
    decided = {place for places in table.done.values() for place in places}
    assert decided
    assert decided <= set(rules)
    assert {(rules[place].guard, rules[place].increments) for place in decided} == {((), ())}
    assert all(rules[place].target.split("_")[0] == place.split("_")[0] for place in decided)
    plain = model_of(parse_instance("pbft-n4-v2-c1-t20-faults_lock-gst0-delta1-timer8")).table
    sources = {rule.source for rule in plain.automaton.rules if rule.target in plain.crashed}
    assert decided.isdisjoint(sources)
    assert set(falling(plain).automaton.rules) == set(table.automaton.rules)
    assert falling(table) == table
    known = falling(plain).views
    assert {place: known[place] for place in plain.views} == plain.views


def test_a_decided_relay_crashes_in_some_runs():
    """Two ticks after it has decided, in a run in which nobody locks."""
    found = list(runs(instance_of("r4k2s0h2", 8), 8, 20))
    assert any(run.fell for run in found)
    assert not any(run.locked for run in found)


@pytest.mark.slow
@pytest.mark.parametrize("crash", range(20))
@pytest.mark.parametrize(
    ("word", "timer", "locks"),
    [("r4k2s0h2", 8, False), ("r4k2s0h4", 8, False), ("r4k2s0h6", 8, True), ("r4k2s0", 8, True)],
)
def test_no_run_locks_because_a_relay_fell(word: str, timer: int, locks: bool, crash: int):
    """Every timer at every tick that it may expire at: what locks, locks without a decision."""
    found = [run for run in runs(instance_of(word, timer), crash, 45) if run.locked]
    assert not found or locks
    assert not any(run.fell for run in found)


@pytest.mark.slow
@pytest.mark.parametrize("word", ["r4k2s0h2", "r4k2s0h4", "r4k2s1"])
@pytest.mark.parametrize("aim", ["first", "last"])
def test_delays_are_those_of_the_latest_run(word: str, aim: str):
    """Of one view that nobody leaves: whoever crashes whenever, decided or not."""
    name = f"pbft-n4-v1-c1-t12-delay_{aim}-gst0-delta1-timer60-overlay-{word}"
    instance = parse_instance(name)
    assert isinstance(instance, PbftInstance)
    ticks = [
        sorted(run.ticks.get(node, 13) for node in range(4) if node != run.node)
        for crash in range(13)
        for run in runs(instance, crash, 12)
    ]
    result = solve(instance)
    latest = max(one[0 if aim == "first" else -1] for one in ticks)
    assert (result.solution.status, result.solution.objective) == ("optimal", latest)
    assert result.verdict("replay")
