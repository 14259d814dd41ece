"""A replica of any of the three protocols: the steps that they share, and view changes.

Castro and Liskov, Practical Byzantine Fault Tolerance, OSDI 1999, sections 4.2 to 4.5.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING

from milpbft.pbft.reference import admission as why
from milpbft.pbft.reference.messages import (
    Checkpoint,
    NewView,
    PrePrepare,
    ViewChange,
    VouchedViewChange,
    seal,
)
from milpbft.pbft.reference.recovery import RecoveringCore
from milpbft.pbft.reference.viewchange import (
    ViewChanges,
    follows,
    ordered,
    starting,
    view_change_fault,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from milpbft.pbft.reference.messages import Claim, Envelope
    from milpbft.pbft.reference.viewchange import Choice, Ordered


class Replica(RecoveringCore):
    """One correct node, as far as the three protocols agree."""

    spoken = (*RecoveringCore.spoken, ViewChange, VouchedViewChange, NewView)

    def _begin(self) -> None:
        super()._begin()
        self.view_changes = ViewChanges()
        self._openings: dict[int, tuple[NewView, list[ViewChange]]] = {}
        self._expired = False

    # ---- the timer

    @property
    def timer(self) -> tuple[int, bytes] | None:
        """Name of the view change timer that runs, None where none does; a new one starts anew.

        It is for a view and the oldest request that waits: once that is executed it is stopped, and
        started again where another waits (section 4.4). Started between two views, it goes on when
        the view is opened (section 4.5.2).
        """
        if not self.timer_runs:
            return None
        oldest = next((r.payload.fingerprint for r in self.ledger.waiting), b"")
        return self.view, oldest

    @property
    def timer_runs(self) -> bool:
        """Whether the view change timer runs, so that its expiry means something.

        In an active view: a request waits, and the replica is a backup. Between two views: a
        quorum of view changes for the coming one is known (Castro and Liskov, section 4.5.2).
        """
        if not self.active:
            later = self.rules.counts == "later"
            heard = (
                self.view_changes.senders(self.view) if later else self.view_changes.of(self.view)
            )
            return len(heard) >= self.rules.view_quorum or not self.rules.patient
        waits = bool(self.ledger.waiting) and not self.finished
        return waits and (self.rules.primary_timer or not self.is_primary)

    def on_timer(self) -> None:
        """Note an expired timer; where none runs, nothing expires."""
        self._expired = self.timer_runs

    # ---- steps

    def act(self) -> None:
        """Leave the view if the timer expired, then take steps until none is enabled."""
        if self._expired:
            self._expired = False
            self._leave(self.view + 1)
        steps = self._steps()
        while any(step() for step in steps):
            pass

    def _steps(self) -> tuple[Callable[[], bool], ...]:
        """Return the steps in the order in which they are tried; each says whether it was taken."""
        return (
            self._propose,
            self._vote,
            self._execute,
            self._stabilise,
            self._catch_up,
            self._follow,
            self._join,
            self._open_view,
        )

    # ---- view changes

    def _take(self, envelope: Envelope) -> str | None:
        match envelope.payload:
            case ViewChange() as view_change:
                return self._take_view_change(view_change, envelope)
            case NewView() as opening:
                return self._take_new_view(opening)
        return super()._take(envelope)

    def _keep(self, envelope: Envelope) -> None:
        super()._keep(envelope)
        if isinstance(view_change := envelope.payload, ViewChange):
            self.view_changes.add(view_change, envelope)

    def _take_view_change(self, view_change: ViewChange, envelope: Envelope) -> str | None:
        if view_change.view < self.view or (view_change.view == self.view and self.active):
            return why.WRONG_VIEW
        known = self.view_changes.of(view_change.view).get(view_change.sender)
        if known is not None:
            return why.DUPLICATE if known == envelope else why.CONFLICTING
        if view_change_fault(view_change, self.rules, self.keys, self._valid_claim):
            return why.BAD_VIEW_CHANGE
        self.view_changes.add(view_change, envelope)
        return None

    @abstractmethod
    def _valid_claim(self, claim: Claim, sender: int) -> bool:
        """Whether a claim in a view change of `sender` is backed by signatures."""

    @abstractmethod
    def _select(self, view_changes: Sequence[ViewChange]) -> dict[int, Choice]:
        """Choose what a new view proposes again, by sequence number."""

    def _leave(self, view: int) -> None:
        """Leave for `view`: stop taking part until it is opened, and say what is known."""
        self.view, self.active = view, False
        self.view_changes.forget(view)
        checkpoints = self.checkpoints
        claims = tuple(claim for s in sorted(self.claims) for claim in self.claims[s])
        said = self.node, view, checkpoints.stable, checkpoints.proof, claims
        if self.rules.starts == "proven":
            self._send(ViewChange(*said))
        else:
            self._send(VouchedViewChange(*said, held=self.checkpoints.held(self.node)))

    def _join(self) -> bool:
        """Leave for a view, as the rules say which, after f + 1 others, timer or not."""
        quorum = self.rules.join_quorum
        goals = self.view_changes.goals(self.view, self.node)
        if not quorum or len(goals) < quorum:
            return False
        self._leave(min(goals) if self.rules.joins == "lowest" else self.view + 1)
        return True

    def _open_view(self) -> bool:
        """Open the view that the replica waits for, as its primary, at a quorum of view changes."""
        if self.active or not self.is_primary:
            return False
        envelopes = tuple(self.view_changes.of(self.view).values())
        if len(envelopes) < self.rules.view_quorum:
            return False
        view_changes = [e.payload for e in envelopes if isinstance(e.payload, ViewChange)]
        order = self.ordered(view_changes)
        if order is None:
            return False
        self._adopt(view_changes)
        stable, choices = order
        again = [
            PrePrepare(self.node, self.view, s, choice.digest, choice.request)
            for s, choice in choices
        ]
        first = max(stable + len(choices), self.ledger.height, self.checkpoints.stable) + 1
        # Backups judge by the checkpoint in the view changes, though this node may have a later.
        numbers = range(first, self.rules.top(stable) + 1)
        fresh = self._fresh(numbers, {vote.digest for vote in again})
        proposals = tuple(seal(vote, self.keys) for vote in (*again, *fresh))
        self._send(NewView(self.node, self.view, envelopes, proposals))
        self._enter(self.view, proposals)
        return True

    def ordered(self, view_changes: Sequence[ViewChange]) -> Ordered | None:
        """Return where a view starts that rests on view changes, and what it proposes again."""
        return ordered(view_changes, self._choices(view_changes), self.rules)

    def _choices(self, view_changes: Sequence[ViewChange]) -> dict[int, Choice]:
        return self._select(view_changes) if self.rules.keeps_claims else {}

    def _take_new_view(self, opening: NewView) -> str | None:
        if opening.view < self.view or (opening.view == self.view and self.active):
            return why.WRONG_VIEW
        if opening.sender != self.rules.primary(opening.view):
            return why.WRONG_SENDER
        if opening.view in self._openings:
            return why.DUPLICATE
        view_changes = follows(opening, self.rules, self.keys, self._valid_claim, self.ordered)
        if view_changes is None:
            return why.BAD_NEW_VIEW
        self._openings[opening.view] = opening, view_changes
        return None

    def _follow(self) -> bool:
        """Enter the earliest view that was opened, from the one before it or from any earlier."""
        openings = {v: o for v, o in self._openings.items() if v > self.view - (not self.active)}
        self._openings = openings
        asked = self.rules.follows == "asked"
        if not openings or (asked and min(openings) != self.view):
            return False
        opening, view_changes = openings.pop(min(openings))
        self._adopt(view_changes)
        self._enter(opening.view, opening.pre_prepares)
        return True

    def _adopt(self, view_changes: Sequence[ViewChange]) -> None:
        """Take over the checkpoint that a view starts from, before the view is entered."""
        start = starting(view_changes, self.rules)
        if start is not None and start[1] is not None:
            self.checkpoints.vouch(start[0], start[1])
        for view_change in view_changes:
            for proof in view_change.proof:
                if isinstance(proof.payload, Checkpoint):
                    self._take_checkpoint(proof.payload, proof)
        self._stabilise()

    def _enter(self, view: int, proposals: Sequence[Envelope]) -> None:
        self.view, self.active = view, True
        self.view_changes.forget(view + 1)
        for envelope in proposals:
            vote = envelope.payload
            if isinstance(vote, PrePrepare) and self.checkpoints.admits(vote.sequence):
                self._accept(vote, envelope)
        held = [e for (v, _), e in self._held.items() if v == view]
        self._held = {slot: e for slot, e in self._held.items() if slot[0] > view}
        for envelope in held:
            if (reason := self._take(envelope)) is not None:
                self.dropped[reason] += 1
