"""Lives: rules of nodes that may start again without memory, from those of nodes that do not.

A node that starts again is where all start, and knows nothing. What it has sent stays in the
network: others count it, once for each sender, and what it says again is no news to them. So a
location of a first life remembers for which counters its node counts, and one of a second life for
which of these it counts and does not know, since it has not said so again:

- what a node says again makes no counter grow;
- a guard over what a node knows asks for one more where the count has the node itself, from before.
  No network brings a node its own messages; all else that was sent is brought to it again.

Where a guard adds up several counters, nodes of one life count for one of them at most, and those
of two lives may count for several, though they are one sender. Then the guard reads a counter of
its own, for which each node counts once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Generic

from milpbft.automaton.condition import Atom, Condition, all_of, at_least, equal
from milpbft.automaton.linear import Linear
from milpbft.automaton.table import RESTART, Act
from milpbft.table.maker import Move, S
from milpbft.table.need import Need
from milpbft.table.state import CRASHED, LEFT, State

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping


@dataclass(frozen=True)
class Lived(State):
    """A location of a node with its lives.

    Parameters
    ----------
    now
        Where it is in its present life, by the protocol's own rules.
    second
        Whether that is its second life.
    counts
        In a first life: the counters for which the node counts. In a second: those for which it
        counts from before without knowing it, as far as that still matters.
    """

    now: State = field(default_factory=State)
    second: bool = False
    counts: frozenset[str] = frozenset()

    @classmethod
    def of(cls, now: State, *, again: bool, counts: frozenset[str] = frozenset()) -> Lived:
        """Return a location; who has crashed, decided or left needs no counters any more."""
        counts = frozenset() if now.retired or now.phase == LEFT else counts
        return cls(now.view, now.phase, now.value, now, again, counts)

    @property
    def place(self) -> str:
        """The location's name, without the class."""
        said = "__".join(sorted(self.counts))
        life = "_again" if self.second else "_said" if said else ""
        return f"{self.now.place}{life}{'__' if said else ''}{said}"

    @property
    def again(self) -> bool:
        """Whether the node has started again."""
        return self.second

    @property
    def block(self) -> str | None:
        """What the node has decided; None where it has not."""
        return self.now.block


class Lives(Generic[S]):
    """What nodes of two lives can do.

    Parameters
    ----------
    start
        Where nodes begin, by the protocol's own rules.
    moves
        What these are.
    classes
        The views whose primaries have locations of their own, and None for the other nodes.
    constants
        Names in guards that are no counters.
    anew
        What a node does in a second life instead of something else.
    late
        Whether a node can do something in a second life only.
    """

    def __init__(
        self,
        start: S,
        moves: Callable[[S, int | None], Iterable[Move[S]]],
        classes: Iterable[int | None],
        constants: Iterable[str],
        *,
        anew: Callable[[Move[S]], Move[S]],
        late: Callable[[Move[S]], bool],
    ) -> None:
        self.start = Lived.of(start, again=False)
        self._start = start
        self._moves = moves
        self._classes = tuple(classes)
        self._constants = frozenset(constants)
        self._anew = anew
        self._late = late
        self._relevant: dict[tuple[State, int | None], frozenset[str]] = {}

    def moves(self, state: Lived, primary: int | None) -> Iterator[Move[Lived]]:
        """Say what a node can do: what its present life lets it, and to start again.

        A node that has its block keeps it, and one that has left the modelled views could have
        started again before.
        """
        own: Any = state.now
        for move in self._plain(own, primary, again=state.again):
            yield self._lived(state, move, primary)
        alive = _goes_on(state) and not (state.block or own.rushed)
        if alive and not state.again and state != self.start:
            counts = self._kept(self._start, primary, state.counts)
            target = Lived.of(self._start, again=True, counts=counts)
            yield Move(Act(RESTART, state.view), target, owed=False)

    def groups(
        self, groups: Mapping[str, Callable[[S], bool]]
    ) -> dict[str, Callable[[Lived], bool]]:
        """Return the protocol's groups of locations, of nodes in any life."""

        def lived(group: Callable[[S], bool]) -> Callable[[Lived], bool]:
            def within(state: Lived) -> bool:
                now: Any = state.now
                return group(now)

            return within

        return {name: lived(group) for name, group in groups.items()}

    # ---- moves

    def _plain(self, state: S, primary: int | None, *, again: bool) -> Iterator[Move[S]]:
        for move in self._moves(state, primary):
            if again or not self._late(move):
                yield self._anew(move) if again else move

    def _lived(self, state: Lived, move: Move[S], primary: int | None) -> Move[Lived]:
        grown = self._grown(move)
        if state.again:
            new, counts = grown - state.counts, state.counts - grown
            counts = self._kept(move.target, primary, counts)
        else:
            new, counts = grown - state.counts, state.counts | grown
        unknown = state.counts if state.again else frozenset()
        needs = tuple(
            Need(self._known(need.shown, unknown), self._known(need.sent, unknown))
            for need in move.needs
        )
        target = Lived.of(move.target, again=state.again, counts=counts)
        grows = tuple(sorted(new))
        return Move(move.act, target, needs, grows, move.owed, move.ending, spoken=move.grows)

    def _grown(self, move: Move[S]) -> frozenset[str]:
        """Return the counters for which a node counts that does something, sums included."""
        said = frozenset(move.grows)
        return said | {name for name, parts in self._sums.items() if said & parts}

    def _kept(self, state: S, primary: int | None, counts: frozenset[str]) -> frozenset[str]:
        """Return the counters that still matter to a node in its second life."""
        return counts & self._mattering(state, primary)

    def _mattering(self, state: S, primary: int | None) -> frozenset[str]:
        known = self._relevant.get((state, primary))
        if known is None:
            found: set[str] = set()
            for move in self._plain(state, primary, again=True) if _goes_on(state) else ():
                found |= self._grown(move) | self._mattering(move.target, primary)
                for atom in _atoms(move):
                    found |= self._known(atom, frozenset()).names - self._constants
            known = self._relevant[state, primary] = frozenset(found)
        return known

    # ---- guards

    @cached_property
    def _sums(self) -> dict[str, frozenset[str]]:
        """By name: the counters of each sum in a guard; what a node counts for once."""
        found: dict[str, frozenset[str]] = {}
        seen: set[tuple[State, int | None, bool]] = set()
        left = [(self._start, primary, again) for primary in self._classes for again in (0, 1)]
        while left:
            state, primary, again = left.pop()
            if (state, primary, bool(again)) in seen or not _goes_on(state):
                continue
            seen.add((state, primary, bool(again)))
            for move in self._plain(state, primary, again=bool(again)):
                left.append((move.target, primary, again))
                for atom in _atoms(move):
                    parts = self._counters(atom)
                    if len(parts) > 1:
                        found[_sum(parts)] = frozenset(parts)
        return found

    def _counters(self, atom: Atom) -> tuple[str, ...]:
        return tuple(name for name, _ in atom.linear.terms if name not in self._constants)

    def _known(self, condition: Condition, unknown: frozenset[str]) -> Condition:
        """Write a guard for a node that counts for some counters and does not know it."""
        (atoms,) = condition.dnf()
        return all_of(self._once(atom, unknown) for atom in atoms)

    def _once(self, atom: Atom, unknown: frozenset[str]) -> Condition:
        parts = self._counters(atom)
        linear = atom.linear
        if len(parts) > 1:
            factors = {linear.coefficient(name) for name in parts}
            assert len(factors) == 1, f"{atom} adds up counters of different weights"
            rest = Linear.combine((k, c) for k, c in linear.terms if k not in parts)
            linear = rest + linear.constant + Linear.of(_sum(parts)) * factors.pop()
        mine = sum(linear.coefficient(name) for name in linear.names & unknown)
        return at_least(linear - mine) if atom.comparison == ">=" else equal(linear - mine)


def _goes_on(state: State) -> bool:
    """Whether tables ask what a node does there: not of those that crashed or left."""
    return state.phase not in (CRASHED, LEFT)


def _atoms(move: Move[Any]) -> Iterator[Atom]:
    for need in move.needs:
        for condition in (need.shown, need.sent):
            (atoms,) = condition.dnf()
            yield from atoms


def _sum(parts: Iterable[str]) -> str:
    """Name the counter of nodes that count for one of some counters."""
    return "any_" + "__".join(sorted(parts))
