"""Guards over what one node was given: nodes that are lost, and dBFT 2.1 by tick."""

from __future__ import annotations

import pytest

from milpbft.automaton.pernode import encoding
from milpbft.automaton.pernode.guards import Guards
from milpbft.automaton.pernode.traffic import Traffic
from milpbft.check.network import keeps
from milpbft.dbft.instance import DbftInstance
from milpbft.dbft.model.strict import pernode_model
from milpbft.dbft.reference.v21.reference import Dbft21Reference
from milpbft.dbft.room import DBFT2, DBFT21
from milpbft.errors import InputError
from milpbft.question.files import parse_instance
from milpbft.schedule import Decide
from solvers import solve as solve_problem
from tests.dbft.model.strict_runs import outcome, synchronous_run

LOST = "committed-or-lost"
STATE = "4c0.3v1"


# ---- nodes that are lost, and the state of a live network


def test_the_state_of_a_live_network_takes_four_ticks():
    """Ticks 0 to 3, neo-go issue 2552; by tick 2 nobody gets there."""
    name = f"dbft2-strict-n7-v2-t{{t}}-{{kind}}_state-{LOST}-{STATE}"
    assert outcome(name.format(t=4, kind="ticks")) == ("optimal", 3)
    assert outcome(name.format(t=2, kind="steps"))[0] == "infeasible"


def mutated(name: str) -> tuple[str, int | None, str]:
    """Solve and replay without the pipeline; the last is the verdict of the replay."""
    instance = parse_instance(name)
    assert isinstance(instance, DbftInstance)
    model = pernode_model(instance)
    solution = solve_problem(model.problem, "cpsat")
    if solution.values is None:
        return solution.status, None, ""
    room = DBFT21 if instance.protocol == "dbft21" else DBFT2
    replayed = room.replay(model.schedule(solution.values, name))
    return solution.status, solution.objective, replayed.status


def test_a_node_that_committed_is_not_only_heard(monkeypatch: pytest.MonkeyPatch):
    """Without commits as excuses, nodes that were heard keep others from returning."""
    name = f"dbft2-strict-n4-v2-c1-t6-steps_lock-{LOST}"
    assert mutated(name) == ("optimal", 7, "confirmed")
    monkeypatch.setattr(Traffic, "excusing", lambda *_: [])
    assert mutated(name)[2] == "refuted"


# ---- dBFT 2.1 by tick


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("n4-v1-t6-ticks_lock", 3),
        pytest.param("n4-v2-b1-t4-ticks_lock", 1, marks=pytest.mark.slow),
        pytest.param("n4-v2-t10-ticks_fork", 8, marks=pytest.mark.slow),
        pytest.param("n4-v2-b1-t8-ticks_fork", 4, marks=pytest.mark.slow),
        pytest.param("n7-v2-t5-ticks_lock", 3, marks=pytest.mark.slow),
        pytest.param("n4-v2-t14-ticks_lock-gst4-delta2-timer6", 7, marks=pytest.mark.slow),
    ],
)
def test_the_earliest_tick_is_tight(name: str, value: int):
    """With that tick as horizon there is a run, with a tick less, 1 at least, there is none."""
    assert outcome(f"dbft21-strict-{name}") == ("optimal", value)
    sizes, rest = name.split("-t", 1)
    of = rest.split("_", 1)[1]
    for horizon in range(max(value - 1, 1), value + 1):
        status = "optimal" if horizon == value else "infeasible"
        assert outcome(f"dbft21-strict-{sizes}-t{horizon}-steps_{of}")[0] == status


DELAYS = [
    ("n4-v2-t8-delay_first-gst0-delta1-timer6", 4),
    pytest.param("n4-v2-c1-t13-delay_first-gst0-delta1-timer6", 12, marks=pytest.mark.slow),
]


@pytest.mark.parametrize(("name", "value"), DELAYS)
def test_delays_of_dbft21_by_hand(name: str, value: int):
    """As in dBFT 2.0: M nodes that sent a ChangeView1 leave the view at once."""
    assert outcome(f"dbft21-strict-{name}") == ("optimal", value)


@pytest.mark.parametrize(("name", "value"), DELAYS)
def test_no_random_run_of_dbft21_decides_later(name: str, value: int):
    """Replicas under a seeded adversary of the same network; one of the runs is as late."""
    instance = parse_instance(f"dbft21-strict-{name}")
    assert isinstance(instance, DbftInstance)
    latest = 0
    for seed in range(120):
        schedule = synchronous_run(Dbft21Reference, instance, seed, again="true")
        assert keeps(schedule, DBFT21.reference(schedule))
        latest = max(latest, min(e.tick for e in schedule.events if isinstance(e, Decide)))
        assert latest <= value
    assert latest == value


@pytest.mark.slow
def test_without_renewed_timers_a_view_can_stand_still(monkeypatch: pytest.MonkeyPatch):
    """Where no timer is ever overdue, delays are for ever, and the check of the network says so."""
    name = "dbft21-strict-n4-v2-t11-delay_first-gst0-delta1-timer3"
    assert mutated(name) == ("optimal", 10, "confirmed")
    monkeypatch.setattr(encoding, "add_renewals", lambda *_: None)
    assert mutated(name) == ("optimal", 12, "refuted")


def test_nodes_of_dbft21_that_sit_on_enabled_rules_lock_otherwise(monkeypatch: pytest.MonkeyPatch):
    """Without the row that they act, the replay refutes the lock."""
    name = "dbft21-strict-n4-v2-t6-ticks_lock"
    assert mutated(name) == ("optimal", 3, "confirmed")
    monkeypatch.setattr(Guards, "prompt", lambda *_: False)
    assert mutated(name)[2] == "refuted"


# ---- names, and what is refused


def test_names_say_ticks():
    """Names are parsed back."""
    for name in (
        f"dbft2-strict-n7-v2-t5-ticks_state-{LOST}-{STATE}",
        "dbft21-strict-n4-v2-c1-t13-delay_first-gst0-delta1-timer6",
    ):
        instance = parse_instance(name)
        assert (instance.name, instance.encoding) == (name, "compact")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        (f"dbft2-strict-n4-v2-t6-steps_lock-{LOST}-gossip", "no word from its sender"),
        ("dbft21-strict-n4-v2-t6-steps_lock-pool", "no pool"),
        ("dbft21-strict-n4-v2-t6-steps_lock-agreement", "no agreement"),
    ],
)
def test_what_cannot_be_said_is_refused_with_a_reason(name: str, reason: str):
    """In one line."""
    with pytest.raises(InputError, match=reason):
        parse_instance(name)
