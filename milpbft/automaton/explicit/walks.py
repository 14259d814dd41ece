"""The order of a slot's steps where rules form cycles.

How often each rule is taken says how nodes walk if every cycle that is gone round hangs together
with a place where nodes are [1]_. The cycles are taken off; what is left are walks without cycles;
each cycle is then put into a walk that comes past it. Nodes walk as far as they can.

References
----------
.. [1] J. Esparza. Petri nets, commutative context-free grammars, and basic parallel processes.
   Fundamenta Informaticae 31, 1997.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from milpbft.automaton.automaton import Automaton
    from milpbft.automaton.rule import Rule

Leg = tuple[tuple["Rule", ...], int]
"""Rules one after the other, and how often."""


@dataclass
class _Walk:
    """So many nodes that walk alike, from where they are."""

    start: str
    nodes: int
    legs: list[Leg]

    def passes(self, places: Mapping[str, int]) -> tuple[int, int, str] | None:
        """Find where the walk comes past some places: before which rule of which leg; and there."""
        here = self.start
        for number, (rules, _) in enumerate(self.legs):
            for position, rule in enumerate(rules):
                if here in places:
                    return number, position, here
                here = rule.target
        return (len(self.legs), 0, here) if here in places else None

    def put(self, loop: tuple[Rule, ...], times: int, number: int, position: int) -> list[Leg]:
        """Give the legs with a loop taken so often at a place of the walk, once by each node."""
        if not times:
            return self.legs
        if number == len(self.legs):
            return [*self.legs, (loop, times)]
        rules, often = self.legs[number]
        around = [(rules[:position], 1), (loop, times), (rules[position:], 1), (rules, often - 1)]
        cut = [leg for leg in around if leg[0] and leg[1]]
        return [*self.legs[:number], *cut, *self.legs[number + 1 :]]


def walked(
    automaton: Automaton, flows: Mapping[str, int], values: dict[str, int]
) -> Iterator[tuple[str, int]]:
    """Order the steps of one slot such that each rule is enabled when it is taken.

    Parameters
    ----------
    flows
        How many nodes take each rule; who goes round a cycle counts each time.
    values
        Of all names at the slot's start; changed to those at its end.

    Yields
    ------
    tuple
        Rule and how many nodes take it; a rule may come several times.

    Raises
    ------
    ValueError
        If there is no such order.
    """
    left = {automaton.rule(name): count for name, count in flows.items() if count}
    loops = list(_loops(left))
    walks = list(_straight(left, {name: values[name] for name in automaton.locations}))
    for loop, times in _hung(loops, walks):
        _hang(walks, loop, times)
    while any(walk.legs for walk in walks):
        moved = False
        for walk in walks:
            for step in _advance(walk, values):
                moved = True
                yield step
        if not moved:
            names = (leg[0][0].name for walk in walks for leg in walk.legs[:1])
            raise ValueError(f"no rule of {', '.join(names)} is enabled")


def _advance(walk: _Walk, values: dict[str, int]) -> Iterator[tuple[str, int]]:
    """Let the nodes of a walk go on while the guards let them."""
    while walk.legs:
        rules, times = walk.legs[0]
        rule = rules[0]
        if not rule.condition.evaluate(values):
            return
        rounds = times if len(rules) == 1 else 1
        rest: list[Leg] = [(rules[1:], 1), (rules, times - rounds)]
        walk.legs[:1] = [leg for leg in rest if leg[0] and leg[1]]
        count = walk.nodes * rounds
        values[rule.source] -= count
        values[rule.target] += count
        for counter, by in rule.increments:
            values[counter] += by * count
        yield rule.name, count


def _loops(left: dict[Rule, int]) -> Iterator[Leg]:
    """Take cycles off until none is left."""
    # Imported here: who has no need of it does not pay for its import.
    import networkx as nx  # noqa: PLC0415

    while True:
        ways: nx.MultiDiGraph[str] = nx.MultiDiGraph()
        ways.add_edges_from((rule.source, rule.target, rule) for rule, n in left.items() if n)
        try:
            loop = tuple(rule for _, _, rule in nx.find_cycle(ways))
        except nx.NetworkXNoCycle:
            return
        times = min(left[rule] for rule in loop)
        for rule in loop:
            left[rule] -= times
        yield loop, times


def _straight(left: dict[Rule, int], nodes: dict[str, int]) -> Iterator[_Walk]:
    """Take walks off, which have no cycle, until nothing is left; who stays is a walk too."""
    while any(left.values()):
        start = next(
            (rule.source for rule, count in left.items() if count and nodes[rule.source]), None
        )
        if start is None:
            raise ValueError("nobody is where rules are taken")
        taken: list[Rule] = []
        here = start
        while rule := next((r for r, count in left.items() if count and r.source == here), None):
            taken.append(rule)
            here = rule.target
        count = min(nodes[start], *(left[rule] for rule in taken))
        nodes[start] -= count
        for rule in taken:
            left[rule] -= count
        yield _Walk(start, count, [((rule,), 1) for rule in taken])
    yield from (_Walk(place, count, []) for place, count in nodes.items() if count)


def _hung(loops: list[Leg], walks: list[_Walk]) -> Iterator[Leg]:
    """Yield the loops so that a walk comes past each: by then those before it are in the walks."""
    while loops:
        near = next((one for one in loops if _past(walks, one[0])), None)
        if near is None:
            raise ValueError(f"nobody comes to {loops[0][0][0].source}")
        loops.remove(near)
        yield near


def _past(walks: list[_Walk], loop: tuple[Rule, ...]) -> _Walk | None:
    places = {rule.source: 0 for rule in loop}
    return next((walk for walk in walks if walk.passes(places)), None)


def _hang(walks: list[_Walk], loop: tuple[Rule, ...], times: int) -> None:
    """Put a loop into a walk; its nodes share the rounds."""
    walk = _past(walks, loop)
    assert walk is not None, "the loops come in such an order"
    found = walk.passes({rule.source: 0 for rule in loop})
    assert found is not None
    number, position, here = found
    turn = [rule.source for rule in loop].index(here)
    rounds, more = divmod(times, walk.nodes)
    shares = [(rounds + 1, more), (rounds, walk.nodes - more)]
    walks.remove(walk)
    for each, nodes in shares:
        if nodes:
            legs = walk.put(loop[turn:] + loop[:turn], each, number, position)
            walks.append(_Walk(walk.start, nodes, list(legs)))
