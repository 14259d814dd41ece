"""dBFT 2.0 with the rules of a profile, as the executable world and the replay see it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from milpbft.dbft.reference.messages import RecoveryMessage, propose
from milpbft.dbft.reference.production.book import view_asked
from milpbft.dbft.reference.production.profile import Profile, profile
from milpbft.dbft.reference.production.replica import ProductionReplica
from milpbft.dbft.reference.production.site import Site
from milpbft.dbft.reference.reference import DbftReference
from milpbft.dbft.reference.rules import Rules
from milpbft.dbft.reference.told import asked
from milpbft.sim.telling import Telling, quota

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from milpbft.dbft.reference.messages import Envelope
    from milpbft.sim.network import Log, Packet
    from milpbft.sim.replica import Decision
    from milpbft.sim.signatures import Signatures
    from milpbft.sim.telling import Said

VIEWS = 32
"""Views in which proposals of restarted primaries are told apart by name."""


class ProductionReference(Telling):
    """Makes replicas of a profile; names and forges messages as the paper's reference does.

    Parameters
    ----------
    n
        Number of nodes.
    rules
        The profile, or its name.
    options
        What is set otherwise, by name.
    height
        Height of the block that is agreed on.
    period
        Time of a block, in milliseconds.
    primaries
        The primaries of the first views, where the profile rotates by view.
    keys
        Keys of all nodes, by default a ring of seed 0.
    """

    protocol = "dbft2"
    kinds = DbftReference.kinds
    valued_kinds = DbftReference.valued_kinds
    recovery_kinds = DbftReference.recovery_kinds

    def __init__(
        self,
        n: int,
        rules: Profile | str,
        options: Mapping[str, str] | None = None,
        *,
        height: int = 1,
        period: int = 1000,
        primaries: tuple[int, ...] = (),
        keys: Signatures | None = None,
    ) -> None:
        self.n = n
        row = profile(rules) if isinstance(rules, str) else rules
        self.options = row.varied(options or {})
        self.profile = rules if isinstance(rules, str) else ""
        self.inputs = self.options.inputs
        self.rules = Rules.of(n, rotation=self.options.rotation, primaries=primaries)
        self._names = DbftReference(self.rules, keys=keys, height=height)
        self.height = height
        self.keys = self._names.keys
        self.site = Site(self.rules, self.options, self.keys, height, period)

    def replicas(self) -> Mapping[int, ProductionReplica]:
        """Return new replicas, one per node, at time 0."""
        return {node: ProductionReplica(node, self.site) for node in range(self.n)}

    def restarted(self, node: int, lives: int, now: int = 0) -> ProductionReplica:
        """Return a replica without memory; what it proposes from now on ends in ``#lives``."""
        for view in range(VIEWS):
            if self.primary(view) == node:
                self._names.name_other(
                    propose(self.height, self.site.previous, view, node, lives), lives
                )
        return ProductionReplica(node, self.site, now, lives)

    def primary(self, view: int) -> int:
        """Return the primary of `view`."""
        return self._names.primary(view)

    def label(self, envelope: Envelope) -> tuple[str, int]:
        """Kind and view of a message; ``#k`` where it is about proposal k > 0."""
        return self._names.label(envelope)

    def carrier(self, node: int, kind: str, view: int) -> str | None:
        """Return the request, where `kind` is a response of its own primary; None otherwise."""
        return self._names.carrier(node, kind, view)

    def forge(self, node: int, kind: str, view: int, sent: Log[Envelope]) -> Envelope:
        """Make a message that Byzantine `node` really signs."""
        return self._names.forge(node, kind, view, sent)

    def decisions(self, replica: ProductionReplica) -> Sequence[Decision]:
        """Return the block that the replica accepted, if M commits sign it."""
        taken = replica.decision if replica.has_valid_block else None
        return () if taken is None else (taken,)

    def view(self, replica: ProductionReplica) -> int:
        """Return the view that the replica is in."""
        return replica.view

    def timer(self, replica: ProductionReplica) -> object:
        """Return the view that the replica is in: each has a timer, from when it is entered on."""
        return replica.view

    def proposes(self, replica: ProductionReplica) -> bool:
        """Whether the replica is a primary that waits for its timer to send its request."""
        return replica.awaits_timer_to_propose

    def certified(self, view: int, envelopes: Sequence[Envelope]) -> bool:
        """Whether M nodes' commits in `view` sign the header of one request of its primary."""
        return self._names.certified(view, envelopes)

    def standing(self, replica: ProductionReplica) -> object:
        """Return the state of a replica, as far as messages can change it.

        It is asked for after each delivery, of change views as large as the network: messages that
        are the very same are told so without looking into them.
        """
        book = replica.book
        return (
            book.view,
            dict(book.preparations),
            dict(book.commits),
            {i: view_asked(envelope) for i, envelope in book.change_views.items()},
            dict(book.led_here),
            list(book.later),
            dict(book.heard),
            replica.done,
        )

    def repeats(self, later: Envelope, earlier: Envelope) -> bool:
        """Whether a recovery message carries in the same view all that an earlier one carried."""
        new, old = later.payload, earlier.payload
        if not (isinstance(new, RecoveryMessage) and isinstance(old, RecoveryMessage)):
            return False
        known = {id(part) for part in new.messages}
        return new.view == old.view and all(id(part) in known for part in old.messages)

    # ---- for drivers

    @property
    def sizes(self) -> tuple[int, int]:
        """F and M."""
        return self._names.sizes

    @property
    def rotation(self) -> Literal["view", "height", "listed"]:
        """How primaries follow each other."""
        return self._names.rotation

    def said(self, packet: Packet[Envelope], sent: Sequence[Packet[Envelope]]) -> Said:
        """Return what a message says beside its kind and view."""
        return self._names.said(packet, sent)

    def state(self, replica: ProductionReplica) -> dict[str, Any]:
        """Return the state of a replica as recordings have it."""
        book, own = replica.book, replica.book.own_commit
        return {
            "view": book.view,
            "primary": book.primary,
            "committed": own.payload.view if own else None,
            "done": replica.done,
            "changing": book.changing,
            "request": book.has_preparation_of_primary,
            "preps": sorted(book.preparations) or None,
            "commits": [f"{sender}@{view}" for sender, view in sorted(book.commits)] or None,
            "cvs": asked(book.change_views),
            "nc": len(book.committed),
            "nf": len(book.failed),
            "due_ms": replica.alarm.due,
        }

    def explain(self, replica: ProductionReplica) -> str:
        """Return the state of a replica in words."""
        book = replica.book
        facts = [
            f"in view {book.view}",
            "has the request" if book.has_preparation_of_primary else "has no request",
            quota(len(book.preparations), self.rules.prepare_quorum, "preparations"),
            quota(len(book.here()), self.rules.commit_quorum, "commits"),
            quota(book.asking(book.view + 1), self.rules.view_quorum, "change views"),
            f"knows of {len(book.committed)} committed and {len(book.failed)} failed",
        ]
        if book.changing:
            facts.append("asked for a view change")
        if (own := book.own_commit) is not None:
            facts.append(f"committed in view {own.payload.view}")
        if replica.done:
            facts.append("accepted a block")
        return ", ".join(facts)
