"""Rule tables for all sizes: theorems, violations that replicas confirm, and instances at n = 4."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli import app
from milpbft.automaton.allsizes.everywhere import query
from milpbft.automaton.allsizes.rows import complete
from milpbft.automaton.condition import all_of, equal
from milpbft.automaton.linear import Linear
from milpbft.check.allsizes import excluded, find, inhabited
from milpbft.check.everywhere import prove
from milpbft.errors import InputError
from milpbft.question.objective import Goal
from milpbft.question.strict import StrictInstance
from milpbft.room import room_of
from milpbft.solvers import Limits
from milpbft.suite import Case
from milpbft.suite import find as find_cases

INSTANCES = Path(__file__).parents[2] / "instances"


def proven(name, **fields):
    """What is found for all sizes of what an instance name asks."""
    return prove(Case.of(name, **fields).instance)


@pytest.mark.parametrize(
    "name",
    [
        "dbft2-strict-n4-v2-c1-forks",
        "dbft2-strict-n4-v2-b1-forks",
        "dbft2-strict-n4-v2-b1-faults_fork",
        "dbft2-strict-n4-v2-undecided",
        "pbft-n4-v2-b1-e2-forks",
        "linear-n4-v2-b1-e2-forks",
        "sbft-n4-v2-b1-e2-forks",
    ],
)
def test_theorems(name):
    """Agreement of every protocol with T Byzantine nodes, and no lock of dBFT without faults."""
    found = proven(name)
    assert (found.status, found.notes) == ("holds", ())
    assert all("N >= " in scope for scope in found.scope)


@pytest.mark.parametrize(
    ("name", "sizes"),
    [
        ("dbft2-strict-n4-v2-b2-forks", {"N": 4, "T": 1, "F": 2}),
        ("dbft2-strict-n4-v2-c1-undecided", {"N": 4, "T": 1, "F": 0}),
        ("pbft-n4-v2-b2-e2-forks", {"N": 4, "T": 1, "F": 2}),
        ("pbft-n4-v2-b1-undecided", {"N": 4, "T": 1, "F": 1}),
    ],
)
def test_violations_happen_on_replicas(name, sizes):
    """The least sizes, and a schedule that the reference implementation confirms."""
    found = proven(name)
    assert found.status == "violated"
    assert sizes.items() <= found.parameters.items()
    assert found.replay
    assert found.replay.status == "confirmed"


def test_a_size_that_the_protocol_does_not_have_is_said():
    """Where the answer depends on how n and f are tied, there is a note."""
    found = proven("pbft-n4-v2-b1-undecided")
    assert "2 * C + 3 * T + 1 == N" in found.scope[0]


def test_without_a_table_there_is_no_theorem():
    """Published models, the per-node encoding, and objectives that are neither fork nor lock."""
    for name, fields in (
        ("dbft2-n4-t5-p1", {}),
        ("dbft2-strict-n4-v1-forks", {"encoding": "compact", "horizon": 5}),
        ("dbft2-strict-n4-v1-min_1_0_0", {}),
        ("pbft-n4-v2-b1-forks", {}),
    ):
        with pytest.raises(InputError, match=r"all|objective|fork is possible"):
            proven(name, **fields)


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("pbft-n4-v2-undecided-reload2", "reloads"),
        ("dbft2-strict-n4-v1-undecided-lossy9", "losses"),
    ],
)
def test_what_no_table_of_all_sizes_has_is_refused(name, field):
    """Two reloads and nine losses lock four nodes: no theorem denies it."""
    with pytest.raises(InputError) as refused:
        proven(name)
    assert refused.value.field == field


@pytest.mark.parametrize(
    "name",
    [
        "sbftfast-n4-v1-e2-forks-amnesia1",
        "sbftfast-n4-v1-c1-undecided-amnesia3",
        *(
            pytest.param(f"{protocol}-n4-{asked}", marks=pytest.mark.slow)
            for protocol in ("pbft", "linear", "sbft", "sbftfast")
            for asked in ("v2-e2-forks-amnesia1", "v1-c1-undecided-amnesia3")
        ),
    ],
)
def test_theorems_where_nodes_start_again(name):
    """T restarts fork no size, and no number of restarts locks one view."""
    found = proven(name)
    assert (found.status, found.notes) == ("holds", ())
    assert "start again" in found.scope[0]


def test_who_starts_again_is_counted_from_f():
    """Two of four are f + 1, which fork; all others are any number, whatever the size."""
    found = proven("pbft-n4-v1-e2-forks-amnesia2")
    assert found.status == "undecided"
    assert "f + 1 restarts without memory" in found.given
    assert "at most T +1 start again" in found.scope[0]
    assert "any number of restarts" in proven("sbftfast-n4-v1-c1-undecided-amnesia3").given


def reached(case):
    """Whether the proven optimum says that the fork or the lock is there, with so many faults."""
    aim, value = case.instance.objective, case.expected.objective
    if value is None:  # infeasible
        return False
    least = {"undecided": 1, "forks": 2}
    return value >= least[aim.kind] if aim.kind in least else (
        aim.kind == "steps" or value <= case.instance.f
    )  # fmt: skip


def shipped(*, again=False):
    """Instances of the counted encoding whose objective can be asked for all sizes.

    Those in which nodes start again, or the others.
    """
    for case in find_cases([INSTANCES / "strict", INSTANCES / "pbft"]):
        one = case.instance
        if isinstance(one, StrictInstance) and one.encoding == "counted" and one.slots is None:
            aim = one.objective
            known = case.expected and case.expected.status != "open"
            one_block = one.views == 1 and one.values == 1 and "fork" in aim.name
            asks = isinstance(aim, Goal) and not aim.timed and aim.of != "state"
            same = bool(one.amnesia) == again and not (one.reloads or one.losses)
            if known and asks and not one_block and same and one.n <= 10:
                yield pytest.param(case, id=one.name)


@pytest.mark.slow
@pytest.mark.parametrize("case", list(shipped()))
def test_shipped_optima_are_found_at_their_size(case):
    """With N and T fixed, z3 finds the fork or lock if and only if the proven optimum says so."""
    one = case.instance
    found = set()
    for sized in room_of(one.protocol).sized(one):
        asked = query(sized, one)
        fixed = [equal(Linear.of("N") - one.n), equal(Linear.of("T") - one.f)]
        automaton = replace(
            asked.automaton, assumptions=all_of([asked.automaton.assumptions, *fixed])
        )
        run = find(automaton, asked.task, complete(automaton, 0), "necessary")
        assert run == "none" or not isinstance(run, str)
        found.add(run != "none")
    assert (True in found) == reached(case)


@pytest.mark.slow
@pytest.mark.parametrize("case", list(shipped(again=True)))
def test_no_theorem_denies_what_restarts_reach(case):
    """With N and T fixed, numbers of acts exclude no fork or lock that is an optimum."""
    one = case.instance
    for sized in room_of(one.protocol).sized(one):
        asked = query(sized, one)
        fixed = [equal(Linear.of("N") - one.n), equal(Linear.of("T") - one.f)]
        assumed = all_of([asked.automaton.assumptions, *fixed])
        automaton = replace(asked.automaton, assumptions=assumed)
        if inhabited(automaton, Limits()) and reached(case):
            assert excluded(automaton, asked.task, Limits(60)) != "none"


def test_the_command_proves_and_refutes():
    """Without n, exit code 0 for a theorem and 1 for a violation; JSON and schedule are kept."""
    result = CliRunner().invoke(app, ["solve", "dbft2-strict-v2-c1-forks", "--all"])
    assert result.exit_code == 0, result.output
    assert "no fork, whatever the size" in result.stdout
    result = CliRunner().invoke(app, ["solve", "dbft2-strict-v2-b2-forks", "--all", "--json"])
    assert result.exit_code == 1
    assert '"status": "violated"' in result.stdout


@pytest.mark.slow
def test_the_least_sizes_are_asked_first():
    """Halving down to it took z3 minutes: four nodes lock where asking nodes stay in their view."""
    found = proven("dbft2-strict-n4-v2-b1-undecided-own-view")
    assert (found.status, found.about) == ("violated", "lock")
    assert {name: found.parameters[name] for name in "NTF"} == {"N": 4, "T": 1, "F": 0}
    assert found.replay is not None
    assert found.replay.status == "confirmed"


def test_a_size_is_not_the_smallest_while_a_table_is_open(monkeypatch: pytest.MonkeyPatch):
    """A limit on one of two tables, or in its search for the least, leaves smaller sizes open."""
    answers: list[object] = []

    def limited(automaton, *asked, **options):
        found = find(automaton, *asked, **options)
        answers.append(found)
        return "time limit" if len(answers) == 1 else found

    name = "sbft-n4-v1-b2-e2-steps_fork"
    monkeypatch.setattr(sys.modules["milpbft.check.everywhere"], "find", limited)
    theorem = proven(name)
    assert len(answers) > 1, "the sizes are asked table by table"
    assert theorem.status == "violated"
    assert not theorem.least
    assert "smaller sizes" in theorem.notes[-1]
    monkeypatch.undo()
    assert proven(name).least
