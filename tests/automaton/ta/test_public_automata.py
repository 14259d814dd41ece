"""The five automata that others made: read, held and broken, where their folder is present."""

import pytest

from milpbft.automaton.explicit.explore import explore
from milpbft.automaton.explicit.run import Configuration, replay
from milpbft.automaton.mutants import lowered
from milpbft.automaton.ta.reader import load_ta, read_ta
from milpbft.automaton.ta.writer import write_ta
from milpbft.check.safety import decide
from tests.automaton.others import FOLDER, needs_others

pytestmark = needs_others
# Locations, rules without the self-loops that change nothing, specifications.
FILES = {
    "aba.ta": (5, 6, 1),
    "cf1s.ta": (9, 18, 2),
    "frb.ta": (4, 6, 1),
    "nbacg.ta": (8, 13, 3),
    "strb.ta": (4, 5, 1),
}
LONG = {"cf1s.ta", "nbacg.ta"}
"""Those of many rules, whose tests are slow."""
QUICK_FIRST = [
    pytest.param(name, marks=[pytest.mark.slow] if name in LONG else []) for name in FILES
]
SIZES = [(4, 1, 1), (4, 1, 0), (5, 1, 1), (7, 2, 2)]
LARGE = [(40, 13, 13)]
# The smallest sizes, by their sum, at which some guard lowered by one breaks each file.
SMALLEST = {
    "aba.ta": (4, 1, 1),
    "cf1s.ta": (4, 1, 0),
    "frb.ta": (1, 0, 0),
    "nbacg.ta": (2,),
    "strb.ta": (4, 1, 1),
}


def sized(automaton, size):
    """The values of those of N, T, F that an automaton has."""
    values = dict(zip("NTF", size, strict=True))
    return {name: values[name] for name in automaton.parameters}


def fixed(values):
    """One value each."""
    return {name: (value, value) for name, value in values.items()}


@pytest.mark.parametrize("name", FILES)
def test_they_are_read_whole(name):
    """Locations, rules and specifications are all there, and come back from the writer."""
    automaton = load_ta(FOLDER / name)
    sizes = (automaton.locations, automaton.rules, automaton.specifications)
    assert tuple(map(len, sizes)) == FILES[name]
    assert all(spec.kind == "safety" for spec in automaton.specifications)
    assert read_ta(write_ta(automaton)) == automaton


@pytest.mark.parametrize("name", QUICK_FIRST)
def test_they_are_safe(name):
    """TACO reports them safe; enumeration agrees for small sizes, the counted encoding for all."""
    automaton = load_ta(FOLDER / name)
    for size in SIZES:
        for spec in automaton.specifications:
            assert explore(automaton, spec, sized(automaton, size)).verdict == "holds", spec.name
    for size in SIZES + LARGE:
        for spec in automaton.specifications:
            found = decide(automaton, spec, fixed(sized(automaton, size)), solver="highs")
            assert found.status == "holds", (spec.name, size)


@pytest.mark.parametrize("name", QUICK_FIRST)
def test_a_lowered_threshold_is_caught(name):
    """With one less in a guard: the counted encoding and enumeration find the same violations.

    Both runs replay in the explicit semantics, and both are shortest ones.
    """
    automaton = load_ta(FOLDER / name)
    caught = []
    for guard in automaton.guards:
        broken = lowered(automaton, guard)
        for size in SIZES[:2]:
            parameters = sized(automaton, size)
            for spec in broken.specifications:
                wanted = explore(broken, spec, parameters)
                found = decide(broken, spec, fixed(parameters), solver="highs")
                assert found.status == wanted.verdict, (str(guard), spec.name, size)
                if found.status == "violated":
                    run = tuple((step.rule, step.count) for step in found.run)
                    start = Configuration.of(broken, found.start)
                    for begin, taken in ((wanted.start, wanted.run), (start, run)):
                        *_, last = replay(broken, parameters, begin, taken)
                        assert not spec.invariant.evaluate(last.values(parameters))
                    assert sum(n for _, n in run) == sum(n for _, n in wanted.run)
                    caught.append(str(guard))
    assert caught


@pytest.mark.parametrize("name", QUICK_FIRST)
def test_the_smallest_sizes_that_break_are_found(name):
    """With sizes left free, some lowered guard is first violated there."""
    automaton = load_ta(FOLDER / name)
    free = dict.fromkeys(automaton.parameters, (0, 12))
    found = [
        decide(broken, spec, free, solver="highs")
        for broken in (lowered(automaton, guard) for guard in automaton.guards)
        for spec in broken.specifications
    ]
    violated = [tuple(s.parameters.values()) for s in found if s.status == "violated"]
    assert min(violated, key=sum) == SMALLEST[name]
