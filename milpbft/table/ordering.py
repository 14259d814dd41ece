"""Ordering: a run in which nobody leans on Byzantine messages that can wait for correct ones."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from milpbft.automaton.automaton import Automaton
    from milpbft.automaton.counted.encoding import Step
    from milpbft.automaton.table import Table


def honest_first(
    steps: Sequence[Step], values: dict[str, int], table: Table, *, what: str, timer: str
) -> Iterator[Step]:
    """Reorder a run so that nobody follows Byzantine messages that can follow correct ones.

    Who was shown Byzantine messages keeps them, and may hear enough with them in the end for its
    timer to run: so a node without a timer of its own waits longest. All guards only turn on, so
    whatever is enabled may wait.

    Parameters
    ----------
    steps, values
        The run, and the table's parameters.
    what
        The acts that follow others.
    timer
        The act of an expired timer.
    """
    automaton = table.automaton
    timed = {r.source for r in automaton.rules if table.meaning[r.name].what == timer}
    state = dict(values) | dict.fromkeys((*automaton.locations, *automaton.counters), 0)
    state |= start_of(steps, automaton)
    honest = {name: 0 for name in automaton.parameters if name.startswith("F")}
    left = list(steps)

    def haste(step: Step) -> int:
        rule = automaton.rule(step.rule)
        if table.meaning[step.rule].what != what or rule.condition.evaluate(state | honest):
            return 0
        return 1 if rule.source in timed else 2

    while left:
        ready = [step for step in left if _enabled(step, state, automaton)]
        step = min(ready, key=haste)
        left.remove(step)
        rule = automaton.rule(step.rule)
        state[rule.source] -= step.count
        state[rule.target] += step.count
        for counter, by in rule.increments:
            state[counter] += by * step.count
        yield step


def start_of(steps: Sequence[Step], automaton: Automaton) -> dict[str, int]:
    """Return how many nodes leave each location that did not enter it: those that start there."""
    count: Counter[str] = Counter()
    least: Counter[str] = Counter()
    for step in steps:
        rule = automaton.rule(step.rule)
        count[rule.source] -= step.count
        least[rule.source] = min(least[rule.source], count[rule.source])
        count[rule.target] += step.count
    return {name: -low for name, low in least.items()}


def _enabled(step: Step, state: dict[str, int], automaton: Automaton) -> bool:
    rule = automaton.rule(step.rule)
    return state[rule.source] >= step.count and rule.condition.evaluate(state)
