"""The search through the states of all nodes of a profile, in the order of the number of acts."""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass, field
from itertools import combinations, permutations, product
from typing import TYPE_CHECKING

from milpbft.dbft.enumerate.profiles.lone import HELLO, JUNK, Label, Lone
from milpbft.dbft.enumerate.profiles.moves import Moves
from milpbft.dbft.enumerate.profiles.remaining import NEVER, Remaining
from milpbft.dbft.enumerate.profiles.resting import stays
from milpbft.dbft.enumerate.quiescence import MissedError
from milpbft.dbft.reference.messages import (
    ChangeView,
    Commit,
    PrepareRequest,
    PrepareResponse,
    propose,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from milpbft.dbft.enumerate.profiles.lone import Pool
    from milpbft.dbft.reference.production.profile import Profile

State = tuple[int, ...]
"""Per node the number of its state; -1 for the Byzantine one."""
Queue = defaultdict[tuple[int, int], deque[State]]
"""States by the acts that they take in all, and those that are left of these."""


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
        The fewest acts of a lock, or of a fork where that is sought; None where none was seen.
    where
        Per node where it stands in that.
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
        The Byzantine node, if there is one. It makes one proposal in its own view, or two where a
        fork is sought.
    restarts
        Most nodes that start again without memory, each once.
    reloads
        Most nodes that reload their logs, at the end, and have lost what was under way to them.
    forks
        Whether a fork is sought, and not a lock.
    hurried
        Whether states are seen in the order of what a fork takes in all, its acts left included
        (:mod:`milpbft.dbft.enumerate.profiles.remaining`), and those that lead to none left out.
    """

    def __init__(
        self,
        profile: Profile,
        n: int = 4,
        views: int = 2,
        crashes: int = 0,
        *,
        liar: int = -1,
        restarts: int = 0,
        reloads: int = 0,
        forks: bool = False,
        hurried: bool = False,
    ) -> None:
        self.lone = Lone(profile, n, liar)
        self.moves = Moves(self.lone, views, keeps=profile.later == "newest")
        self._n = n
        self._views = views
        self._crashes = crashes
        self._liar = liar
        self._restarts = restarts
        self._reloads = reloads
        self._forks = forks
        reference = self.lone.reference
        blocks = {(v, "#1" * k): self._block(v, k) for v in range(views) for k in range(2)}
        quorum = reference.rules.commit_quorum - (liar >= 0)  # It commits to whatever there is.
        self._remaining = Remaining(blocks, quorum) if hurried else None
        if forks and liar >= 0:
            reference.restarted(liar, 1)  # Names its second proposal as that of one again.
        primaries = {self.lone.reference.primary(view) for view in range(views)}
        alike = [i for i in range(n) if i not in primaries | {liar}]
        self._names = [_names(n, alike, order) for order in permutations(alike)]
        self._pools: dict[State, Pool] = {}
        self._fresh = frozenset(self.lone.starts)

    def run(self, limit: int, most: int = 100) -> Found:
        """Look at states until a lock was seen, all was, or `limit` states or `most` acts."""
        found = Found()
        start = tuple(-1 if i == self._liar else s for i, s in enumerate(self.lone.starts))
        cost = {start: 0}
        left = self._left(start)
        queue: Queue = defaultdict(deque, {(left, left): deque([start])})
        settled: set[State] = set()
        while queue:
            place = min(queue)
            found.acts = place[0]
            if found.acts > most:
                return found
            state = queue[place].pop() if self._remaining else queue[place].popleft()
            if not queue[place]:
                del queue[place]
            if state in settled:
                continue
            settled.add(state)
            found.states = len(settled)
            if self._forked(state) if self._forks else self._locked(state):
                found.lock, found.where = cost[state], list(self._where(state))
                return found
            if found.states == limit:
                return found
            self._spread(state, cost, queue)
        found.whole = True
        return found

    def _spread(self, state: State, cost: dict[State, int], queue: Queue) -> None:
        """Queue what comes after a state, by the acts that it takes in all."""
        left = self._left(state)
        for after, acts in self._next(state):
            total = cost[state] + acts
            if total >= cost.get(after, total + 1):
                continue
            more = self._left(after)
            if left - more > acts:
                raise MissedError(f"{acts} acts take away {left - more} of those that a fork takes")
            if more < NEVER:
                cost[after] = total
                queue[total + more, more].append(after)

    def _left(self, state: State) -> int:
        """Return how many acts a fork takes from a state on at least, where that is asked."""
        if self._remaining is None:
            return 0
        nodes = [self.lone.states[number] for number in state if number >= 0]
        return self._remaining.of(nodes, self._restarts - sum(local.again for local in nodes))

    def _forked(self, state: State) -> bool:
        """Whether two nodes accepted different blocks, each of which M commits sign."""
        nodes = (self.lone.states[number] for number in state if number >= 0)
        return len({local.block for local in nodes} - {None}) > 1

    def _block(self, view: int, lives: int) -> bytes:
        """Return what is proposed in a view by a primary that started again so often."""
        reference = self.lone.reference
        primary = reference.primary(view)
        return propose(reference.height, reference.site.previous, view, primary, lives).block

    def _next(self, state: State) -> Iterator[tuple[State, int]]:
        states = self.lone.states
        pool = self.pool(state)
        down = sum(number >= 0 and states[number].crashed for number in state)
        again = sum(number >= 0 and states[number].again for number in state)
        for node, number in enumerate(state):
            if number < 0 or states[number].crashed:
                continue
            if states[number].block is not None:
                continue  # It has its block and keeps it.
            if down < self._crashes:
                yield self._put(state, node, self.lone.crash(number)), 1
            if again < self._restarts and not states[number].again and number not in self._fresh:
                yield self._put(state, node, self.lone.restart(number)), 1
            for step in self.moves.of(number, pool):
                if self._forks or states[step.after].block is None:
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
            sent = {label for local in locals_ for label in (*local.said, *local.hellos)}
            self._pools[state] = frozenset(sent | set(self._lies(sent)))
        return self._pools[state]

    def _lies(self, sent: set[Label]) -> Iterator[Label]:
        node = self._liar
        if node < 0:
            return
        for view in range(self._views):
            primary = self.lone.reference.primary(view)
            yield from ((HELLO, node, view), (JUNK, node, view), (ChangeView.kind, node, view))
            for which in ("", "#1") if self._forks else ("",):
                if node == primary:
                    yield PrepareRequest.kind + which, node, view
                elif (PrepareRequest.kind + which, primary, view) not in sent:
                    continue
                else:
                    yield PrepareResponse.kind + which, node, view
                yield Commit.kind + which, node, view

    def _locked(self, state: State) -> bool:
        """Whether nobody has a block, and all that is owed and all timers can change nobody."""
        states = self.lone.states
        up = [number for number in state if number >= 0 and not states[number].crashed]
        most = range(min(self._reloads, len(up)) + 1)
        chosen = (again for k in most for again in combinations(range(len(up)), k))
        return bool(up) and any(self._rests(state, up, set(again)) for again in chosen)

    def _rests(self, state: State, up: list[int], again: set[int]) -> bool:
        """Whether all stay as they are, some of whom are owed nothing that was sent before."""
        pool = self.pool(state)
        owed = frozenset(k for k in pool if k[0] != HELLO and k[1] != self._liar)
        calms = [
            frozenset({number}) if k in again else self.moves.calm(number, owed)
            for k, number in enumerate(up)
        ]
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
            done = "misled" if local.block is None else "done"
            yield "down" if local.crashed else done if local.replica.done else name


def _names(n: int, alike: list[int], order: tuple[int, ...]) -> tuple[int, ...]:
    """Return the names of nodes where those that are alike have them in another order."""
    names = dict(zip(alike, order, strict=True))
    return tuple(names.get(i, i) for i in range(n))
