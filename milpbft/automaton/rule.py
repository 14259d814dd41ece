"""Rule: what one node may do, and the guards that a threshold automaton can have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from milpbft.automaton.condition import Atom, Condition, all_of, at_least

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

GuardKind = Literal["lower", "upper", "constant", "mixed"]


@dataclass(frozen=True)
class Rule:
    """One node moves from `source` to `target` and increments counters, where the guard holds.

    Parameters
    ----------
    name
        Unique in its automaton.
    source, target
        Locations.
    guard
        Atoms ``linear >= 0`` over counters and parameters that must all hold; none: always on.
    increments
        Pairs of counter and what it grows by (at least 1), sorted by counter. See `increment_of`.
    """

    name: str
    source: str
    target: str
    guard: tuple[Atom, ...] = ()
    increments: tuple[tuple[str, int], ...] = ()

    @property
    def condition(self) -> Condition:
        """The guard as one condition."""
        return all_of(self.guard)

    def increment_of(self, counter: str) -> int:
        """Give what a counter grows by; 0 where it stays."""
        return dict(self.increments).get(counter, 0)


def split_rule(
    name: str, source: str, target: str, guard: Condition, increments: Mapping[str, int]
) -> tuple[Rule, ...]:
    """Give the rules that together do what one rule with any boolean guard does.

    A disjunction becomes one rule per case, named ``r0``, ``r0b``, ``r0c`` and so on; an equality
    becomes a lower and an upper bound; a guard that can never hold leaves no rule.

    Raises
    ------
    InputError
        If the guard has too many cases.
    """
    grown = tuple(sorted((counter, by) for counter, by in increments.items() if by))
    return tuple(
        Rule(numbered(name, index), source, target, guard_of(case), grown)
        for index, case in enumerate(guard.dnf())
    )


def guard_of(atoms: Iterable[Atom]) -> tuple[Atom, ...]:
    """Give a conjunction's atoms as bounds ``>= 0``, each once."""
    bounds: dict[Atom, None] = {}
    for atom in atoms:
        sides = (atom.linear,) if atom.comparison == ">=" else (atom.linear, -atom.linear)
        for side in sides:
            bound = at_least(side)
            if isinstance(bound, Atom):  # the other side of x == 0 says nothing
                bounds[bound] = None
    return tuple(bounds)


def numbered(name: str, index: int) -> str:
    """Name the rules that share a name: ``r0``, ``r0b`` … ``r0z``, ``r0_27``."""
    if index == 0:
        return name
    return name + chr(ord("a") + index) if index < 26 else f"{name}_{index + 1}"


def guard_kind(atom: Atom, counters: Collection[str]) -> GuardKind:
    """Say how an atom ``linear >= 0`` behaves while counters grow.

    Returns
    -------
    GuardKind
        ``lower``: only turns on (positive coefficients); ``upper``: only turns off (negative
        ones); ``constant``: decided by the parameters; ``mixed``: both signs, so that it may
        turn on and off, which the counted encoding does not cover.
    """
    signs = {coefficient > 0 for name, coefficient in atom.linear.terms if name in counters}
    if not signs:
        return "constant"
    if len(signs) > 1:
        return "mixed"
    return "lower" if signs.pop() else "upper"
