"""Networks and nodes that the tests of the reference share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from milpbft.pov.reference.adversaries import Prompt
from milpbft.pov.reference.genesis import genesis
from milpbft.pov.reference.messages import BlockMessage, Envelope, Payload, seal
from milpbft.pov.reference.node import Node
from milpbft.pov.reference.rules import Rules
from milpbft.pov.reference.server import TimeServer
from milpbft.pov.reference.transactions import Action, Transaction
from milpbft.pov.reference.world import World
from milpbft.sim.faults import Faults
from milpbft.sim.moves import Forgery
from milpbft.sim.signatures import KeyRing

if TYPE_CHECKING:
    from milpbft.pov.reference.blocks import Block
    from milpbft.pov.reference.ledger import Ledger

KEYS = KeyRing(24)
SMALL = Rules(3, 2, cycle=8)
"""Commissioners 0 to 2, butlers 3 and 4, time server 5."""


def node(number: int, rules: Rules = SMALL) -> Node:
    return Node(number, rules, KEYS, genesis(rules, KEYS))


def give(machine: Node | TimeServer, *messages: Envelope | Payload) -> list[Envelope]:
    """Hand over messages, let the node act, and return what it sends."""
    for message in messages:
        machine.on_message(message if isinstance(message, Envelope) else seal(message, KEYS))
    machine.act()
    sent = list(machine.outbox)
    machine.outbox.clear()
    return sent


def kinds(sent: list[Envelope]) -> list[str]:
    return [envelope.payload.kind for envelope in sent]


def proposal(rules: Rules = SMALL) -> Envelope:
    """Return the first butler's proposal in the first cycle."""
    return give(node(rules.commissioners + rules.first, rules))[0]


def valid_block(rules: Rules = SMALL, signers: tuple[int, ...] = (0, 1), time: int = 3) -> Block:
    """Return the first block, signed by `signers` and stamped at `time`."""
    butler = node(rules.commissioners + rules.first, rules)
    offer = give(butler)[0]
    signatures = [give(node(i, rules), offer)[0] for i in signers]
    (request,) = give(butler, *signatures)
    server = TimeServer(rules, KEYS)
    server.on_clock(time)
    block = give(butler, *give(server, request))[0].payload
    assert isinstance(block, BlockMessage)
    return block.block


def perform(ledger: Ledger, author: int, *actions: Action) -> Ledger:
    """Execute legal actions of `author`."""
    for action in actions:
        transaction = Transaction.signed(author, ledger.accounts[author].transactions, action, KEYS)
        assert ledger.refuse(transaction, KEYS) is None
        ledger = ledger.execute(transaction)
    return ledger


def refusal(ledger: Ledger, author: int, action: Action) -> str | None:
    nonce = ledger.accounts[author].transactions
    return ledger.refuse(Transaction.signed(author, nonce, action, KEYS), KEYS)


def run(rules: Rules, horizon: int, adversary: Any = None, **world: Any) -> World:
    """Run a world; by default every message takes a tick."""
    made = World(rules, keys=KeyRing(rules.n), **world)
    made.run(adversary or Prompt(), horizon)
    return made


def liars(*nodes: int) -> Faults:
    return Faults(frozenset(nodes))


def says(tick: int, sender: int, kind: str, view: int = 0) -> tuple[int, Forgery]:
    return tick, Forgery(sender, kind, view)
