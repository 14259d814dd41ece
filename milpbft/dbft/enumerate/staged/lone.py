"""One replica of dBFT 2.1 on its own: its states, numbered, and what it does when shown something.

A *move* is a smallest set of further messages, perhaps with an expired timer, that makes the
replica act, with the state that it is in then. Nothing here knows when a replica acts: it is run.
"""

from __future__ import annotations

from collections import defaultdict
from copy import copy
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

from milpbft.dbft.enumerate.staged.messages import KEPT, bits
from milpbft.dbft.reference.messages import PrepareRequest, PrepareResponse
from milpbft.dbft.reference.v21.context import STAGES
from milpbft.dbft.reference.v21.replica import Replica21

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from milpbft.dbft.enumerate.staged.liars import Liars
    from milpbft.dbft.enumerate.staged.messages import Messages
    from milpbft.dbft.reference.messages import Envelope

CASCADE = 8
"""Messages of a group of which all sets are tried; of larger groups, a request and a quorum."""


@dataclass(frozen=True, slots=True)
class Present:
    """A node in its present life.

    Parameters
    ----------
    replica
        It; never given anything, but copies of it.
    sent
        What it sent.
    block
        The number of the block that it accepted, -1 for none.
    shown
        What it was shown, forgotten or not.
    """

    replica: Replica21
    sent: int = 0
    block: int = -1
    shown: int = 0


Deed = tuple[str, int]
"""What a node does, and the view."""


class Done(NamedTuple):
    """What a node did: how many acts, the first of them if there is one, and what it is then."""

    acts: int
    first: Deed
    after: Present


class Move(NamedTuple):
    """What a node does next: the messages and the timer for it, how many acts, and the state."""

    needed: int
    timer: bool
    acts: int
    target: int


class Lone:
    """Numbers the states of single nodes in their present lives.

    Parameters
    ----------
    messages
        That there can be.
    n, quorum
        Nodes, and M.
    forgetful
        Whether nodes forget what they can be shown again.
    liars
        The Byzantine nodes, if there are any.
    """

    def __init__(
        self,
        messages: Messages,
        n: int,
        quorum: int,
        *,
        forgetful: bool = True,
        liars: Liars | None = None,
    ) -> None:
        self.messages = messages
        self.liars = liars
        self._forgetful = forgetful
        self.states: list[Present] = []
        self._quorum = quorum
        self._numbers: dict[object, int] = {}
        self._parents: list[tuple[int, int, bool]] = []
        self._moves: dict[int, list[Move]] = {}
        self._twins: dict[tuple[int, tuple[int, ...]], int] = {}
        self._others = [self._not_of(node) for node in range(n)]
        self.starts = [self._start(node) for node in range(n)]
        """The states in which nodes begin."""

    def _not_of(self, node: int) -> int:
        """Return what others than a node can say."""
        names = self.messages.names
        every = (1 << len(names)) - 1 if self.liars is None else self.liars.possible
        return every & ~self.messages.of(node)

    def _start(self, node: int) -> int:
        replica = self.messages.catalogue.replica(node)
        assert isinstance(replica, Replica21)
        return self._number(Present(replica), (-1, node, False))

    def _number(self, state: Present, parent: tuple[int, int, bool]) -> int:
        number = self._numbers.setdefault(_standing(state), len(self.states))
        if number == len(self.states):
            self.states.append(state)
            self._parents.append(parent)
        return number

    def act(self, number: int, shown: int, *, timer: bool = False) -> Done:
        """Show a node messages, let its timer expire perhaps, and let it act."""
        before = self.states[number]
        replica = _cloned(before.replica)
        view = replica.view
        for envelope in self.messages.envelopes(shown):
            replica.on_message(envelope)
        if timer:
            replica.on_timer()
        replica.act()
        catalogue = self.messages.catalogue
        said = catalogue.said(replica)
        sent = before.sent
        for label in said:
            sent |= self.messages.bit(label, replica.node)
        accepted = catalogue.accepted(replica)
        block = -1 if accepted is None else catalogue.blocks.index(accepted)
        acts = len(said) + replica.view - view + (block != before.block)
        after = Present(replica, sent, block, before.shown | shown)
        if said and said[0][1] == view:
            return Done(acts, said[0], after)
        ends = block >= 0 and catalogue.blocks[block][0] == view
        return Done(acts, ("accept", view) if ends else ("enter", view + 1), after)

    def _after(self, number: int, shown: int, state: Present, *, timer: bool) -> int:
        """Return the number of what a node is once it has acted."""
        if self._forgetful:
            view = self.states[number].replica.view
            for (kind, v), sender in self.messages.named(shown):
                if v == view and kind not in KEPT:
                    _forget(state.replica, kind, v, sender)
        return self._number(state, (number, shown, timer))

    def moves(self, number: int) -> list[Move]:
        """Return the moves of a node, with whatever messages others may have sent."""
        if number not in self._moves:
            self._moves[number] = list(self._find(number))
        return self._moves[number]

    def _find(self, number: int) -> Iterator[Move]:
        state = self.states[number]
        replica = state.replica
        views = {view for _, view in self.messages.catalogue.labels}
        if state.block >= 0 or replica.view not in views:
            return
        for timer, group in self.messages.groups(replica.view):
            others = [bit for bit in group if bit & self._others[replica.node]]
            if self._useful(number, others, timer=timer):
                yield from self._least(number, others, timer=timer)

    def _useful(self, number: int, others: list[int], *, timer: bool) -> bool:
        """Whether some of these messages make a node act: if so, all but some that hold it do."""
        every = sum(others)
        free = every & ~sum(self._holding(every))
        return any(self.act(number, free | some, timer=timer)[0] for some in self._held(every))

    def _least(self, number: int, others: list[int], *, timer: bool) -> Iterator[Move]:
        """Yield the moves with a smallest set of some messages, for each of what may come first.

        An expired timer has one thing to do first; where it has nothing, it is none of the move.
        """
        most = len(others) if len(others) <= CASCADE else self._quorum + 1
        least: defaultdict[Deed, list[int]] = defaultdict(list)
        for size in range(most + 1):
            for chosen in map(sum, combinations(others, size)):
                if timer and any(chosen & few == few for known in least.values() for few in known):
                    continue
                acts, first, after = self.act(number, chosen, timer=timer)
                if not acts or (timer and self.act(number, chosen)[:2] == (acts, first)):
                    continue
                if not any(chosen & few == few for few in least[first]):
                    least[first].append(chosen)
                    target = self._after(number, chosen, after, timer=timer)
                    yield Move(chosen, timer, acts, target)

    def _holding(self, some: int) -> list[int]:
        """Return those of some messages that may keep a node from an act, and all lies."""
        names, lies = self.messages.names, self.liars.says if self.liars else 0
        return [1 << k for k in bits(some) if 1 << k & lies or names[k][0][0] in KEPT]

    def _held(self, some: int) -> Iterator[int]:
        """Yield the sets of those messages among some that may keep a node from an act."""
        holds = self._holding(some)
        for size in range(len(holds) + 1):
            yield from map(sum, combinations(holds, size))

    def silent(self, number: int, there: int) -> bool:
        """Whether a node that is shown some messages does nothing, nor when its timer expires."""
        return not any(self.act(number, there, timer=timer)[0] for timer in (False, True))

    def fewest(self, number: int, there: int, most: int) -> int | None:
        """Return the fewest messages without which a node stays silent, None for more than most.

        What it was shown cannot be missing; lies may be shown to it that keep it still.
        """
        fresh = [1 << k for k in bits(there & ~self.states[number].shown)]
        for count in range(min(most, len(fresh)) + 1):
            for lost in combinations(fresh, count):
                if any(self.silent(number, there & ~sum(lost) | lie) for lie in self._told()):
                    return count
        return None

    def _told(self) -> Iterator[int]:
        """Yield the sets of lies that may keep a node from an act."""
        return self._held(self.liars.holding) if self.liars else iter((0,))

    def deaf(self, number: int, there: int) -> bool:
        """Whether a node stays silent that misses what it was not shown, or all but some of it."""
        fresh = there & ~self.states[number].shown
        return any(self.silent(number, some) for some in self._held(fresh))

    def renamed(self, number: int, names: tuple[int, ...]) -> int:
        """Return the state that the node of another name comes to by the same inputs, renamed."""
        key = number, names
        if key not in self._twins:
            parent, shown, timer = self._parents[number]
            if parent < 0:
                twin = self.starts[names[shown]]
            else:
                same, origin = self.messages.renamed(shown, names), self.renamed(parent, names)
                _, _, after = self.act(origin, same, timer=timer)
                twin = self._after(origin, same, after, timer=timer)
            self._twins[key] = twin
        return self._twins[key]


def _cloned(replica: Replica21) -> Replica21:
    """Return a copy of a replica that shares messages, rules and keys with it."""
    new = copy(replica)
    context = new.context = copy(replica.context)
    new.outbox, new.dropped = [], copy(replica.dropped)
    context.rounds = copy(context.rounds)
    for view, known in context.rounds.items():
        other = context.rounds[view] = copy(known)
        other.responses, other.commits = dict(known.responses), dict(known.commits)
    context.asks = {key: dict(sent) for key, sent in context.asks.items()}
    context.committers, context.heard = set(context.committers), dict(context.heard)
    return new


def _forget(replica: Replica21, kind: str, view: int, sender: int) -> None:
    """Let a replica not have been given a message."""
    context = replica.context
    known = context.rounds[view]
    if kind == PrepareRequest.kind:
        known.request = None
    elif kind == PrepareResponse.kind:
        known.responses.pop(sender, None)
    else:
        (stage,) = (stage for stage in STAGES if stage.kind == kind)
        context.asks.get((stage, view), {}).pop(sender, None)


def _standing(state: Present) -> object:
    """Return all of a state that later inputs can tell: what it knows of this view or later ones.

    What a replica of dBFT 2.1 knows of views that it has left it reads no more.
    """
    context = state.replica.context
    view = context.view
    if state.block >= 0:
        return context.node, state.sent, state.block
    asks = {k: tuple(sorted(sent)) for k, sent in context.asks.items() if k[1] >= view}
    rounds = {
        v: (_said([known.request]), _said(known.responses.values()), _said(known.commits.values()))
        for v, known in context.rounds.items()
        if v >= view and (known.request or known.responses or known.commits)
    }
    told = tuple(sorted((stage.kind, v, sent) for (stage, v), sent in asks.items()))
    return context.node, state.sent, view, told, tuple(sorted(rounds.items()))


def _said(envelopes: Iterable[Envelope | None]) -> tuple[tuple[int, bytes], ...]:
    """Return who said what, of messages of one kind and view."""
    return tuple(sorted((e.payload.sender, e.payload.body()) for e in envelopes if e is not None))
