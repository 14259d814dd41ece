"""Checkpoints: which states a quorum has vouched for, and the watermarks that follow."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from milpbft.pbft.reference.admission import of_node
from milpbft.pbft.reference.ledger import GENESIS
from milpbft.pbft.reference.messages import Checkpoint, Envelope, Held

if TYPE_CHECKING:
    from collections.abc import Iterable

    from milpbft.pbft.reference.rules import Rules
    from milpbft.sim.signatures import Signatures


class Checkpoints:
    """The stable checkpoint of a replica, and the checkpoint messages above it.

    Attributes
    ----------
    stable
        Sequence number of the stable checkpoint: the low watermark.
    state
        The state that is stable; None at the start.
    proof
        The messages that made it stable.
    """

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._heard: defaultdict[int, dict[int, Envelope]] = defaultdict(dict)
        self.stable = 0
        self.state: bytes | None = None
        self.proof: tuple[Envelope, ...] = ()
        self._vouched: tuple[int, bytes] | None = None

    @property
    def high(self) -> int:
        """The high watermark: the last sequence number that is taken."""
        return self._rules.top(self.stable)

    def admits(self, sequence: int) -> bool:
        """Whether a sequence number is between the watermarks."""
        return self.stable < sequence <= self.high or not self._rules.watermarks

    def known(self, sender: int, sequence: int) -> Envelope | None:
        """Return the checkpoint message of `sender` at `sequence`, if it was heard."""
        return self._heard.get(sequence, {}).get(sender)

    def add(self, envelope: Envelope, sequence: int) -> None:
        """Keep a checkpoint message."""
        self._heard[sequence][envelope.sender] = envelope

    def held(self, node: int) -> tuple[Held, ...]:
        """Return the checkpoints that a node holds, the stable one first: its own view of them."""
        stable = Held(self.stable, self.state or GENESIS)
        said = ((s, heard.get(node)) for s, heard in sorted(self._heard.items()))
        own = [Held(s, e.payload.state) for s, e in said if e and isinstance(e.payload, Checkpoint)]
        return stable, *own

    def vouch(self, sequence: int, state: bytes) -> None:
        """Take over a checkpoint that a new view starts from, without a proof for others."""
        self._vouched = sequence, state

    def settle(self) -> bool:
        """Make the highest checkpoint stable that a quorum vouches for; whether one was new."""
        vouched, self._vouched = self._vouched, None
        if vouched is not None and vouched[0] > self.stable:
            self._stabilise(*vouched, ())
            return True
        for sequence in sorted(self._heard, reverse=True):
            heard = self._heard[sequence]
            states: defaultdict[bytes, list[Envelope]] = defaultdict(list)
            for envelope in heard.values():
                if isinstance(envelope.payload, Checkpoint):
                    states[envelope.payload.state].append(envelope)
            for state, envelopes in states.items():
                if len(envelopes) >= self._rules.checkpoint_quorum:
                    self._stabilise(sequence, state, tuple(envelopes))
                    return True
        return False

    def _stabilise(self, sequence: int, state: bytes, proof: tuple[Envelope, ...]) -> None:
        self.stable, self.state, self.proof = sequence, state, proof
        for old in [s for s in self._heard if s <= sequence]:
            del self._heard[old]


def proves(stable: int, proof: Iterable[Envelope], rules: Rules, keys: Signatures) -> bool:
    """Whether checkpoint messages of a quorum agree on one state; at 0 there are none."""
    if stable == 0:
        return not tuple(proof)
    states: defaultdict[bytes, set[int]] = defaultdict(set)
    for envelope in proof:
        payload = envelope.payload
        if not isinstance(payload, Checkpoint) or payload.sequence != stable:
            return False
        if not of_node(envelope, rules, keys):
            return False
        states[payload.state].add(payload.sender)
    return any(len(senders) >= rules.checkpoint_quorum for senders in states.values())
