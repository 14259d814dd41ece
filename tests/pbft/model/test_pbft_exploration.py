"""Enumeration of the rule tables at n = 4 with values A and B, against the counted encoding."""

from __future__ import annotations

from itertools import product

import pytest

from milpbft.automaton.explicit.explore import explore
from milpbft.pbft.instance import PbftInstance
from milpbft.pbft.model.strict import strict_model, table_of
from milpbft.question.files import parse_instance
from solvers import solve

CASES = [
    f"{protocol}-n4-v1-b{b}-e2-forks"
    for protocol, b in product(("pbft", "linear", "sbft", "sbftfast"), (0, 1, 2))
]
TWO_VIEWS = ["pbft-n4-v2-b1-e2-forks", "pbft-n4-v2-b1-e2-forks-blind", "linear-n4-v2-b1-e2-forks"]
SLOW = ["sbft-n4-v2-b1-e2-forks", "sbft-n6-r1-v1-b2-e2-forks", "pbft-n4-v2-b2-e2-forks"]


def enumerated(instance: PbftInstance) -> bool:
    """Whether some choice of Byzantine primaries lets two values be decided."""
    automaton = table_of(instance).automaton
    (agreement,) = automaton.specifications
    sizes = {"N": instance.n, "T": instance.f, "C": instance.redundant, "F": instance.byzantine}
    found = []
    for flags in product((0, 1), repeat=instance.views):
        if sum(flags) <= instance.byzantine:
            chosen = {f"F_{view}": flag for view, flag in enumerate(flags)}
            found.append(explore(automaton, agreement, {**sizes, **chosen}, limit=2_000_000))
    assert all(result.verdict != "undecided" for result in found)
    return any(result.verdict == "violated" for result in found)


@pytest.mark.parametrize(
    "name", [*CASES, *TWO_VIEWS, *(pytest.param(name, marks=pytest.mark.slow) for name in SLOW)]
)
def test_enumeration_finds_what_the_encoding_finds(name: str):
    """A fork is reachable, configuration by configuration, where the optimum is 2."""
    instance = parse_instance(name)
    assert isinstance(instance, PbftInstance)
    optimum = solve(strict_model(instance).problem, "cpsat").objective
    assert optimum == (2 if enumerated(instance) else min(1, optimum or 0))
