"""Random runs of a rule table, one node at a time."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from milpbft.automaton.counted.encoding import Step
from milpbft.pbft.model.strict import parameters_of, strict_model

if TYPE_CHECKING:
    from collections.abc import Mapping

    from milpbft.pbft.instance import PbftInstance
    from milpbft.schedule import Schedule


WEIGHTS = {"ask": 0.05, "join": 0.3, "crash": 0.1}
"""Of acts that lead away from decisions; others weigh 1."""


def walk(
    instance: PbftInstance, seed: int, *, most: int = 200, weights: Mapping[str, float] = WEIGHTS
) -> Schedule:
    """Take random enabled rules until there is none or `most` were taken; give the run names.

    Who is Byzantine is drawn too, as many as the instance has.
    """
    random = Random(seed)
    model = strict_model(instance)
    table = model.table
    automaton = table.automaton
    sizes = {name: high for name, (_, high) in parameters_of(instance).items()}
    candidates = [v for v in range(instance.views) if sizes[f"F_{v}"]]
    liars = random.randint(0, min(instance.byzantine, len(candidates)))
    primaries = random.sample(candidates, k=liars)
    sizes |= {f"F_{v}": int(v in primaries) for v in range(instance.views)}
    values = dict.fromkeys((*automaton.locations, *automaton.counters), 0) | sizes
    _start(instance, values)
    assert automaton.initial.evaluate(values)
    steps: list[Step] = []
    crashes = 0
    while len(steps) < most:
        enabled = [
            rule
            for rule in automaton.rules
            if values[rule.source]
            and rule.condition.evaluate(values)
            and (table.meaning[rule.name].what != "crash" or crashes < instance.crashes)
        ]
        if not enabled:
            break
        likely = [weights.get(table.meaning[rule.name].what, 1.0) for rule in enabled]
        (rule,) = random.choices(enabled, likely)
        crashes += table.meaning[rule.name].what == "crash"
        values[rule.source] -= 1
        values[rule.target] += 1
        for counter, by in rule.increments:
            values[counter] += by
        steps.append(Step(0, rule.name, 1))
    return model.unfold(steps, sizes, f"{instance.name}, random walk {seed}", quiet=False)


def _start(instance: PbftInstance, values: dict[str, int]) -> None:
    views = range(instance.views)
    for view in views:
        values[f"p{view}_0I"] = 1 - values[f"F_{view}"]
        for token in [name for name in values if name.startswith("z_")]:
            if token.endswith((f"_{view}A", f"_{view}B")):
                values[token] = values[f"F_{view}"]
    liars = values["F"] - sum(values[f"F_{v}"] for v in views)
    values["b_0I"] = instance.n - instance.views - liars
