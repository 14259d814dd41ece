"""How often guards can change in one run, where some changes exclude others.

A guard a that turns off is turned off by the rules that count against it. Where each of these reads
a guard b, and each rule that turns b off reads a, only one of the two ever turns off: after it has,
nobody can take a rule that turns the other off. The guards that turn off in one run are thus
pairwise not exclusive. A guard that turns on exactly where another turns off is no second change.

In dBFT 2.1 "at most f commits" and "no ChangeView3" exclude each other in each view, since who
commits reads the latter and who sends a ChangeView3 reads the former.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import networkx as nx

if TYPE_CHECKING:
    from collections.abc import Collection

    from milpbft.automaton.automaton import Automaton
    from milpbft.automaton.condition import Atom


def changes(automaton: Automaton, guards: Collection[Atom]) -> int:
    """Return how many of some guards can change in one run, at most.

    Parameters
    ----------
    guards
        Guards that turn on or off. Those that change at the same step count once.
    """
    off = [atom for atom in guards if automaton.kind(atom) == "upper"]
    opposite = {-atom.linear - 1 for atom in off}
    on = [
        atom for atom in guards if automaton.kind(atom) == "lower" and atom.linear not in opposite
    ]
    together: nx.Graph[Atom] = nx.Graph()
    together.add_nodes_from(off)
    pairs = combinations(off, 2)
    together.add_edges_from((a, b) for a, b in pairs if not _exclusive(automaton, a, b))
    return len(on) + max((len(clique) for clique in nx.find_cliques(together)), default=0)


def _exclusive(automaton: Automaton, one: Atom, other: Atom) -> bool:
    """Whether whoever turns one of the guards off reads the other."""
    return _reads(automaton, one, other) and _reads(automaton, other, one)


def _reads(automaton: Automaton, falling: Atom, guard: Atom) -> bool:
    counters = {name for name, coefficient in falling.linear.terms if coefficient < 0}
    return all(
        guard in rule.guard
        for rule in automaton.rules
        if any(counter in counters for counter, _ in rule.increments)
    )
