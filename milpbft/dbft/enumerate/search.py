"""The search through the states of all nodes, in the order of the number of acts."""

from __future__ import annotations

from collections import defaultdict
from itertools import combinations
from typing import TYPE_CHECKING

from milpbft.dbft.enumerate.exploration import Exploration, Goal
from milpbft.dbft.enumerate.local import Local
from milpbft.dbft.enumerate.losing import Wanted, fewest
from milpbft.dbft.enumerate.quiescence import MissedError, Quiescence
from milpbft.dbft.enumerate.remaining import Remaining
from milpbft.dbft.enumerate.witness import Step, Witness, witness

if TYPE_CHECKING:
    from collections.abc import Iterator

    from milpbft.dbft.enumerate.space import Space, State
    from milpbft.dbft.reference.rules import Rules


class Search:
    """One search, in the order of the number of acts, so that the first finding has the fewest.

    Parameters
    ----------
    rules, crashes, byzantine, fetch, restarts, each, losses, reloads
        As for :func:`milpbft.dbft.enumerate.explore.explore`.
    space
        The local states.

    Attributes
    ----------
    space
        These.
    settled
        The states that were seen.
    locks, forks
        Those that are liveness locks, and those in which two different blocks are accepted; the
        ones with the fewest acts come first.
    """

    def __init__(
        self,
        rules: Rules,
        space: Space,
        crashes: int,
        byzantine: int,
        *,
        fetch: bool,
        restarts: int = 0,
        each: int = 1,
        losses: int = 0,
        reloads: int = 0,
    ) -> None:
        self.space = space
        self._quiescence = Quiescence(space, patient=rules.patient)
        self._enough = 1 if fetch else rules.usual_quorum
        self._crashes = crashes
        self._byzantine = byzantine
        self._restarts = restarts
        self._each = each
        self._losses = losses
        self._few: dict[tuple[int, tuple[int, ...]], int | None] = {}
        self._reloads = reloads
        self.fewest_lost: int | None = None
        self._remaining = Remaining(
            space,
            rules.commit_quorum,
            2 if byzantine else 1,
            0 if rules.agreement else rules.view_quorum,
        )
        self._before: dict[State, tuple[State, Step] | None] = {}
        self._left = False
        self._decisions: set[tuple[tuple[int, str] | None, ...]] = set()
        self.settled: set[State] = set()
        self.locks: list[State] = []
        self.forks: list[State] = []
        self._undecided = -1

    def run(self, limit: int, until: Goal | None = None) -> Exploration:
        """Search until everything was seen, or `limit` states, or a lock or fork as `until` says.

        States come by the acts that they took and, on the way to a fork, that it takes still.
        May be called once.
        """
        cost = dict.fromkeys(self._starts(), 0)
        bounded = until == "fork" and self.space.catalogue.commits
        left = self._remaining.of if bounded else lambda _: 0
        self._before = dict.fromkeys(cost)
        queue: defaultdict[int, list[State]] = defaultdict(list)
        for state in cost:
            queue[left(state)].append(state)
        capped = False
        while queue and not capped:
            for state in queue.pop(min(queue)):
                steps = cost[state]
                if state in self.settled:
                    continue
                sought = {"lock": self.locks, "fork": self.forks}.get(until or "", [])
                if len(self.settled) == limit or sought:
                    capped = True
                    break
                self.settled.add(state)
                self._look(state)
                for after, taken, step in self._next(state):
                    total = steps + taken
                    if left(state) - left(after) > taken:
                        raise MissedError(f"{step} takes away more acts than it has")
                    if total < cost.get(after, total + 1):
                        cost[after] = total
                        self._before[after] = state, step
                        queue[total + left(after)].append(after)
        return self._result(capped=capped)

    def _starts(self) -> Iterator[State]:
        """One start for each choice of Byzantine nodes, backups being interchangeable."""
        space = self.space
        for primaries in range(self._byzantine + 1):
            backups = self._byzantine - primaries
            if backups <= len(space.backups):
                for chosen in combinations(space.primaries, primaries):
                    yield space.start(frozenset(chosen) | frozenset(space.backups[:backups]))

    def _next(self, state: State) -> Iterator[tuple[State, int, Step]]:
        """Yield what one act leads to, and note whether all is quiet."""
        space = self.space
        tally = space.tally
        total = sum(space.sent[number] for number in state)
        lies = space.lies(state, total)
        may_crash = sum(space.locals[number].crashed for number in state) < self._crashes
        again = sum(space.locals[number].restarts for number in state) < self._restarts
        quiet = True
        last = 0
        for place, number in enumerate(state):
            if number == 0 or (number == last and place > len(space.primaries)):
                continue
            last = number
            local = space.locals[number]
            if may_crash and not local.crashed:
                after = space.number(local.crash())
                yield self._put(state, place, after), 1, Step(number, None, after)
            if (
                again
                and local.active
                and local.restarts < self._each
                and local.bare != Local(local.node)
            ):
                after = space.number(local.restart())
                yield self._put(state, place, after), 1, Step(number, None, after)
            correct = total - space.sent[number]
            own = correct + space.byzantine[number]
            for item in space.moves(number):
                owed = tally.fits(item.needed, own) and space.distinct(state, place, item, 0)
                if not owed:
                    if not lies or not tally.fits(item.needed, correct + lies):
                        continue
                    if not space.distinct(state, place, item, lies):
                        continue
                misses = self._losses > 0 or self._reloads > 0
                losable = misses and bool(item.move.stimulus.messages)
                patient = item.move.stimulus.timer and self._quiescence.patient
                quiet &= not owed or losable or patient
                if item.leaves:
                    self._left = True
                    continue
                after = space.after(number, item.move, correct)
                taken = len(item.move.deeds)
                yield self._put(state, place, after), taken, Step(number, item.move, after)
        if quiet and (lost := self._lost(state)) is not None:
            self._settle(state, lost)

    def _lost(self, state: State) -> int | None:
        """Return the fewest messages whose loss keeps everybody still; None for too many."""
        if self._reloads:
            return 0 if self._reloading(state) <= self._reloads else None
        if not self._losses:
            return 0 if self._quiescence.silent(state) else None
        count = 0
        for place, number in enumerate(state):
            if not self.space.locals[number].active:
                continue
            few = self.fewest(state, place)
            if few is None:
                return None
            count += few
        return count if count <= self._losses else None

    def _reloading(self, state: State) -> int:
        """Count the nodes that are still only once they have lost all that they had not."""
        total = sum(self.space.sent[number] for number in state)
        count = 0
        for place, number in enumerate(state):
            local = self.space.locals[number]
            if not local.active:
                continue
            moves = self._enabled(state, place, number, total - self.space.sent[number])
            has = dict(local.shown)
            if any(all(has.get(label, 0) >= c for label, c in wanted) for wanted in moves):
                return len(state) + 1
            count += bool(moves)
        return count

    def fewest(self, state: State, place: int) -> int | None:
        """Return the fewest messages without which the node at a place stays still."""
        space, number = self.space, state[place]
        others = [*state[:place], *state[place + 1 :]]
        case = number, tuple(sorted(space.sent[k] for k in others))
        if case not in self._few:
            there = sum(space.sent[k] for k in others)
            wanted = self._enabled(state, place, number, there)
            said = [space.locals[k].said for k in others]
            local = space.locals[number]
            self._few[case] = fewest(wanted, said, local.shown, self._losses, local.byzantine)
        return self._few[case]

    def _enabled(self, state: State, place: int, number: int, there: int) -> list[Wanted]:
        """Return what each move asks for that the node at a place could make, given everything."""
        space = self.space
        given = there + space.byzantine[number]
        lied = space.byzantine[number] > 0
        return [
            tuple((k, space.tally.count(item.needed, k)) for k, _ in item.move.stimulus.messages)
            for item in space.owed(number)
            if space.tally.fits(item.needed, given)
            if lied or space.distinct(state, place, item, 0)
        ]

    def _put(self, state: State, place: int, number: int) -> State:
        return self.space.canonical([*state[:place], number, *state[place + 1 :]])

    # ---- findings

    def _look(self, state: State) -> None:
        """Note who accepted what."""
        accepted = tuple(self.space.locals[number].accepted for number in state)
        if len({block for block in accepted if block is not None}) > 1:
            self.forks.append(state)
        fixed = len(self.space.primaries)
        backups = sorted(accepted[fixed:], key=lambda block: block or (-1, ""), reverse=True)
        self._decisions.add((*accepted[:fixed], *backups))

    def _settle(self, state: State, lost: int) -> None:
        """Note how a state at rest leaves the correct nodes, and what was lost for it."""
        nodes = [self.space.locals[number] for number in state if number]
        correct = [local for local in nodes if not local.crashed]
        done = sum(local.accepted is not None for local in correct)
        if correct and done < self._enough:
            self.locks.append(state)
            self.fewest_lost = min(lost, lost if self.fewest_lost is None else self.fewest_lost)
        missing = len(correct) - done if done < self._enough else 0
        self._undecided = max(self._undecided, missing)

    def _result(self, *, capped: bool) -> Exploration:
        nodes = self.space.nodes
        decisions = frozenset(
            frozenset((i, *block) for i, block in zip(nodes, blocks, strict=True) if block)
            for blocks in self._decisions
        )
        return Exploration(
            states=len(self.settled),
            capped=capped,
            left=self._left,
            decisions=decisions,
            locks=len(self.locks),
            forks=len(self.forks),
            undecided=self._undecided,
            fewest_lost=self.fewest_lost,
            lock=self.witness(self.locks[0]) if self.locks else None,
            fork=self.witness(self.forks[0]) if self.forks else None,
        )

    def witness(self, state: State) -> Witness:
        """Return an execution with the fewest acts that ends in a state that was seen.

        Where the state is a lock, all that is owed is delivered in the end.
        """
        ends = state in self.locks and not (self._losses or self._reloads)
        byzantine_messages = self._quiescence.byzantine_messages(state) if ends else None
        steps: list[Step] = []
        while (link := self._before[state]) is not None:
            state, step = link
            steps.append(step)
        return witness(self.space, self.space.liars(state), steps[::-1], byzantine_messages)
