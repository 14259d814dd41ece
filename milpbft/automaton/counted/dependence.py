"""Which guards may turn on inside a slot of the counted encoding, and which cut a run into slots.

Take any stretch of a run, and let the *early* rules of a guard b be those by which a node can
make b grow that has not used b yet. Until b turns on nobody has used it, so b turns on by early
rules alone: b may be read at a stretch's start plus what early rules add in the stretch. Reading
it so for several guards at once is right if they can be ordered such that no node can have used
b, or a guard after b, before it takes an early rule of b. Then the stretch can be replayed in
stages: before stage i the nodes go as far as they can without the guards from the i-th on; all
early rules of the i-th guard lie there, so it is on when stage i begins.

So guard a *precedes* guard b where a rule that reads a is, or leads to, an early rule of b, and a
set of guards can be read inside slots if this relation has no cycle in it. The other guards that
only turn on, a feedback vertex set of the relation, are *cuts*: they are read at a slot's start.
In dBFT 2.0 the only cut is the return rule, however many views there are.

**Pauses** are rules that make no counter grow and are taken rarely, such as those of nodes that
start again: at most so many times in a run. Taken at a slot's start alone, by nodes that are there,
they need a slot each, and in return nothing precedes anything through them. Whoever takes one at a
moment of a run can take it at the start of a slot that begins at that moment; of two that are taken
at one start neither waits for the other.

The count of slots by cuts instead of by guards is milpbft's own; that guards cut a run into
stretches in which order does not matter is [1]_.

References
----------
.. [1] I. Konnov, H. Veith, J. Widder. SMT and POR beat counter abstraction: parameterized model
   checking of threshold-based distributed algorithms. CAV 2015.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import networkx as nx

from milpbft.automaton.condition import AllOf, equal
from milpbft.automaton.counted.exclusion import changes
from milpbft.automaton.linear import Linear

if TYPE_CHECKING:
    from collections.abc import Iterable

    from milpbft.automaton.automaton import Automaton
    from milpbft.automaton.condition import Atom
    from milpbft.automaton.rule import Rule


@lru_cache(maxsize=64)
def cuts(automaton: Automaton, pauses: frozenset[str] = frozenset()) -> frozenset[Atom]:
    """Return the guards whose turning on or off begins a new slot.

    All guards that turn off, and a small set of those that turn on without which the others
    precede each other in no cycle. It need not be the smallest: any such set is right.

    Parameters
    ----------
    pauses
        Rules that are taken at a slot's start alone.
    """
    kinds = {atom: automaton.kind(atom) for atom in automaton.guards}
    lower = [atom for atom, kind in kinds.items() if kind == "lower"]
    graph = _precedence(automaton, lower, pauses)
    chosen = {atom for atom in lower if graph.has_edge(atom, atom)}
    graph.remove_nodes_from(chosen)
    while cycle := [part for part in nx.strongly_connected_components(graph) if len(part) > 1]:
        inside = graph.subgraph(cycle[0])
        # The order of the guards decides between equals, so that the choice is always the same.
        busiest = max(
            (atom for atom in lower if atom in inside),
            key=lambda atom: inside.in_degree(atom) * inside.out_degree(atom),
        )
        chosen.add(busiest)
        graph.remove_node(busiest)
    return frozenset(chosen | {atom for atom, kind in kinds.items() if kind == "upper"})


def early(automaton: Automaton, guard: Atom) -> tuple[Rule, ...]:
    """Return the rules by which nodes that have not used a guard make it grow."""
    without = [rule for rule in automaton.rules if guard not in rule.guard]
    reached = _onward(_starts(automaton), without)
    return tuple(rule for rule in without if rule.source in reached and growth(guard, rule))


def growth(guard: Atom, rule: Rule) -> int:
    """Return what one node that takes a rule adds to a guard."""
    return sum(guard.linear.coefficient(counter) * by for counter, by in rule.increments)


def complete_slots(
    automaton: Automaton, pauses: frozenset[str] = frozenset(), most: int = 0
) -> int:
    """Return how many slots reach everything that the automaton can reach.

    One more than there are cuts, and pauses taken. Where guards turn off, two per cut: the one step
    that turns a guard off has a slot of its own, between slots in which any number of nodes move.
    Cuts of which only one can change in a run count once
    (:mod:`milpbft.automaton.counted.exclusion`).

    Parameters
    ----------
    pauses, most
        Rules that are taken at a slot's start alone, and how often they are taken in all.

    Raises
    ------
    ValueError
        If there are pauses where guards turn off.
    """
    chosen = cuts(automaton, pauses)
    turning_off = any(automaton.kind(atom) == "upper" for atom in chosen)
    if turning_off and pauses:
        raise ValueError("pauses are for guards that only turn on")
    return (2 if turning_off else 1) * changes(automaton, chosen) + most + 1


def _precedence(
    automaton: Automaton, guards: list[Atom], pauses: frozenset[str]
) -> nx.DiGraph[Atom]:
    """Build the graph of what precedes what."""
    graph: nx.DiGraph[Atom] = nx.DiGraph()
    graph.add_nodes_from(guards)
    users = {atom: [r for r in automaton.rules if atom in r.guard] for atom in guards}
    makers = {atom: {rule.name for rule in early(automaton, atom)} for atom in guards}
    within = [rule for rule in automaton.rules if rule.name not in pauses]
    for one in guards:
        reached = _onward((rule.target for rule in users[one]), within)
        after = {rule.name for rule in automaton.rules if rule.source in reached}
        after |= {rule.name for rule in users[one]}
        graph.add_edges_from((one, other) for other in guards if after & makers[other])
    return graph


def _onward(places: Iterable[str], rules: Iterable[Rule]) -> set[str]:
    """Return the locations that rules lead to from some locations, these included."""
    leaving: dict[str, list[str]] = {}
    for rule in rules:
        leaving.setdefault(rule.source, []).append(rule.target)
    seen = set(places)
    left = list(seen)
    while left:
        fresh = [target for target in leaving.get(left.pop(), ()) if target not in seen]
        seen.update(fresh)
        left += fresh
    return seen


def _starts(automaton: Automaton) -> list[str]:
    """Return the locations in which a node may start: those that no atom fixes to zero."""
    initial = automaton.initial
    parts = set(initial.parts if isinstance(initial, AllOf) else (initial,))
    return [name for name in automaton.locations if equal(Linear.of(name)) not in parts]
