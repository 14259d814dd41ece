"""What a correct node of dBFT 2.1 can do in each state: see :mod:`milpbft.dbft.model.v21.table`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from milpbft.automaton.condition import TRUE, all_of, at_least
from milpbft.automaton.linear import Linear
from milpbft.dbft.model.returning import ENOUGH
from milpbft.dbft.model.v21.state import State21, remembers
from milpbft.table import BYZANTINE, FAULTS, NODES, NONE, ONE, START, Act, Move, Need, need, suffix

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from milpbft.automaton.condition import Condition
    from milpbft.dbft.model.family import FamilyTable
    from milpbft.dbft.model.state import State

STAGES = (1, 2, 3)
NEVER = at_least(-NODES)
"""A condition that no network meets."""


class Moves:
    """What a node of one class can do in a state.

    Parameters
    ----------
    rules
        Of the protocol.
    state
        Where the node is.
    primary
        The view whose primary it is, None for a node that is none.
    """

    def __init__(self, rules: FamilyTable, state: State21, primary: int | None) -> None:
        self.rules = rules
        self.state = state
        self.remembers = remembers(rules.variant)
        self.view, self.phase, self.value = state.view, state.phase, state.value
        self.given = rules.variant.reading == "given"
        self.pool = self.given or rules.variant.reading == "pool"
        self.enough = rules.variant.thresholds.quorum
        """M."""
        self.proposes = primary == state.view
        self.known = range(1 if self.proposes else rules.values)
        """The proposals that the node can know."""

    def all(self) -> Iterator[Move[State]]:
        """Yield all of them."""
        match self.phase:
            case phase if phase == START:
                yield from self.begin()
                yield from self.end()
            case "A":
                for value in self.known:
                    yield self.commit(value)
                    if not self.given or value == 0:
                        yield from self.ask2(value)
                yield from self.end()
            case "P":
                yield self.commit(self.value)
                if not self.pool:
                    yield self.owe_commit()
                yield from self.ask2(self.value)
                yield from self.end((self.value,))
            case "B":
                for value in self.known if self.given else (self.value,):
                    yield self.commit(value)
                yield from self.ask3()
                yield from self.end(() if self.given else (self.value,))
            case "C":
                yield from self.ask3()
                yield from self.end((self.value,))
            case "K":
                yield from self.end((self.value,))
            case "E":
                yield from self.end(() if self.given else (self.value,))
            case "L":
                yield Move(Act("enter", self.view), self.onward)
                yield self.rules.crash(self.state)

    def begin(self) -> Iterator[Move[State]]:
        """Propose as the primary; others ask for a view change, or respond."""
        asked = self.union("asked")
        if self.proposes:
            grows = (self.counter("prep"), self.counter("req"), *asked)
            yield Move(Act("propose", self.view), self.to("P"), (), grows)
            return
        yield Move(Act("ask1", self.view), self.to("A", asks=1), (), (*self.change(1), *asked))
        for value in self.known:
            act, grows = Act("respond", self.view, value), (self.counter("prep", value), *asked)
            yield Move(act, self.to("P", value), (self.request(value),), grows)

    def commit(self, value: int) -> Move[State]:
        """Commit: the request, M preparations, no ChangeView3; from cv2 more than f commits."""
        com, again = self.counter("com", value), self.phase == "B"
        needs = [*self.preparations(value), self.no_cv3(lies=self.phase != "A")]
        if again:
            needs.append(self.least((com,), ENOUGH))
        first = self.union("late") if self.pool else [self.counter("first", value)]
        grows = (com, *([] if again else first))
        target = self.to("K" if again else "C", value)
        hasty = again and not self.pool and self.rules.variant.tight
        target = replace(target, hasty=hasty)
        return Move(Act("commit", self.view, value), target, tuple(needs), grows)

    def owe_commit(self) -> Move[State]:
        """Owe the commit of a prepared node whom no lie about a ChangeView3 would keep still."""
        warned = self.least((self.counter("cv1"),), ONE)
        sent = (*self.preparations(self.value), warned, self.no_cv3(lies=False))
        needs = tuple(Need(NEVER, each.sent) for each in sent)
        return Move(Act("commitb", self.view, self.value), self.to("C", self.value), needs)

    def ask2(self, value: int) -> Iterator[Move[State]]:
        """ChangeView2: M nodes that asked or prepared; at most f commits, or a ChangeView3.

        A node in cv1 may not know the request: then responses to any proposal count for it. What
        it owes at the end is said for whatever request it knows by then.
        """
        first, prepared = self.counter("cv1"), self.phase == "P"
        values = [value] if prepared and not self.given else self.values
        preps = tuple(self.counter("prep", k) for k in values)
        enough = self.quorum(*(self.union("asked") or (first, *preps)))
        grows = (*self.change(2), *self.union("late"))
        if self.pool:
            needs = [enough, *([self.least((first,), ONE)] if prepared else [])]
        elif prepared:
            known = (
                Linear.combine([(first, 1), *((prep, 1) for prep in preps)]) + self.from_byzantine
            )
            needs = [Need(enough.shown, at_least(known - self.enough)), self.least((first,), ONE)]
        else:
            request = self.from_byzantine
            each = all_of(at_least(Linear.combine([(first, 1), (prep, 1)]) + request - self.enough)
                          for prep in preps)  # fmt: skip
            needs = [Need(enough.shown, enough.sent & each)]
            needs.append(Need(self.least(preps, ONE).shown, TRUE))
            if value == 0:
                yield self.leap(2, self.quorum(first), grows)
                yield from self.owe_ask2(enough.sent)
            else:
                lies = at_least(request - ONE)
                needs.append(Need(lies, lies))
        few = self.most(tuple(self.counter("com", k) for k in values), FAULTS)
        target = self.to("B", 0 if self.given else value, asks=2)
        yield Move(Act("ask2", self.view, value), target, (*needs, few), grows)
        third = self.least((self.counter("cv3"),), ONE)
        # Whoever is not shown that there are many commits needs no ChangeView3 either.
        other = third if self.pool else Need(NEVER, third.sent)
        yield Move(Act("ask2b", self.view, value), target, (*needs, other), grows)

    def owe_ask2(self, enough: Condition) -> Iterator[Move[State]]:
        """Owe the ChangeView2 of a node in cv1 to all responses, where the primary is correct.

        A Byzantine one can show the node its request, so that responses to another are dropped.
        """
        if len(self.values) > 1:
            few = self.most(tuple(self.counter("com", k) for k in self.values), FAULTS)
            correct = at_least(NONE - self.from_byzantine)
            needs = (Need(NEVER, correct & enough), few)
            yield Move(Act("ask2", self.view), self.to("B", asks=2), needs)

    def ask3(self) -> Iterator[Move[State]]:
        """ChangeView3: M nodes that committed or sent a ChangeView2, at most f of the former."""
        second, values = self.counter("cv2"), self.values if self.given else [self.value]
        few = self.most(tuple(self.counter("com", k) for k in values), FAULTS)
        grows, some = self.change(3), self.least((second,), ONE)
        if self.pool:
            needs = [some, self.quorum(*self.union("late")), few]
        else:
            direct = self.counter("first", self.value)
            enough = self.least((second,), self.enough - FAULTS)
            needs = [Need(enough.shown, some.sent), self.quorum(second, direct), few]
            if self.phase == "B":
                needs.append(Need(self.least((direct,), ONE).shown, TRUE))
                yield self.leap(3, self.quorum(second), grows)
        target = self.to("E", 0 if self.given else self.value, asks=3)
        yield Move(Act("ask3", self.view, self.value), target, tuple(needs), grows)

    def leap(self, stage: int, enough: Need, grows: tuple[str, ...]) -> Move[State]:
        """Ask, and be about to enter the next view, since M change views of a stage are known."""
        act, target = Act(f"ask{stage}l", self.view), self.to("L", asks=stage)
        return Move(act, target, (enough,), grows, owed=False)

    def end(self, values: Iterable[int] = ()) -> Iterator[Move[State]]:
        """What a node does in any phase: enter the next view, accept what it can know, crash."""
        stays: tuple[Need, ...] = ()
        if self.phase == "K" and not self.pool:
            slow = at_least(self.enough - FAULTS - 3)  # else it has accepted
            stays = (Need(slow, slow),)
        for stage in STAGES:
            needs = (self.onward_by(stage), *stays)
            yield Move(Act(f"enter{stage}", self.view), self.onward, needs)
        for value in values or self.values:
            enough = self.quorum(self.counter("com", value))
            yield self.rules.accept(self.view, value, enough, self.request(value))
        yield self.rules.crash(self.state)

    # ---- names and needs

    @property
    def values(self) -> range:
        """The proposals that there may be."""
        return range(self.rules.values)

    @property
    def onward(self) -> State:
        """The state in the next view, or out of the modelled ones."""
        return self.state.leave() if self.ends else self.state.on()

    @property
    def ends(self) -> bool:
        """Whether this is the last of the modelled views."""
        return self.view + 1 == self.rules.views

    def to(self, phase: str, value: int = 0, *, asks: int | None = None) -> State21:
        """Return a state of this view, in which the node may have asked for a stage just now."""
        if not self.remembers:
            return State21(self.view, phase, value)
        return self.state.to(phase, value, asks=asks, last=self.ends)

    def counter(self, kind: str, value: int = 0) -> str:
        """Name a counter of this view."""
        return f"{kind}_{self.view}{suffix(value)}"

    def least(
        self, counters: tuple[str, ...], threshold: Linear, help_: Linear = BYZANTINE
    ) -> Need:
        """Ask for so many senders."""
        return need(counters, threshold, NONE if self.pool else help_)

    def quorum(self, *counters: str) -> Need:
        """Ask for M senders."""
        return self.least(counters, self.enough)

    def change(self, stage: int) -> tuple[str, ...]:
        """Name what counts a change view of a stage, and who asked in a view or a later one.

        For each view so a node counts once, by the first that it sends.
        """
        if self.given:
            return (self.counter(f"cv{stage}"), self.counter(f"later{stage}"))
        if self.rules.restarting:  # where lives count each node once
            views = range(min(self.view + 1, self.rules.views - 1))
            return (self.counter(f"cv{stage}"), *(f"later{stage}_{view}" for view in views))
        asked = range(self.state.said(stage) + 1, self.view + 1) if self.remembers else ()
        later = (f"later{stage}_{view}" for view in asked if view + 1 < self.rules.views)
        return (self.counter(f"cv{stage}"), *later, *self.twice(stage))

    def twice(self, stage: int) -> tuple[str, ...]:
        """Name what counts who asked for a stage in the view before too, where messages are lost.

        It takes the loss of both that it is not heard to ask for the view before or a later one.
        """
        last = self.state.said(stage)
        told = self.remembers and self.rules.variant.misses and last >= 0
        return (f"cv{stage}_{last}_{self.view}",) if told else ()

    def onward_by(self, stage: int) -> Need:
        """Ask for the change views of a stage with which a node enters the next view.

        Those for a later view count too. Who starts again may need them: a quorum that it was of is
        one less without it. Where liars helped the first into it, they are owed more
        than those for this one; who is shown that many could have been helped as the first was.
        """
        later = self.counter(f"later{stage}")
        if self.given or (self.rules.restarting and not self.ends):
            return self.quorum(later)
        needed = self.quorum(self.counter(f"cv{stage}"))
        if not self.remembers or self.ends:
            return needed
        return Need(needed.shown, self.quorum(later).sent)

    def union(self, kind: str) -> list[str]:
        """Name a counter that the pool has of nodes that sent one of two kinds of message."""
        return [self.counter(kind)] if self.pool else []

    @property
    def from_byzantine(self) -> Linear:
        """How many preparations who has the request knows that no correct node sent: itself."""
        return NONE if self.pool else Linear.of(f"F_{self.view}")

    def preparations(self, value: int) -> tuple[Need, Need]:
        """Ask for the request and M preparations; who has prepared has the request."""
        prep = self.counter("prep", value)
        request, enough = self.request(value), self.quorum(prep)
        if self.phase != "P":
            return request, enough
        known = at_least(Linear.of(prep) + self.from_byzantine - self.enough)
        return Need(request.shown, TRUE), Need(enough.shown, known)

    def request(self, value: int) -> Need:
        """Ask for the request of the view's primary, which may be Byzantine."""
        return self.least((self.counter("req", value),), ONE, Linear.of(f"F_{self.view}"))

    def most(self, counters: tuple[str, ...], threshold: Linear, *, lies: bool = True) -> Need:
        """Ask for so many senders at most; at the end, lies may be known too."""
        few = threshold - Linear.combine((name, 1) for name in counters)
        if self.pool:
            return Need(at_least(few), at_least(few))
        return Need(TRUE, at_least(few - BYZANTINE if lies else few))

    def no_cv3(self, *, lies: bool) -> Need:
        """Ask for no ChangeView3 of this view."""
        return self.most((self.counter("cv3"),), NONE, lies=lies)
