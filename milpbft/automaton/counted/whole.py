"""A whole run in one stretch, whatever the order of its acts: what bounds all runs, and is small.

A guard that turns on holds at a run's end if it held when somebody used it, and one that turns off
held at its start. So the flows of every run, added up over its slots, satisfy the rows of a single
slot in which each guard is read there. The reverse does not hold: what satisfies them may be acts
that nobody can take in any order. So an optimum here is a bound for runs of any length, which no
run need reach, and where nothing satisfies the rows there is no run.

Slots are many where many nodes may start again; here there is one for however many do.

References
----------
.. [1] J. Esparza, R. Ledesma-Garza, R. Majumdar, P. Meyer, F. Niksic. An SMT-based approach to
   coverability analysis. CAV 2014. The marking equation; here guards are in the place of traps.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.automaton.counted.encoding import Counted

if TYPE_CHECKING:
    from milpbft.automaton.automaton import Automaton
    from milpbft.automaton.condition import Atom
    from milpbft.automaton.counted.bounds import Bounds
    from milpbft.automaton.counted.encoding import Terms
    from milpbft.milp.problem import Sense


class Whole(Counted):
    """Variables and rows of runs in one stretch; parameters as of :class:`Counted`."""

    def __init__(self, automaton: Automaton, bounds: Bounds, sense: Sense = "min") -> None:
        super().__init__(automaton, bounds, 1, sense, earning=False)

    def _earn(self, slot: int) -> None:
        """Ask nothing: a slot that is not used is one in which nothing happens."""

    def read(self, atom: Atom, slot: int) -> tuple[Terms, int]:
        """Read a guard that turns on at the run's end, and one that turns off at its start."""
        off = self.automaton.kind(atom) == "upper"
        return self.terms(atom.linear, slot + (not off))
