"""dBFT 1.0: blocks at M preparations, and the fork that follows from it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from milpbft.check.replay import Replay, replay
from milpbft.dbft.reference.context import Context
from milpbft.dbft.reference.messages import (
    ChangeView,
    Commit,
    Envelope,
    Payload,
    PrepareResponse,
    propose,
    seal,
)
from milpbft.dbft.reference.replica import GENESIS, Replica
from milpbft.dbft.reference.rules import Rules
from milpbft.dbft.reference.v1.reference import Dbft1Reference
from milpbft.dbft.reference.v1.replica import LenientReplica1, Replica1
from milpbft.errors import InputError
from milpbft.schedule import Decide, Deliver, Event, Schedule, Send, Timeout
from milpbft.sim.adversary import RandomAdversary, ScriptedAdversary
from milpbft.sim.faults import Faults
from milpbft.sim.network import Log
from milpbft.sim.signatures import KeyRing
from milpbft.sim.world import World

KEYS = KeyRing(7)
RULES = Rules.of(4, agreement=False)
REQUEST = propose(1, GENESIS, 0, 0)
BACKUPS = (1, 2, 3)


def replica(node: int = 1, kind: type[Replica1] = Replica1) -> Replica1:
    return kind(node, RULES, KEYS)


def response(node: int, view: int = 0) -> PrepareResponse:
    return PrepareResponse(1, view, node, request=propose(1, GENESIS, view, view).digest)


def change_view(node: int, view: int = 0) -> ChangeView:
    return ChangeView(1, view, node, new_view=view + 1)


def give(node: Replica, *messages: Payload | Envelope) -> list[str]:
    """Hand over messages, let the node act, and return the kinds of what it sends."""
    for message in messages:
        node.on_message(message if isinstance(message, Envelope) else seal(message, KEYS))
    node.act()
    kinds = [envelope.payload.kind for envelope in node.outbox]
    node.outbox.clear()
    return kinds


def expire(node: Replica) -> list[str]:
    node.on_timer()
    return give(node)


def test_m_preparations_are_a_block():
    """A backup responds, and accepts with one more response; nobody commits."""
    backup = replica()
    assert give(backup, REQUEST) == ["PrepareResponse"]
    assert not backup.done
    assert give(backup, response(2)) == []
    assert backup.decision is not None
    assert (backup.decision.view, backup.decision.block) == (0, REQUEST.block)


def test_who_gets_all_at_once_responds_before_it_accepts():
    """Three preparations of others suffice, but the node's own is sent all the same."""
    backup = replica()
    assert give(backup, response(2), response(3)) == []
    assert give(backup, REQUEST) == ["PrepareResponse"]
    assert backup.done


def test_the_primary_accepts_at_two_responses():
    """Its request is its own preparation."""
    primary = replica(0)
    assert expire(primary) == ["PrepareRequest"]
    assert give(primary, response(1)) == []
    assert not primary.done
    assert give(primary, response(3)) == []
    assert primary.done


def test_a_node_in_view_change_is_silent_and_accepts_nothing():
    """Whether it prepared before it asked or not, it waits for the next view."""
    backup = replica()
    assert expire(backup) == ["ChangeView"]
    assert give(backup, REQUEST, response(2), response(3)) == []
    assert not backup.done
    prepared = replica()
    assert give(prepared, REQUEST) == ["PrepareResponse"]
    assert expire(prepared) == ["ChangeView"]
    assert give(prepared, response(2)) == []
    assert not prepared.done


def test_a_lenient_node_responds_and_accepts_in_view_change():
    """As production did: a change view silences nobody there."""
    backup = replica(kind=LenientReplica1)
    assert expire(backup) == ["ChangeView"]
    assert give(backup, REQUEST) == ["PrepareResponse"]
    assert give(backup, response(2)) == []
    assert backup.done


def test_a_node_that_responded_changes_its_view():
    """Nothing locks it: it asks, moves at M change views, and prepares again."""
    backup = replica()
    give(backup, REQUEST)
    assert expire(backup) == ["ChangeView"]
    assert expire(backup) == ["RecoveryRequest"]
    assert give(backup, change_view(2)) == []
    assert backup.view == 0
    assert give(backup, change_view(3)) == []
    assert backup.view == 1
    assert expire(backup) == ["PrepareRequest"]


def test_a_done_node_does_nothing_more():
    """No timer and no change view moves it; who asks for a view change is told what it knows."""
    backup = replica()
    give(backup, REQUEST, response(2))
    assert expire(backup) == []
    assert give(backup, change_view(0), change_view(2), change_view(3)) == ["RecoveryMessage"]
    assert backup.view == 0


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (Envelope(REQUEST, bytes(64)), "forged signature"),
        (Commit(1, 0, 2, signature=KEYS.sign(2, REQUEST.header)), "wrong kind"),
        (replace(REQUEST, sender=2), "wrong sender"),
        (response(0), "wrong sender"),
        (replace(response(2), request=bytes(32)), "other proposal"),
        (response(3), "duplicate"),
    ],
)
def test_what_is_not_valid_is_dropped_and_counted(message: Payload | Envelope, reason: str):
    """A bad message leaves a node that is one preparation short of a block where it is."""
    backup = Replica1(1, replace(RULES, prepare_quorum=4), KEYS)
    give(backup, REQUEST, response(3))
    assert give(backup, message) == []
    assert backup.dropped == {reason: 1}
    assert not backup.done
    give(backup, response(2))
    assert backup.done


def test_a_late_node_recovers_a_block():
    """What a done node answers holds the preparations that made its block."""
    helper = replica(3)
    give(helper, REQUEST, response(1))
    late = replica(2)
    assert expire(late) == ["ChangeView"]
    helper.on_message(seal(change_view(2), KEYS))
    helper.act()
    fresh = replica(0, LenientReplica1)
    give(fresh, *helper.outbox)
    assert fresh.done


def heard(tick: int, kind: str, view: int, senders: tuple[int, ...], *nodes: int) -> list[Event]:
    return [Deliver(tick, i, j, kind, view) for i in nodes for j in senders if i != j]


def sent(tick: int, kind: str, view: int, *nodes: int) -> list[Event]:
    return [Send(tick, node, kind, view) for node in nodes]


def fork() -> list[Event]:
    """Node 0 has a block of view 0 of which nobody else knows; the others make one of view 1."""
    return [
        Timeout(0, 0, 0),
        *sent(0, "PrepareRequest", 0, 0),
        *heard(1, "PrepareRequest", 0, (0,), 1, 2),
        *sent(1, "PrepareResponse", 0, 1, 2),
        *heard(2, "PrepareResponse", 0, (1, 2), 0),
        Decide(2, 0, 0),
        *(Timeout(2, node, 0) for node in BACKUPS),
        *sent(2, "ChangeView", 0, *BACKUPS),
        *heard(3, "ChangeView", 0, BACKUPS, *BACKUPS),
        Timeout(4, 1, 1),
        *sent(4, "PrepareRequest", 1, 1),
        *heard(5, "PrepareRequest", 1, (1,), 2, 3),
        *sent(5, "PrepareResponse", 1, 2, 3),
        *heard(6, "PrepareResponse", 1, (2, 3), *BACKUPS),
        *(Decide(6, node, 1) for node in BACKUPS),
    ]


def schedule(events: list[Event], byzantine: tuple[int, ...] = ()) -> Schedule:
    return Schedule("dbft1", 4, byzantine, (0, 1), tuple(events), horizon=8)


@pytest.mark.parametrize("kind", [Replica1, LenientReplica1])
def test_four_correct_nodes_fork(kind: type[Replica1]):
    """No node is faulty and no message lost for ever, yet two blocks of one height are accepted."""
    run = Replay(schedule(fork()), Dbft1Reference(RULES, replica=kind))
    assert run.run()
    blocks = [node.decision.block for node in run.replicas.values() if node.decision]
    assert len(blocks) == 4
    assert blocks[0] not in blocks[1:]
    assert len(set(blocks)) == 2


def test_the_world_forks_by_the_same_script():
    """Deliveries and expiries of the fork bring the world to two blocks, event by event."""
    ticks = range(8)
    script = ScriptedAdversary(
        {t: [(e.node, e.sender, e.kind, e.view) for e in fork()
             if isinstance(e, Deliver) and e.tick == t] for t in ticks},
        {t: [e.node for e in fork() if isinstance(e, Timeout) and e.tick == t] for t in ticks},
    )  # fmt: skip
    run = World(Dbft1Reference(RULES), script, 8).run()
    assert len(run.blocks) == 2
    assert set(run.schedule.events) == set(fork())


@pytest.mark.parametrize("missing", [Send(1, 2, "PrepareResponse", 0), Decide(2, 0, 0)])
def test_a_schedule_that_leaves_something_out_is_refuted(missing: Event):
    """Silence is compared too: what a replica sends or accepts must be in the schedule."""
    events = [event for event in fork() if event != missing]
    assert replay(schedule(events), Dbft1Reference(RULES)).status == "refuted"


class Commits(Replica1):
    """A mutant that has the commit phase of dBFT 2.0."""

    knowledge = Context
    _steps = Replica._steps
    _accept = Replica._accept


class Deaf(Replica1):
    """A mutant that accepts blocks in view change only."""

    def _takes_part(self):
        return self.context.view_changing


@pytest.mark.parametrize(
    "mutant",
    [
        Dbft1Reference(RULES, replica=Commits),
        Dbft1Reference(RULES, replica=Deaf),
        Dbft1Reference(replace(RULES, prepare_quorum=2)),
        Dbft1Reference(replace(RULES, prepare_quorum=4)),
        Dbft1Reference(replace(RULES, view_quorum=2)),
        Dbft1Reference(replace(RULES, view_quorum=4)),
    ],
)
def test_mutants_are_caught(mutant: Dbft1Reference):
    """Each of them does something else than the fork has it do."""
    partial = [
        Timeout(0, 0, 0),
        *sent(0, "PrepareRequest", 0, 0),
        *(Timeout(1, node, 0) for node in (2, 3)),
        *sent(1, "ChangeView", 0, 2, 3),
        *heard(2, "ChangeView", 0, (2, 3), 1),
        *heard(3, "PrepareRequest", 0, (0,), 1),
        *sent(3, "PrepareResponse", 0, 1),
    ]
    assert replay(schedule(partial), Dbft1Reference(RULES))
    verdicts = [replay(schedule(events), mutant).status for events in (fork(), partial)]
    assert "refuted" in verdicts


def test_a_byzantine_block_needs_m_preparations():
    """Node 3 may show a block of view 1 once three nodes have prepared it, and not before."""
    events = [event for event in fork() if event != Decide(6, 3, 1)]
    assert replay(schedule([*events, Decide(7, 3, 1)], byzantine=(3,)), Dbft1Reference(RULES))
    early = replay(schedule([*events, Decide(4, 3, 1)], byzantine=(3,)), Dbft1Reference(RULES))
    assert "no certificate" in early.reason


def test_byzantine_nodes_cannot_commit():
    """There is no such message."""
    with pytest.raises(InputError, match="kind"):
        Dbft1Reference(RULES).forge(0, "Commit", 0, Log())


@pytest.mark.parametrize("recovery", [True, False])
@pytest.mark.parametrize("n", [4, 7])
@pytest.mark.parametrize("seed", range(4))
def test_a_recorded_run_replays(seed: int, n: int, recovery: bool):
    """Random runs with a Byzantine and a crashing node are confirmed by the replay."""
    rules = Rules.of(n, agreement=bool(seed % 2))
    faults = Faults(frozenset({1}), {2: 12})
    adversary = RandomAdversary(seed, expire=0.15, values=2)
    run = World(Dbft1Reference(rules), adversary, 40, faults=faults, recovery=recovery).run()
    assert replay(run.schedule, Dbft1Reference(rules))
