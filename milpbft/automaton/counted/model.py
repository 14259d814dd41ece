"""The counted model of a strict instance: a rule table, the encoding, and the adversary's goal."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, NamedTuple, Protocol

from milpbft.automaton.counted import goal
from milpbft.automaton.counted.bounds import bound
from milpbft.automaton.counted.condensing import condensed
from milpbft.automaton.counted.dependence import complete_slots
from milpbft.automaton.counted.encoding import Counted, Terms
from milpbft.automaton.counted.longer import lengthened
from milpbft.automaton.counted.reloads import reloaded
from milpbft.automaton.counted.weighted import weigh
from milpbft.automaton.counted.whole import Whole
from milpbft.errors import InputError
from milpbft.milp.certificate.condensed import UnderivedError
from milpbft.milp.problem import EQ, GE, LE
from milpbft.question.model import StrictModel
from milpbft.question.objective import Goal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from milpbft.automaton.counted.bounds import Ranges
    from milpbft.automaton.counted.encoding import Step
    from milpbft.automaton.counted.losses import Losses
    from milpbft.automaton.table import Groups, Label, Table
    from milpbft.milp.certificate.condensed import Condensed
    from milpbft.milp.problem import Problem
    from milpbft.question.model import Lengthen
    from milpbft.question.strict import StrictInstance
    from milpbft.schedule import Schedule


FEW = (3, 5)
"""Slots in which a run of a value is looked for, before it is in all."""
RUNS = 12
"""How many runs of a value are tried where replicas may not do the first."""


class Unfold(Protocol):
    """Turns a counted run into a schedule of named nodes."""

    def __call__(
        self,
        steps: Sequence[Step],
        values: dict[str, int],
        source: str,
        *,
        quiet: bool,
        lost: Mapping[tuple[str, Label], int] | None = None,
        reloads: Mapping[str, int] | None = None,
    ) -> Schedule:
        """Name the nodes.

        Parameters
        ----------
        steps
            The run, in an order in which its rules can be taken.
        values
            The automaton's parameters.
        source
            Who found it.
        quiet
            Whether the run ends quiescent, so that everything owed is delivered at its end.
        lost
            By location and message: how many of them no node there ever has.
        reloads
            By location: how many of its nodes reload their logs at the end.
        """
        ...


class Built(NamedTuple):
    """A problem, and how its points are read.

    Parameters
    ----------
    problem
        The problem.
    encoded
        Its encoding.
    quiet
        Number of the variable that says whether the run ends quiescent, where it need not.
    losses
        What is lost; None where nothing may be.
    reloads
        By location: the variable of its nodes that reload their logs.
    """

    problem: Problem
    encoded: Counted
    quiet: int | None
    losses: Losses | None
    reloads: dict[str, int]


@dataclass(frozen=True)
class CountedModel(StrictModel):
    """A strict instance as a MILP whose size does not depend on n.

    Parameters
    ----------
    instance
        In the counted encoding.
    table
        The protocol's rules, in the instance's variant.
    parameters
        Lowest and highest value of each parameter of the automaton. The one called ``F`` counts
        Byzantine nodes.
    quorum
        Where blocks are not fetched, fewer correct nodes than this being done is a lock.
    unfold
        The way back to names.
    state
        How many correct nodes end in which locations, where the goal is of a state.
    missing
        Where nodes say again and again what others miss: how many of these may miss some. Each is
        as one that reloads its log at the end, and has lost one message at least.
    """

    instance: StrictInstance
    table: Table
    parameters: Ranges
    quorum: int
    unfold: Unfold
    state: Groups = ()
    missing: int = 0

    @cached_property
    def _pauses(self) -> frozenset[str]:
        """Rules by which nodes start again, where fewer slots do if they begin slots."""
        automaton, again = self.table.automaton, self.table.restarting
        fewer = complete_slots(automaton, again, self.instance.amnesia) < complete_slots(automaton)
        return again if fewer else frozenset()

    @cached_property
    def _needed(self) -> int:
        """How many slots a proof takes."""
        most = self.instance.amnesia if self._pauses else 0
        return complete_slots(self.table.automaton, self._pauses, most)

    @cached_property
    def _built(self) -> Built:
        """The problem, read as what."""
        return self._build()

    def _build(
        self, value: int | None = None, seed: int = 0, *, slots: int = 0, whole: bool = False
    ) -> Built:
        """Build the problem, or that of another run of a value, which a seed chooses.

        Or that of so many slots; or, with `whole`, that of runs in one stretch.
        """
        i, automaton = self.instance, self.table.automaton
        (initial,) = automaton.initial.dnf()
        (assumed,) = automaton.assumptions.dnf()
        bounds = bound(automaton, initial, self.parameters)
        assert bounds is not None, "a strict instance has a start"
        sense = i.objective.sense if value is None else "min"
        if whole:
            encoded: Counted = Whole(automaton, bounds, sense)
        else:
            count = slots or i.slots or self._needed
            encoded = Counted(automaton, bounds, count, sense, pauses=self._pauses)
        encoded.builder.name = i.name
        encoded.start(initial)
        encoded.require("assumed", assumed, 0)
        encoded.row("crashes", goal.crashes(encoded, self.table), LE, i.crashes)
        if i.amnesia:
            encoded.row("restarts", goal.restarts(encoded, self.table), LE, i.amnesia)
        quiet, lost, again = None, None, {}
        if isinstance(i.objective, Goal):
            again = reloaded(encoded, self.table, i.reloads or self.missing)
            aims, lost = self._goal(encoded, i.objective, again)
            if value is None:
                encoded.optimise(aims)
            else:
                encoded.row("value", aims, EQ, value)
                self._hear(encoded, again)
                encoded.optimise(encoded.taken(seed))
        else:
            quiet, lost = weigh(encoded, self.table, i.objective, fetch=i.fetch, losses=i.losses)
        return Built(encoded.build(), encoded, quiet, lost, again)

    def _hear(self, encoded: Counted, again: dict[str, int]) -> None:
        """Let nobody miss anything, where that is not what is counted.

        How many messages they miss the table does not say, so that replay takes no run with some.
        """
        aim = self.instance.objective
        if self.missing and isinstance(aim, Goal) and aim.kind != "losses":
            encoded.row("heard", [(1, number) for number in again.values()], EQ, 0)

    def _goal(
        self, encoded: Counted, aim: Goal, again: dict[str, int]
    ) -> tuple[Terms, Losses | None]:
        """Add what a goal asks of a run; return what it counts, and what is lost.

        Parameters
        ----------
        again
            By location the variable of its nodes that reload their logs.
        """
        if aim.timed:
            raise InputError("objective", aim.name, "a goal without ticks in the counted encoding")
        quorum = None if self.instance.fetch else self.quorum
        most = 0 if self.missing else self.instance.losses
        lost = None
        if aim.kind == "undecided":
            return goal.undecided(encoded, self.table, quorum, most, again)
        if aim.kind == "forks":
            return goal.blocks(encoded, self.table), None
        if aim.of in {"lock", "state"}:
            lost = goal.lock(encoded, self.table, quorum=quorum, losses=most, reloaded=again)
            goal.state(encoded, self.state)
        else:
            encoded.row("fork", goal.blocks(encoded, self.table), GE, 2)
        if aim.kind == "steps":
            return encoded.taken(), lost
        reloads = [(1, number) for number in again.values()]
        if aim.kind == "losses":
            return (reloads if lost is None else lost.total), lost
        byzantine = [(1, int(encoded.free["F"].index))] if "F" in encoded.free else []
        return [*goal.faulty(encoded, self.table), *byzantine, *reloads], lost

    @property
    def whole(self) -> Problem:
        """The problem of runs in one stretch, see :mod:`milpbft.automaton.counted.whole`."""
        return self._build(whole=True).problem

    def relaxed(self) -> Problem | None:
        """Return the problem of runs in one stretch, where nodes start again in several views.

        Then slots are many; and acts, which order makes more of, are not what is counted.
        """
        aim = self.instance.objective
        counts = isinstance(aim, Goal) and aim.kind in {"undecided", "forks", "faults"}
        again = self.instance.amnesia > 0 and self.instance.views > 1
        return self.whole if again and counts else None

    def condensed(self) -> Condensed | None:
        """Return the problem of runs in one stretch, and how it follows.

        Where nodes start again in several views, as in :meth:`relaxed`; the fewest acts too, of
        which a stretch may take as many as slots do.
        """
        again = self.instance.amnesia > 0 and self.instance.views > 1
        if not again or not isinstance(self.instance.objective, Goal):
            return None
        (initial,) = self.table.automaton.initial.dnf()
        whole, own = self._build(whole=True), self._built
        with suppress(UnderivedError):
            return condensed((own.encoded, own.problem), (whole.encoded, whole.problem), initial)
        return None

    def shorter(self) -> Iterator[tuple[Problem, Lengthen]]:
        """Yield problems of few slots: nodes that start again, say, may do so at once."""
        own = self._built
        for slots in FEW:
            if slots < own.encoded.slots:
                short = self._build(slots=slots).problem
                yield short, partial(lengthened, short, own.encoded, own.problem)

    def others(self, value: int) -> Iterator[Problem]:
        """Yield problems whose optima are runs of the value: the shortest, then others.

        Their variables are those of :attr:`problem`.
        """
        for seed in range(RUNS if isinstance(self.instance.objective, Goal) else 0):
            yield self._build(value, seed).problem

    @property
    def notes(self) -> tuple[str, ...]:
        """Say nothing more: see :attr:`short`."""
        return ()

    @property
    def short(self) -> str:
        """Say where there are fewer slots than a proof takes."""
        needed = self._needed
        if self.instance.slots is None or self.instance.slots >= needed:
            return ""
        return (
            f"{self.instance.slots} slots, where a proof takes {needed}: what is found is real, "
            "what is not found may exist all the same"
        )

    @property
    def problem(self) -> Problem:
        """The problem, built on first use."""
        return self._built.problem

    def schedule(self, x: NDArray[np.int64], source: str) -> Schedule:
        """Read a point as a run of named nodes."""
        problem, encoded, ends, losses, again = self._built
        aim = self.instance.objective
        if not isinstance(aim, Goal):
            quiet = ends is not None and x[ends] == 1
        elif aim.kind == "undecided":
            quiet = problem.value(x) > 0
        else:
            quiet = aim.of in {"lock", "state"}
        numbers = losses.lost if losses is not None and quiet else {}
        lost = {way: int(x[number]) for way, number in numbers.items() if x[number]}
        reloads = {place: int(x[number]) for place, number in again.items() if quiet and x[number]}
        return self.named(
            encoded.steps(x), encoded.values(x), source, quiet=quiet, lost=lost, reloads=reloads
        )

    def named(
        self,
        steps: Sequence[Step],
        values: dict[str, int],
        source: str,
        *,
        quiet: bool,
        lost: Mapping[tuple[str, Label], int] | None = None,
        reloads: Mapping[str, int] | None = None,
    ) -> Schedule:
        """Name the nodes of a run, and say what it promises; parameters as of :class:`Unfold`."""
        run = self.unfold(steps, values, source, quiet=quiet, lost=lost, reloads=reloads)
        said = {**self.instance.promises(), **(self.instance.resting() if quiet else {})}
        return replace(run, settings={**run.settings, **said})
