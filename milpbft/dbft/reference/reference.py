"""dBFT 2.0 as the executable world and the replay see it."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from milpbft.dbft.reference.messages import (
    ChangeView,
    Commit,
    Envelope,
    PrepareRequest,
    PrepareResponse,
    RecoveryMessage,
    RecoveryRequest,
    propose,
    seal,
)
from milpbft.dbft.reference.replica import GENESIS, Replica
from milpbft.dbft.reference.told import said, state
from milpbft.errors import InputError
from milpbft.sim.signatures import KeyRing
from milpbft.sim.telling import Said, Telling, quota

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from milpbft.dbft.reference.rules import Rules
    from milpbft.sim.network import Log, Packet
    from milpbft.sim.replica import Decision
    from milpbft.sim.signatures import Signatures

REQUEST = PrepareRequest.kind
RESPONSE = PrepareResponse.kind


class DbftReference(Telling):
    """Makes replicas, names their messages, and signs what Byzantine nodes send.

    A kind may end in ``#k``, k > 0: what a Byzantine primary proposes beside its first proposal,
    and the responses and commits to that, e.g. ``PrepareRequest#1``, ``Commit#1``.

    Parameters
    ----------
    rules
        What the network agrees on.
    keys
        Keys of all nodes, by default a ring of seed 0.
    height
        Height of the block that is agreed on.
    replica
        The class of correct nodes, by default that of the protocol; tests put faulty ones here.
    """

    protocol = "dbft2"
    profile = "paper"
    hashes = True
    kinds: tuple[str, ...] = (
        REQUEST,
        RESPONSE,
        Commit.kind,
        ChangeView.kind,
        RecoveryRequest.kind,
    )
    valued_kinds = frozenset({REQUEST, RESPONSE, Commit.kind})
    recovery_kinds = frozenset({RecoveryRequest.kind, RecoveryMessage.kind})
    change_views: ClassVar[tuple[type[ChangeView], ...]] = (ChangeView,)
    """The protocol's change views."""
    correct: ClassVar[type[Replica]] = Replica
    """The class of the protocol's correct nodes."""

    def __init__(
        self,
        rules: Rules,
        *,
        keys: Signatures | None = None,
        height: int = 1,
        replica: type[Replica] | None = None,
    ) -> None:
        self.rules = rules
        self.keys = keys or KeyRing(rules.n)
        self.height = height
        self._replica = replica or self.correct
        self._others: defaultdict[int, dict[int, PrepareRequest]] = defaultdict(dict)

    @property
    def n(self) -> int:
        """Number of nodes."""
        return self.rules.n

    def replicas(self) -> Mapping[int, Replica]:
        """Return new replicas, one per node."""
        return {i: self._replica(i, self.rules, self.keys, self.height) for i in range(self.n)}

    def restarted(self, node: int, lives: int) -> Replica:
        """Return a replica without memory; it proposes again what it proposed before."""
        return self._replica(node, self.rules, self.keys, self.height)

    def name_other(self, request: PrepareRequest, variant: int) -> None:
        """Let ``#variant`` name what is about this proposal beside the first of its view."""
        self._others[request.view][variant] = request

    def primary(self, view: int) -> int:
        """Return the primary of `view`."""
        return self.rules.primary(view, self.height)

    def label(self, envelope: Envelope) -> tuple[str, int]:
        """Kind and view of a message; the kind ends in ``#k`` where it is about proposal k > 0."""
        payload = envelope.payload
        for variant, request in self._others[payload.view].items():
            if _concerns(self.keys, envelope, request):
                return f"{payload.kind}#{variant}", payload.view
        return payload.kind, payload.view

    def carrier(self, node: int, kind: str, view: int) -> str | None:
        """Return the request, where `kind` is a response of its own primary; None otherwise."""
        base, mark, variant = kind.partition("#")
        own = base == RESPONSE and self.primary(view) == node
        return REQUEST + mark + variant if own else None

    def forge(self, node: int, kind: str, view: int, sent: Log[Envelope]) -> Envelope:
        """Make a message that Byzantine `node` really signs.

        Responses and commits are about the request that the primary of `view` has sent; where there
        is none yet, about nothing, and nobody will take them.

        Raises
        ------
        InputError
            Where there is no such kind of message.
        """
        base, _, suffix = kind.partition("#")
        if suffix and not suffix.isdecimal():
            raise InputError("kind", kind, "a number must follow the #")
        if base not in (*self.kinds, RecoveryMessage.kind):
            allowed = ", ".join((*self.kinds, RecoveryMessage.kind))
            raise InputError("kind", kind, f"one of {allowed}")
        stamp = self.height, view, node
        for change_view in self.change_views:
            if base == change_view.kind:
                return seal(change_view(*stamp, view + 1, timestamp=int(suffix or 0)), self.keys)
        match base:
            case PrepareRequest.kind:
                return seal(self._propose(node, view, int(suffix or 0)), self.keys)
            case PrepareResponse.kind:
                request = self._request(view, suffix, sent)
                return seal(PrepareResponse(*stamp, request=request.digest), self.keys)
            case Commit.kind:
                header = self._request(view, suffix, sent).header
                return seal(Commit(*stamp, signature=self.keys.sign(node, header)), self.keys)
            case RecoveryRequest.kind:
                return seal(RecoveryRequest(*stamp, timestamp=int(suffix or 0)), self.keys)
        known = tuple(p.envelope for p in sent if p.kind not in self.recovery_kinds)
        return seal(RecoveryMessage(*stamp, messages=known), self.keys)

    def _propose(self, node: int, view: int, variant: int) -> PrepareRequest:
        request = propose(self.height, GENESIS, view, node, variant)
        if variant and node == self.primary(view):
            self._others[view][variant] = request
        return request

    def _request(self, view: int, suffix: str, sent: Log[Envelope]) -> PrepareRequest:
        primary = self.primary(view)
        packet = sent.latest(primary, f"{REQUEST}#{suffix}" if suffix else REQUEST, view)
        if packet is not None and isinstance(packet.envelope.payload, PrepareRequest):
            return packet.envelope.payload
        # A guess: the node cannot know what the primary will propose.
        return propose(self.height, bytes(range(32)), view, primary)

    def decisions(self, replica: Replica) -> Sequence[Decision]:
        """Return the block that the replica accepted, if it has."""
        return (replica.decision,) if replica.decision else ()

    def view(self, replica: Replica) -> int:
        """Return the view that the replica is in."""
        return replica.view

    def timer(self, replica: Replica) -> int:
        """Return the view that the replica is in: each has a timer, from when it is entered on."""
        return replica.view

    def proposes(self, replica: Replica) -> bool:
        """Whether the replica is a primary that waits for its timer to send its request."""
        return replica.awaits_timer_to_propose

    def certified(self, view: int, envelopes: Sequence[Envelope]) -> bool:
        """Whether M nodes' commits in `view` sign the header of one request of its primary."""
        payloads = [e.payload for e in envelopes if e.payload.view == view]
        commits = [payload for payload in payloads if isinstance(payload, Commit)]
        return any(
            len({c.sender for c in commits if self._signs(c, request)}) >= self.rules.commit_quorum
            for request in payloads
            if isinstance(request, PrepareRequest) and request.sender == self.primary(view)
        )

    def _signs(self, commit: Commit, request: PrepareRequest) -> bool:
        return self.keys.verify(commit.sender, request.header, commit.signature)

    # ---- for drivers

    @property
    def sizes(self) -> tuple[int, int]:
        """F and M."""
        return self.rules.faults, self.rules.commit_quorum

    @property
    def rotation(self) -> Literal["view", "height", "listed"]:
        """How primaries follow each other."""
        in_order = self.rules.validators == tuple(range(self.n))
        return self.rules.rotation if in_order else "listed"

    def said(self, packet: Packet[Envelope], sent: Sequence[Packet[Envelope]]) -> Said:
        """Return what a message says beside its kind and view."""
        return said(packet, sent, self.keys)

    def state(self, replica: Replica) -> dict[str, Any]:
        """Return the state of a replica in the words of drivers, and our own."""
        return {
            **state(replica, self.primary(replica.view)),
            "decided": [decision.view for decision in self.decisions(replica)],
            "proposes": self.proposes(replica),
            "about": self.explain(replica),
        }

    def explain(self, replica: Replica) -> str:
        """Return the state of a replica in words: its view, what it has of it, what it did."""
        context, rules = replica.context, self.rules
        known = context.round
        facts = [
            f"in view {context.view}",
            "has the request" if known.request else "has no request",
            quota(known.preparations, rules.prepare_quorum, "preparations"),
            quota(len(known.commits), rules.commit_quorum, "commits"),
            quota(context.asking(context.view + 1), rules.view_quorum, "change views"),
        ]
        if context.view_changing:
            facts.append("asked for a view change")
        if replica.committed_view is not None:
            facts.append(f"committed in view {replica.committed_view}")
        if replica.done:
            facts.append("accepted a block")
        return ", ".join(facts)


def _concerns(keys: Signatures, envelope: Envelope, request: PrepareRequest) -> bool:
    payload = envelope.payload
    match payload:
        case PrepareRequest():
            return payload.digest == request.digest
        case PrepareResponse():
            return payload.request == request.digest
        case Commit():
            return keys.verify(payload.sender, request.header, payload.signature)
    return False
