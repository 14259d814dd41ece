"""Sweeps with a scripted pool: what is solved, in which order, and what becomes of each answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from milpbft.errors import InputError
from milpbft.question.files import make_instance
from milpbft.store import Record, Store
from milpbft.sweep import Job, State, sweep
from milpbft.sweep.implied import place
from milpbft.sweep.pool import Event
from milpbft.sweep.work import bare

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FORKS = {"protocol": "dbft2", "semantics": "strict", "n": 13, "views": 1, "objective": "undecided"}


def jobs(*changes: dict[str, Any], **settings: Any) -> list[Job]:
    return [Job.of(make_instance(FORKS | change), "highs", **settings) for change in changes]


class Scripted:
    """A pool that answers at once, as its script says; None for a worker that dies."""

    def __init__(self, script: Callable[[Job], dict[str, Any] | None]) -> None:
        self.script, self.asked, self.open = script, [], True
        self._events: list[Event] = []

    def free(self) -> int:
        """Return how many jobs it takes."""
        return 1 - len(self._events)

    def submit(self, number: int, job: Job) -> None:
        """Answer."""
        self.asked.append(job)
        found = self.script(job)
        if found is None:
            self._events.append(Event("died", number, "the worker died (SIGKILL)", log="bye"))
            return
        fields = {"outcome": "optimal", "status": "optimal", "verdict": "confirmed",
                  "checks": (("rows", "confirmed", ""),), "value": 0} | found  # fmt: skip
        record = bare(job, **{"bound": fields["value"], **fields})
        self._events.append(Event("done", number, record=record))

    def wait(self, seconds: float) -> list[Event]:
        """Return the answers."""
        events, self._events = self._events, []
        return events

    def interrupt(self) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Note the end."""
        self.open = False


def run(path: Path, todo: list[Job], script: Any, **options: Any
        ) -> tuple[State, Scripted, dict[str, Record]]:  # fmt: skip
    pool = Scripted(script if callable(script) else lambda _: script)
    with Store(path, writable=True) as store:
        state = sweep(todo, store, pool, lambda *_: None, **options)
        found = {f"{one.instance} {one.solver}": one for one in store.records()}
        assert not store._sql.execute("SELECT * FROM taken").fetchall()
        assert not store._sql.execute("SELECT * FROM sweeps").fetchall()
    assert not pool.open
    return state, pool, found


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "results.db"


def test_what_is_done_is_not_done_again(path: Path):
    """A proof is final; a limit is not where more time is given; what failed is, unless asked."""
    todo = jobs({}, {"byzantine": 1}, time_limit=5)
    assert run(path, todo, {})[0].solved == 2
    state, pool, _ = run(path, todo, {})
    assert (state.kept, state.solved, pool.asked) == (2, 0, [])
    later = jobs({"byzantine": 2}, time_limit=5)
    open_end = {"outcome": "limit", "status": "limit", "value": None, "verdict": "undecided"}
    assert run(path, later, open_end)[0].counts["limit"] == 1
    assert run(path, later, {})[0].solved == 0
    assert run(path, jobs({"byzantine": 2}, time_limit=6), open_end)[0].solved == 1
    assert run(path, later, open_end, again=True)[0].solved == 1
    stopped = open_end | {"message": "interrupted"}
    assert run(path, jobs({"byzantine": 3}), stopped)[0].solved == 1
    assert run(path, jobs({"byzantine": 3}), {})[0].solved == 1


def test_another_code_version_solves_anew(path: Path):
    """Results are of the code that found them."""
    todo = jobs({})
    run(path, todo, {})
    newer = [job.model_copy(update={"code": "other"}) for job in todo]
    assert run(path, newer, {})[0].solved == 1


def test_the_cheapest_come_first(path: Path):
    """By the sizes of its numbers, or by what an instance has cost before."""
    todo = jobs({"n": 100, "byzantine": 33}, {"n": 4}, {"n": 31, "byzantine": 10})
    _, pool, _ = run(path, todo, lambda job: {"seconds": 9.0 if job.instance.n == 4 else 0.1})
    assert [job.instance.n for job in pool.asked] == [4, 31, 100]
    anew = [job.model_copy(update={"code": "other"}) for job in todo]
    _, pool, _ = run(path, anew, {})
    assert [job.instance.n for job in pool.asked][-1] == 4


def test_a_second_solver_that_is_asked_for_must_have_been_asked(path: Path):
    """A proof by one alone will not do then."""
    run(path, jobs({}), {})
    assert run(path, jobs({}, second="cbc"), {"checks": (("second-solver", "confirmed", ""),)}
               )[0].solved == 1  # fmt: skip
    assert run(path, jobs({}, second="cbc"), {})[0].solved == 0


def test_a_worker_may_die_once(path: Path):
    """Then the job is begun again; if that dies too, it failed, and another solver is asked."""
    lives = [None, {"value": 3}]
    state, pool, found = run(path, jobs({}), lambda _: lives.pop(0))
    assert (state.solved, len(pool.asked), len(found)) == (1, 2, 1)
    script = lambda job: None if job.solver == "highs" else {"value": 2}  # noqa: E731
    state, pool, found = run(path, jobs({"byzantine": 1}), script)
    assert [job.solver for job in pool.asked] == ["highs", "highs", "cbc"]
    name = "dbft2-strict-n13-v1-b1-undecided"
    assert found[f"{name} highs"].outcome == "failed"
    assert found[f"{name} cbc"].value == 2
    assert (state.solved, state.retried) == (1, 1)


def test_the_ends_may_settle_the_middle(path: Path):
    """Three crashes give 3 as do none: so do one and two, and the result says why."""
    todo = jobs(*({"crashes": c} for c in range(4)))
    state, pool, found = run(path, todo, {"value": 3})
    assert [job.instance.crashes for job in pool.asked] == [0, 3]
    assert state.implied == 2
    middle = found["dbft2-strict-n13-v1-c2-undecided highs"]
    assert (middle.value, middle.bound, middle.outcome) == (3, 3, "optimal")
    ends = "dbft2-strict-n13-v1-c3-undecided and dbft2-strict-n13-v1-undecided"
    assert (middle.implied, middle.reason) == (ends, f"it follows from {ends}")
    assert run(path, todo, {})[0].solved == 0


def test_what_follows_is_not_used_again(path: Path):
    """Values differ at the ends: everything is solved."""
    todo = jobs(*({"crashes": c} for c in range(4)))
    state, pool, _ = run(path, todo, lambda job: {"value": job.instance.crashes})
    assert (state.implied, len(pool.asked)) == (0, 4)


def test_nothing_with_more_is_nothing_with_less(path: Path):
    """Infeasible with three crashes: infeasible with one; feasible says nothing of fewer."""
    goal = {"objective": "steps_lock", "byzantine": 1}
    todo = jobs(*({"crashes": c, **goal} for c in range(4)))
    empty = {"outcome": "infeasible", "status": "infeasible", "value": None}
    state, pool, found = run(path, todo, lambda job: empty)
    assert [job.instance.crashes for job in pool.asked] == [0, 3]
    assert {one.outcome for one in found.values()} == {"infeasible"}
    assert state.implied == 2


def test_a_bound_that_follows_proves_a_value(path: Path):
    """A limit with value 3 is optimal where more crashes have the optimum 3; 2 stays open."""
    todo = jobs(*({"crashes": c} for c in (0, 1, 2, 3)))
    answers: dict[int, dict[str, Any]] = {
        c: {"outcome": "feasible", "status": "feasible", "value": c + 1, "bound": 9,
            "verdict": "undecided"} for c in (0, 1, 2)
    } | {3: {"value": 3}}  # fmt: skip
    _, _, found = run(path, todo, lambda job: answers[job.instance.crashes])
    proven = found["dbft2-strict-n13-v1-c2-undecided highs"]
    assert (proven.outcome, proven.bound, proven.status) == ("optimal", 3, "feasible")
    assert proven.implied == "dbft2-strict-n13-v1-c3-undecided"
    still = found["dbft2-strict-n13-v1-c1-undecided highs"]
    assert (still.outcome, still.value, still.bound) == ("feasible", 2, 3)


def test_contradictions_are_believed_in_neither(path: Path):
    """Fewer crashes cannot give more: both fail, and another solver is asked about both."""
    todo = jobs({"crashes": 0}, {"crashes": 3})

    def script(job: Job) -> dict[str, Any]:
        wrong = job.solver == "highs" and job.instance.crashes == 0
        return {"value": 9 if wrong else job.instance.crashes}

    state, _, found = run(path, todo, script)
    assert [found[f"dbft2-strict-n13-v1-{c}undecided highs"].outcome for c in ("", "c3-")] == [
        "failed", "failed"
    ]  # fmt: skip
    assert [found[f"dbft2-strict-n13-v1-{c}undecided cbc"].value for c in ("", "c3-")] == [0, 3]
    assert "contradicts" in found["dbft2-strict-n13-v1-undecided highs"].reason
    assert state.retried == 2


def test_what_nests_with_what():
    """Only fields that add executions; Byzantine nodes take correct ones away, horizons force."""

    def spot(**change: Any) -> Any:
        return place(make_instance(FORKS | change))

    assert spot(crashes=1).covers(spot())
    assert not spot().covers(spot(crashes=1))
    assert spot(byzantine=1).group != spot().group
    goal = {"objective": "faults_fork", "values": 2}
    assert spot(**goal, byzantine=2, crashes=1).covers(spot(**goal, byzantine=1))
    assert not spot(**goal, byzantine=2).covers(spot(**goal, crashes=1))
    forks = {"objective": "forks", "byzantine": 1}
    assert spot(**forks, horizon=9).covers(spot(**forks, horizon=8))
    bound = {"network": "synchronous"}
    assert spot(**forks, **bound, horizon=9).group != spot(**forks, **bound, horizon=8).group
    assert spot(byzantine=1, horizon=9).group != spot(byzantine=1, horizon=8).group
    assert place(make_instance({"protocol": "dbft2", "n": 4, "horizon": 5, "objective": "p1"})
                 ) is None  # fmt: skip


def test_two_sweeps_solve_nothing_twice(path: Path):
    """While one works, the other takes what is left, and keeps what the first has found."""
    todo = jobs(*({"byzantine": b} for b in range(4)))
    inner: list[Any] = []

    def script(job: Job) -> dict[str, Any]:
        if not inner:
            inner.append(None)
            mine = [one for one in todo if one != job]
            inner.append(run_inside(mine))
        return {}

    def run_inside(mine: list[Job]) -> list[Job]:
        pool = Scripted(lambda _: {})
        with Store(path, writable=True) as store:
            sweep(mine, store, pool, lambda *_: None)
        return pool.asked

    with Store(path, writable=True) as store:
        pool = Scripted(script)
        state = sweep(todo, store, pool, lambda *_: None)
        assert len(list(store.records())) == 4
    assert (state.solved, state.kept, len(pool.asked), len(inner[1])) == (1, 3, 1, 3)


def test_a_store_that_cannot_be_written_ends_it(path: Path, monkeypatch: pytest.MonkeyPatch):
    """After some patience, with the one line of the store; the pool is closed."""
    from importlib import import_module

    monkeypatch.setattr(import_module("milpbft.sweep.sweep"), "_PATIENCE", 0.3)
    pool = Scripted(lambda _: {})

    def full(*_: object) -> None:
        raise InputError("store", "x", "a disk that has room")

    with Store(path, writable=True) as store:
        monkeypatch.setattr(store, "put", full)
        with pytest.raises(InputError, match="room"):
            sweep(jobs({}), store, pool, lambda *_: None)
    assert not pool.open
