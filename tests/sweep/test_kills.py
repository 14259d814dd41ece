"""Kill everything at any time: what is stored stays, and the end is that of a calm run."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from milpbft.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
KILLS = 10  # five times
FAMILY = """
time_limit = 60
solvers = ["highs"]
[[instances]]
protocol = ["dbft2", "pbft"]
semantics = "strict"
n = [4, 7]
views = 1
byzantine = {from = 0, to = "f"}
objective = ["undecided", "forks"]
"""
Row = tuple[str, str, str, int | None, int | None]


@pytest.fixture(scope="module")
def family(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the family."""
    path = tmp_path_factory.mktemp("kills") / "family.toml"
    path.write_text(FAMILY)
    return path


@pytest.fixture(scope="module")
def calm(family: Path) -> set[Row]:
    """Return what an undisturbed run stores."""
    out = family.with_name("calm.db")
    assert start(family, out).wait() == 0
    found = rows(out)
    assert len(found) == 20
    return found


def start(family: Path, out: Path, *options: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "cli.py", "sweep", str(family), "--out", str(out), *options]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def rows(out: Path) -> set[Row]:
    with Store(out) as store:
        return {(one.instance, one.solver, one.outcome, one.value, one.bound)
                for one in store.records()}  # fmt: skip


def stored(out: Path) -> dict[object, str]:
    """Return every row that is there with its time: a row that is solved again has a new one."""
    if not out.exists() or not out.stat().st_size:
        return {}
    with Store(out) as store:
        return {one.key: f"{one.ended} {one.seconds} {one.answer}" for one in store.records()}


def below(pid: int) -> Iterator[int]:
    """Yield the processes below one, children before theirs."""
    done = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, check=False
    )
    for child in map(int, done.stdout.split()):
        yield child
        yield from below(child)


@pytest.mark.parametrize("seed", range(5))
def test_ten_kills_of_the_sweep(family: Path, calm: set[Row], tmp_path: Path, seed: int):
    """At random times, in the middle of anything: no row is lost, changed or solved twice."""
    chance, kills, rounds = random.Random(seed), 0, 0
    while kills < KILLS:
        out, before, rounds = tmp_path / f"{rounds}.db", {}, rounds + 1
        while True:
            process = start(family, out, "--workers", "2")
            children: list[int] = []
            try:
                # The last sweep is left alone: on a busy machine none might end in time.
                process.wait(chance.uniform(0.2, 6.0) if kills < KILLS else None)
            except subprocess.TimeoutExpired:
                children = list(below(process.pid))
                process.kill()
                kills += 1
            process.wait()
            after = stored(out)
            assert before.items() <= after.items(), "a row was lost or solved again"
            before = after
            deadline = time.monotonic() + 20
            while any(map(_runs, children)):
                assert time.monotonic() < deadline, "a worker or a solver outlives its sweep"
                time.sleep(0.1)
            if process.returncode == 0:
                break
            assert process.returncode == -signal.SIGKILL
        assert rows(out) == calm


def test_kills_of_workers_and_solvers(family: Path, calm: set[Row], tmp_path: Path):
    """Whatever is killed, the answers are those of a calm run, by whichever solver."""
    out, chance = tmp_path / "results.db", random.Random(17)
    process = start(family, out, "--workers", "2")
    killed = 0
    while process.poll() is None:
        time.sleep(chance.uniform(0.5, 3.0))
        victims = list(below(process.pid))
        if victims and killed < 12:
            os.kill(chance.choice(victims), signal.SIGKILL)
            killed += 1
    assert killed >= 5
    assert process.returncode in (0, 1)
    wanted = {(name, value) for name, _, _, value, _ in calm}
    with Store(out) as store:
        for one in store.records():
            assert one.outcome == "optimal" or "died" in one.reason
            assert one.outcome == "failed" or (one.instance, one.value) in wanted
    # Whoever was killed again and again is solved when it is calm.
    assert start(family, out, "--again").wait() == 0
    assert {row for row in rows(out) if row[1] == "highs"} == calm


def test_a_scheduler_that_is_killed(family: Path, calm: set[Row], tmp_path: Path):
    """One clear line, and a new scheduler goes on."""
    pytest.importorskip("distributed")
    out = tmp_path / "results.db"
    place = tmp_path / "scheduler.json"
    cluster = _cluster(place)
    process = start(family, out, "--scheduler", _address(place))
    _until(lambda: len(stored(out)) >= 3)
    cluster[0].kill()
    _, said = process.communicate(timeout=60)
    assert process.returncode == 2
    assert said.decode().splitlines()[-1].startswith("error: scheduler: ")
    before = stored(out)
    _end(cluster)
    place.unlink()
    cluster = _cluster(place)
    process = start(family, out, "--scheduler", _address(place))
    threading.Timer(3.0, cluster[1].kill).start()  # one of two workers
    process.communicate(timeout=300)
    _end(cluster)
    assert process.returncode == 0
    assert before.items() <= stored(out).items()
    assert rows(out) == calm


def _cluster(place: Path) -> list[subprocess.Popen[bytes]]:
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    code = "from distributed.cli.{0} import main; main()"
    tail = ["--scheduler-file", str(place), "--no-dashboard"]
    found = [
        subprocess.Popen(
            [sys.executable, "-c", code.format("dask_scheduler"), *tail, "--port", "0",
             "--host", "127.0.0.1"], env=environment, **quiet,
        )
    ]  # fmt: skip
    _until(place.exists)
    for _ in range(2):
        command = [sys.executable, "-c", code.format("dask_worker"), *tail, "--nthreads", "1",
                   "--nworkers", "1", "--no-nanny"]  # fmt: skip
        found.append(subprocess.Popen(command, env=environment, **quiet))
    return found


def _address(place: Path) -> str:
    import json

    return str(json.loads(place.read_text())["address"])


def _end(processes: list[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        process.kill()
        process.wait()


def _until(condition: Callable[[], bool], seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.2)


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False
