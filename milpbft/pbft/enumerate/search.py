"""The search through the states of all nodes, in the order of the number of acts."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from milpbft.pbft.enumerate.hitting import smallest_hitting
from milpbft.pbft.enumerate.lies import Lies
from milpbft.pbft.enumerate.local import Local, Move, Nodes
from milpbft.pbft.enumerate.pool import Pool, bits

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from milpbft.pbft.enumerate.result import Goal, Relay
    from milpbft.pbft.reference.reference import FamilyReference

State = tuple[int, ...]
"""The set of backed messages that Byzantine nodes have shown, with gossip of all that they have,
then per node its local state's number; 0 is Byzantine."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A step: a node makes a move; without one it crashes, or is `again` where it began."""

    node: int
    move: Move | None
    again: Local | None = None


class Search:
    """One search from one start: who is Byzantine, and who was asked for what, is given.

    Parameters
    ----------
    reference
        Makes replicas.
    liars
        The Byzantine nodes.
    requests
        What nodes were asked for, where not value 0.
    views, values, crashes, restarts, fetch, waits, losses, resent, relay
        As for :func:`milpbft.pbft.enumerate.explore.explore`.

    Attributes
    ----------
    settled
        The states that were seen.
    capped
        Whether the search ended at its limit.
    found
        The first fork and the first lock, which have the fewest acts.
    blocks, undecided, left, fewest_lost
        As for :class:`milpbft.pbft.enumerate.result.Enumeration`.
    """

    def __init__(
        self,
        reference: FamilyReference[Any],
        liars: frozenset[int],
        requests: Mapping[int, tuple[int]],
        *,
        views: int,
        values: int,
        crashes: int,
        fetch: bool,
        waits: bool,
        restarts: int = 0,
        losses: int = 0,
        resent: bool = False,
        relay: Relay = "none",
    ) -> None:
        self.reference = reference
        self.liars = liars
        self.requests = requests
        self.views = views
        self._values = values
        self.pool = Pool(reference)
        self.nodes = Nodes(reference, self.pool, views, values)
        self.lies = Lies(reference, self.pool, liars, views, values, waits=waits)
        self._crashes = crashes
        self._restarts = restarts
        self._enough = 1 if fetch else reference.rules.usual_quorum
        self._fetch = fetch
        self._waits = waits
        self._losses = losses
        self._resent = resent
        self._relay = relay
        self.locals: list[Local] = [Local(-1)]
        self._sent = [0]
        self._numbers: dict[Local, int] = {}
        self._moves: dict[tuple[int, int], list[tuple[Move, int]]] = {}
        self._before: dict[State, tuple[State, Taken] | None] = {}
        self.settled: set[State] = set()
        self.capped = False
        self.found: dict[Goal, tuple[int, list[Taken]] | None] = {"fork": None, "lock": None}
        self.blocks: set[frozenset[int]] = set()
        self.undecided = -1
        self.fewest_lost: int | None = None
        self.kept_from: dict[int, int] = {}
        """What every node never has where the first lock rests on losses."""
        self.left = False

    def _number(self, local: Local) -> int:
        number = self._numbers.setdefault(local, len(self.locals))
        if number == len(self.locals):
            self.locals.append(local)
            self._sent.append(local.sent)
        return number

    def run(self, limit: int, until: Goal | None = None, best: int | None = None) -> None:
        """Search until all was seen, or `limit` states; may be called once.

        Parameters
        ----------
        until
            End at the first of these.
        best
            End where states take as many acts.
        """
        start = self._start()
        cost = {start: 0}
        self._before[start] = None
        queue: defaultdict[int, list[State]] = defaultdict(list, {0: [start]})
        while queue:
            acts = min(queue)
            if acts == best:
                return
            for state in queue.pop(acts):
                if cost[state] < acts or state in self.settled:
                    continue
                if len(self.settled) == limit:
                    self.capped = True
                    return
                self.settled.add(state)
                for after, more, step in self._look(state, acts):
                    total = acts + more
                    if total < cost.get(after, total + 1):
                        cost[after] = total
                        self._before[after] = state, step
                        queue[total].append(after)
                if until is not None and self.found[until] is not None:
                    return

    def _start(self) -> State:
        nodes = range(self.reference.n)
        numbers = (
            0 if node in self.liars else self._number(self.nodes.start(node)) for node in nodes
        )
        return (0, *numbers)

    def _look(self, state: State, acts: int) -> list[tuple[State, int, Taken]]:
        """Note what a state is, and return what follows; nothing does after a fork."""
        if self._forks(state):
            self._note("fork", state, acts)
            return []
        sent = 0
        for number in state[1:]:
            sent |= self._sent[number]
        after, quiet = self._next(state, sent, self.lies.possible(sent))
        if quiet and self._waits and self._locks(state):
            self._note("lock", state, acts)
        return after

    def lost(self, state: State) -> dict[int, int] | None:
        """Return the fewest messages whose loss keeps every node still, a set per node.

        None where no loss does. Of a node: the smallest set of messages of correct nodes that has
        one of each of its moves. What it was shown before is in none of them, nor what its sender
        sends again.
        """
        sent = 0
        for number in state[1:]:
            sent |= self._sent[number]
        found = {}
        for node, number in enumerate(state[1:]):
            if number == 0 or self.locals[number].crashed:
                continue
            others = sent & ~self._sent[number]
            moves = self._moves_of(number, others | self.lies.possible(sent))
            kept = others & ~self._sent_again(state)
            owed = {move.mask & kept for move, _ in moves if not move.mask & ~others}
            hit = smallest_hitting(owed, self._losses)
            if hit is None:
                return None
            found[node] = hit
        return found

    def _sent_again(self, state: State) -> int:
        """Return which messages their senders send until they arrive."""
        again = 0
        for number in state[1:] if self._resent else ():
            local = self.locals[number]
            for message in bits(0 if number == 0 or local.crashed else self._sent[number]):
                again |= (self.pool.messages[message].view >= local.last.view) << message
        return again

    def _next(
        self, state: State, sent: int, lies: int
    ) -> tuple[list[tuple[State, int, Taken]], bool]:
        """Return what one step leads to, and whether nobody owes one."""
        used, *numbers = state
        found: list[tuple[State, int, Taken]] = []
        may_crash = sum(self.locals[number].crashed for number in numbers) < self._crashes
        again = sum(self.locals[number].restarts for number in numbers)
        may_restart = again < self._restarts
        quiet = True
        for node, number in enumerate(numbers):
            if number == 0 or self.locals[number].crashed:
                continue
            if may_crash:
                stopped = self._number(replace(self.locals[number], pending=0, crashed=True))
                found.append((self._put(state, node, stopped, used), 1, Taken(node, None)))
            if may_restart and self._may_restart(self.locals[number]):
                for anew in self._restarted(self.locals[number]):
                    step = Taken(node, None, anew)
                    found.append((self._put(state, node, self._number(anew), used), 1, step))
            others = sent & ~self._sent[number]
            for move, target in self._moves_of(number, others | lies):
                there = others | self._passed_on(used)
                quiet &= bool(move.mask & ~there) or (self._losses > 0 and move.mask > 0)
                if target < 0:
                    self.left = True
                    continue
                backed = move.mask & self.lies.backed
                more = move.cost + (backed & ~used).bit_count()
                known = used | (move.mask & lies if self._relay == "gossip" else backed)
                found.append((self._put(state, node, target, known), more, Taken(node, move)))
        return found, quiet

    def _may_restart(self, local: Local) -> bool:
        """Whether a node may start again: once, before it has decided, and if it did anything."""
        return not local.restarts and bool(local.deeds) and local.last.decided is None

    def _restarted(self, local: Local) -> Iterator[Local]:
        """Yield a node that starts again, a primary for each value that it may be asked for."""
        primaries = [self.reference.primary(view) for view in range(self.views)]
        for asked in range(self._values) if local.node in primaries else (None,):
            self.nodes.start(local.node, asked)
            yield local.restart(asked)

    def _passed_on(self, used: int) -> int:
        """Return which messages of Byzantine nodes are owed, given those that were shown."""
        kept = {"none": 0, "status": self.pool.new_views, "gossip": -1}
        return used & kept[self._relay]

    def _moves_of(self, number: int, shown: int) -> list[tuple[Move, int]]:
        """Return the moves of a local state, with the target's number; -1 is out of the views."""
        key = number, shown
        if key not in self._moves:
            local = self.locals[number]
            self._moves[key] = [
                (m, -1 if self.beyond(m.target) else self._number(m.target.after(local)))
                for m in self.nodes.moves(local.bare, shown)
            ]
        return self._moves[key]

    def beyond(self, local: Local) -> bool:
        """Whether a node is beyond what is explored: waiting for the view after is not yet."""
        view = local.last.view
        return view > self.views or (view == self.views and (local.last.active or not self._waits))

    def _put(self, state: State, node: int, number: int, used: int) -> State:
        return (used, *state[1 : node + 1], number, *state[node + 2 :])

    # ---- findings

    def _forks(self, state: State) -> bool:
        """Note which values were decided; whether that is a fork."""
        decided = {self.locals[number].last.decided for number in state[1:] if number}
        values = frozenset(item[1] for item in decided if item is not None)
        self.blocks.add(values)
        return len(values) > 1

    def _locks(self, state: State) -> bool:
        """Note how a quiescent state leaves the correct nodes; whether it is a lock."""
        correct = [self.locals[k] for k in state[1:] if k and not self.locals[k].crashed]
        done = sum(local.last.decided is not None for local in correct)
        missing = len(correct) - done if done < self._enough else 0
        locked = bool(correct) and done < self._enough
        lost = self.lost(state) if self._losses and locked else {}
        few = None if lost is None else sum(hit.bit_count() for hit in lost.values())
        if few is None or few > self._losses:
            return False
        if locked:
            self.fewest_lost = few if self.fewest_lost is None else min(self.fewest_lost, few)
        self.undecided = max(self.undecided, missing)
        return locked

    def _note(self, goal: Goal, state: State, acts: int) -> None:
        if self.found[goal] is None:
            if goal == "lock" and self._losses:
                self.kept_from = self.lost(state) or {}
            self.found[goal] = acts, self.steps(state)

    def steps(self, state: State) -> list[Taken]:
        """Return an execution with the fewest acts that ends in a state that was met."""
        steps: list[Taken] = []
        while (link := self._before[state]) is not None:
            state, step = link
            steps.append(step)
        return steps[::-1]
