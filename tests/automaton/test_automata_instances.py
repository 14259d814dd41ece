from pathlib import Path

import pytest

from milpbft.automaton.condition import equal
from milpbft.automaton.explicit.explore import explore
from milpbft.automaton.explicit.run import replay
from milpbft.automaton.linear import Linear
from milpbft.automaton.specification import Specification
from milpbft.automaton.ta.reader import load_ta, read_ta
from milpbft.automaton.ta.writer import write_ta

FOLDER = Path(__file__).parents[2] / "instances" / "automata"
# What dBFT's tables are exported to has other parameters: see test_exported_automata.py.
FILES = sorted(path.name for path in FOLDER.glob("*.ta") if not path.name.startswith("dbft"))
SIZES = [(4, 1, 1), (4, 1, 0), (5, 1, 1), (6, 1, 1)]
# What is violated, with (N, T, F) at which it is; everything else holds at all SIZES.
BROKEN = {
    "srikanth-toueg-1987-broken.ta": {"unforgeability": {(4, 1, 1), (5, 1, 1), (6, 1, 1)}},
    "bracha-toueg-1985-broken.ta": {"agreement": set(SIZES)},
    "bracha-1987-broken-echo.ta": {
        "one_ready": set(SIZES),
        "agreement": {(5, 1, 1), (6, 1, 1)},
    },
    "bracha-1987-broken-ready.ta": {
        "validity0": {(4, 1, 1), (5, 1, 1), (6, 1, 1)},
        "validity1": {(4, 1, 1), (5, 1, 1), (6, 1, 1)},
        "one_ready": {(4, 1, 1), (5, 1, 1), (6, 1, 1)},
        "agreement": {(5, 1, 1), (6, 1, 1)},
    },
    "chandra-toueg-1996-broken.ta": {"integrity": set(SIZES)},
    "tendermint-2018-broken.ta": {
        name: {(4, 1, 1), (4, 1, 0), (5, 1, 1)} for name in ("agreement", "final", "one_lock")
    },
}
GOALS = {
    "srikanth-toueg-1987.ta": ["accepted"],
    "bracha-toueg-1985.ta": ["accepted0", "accepted1"],
    "bracha-1987.ta": ["accepted0", "accepted1"],
    "chandra-toueg-1996.ta": ["delivered", "crashed"],
    "tendermint-2018.ta": ["decided_a", "decided_b", "next_round"],
}


def sized(automaton, size):
    """The values of those of N, T, F that an automaton has."""
    values = dict(zip("NTF", size, strict=True))
    return {name: values[name] for name in automaton.parameters}


@pytest.mark.parametrize("name", FILES)
def test_verdicts_are_those_of_the_readme(name):
    """Enumeration finds the broken files violated, their runs replay, and all else holds."""
    automaton = load_ta(FOLDER / name)
    for size in SIZES:
        parameters = sized(automaton, size)
        for spec in automaton.specifications:
            if spec.kind == "unsupported":
                continue
            found = explore(automaton, spec, parameters)
            wanted = size in BROKEN.get(name, {}).get(spec.name, set())
            assert found.verdict == ("violated" if wanted else "holds"), (size, spec.name)
            if wanted:
                *_, last = replay(automaton, parameters, found.start, found.run)
                assert not spec.invariant.evaluate(last.values(parameters))


@pytest.mark.parametrize("name", sorted(GOALS))
def test_sound_files_are_not_sound_for_doing_nothing(name):
    """Every outcome can be reached: safety is not held by an automaton that is stuck."""
    automaton = load_ta(FOLDER / name)
    for goal in GOALS[name]:
        never = Specification("never", invariant=equal(Linear.of(goal)))
        assert explore(automaton, never, sized(automaton, (4, 1, 1))).verdict == "violated"


@pytest.mark.parametrize("name", FILES)
def test_files_survive_the_writer(name):
    """Each comes back equal."""
    automaton = load_ta(FOLDER / name)
    assert read_ta(write_ta(automaton)) == automaton


def test_every_sound_file_has_its_goals_and_every_broken_one_its_verdict():
    """A file that is added without a line here is noticed."""
    assert set(FILES) == set(GOALS) | set(BROKEN)
