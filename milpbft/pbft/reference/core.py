"""A replica of any of the three protocols: what they do alike.

A deterministic state machine without I/O and without a clock. Who runs it hands over messages with
:meth:`Replica.on_message` and an expired timer with :meth:`Replica.on_timer`, then calls
:meth:`Replica.act`, which takes every step that is enabled. What it says to other replicas is in
`outbox`, what it says to clients in `replies`; whoever runs it empties both.

The package's docstring has the rules in one table.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from typing import TYPE_CHECKING, ClassVar

from milpbft.pbft.reference import admission as why
from milpbft.pbft.reference.checkpoints import Checkpoints
from milpbft.pbft.reference.ledger import Ledger
from milpbft.pbft.reference.log import Entry, Log
from milpbft.pbft.reference.messages import (
    Answer,
    Answered,
    Envelope,
    Payload,
    PrePrepare,
    Query,
    Reply,
    Request,
    Vote,
    seal,
)
from milpbft.sim.replica import Decision

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from milpbft.pbft.reference.ledger import Executed
    from milpbft.pbft.reference.rules import Rules
    from milpbft.pbft.reference.threshold import Threshold
    from milpbft.sim.application import Application
    from milpbft.sim.signatures import Signatures


class Core(ABC):
    """A node without checkpoints and view changes.

    Parameters
    ----------
    node
        Its number.
    rules
        What the network agrees on.
    keys
        Signs and verifies, also for clients.
    threshold
        Threshold signatures; PBFT uses none.
    requests
        What clients have asked it for before it starts.
    application
        What executes requests, its own; None for none.
    """

    spoken: ClassVar[tuple[type[Payload], ...]] = (Request, Query, PrePrepare)
    """Messages that it takes; protocols add their votes."""

    def __init__(
        self,
        node: int,
        rules: Rules,
        keys: Signatures,
        threshold: Threshold,
        requests: Sequence[Envelope] = (),
        *,
        application: Application | None = None,
    ) -> None:
        self.node = node
        self.rules = rules
        self.keys = keys
        self.threshold = threshold
        self.outbox: list[Envelope] = []
        self.replies: list[Envelope] = []
        self.dropped: Counter[str] = Counter()
        self.view = 0
        self.active = True
        self.ledger = Ledger(requests, application)
        self._begin()

    def _begin(self) -> None:
        """Set up what the replica keeps of messages; subclasses add what they keep."""
        self.log = Log()
        self.checkpoints = Checkpoints(self.rules)
        self._committed: dict[int, Entry] = {}
        self._held: dict[tuple[int, int], Envelope] = {}

    # ---- what others may ask

    @property
    def primary(self) -> int:
        """The primary of the replica's view."""
        return self.rules.primary(self.view)

    @property
    def is_primary(self) -> bool:
        """Whether the replica is the primary of its view."""
        return self.primary == self.node

    @property
    def finished(self) -> bool:
        """Whether everything that is agreed on was executed."""
        return self.ledger.height >= self.rules.last

    @property
    def decisions(self) -> tuple[Decision, ...]:
        """What was executed, in order: the view of each decision and the hash of the request."""
        return tuple(Decision(item.view, item.body) for item in self.ledger.executed)

    # ---- input

    def on_message(self, envelope: Envelope) -> None:
        """Take a message, or drop it and count why; acts on nothing yet."""
        reason = why.impostor(envelope, self.spoken, self.rules, self.keys) or self._take(envelope)
        if reason is not None:
            self.dropped[reason] += 1

    def _take(self, envelope: Envelope) -> str | None:
        match envelope.payload:
            case Request() as request:
                return self._take_request(request, envelope)
            case Query() as query:
                return self._take_query(query)
            case PrePrepare() as vote:
                return self._take_proposal(vote, envelope)
            case Vote() as vote:
                return self._misplaced(vote) or self._take_vote(vote, envelope)
        return self._take_other(envelope)

    def _take_other(self, envelope: Envelope) -> str | None:
        """Take a message that only one of the protocols has."""
        return why.WRONG_KIND

    @abstractmethod
    def _take_vote(self, vote: Vote, envelope: Envelope) -> str | None:
        """Take a vote of the protocol that is of this view or a later one."""

    def _misplaced(self, vote: Vote) -> str | None:
        if vote.view < self.view:
            return why.WRONG_VIEW
        return None if self.checkpoints.admits(vote.sequence) else why.OUT_OF_WINDOW

    def _take_request(self, request: Request, envelope: Envelope) -> str | None:
        """Let a request wait, and relay it to the primary; answer again what was executed."""
        if self.ledger.stale(request):
            result = self.ledger.result(request)
            if result is not None:
                self._reply(request, result)
            return why.STALE
        if not self.ledger.admits(request):
            return why.BAD_REQUEST
        if self.ledger.knows(envelope):
            return why.DUPLICATE
        self.ledger.add(envelope)
        if not self.is_primary:
            self.outbox.append(envelope)
        return None

    def _take_query(self, query: Query) -> str | None:
        """Answer from the state, without consensus."""
        application = self.ledger.application
        if application is None:
            return why.WRONG_KIND
        said = application.answer(query.question)
        answer = Answer(self.node, query.sender, query.number, self.ledger.height, said)
        self.replies.append(seal(answer, self.keys))
        return None

    def _take_proposal(self, vote: PrePrepare, envelope: Envelope) -> str | None:
        if (reason := self._misplaced(vote)) is not None:
            return reason
        if vote.sender != self.rules.primary(vote.view):
            return why.WRONG_SENDER
        if vote.request is None and self.rules.digests:
            # A primary fills gaps in new views, nowhere else.
            return why.BAD_REQUEST
        fault = why.request_fault(vote.request, vote.digest, self.rules, self.keys)
        if fault is not None or not self._admits(vote.request):
            return fault or why.BAD_REQUEST
        if vote.view > self.view or not self.active:
            # Of use once the view is open.
            held = self._held.setdefault((vote.view, vote.sequence), envelope)
            return None if held is envelope else why.CONFLICTING
        return self._accept(vote, envelope)

    def _admits(self, request: Envelope | None) -> bool:
        asked = request.payload if request is not None else None
        return not isinstance(asked, Request) or self.ledger.admits(asked)

    def _accept(self, vote: PrePrepare, envelope: Envelope) -> str | None:
        accepted = self.log.accepted.get((vote.view, vote.sequence))
        if accepted == vote.digest:
            return why.DUPLICATE
        if accepted is not None and self.rules.single:
            return why.CONFLICTING
        self.log.accept(vote, envelope)
        return None

    # ---- the normal case

    def _vote(self) -> bool:
        """Take the first enabled step of the protocol's normal case in the active view."""
        if not self.active:
            return False
        return any(case(entry) for entry in self.log.of(self.view) for case in self._cases())

    @abstractmethod
    def _cases(self) -> tuple[Callable[[Entry], bool], ...]:
        """Return the steps of the normal case, each about one proposal that was accepted."""

    def _commit_locally(self, entry: Entry) -> bool:
        """Note that a proposal is decided; it is executed once those before it are."""
        if entry.sequence <= self.ledger.height or entry.sequence in self._committed:
            return False
        self._committed[entry.sequence] = entry
        return True

    def _propose(self) -> bool:
        """Propose requests that wait, as the primary of the active view."""
        if not self.active or not self.is_primary:
            return False
        numbers = range(self._unused(), self.checkpoints.high + 1)
        proposals = self._fresh(numbers, {e.digest for e in self.log.of(self.view)})
        for vote in proposals:
            self._send(vote)
        return bool(proposals)

    def _unused(self) -> int:
        top = self.checkpoints.stable, self.ledger.height, self.log.highest(self.view)
        return max(top) + 1

    def _fresh(self, numbers: range, taken: set[bytes]) -> list[PrePrepare]:
        """Return proposals of the requests that wait, as far as sequence numbers go."""
        waiting = [r for r in self.ledger.waiting if r.payload.fingerprint not in taken]
        return [
            PrePrepare(self.node, self.view, sequence, request.payload.fingerprint, request)
            for sequence, request in zip(numbers, waiting, strict=False)
        ]

    def _execute(self) -> bool:
        """Execute the next sequence number if it is decided."""
        entry = self._committed.pop(self.ledger.height + 1, None)
        if entry is None:
            return False
        request = entry.request.payload if entry.request else None
        repeated = isinstance(request, Request) and self.ledger.stale(request)
        self.ledger.execute(entry.view, entry.request)
        self._executed(request if isinstance(request, Request) and not repeated else None)
        return True

    def _executed(self, request: Request | None) -> None:
        """Answer the client of what was just executed."""
        if request is not None:
            self._acknowledge(request)

    def _acknowledge(self, request: Request) -> None:
        """Tell the client that its request was just executed."""
        self._reply(request, self.ledger.executed[-1])

    def _reply(self, request: Request, done: Executed) -> None:
        said = self.node, self.view, request.sender, request.timestamp, done.state
        answered = self.ledger.application is not None
        reply = Answered(*said, done.reply) if answered else Reply(*said)
        self.replies.append(seal(reply, self.keys))

    # ---- output

    def _send(self, payload: Payload) -> None:
        envelope = seal(payload, self.keys)
        self._keep(envelope)
        self.outbox.append(envelope)

    def _keep(self, envelope: Envelope) -> None:
        """Keep a message of the replica's own, as it keeps those of others."""
        if isinstance(vote := envelope.payload, PrePrepare):
            self.log.accept(vote, envelope)
