"""What the rule tables of the family share: sizes, needs, and how a table is collected.

A table is made by exploration: from the start each protocol says which moves a node of a class has
in a state, and states that are reached become locations.

Classes: the primary of each modelled view, one node each, and the other nodes. Byzantine nodes are
no nodes of the automaton; parameter ``F`` counts them, and each adds at most one to a guard. Where
a Byzantine primary's message must be backed by what others really sent (a new view, a
certificate), a *token* stands for it: one unit in a location of its own, there if and only if that
primary is Byzantine (``F_v``), with a rule that says when the message can be made.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from itertools import combinations
from typing import TYPE_CHECKING

from milpbft.automaton.automaton import Automaton
from milpbft.automaton.condition import TRUE, Atom, Condition, all_of, any_of, at_least, equal
from milpbft.automaton.linear import Linear
from milpbft.automaton.rule import Rule
from milpbft.automaton.specification import Specification
from milpbft.automaton.table import Act, Table
from milpbft.pbft.model.state import VALUES, State

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

BYZANTINE = Linear.of("F")
QUORUM = Linear.of("N") - Linear.of("T") - Linear.of("C")
"""Prepares, commits or shares of the slow path: n - f - c, which is 2f + c + 1."""
FAST = Linear.of("N") - Linear.of("C")
"""Sign shares of the fast path: n - c, which is 3f + c + 1."""
VIEW = Linear.of("N") - Linear.of("T")
"""View changes of a new view: n - f, which is 2f + 2c + 1."""
JOIN = Linear.of("T") + 1
"""View changes that make others follow: f + 1."""
EVIDENCE = Linear.of("T") + Linear.of("C") + 1
"""Sign shares in view changes that speak for a value: f + c + 1."""
ONE = Linear.number(1)


@dataclass(frozen=True)
class Variant:
    """What the tables are made for.

    Parameters
    ----------
    views
        How many views are modelled, from 0 on. Who is to leave the view after the last one is lost
        to the model.
    values
        How many requests compete, 1 or 2: a Byzantine primary may propose both.
    crashes
        Whether nodes may crash.
    calm
        The primary of view 0 is correct, and nobody leaves it.
    fastpath
        The timer of SBFT's collector does not expire either.
    blind
        Whether a new view ignores what may be committed: the broken view change.
    tight
        Whether f + 1 view changes of others and one's own are n - f, as with 4 nodes.
    prompt
        Whether nodes keep to what replicas do at once, rather than what they could do as well.
    timed
        Whether timers have durations, so that it counts when they are started.
    skips
        Whether a node may follow a new view without a view change of its own, as replicas do. What
        it does not send others may miss, so locks depend on it: between two views a timer runs once
        n - f view changes are known. So do numbers of acts and messages. Which values can be
        decided does not, and tables for that alone leave it out: who can follow may as well ask.
        A new view for w rests on n - f view changes for w and, as long as everybody asks, for each
        view before it; f + 1 of them are enough to ask for these views one after the other. All
        guards are for so many messages or more, and a fork is one whatever is still owed, so that
        a view change more takes nothing away. The node is then where it would have been.
    """

    views: int = 2
    values: int = 1
    crashes: bool = False
    calm: bool = False
    fastpath: bool = False
    blind: bool = False
    tight: bool = False
    prompt: bool = False
    timed: bool = False
    skips: bool = False


@dataclass(frozen=True)
class Need:
    """A guard: as the adversary can make it hold, and as correct nodes alone make it hold."""

    shown: Condition
    sent: Condition


def need(counters: Iterable[str], threshold: Linear, help_: Linear = BYZANTINE) -> Need:
    """Ask for so many distinct senders, `help_` more being Byzantine."""
    count = Linear.combine((name, 1) for name in counters)
    return Need(at_least(count + help_ - threshold), at_least(count - threshold))


def message(counter: str, view: int, *, token: bool = True) -> Need:
    """Ask for a message of the primary of a view.

    Where it is backed by others, a Byzantine primary's is counted as ``z...`` when its token says
    so; otherwise the primary being Byzantine is enough.
    """
    return need((counter,), ONE, Linear.of(f"z{counter}" if token else f"F_{view}"))


@dataclass(frozen=True)
class Move:
    """What a node can do in a state."""

    act: Act
    target: State | str
    needs: tuple[Need, ...] = ()
    grows: tuple[str, ...] = ()
    owed: bool = True


@dataclass(frozen=True)
class Token:
    """A message of a Byzantine primary, and what backs it: one of several needs."""

    act: Act
    counter: str
    backed: tuple[tuple[Need, ...], ...]


@dataclass
class Maker:
    """Collects locations and rules of one table.

    Parameters
    ----------
    name
        Of the protocol.
    variant
        What it is made for.
    moves
        What a node of a class (None for one that is no primary) can do in a state.
    tokens
        Messages of Byzantine primaries that are backed by others.
    """

    name: str
    variant: Variant
    moves: Callable[[State, int | None], Iterable[Move]]
    tokens: tuple[Token, ...] = ()
    locations: dict[str, None] = field(default_factory=dict)
    rules: list[Rule] = field(default_factory=list)
    owed: dict[str, tuple[Atom, ...]] = field(default_factory=dict)
    meaning: dict[str, Act] = field(default_factory=dict)
    done: dict[str, dict[str, None]] = field(default_factory=dict)

    def table(self) -> Table:
        """Make the table."""
        classes = (*range(self.variant.views), None)
        for klass in classes:
            self._explore(klass)
        starts = {f"z_{token.counter}": token.act.view for token in self.tokens}
        for token in self.tokens:
            self._add_token(token)
        places = tuple(self.locations)
        done = {value: tuple(found) for value, found in self.done.items()}
        automaton = Automaton(
            name=self.name,
            parameters=("N", "T", "C", "F", *(f"F_{v}" for v in range(self.variant.views))),
            counters=self._counters(),
            locations=places,
            assumptions=assumptions(self.variant.views),
            initial=self._initial([State().name(klass) for klass in classes], starts),
            rules=tuple(self.rules),
            specifications=tuple(agreement(done)),
        )
        return Table(
            automaton,
            self.owed,
            self.meaning,
            done,
            crashed=tuple(p for p in places if p.endswith("_crashed")),
            left=tuple(p for p in places if p.endswith("_left")),
            tokens=tuple(p for p in places if p.startswith("z_")),
        )

    def _explore(self, klass: int | None) -> None:
        """Add what a node of a class reaches."""
        seen = {State(): None}
        queue = deque(seen)
        while queue:
            state = queue.popleft()
            place = state.name(klass)
            self.locations[place] = None
            if state.decided is not None:
                self.done.setdefault(VALUES[state.decided], {})[place] = None
            for number, move in enumerate(self._all_moves(state, klass)):
                target = move.target
                self._add(move, place, self._place(target, klass), number)
                if isinstance(target, State) and target not in seen:
                    seen[target] = None
                    queue.append(target)

    def _all_moves(self, state: State, klass: int | None) -> Iterator[Move]:
        yield from self.moves(state, klass)
        correct = self.variant.calm and klass == 0
        if self.variant.crashes and state.decided is None and not correct:
            yield Move(Act("crash", state.view), "crashed", owed=False)

    def _place(self, target: State | str, klass: int | None) -> str:
        if isinstance(target, State):
            return target.name(klass)
        return f"{State().name(klass).partition('_')[0]}_{target}"

    def _add(self, move: Move, source: str, target: str, number: int) -> None:
        name = f"{source}_r{number}_{move.act.what}"
        self.locations[target] = None
        (atoms,) = all_of(need.shown for need in move.needs).dnf()
        grown = tuple(sorted((counter, 1) for counter in move.grows))
        self.rules.append(Rule(name, source, target, atoms, grown))
        self.meaning[name] = move.act
        if move.owed:
            (self.owed[name],) = all_of(need.sent for need in move.needs).dnf()

    def _add_token(self, token: Token) -> None:
        source, target = f"z_{token.counter}", f"z_{token.counter}_sent"
        self.locations |= {source: None, target: None}
        for number, needs in enumerate(token.backed):
            (atoms,) = all_of(need.shown for need in needs).dnf()
            name = f"{source}_r{number}_{token.act.what}"
            self.rules.append(Rule(name, source, target, atoms, ((f"z{token.counter}", 1),)))
            self.meaning[name] = token.act

    def _counters(self) -> tuple[str, ...]:
        """Return what rules increment or read."""
        parameters = {"N", "T", "C", "F", *(f"F_{v}" for v in range(self.variant.views))}
        names: dict[str, None] = {}
        for rule in self.rules:
            names |= dict.fromkeys(counter for counter, _ in rule.increments)
            names |= dict.fromkeys(sorted(rule.condition.names - parameters))
        for atoms in self.owed.values():
            names |= dict.fromkeys(n for a in atoms for n in sorted(a.names - parameters))
        return tuple(sorted(names))

    def _initial(self, starts: list[str], tokens: dict[str, int]) -> Condition:
        """Correct nodes are in view 0; each Byzantine primary has its tokens."""
        views = self.variant.views
        some = Linear.combine((f"F_{v}", 1) for v in range(views))
        *primaries, others = starts
        conditions = [
            equal(Linear.of(name) + Linear.of(f"F_{v}") - 1) for v, name in enumerate(primaries)
        ]
        rest = Linear.of("N") - views - BYZANTINE + some
        conditions.append(equal(Linear.of(others) - rest))
        conditions += [equal(Linear.of(z) - Linear.of(f"F_{v}")) for z, v in tokens.items()]
        return all_of(conditions)


def assumptions(views: int) -> Condition:
    """``F_v <= 1``, and the Byzantine primaries are among the Byzantine nodes."""
    flags = [Linear.of(f"F_{v}") for v in range(views)]
    some = Linear.combine((f"F_{v}", 1) for v in range(views))
    single = all_of(at_least(ONE - flag) for flag in flags)
    others = at_least(Linear.of("N") - BYZANTINE - views + some)
    return all_of([single, at_least(BYZANTINE - some), others, at_least(Linear.of("N") - views)])


def agreement(done: dict[str, tuple[str, ...]]) -> Iterator[Specification]:
    """Yield one specification per pair of values: not both are decided."""
    for one, other in combinations(sorted(done), 2):
        neither = [equal(Linear.combine((place, 1) for place in done[v])) for v in (one, other)]
        yield Specification(f"agreement_{one}_{other}", "safety", TRUE, any_of(neither))
