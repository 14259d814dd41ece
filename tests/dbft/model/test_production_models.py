"""Models of production profiles: what they prove, and that replicas of the profile do it."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import pytest

from milpbft.dbft.enumerate.hunt import Faults, Hunt
from milpbft.dbft.reference.production.profile import PROFILES
from milpbft.driver.benches import bench_of
from milpbft.driver.meaning import setup_of
from milpbft.driver.play import play
from milpbft.errors import InputError
from milpbft.question.files import parse_instance
from milpbft.room import room_of, with_detail
from milpbft.solve import solve
from milpbft.solvers import prover
from milpbft.solvers import solve as solve_problem

if TYPE_CHECKING:
    from milpbft.result import Result

PREFIX = "dbft2-strict-"


@cache
def solved(name: str) -> Result:
    return solve(parse_instance(PREFIX + name))


def asked(profile: str, sizes: str, objective: str, state: str = "") -> str:
    return f"{sizes}-{objective}-{profile}" + (f"-{state}" if state else "")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param("n4-v2-steps_lock-neo-go", 10, marks=pytest.mark.slow),
        ("n4-v2-c1-steps_lock-neo-go", 7),
        ("n4-v2-b1-steps_lock-neo-go", 5),
        pytest.param("n7-v2-steps_state-neo-go-4c0.3v1", 17, marks=pytest.mark.slow),
        ("n4-v2-b1-steps_lock-neo-cs", 5),
        ("n4-v2-undecided-neo-cs", 0),
    ],
)
def test_replicas_of_the_profile_do_what_the_table_found(name: str, value: int):
    result = solved(name)
    assert (result.solution.status, result.solution.objective) == ("optimal", value)
    assert all(result.checks), result.checks


@pytest.mark.slow
def test_the_state_of_june_2026_is_there_in_go_alone():
    """`4c0.3v1` of neo-go issue 2552, nobody failed: in Go, not in C#, not in the paper's rules."""
    assert solved("n7-v2-steps_state-neo-go-4c0.3v1").solution.status == "optimal"
    assert solved("n7-v2-steps_state-neo-cs-4c0.3v1").solution.status == "infeasible"
    assert solved("n7-v2-steps_state-4c0.3v1").solution.status == "infeasible"


@pytest.mark.parametrize(
    "name",
    [
        "n4-v3-steps_lock-neo-go",
        "n4-v2-b1-e2-steps_lock-neo-go",
        "n4-v2-p3-neo-go",
        "n4-v2-steps_lock-own-view-neo-go",
        "n4-v2-steps_lock-agreement-neo-cs",
        "n4-v2-t9-ticks_lock-neo-go",
    ],
)
def test_what_the_tables_do_not_have_is_refused(name: str):
    with pytest.raises(InputError):
        parse_instance(PREFIX + name)


@pytest.mark.slow
def test_a_bound_that_no_run_reaches_is_a_limit(monkeypatch: pytest.MonkeyPatch):
    """With replicas of other rules the same table is a bound, and no optimum."""
    monkeypatch.setitem(PROFILES, "neo-go", PROFILES["neo-cs"])
    result = solve(parse_instance(PREFIX + "n4-v2-steps_lock-neo-go"))
    assert (result.solution.status, result.solution.objective) == ("limit", None)
    assert result.solution.bound == 10
    assert result.schedule is None
    verdict = result.verdict("replay")
    assert verdict is not None
    assert verdict.status == "undecided"


@pytest.mark.slow
@pytest.mark.parametrize("n", [4, 7])
@pytest.mark.parametrize(
    ("options", "locks"),
    [
        ("guard=preparations", True),
        ("failed=nobody", True),
        ("failed=height", True),
        ("failed=nobody+guard=preparations", False),
        ("failed=height+guard=preparations", False),
    ],
)
def test_two_changes_together_remove_the_lock_without_a_fault(n: int, options: str, locks: bool):
    """Each alone leaves the acts as they are: 10 and 17, replayed on replicas with that option."""
    result = solved(f"n{n}-v2-steps_lock-neo-go-{options}")
    value = {4: 10, 7: 17}[n] if locks else None
    assert result.solution.status == ("optimal" if locks else "infeasible")
    assert result.solution.objective == value
    assert all(result.checks), result.checks


def test_schedules_say_which_options_differ():
    """With a crash the lock is seven acts; replicas with the options have them, driven too."""
    result = solved("n4-v2-c1-steps_lock-neo-go-failed=nobody+guard=preparations")
    assert (result.solution.status, result.solution.objective) == ("optimal", 7)
    assert all(result.checks), result.checks
    assert result.schedule is not None
    assert result.schedule.settings["options"] == "failed=nobody,guard=preparations"
    told = with_detail(result.schedule, drivable=True)
    assert play(told, bench_of(setup_of(told))).difference == ""


@pytest.mark.parametrize(
    "options", ["later=all", "guard=keep", "guard=hold+failed=nobody", "guard=hold+guard=hold"]
)
def test_options_that_the_tables_do_not_read_are_refused(options: str):
    with pytest.raises(InputError, match="options"):
        parse_instance(PREFIX + f"n4-v2-steps_lock-neo-go-{options}")


FAULTS = {"": Faults(), "-c1": Faults(crash=1), "-b1": Faults(byzantine=1)}


def locks(profile: str, faults: str, runs: range) -> set[str]:
    """States of locks that random runs of the replicas end in, within views 0 and 1."""
    found = set()
    for seed in runs:
        run = Hunt(PROFILES[profile], 4, seed, FAULTS[faults]).run()
        inside = all(name[-1] in "01" for name in run.where.values())
        if run.ending == "lock" and inside:
            found.add(run.state)
    return found


def holds_locks(profile: str, faults: str, runs: range) -> int:
    """Hold the table to every lock that is found; return how many states there were."""
    states = locks(profile, faults, runs)
    for state in states:
        name = PREFIX + asked(profile, f"n4-v2{faults}", "steps_state", state)
        problem = room_of("dbft2").model(parse_instance(name)).problem
        assert solve_problem(problem, prover()).status == "optimal", name
    return len(states)


@pytest.mark.slow
@pytest.mark.parametrize("profile", ["neo-go", "neo-cs"])
@pytest.mark.parametrize("faults", FAULTS)
def test_every_lock_that_random_runs_end_in_is_one_of_the_table(profile: str, faults: str):
    states = holds_locks(profile, faults, range(400))
    assert states or (profile, faults) == ("neo-cs", "")
