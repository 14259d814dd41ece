"""A client of the PBFT family, and how replicas treat clients."""

from __future__ import annotations

import pytest

from milpbft.pbft.reference.client import Client
from milpbft.pbft.reference.ledger import follow
from milpbft.pbft.reference.messages import (
    NULL,
    Commit,
    Envelope,
    Prepare,
    PrePrepare,
    Reply,
    seal,
)
from milpbft.pbft.reference.pbft import PbftReplica
from milpbft.pbft.reference.rules import Rules
from milpbft.pbft.reference.shares import STATE, ExecuteAck, statement
from milpbft.pbft.reference.threshold import ShareSets
from tests.pbft.reference.hearing import KEYS, give

RULES = Rules.of(4)
PROOFS = ShareSets(KEYS, {STATE: 2})
RESULT = bytes(range(32))


def client() -> Client:
    made = Client(9, RULES, KEYS, PROOFS)
    made.submit(b"pay")
    return made


def reply(node: int, *, result: bytes = RESULT, view: int = 0, timestamp: int = 1) -> Envelope:
    return seal(Reply(node, view, 9, timestamp, result), KEYS)


def hear(listener: Client, *envelopes: Envelope) -> None:
    for envelope in envelopes:
        listener.on_message(envelope)


def test_f_plus_one_equal_replies_convince():
    """One may be a liar's, and one node counts once."""
    asker = client()
    hear(asker, reply(0), reply(0), reply(1, result=NULL))
    assert asker.waits
    hear(asker, reply(2))
    assert asker.accepted == [RESULT]
    assert not asker.waits


def test_foreign_old_and_forged_replies_do_not_count():
    """Of another request, with another's signature, of a node that does not exist."""
    asker = client()
    foreign = seal(Reply(1, 0, 8, 1, RESULT), KEYS)
    forged = Envelope(reply(1).payload, reply(2).signature)
    hear(asker, reply(1, timestamp=2), foreign, forged, reply(7), reply(0))
    assert asker.waits


def test_requests_go_to_the_primary_and_after_a_while_to_all():
    """The primary is that of the view that the last replies told of, as far as it is safe."""
    asker = client()
    assert [goal for goal, _ in asker.outbox] == [0]
    asker.on_timer()
    assert [goal for goal, _ in asker.outbox] == [0, None]
    hear(asker, reply(0, view=9), reply(2, view=5))
    asker.on_timer()
    asker.submit(b"again")
    assert asker.outbox[-1][0] == RULES.primary(5)
    with pytest.raises(RuntimeError):
        asker.submit(b"too soon")


def executed(state: bytes, sequence: int = 3, *, nodes: int = 2) -> bytes:
    """Return an execution certificate with shares of some nodes."""
    said = statement(0, sequence, state)
    shares = [(node, PROOFS.share(STATE, node, said)) for node in range(nodes)]
    return PROOFS.combine(STATE, shares)


def test_an_execution_certificate_convinces_alone():
    """If it verifies: f + 1 nodes got to the state."""
    asker = client()
    state = follow(RESULT, asker.outbox[0][1].payload.fingerprint)
    good = executed(state)
    hear(asker, seal(ExecuteAck(0, 9, 1, 3, state, executed(state, nodes=1), RESULT), KEYS))
    hear(asker, seal(ExecuteAck(0, 9, 1, 4, state, good, RESULT), KEYS))
    assert asker.waits
    hear(asker, seal(ExecuteAck(0, 9, 1, 3, state, good, RESULT), KEYS))
    assert asker.accepted == [state]


def test_an_execution_certificate_of_another_request_convinces_nobody():
    """A lying collector shows a state that was really reached, by executing something else."""
    asker = client()
    other = follow(RESULT, NULL)
    hear(asker, seal(ExecuteAck(0, 9, 1, 3, other, executed(other), RESULT), KEYS))
    hear(asker, seal(ExecuteAck(0, 9, 1, 3, RESULT, executed(RESULT), RESULT), KEYS))
    assert asker.waits


def test_a_backup_relays_a_request_once_and_times_the_primary():
    """A request that it hears of starts its timer; the primary proposes it."""
    request = client().outbox[0][1]
    backup = PbftReplica(1, RULES, KEYS, PROOFS)
    assert not backup.timer_runs
    assert give(backup, request) == ["Request"]
    assert backup.timer_runs
    assert give(backup, request) == []
    assert backup.dropped == {"duplicate": 1}
    assert give(PbftReplica(0, RULES, KEYS, PROOFS), request) == ["PrePrepare"]


def test_a_request_that_was_executed_is_answered_again():
    """A retransmission gets the reply of then, and is not ordered again."""
    request = client().outbox[0][1]
    digest = request.payload.fingerprint
    backup = PbftReplica(1, RULES, KEYS, PROOFS)
    about = (0, 1, digest)
    give(backup, PrePrepare(0, *about, request), Prepare(2, *about))
    give(backup, Commit(2, *about), Commit(3, *about))
    first = backup.replies.pop()
    assert give(backup, request) == []
    assert backup.replies == [first]
    assert not backup.ledger.waiting


def test_requests_of_nodes_are_no_requests():
    """A replica signs votes, and clients sign requests."""
    backup = PbftReplica(1, RULES, KEYS, PROOFS)
    asker = Client(2, RULES, KEYS, PROOFS)
    asker.submit(b"pay")
    assert give(backup, asker.outbox[0][1]) == []
    assert backup.dropped == {"wrong sender": 1}
