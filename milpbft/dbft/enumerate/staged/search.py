"""The search through the states of all nodes of dBFT 2.1, in the order of the number of acts."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import reduce
from itertools import permutations
from operator import or_
from typing import TYPE_CHECKING, NamedTuple

from milpbft.dbft.enumerate.exploration import worth_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from milpbft.dbft.enumerate.exploration import Goal
    from milpbft.dbft.enumerate.staged.lone import Lone

State = tuple[int, ...]
"""Per node the number of its state."""


class Local(NamedTuple):
    """A node with its lives.

    Parameters
    ----------
    now
        The number of its state in its present life.
    before
        What it sent in a life that it has forgotten.
    again, crashed
        Whether it has started again, and whether it has stopped.
    lies
        Whether it is Byzantine: then `before` is all that it can say.
    """

    now: int
    before: int = 0
    again: bool = False
    crashed: bool = False
    lies: bool = False


class Faults(NamedTuple):
    """Most nodes that crash, start again without memory, or reload their logs, and losses.

    So many nodes are Byzantine.
    """

    crashes: int = 0
    restarts: int = 0
    reloads: int = 0
    losses: int = 0
    byzantine: int = 0


@dataclass
class Found:
    """What a search saw.

    Parameters
    ----------
    states
        How many states of all nodes, up to names.
    capped
        Whether it ended before everything was seen. Then what was not found may exist all the same.
    forks
        The most different blocks that were accepted in one run.
    undecided
        The most correct nodes without a block in a state at rest, none where enough have one.
    lock, fork
        The fewest acts of one; None where none was seen.
    fewest_lost
        The fewest messages lost for good that a lock takes, or nodes that reload; None for no lock.
    """

    states: int = 0
    capped: bool = False
    forks: int = 0
    undecided: int = 0
    lock: int | None = None
    fork: int | None = None
    fewest_lost: int | None = None

    def with_(self, other: Found) -> Found:
        """Return what was seen here or in another search."""
        least = (
            min(
                (k for k in (getattr(self, one), getattr(other, one)) if k is not None),
                default=None,
            )
            for one in ("lock", "fork", "fewest_lost")
        )
        return Found(
            self.states + other.states,
            self.capped or other.capped,
            max(self.forks, other.forks),
            max(self.undecided, other.undecided),
            *least,
        )

    def worth(self, objective: str) -> int | None:
        """Return what an objective is worth among these runs; None where nothing fits it.

        Parameters
        ----------
        objective
            As of :meth:`milpbft.dbft.enumerate.exploration.Exploration.worth`.
        """
        return worth_of(
            objective,
            forks=self.forks,
            undecided=self.undecided,
            lock=self.lock,
            fork=self.fork,
            fewest_lost=self.fewest_lost,
        )


class Search:
    """One search, in the order of the number of acts, so that the first finding has the fewest.

    Parameters
    ----------
    lone
        The states of single nodes.
    views
        Views 0 to `views` - 1 are explored; whoever would leave them ends the branch.
    most
        How much of each fault there may be.
    enough
        Nodes with a block that make a state at rest no lock.
    """

    def __init__(self, lone: Lone, views: int, most: Faults, enough: int) -> None:
        self.lone = lone
        self.locals: list[Local] = []
        self.said: list[int] = []
        """By number of a local state: all that the node sent."""
        self.found = Found()
        self._views = views
        self._most = most
        self._enough = enough
        self._liars = lone.liars.nodes if lone.liars else frozenset()
        self._numbers: dict[Local, int] = {}
        self._missing: dict[tuple[int, int], int | None] = {}
        self._twins: dict[tuple[int, tuple[int, ...]], int] = {}
        n = len(lone.starts)
        primaries = [lone.messages.catalogue.primary(view) for view in range(views)]
        alike = [node for node in range(n) if node not in {*primaries, *self._liars}]
        self._names = [_names(n, alike, order) for order in permutations(alike)]
        self._starts = tuple(self._number(self._begin(node)) for node in range(n))

    def run(self, limit: int, until: Goal | None = None) -> Found:
        """Search until everything was seen, or `limit` states, or a lock or fork as `until` says.

        May be called once.
        """
        found = self.found
        cost = {self._starts: 0}
        queue: defaultdict[int, list[State]] = defaultdict(list, {0: [self._starts]})
        settled: set[State] = set()
        while queue:
            acts = min(queue)
            for state in queue.pop(acts):
                if state in settled:
                    continue
                sought = {"lock": found.lock, "fork": found.fork}.get(until or "")
                if len(settled) == limit or sought is not None:
                    found.capped, found.states = True, len(settled)
                    return found
                settled.add(state)
                self._look(state, acts)
                for after, taken in self._next(state, acts):
                    total = acts + taken
                    if total < cost.get(after, total + 1):
                        cost[after] = total
                        queue[total].append(after)
        found.states = len(settled)
        return found

    # ---- steps

    def _begin(self, node: int) -> Local:
        """Return where a node begins."""
        now, liars = self.lone.starts[node], self.lone.liars
        if liars is None or node not in liars.nodes:
            return Local(now)
        return Local(now, self.lone.messages.of(node) & liars.says, lies=True)

    def _next(self, state: State, acts: int) -> Iterator[tuple[State, int]]:
        """Yield what one node's next move leads to, and note whether all is quiet."""
        locals_ = [self.locals[number] for number in state]
        may_crash = sum(one.crashed for one in locals_) < self._most.crashes
        may_restart = sum(one.again for one in locals_) < self._most.restarts
        for node, (number, local) in enumerate(zip(state, locals_, strict=True)):
            if not self._active(local):
                continue
            if may_crash:
                yield self._put(state, node, local._replace(crashed=True)), 1
            if may_restart and not local.again and local.now != self.lone.starts[node]:
                anew = Local(self.lone.starts[node], self.said[number], again=True)
                yield self._put(state, node, anew), 1
            there = self._there(state, node)
            for move in self.lone.moves(local.now):
                if move.needed & ~there or self._leaves(move.target):
                    continue
                yield self._put(state, node, local._replace(now=move.target)), move.acts
        self._rest(state, acts)

    def _active(self, local: Local) -> bool:
        stopped = local.crashed or local.lies
        return not stopped and self.lone.states[local.now].block < 0

    def _leaves(self, now: int) -> bool:
        return self.lone.states[now].replica.view >= self._views

    def _there(self, state: State, node: int) -> int:
        """Return what others have sent, or may say."""
        there = reduce(or_, (self.said[k] for i, k in enumerate(state) if i != node), 0)
        liars = self.lone.liars
        return there if liars is None else there & ~liars.unsaid(there | self.said[state[node]])

    def _owed(self, state: State, node: int) -> int:
        """Return what others have sent who are not Byzantine."""
        away = {node, *self._liars}
        return reduce(or_, (self.said[k] for i, k in enumerate(state) if i not in away), 0)

    def _number(self, local: Local) -> int:
        number = self._numbers.setdefault(local, len(self.locals))
        if number == len(self.locals):
            self.locals.append(local)
            self.said.append(local.before | self.lone.states[local.now].sent)
        return number

    def _put(self, state: State, node: int, local: Local) -> State:
        """Return the state with one node elsewhere; nodes that are alike are not told apart."""
        after = (*state[:node], self._number(local), *state[node + 1 :])
        return min(self._renamed(after, names) for names in self._names)

    def _renamed(self, state: State, names: tuple[int, ...]) -> State:
        new = [0] * len(state)
        for node, number in enumerate(state):
            key = number, names
            if key not in self._twins:
                local = self.locals[number]
                now = self.lone.renamed(local.now, names)
                before = self.lone.messages.renamed(local.before, names)
                self._twins[key] = self._number(local._replace(now=now, before=before))
            new[names[node]] = self._twins[key]
        return tuple(new)

    # ---- findings

    def _look(self, state: State, acts: int) -> None:
        """Note who accepted what."""
        blocks = {self.lone.states[self.locals[k].now].block for k in state} - {-1}
        self.found.forks = max(self.found.forks, len(blocks))
        if len(blocks) > 1 and self.found.fork is None:
            self.found.fork = acts

    def _rest(self, state: State, acts: int) -> None:
        """Note how a state at rest leaves the correct nodes."""
        honest = [k for i, k in enumerate(state) if i not in self._liars]
        correct = [k for k in honest if not self.locals[k].crashed]
        active = [k for k in correct if self._active(self.locals[k])]
        if not correct or len(correct) - len(active) >= self._enough:
            return
        missing = 0
        for node, number in enumerate(state):
            few = self._misses(number, self._owed(state, node)) if number in active else 0
            if few is None:
                return
            missing += few
        if missing > max(self._most.losses, self._most.reloads):
            return
        self.found.undecided = max(self.found.undecided, len(active))
        fewest = self.found.fewest_lost
        self.found.fewest_lost = missing if fewest is None else min(fewest, missing)
        if self.found.lock is None:
            self.found.lock = acts

    def _misses(self, number: int, there: int) -> int | None:
        """Return how much a node must miss to stay still: messages, or one reload; None for more.

        Not what is `there` of others can keep it still where nothing is lost.
        """
        key = number, there
        if key not in self._missing:
            now = self.locals[number].now
            if self._most.reloads and not self.lone.silent(now, there):
                self._missing[key] = 1 if self.lone.deaf(now, there) else None
            else:
                self._missing[key] = self.lone.fewest(now, there, self._most.losses)
        return self._missing[key]


def _names(n: int, alike: list[int], order: tuple[int, ...]) -> tuple[int, ...]:
    """Return the names of nodes where those that are alike have them in another order."""
    names = dict(zip(alike, order, strict=True))
    return tuple(names.get(node, node) for node in range(n))
