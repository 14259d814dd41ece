import pytest

from milpbft.automaton.condition import TRUE, compare, equal
from milpbft.automaton.explicit.explore import explore
from milpbft.automaton.explicit.run import Configuration, enabled, fire, joined, replay
from milpbft.automaton.explicit.starts import solutions
from milpbft.automaton.linear import Linear
from milpbft.automaton.specification import Specification
from milpbft.automaton.ta.reader import read_ta
from milpbft.errors import InputError

X, Y, Z = map(Linear.of, "xyz")

# Everybody shouts once; who heard two shouts is convinced; a third shout may still come.
SHOUT = read_ta("""
skel Shout {
  shared shouts; parameters N;
  locations (0) { calm: [0]; hoarse: [1]; convinced: [2]; }
  inits (0) { calm == N; }
  rules (0) {
    0: calm -> hoarse when (true) do { shouts' == shouts + 1; };
    1: hoarse -> convinced when (shouts >= 2) do { };
    2: hoarse -> convinced when (shouts < 1) do { };
  }
  specifications (0) {
    nobody: [](convinced == 0);
    few: [](convinced <= N);
    alone: N == 1 -> [](convinced == 0);
    live: <>(convinced == N);
  }
}""")
START = Configuration.of(SHOUT, {"calm": 3})
THREE = {"N": 3}


def test_rules_need_a_node_and_their_guard():
    """A rule is enabled where somebody stands at its source and the guard holds."""
    assert enabled(SHOUT.rule("r0"), START, THREE)
    assert not enabled(SHOUT.rule("r1"), START, THREE)
    once = fire(SHOUT.rule("r0"), START)
    assert dict(once.nodes) == {"calm": 2, "hoarse": 1, "convinced": 0}
    assert dict(once.counters) == {"shouts": 1}
    assert not enabled(SHOUT.rule("r1"), once, THREE)
    assert enabled(SHOUT.rule("r1"), fire(SHOUT.rule("r0"), once), THREE)


def test_exploration_finds_a_shortest_run():
    """Two shouts and one step convince somebody: the run says so, and replays to a violation."""
    spec = SHOUT.specification("nobody")
    found = explore(SHOUT, spec, THREE)
    assert (found.verdict, found.run) == ("violated", (("r0", 2), ("r1", 1)))
    assert found.start == START
    *before, last = replay(SHOUT, THREE, found.start, found.run)
    assert all(spec.invariant.evaluate(step.values(THREE)) for step in before)
    assert not spec.invariant.evaluate(last.values(THREE))


def test_exploration_sees_every_configuration():
    """By hand: s shouts of 3, and from two on any of the shouters may be convinced."""
    found = explore(SHOUT, SHOUT.specification("few"), THREE)
    assert (found.verdict, found.states) == ("holds", 1 + 1 + 3 + 4)


def test_premises_restrict_the_start():
    """Where no start satisfies the premise, a specification holds."""
    assert explore(SHOUT, SHOUT.specification("alone"), THREE).states == 0
    assert explore(SHOUT, SHOUT.specification("alone"), {"N": 1}).verdict == "holds"


def test_a_violated_start_is_a_run_without_steps():
    """The first configuration counts."""
    found = explore(
        SHOUT,
        Specification("busy", invariant=compare(Linear.of("calm"), "<", Linear.of("N"))),
        THREE,
    )
    assert (found.verdict, found.run, found.start) == ("violated", (), START)


def test_the_limit_leaves_it_undecided():
    """Giving up is no proof."""
    assert explore(SHOUT, SHOUT.specification("few"), THREE, limit=5).verdict == "undecided"


def test_unsupported_specifications_are_not_decided():
    """Liveness is refused by name and reason."""
    with pytest.raises(InputError, match=r"specification live: .*only safety is decided here"):
        explore(SHOUT, SHOUT.specification("live"), THREE)


def test_replay_refuses_what_cannot_happen():
    """A step that is not enabled, a rule that is none and a start that is none are named."""
    with pytest.raises(InputError, match="step 1: 'r1'"):
        list(replay(SHOUT, THREE, START, [("r0", 1), ("r1", 1)]))
    with pytest.raises(InputError, match="rule: 'r9'"):
        list(replay(SHOUT, THREE, START, [("r9", 1)]))
    with pytest.raises(InputError, match="start"):
        list(replay(SHOUT, THREE, Configuration.of(SHOUT, {"calm": 2}), []))


def test_runs_count_equal_neighbours():
    """A run is short where many nodes do the same."""
    assert joined(["a", "a", "b", "a"]) == (("a", 2), ("b", 1), ("a", 1))


def test_solutions_are_enumerated_once_each():
    """Overlapping cases do not repeat a start."""
    formula = equal(X + Y - 2) & (compare(X, ">=", Y) | compare(X, "<=", Y))
    assert sorted(solutions(formula, ("x", "y"))) == [(0, 2), (1, 1), (2, 0)]


def test_solutions_follow_bounds_through_other_names():
    """A bound may hang on another name's, and contradictions leave nothing."""
    formula = compare(X, "<=", Linear.number(2)) & compare(Y, "<=", X) & equal(Z - X - Y)
    assert len(set(solutions(formula, ("z", "y", "x")))) == 6
    assert list(solutions(equal(X) & compare(Y, "<", X), ("x", "y"))) == []
    assert list(solutions(TRUE, ())) == [()]


def test_an_unbounded_start_is_refused():
    """Enumeration needs a bound on every name, and says which has none."""
    with pytest.raises(InputError, match="initial: 'y'"):
        list(solutions(equal(X), ("x", "y")))
