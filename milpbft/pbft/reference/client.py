"""A client: one request at a time, accepted once enough replicas agree on what it led to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.pbft.reference.ledger import follow
from milpbft.pbft.reference.messages import Envelope, Reply, Request, seal
from milpbft.pbft.reference.shares import STATE, ExecuteAck, statement

if TYPE_CHECKING:
    from milpbft.pbft.reference.rules import Rules
    from milpbft.pbft.reference.threshold import Threshold
    from milpbft.sim.signatures import Signatures


class Client:
    """A correct client: a deterministic state machine like a replica.

    Parameters
    ----------
    number
        Its number, n or higher.
    rules
        Those of the replicas.
    keys
        Signs its requests and verifies replies.
    threshold
        Verifies execution certificates.

    Attributes
    ----------
    outbox
        Requests with the node that they go to, None for all.
    accepted
        Per request, in order, the state that it led to.
    """

    def __init__(self, number: int, rules: Rules, keys: Signatures, threshold: Threshold) -> None:
        self.number = number
        self.rules = rules
        self.keys = keys
        self.threshold = threshold
        self.outbox: list[tuple[int | None, Envelope]] = []
        self.accepted: list[bytes] = []
        self._view = 0
        self._waiting: Envelope | None = None
        self._timestamp = 0
        self._replies: dict[int, Reply] = {}

    @property
    def waits(self) -> bool:
        """Whether a request has not been answered yet."""
        return self._waiting is not None

    def submit(self, operation: bytes) -> None:
        """Ask for `operation` at the node that was primary when last heard of.

        Raises
        ------
        RuntimeError
            Where the last request has not been answered.
        """
        if self._waiting is not None:
            raise RuntimeError("a client has one request at a time")
        self._timestamp += 1
        self._waiting = seal(Request(self.number, self._timestamp, operation), self.keys)
        self._replies = {}
        self.outbox.append((self.rules.primary(self._view), self._waiting))

    def on_timer(self) -> None:
        """Send the request to all nodes, so that backups relay it and time its primary."""
        if self._waiting is not None:
            self.outbox.append((None, self._waiting))

    def on_message(self, envelope: Envelope) -> None:
        """Take a reply or a proof of execution; anything else is dropped."""
        payload = envelope.payload
        if self._waiting is None or not payload.well_formed or payload.sender >= self.rules.n:
            return
        if not self.keys.verify(payload.sender, payload.encoded, envelope.signature):
            return
        match payload:
            case Reply() if self._mine(payload.client, payload.timestamp):
                self._count(payload)
            case ExecuteAck() if self._mine(payload.client, payload.timestamp):
                if self._proven(payload, self._waiting):
                    self._accept(payload.state)

    def _proven(self, ack: ExecuteAck, request: Envelope) -> bool:
        """Whether a certified state is the one that the client's own request led to."""
        said = statement(0, ack.sequence, ack.state)
        led = follow(ack.before, request.payload.fingerprint) == ack.state
        return led and self.threshold.verify(STATE, said, ack.signature)

    def _mine(self, client: int, timestamp: int) -> bool:
        return (client, timestamp) == (self.number, self._timestamp)

    def _count(self, reply: Reply) -> None:
        self._replies[reply.sender] = reply
        equal = [r for r in self._replies.values() if r.result == reply.result]
        if len(equal) >= self.rules.reply_quorum:
            # A correct node is among them, but a view of a liar may be any: the least is safe.
            self._view = max(self._view, min(r.view for r in equal))
            self._accept(reply.result)

    def _accept(self, result: bytes) -> None:
        self.accepted.append(result)
        self._waiting = None
