"""Handmade dBFT 2.1 nodes in each phase, and messages to give them."""

from __future__ import annotations

from milpbft.dbft.reference.messages import (
    ChangeView,
    ChangeView1,
    ChangeView2,
    ChangeView3,
    Commit,
    Envelope,
    Payload,
    PrepareResponse,
    propose,
    seal,
)
from milpbft.dbft.reference.replica import GENESIS
from milpbft.dbft.reference.rules import Rules
from milpbft.dbft.reference.v21.context import Phase, Stage
from milpbft.dbft.reference.v21.replica import Replica21
from milpbft.sim.signatures import KeyRing

KEYS = KeyRing(7)
REQUEST = propose(1, GENESIS, 0, 0)
HELP = "RecoveryRequest"
"""What an expiry brings where no change view is enabled."""


def replica(node: int = 1, n: int = 4) -> Replica21:
    return Replica21(node, Rules.of(n), KEYS)


def response(node: int, view: int = 0) -> PrepareResponse:
    return PrepareResponse(1, view, node, request=propose(1, GENESIS, view, view).digest)


def commit(node: int, view: int = 0) -> Commit:
    header = propose(1, GENESIS, view, view).header
    return Commit(1, view, node, signature=KEYS.sign(node, header))


def ask(stage: Stage, node: int, view: int = 0) -> ChangeView:
    return stage(1, view, node, new_view=view + 1)


def cv1(node: int, view: int = 0) -> ChangeView:
    return ask(ChangeView1, node, view)


def cv2(node: int, view: int = 0) -> ChangeView:
    return ask(ChangeView2, node, view)


def cv3(node: int, view: int = 0) -> ChangeView:
    return ask(ChangeView3, node, view)


def give(node: Replica21, *messages: Payload | Envelope) -> list[str]:
    """Hand over messages, let the node act, and return the kinds of what it sends."""
    for message in messages:
        node.on_message(message if isinstance(message, Envelope) else seal(message, KEYS))
    node.act()
    kinds = [envelope.payload.kind for envelope in node.outbox]
    node.outbox.clear()
    return kinds


def expire(node: Replica21) -> list[str]:
    node.on_timer()
    return give(node)


def in_cv1(node: int = 1, n: int = 4) -> Replica21:
    backup = replica(node, n)
    assert expire(backup) == ["ChangeView1"]
    return backup


def prepared(node: int = 1, n: int = 4) -> Replica21:
    backup = replica(node, n)
    assert give(backup, REQUEST) == ["PrepareResponse"]
    return backup


def in_cv2(node: int = 1) -> Replica21:
    """Return a backup of four that prepared, heard of one ChangeView1 and expired."""
    backup = prepared(node)
    give(backup, cv1(3))
    assert expire(backup) == ["ChangeView2"]
    return backup


def committed(node: int = 1) -> Replica21:
    backup = prepared(node)
    assert give(backup, response(2)) == ["Commit"]
    return backup


def in_cv3(node: int = 1) -> Replica21:
    backup = committed(node)
    give(backup, cv2(2), cv2(3))
    assert expire(backup) == ["ChangeView3"]
    return backup


PHASES = {
    Phase.INITIALIZED: replica,
    Phase.PREPARED: prepared,
    Phase.CV1: in_cv1,
    Phase.CV2: in_cv2,
    Phase.COMMITTED: committed,
    Phase.CV3: in_cv3,
}
