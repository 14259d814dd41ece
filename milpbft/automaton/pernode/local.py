"""Local states: what one node of a role can go through, its own messages remembered."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from milpbft.automaton.table import RESTART
from milpbft.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from milpbft.automaton.automaton import Automaton
    from milpbft.automaton.condition import Atom
    from milpbft.automaton.rule import Rule
    from milpbft.automaton.table import Table


class Need(NamedTuple):
    """A guard on what others sent: so many of them count for one of the counters, or at most.

    Parameters
    ----------
    counters
        Sorted; a sender counts once, for however many of them.
    threshold
        At least 0.
    upper
        Whether at most, and not at least, so many may count.
    """

    counters: tuple[str, ...]
    threshold: int
    upper: bool = False


class State(NamedTuple):
    """Where a node is.

    Parameters
    ----------
    location
        Of the table.
    own
        The counters for which the node counts itself that guards still ask for.
    again
        Whether the node has started again, without memory.
    """

    location: str
    own: frozenset[str]
    again: bool = False


@dataclass(frozen=True)
class Edge:
    """One rule from one local state to another.

    Parameters
    ----------
    rule
        Its name.
    source, target
        Numbers of states.
    needs
        What others must have sent for it; what the node itself sent is counted already.
    quorums
        What all nodes together must have sent for it, the node itself included.
    """

    rule: str
    source: int
    target: int
    needs: tuple[Need, ...]
    quorums: tuple[Need, ...]


@dataclass(frozen=True)
class Role:
    """All that a correct node can do that starts in one location.

    Parameters
    ----------
    states
        State 0 is the first; every edge leads to one with a higher number.
    edges
        In any order.
    """

    states: tuple[State, ...]
    edges: tuple[Edge, ...]

    @cached_property
    def restarts(self) -> tuple[int, ...]:
        """Numbers of the edges by which a node starts again."""
        return tuple(k for k, edge in enumerate(self.edges) if edge.rule == RESTART)

    @cached_property
    def into(self) -> tuple[tuple[int, ...], ...]:
        """By state: numbers of the edges that lead to it."""
        return self._grouped("target")

    @cached_property
    def out_of(self) -> tuple[tuple[int, ...], ...]:
        """By state: numbers of the edges that leave it."""
        return self._grouped("source")

    def _grouped(self, end: str) -> tuple[tuple[int, ...], ...]:
        numbers: list[list[int]] = [[] for _ in self.states]
        for k, edge in enumerate(self.edges):
            numbers[getattr(edge, end)].append(k)
        return tuple(map(tuple, numbers))

    @property
    def needs(self) -> tuple[Need, ...]:
        """The distinct guards."""
        return tuple(dict.fromkeys(need for edge in self.edges for need in edge.needs))


def role_of(
    table: Table, start: str, sizes: Mapping[str, int], *, crashes: bool, restarts: bool = False
) -> Role:
    """Follow a table's rules from an initial location.

    Parameters
    ----------
    sizes
        Values of the automaton's parameters. Those without a value count Byzantine nodes in guards:
        they are left out, since Byzantine senders are counted like any other.
    crashes
        Whether nodes may crash.
    restarts
        Whether nodes may start again, once and without memory, see :func:`_twice`.

    Raises
    ------
    InputError
        Where a guard does not count senders: every counter in it must have the same sign and the
        coefficient 1. Or where a rule counts its node for something that it sends no message of.
    """
    _check_messages(table)
    automaton = table.automaton
    useless = frozenset() if crashes else frozenset(table.crashed)
    rules: dict[str, list[Rule]] = {place: [] for place in automaton.locations}
    for rule in automaton.rules:
        if rule.target not in useless:
            rules[rule.source].append(rule)
    asked = _asked(automaton)
    places = {place: k for k, place in enumerate(automaton.order)}
    found = {State(start, frozenset[str]())}
    edges: list[tuple[Rule, State, State, tuple[Need, ...]]] = []
    todo = list(found)
    while todo:
        state = todo.pop()
        for rule in rules[state.location]:
            needs = _needs(rule, state.own, automaton, sizes)
            if needs is None:
                continue
            own = state.own | {name for name, _ in rule.increments}
            target = State(rule.target, own & asked[rule.target])
            edges.append((rule, state, target, needs))
            if target not in found:
                found.add(target)
                todo.append(target)
    states = sorted(found, key=lambda s: (places[s.location], sorted(s.own)))
    number = {state: k for k, state in enumerate(states)}
    role = Role(
        tuple(states),
        tuple(
            Edge(r.name, number[s], number[t], needs, _quorums(r, automaton, sizes))
            for r, s, t, needs in edges
        ),
    )
    return _twice(table, role) if restarts else role


def _twice(table: Table, role: Role) -> Role:
    """Return a role in which a node may start again: every state twice, in order of the lives.

    From each state of a first life that is neither crashed nor done nor out of the views an edge
    leads to where the second life starts. There a node does not count itself for anything.
    """
    count = len(role.states)
    done = {place for places in table.done.values() for place in places}
    stay = {*table.crashed, *table.left, *done}
    second = tuple(
        replace(edge, source=edge.source + count, target=edge.target + count) for edge in role.edges
    )
    again = tuple(
        Edge(RESTART, k, count, (), ())
        for k, state in enumerate(role.states)
        if state.location not in stay
    )
    states = (*role.states, *(state._replace(again=True) for state in role.states))
    return Role(states, (*role.edges, *second, *again))


def _check_messages(table: Table) -> None:
    brings = {message.label: set(message.brings) for message in table.messages}
    for rule in table.automaton.rules:
        said = set().union(*(brings[label] for label in table.sends.get(rule.name, ())))
        silent = [name for name, _ in rule.increments if name not in said]
        if silent and rule.source not in table.tokens:
            allowed = f"counted: no message of rule {rule.name} says {silent[0]}"
            raise InputError("encoding", "compact", allowed)


def _asked(automaton: Automaton) -> dict[str, frozenset[str]]:
    """By location: the counters that guards on the way from there read."""
    asked: dict[str, frozenset[str]] = dict.fromkeys(automaton.locations, frozenset())
    for place in reversed(automaton.order):
        for rule in automaton.rules:
            if rule.source == place:
                read = frozenset(name for atom in rule.guard for name in atom.names)
                asked[place] |= asked[rule.target] | read
    return asked


def _needs(
    rule: Rule, own: frozenset[str], automaton: Automaton, sizes: Mapping[str, int]
) -> tuple[Need, ...] | None:
    """What others must have sent; None where that can never be."""
    needs: dict[Need, None] = {}
    for atom in rule.guard:
        need = _need(atom, own, automaton, sizes)
        if need.upper and need.threshold < 0:
            return None
        if need.upper or need.threshold > 0:
            needs[need] = None
    return tuple(needs)


def _quorums(rule: Rule, automaton: Automaton, sizes: Mapping[str, int]) -> tuple[Need, ...]:
    needs = _needs(rule, frozenset(), automaton, sizes) or ()
    return tuple(need for need in needs if not need.upper)


def _need(atom: Atom, own: frozenset[str], automaton: Automaton, sizes: Mapping[str, int]) -> Need:
    linear = atom.linear.substitute(sizes)
    terms = [(name, c) for name, c in linear.terms if name not in automaton.parameters]
    signs = {c for _, c in terms}
    if signs not in ({1}, {-1}):
        raise InputError("guard", str(atom), "a number of senders compared with a threshold")
    counters = tuple(name for name, _ in terms)
    mine = int(bool(own & set(counters)))
    if signs == {1}:
        return Need(counters, -linear.constant - mine)
    return Need(counters, linear.constant - mine, upper=True)
