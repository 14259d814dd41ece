"""What the references of the three protocols have in common.

The world and the replay know a message by its sender, its kind and its view. A kind may end in
``#k``, k > 0: it is about the request of value k. Value 0, which correct nodes are asked for, has
no suffix. View changes bear the view that they ask for.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Literal, TypeVar

from milpbft.errors import InputError
from milpbft.pbft.reference.messages import (
    Claim,
    Envelope,
    NewView,
    Payload,
    PrePrepare,
    Request,
    ViewChange,
    Vote,
    seal,
)
from milpbft.pbft.reference.replica import Replica
from milpbft.pbft.reference.viewchange import view_change_fault
from milpbft.pbft.reference.words import about
from milpbft.sim.signatures import KeyRing
from milpbft.sim.telling import Telling, labelled, plain_state, quota

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from milpbft.pbft.reference.rules import Rules
    from milpbft.pbft.reference.threshold import Threshold
    from milpbft.sim.network import Log, Packet
    from milpbft.sim.replica import Decision
    from milpbft.sim.signatures import Signatures
    from milpbft.sim.telling import Said

R = TypeVar("R", bound=Replica)


class FamilyReference(Telling, ABC, Generic[R]):
    """Makes replicas, names their messages, and signs what Byzantine nodes send.

    Parameters
    ----------
    rules
        What the network agrees on.
    sequences
        Sequence numbers that are agreed on, and requests that every node knows at the start. Labels
        tell messages of one sequence number apart only: replay and forgeries are for 1.
    keys
        Keys of all nodes and of one client, by default a ring of seed 0.
    threshold
        Threshold signatures, by default sets of shares.
    replica
        The class of correct nodes, by default that of the protocol; tests put faulty ones here.
    requests
        Values that nodes are asked for at the start, where not 0 to `sequences` - 1.
    again
        Values that nodes are asked for once they have started again, where not the same.
    """

    protocol: ClassVar[str]
    votes: ClassVar[tuple[str, ...]]
    """Kinds of the normal case, causes before effects."""
    recovery_kinds: frozenset[str] = frozenset()
    correct: type[R]
    """The class of the protocol's correct nodes."""
    shares: ClassVar[frozenset[str]] = frozenset()
    """Kinds that are sent to the collector only."""

    def __init__(
        self,
        rules: Rules,
        *,
        sequences: int = 1,
        keys: Signatures | None = None,
        threshold: Threshold | None = None,
        replica: type[R] | None = None,
        requests: Mapping[int, Sequence[int]] | None = None,
        again: Mapping[int, Sequence[int]] | None = None,
    ) -> None:
        if sequences < 1:
            raise InputError("sequences", sequences, "1 or more")
        self.rules = replace(self._adapt(rules), last=sequences)
        self.keys = keys or KeyRing(rules.n + 1)
        self.threshold = threshold or self._threshold()
        self._replica = replica or self.correct
        self._requests = requests or {}
        self._again = again or {}
        self._values: list[Envelope] = []
        self._numbers: dict[bytes, int] = {}

    def _adapt(self, rules: Rules) -> Rules:
        """Return the rules as a variant has them."""
        return rules

    @abstractmethod
    def _threshold(self) -> Threshold:
        """Return the default threshold signatures."""

    @property
    def n(self) -> int:
        """Number of nodes."""
        return self.rules.n

    @property
    def kinds(self) -> tuple[str, ...]:
        """Kinds of messages that a Byzantine node may send, causes before effects."""
        return (*self.votes, *self._view_change_kinds(), NewView.kind)

    @property
    def valued_kinds(self) -> frozenset[str]:
        """Kinds that may end in ``#k``: all but the view change that claims nothing."""
        return frozenset(self.kinds) - {ViewChange.kind}

    def _view_change_kinds(self) -> tuple[str, ...]:
        """Return the labels of view changes, by what they claim."""
        return ViewChange.kind, "PreparedViewChange"

    def copies(self, kind: str) -> int:
        """Return how many messages from point to point one send of `kind` stands for.

        A share goes to the collector and to nobody else: other nodes drop their copy. The collector
        sends no shares, since it has its own. A request is relayed to the primary.
        """
        alone = self.shares | {Request.kind}
        return 1 if kind.partition("#")[0] in alone else self.n - 1

    def request(self, value: int) -> Envelope:
        """Return the client's request of `value`, a number from 0 on."""
        while len(self._values) <= value:
            number = len(self._values)
            request = Request(self.n, number + 1, f"value {number}".encode())
            self._values.append(seal(request, self.keys))
            self._numbers[request.fingerprint] = number
        return self._values[value]

    def replicas(self) -> Mapping[int, R]:
        """Return new replicas, one per node."""
        return {i: self.fresh(i) for i in range(self.n)}

    def restarted(self, node: int, lives: int) -> R:
        """Return a replica without memory, which knows the requests of its client."""
        return self.fresh(node, self._again.get(node))

    def fresh(self, node: int, values: Sequence[int] | None = None) -> R:
        """Return a new replica that is asked for some values; None for those of the start."""
        asked = self._requests.get(node, range(self.rules.last)) if values is None else values
        known = [self.request(value) for value in asked]
        return self._replica(node, self.rules, self.keys, self.threshold, known)

    def primary(self, view: int) -> int:
        """Return the primary of `view`."""
        return self.rules.primary(view)

    def carrier(self, node: int, kind: str, view: int) -> str | None:
        """Return None: every message is sent on its own."""
        return None

    # ---- for drivers

    @property
    def sizes(self) -> tuple[int, int]:
        """F, and how many nodes decide."""
        return self.rules.faults, self.rules.commit_quorum

    @property
    def rotation(self) -> Literal["view", "height", "listed"]:
        """How primaries follow each other."""
        return "view" if self.rules.validators == tuple(range(self.n)) else "listed"

    def said(self, packet: Packet[Envelope], sent: Sequence[Packet[Envelope]]) -> Said:
        """Return what the label tells."""
        kinds = [kind for kind in self.kinds if kind in self.valued_kinds]
        return labelled(packet, sent, self.primary(packet.view), kinds)

    def state(self, replica: R) -> dict[str, Any]:
        """Return the state of a replica."""
        return plain_state(self, replica)

    # ---- labels

    def label(self, envelope: Envelope) -> tuple[str, int]:
        """Kind and view of a message, the kind with what it claims and the value that it is on."""
        match envelope.payload:
            case ViewChange() as view_change:
                return self._view_change_label(view_change.claims), view_change.view
            case NewView() as opening:
                first = next((e.payload for e in opening.pre_prepares), None)
                digest = first.digest if isinstance(first, PrePrepare) else b""
                return f"{NewView.kind}{self._suffix(digest)}", opening.view
            case Vote() as vote:
                return f"{vote.kind}{self._suffix(vote.digest)}", vote.view
        return envelope.payload.kind, getattr(envelope.payload, "view", 0)

    def _suffix(self, digest: bytes) -> str:
        number = self._numbers.get(digest, 0)
        return f"#{number}" if number else ""

    def _view_change_label(self, claims: Sequence[Claim]) -> str:
        """Name a view change by what it claims of the first sequence number."""
        if not claims:
            return ViewChange.kind
        return f"PreparedViewChange{self._suffix(claims[0].digest)}"

    # ---- forgeries

    def forge(self, node: int, kind: str, view: int, sent: Log[Envelope]) -> Envelope:
        """Make a message that Byzantine `node` really signs.

        Votes may be for any value. A view change claims what signatures that were really given
        back, of the latest view before its own; where they back nothing, nobody will take it. A
        new view rests on view changes that were really sent, the node's own of any kind included,
        and chosen so that the value of its kind follows where that is possible; where it is not,
        nobody will take it.

        Raises
        ------
        InputError
            Where there is no such kind of message.
        """
        base, mark, suffix = kind.partition("#")
        if mark and not suffix.isdecimal():
            raise InputError("kind", kind, "a number must follow the #")
        if base not in self.kinds:
            raise InputError("kind", kind, f"one of {', '.join(self.kinds)}")
        value = int(suffix or 0)
        envelopes = [packet.envelope for packet in sent]
        if base in self._view_change_kinds():
            return self._view_change(node, base, value, view, envelopes)
        if base == NewView.kind:
            return self._opening(node, value, view, envelopes)
        if base == PrePrepare.kind:
            return seal(self._proposal(node, value, view), self.keys)
        return seal(self._ballot(node, base, value, view, envelopes), self.keys)

    def _proposal(self, node: int, value: int, view: int) -> PrePrepare:
        request = self.request(value)
        return PrePrepare(node, view, 1, request.payload.fingerprint, request)

    @abstractmethod
    def _ballot(
        self, node: int, kind: str, value: int, view: int, envelopes: Sequence[Envelope]
    ) -> Payload:
        """Make a message of the normal case other than a proposal."""

    @abstractmethod
    def _claims(
        self, node: int, kind: str, value: int, view: int, envelopes: Sequence[Envelope]
    ) -> tuple[Claim, ...]:
        """Return what `node` can claim of `value` in a view change for `view`."""

    def _view_change(
        self, node: int, kind: str, value: int, view: int, envelopes: Sequence[Envelope]
    ) -> Envelope:
        plain = kind == ViewChange.kind
        claims = () if plain else self._claims(node, kind, value, view, envelopes)
        return seal(ViewChange(node, view, 0, (), claims), self.keys)

    def _opening(self, node: int, value: int, view: int, envelopes: Sequence[Envelope]) -> Envelope:
        return self._opened(node, value, view, self._quorum(node, value, view, envelopes))

    def _opened(self, node: int, value: int, view: int, chosen: Sequence[Envelope]) -> Envelope:
        proposal = seal(self._proposal(node, value, view), self.keys)
        return seal(NewView(node, view, tuple(chosen), (proposal,) if chosen else ()), self.keys)

    def _quorum(
        self, node: int, value: int, view: int, envelopes: Sequence[Envelope]
    ) -> Sequence[Envelope]:
        """Choose view changes for `view` from which `value` follows, if there are."""
        known = self._known_view_changes(node, value, view, envelopes)
        if not self.rules.keeps_claims:
            return [item[0] for item in known.values() if item][: self.rules.view_quorum]
        fallback: Sequence[Envelope] = ()
        for chosen in self._quorums(value, known):
            fallback = fallback or chosen
            if self._allows(value, [e.payload for e in chosen]):
                return chosen
        return fallback

    def _known_view_changes(
        self, node: int, value: int, view: int, envelopes: Sequence[Envelope]
    ) -> dict[int, list[Envelope]]:
        """Return the valid view changes for `view` by sender, those that `node` can make last."""
        replica = self._judge
        known: dict[int, list[Envelope]] = {}
        for envelope in envelopes:
            view_change = envelope.payload
            if (
                not isinstance(view_change, ViewChange)
                or view_change.view != view
                or view_change.sender == node
            ):
                continue
            if view_change_fault(view_change, self.rules, self.keys, replica._valid_claim) is None:
                known.setdefault(view_change.sender, []).append(envelope)
        own = [
            self._view_change(node, kind, value, view, envelopes)
            for kind in self._view_change_kinds()
        ]
        known[node] = [e for e in own if self._judges(e)]
        return known

    def _judges(self, envelope: Envelope) -> bool:
        view_change = envelope.payload
        valid = self._judge._valid_claim
        return isinstance(view_change, ViewChange) and (
            view_change_fault(view_change, self.rules, self.keys, valid) is None
        )

    @property
    def _judge(self) -> R:
        """A correct replica, whose judgement of claims a liar has to pass."""
        return self._replica(0, self.rules, self.keys, self.threshold)

    def _allows(self, value: int, payloads: Iterable[object]) -> bool:
        """Whether view changes call for `value`, or for nothing at sequence number 1."""
        view_changes = [
            view_change for view_change in payloads if isinstance(view_change, ViewChange)
        ]
        if len(view_changes) < self.rules.view_quorum:
            return False
        order = self._judge.ordered(view_changes)
        assert order is not None, "checkpoints are proven"
        _, again = order
        return not again or again[0][1].digest == self.request(value).payload.fingerprint

    def _quorums(
        self, value: int, known: Mapping[int, Sequence[Envelope]]
    ) -> Iterator[list[Envelope]]:
        """Return quorums of view changes worth trying, those that leave the choice free first.

        With the latest claim of `value` in some view, all others may be of that view at most, and
        come later: for each such view, one quorum is as good as any.
        """
        digest = self.request(value).payload.fingerprint
        view_changes = [e.payload for item in known.values() for e in item]
        claims = [c for w in view_changes if isinstance(w, ViewChange) for c in w.claims]
        for latest in sorted({-1} | {claim.view for claim in claims}):
            chosen = []
            for item in known.values():
                fitting = (e for e in item if _within(e, latest))
                # The view changes that claim most of what is allowed go first.
                best = max(fitting, key=lambda e: len(_said(e)), default=None)
                if best is not None:
                    chosen.append(best)
            chosen.sort(key=lambda e: -max((c.view for c in _said(e)), default=-1))
            chosen.sort(key=lambda e: all(c.digest != digest for c in _said(e) if c.view == latest))
            yield chosen[: self.rules.view_quorum]

    # ---- what replicas did

    def decisions(self, replica: R) -> Sequence[Decision]:
        """Return what the replica executed, in order."""
        return replica.decisions

    def view(self, replica: R) -> int:
        """Return the view that the replica is in, or on its way to."""
        return replica.view

    def timer(self, replica: R) -> object:
        """Name the view change timer that runs, None where none does."""
        return replica.timer

    def proposes(self, replica: R) -> bool:
        """Return False: a primary proposes at once, without its timer."""
        return False

    @abstractmethod
    def certified(self, view: int, envelopes: Sequence[Envelope]) -> bool:
        """Whether these messages suffice for a decision in `view`."""

    def explain(self, replica: R) -> str:
        """Return the state of a replica in words: its view, what it did about each proposal."""
        asking = len(replica.view_changes.of(replica.view))
        facts = [f"in view {replica.view}"]
        if not replica.active:
            change = quota(asking, self.rules.view_quorum, "view changes")
            facts.append(f"it is not open yet; {change}")
        for entry in replica.log.of(replica.view):
            value = self._numbers.get(entry.digest)
            facts.append(about(replica, entry, "?" if value is None else f"no. {value + 1}"))
        if height := replica.ledger.height:
            facts.append(f"executed {height} request{'s' * (height > 1)}")
        return "; ".join(facts)


def _said(envelope: Envelope) -> tuple[Claim, ...]:
    view_change = envelope.payload
    return view_change.claims if isinstance(view_change, ViewChange) else ()


def _within(envelope: Envelope, latest: int) -> bool:
    return all(claim.view <= latest for claim in _said(envelope))
