"""The counted encoding decides what enumeration of configurations decides."""

from __future__ import annotations

from pathlib import Path

import pytest
from automaton_strategies import COUNTERS, LOCATIONS, conditions, rules
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from milpbft.automaton.automaton import Automaton
from milpbft.automaton.bounds import bound
from milpbft.automaton.condition import TRUE, equal
from milpbft.automaton.counted import complete_slots
from milpbft.automaton.explore import explore
from milpbft.automaton.linear import Linear
from milpbft.automaton.specification import Specification
from milpbft.automaton.ta import load_ta
from milpbft.check.safety import decide
from milpbft.errors import InputError

FOLDER = Path(__file__).parents[2] / "instances" / "automata"
SIZES = [{"N": 4, "T": 1, "F": 1}, {"N": 4, "T": 1, "F": 0}, {"N": 5, "T": 1, "F": 1}]


def fixed(values):
    return {name: (value, value) for name, value in values.items()}


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.ta")), ids=lambda path: path.stem)
def test_instances_are_decided_as_enumeration_does(path: Path):
    """Every safety specification of every file, sound or broken, at three sizes."""
    automaton = load_ta(path)
    for size in SIZES:
        values = {name: size[name] for name in automaton.parameters}
        if not automaton.assumptions.evaluate(values):
            continue
        for spec in automaton.specifications:
            if spec.kind == "safety":
                wanted = explore(automaton, spec, values).verdict
                found = decide(automaton, spec, fixed(values), solver="highs")
                assert found.status == wanted, (spec.name, values)


@st.composite
def small_automata(draw):
    """Three nodes, any rules, any invariant over locations and counters."""
    names = COUNTERS + LOCATIONS
    spec = Specification("s", "safety", TRUE, draw(conditions(names)))
    drawn = draw(rules())
    assume(drawn)
    return Automaton(
        name="small",
        parameters=("N", "T", "F"),
        counters=COUNTERS,
        locations=LOCATIONS,
        assumptions=TRUE,
        initial=equal(Linear.of(LOCATIONS[0]) - Linear.of("N")),
        rules=drawn,
        specifications=(spec,),
    )


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(small_automata(), st.integers(0, 3), st.integers(0, 2), st.integers(0, 2))
def test_random_automata_are_decided_as_enumeration_does(automaton, n, t, f):
    """Guards that turn on, that turn off, and both: the slots are enough and none is too many."""
    values = {"N": n, "T": t, "F": f}
    spec = automaton.specifications[0]
    wanted = explore(automaton, spec, values).verdict
    assert decide(automaton, spec, fixed(values), solver="highs").status == wanted


def test_a_violation_with_free_parameters_is_the_smallest():
    """The broken broadcast fails first with four nodes, one of which is faulty."""
    automaton = load_ta(FOLDER / "srikanth-toueg-1987-broken.ta")
    free = {"N": (4, 30), "T": (1, 9), "F": (0, 9)}
    found = decide(automaton, automaton.specification("unforgeability"), free, solver="highs")
    assert found.status == "violated"
    assert found.parameters == {"N": 4, "T": 1, "F": 1}


def test_too_few_slots_prove_nothing():
    """Without as many slots as a proof takes, nothing found is not nothing there."""
    automaton = load_ta(FOLDER / "srikanth-toueg-1987.ta")
    spec = automaton.specification("unforgeability")
    ranges = fixed({"N": 4, "T": 1, "F": 1})
    found = decide(automaton, spec, ranges, solver="highs", slots=1)
    assert found.status == "undecided"
    assert f"a proof takes {complete_slots(automaton)}" in found.reason


def test_slots_double_where_guards_turn_off():
    """One slot more than guards that turn on; twice as many where one turns off."""
    lower = load_ta(FOLDER / "srikanth-toueg-1987.ta")
    upper = load_ta(FOLDER / "chandra-toueg-1996.ta")
    assert complete_slots(lower) == len(lower.guards) + 1
    assert complete_slots(upper) == 2 * len(upper.guards) + 1


def test_an_unbounded_start_is_refused():
    """A condition that leaves the number of nodes open gives no program."""
    automaton = Automaton("p", ("N",), ("c",), ("a", "b"), TRUE, TRUE, ())
    assert bound(automaton, automaton.initial.dnf()[0], {"N": (4, 4)}) is not None
    loose = Automaton(
        "p", ("N",), ("c",), ("a",), TRUE, ~equal(Linear.of("a")) | equal(Linear.of("a")), ()
    )
    (start, *_) = loose.initial.dnf()
    with pytest.raises(InputError, match="must bound"):
        bound(loose, start, {"N": (4, 4)})
