"""The rule table of dBFT 2.1: locks and forks, replayed; over one pool, enumerated as well."""

from __future__ import annotations

from dataclasses import replace

import pytest

from milpbft.automaton.counted.dependence import complete_slots, cuts
from milpbft.automaton.counted.exclusion import changes
from milpbft.automaton.mutants import lowered
from milpbft.check.replay import replay
from milpbft.dbft.enumerate.pool21.plain import Pool
from milpbft.dbft.enumerate.pool21.spec import Spec
from milpbft.dbft.instance import DbftInstance
from milpbft.dbft.model.strict import strict_model
from milpbft.dbft.model.v21.table import Dbft21
from milpbft.dbft.model.variant import Variant
from milpbft.dbft.reference.rules import Rules
from milpbft.dbft.reference.v21.reference import Dbft21Reference
from milpbft.dbft.reference.v21.replica import Replica21
from milpbft.errors import InputError
from milpbft.question.files import parse_instance
from milpbft.solve import solve
from solvers import solve as solve_problem

SEEN = [
    ("dbft21-strict-n4-v2-undecided", 4),
    ("dbft21-strict-n4-v2-c1-undecided", 4),
    ("dbft21-strict-n4-v2-b1-undecided", 3),
    ("dbft21-strict-n4-v1-steps_lock", 9),
    ("dbft21-strict-n7-v2-steps_lock", 15),
    ("dbft21-strict-n100-v2-steps_lock", 201),
    ("dbft21-strict-n4-v2-b1-steps_lock", 3),
    ("dbft21-strict-n4-v2-steps_fork", 23),
    ("dbft21-strict-n31-v2-steps_fork", 145),
    ("dbft21-strict-n4-v2-b1-steps_fork", 15),
    ("dbft21-strict-n4-v1-b1-e2-forks", 1),
    ("dbft21-strict-n4-v1-b2-e2-forks", 2),
    ("dbft21-strict-n7-v1-b2-e2-forks", 1),
]


@pytest.mark.parametrize(("name", "value"), SEEN)
def test_what_nodes_have_seen_locks_and_forks_them(name: str, value: int):
    """Both without any fault and at any size; in one view, f Byzantine nodes fork nothing."""
    result = solve(parse_instance(name))
    assert (result.solution.status, result.solution.objective) == ("optimal", value)
    replayed = result.verdict("replay")
    assert replayed, replayed


@pytest.mark.slow
@pytest.mark.parametrize("views", [1, 2])
@pytest.mark.parametrize("byzantine", [0, 1])
@pytest.mark.parametrize("n", [4, 5, 7, 8])
def test_whatever_goal_the_replicas_do_what_the_table_does(n: int, byzantine: int, views: int):
    """The table's runs are those of replicas, at their own reading of every upper guard."""
    faults = f"-b{byzantine}" if byzantine else "-c1"
    for goal in ("steps_lock", *(() if byzantine else ("undecided", "forks"))):
        result = solve(parse_instance(f"dbft21-strict-n{n}-v{views}{faults}-{goal}"))
        assert result.solution.status == "optimal"
        replayed = result.verdict("replay")
        assert replayed, (goal, replayed)


def test_few_steps_are_few():
    """Another solver proves the fewest acts too (n = 4, no fault)."""
    for goal, value in (("v1-steps_lock", 9), ("v2-steps_fork", 23)):
        model = strict_model(DbftInstance.parse(f"dbft21-strict-n4-{goal}"))
        assert solve_problem(model.problem, "highs").objective == value


# ---- the pool of the TLA+ specification


POOL = [
    ("lock", 4, 1, 0),
    ("lock", 4, 1, 1),
    ("fork", 4, 1, 1),
    pytest.param("lock", 7, 1, 0, marks=pytest.mark.slow),
]


@pytest.mark.parametrize(("goal", "n", "views", "dead"), POOL)
def test_pool_verdicts_agree_with_the_enumeration(goal: str, n: int, views: int, dead: int):
    """Nothing is found by either, in all states that there are."""
    found = Pool(Spec(n), views, dead).explore(100_000)
    assert not found.capped
    faults = f"-c{dead}" if dead else ""
    result = solve(parse_instance(f"dbft21-strict-n{n}-v{views}{faults}-steps_{goal}-pool"))
    assert found.locks == found.forks == 0
    assert result.solution.status == "infeasible"


@pytest.mark.slow
def test_pool_verdicts_agree_with_the_enumeration_of_two_views():
    """Four nodes in views 0 and 1, one of whom may die: 175442 states."""
    for dead in (0, 1):
        found = Pool(Spec(4), 2, dead).explore(1_000_000)
        assert not found.capped
        assert found.locks == found.forks == 0
        faults = "-c1" if dead else ""
        for goal in ("lock", "fork"):
            name = f"dbft21-strict-n4-v2{faults}-steps_{goal}-pool"
            assert solve(parse_instance(name)).solution.status == "infeasible"


def test_two_dead_nodes_of_four_lock_the_pool():
    """More than f: both the enumeration and the MILP say so."""
    assert Pool(Spec(4), 1, 2).explore(100_000).locks > 0
    result = solve(parse_instance("dbft21-strict-n4-v1-c2-steps_lock-pool"))
    assert result.solution.status == "optimal"


def test_one_byzantine_node_locks_the_pool():
    """Four acts: request, commit and lies; the replicas confirm it."""
    result = solve(parse_instance("dbft21-strict-n4-v1-b1-steps_lock-pool"))
    assert result.solution.objective == 4
    assert result.verdict("replay")


@pytest.mark.slow
def test_one_byzantine_node_of_seven_forks_the_pool():
    """Fewer than f: ChangeView2 and commits of the same nodes make two quorums."""
    result = solve(parse_instance("dbft21-strict-n7-v2-b1-forks-pool"))
    assert result.solution.objective == 2


@pytest.mark.slow
def test_a_guard_that_bears_more_commits_forks_the_pool():
    """With "at most f + 3 commits" instead of f, four correct nodes fork."""
    model = strict_model(DbftInstance.parse("dbft21-strict-n4-v2-steps_fork-pool"))
    automaton = model.table.automaton
    few = [a for a in automaton.guards if automaton.kind(a) == "upper" and "T" in a.names]
    for guard in few:
        automaton = lowered(automaton, guard, 3)
    broken = replace(model, table=replace(model.table, automaton=automaton))
    assert solve_problem(broken.problem, "cpsat").status == "optimal"


# ---- slots


@pytest.mark.parametrize("views", [1, 2, 3])
def test_what_was_seen_takes_one_slot_and_the_pool_two_more_per_view(views: int):
    """In a view either "at most f commits" turns off or "no ChangeView3", not both."""
    assert complete_slots(Dbft21(Variant(views)).automaton) == 1
    automaton = Dbft21(Variant(views, reading="pool", liars=False)).automaton
    chosen = cuts(automaton)
    assert len(chosen) == 3 * views
    assert changes(automaton, chosen) == views
    assert complete_slots(automaton) == 2 * views + 1
    lying = Dbft21(Variant(views, reading="pool")).automaton
    assert complete_slots(lying) == 4 * views + 1


def test_fewer_slots_of_the_pool_are_a_limit():
    """They find witnesses, and prove nothing; nor does a replay that refutes one."""
    name = "dbft21-strict-n4-v1-b1-steps_lock-pool"
    few = solve(parse_instance(name, slots=1))
    assert few.solution.status == "feasible"
    assert "a proof takes 5" in few.solution.message
    assert any("may refute" in note for note in few.notes)


# ---- names and mutants


def test_names_are_read_back():
    """The reading is a word; return rules and ticks are not of this protocol."""
    instance = parse_instance("dbft21-strict-n4-v2-c1-undecided-pool")
    assert isinstance(instance, DbftInstance)
    assert (instance.reading, instance.name) == ("pool", "dbft21-strict-n4-v2-c1-undecided-pool")
    for wrong in (
        "dbft2-strict-n4-v2-undecided-pool",
        "dbft21-strict-n4-v2-b1-e2-forks-pool",
        "dbft21-strict-n4-v2-undecided-own-view",
        "dbft21-strict-n4-v2-undecided-agreement",
        "dbft21-strict-n4-v2-t9-undecided-pool",
    ):
        with pytest.raises(InputError):
            parse_instance(wrong)


class Locked(Replica21):
    """Never leaves a view in which it committed, as in dBFT 2.0."""

    def may_enter_next_view(self) -> bool:
        """Stay."""
        return self.committed_view is None and super().may_enter_next_view()


def test_a_lock_on_commits_refutes_the_fork():
    """The fork rests on nodes that leave a view in which they committed."""
    schedule = solve(parse_instance("dbft21-strict-n4-v2-steps_fork")).schedule
    assert schedule is not None
    rules = Rules.of(4, primaries=schedule.primaries, agreement=False)
    assert replay(schedule, Dbft21Reference(rules))
    assert replay(schedule, Dbft21Reference(rules, replica=Locked)).status == "refuted"
