"""Which guards cut a run into slots, and that leaving a cut out is caught."""

from pathlib import Path

import pytest

from milpbft.automaton.counted.dependence import complete_slots, cuts, early
from milpbft.automaton.explicit.explore import explore
from milpbft.automaton.explicit.run import ordered
from milpbft.automaton.ta.reader import load_ta, read_ta
from milpbft.check.safety import decide
from milpbft.dbft.model.table import Dbft2
from milpbft.dbft.model.v1.table import Dbft1
from milpbft.dbft.model.variant import Variant
from milpbft.dbft.returns import ReturnRule

FOLDER = Path(__file__).parents[3] / "instances" / "automata"


def crossed(more=""):
    """Two guards that feed each other; `more` may start them."""
    return read_ta(f"""skel Crossed {{
  shared x, y;
  locations (0) {{ a: [0]; b: [1]; c: [2]; d: [3]; }}
  inits (0) {{ a == 2; c == 1; }}
  rules (0) {{
    0: a -> b when (y >= 1) do {{ x' == x + 1; }};
    1: a -> b when (x >= 1) do {{ y' == y + 1; }};
    {more}
  }}
  specifications (0) {{ stay: [](b == 0); few: [](x < 2); }}
}}""")


@pytest.mark.parametrize("views", [2, 3, 4])
def test_the_return_rule_is_the_only_cut_of_dbft2(views):
    """Two slots prove, however many views there are; one, where nobody returns."""
    (cut,) = cuts(Dbft2(Variant(views)).automaton)
    assert {f"com_{view}" for view in range(views)} < cut.names
    assert complete_slots(Dbft2(Variant(views)).automaton) == 2
    assert complete_slots(Dbft2(Variant(views, ReturnRule.NEVER)).automaton) == 1
    assert complete_slots(Dbft1(Variant(views)).automaton) == 1


def test_a_guard_is_read_with_what_comes_before_its_use():
    """Asking in view 1 counts for view 0 too, but only for nodes that have used that quorum."""
    automaton = Dbft2(Variant(2)).automaton
    (guard,) = (atom for atom in automaton.guards if "ask_0" in atom.names)
    growing = [rule for rule in automaton.rules if rule.increment_of("ask_0")]
    before = early(automaton, guard)
    assert {rule.name for rule in before} < {rule.name for rule in growing}
    assert all("_0" in rule.source for rule in before)


def test_guards_that_feed_each_other_are_cut():
    """One of the two is read at a slot's start, so that nothing comes from nothing."""
    automaton = crossed()
    assert len(cuts(automaton)) == 1
    spec = automaton.specification("stay")
    assert explore(automaton, spec, {}).verdict == "holds"
    assert decide(automaton, spec, {}, solver="highs").status == "holds"


def test_without_the_cut_the_two_would_support_each_other(monkeypatch):
    """The encoding without cuts claims a run; putting its steps in order fails."""
    monkeypatch.setattr("milpbft.automaton.counted.encoding.cuts", lambda *_: frozenset())
    automaton = crossed()
    with pytest.raises(ValueError, match="is enabled"):
        decide(automaton, automaton.specification("stay"), {}, solver="highs")


def test_one_slot_fewer_misses_a_run():
    """The number of slots is needed where the cut turns on in between."""
    automaton = crossed("2: c -> d when (true) do { x' == x + 1; };")
    assert complete_slots(automaton) == 2
    spec = automaton.specification("few")
    assert decide(automaton, spec, {}, solver="highs").status == "violated"
    assert decide(automaton, spec, {}, solver="highs", slots=1).status == "undecided"


def test_guards_that_turn_off_are_all_cuts():
    """Two slots for each: the step that turns it off has one of its own."""
    automaton = load_ta(FOLDER / "chandra-toueg-1996.ta")
    assert {automaton.kind(atom) for atom in cuts(automaton)} == {"upper"}
    assert complete_slots(automaton) == 2 * len(cuts(automaton)) + 1


def test_steps_of_a_slot_are_put_in_order():
    """A rule whose guard turns on in the slot comes after those that turn it on."""
    automaton = crossed("2: c -> d when (true) do { x' == x + 1; };")
    start = {"a": 2, "b": 0, "c": 1, "d": 0, "x": 0, "y": 0}
    flows = {"r0": 1, "r1": 1, "r2": 1}
    assert [rule for rule, _ in ordered(automaton, flows, dict(start))] == ["r2", "r1", "r0"]
    with pytest.raises(ValueError, match="r0, r1 is enabled"):
        list(ordered(automaton, flows | {"r2": 0}, dict(start)))
