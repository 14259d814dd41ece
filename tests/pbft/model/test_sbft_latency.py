"""Latency of SBFT after GST: proven worst cases equal the formulas, and their runs are replayed."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest

from milpbft.check.network import keeps
from milpbft.errors import InputError
from milpbft.pbft.formulas import Latency
from milpbft.pbft.formulas_sbft import Setting, calm_latency, early, sbft_latency, switch_cost
from milpbft.pbft.room import ROOM
from milpbft.question.files import parse_instance
from milpbft.schedule import Decide, Schedule
from milpbft.sim.clock import Timers
from milpbft.sim.faults import Faults
from milpbft.sim.synchronous import SynchronousAdversary
from milpbft.sim.world import World
from milpbft.solve import solve

SIZES = {0: "n4", 1: "n6-r1"}
"""n and r in names, by c; f = 1."""


def settings(most: int) -> list[Setting]:
    """Return a grid, of up to c + `most` silent nodes, and timers just too short or long enough."""
    return [
        Setting(silent, c, collector, gst, delta)
        for c in SIZES
        for silent in range(c + most + 1)
        for delta in (1, 2)
        for gst in (0, 2)
        for collector in (1, gst + 2 * delta, gst + 2 * delta + 1)
    ]


CALM = settings(1)
QUICK_CALM = [Setting(0, 0, 1, 0, 1), Setting(1, 1, 5, 2, 1), Setting(2, 1, 4, 0, 2)]
VIEWS = [
    (setting, calm_latency(setting).last + spare, what)
    for setting in settings(1)
    if setting.silent <= 1 and setting.collector != 1
    for spare in ((2, 4) if (setting.gst, setting.delta) == (2, 1) else (2,))
    for what in ("first", "last")
]
"""Settings with a timeout that is just long enough, or two ticks longer; b is f = 1 at most."""
QUICK_VIEWS = [(Setting(0, 0, 3, 0, 1), 5, "last"), (Setting(1, 1, 3, 0, 1), 5, "first")]
FAST = [
    (Setting(silent, c, None, gst, delta), gst + 3 * delta + 2, what)
    for c in SIZES
    for silent in range(c + 1)
    for gst in (0, 2)
    for delta in (1, 2)
    for what in ("first", "last")
]
QUICK_FAST = [(Setting(1, 1, None, 0, 1), 5, "last")]


def slow(cases: list[object], quick: list[object]) -> list[object]:
    """Leave all but a few cases to the slow suite."""
    rest = [case for case in cases if case not in quick]
    assert len(rest) + len(quick) == len(cases), "quick cases are of the grid"
    marked = [pytest.param(*_parts(case), marks=pytest.mark.slow) for case in rest]
    return [*(pytest.param(*_parts(case)) for case in quick), *marked]


def _parts(case: object) -> tuple[object, ...]:
    return case if isinstance(case, tuple) else (case,)


def worst(name: str) -> int | None:
    """Prove an optimum and replay its run."""
    result = solve(parse_instance(name))
    assert result.solution.status == "optimal"
    replayed = result.verdict("replay")
    assert replayed, replayed
    return result.solution.objective


def named(setting: Setting, what: str, horizon: int, rest: str, *, views: int = 2) -> str:
    """Name the instance of a setting."""
    protocol = "sbft" if setting.collector is not None else "sbftfast"
    silent = f"-c{setting.silent}" if setting.silent else ""
    words = f"{rest}-collector{setting.collector}" if setting.collector is not None else rest
    sizes = f"{SIZES[setting.redundant]}-v{views}{silent}-t{horizon}"
    network = f"gst{setting.gst}-delta{setting.delta}"
    return f"{protocol}-{sizes}-delay_{what}-{words.replace('NETWORK', network)}"


def calm_worst(setting: Setting) -> Latency:
    """Prove both latencies of a calm view, with three ticks more than the formula says."""
    wanted = calm_latency(setting)
    first, last = (
        worst(named(setting, what, getattr(wanted, what) + 3, "calm-NETWORK", views=1))
        for what in ("first", "last")
    )
    assert first is not None
    assert last is not None
    return Latency(first, last)


@pytest.mark.parametrize("setting", slow(CALM, QUICK_CALM), ids=str)
def test_a_calm_view_takes_as_long_as_the_formula_says(setting: Setting):
    """The primary is correct; up to one silent node more than the fast path bears."""
    assert calm_worst(setting) == calm_latency(setting)


@pytest.mark.parametrize(
    ("setting", "timeout", "what"), slow(VIEWS + FAST, QUICK_VIEWS + QUICK_FAST), ids=str
)
def test_the_formula_is_the_worst_case_with_view_changes(setting: Setting, timeout: int, what: str):
    """Timers of views run, and one node is silent or none; with the slow path and without."""
    assert early(setting, timeout)
    ticks = getattr(sbft_latency(setting, timeout), what)
    assert worst(named(setting, what, ticks + 3, f"NETWORK-timer{timeout}")) == ticks


def decisions(setting: Setting, timeout: int, seed: int) -> Latency:
    """Run replicas in the synchronous network; with a silent node, one crashes some time."""
    assert setting.collector is not None
    random = Random(seed)
    n = 3 + 1 + 2 * setting.redundant
    crashes = {random.randrange(n): random.randrange(4)} if setting.silent else {}
    numbers = {"gst": setting.gst, "delta": setting.delta, "timeout": timeout,
               "collector": setting.collector, "redundant": setting.redundant}  # fmt: skip
    said = {"network": "synchronous", **{name: str(value) for name, value in numbers.items()}}
    world = World(
        ROOM.reference(Schedule("sbft", n, (), (), (), 0, settings=said)),
        SynchronousAdversary(seed, gst=setting.gst, delta=setting.delta),
        sbft_latency(setting, timeout).last + 3,
        faults=Faults(crashes=crashes),
        timers=Timers(timeout, setting.collector),
    )
    schedule = replace(world.run().schedule, settings=said)
    assert keeps(schedule, ROOM.reference(schedule))
    ticks = {e.node: e.tick for e in schedule.events if isinstance(e, Decide)}
    assert ticks.keys() | crashes.keys() == set(range(n)), "whoever does not crash decides"
    correct = (tick for node, tick in ticks.items() if node not in crashes)
    return Latency(min(ticks.values()), max(correct))


@pytest.mark.parametrize("runs", [20, pytest.param(200, marks=pytest.mark.slow)])
@pytest.mark.parametrize("setting", [
    Setting(0, 0, 7, 2, 2),
    Setting(0, 0, 6, 2, 2),
    Setting(1, 0, 7, 2, 2),
    Setting(1, 1, 7, 2, 2),
], ids=str)  # fmt: skip
def test_no_run_decides_later(setting: Setting, runs: int):
    """Random delays, timers and crashes, seeds from 0; with enough of them the worst is met."""
    timeout = calm_latency(setting).last + 2
    wanted = sbft_latency(setting, timeout)
    found = [decisions(setting, timeout, seed) for seed in range(runs)]
    worst_run = Latency(max(run.first for run in found), max(run.last for run in found))
    assert worst_run.first <= wanted.first
    assert worst_run.last <= wanted.last
    assert runs < 200 or worst_run == wanted


@pytest.mark.parametrize(("c", "collector", "gst", "delta"), [
    (0, 3, 0, 1),
    (1, 3, 0, 1),
    (1, 6, 0, 1),
    pytest.param(0, 6, 2, 1, marks=pytest.mark.slow),
    pytest.param(1, 9, 3, 2, marks=pytest.mark.slow),
])  # fmt: skip
def test_what_the_switch_of_paths_costs(c: int, collector: int, gst: int, delta: int):
    """The difference of proven optima, with c + 1 silent nodes and with c: w + delta - gst."""
    fast, slow_ = (calm_worst(Setting(b, c, collector, gst, delta)) for b in (c, c + 1))
    cost = switch_cost(collector, gst, delta)
    assert (slow_.first - fast.first, slow_.last - fast.last) == (cost, cost)


def test_a_switch_costs_three_delays_and_a_tick_at_least():
    """A timer that never takes the fast path from a good network is longer than its shares take."""
    assert switch_cost(3, 0, 1) == 4
    assert switch_cost(9, 4, 2) == 7
    with pytest.raises(InputError, match="collector"):
        switch_cost(2, 0, 1)


@pytest.mark.parametrize("horizon", [9, 14])
def test_without_a_slow_path_one_silent_node_too_many_stalls(horizon: int):
    """However long: one tick past the horizon, where with the slow path there is a decision."""
    stalled = f"sbftfast-n4-v1-c1-t{horizon}-delay_first-calm-gst0-delta1"
    assert worst(stalled) == horizon + 1
    assert worst(f"sbft-n4-v1-c1-t{horizon}-delay_first-calm-gst0-delta1") == 4
    for setting in (
        lambda: Setting(1, 0, None, 0, 1),
        lambda: sbft_latency(Setting(2, 1, 3, 0, 1), 9),
    ):
        with pytest.raises(InputError, match="silent"):
            setting()


@pytest.mark.slow
def test_a_node_that_leaves_as_the_others_decide_never_does():
    """A timeout one tick too short: whatever the horizon, the last decision is past it."""
    setting = Setting(0, 0, 3, 0, 1)
    assert not early(setting, 4)
    for horizon in (9, 12):
        assert worst(named(setting, "last", horizon, "NETWORK-timer4")) == horizon + 1
    with pytest.raises(InputError, match="timeout"):
        sbft_latency(setting, 4)


@pytest.mark.slow
def test_a_liar_delays_the_first_decision_as_a_silent_node_does():
    """A Byzantine primary of view 0, a signer too few in view 1."""
    wanted = sbft_latency(Setting(1, 0, 3, 0, 1), 9)
    assert worst("sbft-n4-v2-b1-t20-delay_first-gst0-delta1-timer9-collector3") == wanted.first


@pytest.mark.slow
def test_a_lying_collector_leaves_one_node_behind():
    """It shows the certificate of a decision to two of three; the third never has it."""
    for horizon in (14, 18):
        name = f"sbft-n4-v2-b1-t{horizon}-delay_last-gst0-delta1-timer9-collector3"
        assert worst(name) == horizon + 1


def test_the_check_of_networks_times_the_collector():
    """A run with a timer of 4 ticks is refused where it is said to run 6, or 2."""
    result = solve(parse_instance("sbft-n4-v1-c1-t12-delay_first-calm-gst0-delta1-collector4"))
    schedule = result.schedule
    assert schedule is not None
    assert schedule.settings["collector"] == "4"
    for said, reason in (("6", "which it may from tick 6 on"), ("2", "should have expired")):
        other = replace(schedule, settings={**schedule.settings, "collector": said})
        verdict = keeps(other, ROOM.reference(other))
        assert verdict.status == "refuted"
        assert reason in verdict.reason


@pytest.mark.slow
def test_a_collector_that_has_decided_serves_the_others():
    """Linear BFT, GST late: the primary of view 1 has decided, the others have left view 0."""
    assert worst("linear-n4-v2-t16-delay_last-gst5-delta1-timer6") == 17


@pytest.mark.parametrize(("name", "field"), [
    ("sbft-n4-v2-e2-t9-delay_first-gst0-delta1", "values"),
    ("sbft-n4-v2-b2-t9-delay_first-gst0-delta1", "byzantine"),
    ("sbft-n4-v1-t9-delay_first-calm-fastpath-gst0-delta1", "fastpath"),
    ("sbft-n4-v2-undecided-collector3", "collector"),
    ("sbft-n4-v1-t9-delay_first-calm-gst0-delta1-timer9", "timeout"),
    ("linear-n4-v2-t9-delay_first-gst0-delta1-collector3", "collector"),
    ("sbftfast-n4-v2-t9-delay_first-gst0-delta1-collector3", "collector"),
])  # fmt: skip
def test_what_is_not_modelled_is_named(name: str, field: str):
    """Two values, more than f liars; a collector's timer where there is none."""
    with pytest.raises(InputError) as caught:
        solve(parse_instance(name))
    assert caught.value.field == field
