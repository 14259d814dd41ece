"""Changes of all contacts drawn by chance: every optimum is that of exhaustion."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, product
from random import Random
from typing import TYPE_CHECKING

import pytest

from milpbft.errors import InputError
from milpbft.hgfrr.instance import BroadcastInstance
from milpbft.hgfrr.reference.repair import repair
from milpbft.hgfrr.reference.world import silence
from milpbft.hgfrr.room import HGFRR, topology_of
from milpbft.question.files import parse_instance
from milpbft.schedule import Fault
from milpbft.solve import replay_schedule, solve
from tests.agreeing import difference

if TYPE_CHECKING:
    from collections.abc import Iterator

TICK, LAST = 30, 9


def drawn(seed: int, *, again: bool = False) -> BroadcastInstance:
    """Draw a change that exhaustion can do; where `again`, with nodes that reload logs."""
    random = Random(f"change {seed}{' again' * again}")
    while True:
        contacts, n = random.randint(1, 3), random.randint(3, 14)
        said = {
            "protocol": "hgfrr",
            "n": n,
            "ring": random.randint(max(4, 3 * contacts), 10),
            "k": random.randint(2, 4),
            "k_most": random.choice([0, 0, 6]),
            "contacts": contacts,
            "serving": random.randint(1, contacts),
            "seed": random.randint(0, 99),
            "source": random.randrange(n),
            "faults": random.randint(0, min(3, n - 1)),
            "change": TICK,
            "objective": random.choice(["coverage", "faults_half"]),
        }
        if again:
            said["faults"], said["reloads"] = random.choice([(0, 1), (1, 1), (0, 2)])
            said["n"] = min(n, 8 if said["reloads"] == 1 else 5)
            said["source"] = random.randrange(said["n"])
        try:
            return BroadcastInstance.make(said)
        except InputError:
            continue


def best(i: BroadcastInstance) -> int | None:
    """Return the optimum: all silent sets, on the rings before and after.

    And all nodes that reload their logs, at all ticks of either broadcast.
    """
    topology = topology_of(i.n, i.limits, i.seed)
    others = [node for node in topology.nodes.tolist() if node != i.source]

    def runs(silent: tuple[int, ...]) -> Iterator[tuple[int, int]]:
        correct = [node for node in topology.nodes.tolist() if node not in silent]
        ticks = [*range(1, LAST), *range(TICK + 1, TICK + LAST)] if i.reloads else []
        for count in range(min(i.reloads, len(correct)) + 1):
            for nodes in combinations(correct, count):
                for since in product(ticks, repeat=count):
                    again = dict(zip(nodes, since, strict=True))
                    run = repair(
                        topology, i.source, i.spread, tick=TICK, sizes=i.limits,
                        failures=replace(silence(silent), reloads=again), seed=i.seed, rotate=True,
                    )  # fmt: skip
                    assert max(run.first.ticks, run.second.ticks) < LAST
                    yield count, sum(node in run.held for node in run.first.correct)

    if i.objective.name == "coverage":
        sets = combinations(others, i.faults)
        return min(held for silent in sets for _, held in runs(silent))
    found = [
        faults + count
        for faults in range(i.faults + 1)
        for silent in combinations(others, faults)
        for count, held in runs(silent)
        if 2 * held <= i.n - faults
    ]
    return min(found, default=None)


def agrees(seed: int, *, again: bool = False) -> str:
    """Return what is wrong with the optimum of a drawn instance; empty for nothing."""
    instance = drawn(seed, again=again)
    return difference(instance, best(instance))


@pytest.mark.parametrize("seed", range(5))
def test_a_few_changes_are_those_of_exhaustion(seed: int):
    """All silent sets; the source repeats its broadcast once."""
    assert agrees(seed) == ""


@pytest.mark.parametrize("seed", [0, 3, 4])
def test_a_few_changes_with_restarts_are_those_of_exhaustion(seed: int):
    """Likewise with nodes that reload a log, in either broadcast."""
    assert agrees(seed, again=True) == ""


@pytest.mark.slow
@pytest.mark.parametrize("block", range(20))
def test_hundreds_of_changes_with_restarts_are_those_of_exhaustion(block: int):
    """The same for 200 instances."""
    found = [agrees(seed, again=True) for seed in range(100 + 10 * block, 110 + 10 * block)]
    assert not [words for words in found if words]


@pytest.mark.slow
@pytest.mark.parametrize("block", range(20))
def test_hundreds_of_changes_are_those_of_exhaustion(block: int):
    """The same for 500 instances."""
    found = [agrees(seed) for seed in range(100 + 25 * block, 125 + 25 * block)]
    assert not [words for words in found if words]


NAME = "hgfrr-n12-r4-k2-s0-b1-coverage-change30"


def test_a_log_that_is_reloaded_in_the_second_broadcast_is_held_to():
    """One in each broadcast; fewer than promised, or one that is earlier, are refuted."""
    result = solve(parse_instance("hgfrr-n12-r4-k2-s0-coverage-change30-reload2"))
    schedule, value = result.schedule, result.solution.objective
    assert value == 4
    assert schedule is not None
    again = [e for e in schedule.events if isinstance(e, Fault)]
    assert sorted(event.tick > TICK for event in again) == [False, True]
    assert HGFRR.recount(result.instance, schedule, value)
    for said in ({"reloads": "1"}, {"change": "31"}):
        settings = {**schedule.settings, **said}
        assert replay_schedule(replace(schedule, settings=settings)).status == "refuted"
    late = max(again, key=lambda event: event.tick)
    events = tuple(replace(e, tick=TICK - 1) if e == late else e for e in schedule.events)
    assert replay_schedule(replace(schedule, events=events)).status == "refuted"


def test_a_broken_promise_or_count_is_refuted():
    """Another seed draws other contacts, a fault too many is none of the run's, nor is a count."""
    result = solve(parse_instance(NAME))
    schedule, value = result.schedule, result.solution.objective
    assert schedule is not None
    assert value is not None
    assert HGFRR.recount(result.instance, schedule, value)
    assert not HGFRR.recount(result.instance, schedule, value - 1)
    for name, text in (("seed", "1"), ("change", "31"), ("budget", "0-11:0")):
        said = {**schedule.settings, name: text}
        assert replay_schedule(replace(schedule, settings=said)).status == "refuted"
    more = (*schedule.events, Fault(0, 11, "omission"))
    assert replay_schedule(replace(schedule, events=more)).status == "refuted"


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("hgfrr-n12-r4-k2-s0-b1-coverage-crash-change30", "change"),
        ("hgfrr-n12-r4-k2-s0-b1-coverage-chosen-change30", "change"),
        ("hgfrr-n12-r4-k2-s0-b1-ticks-change30", "objective"),
        ("hgfrr-n12-r4-k2-s0-coverage-change30-amnesia1", "amnesia"),
        ("hgfrr-n12-r4-k2-s0-b1-l5-coverage-change30", "latency"),
    ],
)
def test_changes_that_are_not_modelled_are_refused(name: str, field: str):
    """Crashes are repaired, and chosen contacts are never changed by chance."""
    with pytest.raises(InputError) as error:
        parse_instance(name)
    assert error.value.field == field


def test_a_change_while_the_first_broadcast_goes_on_is_refused():
    """It would have to say what becomes of messages that are under way."""
    with pytest.raises(InputError, match="change"):
        _ = HGFRR.model(parse_instance("hgfrr-n12-r4-k2-s0-b1-coverage-change2")).problem
