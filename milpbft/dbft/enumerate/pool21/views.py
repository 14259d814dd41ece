"""dBFT 2.1 over one pool of messages, enumerated by counts, one view after the other.

The states of all nodes together are far too many for seven nodes. Four reductions, each without
loss, leave some ten thousands (:mod:`milpbft.dbft.enumerate.pool21.plain` has none of them):

**Counts.** Guards read how many nodes have sent a message, or either of two, and what a node may
still do depends on its phase. So a state of a view is how many nodes are in each phase and the
counts: a node in phase 2 has sent a ChangeView2 and so counts in `late` when it commits, and of a
request, a response and a ChangeView1 nobody sends two.

**Views.** An act in a view reads and grows that view's part of the pool alone, and a node that
enters a view only adds somebody who may act there. So of two neighbouring acts, the first in a
later view than the second, each is as possible after the other: they are of different nodes, since
no node goes back. Hence every run can be sorted so that all acts of view 0 come first, then those
of view 1, and so on, with the same end. The ends of runs are the ends in view 0, with those in
view 1 of the nodes that went on, for each choice of both.

**Deaths last.** A node that dies does nothing afterwards, and its death changes no count. So it may
as well die when all others have done what they do: a run with at most `d` deaths comes to rest
where one without deaths has at most `d` nodes who may still do something, and others.

**Blocks last.** Likewise a node that accepts a block does nothing afterwards. A run that forks may
have the acceptances at its end: the guard of neither turns off, since commits are never taken back.
At rest nobody has a block, so that runs up to a lock have no acceptances.

Acts are counted, one for each message, lie, view entered, death and block; those of the views add
up. Byzantine nodes send each message of a view at most once, in any order.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from milpbft.dbft.enumerate.pool21.spec import (
    ACCEPT,
    COMMIT,
    CV2,
    ENTER,
    KINDS,
    PREPARED,
    Act,
    Heard,
    Spec,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

GONE = "G"
"""The phase of a node that has gone on to the next view."""
_LATE = {"2": CV2, "C": COMMIT}
_BLOCKS = 2
"""Blocks of so many views conflict."""

_Key = TypeVar("_Key")
Present = tuple[int, ...]
"""How many correct nodes are in a view: its primary, those of each later view, and all others."""


class View(NamedTuple):
    """A state of a view.

    Parameters
    ----------
    nodes
        Per class of :data:`Present` the phases of its nodes, sorted.
    heard
        What its pool has.
    lies
        What each Byzantine node has sent; that of the primary first, the others sorted.
    """

    nodes: tuple[str, ...]
    heard: Heard
    lies: tuple[int, ...]


class End(NamedTuple):
    """How a run may end, from some view on.

    Parameters
    ----------
    restless
        How many correct nodes may still do something.
    blocks
        In how many views somebody may accept a block.
    """

    restless: int
    blocks: int


@dataclass
class Ends:
    """All ends of runs, and the fewest acts of each, deaths and acceptances left out.

    Parameters
    ----------
    correct
        How many nodes are not Byzantine.
    states
        How many states of views were seen.
    """

    correct: int
    acts: dict[End, int] = field(default_factory=dict)
    states: int = 0

    def lock(self, dead: int) -> int | None:
        """Return the fewest acts up to a lock with at most so many dead; None where none is."""
        most = min(dead, self.correct - 1)
        found = [acts + end.restless for end, acts in self.acts.items() if end.restless <= most]
        return min(found, default=None)

    def fork(self) -> int | None:
        """Return the fewest acts up to a fork; None where there is none."""
        found = [acts + _BLOCKS for end, acts in self.acts.items() if end.blocks >= _BLOCKS]
        return min(found, default=None)


class TooManyError(Exception):
    """There are more states than were to be seen."""


class Views:
    """All executions of nodes in views 0 to `views` - 1, of whom some are Byzantine.

    Parameters
    ----------
    spec
        What nodes do.
    views
        At most `n`.
    liars
        How many nodes are Byzantine.
    limit
        Most states of views, together.
    """

    def __init__(self, spec: Spec, views: int, liars: int = 0, limit: int = 1_000_000) -> None:
        self.spec, self.views, self.liars, self._left = spec, views, liars, limit
        self._lies = (False,) * views
        self._able: dict[tuple[str, Heard, bool], tuple[Act, ...]] = {}

    def states(self, view: int, present: Present) -> dict[View, int]:
        """Return all states of a view of which so many enter it, by the fewest acts up to each.

        Raises
        ------
        TooManyError
            As :meth:`explore`.
        """
        start = View(tuple("I" * count for count in present), Heard(), (0,) * self.liars)
        found, newest, acts = {start: 0}, [start], 0
        while newest:
            acts += 1
            following = {new for state in newest for new in self._next(view, state)}
            newest = [state for state in following if state not in found]
            found |= dict.fromkeys(newest, acts)
            if len(found) > self._left:
                raise TooManyError
        self._left -= len(found)
        return found

    def explore(self) -> Ends:
        """Enumerate; a node that leaves the last view ends its branch.

        Raises
        ------
        TooManyError
            Where there are too many states.
        """
        found, limit = Ends(self.spec.n - self.liars), self._left
        for lying in self._lying():
            self._lies = lying
            self._known: dict[tuple[int, Present], dict[End, int]] = {}
            others = self.spec.n - self.views - (self.liars - sum(lying))
            present = (*(int(not lies) for lies in lying), others)
            for end, acts in self._ends(0, present).items():
                _keep(found.acts, end, acts)
        found.states = limit - self._left
        return found

    def _lying(self) -> Iterator[tuple[bool, ...]]:
        """Yield which primaries are Byzantine; the other ones that are are not told apart."""
        primaries = range(self.views)
        for lying in range(min(self.liars, self.views) + 1):
            if self.liars - lying <= self.spec.n - self.views:
                for chosen in combinations(primaries, lying):
                    yield tuple(view in chosen for view in primaries)

    def _ends(self, view: int, present: Present) -> dict[End, int]:
        """Return how runs may end of which so many nodes enter a view, by their fewest acts."""
        if view == self.views:
            return {End(0, 0): 0}
        if (view, present) in self._known:
            return self._known[view, present]
        ends: dict[tuple[Present, End], int] = {}
        for state, acts in self.states(view, present).items():
            end = End(self._restless(state), self._decides(state))
            _keep(ends, (_onward(state), end), acts)
        found: dict[End, int] = {}
        for (onward, (restless, blocks)), acts in ends.items():
            for end, more in self._ends(view + 1, onward).items():
                _keep(found, End(restless + end.restless, blocks + end.blocks), acts + more)
        self._known[view, present] = found
        return found

    def _next(self, view: int, state: View) -> Iterator[View]:
        """Yield the states after one act."""
        for k, phases in enumerate(state.nodes):
            for phase in set(phases) - {GONE}:
                for act in self._acts(phase, state.heard, proposes=k == 0):
                    if act.phase == ACCEPT or (act.phase == ENTER and view + 1 == self.views):
                        continue
                    after = GONE if act.phase == ENTER else act.phase
                    moved = "".join(sorted(phases.replace(phase, after, 1)))
                    nodes = (*state.nodes[:k], moved, *state.nodes[k + 1 :])
                    yield View(nodes, self._with(state.heard, k, phase, act.sends), state.lies)
        yield from self._lied(view, state)

    def _acts(self, phase: str, heard: Heard, *, proposes: bool) -> tuple[Act, ...]:
        key = phase, heard, proposes
        if key not in self._able:
            self._able[key] = tuple(self.spec.acts(phase, heard, proposes=proposes))
        return self._able[key]

    def _with(self, heard: Heard, k: int, phase: str, kind: int) -> Heard:
        """Count what a node of a class sends, whose phase says what it has sent of two."""
        if not kind:
            return heard
        before = _LATE.get(phase, 0) & ~self.spec.mute
        return heard.plus(kind, before, requests=k == 0 and kind == PREPARED)

    def _lied(self, view: int, state: View) -> Iterator[View]:
        """Yield the states after one lie."""
        primary = self._lies[view]
        for k, sent in enumerate(state.lies):
            if k > primary and sent == state.lies[k - 1]:
                continue
            for kind in KINDS:
                if not sent & kind:
                    lies = [*state.lies[:k], sent | kind, *state.lies[k + 1 :]]
                    lies[primary:] = sorted(lies[primary:])
                    requests = primary and k == 0 and kind == PREPARED
                    heard = state.heard.plus(kind, sent, requests=requests)
                    yield View(state.nodes, heard, tuple(lies))

    def _restless(self, state: View) -> int:
        """Count who may still do something, leaving the last view among it."""
        return sum(
            phases.count(phase)
            for k, phases in enumerate(state.nodes)
            for phase in set(phases) - {GONE}
            if self._acts(phase, state.heard, proposes=k == 0)
        )

    def _decides(self, state: View) -> bool:
        """Whether somebody may accept the view's block."""
        return self.spec.decides(state.heard) and any(set(part) - {GONE} for part in state.nodes)


def _onward(state: View) -> Present:
    """Count who has gone on; the primary of the view is one of the others from then on."""
    primary, *later = (phases.count(GONE) for phases in state.nodes)
    return (*later[:-1], later[-1] + primary)


def _keep(found: dict[_Key, int], what: _Key, acts: int) -> None:
    """Keep the fewest acts."""
    found[what] = min(acts, found.get(what, acts))
