"""What the chain says of everybody: roles, deposits, the team, the alliance fund and pay."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from milpbft.pov.reference.rules import VACANT
from milpbft.pov.reference.transactions import (
    Apply,
    Deposit,
    Letter,
    Record,
    Register,
    Resign,
    Supplement,
    Transaction,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from milpbft.pov.reference.blocks import Block
    from milpbft.pov.reference.rules import Rules
    from milpbft.sim.signatures import Signatures


@dataclass(frozen=True, slots=True)
class Account:
    """One node as the chain knows it.

    Parameters
    ----------
    balance, deposit
        Money at hand, and what the alliance holds of it.
    registered, recommended, candidate
        How far it got on the way from user to candidate; butlers are candidates too.
    bad
        Whether it has a bad record: it resigned during a tenure of its own, the one behaviour that
        the paper calls bad.
    transactions
        How many it has made: the nonce of its next.
    """

    balance: int
    deposit: int = 0
    registered: bool = False
    recommended: bool = False
    candidate: bool = False
    bad: bool = False
    transactions: int = 0


@dataclass(frozen=True)
class Ledger:
    """The state after a block; immutable, :meth:`after` makes the next.

    Parameters
    ----------
    accounts
        Per node.
    team
        Nodes of the butlers in the order of their numbers; VACANT for an empty seat.
    tenure
        Number of the tenure, from 1 on.
    fund
        The alliance fund without the deposits.
    owed
        Pay that the fund could not cover yet.
    produced
        Valid blocks of this tenure per node.
    letters
        Contents of the letters that were used.
    illegal
        Illegal transactions that commissioners let pass into valid blocks; they had no effect.
    """

    rules: Rules
    accounts: dict[int, Account]
    team: tuple[int, ...]
    tenure: int = 1
    fund: int = 0
    owed: Counter[int] = field(default_factory=Counter)
    produced: Counter[int] = field(default_factory=Counter)
    letters: frozenset[bytes] = frozenset()
    illegal: int = 0

    @classmethod
    def first(cls, rules: Rules) -> Ledger:
        """Return the state after the genesis block: its candidates have deposits, others do not."""
        accounts = {}
        for node in range(rules.n):
            if node in rules.first_candidates:
                rest = max(0, rules.wealth - rules.deposit)
                accounts[node] = Account(rest, rules.deposit, True, True, True)
            else:
                accounts[node] = Account(rules.wealth, registered=node < rules.commissioners)
        return cls(rules, accounts, rules.first_team, fund=rules.wealth)

    # ---- what it says

    @property
    def eligible(self) -> frozenset[int]:
        """Candidates and butlers: who may run in an election."""
        return frozenset(node for node, account in self.accounts.items() if account.candidate)

    def roles(self, node: int) -> frozenset[str]:
        """Return the roles of `node`, of figure 2; an ordinary user where it has no other."""
        roles = set()
        if node < self.rules.commissioners:
            roles.add("commissioner")
        if node in self.team:
            roles.add("butler")
        elif self.accounts[node].candidate:
            roles.add("candidate")
        return frozenset(roles or {"user"})

    @property
    def money(self) -> int:
        """All money: it moves, but none is made or lost."""
        held = sum(account.balance + account.deposit for account in self.accounts.values())
        return held + self.fund

    # ---- transactions

    def refuse(self, transaction: Transaction, keys: Signatures) -> str | None:
        """Say why a transaction is illegal in this state; None where it is legal."""
        return next(self._objections(transaction, keys), None)

    def _objections(self, transaction: Transaction, keys: Signatures) -> Iterator[str]:
        author = transaction.author
        account = self.accounts.get(author)
        if account is None or author == self.rules.server:
            yield "no such author"
            return
        verified = keys.verify(author, transaction.content, transaction.signature)
        if not self.rules.genuine(verified):
            yield "forged transaction"
        if transaction.nonce != account.transactions:
            yield "out of sequence"
        if not account.registered and not isinstance(transaction.action, Register | Record):
            yield "not registered"
        match transaction.action:
            case Register() if account.registered:
                yield "registered already"
            case Apply(letter):
                yield from self._object_to_letter(account, letter, author, keys)
            case Deposit(amount):
                yield from self._object_to_deposit(account, amount)
            case Resign() if not (account.candidate or account.recommended):
                yield "nothing to resign"
            case Supplement(amount):
                if author >= self.rules.commissioners:
                    yield "not a commissioner"
                if not 0 < amount <= account.balance:
                    yield "amount out of range"

    def _object_to_letter(
        self, account: Account, letter: Letter, author: int, keys: Signatures
    ) -> Iterator[str]:
        if account.candidate or account.recommended:
            yield "applied already"
        if not 0 <= letter.commissioner < self.rules.commissioners:
            yield "letter of no commissioner"
        if not keys.verify(letter.commissioner, letter.content, letter.signature):
            yield "forged letter"
        if letter.candidate != author:
            yield "letter for another"
        if letter.content in self.letters:
            yield "letter used before"

    def _object_to_deposit(self, account: Account, amount: int) -> Iterator[str]:
        if not account.recommended or account.candidate:
            yield "no application"
        if amount != self.rules.deposit:
            yield "not the deposit"
        if amount > account.balance:
            yield "amount out of range"

    def execute(self, transaction: Transaction) -> Ledger:
        """Return the state after a legal transaction."""
        node = transaction.author
        account = replace(self.accounts[node], transactions=self.accounts[node].transactions + 1)
        state = self
        match transaction.action:
            case Register():
                account = replace(account, registered=True)
            case Apply(letter):
                account = replace(account, recommended=True)
                state = replace(self, letters=self.letters | {letter.content})
            case Deposit(amount):
                account = replace(
                    account, candidate=True, deposit=amount, balance=account.balance - amount
                )
            case Supplement(amount):
                account = replace(account, balance=account.balance - amount)
                state = replace(self, fund=self.fund + amount)
            case Resign():
                account, state = self._resign(node, account)
        return replace(state, accounts={**state.accounts, node: account})

    def _resign(self, node: int, account: Account) -> tuple[Account, Ledger]:
        """Leave: with the deposit, or without it during the tenure or after a bad record."""
        serving = node in self.team
        bad = account.bad or serving
        gone = replace(account, candidate=False, recommended=False, bad=bad, deposit=0)
        if bad:
            team = tuple(VACANT if seat == node else seat for seat in self.team)
            return gone, replace(self, team=team, fund=self.fund + account.deposit)
        return replace(gone, balance=account.balance + account.deposit), self

    # ---- blocks

    def after(self, block: Block, keys: Signatures) -> Ledger:
        """Return the state after a valid block."""
        state = self
        for transaction in block.draft.content.transactions:
            if state.refuse(transaction, keys):
                state = replace(state, illegal=state.illegal + 1)
            else:
                state = state.execute(transaction)
        produced = state.produced + Counter({block.header.producer: 1})
        if not self.rules.special(block.header.height):
            return replace(state, produced=produced)
        return replace(
            state._pay(produced),
            team=block.draft.content.elected,
            tenure=self.tenure + 1,
            produced=Counter(),
        )

    def _pay(self, produced: Counter[int]) -> Ledger:
        """Pay butlers per valid block, lowest node first; what the fund lacks stays owed."""
        fund, accounts, owed = self.fund, dict(self.accounts), Counter(self.owed)
        for node, blocks in produced.items():
            owed[node] += blocks * self.rules.pay
        for node in sorted(owed):
            paid = min(owed[node], fund)
            fund -= paid
            owed[node] -= paid
            account = accounts[node]
            accounts[node] = replace(account, balance=account.balance + paid)
        return replace(self, accounts=accounts, fund=fund, owed=+owed)
