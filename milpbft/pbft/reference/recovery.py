"""Checkpoints of a replica: watermarks, forgetting what is below them, and catching up."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from milpbft.pbft.reference import admission as why
from milpbft.pbft.reference.core import Core
from milpbft.pbft.reference.messages import (
    Checkpoint,
    Envelope,
    Fetch,
    Snapshot,
    State,
    seal,
)

if TYPE_CHECKING:
    from milpbft.pbft.reference.messages import Claim, Request


class RecoveringCore(Core):
    """A node that takes checkpoints and helps others to theirs."""

    spoken = (*Core.spoken, Checkpoint, Fetch, State, Snapshot)

    def _begin(self) -> None:
        super()._begin()
        self.claims: dict[int, tuple[Claim, ...]] = {}
        """Per sequence number what the next view change says of it."""
        self._states: list[State] = []
        self._snapshots: dict[int, Snapshot] = {}
        self._offers: dict[int, Snapshot] = {}
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
            case Snapshot() as snapshot:
                self._offers[snapshot.sender] = snapshot
                return None
        return super()._take(envelope)

    def _executed(self, request: Request | None) -> None:
        """Take a checkpoint where one is due."""
        super()._executed(request)
        height, interval = self.ledger.height, self.rules.interval
        if interval and height % interval == 0:
            if self.rules.kept:
                self._snapshots[height] = self.ledger.snapshot(self.node)
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
        self._snapshots = {s: taken for s, taken in self._snapshots.items() if s >= stable}
        if self.rules.kept:
            self.ledger.forget(min(stable, self.ledger.height) - self.rules.kept)
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
        if fetch.sequence <= self.ledger.base:
            taken = self._snapshots.get(self.checkpoints.stable)
            self.outbox += [] if taken is None else [seal(taken, self.keys)]
            return None if taken else why.OUT_OF_WINDOW
        items = self.ledger.since(fetch.sequence)
        self._send(State(self.node, fetch.sequence, tuple(item.request for item in items)))
        return None

    def _catch_up(self) -> bool:
        """Take over what others executed."""
        states, self._states = self._states, []
        height = self.ledger.height
        for state in states:
            if (reason := self._take_state(state)) is not None:
                self.dropped[reason] += 1
        self._take_snapshot()
        return self.ledger.height > height

    def _take_snapshot(self) -> None:
        """Go on from the stable checkpoint that f + 1 replicas hand out alike.

        That it leads to the stable state is tested whoever says it; of clients' last requests no
        state tells, so that one correct replica must.
        """
        stable, state = self.checkpoints.stable, self.checkpoints.state
        self._offers = {i: o for i, o in self._offers.items() if o.sequence >= stable}
        if self.ledger.height >= stable or state is None:
            return
        alike = defaultdict[bytes, list[Snapshot]](list)
        for offer in self._offers.values():
            if offer.sequence == stable:
                alike[replace(offer, sender=0).fingerprint].append(offer)
        for offers in alike.values():
            if len(offers) < self.rules.reply_quorum:
                continue
            ledger = self.ledger.restored(self.view, offers[0], state)
            if ledger is None:
                self.dropped[why.BAD_STATE] += 1
                continue
            self.ledger = ledger
            self._committed = {s: e for s, e in self._committed.items() if s > ledger.height}
            return

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
