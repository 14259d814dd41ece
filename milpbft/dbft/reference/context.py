"""What a dBFT node knows at one height: the messages that it took, and counts over them."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, ClassVar

from milpbft.dbft.reference.messages import (
    ChangeView,
    Commit,
    Envelope,
    Payload,
    PrepareRequest,
    PrepareResponse,
    RecoveryRequest,
)
from milpbft.dbft.returns import ReturnRule

if TYPE_CHECKING:
    from milpbft.dbft.reference.rules import Rules
    from milpbft.sim.signatures import Signatures


class Round:
    """The messages of one view, at most one of a kind from a node."""

    __slots__ = ("commits", "request", "responses")

    def __init__(self) -> None:
        self.request: Envelope | None = None
        self.responses: dict[int, Envelope] = {}
        self.commits: dict[int, Envelope] = {}

    @property
    def proposal(self) -> PrepareRequest | None:
        """The primary's request, once it is known."""
        payload = self.request.payload if self.request else None
        return payload if isinstance(payload, PrepareRequest) else None

    @property
    def preparations(self) -> int:
        """Nodes that prepared: the request is its primary's preparation."""
        return (self.request is not None) + len(self.responses)


class Context:
    """The state of a node that its rules read: its view and the messages that it took.

    Parameters
    ----------
    node
        The node itself.
    rules
        Sizes, quorums and primaries.
    keys
        Signs for this node and verifies for all.
    height
        Height of the block that is agreed on.
    previous
        Hash of the block below.
    """

    spoken: ClassVar[tuple[type[Payload], ...]] = (
        PrepareRequest,
        PrepareResponse,
        Commit,
        ChangeView,
        RecoveryRequest,
    )
    """Messages of the protocol, recovery messages apart."""

    def __init__(
        self, node: int, rules: Rules, keys: Signatures, height: int, previous: bytes
    ) -> None:
        self.node = node
        self.rules = rules
        self.keys = keys
        self.height = height
        self.previous = previous
        self.view = 0
        self.rounds: defaultdict[int, Round] = defaultdict(Round)
        self.change_views: dict[int, Envelope] = {}
        """Per node its ChangeView with the highest new view."""
        self.committers: set[int] = set()
        """Nodes of which a Commit is known, of whatever view."""
        self.heard: dict[int, int] = {}
        """Per other node the highest view of which a genuine message came from it."""

    def hear(self, payload: Payload) -> None:
        """Note that a genuine message came from its sender itself, whether or not it is taken."""
        self.heard[payload.sender] = max(payload.view, self.heard.get(payload.sender, 0))

    @property
    def lost(self) -> set[int]:
        """The other nodes of which no message of this view or a later one, and no Commit, came.

        What a recovery message of somebody else tells of a node is no word from it.
        """
        others = set(range(self.rules.n)) - self.committers - {self.node}
        return {node for node in others if self.heard.get(node, -1) < self.view}

    @property
    def round(self) -> Round:
        """The messages of the node's own view."""
        return self.rounds[self.view]

    @property
    def is_primary(self) -> bool:
        """Whether the node is the primary of its view."""
        return self.primary(self.view) == self.node

    def primary(self, view: int) -> int:
        """Return the primary of `view` at this height."""
        return self.rules.primary(view, self.height)

    def view_asked_by(self, node: int) -> int:
        """Return the highest view that `node` asked for, 0 if it asked for none."""
        envelope = self.change_views.get(node)
        payload = envelope.payload if envelope else None
        return payload.new_view if isinstance(payload, ChangeView) else 0

    def asking(self, view: int) -> int:
        """Return the number of nodes that asked for `view` or a later one."""
        return sum(self.view_asked_by(node) >= view for node in self.change_views)

    def repeats(self, change_view: ChangeView) -> bool:
        """Whether a ChangeView says nothing new."""
        return self.view_asked_by(change_view.sender) >= change_view.new_view

    @property
    def view_changing(self) -> bool:
        """Whether the node asked to leave its view and is still there."""
        return self.view_asked_by(self.node) > self.view

    def store(self, envelope: Envelope) -> None:
        """Keep a message that was admitted, or that is the node's own."""
        payload = envelope.payload
        match payload:
            case PrepareRequest():
                self._store_request(envelope, payload)
            case PrepareResponse():
                self.rounds[payload.view].responses[payload.sender] = envelope
            case Commit():
                self.rounds[payload.view].commits[payload.sender] = envelope
                self.committers.add(payload.sender)
            case ChangeView():
                self.change_views[payload.sender] = envelope

    def _store_request(self, envelope: Envelope, request: PrepareRequest) -> None:
        known = self.rounds[request.view]
        known.request = envelope
        known.responses = {n: e for n, e in known.responses.items() if self.matches(e, request)}
        known.commits = {n: e for n, e in known.commits.items() if self.matches(e, request)}
        self.committers = {node for item in self.rounds.values() for node in item.commits}

    def matches(self, envelope: Envelope, request: PrepareRequest) -> bool:
        """Whether a response names this request, or a commit signs its block header."""
        payload = envelope.payload
        match payload:
            case PrepareResponse():
                return payload.request == request.digest
            case Commit():
                return self.keys.verify(payload.sender, request.header, payload.signature)
        return False

    def more_than_f_committed(self) -> bool:
        """Whether more than f nodes committed, as the return rule counts them."""
        match self.rules.returns:
            case ReturnRule.NEVER:
                return False
            case ReturnRule.OWN_VIEW:
                return len(self.round.commits) > self.rules.faults
            case ReturnRule.ANY_VIEW:
                return len(self.committers) > self.rules.faults
            case ReturnRule.COMMITTED_OR_LOST:
                return len(self.committers | self.lost) > self.rules.faults

    def known(self, *, commits: bool) -> tuple[Envelope, ...]:
        """Return what a recovery message of this node carries, as in production.

        The preparations of its view, the change views that led there or further, and, where
        `commits` says so, the commits of every view.
        """
        request = [self.round.request] if self.round.request else []
        change_views = [
            e
            for node, e in sorted(self.change_views.items())
            if self.view_asked_by(node) >= self.view
        ]
        sent = [e for view in sorted(self.rounds) for e in self.rounds[view].commits.values()]
        prepared = self.round.responses.values()
        return (*change_views, *request, *prepared, *(sent if commits else []))
