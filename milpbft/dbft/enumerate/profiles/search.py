"""The search through the states of all nodes of a profile, in the order of the number of acts."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from itertools import permutations, product
from typing import TYPE_CHECKING

from milpbft.dbft.enumerate.profiles.lone import HELLO, JUNK, Label, Lone
from milpbft.dbft.enumerate.profiles.moves import Moves
from milpbft.dbft.enumerate.profiles.resting import stays
from milpbft.dbft.reference.messages import ChangeView, Commit, PrepareRequest, PrepareResponse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from milpbft.dbft.enumerate.profiles.lone import Pool
    from milpbft.dbft.reference.production.profile import Profile

State = tuple[int, ...]
"""Per node the number of its state; -1 for the Byzantine one."""


@dataclass
class Found:
    """What a search saw.

    Parameters
    ----------
    states
        How many states of all nodes.
    acts
        All states with fewer acts than this were looked at.
    lock
        The fewest acts of a lock; None where none was seen.
    where
        Per node where it stands in that lock.
    whole
        Whether there is nothing more to see.
    """

    states: int = 0
    acts: int = 0
    lock: int | None = None
    where: list[str] = field(default_factory=list)
    whole: bool = False

    @classmethod
    def joined(cls, parts: list[Found]) -> Found:
        """Return what several searches saw, one for each choice of the Byzantine node.

        A lock that one saw is the best if no other stopped before as many acts.
        """
        locks = [part.lock for part in parts if part.lock is not None]
        stopped = [part.acts for part in parts if part.lock is None and not part.whole]
        best, until = min(locks, default=None), min(stopped, default=None)
        proven = best is not None and (until is None or best <= until)
        return cls(
            states=sum(part.states for part in parts),
            acts=until if until is not None and not proven else max(part.acts for part in parts),
            lock=best if proven else None,
            where=next((part.where for part in parts if part.lock == best and proven), []),
            whole=all(part.whole for part in parts),
        )


class Search:
    """One search for the lock with the fewest acts.

    Parameters
    ----------
    profile, n
        Of the nodes.
    views
        Views 0 to `views` - 1 are explored; whoever would leave them ends the branch.
    crashes
        Most nodes that crash.
    liar
        The Byzantine node, if there is one. It makes one proposal in its own view.
    """

    def __init__(
        self,
        profile: Profile,
        n: int = 4,
        views: int = 2,
        crashes: int = 0,
        liar: int = -1,
    ) -> None:
        self.lone = Lone(profile, n, liar)
        self.moves = Moves(self.lone, views, keeps=profile.later == "newest")
        self._n = n
        self._views = views
        self._crashes = crashes
        self._liar = liar
        primaries = {self.lone.reference.primary(view) for view in range(views)}
        alike = [i for i in range(n) if i not in primaries | {liar}]
        self._names = [_names(n, alike, order) for order in permutations(alike)]
        self._pools: dict[State, Pool] = {}

    def run(self, limit: int, most: int = 100) -> Found:
        """Look at states until a lock was seen, all was, or `limit` states or `most` acts."""
        found = Found()
        start = tuple(-1 if i == self._liar else s for i, s in enumerate(self.lone.starts))
        cost = {start: 0}
        queue: defaultdict[int, list[State]] = defaultdict(list, {0: [start]})
        settled: set[State] = set()
        while queue:
            found.acts = min(queue)
            if found.acts > most:
                return found
            for state in queue.pop(found.acts):
                if state in settled:
                    continue
                settled.add(state)
                found.states = len(settled)
                if self._locked(state):
                    found.lock, found.where = found.acts, list(self._where(state))
                    return found
                if found.states == limit:
                    return found
                for after, acts in self._next(state):
                    total = found.acts + acts
                    if total < cost.get(after, total + 1):
                        cost[after] = total
                        queue[total].append(after)
        found.whole = True
        return found

    def _next(self, state: State) -> Iterator[tuple[State, int]]:
        states = self.lone.states
        pool = self.pool(state)
        down = sum(number >= 0 and states[number].crashed for number in state)
        for node, number in enumerate(state):
            if number < 0 or states[number].crashed:
                continue
            if down < self._crashes:
                yield self._put(state, node, self.lone.crash(number)), 1
            for step in self.moves.of(number, pool):
                if not states[step.after].replica.has_valid_block:
                    yield self._put(state, node, step.after), step.acts

    def _put(self, state: State, node: int, number: int) -> State:
        """Return the state with one node elsewhere; nodes that are alike are not told apart."""
        after = (*state[:node], number, *state[node + 1 :])
        return min((self._renamed(after, names) for names in self._names), default=after)

    def _renamed(self, state: State, names: tuple[int, ...]) -> State:
        new = [-1] * self._n
        for node, number in enumerate(state):
            if number >= 0:
                new[names[node]] = self.lone.renamed(number, names)
        return tuple(new)

    def pool(self, state: State) -> Pool:
        """Return what was sent, with what Byzantine nodes can send."""
        if state not in self._pools:
            locals_ = [self.lone.states[number] for number in state if number >= 0]
            sent = {label for local in locals_ for label in (*local.sent, *local.hellos)}
            self._pools[state] = frozenset(sent | set(self._lies(sent)))
        return self._pools[state]

    def _lies(self, sent: set[Label]) -> Iterator[Label]:
        node = self._liar
        if node < 0:
            return
        for view in range(self._views):
            primary = self.lone.reference.primary(view)
            yield from ((HELLO, node, view), (JUNK, node, view), (ChangeView.kind, node, view))
            if node == primary:
                yield PrepareRequest.kind, node, view
            elif (PrepareRequest.kind, primary, view) not in sent:
                continue
            else:
                yield PrepareResponse.kind, node, view
            yield Commit.kind, node, view

    def _locked(self, state: State) -> bool:
        """Whether nobody has a block, and all that is owed and all timers can change nobody."""
        states = self.lone.states
        up = [number for number in state if number >= 0 and not states[number].crashed]
        pool = self.pool(state)
        owed = frozenset(k for k in pool if k[0] != HELLO and k[1] != self._liar)
        if not up:
            return False
        calms = [self.moves.calm(number, owed) for number in up]
        if not all(calms):
            return False
        return any(stays(self.lone, numbers) for numbers in product(*calms))

    def _where(self, state: State) -> Iterator[str]:
        for number in state:
            if number < 0:
                yield "liar"
                continue
            local = self.lone.states[number]
            own = local.replica.book.own_commit
            name = f"c{own.payload.view}" if own else f"v{local.replica.view}"
            yield "down" if local.crashed else "misled" if local.replica.done else name


def _names(n: int, alike: list[int], order: tuple[int, ...]) -> tuple[int, ...]:
    """Return the names of nodes where those that are alike have them in another order."""
    names = dict(zip(alike, order, strict=True))
    return tuple(names.get(i, i) for i in range(n))
