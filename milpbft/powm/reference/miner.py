"""Miners, and supports that hash: they ask, hash what they are granted, believe certificates."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, ClassVar

from milpbft.powm.reference.messages import Elected, Grant, Request
from milpbft.powm.reference.rules import FRESH

if TYPE_CHECKING:
    from milpbft.powm.reference.certificates import Electorate
    from milpbft.powm.reference.messages import Envelope
    from milpbft.powm.reference.rules import Rules
    from milpbft.sim.signatures import Signatures


class Doing(Enum):
    """What a miner is doing."""

    WAITING = "waiting"
    HASHING = "hashing"
    SOLO = "solo"
    LEFT = "left"


@dataclass
class Work:
    """Nonces from `lo` on, without `hi`; they can be hashed from `arrival` on."""

    arrival: int
    lo: int
    hi: int


@dataclass
class Miner:
    """A node that hashes.

    Parameters
    ----------
    node, rate
        Its number, and its hashes per tick.
    rules, keys
        Of the network.
    work
        Nonces that it knows of: in hand, or under way.
    coming
        Nonces under way that it has forgotten to have asked for.
    """

    node: int
    rate: int
    rules: Rules
    keys: Signatures
    term: int = 0
    manager: int = 0
    doing: Doing = Doing.WAITING
    work: list[Work] = field(default_factory=list)
    coming: list[Work] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    scanned: int = 0
    withholds: ClassVar[bool] = False

    @property
    def outstanding(self) -> int:
        """Nonces that were granted and not hashed, those under way included."""
        return sum(one.hi - one.lo for one in self.work)

    def ask(self) -> Request | None:
        """Ask where at most a ticks of work are outstanding."""
        if self.doing in {Doing.SOLO, Doing.LEFT}:
            return None
        if self.outstanding > self.rules.ahead * self.rate:
            return None
        return Request(0)

    def on_elected(self, envelope: Envelope, electorate: Electorate) -> bool:
        """Follow a new manager whose certificate holds, unless its term is not above our own."""
        message = envelope.message
        assert isinstance(message, Elected)
        if message.role != "active":
            self.refused.append(f"node {message.node} is elected a {message.role}")
            return False
        if self.rules.terms and message.term <= self.term:
            self.refused.append(f"term {message.term} is not above {self.term}")
            return False
        if not electorate.confirms(message, self.keys):
            self.refused.append(f"no majority elected node {message.node}")
            return False
        self.term, self.manager = message.term, message.node
        return True

    def on_grant(self, envelope: Envelope, arrival: int) -> bool:
        """Take nonces that the manager of our term granted to us."""
        message = envelope.message
        assert isinstance(message, Grant)
        reason = ""
        if not envelope.genuine(self.keys):
            reason = "the signature is not the sender's"
        elif envelope.sender != self.manager:
            reason = f"node {envelope.sender} does not manage"
        elif self.rules.terms and message.term < self.term:
            reason = f"term {message.term} is over"
        elif message.to != self.node:
            reason = f"it is for node {message.to}"
        if reason:
            self.refused.append(reason)
            return False
        self.work.append(Work(arrival, message.lo, message.hi))
        self.doing = Doing.HASHING
        return True

    def hash(self, tick: int) -> list[range]:
        """Return the nonces that are hashed at a tick: up to `rate` of those that have arrived."""
        if self.doing is Doing.LEFT:
            return []
        if self.doing is Doing.SOLO:
            begin = FRESH + self.scanned
            self.scanned += self.rate
            return [range(begin, begin + self.rate)]
        left, done = self.rate, []
        while left and self.work and self.work[0].arrival <= tick:
            first = self.work[0]
            count = min(left, first.hi - first.lo)
            done.append(range(first.lo, first.lo + count))
            first.lo += count
            left -= count
            if first.lo == first.hi:
                self.work.pop(0)
        if not self.work:
            self.doing = Doing.WAITING
        return done

    def forget(self, tick: int) -> int:
        """Start again without memory at the begin of a tick; return how many nonces are gone."""
        self.coming += [one for one in self.work if one.arrival >= tick]
        gone = sum(one.hi - one.lo for one in self.work if one.arrival < tick)
        self.work, self.doing = [], Doing.WAITING
        return gone

    def reload(self, tick: int) -> int:
        """Start again with a log of what has arrived and was hashed; return what is lost."""
        lost = sum(one.hi - one.lo for one in self.work if one.arrival >= tick)
        self.work = [one for one in self.work if one.arrival < tick]
        self.doing = Doing.HASHING if self.work else Doing.WAITING
        return lost

    def receive(self, tick: int) -> None:
        """Take what arrives by a tick and was forgotten, in the order of arrival."""
        come = [one for one in self.coming if one.arrival <= tick]
        if come and self.doing is not Doing.LEFT:
            self.work = sorted([*self.work, *come], key=lambda one: one.arrival)
            self.doing = Doing.HASHING
        self.coming = [one for one in self.coming if one.arrival > tick]

    def go_solo(self) -> None:
        """Drop all sets, and scan fresh nonces alone."""
        self.work.clear()
        self.doing = Doing.SOLO

    def leave(self) -> None:
        """Stop: a crash, or the node's election to the management."""
        self.work.clear()
        self.coming.clear()
        self.doing = Doing.LEFT
