"""Strict PBFT, Linear BFT and SBFT: forks and locks, proven and replayed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from milpbft.automaton.mutants import lowered
from milpbft.errors import InputError
from milpbft.pbft.instance import PbftInstance
from milpbft.pbft.model.strict import TABLES, strict_model, table_of, variant_of
from milpbft.pbft.room import ROOM
from milpbft.question.files import parse_instance
from milpbft.solve import solve
from solvers import solve as solve_problem

AGREEMENT = [
    *[(f"{p}-n{n}-v1-b{(n - 1) // 3}-e2-forks", 1) for p in ("pbft", "sbft") for n in (4, 100)],
    ("pbft-n4-v2-b1-e2-forks", 1),
    ("linear-n4-v2-b1-e2-forks", 1),
    ("sbft-n4-v2-b1-e2-forks", 1),
    ("sbft-n6-r1-v2-b1-e2-forks", 1),
    ("pbft-n100-v2-b33-e2-forks", 1),
    ("pbft-n100-v2-b34-e2-faults_fork", 34),
    ("sbft-n31-v2-b11-e2-faults_fork", 11),
    ("pbft-n4-v1-b2-e2-steps_fork", 6),
    ("linear-n4-v2-b2-e2-steps_fork", 7),
]
BROKEN = [
    ("pbft-n4-v2-b1-e2-forks-blind", 2),
    ("linear-n7-v2-b2-e2-forks-blind", 2),
    ("sbft-n6-r1-v2-b1-e2-forks-blind", 2),
    ("pbft-n4-v2-e2-steps_fork-blind", 17),
]
LOCKS = [
    ("pbft-n4-v2-c1-undecided", 0),
    ("pbft-n4-v2-b1-e2-undecided", 3),
    ("linear-n4-v2-b1-e2-undecided", 3),
    ("sbft-n4-v2-b1-e2-undecided", 3),
    ("pbft-n4-v2-b1-steps_lock", 6),
    ("pbft-n7-v2-c3-faults_lock", 3),
    ("pbft-n7-v2-c3-b1-faults_lock", 1),
    ("linear-n31-v2-b12-faults_lock", 1),
    ("sbft-n8-r2-v1-c5-b1-faults_lock-calm", 4),
    ("sbft-n8-r2-v2-c2-faults_lock", 2),
    ("sbft-n8-r2-v2-c2-b1-faults_lock", 1),
]
PATHS = [
    (f"{protocol}-n{n}-r{c}-v1-c{c + 1}-b1-faults_lock-{words}", c + 1)
    for protocol, words in (("sbft", "calm-fastpath"), ("sbftfast", "calm"))
    for n, c in ((4, 0), (6, 1), (11, 2))
]


def parse(name: str) -> PbftInstance:
    """Read a name; ``-r0`` may be said."""
    instance = parse_instance(name)
    assert isinstance(instance, PbftInstance)
    return instance


@pytest.mark.parametrize(("name", "value"), AGREEMENT + BROKEN + LOCKS + PATHS, ids=str)
def test_optimum_is_proven_and_its_run_is_replayed(name: str, value: int):
    """The value has a bound that meets it, and the replicas do what the run says."""
    result = solve(parse(name))
    assert (result.solution.status, result.solution.objective) == ("optimal", value)
    replayed = result.verdict("replay")
    assert replayed, replayed


@pytest.mark.parametrize("name", [
    "sbft-n6-r1-v1-c1-steps_lock-calm-fastpath",
    "sbftfast-n8-r2-v1-c2-steps_lock-calm",
    "sbft-n6-r1-v1-c2-steps_lock-calm",
    "pbft-n4-v2-b1-e2-steps_fork",
])  # fmt: skip
def test_what_a_protocol_bears_is_infeasible(name: str):
    """C silent nodes neither push SBFT off its fast path nor lock it without another."""
    assert solve(parse(name)).solution.status == "infeasible"


@pytest.mark.parametrize("solver", ["cbc", "highs"])
def test_other_solvers_agree(solver: str):
    """A proof and a witness with two more solvers."""
    for name, value in (("linear-n4-v2-b1-e2-forks", 1), ("sbft-n4-v2-b2-e2-faults_fork", 2)):
        result = solve(parse(name), solver)
        assert (result.solution.status, result.solution.objective) == ("optimal", value)
        assert result.verdict("replay")


def test_size_does_not_depend_on_n():
    """The program for 100 nodes is as large as that for 7."""
    sizes = {strict_model(parse(f"sbft-n{n}-v2-b1-e2-forks")).problem.size for n in (7, 31, 100)}
    assert len(sizes) == 1


def test_a_correct_primary_proposes_what_its_clients_asked_for():
    """Without Byzantine nodes the broken view change needs a second request to do harm."""
    result = solve(parse("pbft-n4-v2-e2-steps_fork-blind"))
    assert result.schedule is not None
    assert result.schedule.settings["requests"] == "1:1"
    sane = replace(result.schedule, settings=result.schedule.settings | {"blind": "false"})
    assert not ROOM.replay(sane)


def found_with(name: str, *, terse: bool) -> tuple[str, int | None]:
    """Solve with a table in which nodes may skip view changes, or (*terse*) never do."""
    model = strict_model(parse(name))
    variant = replace(variant_of(model.instance), terse=terse)
    table = TABLES[model.instance.protocol](variant).table
    solution = solve_problem(replace(model, table=table).problem, "cpsat")
    return solution.status, solution.objective


@pytest.mark.parametrize("name", [
    "pbft-n4-v2-b1-e2-forks",
    "linear-n7-v2-b3-e2-faults_fork",
    "sbft-n6-r1-v2-b1-e2-forks",
    "sbft-n4-v2-b1-e2-forks-blind",
    "pbft-n4-v2-b1-e2-forks-later",
    "sbft-n4-v2-b1-e2-forks-blind-asked",
    pytest.param("pbft-n4-v3-b1-e2-forks-asked", marks=pytest.mark.slow),
    pytest.param("pbft-n4-v3-b1-e2-forks-later-stepwise", marks=pytest.mark.slow),
    pytest.param("pbft-n4-v3-b1-e2-forks", marks=pytest.mark.slow),
    pytest.param("linear-n4-v3-b1-e2-forks", marks=pytest.mark.slow),
])  # fmt: skip
def test_who_follows_without_a_view_change_may_as_well_ask_for_a_fork(name: str):
    """So the argument of `Variant.skips` goes; the table about forks leaves it out."""
    assert variant_of(parse(name)).terse
    assert found_with(name, terse=False) == found_with(name, terse=True)


@pytest.mark.parametrize(("name", "asking", "skipping"), [
    ("pbft-n4-v2-b1-undecided", 0, 3),
    ("pbft-n7-v2-c3-b1-faults_lock", 3, 1),
    ("sbft-n6-r1-v2-b1-undecided", 0, 5),
    ("linear-n7-v2-c3-faults_lock", 3, 3),
    ("sbft-n8-r2-v2-c1-undecided", 0, 0),
])  # fmt: skip
def test_locks_live_on_view_changes_that_nobody_sends(name: str, asking: int, skipping: int):
    """With Byzantine nodes a table in which all ask is blind to them; silent ones gain nothing."""
    assert variant_of(parse(name)).skips
    assert found_with(name, terse=True) == ("optimal", asking)
    assert found_with(name, terse=False) == ("optimal", skipping)


MUTANTS = [
    ("pbft", "prep_0A", "commit"),
    ("pbft", "com_0A", "decide"),
    ("linear", "com_0A", "conclude"),
    ("pbft", "vc_1", "open"),
    ("sbft", "vc_1", "open"),
]


@pytest.mark.parametrize(("protocol", "counter", "what"), MUTANTS)
def test_a_lowered_threshold_makes_a_fork(protocol: str, counter: str, what: str):
    """One node less for a certificate, or for a new view, and f Byzantine nodes are enough."""
    model = strict_model(parse(f"{protocol}-n4-v2-b1-e2-steps_fork"))
    assert solve_problem(model.problem, "cpsat").status == "infeasible"
    table = model.table
    acts = [rule for rule in table.automaton.rules if table.meaning[rule.name].what == what]
    guards = dict.fromkeys(
        atom for rule in acts for atom in rule.guard
        if atom.linear.coefficient("N") == -1 and counter in atom.names
    )  # fmt: skip
    automaton = table.automaton
    for guard in guards:
        automaton = lowered(automaton, guard)
    assert guards
    weaker = replace(model, table=replace(table, automaton=automaton))
    assert solve_problem(weaker.problem, "cpsat").status == "optimal"


def test_names_are_read_back():
    """A name says everything, but a c of 0."""
    for name, _ in AGREEMENT + BROKEN + LOCKS + PATHS:
        assert parse(name).name == name.replace("-r0", "")


@pytest.mark.parametrize(("name", "field"), [
    ("sbft-n5-r1-v2-b1-e2-forks", "n"),
    ("pbft-n6-r1-v2-b1-e2-forks", "redundant"),
    ("sbft-n4-v3-t20-delay_first-gst0-delta1-timer9", "views"),
    ("pbft-n4-v2-c2-faults_lock-calm", "views"),
    ("linear-n4-v1-c2-faults_lock-calm-fastpath", "fastpath"),
    ("sbft-n4-v1-c2-faults_lock-fastpath", "fastpath"),
])  # fmt: skip
def test_what_is_not_modelled_is_refused(name: str, field: str):
    """An instance that means nothing names the field."""
    with pytest.raises(InputError) as caught:
        parse(name)
    assert caught.value.field == field


def test_tables_have_one_rule_per_name_and_an_order():
    """Every table can be ordered, whatever the variant."""
    for name in ("pbft-n4-v4-b1-e2-forks", "sbft-n4-v2-c1-b1-e2-undecided-blind"):
        automaton = table_of(parse(name)).automaton
        assert len(automaton.order) == len(automaton.locations)
