"""What every run of an automaton satisfies, slot by slot, whatever the parameters.

The slots, cuts and early rules are those of :mod:`milpbft.automaton.counted.encoding`. Here numbers
have no upper bound: parameters are variables that satisfy the automaton's assumptions, and a rule
that is taken has its guard (``flow >= 1 -> guard``), without big-M and without binary variables.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.automaton.condition import Condition, all_of, any_of, at_least, equal
from milpbft.automaton.counted.dependence import complete_slots, cuts, early, growth
from milpbft.automaton.linear import Linear
from milpbft.automaton.obligations.obligations import at, flow, placed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from milpbft.automaton.automaton import Automaton
    from milpbft.automaton.condition import Atom


class Slots:
    """A run that is cut into slots.

    Parameters
    ----------
    automaton
        What runs.
    slots
        How many; see :func:`complete`.
    """

    def __init__(self, automaton: Automaton, slots: int) -> None:
        self.automaton = automaton
        self.slots = slots
        self._cuts = cuts(automaton)
        self._alternating = alternating(automaton)

    def rows(self) -> Iterator[Condition]:
        """Yield what the run satisfies, the assumptions on parameters and its start included."""
        yield self.automaton.assumptions
        yield placed(self.automaton.initial, self.automaton, 0)
        for slot in range(self.slots):
            yield from self._balance(slot)
            yield from self._guards(slot)
            yield from self._chains(slot)
            if not self.bulk(slot):
                every = Linear.combine((flow(rule.name, slot), 1) for rule in self.automaton.rules)
                yield at_least(-every + 1)

    def bulk(self, slot: int) -> bool:
        """Whether any number of nodes may move in a slot."""
        return slot % 2 == 0 or not self._alternating

    def flows(self, values: Mapping[str, int], slot: int) -> dict[str, int]:
        """Read from a solution how many nodes take each rule in a slot."""
        return {rule.name: values.get(flow(rule.name, slot), 0) for rule in self.automaton.rules}

    def numbers(self, slot: int) -> list[str]:
        """Name how many nodes take each rule in a slot."""
        return [flow(rule.name, slot) for rule in self.automaton.rules]

    def start(self, values: Mapping[str, int]) -> dict[str, int]:
        """Read from a solution where the run starts."""
        names = self.automaton.locations + self.automaton.counters
        return {name: values.get(at(name, 0), 0) for name in names}

    def _balance(self, slot: int) -> Iterator[Condition]:
        """``x[k+1,l] = x[k,l] - out + in``; ``m[k+1,q] = m[k,q] + sum of increments``."""
        changes: dict[str, list[tuple[str, int]]] = {
            name: [] for name in self.automaton.locations + self.automaton.counters
        }
        for rule in self.automaton.rules:
            number = flow(rule.name, slot)
            changes[rule.source].append((number, -1))
            changes[rule.target].append((number, 1))
            for counter, by in rule.increments:
                changes[counter].append((number, by))
        for name, terms in changes.items():
            yield equal(Linear.combine([*terms, (at(name, slot), 1), (at(name, slot + 1), -1)]))

    def _chains(self, slot: int) -> Iterator[Condition]:
        """Somebody is at a location of a cycle that is left, or comes from one of a lower rank.

        Without a chain of rules from where nodes are, the balance would let a cycle be gone round
        by nobody. With one, the rules can be taken in some order [1]_.

        References
        ----------
        .. [1] J. Esparza. Petri nets, commutative context-free grammars, and basic parallel
           processes. Fundamenta Informaticae 31, 1997.
        """
        cycles = self.automaton.cycles
        for place, number in cycles.items():
            leaving = (r.name for r in self.automaton.rules if r.source == place)
            options = [
                equal(Linear.combine((flow(name, slot), 1) for name in leaving)),
                at_least(Linear.of(at(place, slot)) - 1),
            ]
            for rule in self.automaton.rules:
                if rule.target == place != rule.source:
                    ranks = _rank(place, slot) - _rank(rule.source, slot)
                    inside = cycles.get(rule.source) == number
                    lower = [at_least(ranks - 1)] if inside else []
                    options.append(all_of([at_least(Linear.of(flow(rule.name, slot)) - 1), *lower]))
            yield any_of(options)

    def _guards(self, slot: int) -> Iterator[Condition]:
        """For each atom of guards: no node takes a rule that has it, or the atom holds."""
        bulk = self.bulk(slot)
        for atom in self.automaton.guards:
            users = [rule.name for rule in self.automaton.rules if atom in rule.guard]
            nobody = equal(Linear.combine((flow(name, slot), 1) for name in users))
            yield any_of([nobody, self._holds(atom, slot, bulk=bulk)])

    def _holds(self, atom: Atom, slot: int, *, bulk: bool) -> Condition:
        """Say that an atom holds where nodes use it in a slot; at its end where it turns off."""
        off = self.automaton.kind(atom) == "upper"
        here = placed(atom, self.automaton, slot + (off and bulk))
        if off or not bulk or atom in self._cuts or self.automaton.kind(atom) == "constant":
            return here
        grown = [(flow(r.name, slot), growth(atom, r)) for r in early(self.automaton, atom)]
        assert len(here.names) == len(atom.linear.terms)
        terms = ((at(n, slot) if n in self.automaton.counters else n, c)
                 for n, c in atom.linear.terms)  # fmt: skip
        return at_least(Linear.combine([*terms, *grown], atom.linear.constant))


class Whole(Slots):
    """A run in one stretch, in whatever order: each guard is read where it holds if it ever does.

    A guard that turns on holds at the end if it held when it was used, and one that turns off held
    at the start. So the numbers of acts of every run satisfy these rows, however many slots it
    takes. What satisfies them need not be a run: they prove that there is none, and nothing else.
    """

    def __init__(self, automaton: Automaton) -> None:
        super().__init__(automaton, 1)

    def _holds(self, atom: Atom, slot: int, *, bulk: bool) -> Condition:
        off = self.automaton.kind(atom) == "upper"
        return placed(atom, self.automaton, slot + (not off))


def _rank(place: str, slot: int) -> Linear:
    """Name how far a location is from where nodes are, along rules that are taken in a slot."""
    return Linear.of(f"{place}^{slot}")


def alternating(automaton: Automaton) -> bool:
    """Whether every other slot is for one step alone, since some guard turns off."""
    return any(automaton.kind(atom) == "upper" for atom in automaton.guards)


def complete(automaton: Automaton, times: int) -> int:
    """Return how many slots show everything that runs can show at so many times besides the end."""
    return complete_slots(automaton) + times * (2 if alternating(automaton) else 1)
