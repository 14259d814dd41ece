"""Strict dBFT node by node and tick by tick, against counts, enumeration, replicas and hand."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

import pytest

from milpbft.automaton.pernode import local
from milpbft.automaton.pernode.guards import Guards
from milpbft.automaton.pernode.nodes import Nodes
from milpbft.automaton.pernode.traffic import Traffic
from milpbft.check.network import keeps
from milpbft.dbft.enumerate.explore import explore
from milpbft.dbft.instance import DbftInstance
from milpbft.dbft.model.strict import pernode_model
from milpbft.dbft.reference.reference import DbftReference
from milpbft.dbft.reference.rules import Rules
from milpbft.dbft.reference.v1.reference import Dbft1Reference
from milpbft.dbft.returns import ReturnRule
from milpbft.dbft.room import DBFT2
from milpbft.question.files import parse_instance
from milpbft.schedule import Decide, Timeout
from milpbft.sim.moves import Moves
from milpbft.sim.world import World
from milpbft.solve import solve
from solvers import solve as solve_problem
from tests.dbft.model.strict_runs import outcome, synchronous_run

if TYPE_CHECKING:
    from milpbft.sim.network import Packet


@pytest.mark.parametrize(
    ("suffix", "returns", "crashes", "views", "horizon"),
    [
        ("", ReturnRule.ANY_VIEW, 1, 1, 5),
        pytest.param("", ReturnRule.ANY_VIEW, 0, 2, 6, marks=pytest.mark.slow),
        pytest.param("-own-view", ReturnRule.OWN_VIEW, 0, 2, 8, marks=pytest.mark.slow),
        pytest.param("-agreement", ReturnRule.ANY_VIEW, 0, 2, 6, marks=pytest.mark.slow),
        pytest.param("", ReturnRule.ANY_VIEW, 1, 2, 6, marks=pytest.mark.slow),
    ],
)
def test_fewest_steps_are_those_of_the_enumeration(
    suffix: str, returns: ReturnRule, crashes: int, views: int, horizon: int
):
    """The enumeration runs replicas and shares no code with the encoding."""
    rules = Rules.of(4, returns=returns, agreement="agreement" in suffix)
    found = explore(rules, views=views, crashes=crashes)
    faults = f"-c{crashes}" if crashes else ""
    status, steps = outcome(f"dbft2-strict-n4-v{views}{faults}-t{horizon}-steps_lock{suffix}")
    assert (status == "infeasible") == (found.lock is None)
    assert steps == (found.lock.steps if found.lock else None)


@pytest.mark.parametrize(
    ("of", "sizes", "ticks"),
    [
        ("lock", "dbft2-strict-n4-v2-c1", 2),
        ("lock", "dbft2-strict-n4-v1-b1", 2),
        pytest.param("fork", "dbft2-strict-n7-v1-b3-e2", 3, marks=pytest.mark.slow),
        ("fork", "dbft1-strict-n4-v2", 5),
    ],
)
def test_the_earliest_tick_is_tight(of: str, sizes: str, ticks: int):
    """With that tick as horizon there is a run, with a tick less there is none."""
    name = f"{sizes}-t{{t}}-{{kind}}_{of}"
    assert outcome(name.format(t=ticks + 1, kind="ticks")) == ("optimal", ticks)
    assert outcome(name.format(t=ticks, kind="steps"))[0] == "optimal"
    assert outcome(name.format(t=ticks - 1, kind="steps"))[0] == "infeasible"


# ---- delays


DELAYS = [
    # A proposal by gst + delta, then three rounds of delta each.
    ("n4-v2-t14-delay_last-gst3-delta2-timer16", 11),
    ("n4-v2-t8-delay_last-gst0-delta1-timer8", 4),
    # The primary has crashed: asked by 6, entered by 7, proposed by 9, then three rounds.
    ("n4-v2-c1-t13-delay_first-gst0-delta1-timer6", 12),
]


@pytest.mark.parametrize(("name", "value"), DELAYS)
def test_delays_in_a_synchronous_network_by_hand(name: str, value: int):
    """The latest decision there is; the run keeps the deadlines."""
    assert outcome(f"dbft2-strict-{name}") == ("optimal", value)


@pytest.mark.parametrize(("name", "value"), DELAYS)
def test_no_random_run_decides_later(name: str, value: int):
    """Replicas under a seeded adversary of the same network; one of the runs is as late."""
    instance = parse_instance(f"dbft2-strict-{name}")
    assert isinstance(instance, DbftInstance)
    latest = 0
    for seed in range(120):
        schedule = synchronous_run(DbftReference, instance, seed)
        assert keeps(schedule, DBFT2.reference(schedule))
        ticks = [event.tick for event in schedule.events if isinstance(event, Decide)]
        assert ticks
        seen = min(ticks) if instance.objective.name == "delay_first" else max(ticks)
        assert seen <= value
        latest = max(latest, seen)
    assert latest == value


class Fixed:
    """Gives every message from each sender to each receiver a delay of its own."""

    name = "fixed delays"

    def __init__(self, delays: dict[tuple[str, int, int], int], proposal: int) -> None:
        self._delays = delays
        self._proposal = proposal

    def choose(self, tick: int, world: World[Any, Any]) -> Moves[Any]:
        """Deliver what is due, and let the primary propose at its tick."""

        def due(node: int, packet: Packet[Any]) -> bool:
            return packet.tick + self._delays[packet.kind, packet.sender, node] == tick

        deliveries = [
            (node, packet)
            for node in world.correct(tick)
            for packet in world.network.under_way(node, tick)
            if due(node, packet)
        ]
        return Moves(deliveries, [0] if tick == self._proposal else [])


@pytest.mark.slow
def test_the_longest_delay_is_that_of_all_integer_delays():
    """One view of dBFT 1.0, delays of one or two ticks, all 4096 of them, proposed at the latest.

    An earlier proposal shifts a run, nothing else, since the deadlines do not depend on the tick.
    """
    messages = [("PrepareRequest", 0, i) for i in (1, 2, 3)]
    messages += [("PrepareResponse", j, i) for j in (1, 2, 3) for i in range(4) if i != j]
    latest = 0
    for delays in product((1, 2), repeat=len(messages)):
        adversary = Fixed(dict(zip(messages, delays, strict=True)), proposal=2)
        reference = Dbft1Reference(Rules.of(4, agreement=False))
        run = World(reference, adversary, 8, recovery=False).run()
        ticks = [event.tick for event in run.schedule.events if isinstance(event, Decide)]
        assert len(ticks) == 4
        latest = max(latest, *ticks)
    name = "dbft1-strict-n4-v1-t10-delay_last-gst0-delta2-timer12"
    assert outcome(name) == ("optimal", latest)


# ---- networks, timers, gossip


@pytest.mark.parametrize(
    ("suffix", "status"),
    [
        ("t6-steps_lock-timer3", "optimal"),
        pytest.param("t6-steps_lock-reliable", "optimal", marks=pytest.mark.slow),
        ("t9-steps_lock-gst4-delta2-timer6", "optimal"),
        ("t1-steps_lock", "infeasible"),
    ],
)
def test_locks_in_networks_with_deadlines(suffix: str, status: str):
    """The lock after one crash needs no asynchrony: seven acts, whatever arrives by when."""
    value = 7 if status == "optimal" else None
    assert outcome(f"dbft2-strict-n4-v2-c1-{suffix}") == (status, value)


def test_timed_timers_wait_out_their_views():
    """With a timeout of six no timer of view 0 expires before tick 5."""
    result = solve(parse_instance("dbft2-strict-n4-v2-c1-t9-steps_lock-timer6"))
    assert result.schedule is not None
    asks = [
        event
        for event in result.schedule.events
        if isinstance(event, Timeout) and (event.node, event.view) != (0, 0)
    ]
    assert asks
    assert min(event.tick for event in asks) >= 5


def test_gossip_keeps_an_equivocating_primary_executable():
    """What is owed but refused is delivered all the same, and the replicas drop it."""
    assert outcome("dbft2-strict-n4-v1-b1-e2-t5-delay_last-gossip-gst0-delta1") == ("optimal", 6)


def test_names_say_the_network():
    """Names are parsed back, ticks, deadlines, timers and gossip included."""
    for name in (
        "dbft2-strict-n4-v2-c1-t12-steps_lock",
        "dbft2-strict-n4-v2-c1-t12-steps_lock-gst4-delta2-timer6",
        "dbft2-strict-n4-v2-t12-delay_first-reliable-gossip",
        "dbft2-strict-n4-v2-t12-ticks_lock-own-view-timer3",
    ):
        instance = parse_instance(name)
        assert (instance.name, instance.encoding) == (name, "compact")


# ---- mutants of the encoding


def mutated(name: str) -> tuple[str, int | None, str]:
    """Solve and replay without the pipeline; the last is the verdict of the replay."""
    instance = parse_instance(name)
    assert isinstance(instance, DbftInstance)
    model = pernode_model(instance)
    solution = solve_problem(model.problem, "cpsat")
    if solution.values is None:
        return solution.status, None, ""
    replayed = DBFT2.replay(model.schedule(solution.values, name))
    return solution.status, solution.objective, replayed.status


def test_nodes_that_sit_on_enabled_rules_delay_for_ever(monkeypatch: pytest.MonkeyPatch):
    """Without the row that they act, nobody has to decide, and the replay refutes it."""
    name = "dbft2-strict-n4-v1-t6-delay_last-gst0-delta1-timer8"
    assert mutated(name) == ("optimal", 4, "confirmed")
    monkeypatch.setattr(Guards, "prompt", lambda *_: False)
    assert mutated(name) == ("optimal", 7, "refuted")


def test_nodes_that_do_not_count_themselves_lock(monkeypatch: pytest.MonkeyPatch):
    """Without own messages there seems to be a lock of four correct nodes."""
    name = "dbft2-strict-n4-v2-t6-steps_lock"
    assert mutated(name)[0] == "infeasible"
    count = local._need
    monkeypatch.setattr(
        local, "_need", lambda atom, _, table, sizes: count(atom, frozenset(), table, sizes)
    )
    status, _, replayed = mutated(name)
    assert (status, replayed) == ("optimal", "refuted")


def test_messages_that_arrive_at_once_lock_too_early(monkeypatch: pytest.MonkeyPatch):
    """A delivery at the tick of the sending saves a tick."""
    name = "dbft2-strict-n4-v2-c1-t3-ticks_lock"
    assert mutated(name) == ("optimal", 2, "confirmed")
    sent = Traffic.sent
    monkeypatch.setattr(Traffic, "sent", lambda self, i, m, t: sent(self, i, m, t + 1))
    assert mutated(name) == ("optimal", 1, "refuted")


def test_timers_come_before_acts(monkeypatch: pytest.MonkeyPatch):
    """A node that acts before its timer expires at the same tick does what no replica does."""
    name = "dbft2-strict-n4-v2-t6-ticks_lock-own-view"
    assert mutated(name) == ("optimal", 5, "confirmed")
    monkeypatch.setattr(Nodes, "_come_first", lambda *_: None)
    assert mutated(name) == ("optimal", 3, "refuted")
