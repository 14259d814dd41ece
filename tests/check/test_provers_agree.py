"""Both provers and enumeration on thousands of random automata and formulas."""

import random
from collections import Counter

import pytest

from milpbft.automaton.explicit.progress import explore_temporal
from milpbft.automaton.temporal.normal import task_of
from milpbft.check import safety, temporal
from milpbft.check.allsizes import decide_all
from milpbft.check.safety import decide
from milpbft.errors import InputError
from tests.automaton.random_automata import MOST, automaton, safety_of, sizes, temporal_of
from tests.in_process import solve_here

RANGES = {"N": (0, MOST), "T": (0, MOST)}


def made(seed):
    """A random automaton and its specification; None where the formula is not decided."""
    rng = random.Random(seed)
    spec = temporal_of(rng) if seed % 4 else safety_of(rng)
    one = automaton(rng, spec)
    try:
        task_of(~spec.claimed)
    except InputError:
        return None
    return one, spec


def enumerated(one, spec):
    """The first sizes that violate, in the order of the parameters; None where none do."""
    found = ((size, explore_temporal(one, spec, size).verdict) for size in sizes())
    return next((size for size, verdict in found if verdict == "violated"), None)


def compare(seed):
    """Compare z3 with enumeration; return the verdict."""
    case = made(seed)
    if case is None:
        return "unsupported"
    worst = enumerated(*case)
    found = decide_all(*case)
    assert found.status == ("holds" if worst is None else "violated"), seed
    assert worst is None or not found.least or found.parameters == worst, seed
    return found.status


def test_z3_agrees_with_enumeration():
    """Twenty automata, as a sample of what the slow test does."""
    verdicts = Counter(map(compare, range(20)))
    assert verdicts["holds"] >= 3
    assert verdicts["violated"] >= 5


@pytest.mark.slow
@pytest.mark.parametrize("first", range(1000, 3600, 200))
def test_z3_agrees_with_enumeration_on_thousands(first):
    """2600 seeds, more than 2000 of which make a formula that is decided; none stays open."""
    verdicts = Counter(map(compare, range(first, first + 200)))
    assert verdicts["holds"] + verdicts["violated"] >= 150


@pytest.fixture
def in_process(monkeypatch):
    """Solve in this process: a process for each of thousands of tiny problems takes an hour."""
    for module in (safety, temporal):
        monkeypatch.setattr(module, "solve_problem", solve_here)


def compare_milp(seed):
    """Compare the MILP over all sizes with z3; an open MILP is no verdict."""
    case = made(seed)
    if case is None:
        return "unsupported"
    found, other = decide_all(*case), decide(*case, RANGES, solver="highs")
    assert other.status in {found.status, "undecided"}, seed
    return other.status


@pytest.mark.usefixtures("in_process")
def test_the_milp_agrees_with_z3():
    """Ten automata, as a sample of what the slow test does."""
    verdicts = Counter(map(compare_milp, range(10)))
    assert verdicts["holds"] + verdicts["violated"] >= 5


@pytest.mark.slow
@pytest.mark.usefixtures("in_process")
@pytest.mark.parametrize("first", range(1000, 3600, 200))
def test_the_milp_agrees_with_z3_on_thousands(first):
    """2600 seeds, more than 2000 of which make a formula that is decided."""
    verdicts = Counter(map(compare_milp, range(first, first + 200)))
    assert verdicts["holds"] + verdicts["violated"] >= 150
