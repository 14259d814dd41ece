"""What a dBFT 2.1 node knows at one height: as in dBFT 2.0, with change views in three stages."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from milpbft.dbft.reference.context import Context
from milpbft.dbft.reference.messages import (
    ChangeView,
    ChangeView1,
    ChangeView2,
    ChangeView3,
    Commit,
    Envelope,
    PrepareRequest,
    PrepareResponse,
    RecoveryRequest,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from milpbft.dbft.reference.rules import Rules
    from milpbft.sim.signatures import Signatures

Stage = type[ChangeView]
STAGES: tuple[Stage, ...] = (ChangeView1, ChangeView2, ChangeView3)


class Phase(Enum):
    """Where a node is in its view, told by what it sent there."""

    INITIALIZED = "initialized"
    PREPARED = "prepared"
    CV1 = "asked in stage 1"
    CV2 = "asked in stage 2"
    COMMITTED = "committed"
    CV3 = "asked in stage 3"


class Context21(Context):
    """The state of a node that its rules read; takes the parameters of :class:`Context`.

    Everything that is counted is what the node has *seen*: what it sent and what reached it.
    """

    spoken = (PrepareRequest, PrepareResponse, Commit, *STAGES, RecoveryRequest)

    def __init__(
        self, node: int, rules: Rules, keys: Signatures, height: int, previous: bytes
    ) -> None:
        super().__init__(node, rules, keys, height, previous)
        self.asks: dict[tuple[Stage, int], dict[int, Envelope]] = {}
        """Per stage and view the change views, by sender."""

    def store(self, envelope: Envelope) -> None:
        """Keep a message that was admitted, or that is the node's own."""
        payload = envelope.payload
        if isinstance(payload, ChangeView):
            self.asks.setdefault((type(payload), payload.view), {})[payload.sender] = envelope
        else:
            super().store(envelope)

    def repeats(self, change_view: ChangeView) -> bool:
        """Whether this sender's change view of this stage and view is known."""
        return change_view.sender in self.asks.get((type(change_view), change_view.view), {})

    # ---- who sent what

    def prepared(self) -> set[int]:
        """Return the nodes that prepared in this view, its primary among them."""
        known = self.round
        return known.responses.keys() | ({self.primary(self.view)} if known.request else set())

    def committed(self) -> set[int]:
        """Return the nodes that committed in this view."""
        return set(self.round.commits)

    def asked(self, stage: Stage) -> set[int]:
        """Return the nodes that sent the change view of `stage` in this view."""
        return set(self.asks.get((stage, self.view), ()))

    @property
    def phase(self) -> Phase:
        """Where the node is in its view."""
        # Latest first: a node commits from cv1 and cv2, and reaches cv3 from its commit.
        sent = (
            (Phase.CV3, self.asked(ChangeView3)),
            (Phase.COMMITTED, self.committed()),
            (Phase.CV2, self.asked(ChangeView2)),
            (Phase.CV1, self.asked(ChangeView1)),
            (Phase.PREPARED, self.prepared()),
        )
        return next((phase for phase, nodes in sent if self.node in nodes), Phase.INITIALIZED)

    # ---- change views of one stage, for a view or a later one

    def asking(self, view: int) -> int:
        """Return the number of nodes that asked for `view` or a later one, in one stage."""
        return max(len(self._asking(stage, view)) for stage in STAGES)

    def _asking(self, stage: Stage, view: int) -> set[int]:
        return {
            node
            for (other, left), asks in self.asks.items()
            if other is stage and left + 1 >= view
            for node in asks
        }

    def view_asked_by(self, node: int) -> int:
        """Return the highest view that `node` asked for in any stage, 0 if it asked for none."""
        return max((left + 1 for (_, left), asks in self.asks.items() if node in asks), default=0)

    # ---- what others can be told

    def known(self, *, commits: bool) -> tuple[Envelope, ...]:
        """Return what a recovery message of this node carries.

        As in dBFT 2.0; of change views, those of every stage from the one before its view on.
        """
        asks = [
            envelope
            for (_, left), sent in self.asks.items()
            if left + 1 >= self.view
            for envelope in sent.values()
        ]
        return (*asks, *super().known(commits=commits))

    def certificate_in(self, envelopes: Sequence[Envelope]) -> tuple[Envelope, ...]:
        """Return a request and M commits to it from genuine `envelopes`, or nothing."""
        for envelope in envelopes:
            request = envelope.payload
            if not isinstance(request, PrepareRequest):
                continue
            if request.sender != self.primary(request.view) or request.previous != self.previous:
                continue
            commits = {e.sender: e for e in envelopes if self._commits_to(e, request)}
            if len(commits) >= self.rules.commit_quorum:
                return envelope, *commits.values()
        return ()

    def _commits_to(self, envelope: Envelope, request: PrepareRequest) -> bool:
        commit = envelope.payload
        same = isinstance(commit, Commit) and commit.view == request.view
        return same and self.matches(envelope, request)
