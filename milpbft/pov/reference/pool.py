"""A node's transaction pool, which is also where ballots wait for a special block."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from milpbft.pov.reference.election import Ballot
    from milpbft.pov.reference.ledger import Ledger
    from milpbft.pov.reference.transactions import Transaction
    from milpbft.sim.signatures import Signatures

# Refusals that a later block may lift.
_MAY_BECOME_LEGAL = {"out of sequence", "not registered", "no application", "amount out of range"}


class Pool:
    """Transactions and ballots that are not in a block yet, oldest first."""

    def __init__(self, keys: Signatures) -> None:
        self._keys = keys
        self._waiting: dict[bytes, Transaction] = {}
        self.ballots: dict[int, Ballot] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, transaction: Transaction, ledger: Ledger) -> str | None:
        """Take a transaction, or say why not (S1, S2)."""
        if transaction.digest in self._waiting:
            return "known transaction"
        reason = ledger.refuse(transaction, self._keys)
        if reason in _MAY_BECOME_LEGAL and not self._outdated(transaction, ledger):
            reason = None
        if reason is None:
            self._waiting[transaction.digest] = transaction
        return reason

    def choose(self, ledger: Ledger, most: int) -> tuple[Transaction, ...]:
        """Return up to `most` transactions that are legal one after the other (S4).

        One may make another legal, so the pool is gone through until it yields no more.
        """
        chosen: list[Transaction] = []
        left = list(self._waiting.values())
        found = True
        while found and len(chosen) < most:
            found = False
            for transaction in list(left):
                if len(chosen) < most and ledger.refuse(transaction, self._keys) is None:
                    ledger = ledger.execute(transaction)
                    chosen.append(transaction)
                    left.remove(transaction)
                    found = True
        return tuple(chosen)

    def purge(self, ledger: Ledger) -> None:
        """Delete what the last block has, and what has become illegal (S8)."""
        waiting, self._waiting = self._waiting, {}
        for transaction in waiting.values():
            self.add(transaction, ledger)
        self.ballots = {
            node: ballot for node, ballot in self.ballots.items() if ballot.tenure >= ledger.tenure
        }

    @staticmethod
    def _outdated(transaction: Transaction, ledger: Ledger) -> bool:
        return transaction.nonce < ledger.accounts[transaction.author].transactions
