"""Nodes of dBFT 2.0 that start again, node by node and tick by tick."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest

from milpbft.check.network import keeps
from milpbft.dbft.reference.reference import DbftReference
from milpbft.dbft.reference.rules import Rules
from milpbft.errors import InputError
from milpbft.question.files import parse_instance
from milpbft.room import room_of
from milpbft.schedule import Deliver, Fault, Schedule
from milpbft.sim.clock import Timers
from milpbft.sim.faults import Faults
from milpbft.sim.seals import Seals
from milpbft.sim.synchronous import SynchronousAdversary
from milpbft.sim.world import World
from tests.latest_runs import delay
from tests.proven import proven, solved

if TYPE_CHECKING:
    from milpbft.question.strict import StrictInstance
    from milpbft.result import Result

PREFIX = "dbft2-strict-n4-v2"
NETWORK = "gst0-delta1-timer"


def reference(instance: StrictInstance) -> DbftReference:
    return DbftReference(Rules.of(instance.n, agreement=False), keys=Seals())


@cache
def result_of(name: str) -> Result:
    return solved(name, "cpsat")


# ---- delays


@pytest.mark.parametrize(
    ("what", "word", "latest"),
    [
        ("last", "amnesia1", 5),
        pytest.param("first", "amnesia1", 5, marks=pytest.mark.slow),
        pytest.param("first", "reload1", 5, marks=pytest.mark.slow),
        # Who reloads its log has lost what was under way to it: three commits are one too few.
        ("last", "reload1", 9),
    ],
)
def test_a_restart_costs_a_tick(what: str, word: str, latest: int):
    """Without one everybody decides by tick 4, as all runs of the replicas do."""
    assert delay(f"{PREFIX}-t8-delay_{what}-{NETWORK}8-{word}", reference) == latest


GRID = [
    f"{PREFIX}{crash}-t{horizon}-delay_{what}-{NETWORK}{timer}-{word}{most}"
    for (crash, horizon, most), what, timer, word in product(
        (("", 12, 1), ("", 12, 2), ("-c1", 16, 1)),
        ("first", "last"),
        (5, 6, 8),
        ("amnesia", "reload"),
    )
]


@pytest.mark.slow
@pytest.mark.parametrize("name", GRID)
def test_delays_are_those_of_all_runs(name: str):
    """One restart or two, beside a crash too."""
    delay(name, reference)


# ---- forks and locks, with free delays

SLOW = [(7, "faults_lock-amnesia1"), (7, "faults_lock-reload1"), (8, "steps_lock-amnesia1")]


@pytest.mark.parametrize(
    ("ticks", "counted"),
    [
        ("n4-v1-t5-undecided-reload1", "n4-v1-undecided-reload1"),
        ("n4-v1-t5-undecided-reload2", "n4-v1-undecided-reload2"),
        ("n4-v1-t5-undecided-amnesia1", "n4-v1-undecided-amnesia1"),
        *(
            pytest.param(f"n4-v2-t{t}-{goal}", f"n4-v2-{goal}", marks=pytest.mark.slow)
            for t, goal in SLOW
        ),
        pytest.param(
            "n4-v2-t7-faults_lock-amnesia1", "n4-v2-faults_lock-amnesia1", marks=pytest.mark.slow
        ),
        pytest.param(
            "n4-v2-t7-faults_lock-reload1", "n4-v2-faults_lock-reload1", marks=pytest.mark.slow
        ),
        pytest.param(
            "n4-v2-t8-steps_lock-amnesia1", "n4-v2-steps_lock-amnesia1", marks=pytest.mark.slow
        ),
    ],
)
def test_locks_are_those_of_the_counted_table(ticks: str, counted: str):
    """Where delays do not matter both encodings say the same."""
    assert proven(f"dbft2-strict-{ticks}", "cpsat") == proven(f"dbft2-strict-{counted}", "cpsat")


@pytest.mark.parametrize("word", ["amnesia1", "reload1"])
def test_one_restart_more_than_promised_is_refused(word: str):
    """The schedule says who starts again and when; a second one is one too many."""
    schedule = result_of(f"{PREFIX}-t8-delay_last-{NETWORK}8-{word}").schedule
    assert schedule is not None
    (fault,) = [e for e in schedule.events if isinstance(e, Fault)]
    assert fault.fault == ("restart" if word == "amnesia1" else "reload")
    other = next(i for i in range(4) if i != fault.node)
    more = replace(schedule, events=(*schedule.events, Fault(0, other, fault.fault)))
    replicas = reference(parse_instance(f"{PREFIX}-undecided"))
    verdict = keeps(more, replicas)
    assert "1 nodes have" in verdict.reason
    kept = {k: v for k, v in schedule.settings.items() if k not in {"restarts", "reloads"}}
    verdict = keeps(replace(schedule, settings=kept), replicas)
    assert f"node {fault.node} is faulty" in verdict.reason


# ---- what the network owes


def events_of(schedule: Schedule, node: int) -> list[Deliver]:
    return [e for e in schedule.events if isinstance(e, Deliver) and e.node == node]


def test_what_a_new_life_is_owed_must_come():
    """What was given before is due anew; what was lost is not, and may not come."""
    schedule = result_of(f"{PREFIX}-t8-delay_last-{NETWORK}8-amnesia1").schedule
    assert schedule is not None
    replicas = reference(parse_instance(f"{PREFIX}-undecided"))
    assert keeps(schedule, replicas)
    (fault,) = [e for e in schedule.events if isinstance(e, Fault)]
    anew = [e for e in events_of(schedule, fault.node) if e.tick >= fault.tick]
    for event in anew:
        less = replace(schedule, events=tuple(e for e in schedule.events if e != event))
        assert "has not arrived" in keeps(less, replicas).reason


@pytest.mark.slow
@pytest.mark.parametrize("word", ["amnesia", "reload"])
def test_no_random_run_is_later(word: str):
    """Delays up to two ticks, a late GST, and a restart at any tick."""
    ends: dict[str, set[int]] = {"first": set(), "last": set()}
    for seed in range(60):
        run = random_run(seed, word)
        decided = [e.tick for e in run.events if e.event == "decide"]
        ends["first"].add(min(decided, default=15))
        ends["last"].add(max(decided) if len(decided) == 4 else 15)
        settings = {"network": "synchronous", "gst": "1", "delta": "2", "timeout": "12"}
        kept = replace(run, settings=settings | {"agreement": "false"})
        assert room_of("dbft2").replay(kept), room_of("dbft2").replay(kept)
    for what, found in ends.items():
        most = proven(f"{PREFIX}-t14-delay_{what}-gst1-delta2-timer12-{word}1", "cpsat")
        assert most is not None
        assert max(found) <= most


def random_run(seed: int, word: str) -> Schedule:
    when = {seed % 4: (seed // 4 % 11,)}
    faults = Faults(restarts=when) if word == "amnesia" else Faults(reloads=when)
    world: World[Any, Any] = World(
        DbftReference(Rules.of(4, agreement=False)),
        SynchronousAdversary(seed, gst=1, delta=2),
        14,
        faults=faults,
        timers=Timers(12),
        recovery=False,
    )
    return world.run().schedule


# ---- what is refused


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("dbft2-strict-n4-v2-t8-undecided-gossip-amnesia1", "gossip"),
        ("dbft2-strict-n4-v2-t8-undecided-gossip-reload1", "gossip"),
        ("dbft2-strict-n4-v2-t8-undecided-overlay-r4k2s0-amnesia1", "overlay"),
        ("dbft2-strict-n4-v2-t8-undecided-overlay-r4k2s0-reload1", "overlay"),
        ("dbft21-strict-n4-v2-b1-t8-forks-amnesia1", "byzantine"),
        ("dbft1-strict-n4-v2-b1-t8-undecided-amnesia1", "byzantine"),
        ("dbft2-strict-n4-v1-t8-undecided-lossy1-amnesia1", "losses"),
        ("dbft2-strict-n4-v2-c1-b1-t8-undecided-amnesia1", "byzantine"),
        ("dbft2-strict-n4-v2-t8-steps_lock-reload1", "reloads"),
    ],
)
def test_what_is_not_modelled_is_refused(name: str, field: str):
    with pytest.raises(InputError) as caught:
        parse_instance(name)
    assert caught.value.field == field
