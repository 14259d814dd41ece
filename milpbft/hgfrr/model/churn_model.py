"""The model of a broadcast over rings that change: its problem, and what its points mean."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from milpbft.automaton.pernode.rows import ONE, Affine
from milpbft.hgfrr.churn import SAID
from milpbft.hgfrr.model.course import Course
from milpbft.hgfrr.model.gates import either
from milpbft.hgfrr.model.goals import last_tick, reached
from milpbft.hgfrr.model.histories import History, histories
from milpbft.hgfrr.model.knowledge import known
from milpbft.hgfrr.model.live import Live
from milpbft.hgfrr.model.terms import Terms
from milpbft.question.model import StrictModel
from milpbft.schedule import Deliver, Event, Fault, Schedule, Send

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from milpbft.hgfrr.churn import ChurnInstance
    from milpbft.hgfrr.model.terms import Series
    from milpbft.hgfrr.model.trees import Hop
    from milpbft.hgfrr.topology import Topology
    from milpbft.milp.problem import Problem


@dataclass(frozen=True)
class ChurnModel(StrictModel):
    """A broadcast over rings that change as a MILP.

    Parameters
    ----------
    instance
        What is asked.
    turned
        The rings of each period, as the seed draws them: the first those of the start.
    """

    instance: ChurnInstance
    turned: Sequence[Topology]

    @cached_property
    def _histories(self) -> list[History]:
        return histories(self.instance, self.turned)

    @cached_property
    def _built(self) -> tuple[Problem, Course, list[Live]]:
        i, topology = self.instance, self.turned[0]
        terms = Terms(i.name, i.objective.sense, i.horizon)
        nodes: list[int] = topology.nodes.tolist()
        course = Course(terms, i, self._histories, nodes)
        starts = (0, i.again) if i.again else (0,)
        runs = [Live(terms, i, topology, course, start) for start in starts]
        if i.objective.name == "messages":
            terms.optimise(Affine.total(run.messages() for run in runs))
        else:
            holds: dict[int, Series] = {i.source: [ONE] * (i.horizon + 1)}
            for node in set(nodes) - {i.source}:
                several = [series for run in runs for series in run.holds(node)]
                holds[node] = [
                    either(terms, f"holds_{node}_{tick}", [series[tick] for series in several])
                    for tick in range(i.horizon + 1)
                ]
            goal = reached if i.objective.name == "coverage" else last_tick
            terms.optimise(goal(terms, course, holds))
        return terms.build(), course, runs

    @property
    def problem(self) -> Problem:
        """The problem, built on first use."""
        return self._built[0]

    def schedule(self, x: NDArray[np.int64], source: str) -> Schedule:
        """Read a point as a broadcast, with elections and newcomers in its settings."""
        i, (_, course, runs) = self.instance, self._built
        read = _Reading(x)
        history = read.history(course)
        settings = {name: str(getattr(i, name)) for name in SAID}
        settings["budget"] = i.budget
        settings["newcomers"] = str(i.joins)
        settings["removed"] = "yes" if i.removes else "no"
        settings["starts"] = ",".join(str(run.start) for run in runs)
        settings["re_elected"] = ",".join(map(str, history.elected))
        settings["joins"] = ",".join(":".join(map(str, join)) for join in history.joins)
        events = [*read.faults(course, i), *(e for run in runs for e in read.events(run))]
        return Schedule(
            i.protocol, i.n + i.joins, (), (i.source,), tuple(events), i.horizon,
            source=source, settings=settings,
        )  # fmt: skip


class _Reading:
    def __init__(self, x: NDArray[np.int64]) -> None:
        self._x = x

    def value(self, term: Affine) -> int:
        return term.constant + sum(c * int(self._x[k]) for k, c in term.terms.items())

    def tick(self, series: Series) -> int | None:
        return next((t for t, term in enumerate(series) if self.value(term)), None)

    def history(self, course: Course) -> History:
        """Return the history that is picked."""
        several = zip(course.histories, course.picks, strict=True)
        return next(history for history, pick in several if self.value(pick))

    def faults(self, course: Course, i: ChurnInstance) -> Iterator[Fault]:
        there = i.n + len(self.history(course).joins)
        for node in range(there):
            if self.value(course.silent(node)):
                yield Fault(0, node, "omission")
            tick = self.tick(course.down(node))
            if tick is not None:
                yield Fault(tick, node, "crash")

    def events(self, run: Live) -> Iterator[Event]:
        """Yield what is sent, once per sender, kind, level and tick, and what arrives."""
        traffic = list(self._traffic(run))
        yield from sorted({e for e in traffic if isinstance(e, Send)}, key=lambda e: e.tick)
        yield from (event for event in traffic if isinstance(event, Deliver))

    def _traffic(self, run: Live) -> Iterator[Event]:
        again = "Again" if run.start else ""
        for ask in run.asks:
            ends, series = (ask.node, ask.contact), (ask.asked, ask.arrived)
            yield from self._message(run, f"Up{again}", ask.level, ends, series)
        for hop in run.trees.hops:
            if self.tick(hop.sent) is not None:
                number = self._number(run, hop)
                kind = f"Down{again}#{number}" if number else f"Down{again}"
                yield from self._message(run, kind, hop.level, hop.ends, (hop.sent, hop.arrived))

    def _number(self, run: Live, hop: Hop) -> int:
        """Return which of the contacts of its ring a broadcaster was when it began."""
        if hop.state is not None:
            return hop.state.contacts.index(hop.root)
        tick = self.tick(run.began[hop.root, hop.level])
        assert tick is not None, "who passes on does so in a tree that was begun"
        history, news = self.history(run.course), run.course.news
        several = run.rings(hop.root, hop.level)
        states = (known(history, ring, hop.root, news)[tick] for ring in several)
        found = next(state.contacts for state in states if hop.root in state.contacts)
        return found.index(hop.root)

    def _message(
        self, run: Live, kind: str, level: int, ends: tuple[int, int], series: tuple[Series, Series]
    ) -> Iterator[Event]:
        """Yield a message's sending, and its arrival if it comes to one."""
        (tick, arrival), giver = map(self.tick, series), ends[0]
        if tick is None:
            return
        if not self.value(run.course.silent(giver)):
            yield Send(tick, giver, kind, level)
        if arrival is not None:
            yield Deliver(arrival, ends[1], giver, kind, level)
