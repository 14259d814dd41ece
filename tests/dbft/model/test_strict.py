"""Strict dBFT 2.0: locks and forks, proven or replayed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from milpbft.automaton.mutants import lowered
from milpbft.check.replay import Replay
from milpbft.dbft.enumerate.explore import explore
from milpbft.dbft.instance import DbftInstance
from milpbft.dbft.model.strict import strict_model
from milpbft.dbft.reference.rules import Rules
from milpbft.dbft.room import DBFT2 as ROOM
from milpbft.question.files import parse_instance
from milpbft.solve import solve
from solvers import solve as solve_problem

if TYPE_CHECKING:
    from milpbft.automaton.condition import Atom
    from milpbft.automaton.counted.model import CountedModel

LOCKS = [
    ("dbft2-strict-n4-v2-undecided", 0),
    ("dbft2-strict-n7-v2-undecided", 0),
    ("dbft2-strict-n31-v2-undecided", 0),
    ("dbft2-strict-n100-v2-undecided", 0),
    ("dbft2-strict-n4-v2-undecided-agreement", 0),
    ("dbft2-strict-n4-v2-c1-undecided", 3),
    ("dbft2-strict-n4-v2-undecided-own-view", 4),
    ("dbft2-strict-n4-v2-undecided-never", 4),
    ("dbft2-strict-n4-v2-c1-steps_lock", 7),
    ("dbft2-strict-n4-v2-steps_lock-own-view", 16),
    ("dbft2-strict-n7-v2-c1-steps_lock", 12),
    *[(f"dbft2-strict-n{n}-v2-c1-b1-faults_lock", 1) for n in (4, 7, 10, 22, 100)],
]
FORKS = [
    ("dbft2-strict-n4-v1-b1-e2-forks", 1),
    ("dbft2-strict-n4-v1-b2-e2-forks", 2),
    ("dbft2-strict-n4-v2-b1-e2-forks", 1),
    ("dbft2-strict-n7-v1-b3-e2-faults_fork", 3),
    ("dbft2-strict-n100-v1-b33-e2-forks", 1),
    ("dbft2-strict-n100-v1-b34-e2-faults_fork", 34),
    ("dbft1-strict-n4-v2-steps_fork", 14),
    ("dbft1-strict-n100-v2-forks", 2),
]


LONG = {
    *[f"dbft2-strict-n{n}-v2-undecided" for n in (7, 31)],
    *[f"dbft2-strict-n{n}-v2-c1-b1-faults_lock" for n in (7, 10, 22)],
    "dbft2-strict-n7-v2-c1-steps_lock",
    "dbft2-strict-n4-v2-b1-e2-forks",
    "dbft2-strict-n4-v1-b2-e2-forks",
    "dbft2-strict-n7-v1-b3-e2-faults_fork",
    "dbft2-strict-n100-v1-b33-e2-forks",
}
"""Sizes between others, which the slow tests take."""
OPTIMA = [
    pytest.param(*case, marks=[pytest.mark.slow] if case[0] in LONG else [])
    for case in LOCKS + FORKS
]


@pytest.mark.parametrize(("name", "value"), OPTIMA, ids=str)
def test_optimum_is_proven_and_its_run_is_replayed(name: str, value: int):
    """The value has a bound that meets it, and the replicas do what the run says."""
    result = solve(parse_instance(name))
    assert (result.solution.status, result.solution.objective) == ("optimal", value)
    replayed = result.verdict("replay")
    assert replayed, replayed


@pytest.mark.parametrize("name", ["dbft2-strict-n4-v2-steps_lock", "dbft2-strict-n7-v2-steps_lock"])
def test_no_lock_is_infeasible(name: str):
    """Without faults, no run with all its slots ends in a lock."""
    assert solve(parse_instance(name)).solution.status == "infeasible"


def test_the_lock_of_neo_modules_issue_792():
    """Nodes in view change at view 1 twice, one committed at view 0, one at view 1."""
    result = solve(parse_instance("dbft2-strict-n4-v2-steps_lock-own-view"))
    assert result.schedule is not None
    run = Replay(result.schedule, ROOM.reference(result.schedule))
    assert run.run()
    replicas = run.replicas.values()
    committed = sorted(r.committed_view for r in replicas if r.committed_view is not None)
    waiting = [r.view for r in replicas if r.committed_view is None and r.context.view_changing]
    assert committed == [0, 1]
    assert waiting == [1, 1]
    assert not any(r.done for r in replicas)


@pytest.mark.parametrize("solver", ["cbc", "highs"])
def test_other_solvers_find_the_witness(solver: str):
    """CBC solves every question that has a witness, and so does HiGHS."""
    result = solve(parse_instance("dbft2-strict-n100-v2-c1-b1-faults_lock"), solver)
    assert (result.solution.status, result.solution.objective) == ("optimal", 1)
    assert result.verdict("replay")


def test_size_does_not_depend_on_n():
    """The program for 100 nodes is as large as that for 4."""
    sizes = {
        strict_model(DbftInstance.parse(f"dbft2-strict-n{n}-v2-c1-undecided")).problem.size
        for n in (4, 31, 100)
    }
    assert len(sizes) == 1


def weakened(name: str, act: str, counter: str) -> CountedModel:
    """Lower by one each threshold on a counter that stands before an act, shown or owed."""
    model = strict_model(DbftInstance.parse(name))
    table = model.table
    rules = [rule for rule in table.automaton.rules if table.meaning[rule.name].what == act]

    def concerned(atom: Atom) -> bool:
        return any(term.startswith(counter) for term in atom.names)

    automaton = table.automaton
    for guard in dict.fromkeys(a for rule in rules for a in rule.guard if concerned(a)):
        automaton = lowered(automaton, guard)
    owed = dict(table.owed)
    for rule in rules:
        owed[rule.name] = tuple(
            replace(atom, linear=atom.linear + 1) if concerned(atom) else atom
            for atom in owed[rule.name]
        )
    return replace(model, table=replace(table, automaton=automaton, owed=owed))


MUTANTS = [
    ("dbft2-strict-n4-v2-steps_lock-agreement", "commit", "prep", {"prepare_quorum": 2}, 0),
    ("dbft2-strict-n4-v2-b1-steps_fork-agreement", "accept", "com", {"commit_quorum": 2}, 1),
    ("dbft2-strict-n4-v2-steps_lock-agreement", "enter", "ask", {"view_quorum": 2}, 0),
]


@pytest.mark.parametrize(("name", "act", "counter", "quorum", "byzantine"), MUTANTS)
def test_a_lowered_threshold_changes_what_the_same_mutant_of_the_replicas_changes(
    name: str, act: str, counter: str, quorum: dict[str, int], byzantine: int
):
    """Locks at M-1 preparations, forks at M-1 commits; M-1 change views alone do no harm."""
    assert (
        solve_problem(strict_model(DbftInstance.parse(name)).problem, "cpsat").status
        == "infeasible"
    )
    solution = solve_problem(weakened(name, act, counter).problem, "cpsat")
    until = "fork" if byzantine else "lock"
    rules = replace(Rules.of(4), **quorum)
    found = getattr(explore(rules, byzantine=byzantine, until=until), until)
    assert (found is None) == (solution.status == "infeasible")
    if found is not None:
        assert solution.objective == found.steps


def test_few_slots_are_a_limit():
    """A question with too few slots for a proof has a value, and no optimum."""
    instance = parse_instance("dbft2-strict-n4-v2-c1-steps_lock", slots=1)
    result = solve(instance)
    assert result.solution.objective == 7
    assert (result.solution.status, result.solution.bound) == ("feasible", None)
    assert "a proof takes 2" in result.solution.message


def test_names_are_read_back():
    """A strict name says everything but the number of slots."""
    for name, _ in LOCKS + FORKS:
        instance = parse_instance(name)
        assert isinstance(instance, DbftInstance)
        assert instance.name == name
