"""A node: its chain, its clock's cycle, and the roles that it has."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from milpbft.pov.reference.butler import Butler
from milpbft.pov.reference.chain import Chain
from milpbft.pov.reference.commissioner import Commissioner
from milpbft.pov.reference.messages import (
    BallotMessage,
    BallotRequest,
    BlockMessage,
    Envelope,
    Fetch,
    Forward,
    Payload,
    Proposal,
    SignatureMessage,
    Timestamp,
    TransactionMessage,
    seal,
    suspicion,
)
from milpbft.pov.reference.pool import Pool
from milpbft.pov.reference.rules import VACANT
from milpbft.pov.reference.scores import Favourites, Scores
from milpbft.pov.reference.transactions import Action, Apply, Deposit, Letter, Transaction

if TYPE_CHECKING:
    from milpbft.pov.reference.blocks import Block
    from milpbft.pov.reference.rules import Rules
    from milpbft.sim.signatures import Signatures


class Node:
    """A correct node: a deterministic state machine without I/O.

    Who runs it tells the time with :meth:`on_clock`, hands over messages with :meth:`on_message`,
    an expired timer with :meth:`on_timer`, and then calls :meth:`act`, which takes every step that
    is enabled. What the node sends is in `outbox`; whoever runs it empties that.

    Parameters
    ----------
    number
        Its number; commissioners come first.
    rules
        What the network agrees on.
    keys
        Signs and verifies.
    genesis
        The first block of its chain.
    favourites
        Whom it designates in elections, where it is a commissioner.
    """

    def __init__(
        self,
        number: int,
        rules: Rules,
        keys: Signatures,
        genesis: Block,
        favourites: Favourites = (),
    ) -> None:
        self.number = number
        self.rules = rules
        self.keys = keys
        self.chain = Chain(rules, keys, genesis)
        self.pool = Pool(keys)
        self.now = 0
        self.cycle = 1
        self.began = 0
        self.outbox: list[Envelope] = []
        self.dropped: Counter[str] = Counter()
        self.butler = Butler(self)
        self.commissioner: Commissioner | None = None
        self.present = number not in rules.newcomers
        if number < rules.commissioners or not self.present:
            self.commissioner = Commissioner(self, Scores(number, rules, favourites))
        self._blocks: list[Block] = []
        self._forwards: list[Transaction] = []
        self._wanted: set[int] = set()
        self._given: set[int] = set()
        self._transactions = 0

    def restart(self) -> None:
        """Start again: it has its blocks and, from the time server, the time, and nothing else."""
        self.pool = Pool(self.keys)
        self.butler = Butler(self)
        if self.commissioner is not None:
            self.commissioner = Commissioner(self, self.commissioner.scores)
        for kept in (self._blocks, self._forwards, self._wanted, self._given):
            kept.clear()

    def join(self) -> None:
        """Begin, as a newcomer whose tenure has: with the genesis block; it asks for the next."""
        self.present = True
        self.cycle += self.now // self.rules.cycle
        self._ask()

    def _ask(self) -> None:
        """Ask for the next block, as a newcomer that is not there yet."""
        joins = self.rules.newcomers.get(self.number, 1)
        if self.rules.fetch and self.present and self.chain.ledger.tenure < joins:
            self.send(Fetch(self.number, *self.place))

    # ---- where it is

    @property
    def place(self) -> tuple[int, int]:
        """Height that is agreed on, and packing cycle of the round."""
        return self.chain.height + 1, self.cycle

    @property
    def resting(self) -> bool:
        """Whether all rounds of the run are over for this node, or it is not, or no more, there."""
        done = self.rules.rounds is not None and self.chain.height >= self.rules.rounds
        return done or not self.present

    @property
    def deadline(self) -> int | None:
        """The tick at which its timer expires; None for nodes that take no part in rounds."""
        ledger = self.chain.ledger
        serves = self.commissioner is not None or self.number in ledger.team
        # Who may be elected next asks for blocks as well.
        serves |= self.rules.fetch and self.number in ledger.eligible
        if self.resting or not serves:
            return None
        return self.chain.head.timestamp + self.cycle * self.rules.cycle

    @property
    def keeps(self) -> tuple[object, ...]:
        """What it and its roles keep, for telling runs apart: chain, clock, and what waits."""
        chain = tuple(block.digest for block in self.chain.blocks)
        waiting = tuple(sorted(block.digest for block in self._blocks))
        asked = tuple(sorted(self._wanted)), tuple(sorted(self._given))
        votes = self.commissioner.keeps if self.commissioner and not self.resting else ()
        roles = () if self.resting else self.butler.keeps
        return chain, self.cycle, waiting, asked, roles, votes, self.present

    # ---- input

    def on_clock(self, now: int) -> None:
        """Take the time, which all nodes have from the time server."""
        self.now = now

    def on_message(self, envelope: Envelope) -> None:
        """Take a message, or drop it and count why; acts on nothing yet."""
        away = "" if self.present else "not there"
        reason = away or suspicion(envelope, self.keys) or self._take(envelope.payload)
        if reason is not None:
            self.dropped[reason] += 1

    def _take(self, payload: Payload) -> str | None:
        reason = None
        match payload:
            case BlockMessage():
                self._blocks.append(payload.block)
            case Fetch():
                reason = self._take_request(payload)
            case TransactionMessage():
                reason = self._take_transaction(payload.transaction)
            case BallotMessage():
                reason = self._take_ballot(payload)
            case Proposal() | BallotRequest() if self.commissioner:
                self.commissioner.take(payload)
            case SignatureMessage():
                reason = self.butler.take_signature(payload)
            case Timestamp():
                reason = self.butler.take_timestamp(payload)
            case _:
                reason = "not for this node"
        return reason

    def _take_transaction(self, transaction: Transaction) -> str | None:
        reason = self.pool.add(transaction, self.chain.ledger)
        if reason is None and self.rules.forwarding and transaction.author != self.number:
            self._forwards.append(transaction)
        return reason

    def _take_request(self, request: Fetch) -> str | None:
        """Keep in mind that somebody lacks a block; not of heights that this node cannot be at."""
        if not self.rules.fetch or not 1 <= request.height <= self.chain.height + 1:
            return "nobody fetches that"
        self._wanted.add(request.height)
        if request.sender in self.rules.newcomers:
            # It was not there when others were answered.
            self._given.discard(request.height)
        return None

    def _take_ballot(self, message: BallotMessage) -> str | None:
        """Keep the first ballot of each commissioner for this tenure; blocks verify the rest."""
        ballot = message.ballot
        if ballot.commissioner != message.sender:
            return "another's ballot"
        if ballot.tenure < self.chain.ledger.tenure:
            return "ballot of another tenure"
        if ballot.commissioner in self.pool.ballots:
            return "second ballot"
        self.pool.ballots[ballot.commissioner] = ballot
        return None

    def on_timer(self) -> None:
        """Hand over to the next butler: R = R + 1, M = M + 1 (S7)."""
        self.cycle += 1
        self.began = self.now
        self.butler.on_timer()
        if self.rules.fetch:
            self.send(Fetch(self.number, *self.place))

    # ---- steps

    def act(self) -> None:
        """Adopt blocks, then take the steps of each role until none is enabled."""
        for transaction in self._forwards:
            self.send(TransactionMessage(self.number, 0, 1, transaction))
        self._forwards.clear()
        acted = True
        while acted:
            acted = self._adopt()
            if not self.resting:
                acted |= self.commissioner is not None and self.commissioner.act()
                acted |= self.butler.act()
        self._answer()

    def _answer(self) -> None:
        """Forward the blocks that others asked for and this node has."""
        for height in sorted(self._wanted):
            if height <= self.chain.height:
                self.forward(self.chain.blocks[height])
                self._wanted.remove(height)

    def _adopt(self) -> bool:
        """Adopt the first valid block above the head among those received (S8)."""
        waiting, self._blocks = self._blocks, []
        for place, block in enumerate(waiting):
            if block.header.height > self.chain.height + 1:
                self._blocks.append(block)
                continue
            reason = self.chain.refuse(block)
            if reason is None:
                self._blocks += waiting[place + 1 :]
                self._begin(block)
                return True
            self.dropped[reason] += 1
        return False

    def _begin(self, block: Block) -> None:
        """Adopt `block`, and begin the next round in the cycle that the clock says."""
        duties = [self.chain.on_duty(m) for m in range(1, block.header.cycle)]
        missed = tuple(node for node in duties if node != VACANT)
        self.chain.adopt(block)
        self.pool.purge(self.chain.ledger)
        self.butler.reset()
        self.cycle = 1
        self.began = self.now
        if self.rules.clocks == "synchronised":
            self.cycle += max(0, self.now - block.timestamp) // self.rules.cycle
            self.began = block.timestamp + (self.cycle - 1) * self.rules.cycle
        if self.commissioner is not None:
            self.commissioner.after(block, missed)
        self._ask()
        sat = self.rules.sits(self.number, block.header.height)
        self.present = not sat or self.rules.sits(self.number, block.header.height + 1)

    # ---- output

    def send(self, payload: Payload) -> None:
        """Sign and send; it counts for this node at once."""
        envelope = seal(payload, self.keys)
        self.outbox.append(envelope)
        if not isinstance(payload, Forward | Fetch):
            self._take(payload)

    def forward(self, block: Block) -> None:
        """Send a block that this node adopted to all, once."""
        header = block.header
        if header.height not in self._given:
            self._given.add(header.height)
            self.send(Forward(self.number, header.height, header.cycle, block))

    def submit(self, action: Action) -> Transaction:
        """Make a transaction of this node's, and send it (S1)."""
        nonce = max(self._transactions, self.chain.ledger.accounts[self.number].transactions)
        self._transactions = nonce + 1
        transaction = Transaction.signed(self.number, nonce, action, self.keys)
        self.send(TransactionMessage(self.number, 0, 1, transaction))
        return transaction

    def recommend(self, candidate: int, serial: int = 0) -> Letter:
        """Write a recommendation letter; only a commissioner's is of any use."""
        return Letter.signed(self.number, candidate, serial, self.keys)

    def recommend_self(self, serial: int = 0) -> None:
        """Apply with an own letter and deposit, as commissioners do where candidates lack."""
        self.submit(Apply(self.recommend(self.number, serial)))
        self.submit(Deposit(self.rules.deposit))
