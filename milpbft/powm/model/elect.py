"""Captured elections as a MILP: ways to draw, counted, and how many of them are drawn anew.

Each of K elections draws a finder and whom it elects, W^2 equal outcomes. If a member of the
coalition finds a block that elects somebody else, it may drop it and draw anew, V times in all.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import TYPE_CHECKING

from milpbft.automaton.pernode.program import Array, Program
from milpbft.automaton.pernode.rows import ONE, ZERO, Affine
from milpbft.question.model import StrictModel
from milpbft.schedule import Schedule

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from milpbft.milp.problem import Problem
    from milpbft.powm.electing import ElectInstance

HONEST, COALITION = 0, 1


@dataclass(frozen=True)
class Ways:
    """Ways to be in a state, and those that are drawn anew: ``n`` and ``rho`` (k,M,v).

    The state is: k elections done, manager M, v redraws left; so k + V - v draws were made.
    """

    instance: ElectInstance
    coalition: int
    n: Array
    rho: Array

    @classmethod
    def add(cls, p: Program, instance: ElectInstance, coalition: int, name: str = "") -> Ways:
        """Add the variables for a coalition of so many tickets."""
        i = instance
        shape = (i.elections + 1, 2, i.redraws + 1)
        most = i.outcomes
        return cls(
            i, coalition, p.integers(f"n{name}", *shape, upper=most),
            p.integers(f"rho{name}", *shape, upper=most),
        )  # fmt: skip

    def tickets(self, manager: int) -> int:
        """w_M: the tickets that are the coalition's while M manages."""
        lies = self.instance.lies if manager == COALITION else 0
        return min(self.instance.tickets, self.coalition + lies)

    def drawn(self, k: int, manager: int, v: int) -> Affine:
        """``rho[k,M,v]``; 0 where nothing is left to be drawn anew."""
        if k >= self.instance.elections or not 1 <= v <= self.instance.redraws:
            return ZERO
        return self.rho[k, manager, v]

    def managed(self) -> Affine:
        """``sum(k < K, M, v) w_M W n[k,M,v] (W^2)^(K+V-(k+1)-(V-v))``."""
        i = self.instance
        w = i.tickets
        parts = []
        for k, manager, v in states(i):
            left = i.elections + i.redraws - (k + 1) - (i.redraws - v)
            weight = self.tickets(manager) * w * w ** (2 * left)
            parts.append(weight * self.n[k, manager, v])
        return Affine.total(parts)


def states(i: ElectInstance) -> product[tuple[int, int, int]]:
    """Return k < K, M and v of every state in which an election is due."""
    return product(range(i.elections), (HONEST, COALITION), range(i.redraws + 1))


def start(p: Program, x: Ways, ways: Affine) -> None:
    """``n[0,H,V] = 1`` (or `ways`); ``n[0,H,v] = rho[0,H,v+1]``; ``n[0,C,v] = 0``."""
    for v in range(x.instance.redraws + 1):
        first = ways if v == x.instance.redraws else x.drawn(0, HONEST, v + 1)
        p.rows.equal("start", x.n[0, HONEST, v], first)
        p.rows.equal("start", x.n[0, COALITION, v])


def elect(p: Program, x: Ways) -> None:
    """Who is elected; draws that are made anew stay before the election.

    ``n[k+1,C,v] = sum(M) w_M W n[k,M,v] + rho[k+1,C,v+1]``;
    ``n[k+1,H,v] = sum(M) (W (W - w_M) n[k,M,v] - rho[k,M,v]) + rho[k+1,H,v+1]``.
    """
    i, w = x.instance, x.instance.tickets
    both = (HONEST, COALITION)
    for k, v in product(range(i.elections), range(i.redraws + 1)):
        friends = Affine.total(x.tickets(m) * w * x.n[k, m, v] for m in both)
        others = Affine.total((w - x.tickets(m)) * w * x.n[k, m, v] for m in both)
        dropped = Affine.total(x.drawn(k, m, v) for m in both)
        again = x.drawn(k + 1, COALITION, v + 1)
        p.rows.equal("elected", x.n[k + 1, COALITION, v], friends + again)
        again = x.drawn(k + 1, HONEST, v + 1)
        p.rows.equal("others", x.n[k + 1, HONEST, v], others - dropped + again)


def drop(p: Program, x: Ways) -> None:
    """``rho[k,M,v] <= w (W - w_M) n[k,M,v]``; with ``final`` and M = C, ``W (W - w_M) n[k,M,v]``.

    ``rho[K,.,.] = rho[.,.,0] = 0``.
    """
    i = x.instance
    for k, manager, v in product(range(i.elections + 1), (HONEST, COALITION), range(i.redraws + 1)):
        if k == i.elections or not v:
            p.rows.equal("drop", x.rho[k, manager, v])
            continue
        all_of_them = i.finaliser == "manager" and manager == COALITION
        finders = i.tickets if all_of_them else x.coalition
        ways = finders * (i.tickets - x.tickets(manager)) * x.n[k, manager, v]
        p.rows.at_most("drop", x.rho[k, manager, v], ways)


def build(instance: ElectInstance) -> tuple[Problem, list[tuple[Ways, Affine]]]:
    """Build the problem; return it with its coalitions, each with whether it is the one."""
    i = instance
    if i.objective.name == "managed":
        p = Program(i.name, "max")
        x = Ways.add(p, i, i.coalition)
        start(p, x, ONE)
        elect(p, x)
        drop(p, x)
        p.optimise(x.managed())
        return p.build(), [(x, ONE)]
    p = Program(i.name, "min")
    chosen = p.integers("share", i.tickets + 1)
    found = []
    for w in range(i.tickets + 1):
        x = Ways.add(p, i, w, f"_{w}")
        start(p, x, chosen[w])
        elect(p, x)
        drop(p, x)
        found.append((x, chosen[w]))
    p.rows.equal("one", chosen.total(), 1)
    half(p, i, found)
    p.optimise(Affine.total(x.coalition * one for x, one in found))
    return p.build(), found


def half(p: Program, i: ElectInstance, found: list[tuple[Ways, Affine]]) -> None:
    """``2 managed >= K (W^2)^(K+V)``: the coalition manages half of the epochs."""
    managed = Affine.total(x.managed() for x, _ in found)
    p.rows.at_most("half", Affine(constant=i.elections * i.outcomes), 2 * managed)


@dataclass(frozen=True)
class ElectModel(StrictModel):
    """Captured elections as a MILP."""

    instance: ElectInstance

    @cached_property
    def _built(self) -> tuple[Problem, list[tuple[Ways, Affine]]]:
        return build(self.instance)

    @property
    def problem(self) -> Problem:
        """The problem, built on first use."""
        return self._built[0]

    def schedule(self, point: NDArray[np.int64], source: str) -> Schedule:
        """Read a point as a policy: of the ways to be in a state, how many are drawn anew.

        Nodes are tickets; those of the coalition come first.
        """
        i = self.instance
        problem, found = self._built
        [x] = [x for x, one in found if not one.terms or point[next(iter(one.terms))]]
        drops = x.rho.of(point)
        said = [f"{k}:{m}:{v}:{drops[k, m, v]}" for k, m, v in states(i) if drops[k, m, v]]
        names = ("tickets", "elections", "redraws", "lies", "finaliser")
        settings = {name: str(getattr(i, name)) for name in names}
        settings |= {"coalition": str(x.coalition), "drops": ",".join(said)}
        settings |= {"objective": i.objective.name, "value": str(problem.value(point))}
        return Schedule(
            i.protocol, i.tickets, tuple(range(x.coalition)), (), (), 0, source=source,
            settings=settings,
        )  # fmt: skip
