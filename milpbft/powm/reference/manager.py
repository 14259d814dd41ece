"""Managers: the active one grants nonces, supports hold copies of its cursor and ledger."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from milpbft.powm.reference.messages import Grant, Request, Sync
from milpbft.powm.reference.rules import STRIDE

if TYPE_CHECKING:
    from milpbft.powm.reference.messages import Envelope
    from milpbft.powm.reference.rules import Rules
    from milpbft.sim.signatures import Signatures

Entry = tuple[int, int, int]
"""A grant in the ledger: to whom, from which nonce on, and up to which, without it."""


@dataclass
class Manager:
    """The active manager or a support.

    Parameters
    ----------
    node
        Its number.
    rules, keys
        Of the network.
    """

    node: int
    rules: Rules
    keys: Signatures
    term: int = 0
    active: bool = False
    cursor: int = 0
    ledger: list[Entry] = field(default_factory=list)
    unheard: list[Entry] = field(default_factory=list)
    expelled: bool = False

    def on_request(self, envelope: Envelope, record: str) -> Grant | None:
        """Grant the next nonces, G ticks of the sender's work; the cursor goes on behind them."""
        if not self.active or self.expelled or not envelope.genuine(self.keys):
            return None
        assert isinstance(envelope.message, Request)
        size = self.size(envelope.sender)
        if not size:
            return None
        lo = self.cursor
        self.cursor += size
        entry = (envelope.sender, lo, self.cursor)
        self.ledger.append(entry)
        self.unheard.append(entry)
        return Grant(self.term, envelope.message.height, record, *entry)

    def size(self, node: int) -> int:
        """Return how many nonces a set of a node has; 0 to refuse it."""
        return self.rules.set_ticks * self.rules.rate(node)

    def owner(self, nonce: int) -> int | None:
        """Return to whom a nonce was granted first; None where nobody has it."""
        return next((node for node, lo, hi in self.ledger if lo <= nonce < hi), None)

    def tell(self) -> Sync:
        """Tell the supports of all grants since the last time."""
        message = Sync(self.term, tuple(self.unheard), self.cursor)
        self.unheard.clear()
        return message

    def on_sync(self, envelope: Envelope) -> bool:
        """Copy what the active manager tells, unless its term is over."""
        message = envelope.message
        assert isinstance(message, Sync)
        old = self.rules.terms and message.term < self.term
        if old or self.active or not envelope.genuine(self.keys):
            return False
        self.cursor = max(self.cursor, message.cursor)
        self.ledger += [entry for entry in message.grants if entry not in self.ledger]
        return True

    def take_over(self, term: int) -> None:
        """Become active in a new term, with the own copy of cursor and ledger."""
        self.term, self.active = term, True
        self.unheard.clear()
        if self.rules.sync == "stride":
            self.cursor = term * STRIDE

    def forget(self) -> None:
        """Start again without memory, as a support: of grants it knows what it is told later."""
        self.cursor = 0
        self.ledger.clear()

    def step_down(self) -> None:
        """Become a support again, as a higher term is seen."""
        self.active = False
