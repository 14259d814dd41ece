"""The strict model of dBFT: a rule table, the counted encoding, and the adversary's goal."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from milpbft.automaton import goal
from milpbft.automaton.bounds import bound
from milpbft.automaton.counted import Counted, Terms, complete_slots
from milpbft.dbft.automaton import dbft2
from milpbft.dbft.automaton1 import dbft1
from milpbft.dbft.returns import ReturnRule
from milpbft.dbft.tabling import Variant
from milpbft.dbft.unfold import sizes_of, unfold
from milpbft.milp.problem import GE, LE

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from milpbft.automaton.bounds import Ranges
    from milpbft.automaton.table import Table
    from milpbft.milp.problem import Problem
    from milpbft.schedule import Schedule
    from milpbft.strict import StrictInstance
    from milpbft.verdict import Verdict


TABLES = {"dbft1": dbft1, "dbft2": dbft2}


@dataclass(frozen=True)
class StrictModel:
    """A strict dBFT instance as a MILP."""

    instance: StrictInstance

    @cached_property
    def variant(self) -> Variant:
        """The variant of the protocol."""
        i = self.instance
        return Variant(i.views, ReturnRule(i.returns), i.agreement, i.values)

    @cached_property
    def table(self) -> Table:
        """The rule table."""
        return TABLES[self.instance.protocol](self.variant)

    @property
    def parameters(self) -> Ranges:
        """Ranges of the table's parameters: sizes are fixed, who is Byzantine is not."""
        i = self.instance
        fewest = 0 if i.objective.kind == "faults" else i.byzantine
        flags = {f"F_{view}": (0, min(1, i.byzantine)) for view in range(i.views)}
        return {"N": (i.n, i.n), "T": (i.f, i.f), "F": (fewest, i.byzantine), **flags}

    @cached_property
    def _built(self) -> tuple[Problem, Counted]:
        i, automaton = self.instance, self.table.automaton
        (initial,) = automaton.initial.dnf()
        (assumed,) = automaton.assumptions.dnf()
        bounds = bound(automaton, initial, self.parameters)
        assert bounds is not None, "a strict instance has a start"
        slots = i.slots or complete_slots(automaton)
        encoded = Counted(automaton, bounds, slots, i.objective.sense)
        encoded.builder.name = i.name
        encoded.start(initial)
        encoded.require("assumed", assumed, 0)
        crashed = goal.crashes(encoded, self.table)
        encoded.row("crashes", crashed, LE, i.crashes)
        self._add_goal(encoded, crashed)
        return encoded.build(), encoded

    def _add_goal(self, encoded: Counted, crashed: Terms) -> None:
        aim = self.instance.objective
        quorum = None if self.instance.fetch else self.instance.n - self.instance.f
        if aim.kind == "undecided":
            encoded.optimise(goal.undecided(encoded, self.table, quorum))
        elif aim.kind == "forks":
            encoded.optimise(goal.blocks(encoded, self.table))
        elif aim.violation == "lock":
            goal.lock(encoded, self.table, quorum=quorum)
        else:
            encoded.row("fork", goal.blocks(encoded, self.table), GE, 2)
        if aim.kind == "steps":
            encoded.minimise_steps()
        elif aim.kind == "faults":
            byzantine = [(1, int(encoded.free["F"].index))] if "F" in encoded.free else []
            encoded.optimise([*crashed, *byzantine])

    @property
    def notes(self) -> tuple[str, ...]:
        """Say where an optimum proves less than it seems to."""
        needed = complete_slots(self.table.automaton)
        if self.instance.slots is None or self.instance.slots >= needed:
            return ()
        return (
            f"{self.instance.slots} slots, where a proof takes {needed}: what is found is real, "
            "what is not found may exist all the same",
        )

    @property
    def problem(self) -> Problem:
        """The problem, built on first use."""
        return self._built[0]

    def schedule(self, x: NDArray[np.int64], source: str) -> Schedule:
        """Read a point as a run of named nodes."""
        encoded = self._built[1]
        sizes = sizes_of(encoded.values(x), self.instance.views)
        quiet = self.instance.objective.violation == "lock"
        if self.instance.objective.kind == "undecided":
            quiet = self.problem.value(x) > 0
        steps = encoded.steps(x)
        return unfold(steps, self.table, self.variant, sizes, source, quiet=quiet)

    def point(self, schedule: Schedule) -> NDArray[np.int64] | None:
        """No schedule is written as a point yet: strict problems have no start."""
        return None

    def lift(self, x: NDArray[np.int64]) -> Verdict | None:
        """There is no plainer encoding to test a point on."""
        return None
