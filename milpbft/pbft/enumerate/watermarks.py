"""View changes with checkpoints: whether some view is opened in the end, whatever came before.

PBFT with four nodes or more, a few sequence numbers, a checkpoint at each, and one Byzantine backup
that takes part while it likes and then is silent. All that view 0 can have come to is enumerated;
from each state in which every correct node has left it, everything owed is delivered and timers
expire, until a view is opened or a whole rotation of primaries has changed nothing: then no view
ever is.

**What is enumerated.** Per correct node and sequence number: nothing, the proposal, the prepared
certificate, the decision; which checkpoint is stable; and whether it left, at its timer or after
f + 1 correct others. A step shows a node what takes it one further, once enough others have sent
that; which of them does not matter, since nobody equivocates. What it fetches comes in the end.
What a node does is found by running the replica, once per state and step. Backups are chosen up to
names.

References
----------
.. [1] Hyperledger fabric, pull request 1111 (2016): view changes that never complete, because low
   watermarks were counted among those view changes only that hold the checkpoint.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, get_args

from milpbft.errors import InputError
from milpbft.pbft.reference.messages import (
    Checkpoint,
    Commit,
    Envelope,
    Payload,
    Prepare,
    PrePrepare,
    Request,
    seal,
)
from milpbft.pbft.reference.pbft import PbftReplica
from milpbft.pbft.reference.rules import Rules
from milpbft.pbft.reference.threshold import ShareSets
from milpbft.sim.seals import Seals

if TYPE_CHECKING:
    from collections.abc import Iterator

Starts = Literal["proven", "vouched", "matching"]
"""Which checkpoint a new view starts from, as rules say it."""
Steps = tuple[tuple[str, int], ...]
"""What a node was shown, in order: a kind and a sequence number each; ``leave`` at its timer."""
KINDS = (PrePrepare.kind, Prepare.kind, Commit.kind, Checkpoint.kind)
LEAVE = ("leave", 0)


@dataclass(frozen=True)
class Outcome:
    """What the enumeration found.

    Parameters
    ----------
    states
        States of view 0 that were seen, up to names of backups.
    left
        Those in which all correct nodes have left it.
    stuck
        By correct node, the primary first, what it was shown in the first run after which no view
        is ever opened; None where there is no such run.
    capped
        Whether not all states were seen.
    """

    states: int
    left: int
    stuck: tuple[Steps, ...] | None
    capped: bool


@dataclass
class _Node:
    """A correct node in a state, and all that it has sent."""

    replica: PbftReplica
    sent: list[Envelope] = field(default_factory=list)

    def act(self) -> None:
        self.replica.act()
        self.sent += self.replica.outbox
        self.replica.outbox.clear()


class _World:
    """The nodes of one network, by what they were shown."""

    def __init__(self, rules: Rules) -> None:
        self.rules, self.keys = rules, Seals()
        self.requests = [seal(Request(rules.n, s, b"%d" % s), self.keys)
                         for s in range(1, rules.last + 1)]  # fmt: skip
        self._known: dict[tuple[bool, Steps], _Node] = {}

    def node(self, steps: Steps, *, primary: bool) -> _Node:
        """Return node 0 or 1 after some steps; others do the same under their names."""
        key = primary, steps
        if key not in self._known:
            self._known[key] = self._made(0 if primary else 1, steps)
        return self._known[key]

    def _made(self, number: int, steps: Steps) -> _Node:
        if not steps:
            made = _Node(PbftReplica(number, self.rules, self.keys, ShareSets(self.keys, {})))
            for request in self.requests:
                made.replica.on_message(request)
        else:
            made = deepcopy(self.node(steps[:-1], primary=number == 0))
            self.show(made, *steps[-1])
        made.act()
        return made

    def show(self, node: _Node, kind: str, sequence: int) -> None:
        if kind == LEAVE[0]:
            node.replica._expired = True  # who follows others does the same
            return
        for payload in self.said(kind, sequence, node.replica):
            node.replica.on_message(seal(payload, self.keys))

    def said(self, kind: str, sequence: int, replica: PbftReplica) -> Iterator[Payload]:
        """Yield what other nodes say of a kind about a sequence number, a quorum with its own."""
        request = self.requests[sequence - 1]
        about = 0, sequence, request.payload.fingerprint
        others = [i for i in range(self.rules.n) if i != replica.node]
        if kind == PrePrepare.kind:
            yield PrePrepare(0, *about, request)
        elif kind == Prepare.kind:
            yield from (Prepare(i, *about) for i in others if i)
        elif kind == Commit.kind:
            yield from (Commit(i, *about) for i in others)
        else:
            state = self._state(sequence)
            yield from (Checkpoint(i, sequence, state) for i in others)

    def _state(self, sequence: int) -> bytes:
        """Return the state after so many requests."""
        ledger = PbftReplica(0, self.rules, self.keys, ShareSets(self.keys, {})).ledger
        for request in self.requests[:sequence]:
            ledger.execute(0, request)
        return ledger.state

    def says(self, steps: Steps, kind: str, sequence: int, *, primary: bool) -> bool:
        """Whether a node has said something; a primary's proposal is its prepare."""
        kinds = {kind, PrePrepare.kind} if primary and kind == Prepare.kind else {kind}
        sent = (e.payload for e in self.node(steps, primary=primary).sent)
        return any(p.kind in kinds and getattr(p, "sequence", 0) == sequence for p in sent)


class _Search:
    """Breadth first over what each correct node was shown."""

    def __init__(self, world: _World) -> None:
        self.world = world
        self.correct = world.rules.n - 1
        self._numbers = range(1, world.rules.last + 1)

    def run(self, limit: int) -> Outcome:
        """Look for a run after which no view is ever opened."""
        start: tuple[Steps, ...] = ((),) * self.correct
        seen, queue, left = {start}, [start], 0
        for state in queue:
            if all(LEAVE in steps for steps in state):
                left += 1
                if not completes(self.world, state):
                    return Outcome(len(seen), left, state, capped=False)
            for after in self._next(state):
                if after not in seen:
                    if len(seen) >= limit:
                        return Outcome(len(seen), left, None, capped=True)
                    seen.add(after)
                    queue.append(after)
        return Outcome(len(seen), left, None, capped=False)

    def _next(self, state: tuple[Steps, ...]) -> Iterator[tuple[Steps, ...]]:
        for i, steps in enumerate(state):
            if i > 1 and steps == state[i - 1]:
                continue
            for step in self._enabled(state, i):
                # What was shown before it left has one order, and so has what came after.
                moved = list(state)
                moved[i] = _ordered((*steps, step))
                yield moved[0], *sorted(moved[1:])

    def _enabled(self, state: tuple[Steps, ...], i: int) -> Iterator[tuple[str, int]]:
        steps, primary = state[i], i == 0
        node = self.world.node(steps, primary=primary).replica
        followed = sum(LEAVE in other for other in state) >= self.world.rules.join_quorum
        if node.active and (node.timer_runs or followed):
            yield LEAVE
        for sequence in self._numbers:
            for kind in KINDS:
                fits = node.active or kind == Checkpoint.kind
                if fits and (kind, sequence) not in steps and self._there(state, i, kind, sequence):
                    yield kind, sequence

    def _there(self, state: tuple[Steps, ...], i: int, kind: str, sequence: int) -> bool:
        """Whether what takes a node one further was sent; the Byzantine node says all of it."""
        rules, steps, primary = self.world.rules, state[i], i == 0
        says = [self.world.says(s, kind, sequence, primary=not j) for j, s in enumerate(state)]
        if kind == PrePrepare.kind:
            return not primary and says[0]
        if kind != Checkpoint.kind:
            before = PrePrepare.kind if kind == Prepare.kind else Prepare.kind
            if not (says[i] or (primary and before == PrePrepare.kind)) and (
                (before, sequence) not in steps
            ):
                return False
        return sum(says) + 1 >= rules.view_quorum


def _ordered(steps: Steps) -> Steps:
    """Return steps in one order: nothing depends on it but on which side of leaving they are."""
    cut = steps.index(LEAVE) if LEAVE in steps else len(steps)
    before = sorted(steps[:cut], key=lambda step: (KINDS.index(step[0]), step[1]))
    return *before, *steps[cut : cut + 1], *sorted(steps[cut + 1 :])


def completes(world: _World, state: tuple[Steps, ...]) -> bool:
    """Whether a view is opened once all owed is delivered, the Byzantine node being silent.

    Without that in a whole rotation of primaries, in which view changes say the same as in the one
    before, it never is.
    """
    nodes = [_renamed(world, steps, i) for i, steps in enumerate(state)]
    log = [e for node in nodes for e in node.sent]
    known: set[tuple[object, ...]] = set()
    while True:
        for _ in range(world.rules.n):
            log = _settle(nodes, log)
            if any(node.replica.active and node.replica.view > 0 for node in nodes):
                return True
            for node in nodes:
                node.replica.on_timer()
                node.act()
            log = [*log, *(e for node in nodes for e in node.sent if e not in log)]
        said = tuple(
            (r.ledger.height, r.checkpoints.held(r.node), tuple(sorted(r.claims)))
            for r in (node.replica for node in nodes)
        )
        if said in known:
            return False
        known.add(said)


def _renamed(world: _World, steps: Steps, number: int) -> _Node:
    """Return a node under its own name: it is shown the same."""
    made = _Node(PbftReplica(number, world.rules, world.keys, ShareSets(world.keys, {})))
    for request in world.requests:
        made.replica.on_message(request)
    made.act()
    for step in steps:
        world.show(made, *step)
        made.act()
    return made


def _settle(nodes: list[_Node], log: list[Envelope]) -> list[Envelope]:
    """Deliver all that correct nodes sent to all of them, until nobody says anything more."""
    fresh = log
    log = list(log)
    while fresh:
        before = [len(node.sent) for node in nodes]
        for node in nodes:
            for envelope in fresh:
                if envelope.payload.sender != node.replica.node:
                    node.replica.on_message(envelope)
            node.act()
        fresh = [e for node, k in zip(nodes, before, strict=True) for e in node.sent[k:]]
        log += fresh
    return log


def never_opened(
    n: int = 4, last: int = 2, *, starts: Starts = "vouched", limit: int = 200_000
) -> Outcome:
    """Look for a run of PBFT after which no view is ever opened.

    Parameters
    ----------
    n
        Nodes, at least 4, the last of them Byzantine.
    last
        Sequence numbers, 1 or 2, with a checkpoint at each.
    starts
        As of :class:`milpbft.pbft.reference.rules.Rules`.
    limit
        Most states to see.

    Raises
    ------
    InputError
        Where one of these is out of its range.
    """
    for name, value, allowed in (("n", n, range(4, 8)), ("last", last, (1, 2))):
        if value not in allowed:
            raise InputError(name, value, f"a number from {allowed[0]} to {allowed[-1]}")
    if starts not in get_args(Starts):
        raise InputError("starts", starts, ", ".join(get_args(Starts)))
    rules = replace(Rules.of(n, window=last, interval=1, last=last), starts=starts)
    return _Search(_World(rules)).run(limit)
