"""No solver that misbehaves is believed: caught, kept with its log, and tried once by another."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from milpbft.question.files import make_instance
from milpbft.store import Record, Store, unpack
from milpbft.sweep import Job, LocalPool, State, sweep
from solvers import registry

if TYPE_CHECKING:
    from collections.abc import Iterator

SLOW = pytest.mark.slow
HERE = Path(__file__).parent
LOCK = {"protocol": "dbft2", "semantics": "strict", "n": 4, "views": 1, "crashes": 1,
        "objective": "undecided"}  # fmt: skip


@pytest.fixture(autouse=True)
def _fakes(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.syspath_prepend(str(HERE))
    before = dict(registry.BACKENDS)
    import fakes

    fakes.register()
    yield
    registry.BACKENDS.clear()
    registry.BACKENDS.update(before)


def run(tmp_path: Path, solver: str, boot: str = "main", **settings: object) -> list[Record]:
    """Sweep the one instance with a fake solver; return what is stored."""
    job = Job.of(make_instance(LOCK), solver, **settings)
    states: list[State] = []
    with Store(tmp_path / "results.db", writable=True) as store:
        pool = LocalPool(1, f"from fakes import {boot}; {boot}()")
        state = sweep([job], store, pool, lambda state, record: states.append(state))
        found = list(store.records(blobs=True))
    assert (state.solved, state.retried) == (1, len(found) - 1)
    return found


@pytest.mark.parametrize(
    ("fake", "reason"),
    [
        ("crashes", "the solver's process died (SIGSEGV)"),
        pytest.param("killed", "the solver's process died (SIGKILL)", marks=SLOW),
        pytest.param("garbage", "the solver's point has values that are", marks=SLOW),
        pytest.param("noise", "the solver's process died", marks=SLOW),
        pytest.param("infeasible_point", "the solver's point breaks", marks=SLOW),
        ("false_infeasible", "false_infeasible infeasible, cbc optimum 3"),
        pytest.param("kills_worker", "the worker died (SIGKILL)", marks=SLOW),
    ],
)
def test_it_is_caught_and_another_solver_is_asked(tmp_path: Path, fake: str, reason: str):
    """The failure has its log; the answer is that of the other solver."""
    failed, answer = run(tmp_path, fake)
    assert (failed.solver, failed.outcome, failed.verdict) == (fake, "failed", "refuted")
    assert failed.reason.startswith(reason)
    assert (failed.value, failed.schedule) == (None, None)
    assert (answer.solver, answer.outcome, answer.value) == ("cbc", "optimal", 3)
    if fake == "crashes":
        assert failed.log is not None
        assert "last words of the solver" in unpack(failed.log)


@SLOW
def test_one_that_hangs_is_a_limit(tmp_path: Path):
    """Nothing is known to be wrong with it: the limit ends it, and says so."""
    began = time.monotonic()
    (found,) = run(tmp_path, "hangs", time_limit=0.2)
    assert time.monotonic() - began < 30
    assert (found.outcome, found.value, found.bound) == ("limit", None, None)
    assert "the solver was ended" in found.message


@SLOW
def test_a_worker_that_talks_nonsense(tmp_path: Path):
    """Nothing that it says is taken in, for any solver; nobody's answer is made up."""
    records = run(tmp_path, "highs", boot="babbles")
    assert [one.outcome for one in records] == ["failed", "failed"]
    assert all("no record" in one.reason for one in records)


@SLOW
def test_a_worker_that_never_comes_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """It is ended when the patience with it is over, and so is its solver."""
    from milpbft.sweep import pool

    monkeypatch.setattr(pool, "patience", lambda job: 0.3)
    records = run(tmp_path, "hangs")
    assert [one.outcome for one in records] == ["failed", "failed"]
    assert "did not come back in time" in records[0].reason


@SLOW
def test_a_false_optimum_takes_another_prover(tmp_path: Path):
    """Rows and replay have nothing against a poor value; a second solver has."""
    failed, answer = run(tmp_path, "false_optimal", second="highs")
    assert failed.outcome == "failed"
    assert failed.reason.startswith("false_optimal optimum 0") or "a start has" in failed.reason
    assert (answer.outcome, answer.value) == ("optimal", 3)
    assert answer.solver not in ("false_optimal", "highs")
    assert ("second-solver", "confirmed") in [check[:2] for check in answer.checks]


@SLOW
def test_nothing_is_solved_again(tmp_path: Path):
    """A failure and its retry are results: the next sweep has nothing to do, unless asked."""
    run(tmp_path, "killed")
    job = Job.of(make_instance(LOCK), "killed")
    with Store(tmp_path / "results.db", writable=True) as store:
        pool = LocalPool(1, f"import sys; sys.exit({sys.maxsize % 7})")
        state = sweep([job], store, pool, lambda *_: None)
    assert (state.kept, state.solved) == (1, 0)
