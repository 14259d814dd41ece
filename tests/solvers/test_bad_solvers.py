"""A solver that crashes, hangs, hoards, chatters or lies costs one result and no more."""

from __future__ import annotations

import math
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from milpbft.errors import InputError, Interrupted
from milpbft.expectation import agree
from solvers import Limits, available, registry, solve

if TYPE_CHECKING:
    from collections.abc import Callable

    from milpbft.milp.problem import Problem

SEVEN = np.array([0, 0, 1])
NINE = np.array([1, 1, 0])


@pytest.mark.parametrize(
    ("function", "message"),
    [
        ("raises", "MemoryError: no room"),
        ("absent_solver", "ModuleNotFoundError: No module named 'no_such_package'"),
        ("dies", "the solver's process died (SIGSEGV)"),
        ("exits", "the solver's process died (exit code 3): last words"),
        ("breaks_a_row", "the solver's point breaks row_0: 12 <= 7 does not hold"),
        ("is_nowhere", "the solver's point has values that are not finite"),
        ("says_unbounded", "the solver says unbounded, but every variable has finite bounds"),
    ],
)
def test_failures(knapsack: Problem, backend: Callable[[str], str], function: str, message: str):
    """Every failure is an error with one line that names it, and carries no point."""
    solution = solve(knapsack, backend(function))
    assert (solution.status, solution.values, solution.message) == ("error", None, message)


@pytest.mark.parametrize(
    ("function", "message"),
    [
        ("says_seven", "the solver says that 7 is optimal, but a start has 9"),
        ("says_infeasible", "the solver says infeasible, but a start satisfies every row"),
    ],
)
def test_a_start_refutes_a_claim(
    knapsack: Problem, backend: Callable[[str], str], function: str, message: str
):
    """Known points catch wrong optima and false infeasibility."""
    solution = solve(knapsack.with_starts([SEVEN, NINE]), backend(function))
    assert (solution.status, solution.message) == ("error", message)


def test_a_false_optimum_takes_a_second_prover(knapsack: Problem, backend: Callable[[str], str]):
    """A point that passes every row, called optimal with a bound that meets it, shows no fault.

    CBC 2.10.3 did so. Only another prover contradicts it, whatever the order.
    """
    false, true = solve(knapsack, backend("says_seven")), solve(knapsack, "highs")
    assert (false.status, false.objective, false.bound) == ("optimal", 7, 7)
    assert (true.status, true.objective) == ("optimal", 9)
    assert agree(false, true, "max").status == agree(true, false, "max").status == "refuted"


def test_a_start_refutes_a_bound(knapsack: Problem, backend: Callable[[str], str]):
    """A bound that a known point beats is an error, also without an optimum."""
    solution = solve(knapsack.with_starts([NINE]), backend("leaves_a_gap"))
    assert solution.status == "error"


def test_optimal_needs_the_bound(knapsack: Problem, backend: Callable[[str], str]):
    """A claimed optimum whose bound does not meet its value is only feasible."""
    solution = solve(knapsack, backend("leaves_a_gap"))
    assert (solution.status, solution.objective, solution.bound) == ("feasible", 7, 8)
    assert solution.message == "the solver says optimal, but value and bound differ"


def test_limit_without_a_point(knapsack: Problem, backend: Callable[[str], str]):
    """Without incumbent and start, a limit leaves only the bound."""
    solution = solve(knapsack, backend("gives_up"), Limits(seconds=5))
    assert (solution.status, solution.objective, solution.bound) == ("limit", None, 12)
    assert solution.message == "the time limit of 5 s was reached"


def test_limit_falls_back_to_the_start(knapsack: Problem, backend: Callable[[str], str]):
    """A solver that found nothing does not lose the start."""
    solution = solve(knapsack.with_starts([NINE]), backend("gives_up"), Limits(seconds=5))
    assert (solution.status, solution.objective, solution.bound) == ("feasible", 9, 12)


def test_best_start_is_handed_over(knapsack: Problem, backend: Callable[[str], str]):
    """The backend sees the best start as an array of every variable's value."""
    solution = solve(knapsack.with_starts([SEVEN, NINE]), backend("echoes_the_start"))
    assert (solution.status, solution.objective, solution.bound) == ("feasible", 9, 20)


def test_overrun_is_ended(knapsack: Problem, backend: Callable[[str], str]):
    """A solver that ignores its time limit is ended after the grace, at the start's value."""
    began = time.monotonic()
    limits = Limits(seconds=0.2, grace=0.3)
    solution = solve(knapsack.with_starts([SEVEN]), backend("hangs"), limits)
    assert time.monotonic() - began < 5
    assert (solution.status, solution.objective, solution.bound) == ("feasible", 7, None)
    assert solution.message == "the time limit of 0.2 s was reached and the solver was ended"


def test_overrun_without_a_start(knapsack: Problem, backend: Callable[[str], str]):
    """Nothing known and nothing said: only the limit is reported."""
    assert solve(knapsack, backend("hangs"), Limits(seconds=0, grace=0.1)).status == "limit"


def test_notes_survive_the_end(knapsack: Problem, backend: Callable[[str], str]):
    """What a solver told before it was ended counts: its best valid point and tightest bound."""
    limits = Limits(seconds=0.2, grace=0.5)
    solution = solve(knapsack, backend("hangs_with_notes"), limits)
    assert (solution.status, solution.objective, solution.bound) == ("feasible", 7, 10)


@pytest.mark.parametrize("function", ["gives_up_when_asked", "hangs_with_notes"])
def test_an_interrupted_solver_proves_nothing(
    knapsack: Problem, backend: Callable[[str], str], function: str
):
    """Its last point counts; what it says of infeasibility as it is torn away does not."""
    signalled = (threading.get_ident(), signal.SIGINT)
    threading.Timer(1.5, signal.pthread_kill, signalled).start()
    with pytest.raises(Interrupted) as stop:
        solve(knapsack, backend(function), Limits(grace=1))
    solution = stop.value.found
    assert (solution.status, solution.objective) == ("feasible", 7)


def test_memory_limit(knapsack: Problem, backend: Callable[[str], str]):
    """A solver that hoards memory is ended, and the start is kept."""
    solution = solve(knapsack.with_starts([SEVEN]), backend("eats"), Limits(memory_mb=200))
    assert (solution.status, solution.objective) == ("feasible", 7)
    assert solution.message == "the memory limit of 200 MiB was reached and the solver was ended"


def test_nothing_is_left_behind(
    knapsack: Problem,
    backend: Callable[[str], str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
):
    """Files that a solver was writing when it was ended are removed."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    solution = solve(knapsack, backend("litters"), Limits(seconds=0, grace=0.5))
    assert solution.status == "limit"
    assert not list(tmp_path.iterdir())


def test_chatter_stays_off_stdout(
    knapsack: Problem,
    backend: Callable[[str], str],
    capfd: pytest.CaptureFixture[str],
    tmp_path: Path,
):
    """What a solver prints, from Python or from C, goes to the log and never to our stdout."""
    log = tmp_path / "log"
    assert solve(knapsack, backend("chatters"), log=log).objective == 9
    assert solve(knapsack, "highs", log=log).objective == 9
    assert capfd.readouterr() == ("", "")
    assert "more garbage" in log.read_text()
    assert "HiGHS" in log.read_text()


def test_the_process_is_light(knapsack: Problem, backend: Callable[[str], str]):
    """The solver's process starts without what takes long to import and serves it nothing."""
    loaded = solve(knapsack, backend("lists_modules")).message.split()
    assert "numpy" in loaded
    heavy = {"scipy", "pydantic", "mip", "highspy", "ortools", "pulp", "importlib.metadata"}
    assert not heavy & set(loaded)


def test_no_main_guard_is_needed(tmp_path: Path):
    """A plain script may solve at its top level: its main module is not imported again."""
    script = tmp_path / "script.py"
    folder = Path(__file__).parent
    script.write_text(
        f"import sys; sys.path[:0] = [{str(folder)!r}, {str(folder.parent.parent)!r}]\n"
        "from handmade import problem\nfrom solvers import solve\n"
        "print(solve(problem([[1]], [-1], [1], [1], [1]), 'highs').objective)\n"
    )
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=False)
    assert done.stdout == "1\n", done.stderr


def test_the_process_dies_with_its_parent(tmp_path: Path):
    """When the caller is killed, its solver does not go on alone."""
    folder, alive = Path(__file__).parent, tmp_path / "pid"
    code = (
        f"import sys; sys.path[:0] = [{str(folder)!r}, {str(folder.parent.parent)!r}]\n"
        "import subprocess\nfrom handmade import problem\nfrom solvers import registry, solve\n"
        "start = subprocess.Popen\n"
        "def note(*args, **options):\n"
        "    process = start(*args, **options)\n"
        f"    open({str(alive)!r}, 'w').write(str(process.pid))\n"
        "    return process\n"
        "subprocess.Popen = note\n"
        "registry.BACKENDS['hangs'] = 'misbehaving:hangs'\n"
        "solve(problem([[1]], [-1], [1], [1], [1]), 'hangs')\n"
    )
    caller = subprocess.Popen([sys.executable, "-c", code])
    _wait_for(lambda: alive.exists() and alive.read_text())
    time.sleep(1)
    caller.kill()
    caller.wait()
    _wait_for(lambda: not _runs(int(alive.read_text())))


def test_unknown_solver(knapsack: Problem):
    """An unknown or absent solver is refused in one line that lists the others."""
    for name in ("cplexx", "pulp:NO_SUCH", "pulp:"):
        with pytest.raises(InputError, match=r"^solver: .* one of cbc, highs") as caught:
            solve(knapsack, name)
        assert caught.value.field == "solver"


def test_absent_bridge(knapsack: Problem, monkeypatch: pytest.MonkeyPatch):
    """Without PuLP, its solvers are refused with the extra that brings it, and not offered."""
    monkeypatch.setitem(sys.modules, "pulp", None)
    registry._bridged.cache_clear()
    try:
        assert available() == ["cbc", "highs", "cpsat"]
        with pytest.raises(InputError, match=r"pip install 'milpbft\[pulp\]'"):
            solve(knapsack, "pulp:PULP_CBC_CMD")
    finally:
        registry._bridged.cache_clear()


def test_available():
    """The default comes first, and PuLP's solvers carry its prefix."""
    names = available()
    assert names[:3] == ["cbc", "highs", "cpsat"]
    assert all(name.startswith("pulp:") for name in names[3:])


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("seconds", -1),
        ("seconds", math.nan),
        ("seconds", math.inf),
        ("seconds", 1e10),
        ("memory_mb", 0),
        ("threads", 0),
        ("grace", -0.5),
        ("grace", math.inf),
    ],
)
def test_limits_are_validated(field: str, value: float):
    """A limit out of range is refused by name."""
    with pytest.raises(InputError, match=f"^{field}: "):
        Limits(**{field: value})


def _wait_for(condition: Callable[[], object], seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


def _runs(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    if Path("/proc/self/stat").exists():
        # A killed process that nobody has waited for yet is a zombie, not a survivor.
        try:
            return stat.read_text().rsplit(")", 1)[1].split()[0] != "Z"
        except OSError:
            return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
