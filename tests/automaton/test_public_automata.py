"""The five automata that others made: read, held and broken, where their folder is present."""

from pathlib import Path

import pytest

from milpbft.automaton.explicit import replay
from milpbft.automaton.explore import explore
from milpbft.automaton.mutants import lowered
from milpbft.automaton.ta import load_ta, read_ta
from milpbft.automaton.ta_writer import write_ta

FOLDER = Path(__file__).parents[3] / "shared" / "ta"
pytestmark = pytest.mark.skipif(
    not FOLDER.is_dir(), reason="the automata of others are not part of the repository"
)
# Locations, rules without the self-loops that change nothing, specifications.
FILES = {
    "aba.ta": (5, 6, 1),
    "cf1s.ta": (9, 18, 2),
    "frb.ta": (4, 6, 1),
    "nbacg.ta": (8, 13, 3),
    "strb.ta": (4, 5, 1),
}
SIZES = [(4, 1, 1), (4, 1, 0), (5, 1, 1), (7, 2, 2)]


def sized(automaton, size):
    """The values of those of N, T, F that an automaton has."""
    values = dict(zip("NTF", size, strict=True))
    return {name: values[name] for name in automaton.parameters}


@pytest.mark.parametrize("name", FILES)
def test_they_are_read_whole(name):
    """Locations, rules and specifications are all there, and come back from the writer."""
    automaton = load_ta(FOLDER / name)
    sizes = (automaton.locations, automaton.rules, automaton.specifications)
    assert tuple(map(len, sizes)) == FILES[name]
    assert all(spec.kind == "safety" for spec in automaton.specifications)
    assert read_ta(write_ta(automaton)) == automaton


@pytest.mark.parametrize("name", FILES)
def test_they_are_safe(name):
    """TACO reports them safe; enumeration agrees for small sizes."""
    automaton = load_ta(FOLDER / name)
    for size in SIZES:
        for spec in automaton.specifications:
            assert explore(automaton, spec, sized(automaton, size)).verdict == "holds", spec.name


@pytest.mark.parametrize("name", FILES)
def test_a_lowered_threshold_is_caught(name):
    """With one less in some guard each is violated, by a run that replays."""
    automaton = load_ta(FOLDER / name)
    caught = 0
    for guard in automaton.guards:
        broken = lowered(automaton, guard)
        for size in SIZES[:2]:
            parameters = sized(automaton, size)
            for spec in broken.specifications:
                found = explore(broken, spec, parameters)
                if found.verdict == "violated":
                    *_, last = replay(broken, parameters, found.start, found.run)
                    assert not spec.invariant.evaluate(last.values(parameters))
                    caught += 1
    assert caught
