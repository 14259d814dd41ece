"""A tree that is split among processes: its parts are one proof, and nobody is left behind."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import threading
import time
from subprocess import PIPE
from typing import TYPE_CHECKING

import numpy as np
import pytest

from milpbft.certify import check_certificate
from milpbft.milp.certificate.proof import proof_of
from milpbft.milp.certificate.write import write_certificate
from solvers import Limits
from solvers.certify import crew, root
from solvers.certify import search as search_module
from solvers.certify.crew import Crew, job_of
from solvers.certify.cutoff import BetterPointError, OutOfTimeError
from solvers.certify.hand import Start, Subtrees
from solvers.certify.task import ProofTask
from solvers.process import run
from solvers.task import Task
from tests.milp.certificate.plain_checker import accepts
from tests.solvers.certify.test_proofs import enumerated
from tests.solvers.handmade import problem

if TYPE_CHECKING:
    from pathlib import Path

    from milpbft.milp.certificate.steps import Step
    from milpbft.milp.problem import Problem
    from solvers.certify.hand import Report


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Split from the first node on, and as often as can be."""
    monkeypatch.setattr(search_module, "_WITHOUT_CUTS", 0)
    monkeypatch.setattr(crew, "_PATIENCE", 0.02)


def market(products: int = 11) -> Problem:
    """Market split: two shops whose demands are to be halved, as nearly as can be."""
    demand = np.random.default_rng(4).integers(10, 100, (2, products))
    slack = np.eye(2, dtype=np.int64)
    return problem(
        np.hstack([demand, slack, -slack]),
        [0] * 2,
        demand.sum(axis=1) // 2,
        [1] * products + [1000] * 4,
        [0] * products + [1] * 4,
        sense="min",
    )


def knotted(dice: np.random.Generator) -> Problem:
    """Draw two sums of six integers that are to be met, which bounds alone decide late."""
    weights = dice.integers(3, 21, (2, 6))
    upper = dice.integers(1, 3, 6)
    sides = weights @ dice.integers(0, upper + 1) + dice.integers(0, 2, 2)
    relation = [0, int(dice.choice([-1, 1]))]
    return problem(weights, relation, sides, upper, dice.integers(-5, 6, 6))


def halved(made: Problem) -> np.ndarray:
    """Return the best point of a market split, by trying all."""
    demand = made.matrix.toarray()[:, :-4]
    points = np.array([[k >> j & 1 for j in range(demand.shape[1])] for k in range(2**11)])
    over = made.rhs - points @ demand.T
    best = int(np.argmin(np.abs(over).sum(axis=1)))
    return np.concatenate([points[best], np.maximum(over[best], 0), np.maximum(-over[best], 0)])


def task_of(made: Problem, value: int | None, threads: int = 2) -> ProofTask:
    task = Task.of(made, Limits(threads=threads), "", chatty=False)
    return ProofTask(**vars(task), value=value, kind="tree")


def believed(path: Path, made: Problem, best: np.ndarray | None, search: Crew) -> bool:
    """Write what a search proves, and ask both verifiers."""
    proof = proof_of(search.run(), search.given, search.nodes, 10**8)
    write_certificate(path, made, best, proof)
    verdict = check_certificate(path, made, None if best is None else made.value(best))
    assert accepts(path.read_text()) == bool(verdict)
    return bool(verdict)


class Rehearsed(Crew):
    """Hands in this very process, which pause after a drawn number of nodes."""

    dice = np.random.default_rng(5)
    paused = 0

    def _hired(self, start: Start):
        self.start = start
        return crew._Hand(subprocess.Popen(["true"], stdin=PIPE, stdout=PIPE))

    def _conduct(self) -> Step:
        hands = {hand: Paced(pickle.loads(pickle.dumps(self.start))) for hand in self._hands}
        while True:
            for hand, search in hands.items():
                hand.job = self._next(hand)
                if hand.job is None:
                    continue
                search.most = int(self.dice.integers(1, 4))
                report = search.work(job_of(hand.job, 1))
                self.paused += report.forks is not None
                refuted = self._take_report(hand, pickle.loads(pickle.dumps(report)))
                if refuted is not None:
                    return refuted


class Paced(Subtrees):
    """It pauses after so many nodes."""

    most = 1

    def _pauses(self) -> bool:
        return self.nodes > self.most


def test_parts_of_random_problems(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Each optimum is proven in pieces of a few nodes; a worse value meets a better point."""
    dice = np.random.default_rng(12)
    paused = infeasible = refuted = 0
    for k in range(40):
        # With all cuts, the root is mostly all that there is.
        monkeypatch.setattr(root, "_ROUNDS", k % 2)
        made = knotted(dice)
        best = enumerated(made)
        value = None if best is None else made.value(best)
        infeasible += value is None
        search = Rehearsed(task_of(made, value))
        assert believed(tmp_path / "a.vipr", made, best, search), (made, value)
        paused += search.paused
        if value is not None and made.objective.any():
            wrong = value - 1 if made.sense == "max" else value + 1
            with pytest.raises(BetterPointError) as met:
                Rehearsed(task_of(made, wrong)).run()
            assert made.value(met.value.point) == value
            refuted += 1
    assert paused > 50
    assert infeasible > 5
    assert refuted > 30


def test_a_long_proof_in_pieces(tmp_path: Path):
    """Hundreds of pauses, each of which leaves parts to the other."""
    made = market()
    search = Rehearsed(task_of(made, made.value(halved(made)), threads=3))
    assert believed(tmp_path / "a.vipr", made, halved(made), search)
    assert search.paused > 30


class Watched(Crew):
    """It notes who refuted what, and may end one of its processes meanwhile."""

    ends = False

    def _take_report(self, hand: crew._Hand, report: Report) -> Step | None:
        refuted = super()._take_report(hand, report)
        self.reports = [*getattr(self, "reports", []), (hand, report.forks is None)]
        if self.ends and report.forks is not None:
            hand.process.kill()
            self.ends = False
        return refuted


@pytest.mark.parametrize("ends", [False, True])
def test_processes_share_a_tree(tmp_path: Path, ends: bool):
    """Two work on it; where one dies in the middle, the other does what that one had."""
    made = market()
    search = Watched(task_of(made, made.value(halved(made))))
    search.ends = ends
    assert believed(tmp_path / "a.vipr", made, halved(made), search)
    assert not all(whole for _, whole in search.reports)
    assert len({hand for hand, _ in search.reports}) == 2
    assert len(search._hands) == 2 - ends


def test_without_any_hand_the_search_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Processes that cannot so much as start cost no proof."""
    monkeypatch.setattr(crew, "_BOOT", "raise SystemExit(3)")
    made = market()
    search = Crew(task_of(made, made.value(halved(made))))
    assert believed(tmp_path / "a.vipr", made, halved(made), search)
    assert not search._hands


def test_a_better_point_is_told():
    """One of them meets it; the value is wrong, and no proof is claimed."""
    made = market()
    value = made.value(halved(made))
    with pytest.raises(BetterPointError) as met:
        Crew(task_of(made, value + 1)).run()
    assert made.value(met.value.point) <= value
    assert not made.violations(met.value.point)


class Hurried(Crew):
    """It has a second from when its processes start."""

    def _hired(self, start: Start):
        self._deadline = self._clock() + 1
        return super()._hired(start)


def test_a_limit_ends_all(split: Problem):
    """Where the time is over, there is no proof, and no process."""
    search = Hurried(task_of(split, 1))
    with pytest.raises(OutOfTimeError):
        search.run()
    assert [hand.process.poll() for hand in search._hands] == [-signal.SIGKILL] * 2


def processes() -> list[tuple[int, int, str]]:
    """Return the processes that run, each with its parent and how it was called."""
    command = ["ps", "-A", "-ww", "-o", "pid=,ppid=,stat=,args="]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    rows = [line.split(maxsplit=3) for line in listed.splitlines()]
    return [(int(pid), int(up), *args) for pid, up, stat, *args in rows if stat[0] != "Z"]


def crew_of(process: int) -> tuple[list[int], list[int]]:
    """Return who conducts and who proves below a process."""
    found = processes()
    below = {pid for pid, up, *_ in found if up == process}
    hands = {pid: up for pid, up, args in found if up in below and "certify.hand" in args}
    return sorted({*hands.values()}), [*hands]


@pytest.mark.parametrize("how", ["interrupt", "kill"])
def test_nobody_is_left_behind(split: Problem, how: str):
    """Neither Ctrl-C nor the death of the process that conducts leaves one of the others."""
    main, seen = threading.get_ident(), list[int]()

    def end() -> None:
        heads, seen[:] = crew_of(os.getpid())
        while len(seen) < 2:
            time.sleep(0.1)
            heads, seen[:] = crew_of(os.getpid())
        if how == "interrupt":
            signal.pthread_kill(main, signal.SIGINT)
        else:
            os.kill(heads[0], signal.SIGKILL)

    # Exact keeps Ctrl-C to itself in a process where another test has run it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    threading.Thread(target=end, daemon=True).start()
    limits = Limits(seconds=60, threads=2)
    target = "tests.solvers.certify.racing:split_at_once"
    outcome = run(task_of(split, 1), target, limits, None)
    assert outcome.ended == ("interrupt" if how == "interrupt" else "")
    assert "SIGKILL" in outcome.reason or how == "interrupt"
    until = time.monotonic() + 10
    while left := {pid for pid, *_ in processes()} & set(seen):
        assert time.monotonic() < until, f"left behind: {left}"
        time.sleep(0.05)
    assert len(seen) == 2
