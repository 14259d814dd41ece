"""Checkpoints of a replica: watermarks, forgetting what is below them, and catching up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.pbft.reference import admission as why
from milpbft.pbft.reference.core import Core
from milpbft.pbft.reference.messages import Checkpoint, Envelope, Fetch, State

if TYPE_CHECKING:
    from milpbft.pbft.reference.messages import Claim, Request


class RecoveringCore(Core):
    """A node that takes checkpoints and helps others to theirs."""

    spoken = (*Core.spoken, Checkpoint, Fetch, State)

    def _begin(self) -> None:
        super()._begin()
        self.claims: dict[int, tuple[Claim, ...]] = {}
        """Per sequence number what the next view change says of it."""
        self._states: list[State] = []
        self._fetched = 0

    def _take(self, envelope: Envelope) -> str | None:
        match envelope.payload:
            case Checkpoint() as checkpoint:
                return self._take_checkpoint(checkpoint, envelope)
            case Fetch() as fetch:
                return self._answer(fetch)
            case State() as state:
                self._states.append(state)
                return None
        return super()._take(envelope)

    def _executed(self, request: Request | None) -> None:
        """Take a checkpoint where one is due."""
        super()._executed(request)
        height, interval = self.ledger.height, self.rules.interval
        if interval and height % interval == 0:
            self._send(Checkpoint(self.node, height, self.ledger.state))

    def _keep(self, envelope: Envelope) -> None:
        super()._keep(envelope)
        if isinstance(checkpoint := envelope.payload, Checkpoint):
            self.checkpoints.add(envelope, checkpoint.sequence)

    def _take_checkpoint(self, checkpoint: Checkpoint, envelope: Envelope) -> str | None:
        if checkpoint.sequence <= self.checkpoints.stable:
            return why.OUT_OF_WINDOW
        known = self.checkpoints.known(checkpoint.sender, checkpoint.sequence)
        if known is not None:
            return why.DUPLICATE if known == envelope else why.CONFLICTING
        self.checkpoints.add(envelope, checkpoint.sequence)
        return None

    def _stabilise(self) -> bool:
        """Make a checkpoint stable, forget what is below, and ask for what was missed."""
        if not self.checkpoints.settle():
            return False
        stable = self.checkpoints.stable
        self.log.collect(stable)
        self.claims = {s: c for s, c in self.claims.items() if s > stable}
        self._held = {slot: e for slot, e in self._held.items() if slot[1] > stable}
        if self.ledger.height < stable and self._fetched < stable:
            self._fetched = stable
            self._send(Fetch(self.node, self.ledger.height + 1))
        return True

    def _answer(self, fetch: Fetch) -> str | None:
        """Answer with all that was executed here; a replica that has no more says nothing.

        Stable or not: who asks compares it with a state that a quorum vouched for, and f + 1
        correct nodes had got there before they said so. Their own checkpoint may come later.
        """
        if not 1 <= fetch.sequence <= self.ledger.height or fetch.sender == self.node:
            return why.OUT_OF_WINDOW
        items = self.ledger.executed[fetch.sequence - 1 :]
        self._send(State(self.node, fetch.sequence, tuple(item.request for item in items)))
        return None

    def _catch_up(self) -> bool:
        """Take over what others executed."""
        states, self._states = self._states, []
        height = self.ledger.height
        for state in states:
            if (reason := self._take_state(state)) is not None:
                self.dropped[reason] += 1
        return self.ledger.height > height

    def _take_state(self, state: State) -> str | None:
        """Execute what others did on a copy, and go on with it if it leads to the stable state."""
        skip = self.ledger.height + 1 - state.first
        missing = self.checkpoints.stable - self.ledger.height
        requests = state.requests[skip : skip + missing] if skip >= 0 else ()
        if missing <= 0 or len(requests) < missing:
            return why.OUT_OF_WINDOW
        copy = self.ledger.copy()
        for request in requests:
            copy.execute(self.view, request)
        if copy.state != self.checkpoints.state:
            return why.BAD_STATE
        self.ledger = copy
        self._committed = {s: e for s, e in self._committed.items() if s > self.ledger.height}
        return None
