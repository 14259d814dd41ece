"""The rule tables of dBFT as files: what our own writer makes of them, and what they say."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from milpbft.automaton.explicit.explore import explore
from milpbft.automaton.ta.reader import load_ta, read_ta
from milpbft.automaton.ta.writer import write_ta
from milpbft.check.safety import decide

FOLDER = Path(__file__).parents[2] / "instances"
SCRIPT = runpy.run_path(str(FOLDER / "make_automata.py"))
EXPORTED = SCRIPT["automata"]()
# By file: values of F, F_0 and F_1 at N = 4, T = 1, and whether agreement holds.
VERDICTS = {
    "dbft2-one-view.ta": {(0, 0): True, (1, 0): True, (1, 1): True, (2, 1): False},
    "dbft2-two-views.ta": {
        (1, 0, 0): True,
        (1, 1, 0): True,
        (1, 0, 1): True,
        (2, 1, 0): False,
        (2, 1, 1): False,
    },
    "dbft1-two-views.ta": {(0, 0, 0): False, (1, 0, 0): False, (1, 1, 0): False, (1, 0, 1): False},
}


def sized(automaton, n, t, faults):
    """The parameters of an exported automaton."""
    return dict(zip(automaton.parameters, (n, t, *faults), strict=True))


@pytest.mark.parametrize("name", EXPORTED)
def test_the_file_is_what_the_table_makes(name):
    """`python instances/make_automata.py` would change nothing, and the reader loses nothing."""
    text = (FOLDER / "automata" / name).read_text(encoding="utf-8")
    assert text == write_ta(EXPORTED[name])
    back, table = read_ta(text), EXPORTED[name]
    assert (back.locations, back.counters) == (table.locations, table.counters)
    ours = [(rule.source, rule.target, rule.guard, rule.increments) for rule in table.rules]
    assert ours == [(r.source, r.target, r.guard, r.increments) for r in back.rules]
    assert back.specifications == table.specifications


@pytest.mark.parametrize("name", EXPORTED)
def test_verdicts_are_those_of_the_readme(name):
    """File and table, the counted encoding and enumeration: one verdict, at n = 4."""
    back = load_ta(FOLDER / "automata" / name)
    (spec,) = back.specifications
    for faults, holds in VERDICTS[name].items():
        parameters = sized(back, 4, 1, faults)
        wanted = "holds" if holds else "violated"
        assert explore(back, spec, parameters).verdict == wanted, faults
        assert explore(EXPORTED[name], spec, parameters).verdict == wanted, faults
        ranges = {key: (value, value) for key, value in parameters.items()}
        assert decide(back, spec, ranges).status == wanted, faults


def test_two_views_without_faults_hold():
    """By the counted encoding alone: enumeration would see more states than it may."""
    back = load_ta(FOLDER / "automata" / "dbft2-two-views.ta")
    ranges = {key: (value, value) for key, value in sized(back, 4, 1, (0, 0, 0)).items()}
    assert decide(back, back.specifications[0], ranges).status == "holds"


@pytest.mark.parametrize(("faults", "status"), [((33, 1), "holds"), ((34, 1), "violated")])
def test_a_hundred_nodes_agree_with_33_byzantine_ones_and_fork_with_34(faults, status):
    """The counted encoding of the file does not grow with n."""
    back = load_ta(FOLDER / "automata" / "dbft2-one-view.ta")
    ranges = {key: (value, value) for key, value in sized(back, 100, 33, faults).items()}
    assert decide(back, back.specifications[0], ranges).status == status


def test_fewest_byzantine_nodes_that_fork_are_found():
    """With F left free, the smallest choice that violates agreement is f + 1 = 2."""
    back = load_ta(FOLDER / "automata" / "dbft2-two-views.ta")
    ranges = {"N": (4, 4), "T": (1, 1), "F": (0, 3), "F_0": (0, 1), "F_1": (0, 1)}
    found = decide(back, back.specifications[0], ranges)
    assert (found.status, found.parameters["F"]) == ("violated", 2)
