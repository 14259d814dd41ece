"""All runs of networks of one tick a hop: crashes and relays, what is left out, and the models."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from exploring import NotEnumeratedError, explored, runs_of

from milpbft.check.latest import Adversary, Runs
from milpbft.check.travel import Sent, Travel
from milpbft.dbft.instance import DbftInstance
from milpbft.pbft.instance import PbftInstance
from milpbft.question.files import InstanceFile, parse_instance
from tests.proven import proven

if TYPE_CHECKING:
    from collections.abc import Iterator

FILES = {path.stem: path for path in (Path(__file__).parents[2] / "instances").rglob("*.toml")}
QUICK = [
    "dbft1-strict-n4-v2-c1-t16-forks-gst0-delta1-timer5-overlay-r4k2s0",
    "dbft2-strict-n4-v2-c1-t20-faults_lock-gst0-delta1-timer8-overlay-r4k2s0",
    "dbft2-strict-n10-v1-t14-delay_last-gst0-delta1-timer60-overlay-r4k2s0",
    "pbft-n4-v2-c1-t16-faults_lock-gst0-delta1-timer5",
    "pbft-n4-v2-c1-t20-faults_lock-gst0-delta1-timer8-overlay-r4k2s0",
    "pbft-n4-v2-c1-t20-faults_lock-gst0-delta1-timer8-overlay-r4k2s0h4",
    "pbft-n4-v2-c1-t20-faults_lock-gst0-delta1-timer8-overlay-r4k2s0h6",
    "sbft-n4-v1-c1-t14-delay_last-calm-gst0-delta1-collector3",
    "sbft-n6-r1-v1-c2-t14-delay_first-calm-gst0-delta1-collector3",
]
DEAR = [
    "dbft1-strict-n4-v2-c1-t12-forks-gst0-delta1-timer4-overlay-r4k2s0",
    "dbft2-strict-n7-v2-c1-t20-faults_lock-gst0-delta1-timer9-overlay-r4k2s0",
    "dbft2-strict-n7-v2-c1-t20-faults_lock-gst0-delta1-timer9-overlay-r6k2s0c2w2",
    "dbft21-strict-n7-v2-c1-t13-delay_first-gst0-delta1-timer6",
    "pbft-n7-v2-c1-t20-faults_lock-gst0-delta1-timer9-overlay-r6k2s0c2w2",
    "pbft-n7-v3-c2-t22-delay_first-gst0-delta1-timer5",
    "sbft-n9-r1-v1-c2-t14-delay_last-calm-gst0-delta1-collector6",
]


def asked(name: str) -> DbftInstance | PbftInstance:
    instance = parse_instance(name)
    assert isinstance(instance, DbftInstance | PbftInstance)
    return instance


def holds(name: str) -> None:
    """Hold the value of a file to all runs."""
    expected = InstanceFile.read(FILES[name]).expected
    assert expected is not None
    assert explored(asked(name)) == expected.objective


@pytest.mark.parametrize("name", QUICK)
def test_values_of_files_are_those_of_all_runs(name: str) -> None:
    """Locks, forks and delays, over meshes and overlays, repaired or not."""
    holds(name)


@pytest.mark.slow
@pytest.mark.parametrize("name", DEAR)
def test_values_of_seven_and_nine_nodes_are_those_of_all_runs(name: str) -> None:
    """Who is alike is told apart by nothing but its name."""
    holds(name)


def worth(instance: DbftInstance | PbftInstance, runs: Runs[Any, Any]) -> int | None:
    match instance.objective.name:
        case "faults_lock":
            return runs.fewest()
        case "forks":
            return runs.forks()
        case "delay_first":
            return runs.latest("first")
    return runs.latest("last")


SMALL = [
    "dbft2-strict-n5-v1-c2-t7-delay_last-gst0-delta1-timer9",
    "pbft-n4-v2-c2-t12-faults_lock-gst0-delta1-timer4",
]
LARGER = [
    "dbft1-strict-n4-v2-c1-t8-forks-gst0-delta1-timer3-overlay-g2s5",
    "dbft2-strict-n4-v2-c1-t10-delay_first-gst0-delta1-timer4",
    "dbft2-strict-n4-v2-c1-t12-faults_lock-gst0-delta1-timer3-overlay-r4k2s1",
    "linear-n4-v2-c1-t10-delay_last-gst0-delta1-timer4",
    "pbft-n4-v2-c1-t12-delay_first-gst0-delta1-timer4-overlay-r4k2s2",
    "pbft-n4-v2-c1-t8-delay_last-gst0-delta1-timer4-overlay-g2s5",
    "pbft-n5-v2-c1-t10-delay_last-gst0-delta1-timer3",
]


def agrees(name: str) -> None:
    """Hold all runs, the same in which nothing is left out, and the solver's optimum together."""
    instance = asked(name)
    few = runs_of(instance)
    every = Runs(few.reference, Adversary.of(instance), eager=True)
    value = worth(instance, few)
    assert value == worth(instance, every)
    assert few.widest <= every.widest
    assert value == proven(name, "cpsat")


@pytest.mark.parametrize("name", SMALL)
def test_what_is_left_out_changes_no_value_and_models_have_it(name: str) -> None:
    """Crashes at all ticks, of all nodes by name, come to the same, in more runs."""
    agrees(name)


@pytest.mark.slow
@pytest.mark.parametrize("name", LARGER)
def test_larger_ones_agree_too(name: str) -> None:
    """Forks, repaired relays, and collectors."""
    agrees(name)


class Shuffled(Runs[Any, Any]):
    """Runs in which messages of several senders come in an order that is drawn."""

    dice = Random(0)

    def _orders(self, messages: frozenset[int]) -> Iterator[tuple[int, ...]]:
        for inbox in super()._orders(messages):
            yield tuple(self.dice.sample(inbox, len(inbox)))


@pytest.mark.parametrize(
    "name",
    [
        "pbft-n4-v2-c1-t12-delay_first-gst0-delta1-timer4",
        "pbft-n4-v2-c1-t14-faults_lock-gst0-delta1-timer5-overlay-r4k2s0",
    ],
)
def test_whose_message_comes_first_at_a_tick_changes_nothing(name: str) -> None:
    """Replicas take all that comes at a tick before they act."""
    instance = asked(name)
    few = runs_of(instance)
    value = worth(instance, few)
    for seed in range(3):
        runs = Shuffled(few.reference, Adversary.of(instance))
        runs.dice = Random(seed)
        assert worth(instance, runs) == value


def test_relays_bring_messages_until_they_crash() -> None:
    """Over rings of four: by hand from the walks, a relay that crashes in time loses a message."""
    travel = Travel(7, "r4k2s0")
    [relays] = {travel._found((), 1, 6, 0)[0]}
    assert relays, "there is a relay between them"
    sent, at = Sent(0, 1, 3), 3 + len(relays) + 1
    assert [tick for tick in range(20) if travel.comes(sent, 6, tick, {})] == [at]
    assert travel.passes(sent, relays[0], 4, {})
    assert not travel.passes(sent, relays[0], 5, {})
    assert not travel.comes(sent, 6, at, {relays[0]: 4})
    assert travel.comes(sent, 6, at, {relays[0]: 5})
    assert not travel.repaired
    assert Travel(7, "r4k2s0h2").repaired


def test_a_mesh_takes_one_tick() -> None:
    """Whoever has crashed."""
    travel = Travel(4)
    assert [tick for tick in range(5) if travel.comes(Sent(0, 1, 2), 3, tick, {0: -1})] == [3]
    assert not travel.goes_on(Sent(0, 1, 2), 3, {})


@pytest.mark.parametrize(
    "name",
    [
        "dbft2-strict-n4-v2-c1-t20-steps_lock-gst0-delta1-timer8-overlay-r4k2s0",
        "pbft-n4-v2-b1-t13-delay_first-gst0-delta1-timer6",
        "pbft-n4-v1-c1-t8-delay_first-gst0-delta1-timer2",
    ],
)
def test_what_the_search_does_not_see_is_refused(name: str) -> None:
    """Acts, liars, and delays whose runs leave the views."""
    with pytest.raises(NotEnumeratedError):
        explored(asked(name))
