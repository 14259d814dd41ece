"""The counted encoding decides what enumeration of configurations decides."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from milpbft.automaton.automaton import Automaton
from milpbft.automaton.condition import TRUE, equal
from milpbft.automaton.counted.bounds import bound
from milpbft.automaton.counted.dependence import complete_slots
from milpbft.automaton.explicit.explore import explore
from milpbft.automaton.linear import Linear
from milpbft.automaton.specification import Specification
from milpbft.automaton.ta.reader import load_ta
from milpbft.check.safety import decide
from milpbft.errors import InputError
from tests.automaton.automaton_strategies import COUNTERS, LOCATIONS, conditions, rules, turning_on

FOLDER = Path(__file__).parents[3] / "instances" / "automata"
SIZES = [{"N": 4, "T": 1, "F": 1}, {"N": 4, "T": 1, "F": 0}, {"N": 5, "T": 1, "F": 1}]


def fixed(values):
    return {name: (value, value) for name, value in values.items()}


# What dBFT's tables are exported to has other parameters: see test_exported_automata.py.
FILES = sorted(path for path in FOLDER.glob("*.ta") if not path.name.startswith("dbft"))


# Of a protocol and what breaks it in several ways, the quick tests take one each.
LONG = {"bracha-1987-broken-echo", "bracha-1987", "tendermint-2018"}


@pytest.mark.parametrize(
    "path",
    [pytest.param(p, marks=[pytest.mark.slow] if p.stem in LONG else []) for p in FILES],
    ids=lambda path: path.stem,
)
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


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(small_automata(), st.integers(0, 3), st.integers(0, 2), st.integers(0, 2))
def test_random_automata_are_decided_as_enumeration_does(automaton, n, t, f):
    """Guards that turn on, that turn off, and both: the slots are enough and none is too many."""
    agree(automaton, n, t, f)


@pytest.mark.slow
@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(small_automata(), st.integers(0, 3), st.integers(0, 2), st.integers(0, 2))
def test_many_random_automata_are_decided_as_enumeration_does(automaton, n, t, f):
    """Likewise, of more of them."""
    agree(automaton, n, t, f)


def agree(automaton, n, t, f):
    """Decide as the enumeration does."""
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


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(turning_on())
def test_guards_that_feed_each_other_are_decided_as_enumeration_does(automaton):
    """Guards that only turn on, in one slot where they can be; the run found is a shortest one."""
    agree_on_runs(automaton)


@pytest.mark.slow
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(turning_on())
def test_many_guards_that_feed_each_other_are_decided_as_enumeration_does(automaton):
    """Likewise, of more of them."""
    agree_on_runs(automaton)


def agree_on_runs(automaton):
    """Decide as the enumeration does, by a run as short as its."""
    spec = automaton.specifications[0]
    wanted = explore(automaton, spec, {})
    found = decide(automaton, spec, {}, solver="highs")
    assert found.status == wanted.verdict
    assert sum(step.count for step in found.run) == sum(count for _, count in wanted.run)


def test_too_few_slots_prove_nothing():
    """Without as many slots as a proof takes, nothing found is not nothing there."""
    automaton = load_ta(FOLDER / "bracha-1987.ta")
    spec = automaton.specification("agreement")
    ranges = fixed({"N": 4, "T": 1, "F": 1})
    found = decide(automaton, spec, ranges, solver="highs", slots=1)
    assert found.status == "undecided"
    assert f"a proof takes {complete_slots(automaton)}" in found.reason


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
