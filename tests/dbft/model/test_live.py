"""A state that a live network was in (neo-go issue 2552), and the rule that lets nodes get there.

Seven nodes, all up: four committed at view 0, three in view 1, and nothing more happens.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from milpbft.check.replay import Replay
from milpbft.dbft.instance import DbftInstance
from milpbft.dbft.reference.reference import DbftReference
from milpbft.dbft.reference.rules import Rules
from milpbft.dbft.returns import ReturnRule
from milpbft.dbft.room import DBFT2 as ROOM
from milpbft.errors import InputError
from milpbft.question.files import parse_instance
from milpbft.schedule import Deliver, Event, Fault, Schedule, Send, Timeout
from milpbft.schedule.compression import compressed
from milpbft.solve import replay_schedule, solve

if TYPE_CHECKING:
    from milpbft.dbft.reference.replica import Replica

REQUEST, RESPONSE, COMMIT, CHANGE = "PrepareRequest", "PrepareResponse", "Commit", "ChangeView"
RECOVERY = "RecoveryMessage"
LOST = "committed-or-lost"
STATE = "4c0.3v1"


def sent(tick: int, kind: str, *nodes: int) -> list[Event]:
    return [Send(tick, node, kind, 0) for node in nodes]


def heard(tick: int, kind: str, senders: tuple[int, ...], *nodes: int) -> list[Event]:
    return [Deliver(tick, i, j, kind, 0) for i in nodes for j in senders if i != j]


def asked(tick: int, kind: str, *nodes: int) -> list[Event]:
    """Timers of nodes expire, and each of the nodes sends a message."""
    return [*(Timeout(tick, node, 0) for node in nodes), *sent(tick, kind, *nodes)]


def schedule(n: int, *parts: list[Event]) -> Schedule:
    events = tuple(event for part in parts for event in part)
    horizon = max(event.tick for event in events)
    settings = {"returns": LOST, "agreement": "false"}
    return Schedule("dbft2", n, (), (0, 1), events, horizon, settings=settings)


def quick() -> Schedule:
    """Nodes 5 and 6 ask before they hear of anybody, and return by a commit and two lost nodes."""
    return schedule(
        7,
        asked(1, REQUEST, 0),
        asked(1, CHANGE, 5, 6),
        heard(2, REQUEST, (0,), 1, 2, 3, 4),
        sent(2, RESPONSE, 1, 2, 3, 4),
        heard(3, RESPONSE, (1, 2, 3, 4), 1, 2),
        sent(3, COMMIT, 1, 2),
        asked(3, CHANGE, 0, 3, 4),
        heard(4, REQUEST, (0,), 5, 6),
        heard(4, RESPONSE, (1, 2, 3), 5, 6),
        heard(4, COMMIT, (1,), 5, 6),
        sent(4, RESPONSE, 5, 6),
        sent(4, COMMIT, 5, 6),
        heard(4, CHANGE, (0, 3, 4, 5, 6), 0, 3, 4),
    )


def together() -> Schedule:
    """Timers expire as the fifth preparation arrives: five nodes ask, and one commits."""
    backups = (1, 3, 4, 5)
    return schedule(
        7,
        asked(1, REQUEST, 0),
        heard(2, REQUEST, (0,), *backups),
        sent(2, RESPONSE, *backups),
        heard(3, RESPONSE, backups, 0, *backups, 6),
        sent(3, COMMIT, 4),
        asked(3, CHANGE, 0, 1, 3, 5, 6),
        heard(4, COMMIT, (4,), 1, 3, 5),
        sent(4, COMMIT, 1, 3, 5),
        heard(4, CHANGE, (0, 1, 3, 5, 6), 0, 2, 6),
    )


def production() -> Schedule:
    """Whoever asks has heard of five nodes, as production wants; a recovery message tells the rest.

    Nodes 5 and 6 never hear of the primary itself: node 1, which committed, sends them what it has.
    """
    return schedule(
        7,
        asked(1, REQUEST, 0),
        heard(2, REQUEST, (0,), 1, 2, 3, 4),
        sent(2, RESPONSE, 1, 2, 3, 4),
        heard(3, RESPONSE, (1, 2, 3, 4), 1, 2, 5, 6),
        sent(3, COMMIT, 1, 2),
        asked(3, CHANGE, 5, 6),
        heard(4, RESPONSE, (4,), 3),
        heard(4, RESPONSE, (3,), 4, 0),
        heard(4, RESPONSE, (4,), 0),
        heard(4, CHANGE, (5, 6), 0, 3, 4),
        asked(4, CHANGE, 0, 3, 4),
        heard(4, CHANGE, (5,), 1),
        sent(4, RECOVERY, 1),
        heard(5, RECOVERY, (1,), 5, 6),
        sent(5, RESPONSE, 5, 6),
        sent(5, COMMIT, 5, 6),
        heard(5, CHANGE, (0, 3, 4), 0, 3, 4),
    )


def small() -> Schedule:
    """The same with four nodes: 1 and 3 committed at view 0, 0 and 2 in view 1."""
    return schedule(
        4,
        asked(1, REQUEST, 0),
        heard(2, REQUEST, (0,), 1, 2),
        sent(2, RESPONSE, 1, 2),
        heard(3, RESPONSE, (1, 2), 1, 3),
        sent(3, COMMIT, 1),
        asked(3, CHANGE, 3),
        heard(4, CHANGE, (3,), 0, 2, 1),
        sent(4, RECOVERY, 1),
        asked(4, CHANGE, 2),
        heard(5, RECOVERY, (1,), 3),
        sent(5, RESPONSE, 3),
        sent(5, COMMIT, 3),
        heard(5, CHANGE, (2,), 0),
        asked(5, CHANGE, 0),
        heard(6, CHANGE, (0, 3), 2),
    )


def replayed(what: Schedule, rule: ReturnRule = ReturnRule.COMMITTED_OR_LOST, **more: bool):
    """Replay a schedule under a rule."""
    rules = Rules.of(what.n, primaries=what.primaries, returns=rule, agreement=False, **more)
    found = Replay(what, DbftReference(rules))
    verdict = found.run()
    assert verdict, verdict
    return found


def settle(found) -> dict[int, Replica]:
    """Deliver everything that nodes say again and again, timers expiring in between."""
    replicas = {i: node for i, node in found.replicas.items() if found.runs_own_code(i)}
    news = [packet.envelope for packet in found._log]
    for _ in range(4):
        for node in replicas.values():
            for envelope in news:
                if envelope.payload.sender != node.node:
                    node.on_message(envelope)
            node.act()
        for node in replicas.values():
            node.on_timer()
            node.act()
        news = [envelope for node in replicas.values() for envelope in node.outbox]
        for node in replicas.values():
            node.outbox.clear()
    return replicas


def where(replicas: dict[int, Replica]) -> list[tuple[int | None, int, bool]]:
    return [(node.committed_view, node.view, node.done) for node in replicas.values()]


def state(replicas: dict[int, Replica]) -> str:
    """Write the state as instances do."""
    committed = sum(node.committed_view == 0 for node in replicas.values())
    moved = sum(node.view == 1 and not node.locked for node in replicas.values())
    return f"{committed}c0.{moved}v1"


@pytest.mark.parametrize(("suffix"), ["-never", "-own-view", ""])
def test_no_rule_over_commits_alone_leads_there(suffix: str):
    """Five asked, two of them committed: the first of those to return knew of two commits."""
    instance = parse_instance(f"dbft2-strict-n7-v2-steps_state{suffix}-{STATE}")
    assert solve(instance).solution.status == "infeasible"


def test_counting_lost_nodes_leads_there():
    """Twenty acts, and no fewer; the replicas do them and stand still."""
    result = solve(parse_instance(f"dbft2-strict-n7-v2-steps_state-{LOST}-{STATE}"))
    assert (result.solution.status, result.solution.objective) == ("optimal", 20)
    assert result.schedule is not None
    found = Replay(result.schedule, ROOM.reference(result.schedule))
    assert found.run()
    assert state(dict(found.replicas)) == STATE


@pytest.mark.parametrize(
    ("make", "patient", "ticks", "end"),
    [
        (quick, False, 4, STATE),
        (together, True, 4, STATE),
        (production, True, 5, STATE),
        (small, True, 6, "2c0.2v1"),
    ],
)
def test_runs_that_lead_there(make, patient: bool, ticks: int, end: str):
    """In four ticks; and where a node asks only if at most f others are lost to it.

    Four ticks are the fewest, which ``test_pernode_given.py`` proves: request, responses, the first
    commit, and the commit of a node that returned take one each.
    """
    found = replayed(make(), patient=patient)
    before = where(dict(found.replicas))
    assert state(dict(found.replicas)) == end
    replicas = settle(found)
    assert where(replicas) == before
    assert not any(node.context.lost for node in replicas.values() if not node.locked)
    assert compressed(make()).horizon == make().horizon == ticks


def test_a_silent_crashed_node_stays_lost():
    """One node committed, one crashed without a word, two in view change: the rule's purpose.

    Commits of any view alone leave the two there for ever.
    """
    what = schedule(
        4,
        [Fault(1, 3, "crash")],
        asked(1, REQUEST, 0),
        heard(2, REQUEST, (0,), 1, 2),
        sent(2, RESPONSE, 1, 2),
        heard(3, RESPONSE, (2,), 1),
        sent(3, COMMIT, 1),
        asked(3, CHANGE, 0, 2),
    )
    for rule, done in ((ReturnRule.ANY_VIEW, False), (ReturnRule.COMMITTED_OR_LOST, True)):
        replicas = settle(replayed(what, rule))
        assert {node.done for node in replicas.values()} == {done}


def test_patience_forbids_the_quick_run():
    """With timers of production nodes 5 and 6 would ask for recovery, not for a view."""
    rules = Rules.of(
        7, primaries=(0, 1), returns=ReturnRule.COMMITTED_OR_LOST, agreement=False, patient=True
    )
    verdict = Replay(quick(), DbftReference(rules)).run()
    assert "node 5 sends ChangeView" in verdict.reason


@pytest.mark.parametrize("rule", [ReturnRule.ANY_VIEW, ReturnRule.OWN_VIEW, ReturnRule.NEVER])
@pytest.mark.parametrize("make", [quick, production, small])
def test_other_rules_refute_these_runs(rule: ReturnRule, make):
    """It takes lost nodes to return."""
    settings = {"returns": rule.value, "agreement": "false"}
    assert replay_schedule(replace(make(), settings=settings)).status == "refuted"


LOCKS = [
    ("dbft2-strict-n4-v2-steps_lock-committed-or-lost", 12),
    ("dbft2-strict-n100-v2-steps_lock-committed-or-lost", 268),
    ("dbft2-strict-n4-v2-undecided-committed-or-lost", 4),
    ("dbft2-strict-n4-v2-c1-undecided-committed-or-lost", 4),
    ("dbft2-strict-n4-v2-b1-undecided-committed-or-lost", 3),
    ("dbft2-strict-n4-v2-b1-e2-forks-committed-or-lost", 1),
]


@pytest.mark.parametrize(("name", "value"), LOCKS)
def test_correct_nodes_lock_where_lost_ones_count(name: str, value: int):
    """Without any fault, unlike with commits of any view; safety is not touched."""
    result = solve(parse_instance(name))
    assert (result.solution.status, result.solution.objective) == ("optimal", value)
    verdict = result.verdict("replay")
    assert verdict, verdict


def test_a_state_is_part_of_the_name():
    """It comes last, and goes with an objective of a state, of dBFT 2.0, and modelled views."""
    name = f"dbft2-strict-n7-v2-faults_state-{LOST}-nofetch-{STATE}"
    instance = parse_instance(name)
    assert isinstance(instance, DbftInstance)
    assert (instance.name, instance.state, instance.fetch) == (name, STATE, False)
    for wrong in (
        "dbft2-strict-n7-v2-steps_state",
        f"dbft2-strict-n7-v2-steps_lock-{STATE}",
        f"dbft2-strict-n7-v1-steps_state-{STATE}",
        f"dbft21-strict-n7-v2-steps_state-{STATE}",
        f"dbft2-strict-n7-v2-ticks_state-{LOST}-{STATE}",
    ):
        with pytest.raises(InputError):
            parse_instance(wrong)
