"""Maker: a table by exploration, from what a node of each class can do in each state."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from milpbft.automaton.automaton import Automaton
from milpbft.automaton.condition import TRUE, Atom, Condition, all_of, equal
from milpbft.automaton.linear import Linear
from milpbft.automaton.rule import Rule, numbered
from milpbft.automaton.table import Act, Table
from milpbft.table.classes import agreement, assumptions, parameters, starts_at
from milpbft.table.need import Need, equivocator, forged
from milpbft.table.state import CRASHED, LEFT, State, suffix

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

S = TypeVar("S", bound=State)


@dataclass(frozen=True)
class Move(Generic[S]):
    """What a correct node can do in a state.

    Parameters
    ----------
    act
        What it is in the protocol.
    target
        Where the node is then.
    needs
        What it asks for.
    grows
        Counters for which the node counts from then on.
    owed
        Whether the node must do it sooner or later; else it is the adversary's choice.
    ending
        Ends the rule's name, where a state has several with one act and value.
    spoken
        Counters that say what the node sends, where it counts for some of them already and
        :attr:`grows` leaves these out. None for the same.
    """

    act: Act
    target: S
    needs: tuple[Need, ...] = ()
    grows: tuple[str, ...] = ()
    owed: bool = True
    ending: str = ""
    spoken: tuple[str, ...] | None = None

    @property
    def says(self) -> tuple[str, ...]:
        """Counters that say what the node sends."""
        return self.grows if self.spoken is None else self.spoken


class Forging(NamedTuple):
    """One step of a token: what Byzantine nodes send, and what backs it."""

    act: Act
    source: str
    target: str
    needs: tuple[Need, ...] = ()
    grows: tuple[str, ...] = ()

    @property
    def says(self) -> tuple[str, ...]:
        """Counters that say what is sent."""
        return self.grows


@dataclass(frozen=True)
class Token:
    """Messages that so many Byzantine nodes can make once what backs them was sent.

    It stands in locations of its own and counts as no node.

    Parameters
    ----------
    start
        Where it begins.
    number
        How many there are.
    forgings
        Its rules.
    """

    start: str
    number: Linear
    forgings: tuple[Forging, ...]

    @classmethod
    def of_primary(cls, act: Act, counter: str, backed: Iterable[tuple[Need, ...]]) -> Token:
        """Make that of a message of the primary of the act's view, backed by one of some needs."""
        start, grows = f"z_{counter}", (forged(counter),)
        steps = (Forging(act, start, f"{start}_sent", needs, grows) for needs in backed)
        return cls(start, equivocator(act.view), tuple(steps))


@dataclass
class Maker(Generic[S]):
    """Collects locations and rules of one table.

    Parameters
    ----------
    name
        Of the protocol.
    views
        How many are modelled.
    start
        The state in which correct nodes begin.
    moves
        What a node can do in a state, by the view whose primary it is, None for the others.
    tokens
        Messages of Byzantine nodes that are backed by others.
    extra
        Parameters besides those of every table.
    assumed
        What is assumed of them.
    groups
        Names of sums that guards of rest may have: how many nodes are in some states.
    """

    name: str
    views: int
    start: S
    moves: Callable[[S, int | None], Iterable[Move[S]]]
    tokens: tuple[Token, ...] = ()
    extra: tuple[str, ...] = ()
    assumed: Condition = TRUE
    groups: Mapping[str, Callable[[S], bool]] = field(default_factory=dict)
    states: dict[str, S] = field(default_factory=dict)
    rules: dict[str, Rule] = field(default_factory=dict)
    taken: dict[str, Move[S] | Forging] = field(default_factory=dict)
    owed: dict[str, tuple[Atom, ...]] = field(default_factory=dict)
    forgers: dict[str, None] = field(default_factory=dict)

    def table(self) -> Table:
        """Make the table."""
        primaries = [*range(self.views)]
        for primary in (*primaries, None):
            self._explore(primary)
        for token in self.tokens:
            for step in token.forgings:
                self.forgers |= {step.source: None, step.target: None}
                self._add(step, step.source, step.target)
        names = [self.start.name(primary) for primary in primaries]
        tokens = (equal(Linear.of(token.start) - token.number) for token in self.tokens)
        done = self._done()
        automaton = Automaton(
            name=self.name,
            parameters=(*parameters(self.views), *self.extra),
            counters=self._counters(),
            locations=(*self.states, *self.forgers),
            assumptions=all_of([assumptions(self.views), self.assumed]),
            initial=all_of([starts_at(names, self.start.name(None)), *tokens]),
            rules=tuple(self.rules.values()),
            specifications=tuple(agreement(done)),
        )
        meaning = {name: move.act for name, move in self.taken.items()}
        ends = {
            end: tuple(name for name, state in self.states.items() if state.phase == end)
            for end in (CRASHED, LEFT)
        }
        return Table(
            automaton,
            {rule: self._standing(atoms) for rule, atoms in self.owed.items()},
            meaning,
            done,
            crashed=ends[CRASHED],
            left=ends[LEFT],
            reborn=tuple(name for name, state in self.states.items() if state.again),
            tokens=tuple(self.forgers),
        )

    def _explore(self, primary: int | None) -> None:
        """Add what a node of a class reaches."""
        self.states[self.start.name(primary)] = self.start
        queue = deque([self.start])
        while queue:
            state = queue.popleft()
            source = state.name(primary)
            for move in self.moves(state, primary):
                target = move.target.name(primary)
                if target not in self.states:
                    self.states[target] = move.target
                    queue += [] if move.target.phase in (CRASHED, LEFT) else [move.target]
                name = self._add(move, source, target, move.ending)
                if move.owed:
                    (self.owed[name],) = all_of(need.sent for need in move.needs).dnf()

    def _add(self, move: Move[S] | Forging, source: str, target: str, ending: str = "") -> str:
        """Add a rule, and return its name: the act, where it begins, the proposal."""
        said = f"{move.act.what}_{source}{suffix(move.act.value)}{ending}"
        name, again = said, 0
        while name in self.rules:
            again += 1
            name = numbered(said, again)
        (atoms,) = all_of(need.shown for need in move.needs).dnf()
        grown = tuple(sorted((counter, 1) for counter in move.grows))
        self.rules[name] = Rule(name, source, target, atoms, grown)
        self.taken[name] = move
        return name

    def _standing(self, atoms: tuple[Atom, ...]) -> tuple[Atom, ...]:
        """Write the groups of atoms as sums of locations; two may become one."""
        return tuple(dict.fromkeys(map(self._placed, atoms)))

    def _placed(self, atom: Atom) -> Atom:
        """Write the groups of an atom as sums of locations."""
        linear = Linear.number(atom.linear.constant)
        for name, coefficient in atom.linear.terms:
            group = self.groups.get(name)
            places = [name] if group is None else [k for k, s in self.states.items() if group(s)]
            linear += Linear.combine((place, coefficient) for place in places)
        return Atom(linear, atom.comparison)

    def _done(self) -> dict[str, tuple[str, ...]]:
        """By block: the locations of nodes that decided it."""
        blocks = {state.block for state in self.states.values()} - {None}
        return {
            block: tuple(name for name, state in self.states.items() if state.block == block)
            for block in sorted(map(str, blocks))
        }

    def _counters(self) -> tuple[str, ...]:
        """Return what rules increment or read."""
        names = {counter for rule in self.rules.values() for counter, _ in rule.increments}
        read = [rule.guard for rule in self.rules.values()] + list(self.owed.values())
        names |= {name for atoms in read for atom in atoms for name in atom.names}
        return tuple(sorted(names - {*parameters(self.views), *self.extra, *self.groups}))
