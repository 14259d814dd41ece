"""Back to names: a counted run as a schedule of named nodes.

Nodes 0 to V-1 are the primaries of the modelled views; Byzantine nodes that are none of them have
the highest numbers. Each step of the run takes two ticks: at the first Byzantine nodes send what
the step needs of them, at the second its nodes are delivered exactly what their rule needs and act.
At the end everything that is owed is delivered and every timer expires: whoever then acts shows
that the run was not quiescent.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from milpbft.pbft.model.unfold_collector import LinearUnfolding, SbftUnfolding
from milpbft.pbft.model.unfold_pbft import PbftUnfolding

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from milpbft.automaton.counted.encoding import Step
    from milpbft.automaton.table import Table
    from milpbft.pbft.instance import PbftInstance
    from milpbft.schedule import Schedule

UNFOLDINGS: dict[str, type[PbftUnfolding | LinearUnfolding]] = {
    "pbft": PbftUnfolding,
    "linear": LinearUnfolding,
    "sbft": SbftUnfolding,
    "sbftfast": SbftUnfolding,
}
LEAVING = ("ask", "join", "leave")


def unfold(
    steps: Sequence[Step],
    values: dict[str, int],
    source: str,
    *,
    table: Table,
    instance: PbftInstance,
    quiet: bool,
) -> Schedule:
    """Turn a run into a schedule.

    Parameters
    ----------
    steps
        In order.
    values
        The table's parameters: sizes, and who is Byzantine.
    quiet
        Whether the run ends quiescent, so that everything owed is delivered at its end.
    """
    planned = {
        table.meaning[step.rule].view: table.meaning[step.rule].value
        for step in steps
        if table.meaning[step.rule].what == "open"
        and table.automaton.rule(step.rule).source not in table.tokens
    }
    run = UNFOLDINGS[instance.protocol](instance, table, values, planned)
    for step in honest_first(steps, values, table) if quiet else steps:
        act = table.meaning[step.rule]
        # Leaving the last view matters to locks only; its successor is not modelled.
        if quiet or act.what not in LEAVING or act.view + 1 < instance.views:
            run.take(step)
    if quiet:
        run.settle()
    return run.schedule(source)


def honest_first(steps: Sequence[Step], values: dict[str, int], table: Table) -> Iterator[Step]:
    """Reorder a run so that nobody follows Byzantine view changes that can follow correct ones.

    Who was shown Byzantine view changes keeps them, and may hear enough with them in the end for
    its timer to run. All guards only turn on, so whatever is enabled may wait.
    """
    automaton = table.automaton
    state = dict(values) | dict.fromkeys((*automaton.locations, *automaton.counters), 0)
    for name, count in start_of(steps, table).items():
        state[name] = count
    honest = {name: 0 for name in automaton.parameters if name.startswith("F")}
    left = list(steps)
    while left:
        ready = [step for step in left if _enabled(step, state, table)]
        step = min(ready, key=lambda step: _haste(step, state | honest, table))
        left.remove(step)
        rule = automaton.rule(step.rule)
        state[rule.source] -= step.count
        state[rule.target] += step.count
        for counter, by in rule.increments:
            state[counter] += by * step.count
        yield step


def _haste(step: Step, state: dict[str, int], table: Table) -> int:
    """Rank a step: who follows Byzantine view changes waits, longest without a timer of its own."""
    automaton = table.automaton
    rule = automaton.rule(step.rule)
    if table.meaning[step.rule].what != "join" or rule.condition.evaluate(state):
        return 0
    timers = (r for r in automaton.rules if table.meaning[r.name].what == "ask")
    return 1 if any(timer.source == rule.source for timer in timers) else 2


def start_of(steps: Sequence[Step], table: Table) -> dict[str, int]:
    """Return how many nodes leave each location that did not enter it: those that start there."""
    count: Counter[str] = Counter()
    least: Counter[str] = Counter()
    for step in steps:
        rule = table.automaton.rule(step.rule)
        count[rule.source] -= step.count
        least[rule.source] = min(least[rule.source], count[rule.source])
        count[rule.target] += step.count
    return {name: -low for name, low in least.items()}


def _enabled(step: Step, state: dict[str, int], table: Table) -> bool:
    rule = table.automaton.rule(step.rule)
    return state[rule.source] >= step.count and rule.condition.evaluate(state)
