"""A client: one request at a time, accepted once enough replicas agree on what it led to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.pbft.reference.ledger import follow
from milpbft.pbft.reference.messages import Answer, Answered, Envelope, Query, Reply, Request, seal
from milpbft.pbft.reference.shares import STATE, AnsweredAck, ExecuteAck, statement

if TYPE_CHECKING:
    from milpbft.pbft.reference.messages import Payload
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
    answers
        Likewise what the application answered; empty without one.
    learnt
        What enough nodes answered to the last question; None before that.
    """

    def __init__(self, number: int, rules: Rules, keys: Signatures, threshold: Threshold) -> None:
        self.number = number
        self.rules = rules
        self.keys = keys
        self.threshold = threshold
        self.outbox: list[tuple[int | None, Envelope]] = []
        self.accepted: list[bytes] = []
        self.answers: list[bytes] = []
        self._view = 0
        self._waiting: Envelope | None = None
        self._timestamp = 0
        self._replies: dict[int, Reply] = {}
        self._query = Query(number, 0, b"")
        self._needed = rules.n
        self._heard: dict[int, bytes] = {}
        self.learnt: bytes | None = None

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

    def ask(self, question: bytes, quorum: int) -> None:
        """Ask all nodes for something that changes nothing, and believe `quorum` equal answers."""
        self._query = Query(self.number, self._query.number + 1, question)
        self._needed, self._heard, self.learnt = quorum, {}, None
        self.outbox.append((None, seal(self._query, self.keys)))

    def on_timer(self) -> None:
        """Send the request to all nodes, so that backups relay it and time its primary."""
        if self._waiting is not None:
            self.outbox.append((None, self._waiting))

    def on_message(self, envelope: Envelope) -> None:
        """Take a reply or a proof of execution; anything else is dropped."""
        payload = envelope.payload
        if not payload.well_formed or payload.sender >= self.rules.n:
            return
        if not self.keys.verify(payload.sender, payload.encoded, envelope.signature):
            return
        if isinstance(payload, Answer):
            self._hear(payload)
        elif self._waiting is not None:
            self._take(payload, self._waiting)

    def _hear(self, answer: Answer) -> None:
        """Count an answer to the last question; one per node."""
        if (answer.client, answer.number) != (self.number, self._query.number):
            return
        self._heard.setdefault(answer.sender, answer.answer)
        if list(self._heard.values()).count(answer.answer) >= self._needed and not self.learnt:
            self.learnt = answer.answer

    def _take(self, payload: Payload, request: Envelope) -> None:
        match payload:
            case Reply() if self._mine(payload.client, payload.timestamp):
                self._count(payload)
            case ExecuteAck() if self._mine(payload.client, payload.timestamp):
                if self._proven(payload, request):
                    self._accept(payload.state, _answer(payload))

    def _proven(self, ack: ExecuteAck, request: Envelope) -> bool:
        """Whether a certified state is the one that the client's own request led to."""
        said = statement(0, ack.sequence, ack.state)
        application = ack.application if isinstance(ack, AnsweredAck) else b""
        body = request.payload.fingerprint
        led = follow(ack.before, body, _answer(ack), application) == ack.state
        return led and self.threshold.verify(STATE, said, ack.signature)

    def _mine(self, client: int, timestamp: int) -> bool:
        return (client, timestamp) == (self.number, self._timestamp)

    def _count(self, reply: Reply) -> None:
        self._replies[reply.sender] = reply
        said = reply.result, _answer(reply)
        equal = [r for r in self._replies.values() if (r.result, _answer(r)) == said]
        if len(equal) >= self.rules.reply_quorum:
            # A correct node is among them, but a view of a liar may be any: the least is safe.
            self._view = max(self._view, min(r.view for r in equal))
            self._accept(*said)

    def _accept(self, result: bytes, answer: bytes) -> None:
        self.accepted.append(result)
        self.answers.append(answer)
        self._waiting = None


def _answer(payload: Reply | ExecuteAck) -> bytes:
    """Return what an application answered; nothing without one."""
    return payload.answer if isinstance(payload, Answered | AnsweredAck) else b""
