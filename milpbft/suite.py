"""Suite: instance files, solved one by one and held against their expected optima."""

from __future__ import annotations

import queue
import re
import threading
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import perf_counter
from traceback import extract_tb
from typing import TYPE_CHECKING, Any, Literal, get_args

from milpbft.cases import Broken, Case
from milpbft.certify import Certificate, certify
from milpbft.errors import InputError, Interrupted
from milpbft.expectation import agree, assess, compare
from milpbft.places import stands
from milpbft.question.files import Evidence, Kind
from milpbft.room import room_of
from milpbft.solve import ask, solve, solver_for, with_runs
from milpbft.solvers import Limits, choose, engine, search_kind
from milpbft.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from milpbft.question.files import Expected
    from milpbft.question.part import Question
    from milpbft.result import Result

Word = Literal["ok", "FAIL", "limit", "new", "error"]
WORDS: tuple[Word, ...] = ("ok", "FAIL", "limit", "new", "error")
NOT_RUN = "not run: interrupted"


@dataclass(frozen=True)
class Settings:
    """How cases are solved.

    Parameters
    ----------
    solver
        Name of the solver, see :func:`solvers.available`; None for the default of each instance.
    limits
        Of each solve.
    start
        Whether solvers are given a MIP start.
    second
        Name of a second solver that must reach the same value; None for that of the room, if any.
    certificates
        Directory in which each optimum is proven in a certificate; None for no check of that.
    search
        The one kind of search that looks for proofs: tree, learning or planes; None for all.

    Raises
    ------
    InputError
        Where a solver or kind of search is unknown or not installed, or the second solver is the
        first.
    """

    solver: str | None = None
    limits: Limits = field(default_factory=Limits)
    start: bool = True
    second: str | None = None
    certificates: Path | None = None
    search: str | None = None

    def __post_init__(self) -> None:
        search_kind(self.search)
        for name in filter(None, (self.solver, self.second)):
            choose(name)
        if self.solver:
            self._compare(self.solver)

    def suit(self, instance: Question) -> None:
        """Find out whether an instance can be solved so.

        Raises
        ------
        InputError
            Where the second solver is the one that the instance is given to by default: nobody
            confirms himself.
        """
        if self.second:
            self._compare(self.solver or solver_for(instance))

    def _compare(self, first: str) -> None:
        if self.second and engine(first) == engine(self.second):
            raise InputError("second", self.second, f"another solver than {first}, which is first")


@dataclass(frozen=True)
class Outcome:
    """What came of one case.

    Parameters
    ----------
    case
        The case.
    result
        What solving it gave; None where it crashed.
    verdict
        The verdict on the result, or ``refuted`` with the error.
    seconds
        Wall-clock time, with building, checks and a second solver.
    certificate
        What came of proving the optimum; None where that was not asked for.
    """

    case: Case | Broken
    result: Result | None
    verdict: Verdict
    seconds: float
    certificate: Certificate | None = None

    @classmethod
    def unread(cls, broken: Broken) -> Outcome:
        """Return what comes of a file that is no instance."""
        return cls(broken, None, Verdict("file", "refuted", str(broken.error)), 0.0)

    @classmethod
    def not_run(cls, case: Case) -> Outcome:
        """Return what comes of a case that an interrupt left undone."""
        return cls(case, None, Verdict("solver", "undecided", NOT_RUN), 0.0)

    @property
    def name(self) -> str:
        """Name of the instance, or of a file that holds none."""
        case = self.case
        return str(case.path) if isinstance(case, Broken) else case.instance.name

    @property
    def expected(self) -> Expected | None:
        """What is expected, if anything is."""
        return None if isinstance(self.case, Broken) else self.case.expected

    @property
    def word(self) -> Word:
        """``ok``, ``FAIL``, ``limit``, ``new`` where nothing was expected, ``error`` of a file."""
        if isinstance(self.case, Broken):
            return "error"
        unasked = self.case.expected is None
        if self.verdict.status == "undecided":
            return "limit"
        if self.verdict:
            return "new" if unasked else "ok"
        # Nobody has said yet what replicas make of a new instance.
        return "new" if unasked and self.verdict.check == "replay" else "FAIL"

    @property
    def evidence(self) -> Evidence:
        """What this run has shown of the value, and what the instance file says of earlier ones."""
        recorded = None if isinstance(self.case, Broken) else self.case.evidence
        recorded = recorded or Evidence()
        return recorded.joined(self._shown(recorded.model))

    def _shown(self, model: str | None) -> Evidence:
        """Return what this run has shown of a model, which is that of its instance."""
        if self.result is None or not self._stands:
            return Evidence(model=model)
        passed = {check.check for check in self.result.checks if check}
        nodes = size = None
        if self.certificate is not None and self.certificate.verdict:
            nodes, size = self.certificate.nodes, self.certificate.size
        checks = tuple(kind for kind in get_args(Kind) if kind in passed)
        return Evidence(checks=checks, nodes=nodes, size=size, model=model)

    @property
    def _stands(self) -> bool:
        """Whether the value is as expected, though a further check may have reached a limit."""
        if self.word == "limit" and self.result is not None and self.expected is not None:
            return bool(compare(self.expected, self.result))
        return self.word in ("ok", "new")

    def record(self) -> None:
        """Write the evidence into the case's file, where the value is as expected.

        What the file says of another model than the one that was solved is dropped.

        Raises
        ------
        OSError
            Where the file cannot be written.
        """
        if self.case.path is None or isinstance(self.case, Broken) or self.expected is None:
            return
        if not self._stands:
            return
        shown = self._shown(digest(self.case.instance))
        evidence = (self.case.evidence or Evidence(model=shown.model)).joined(shown)
        if evidence.checks:
            evidence.write_into(self.case.path)

    def summary(self) -> dict[str, Any]:
        """Return what ``milpbft check --json`` prints of it."""
        path, expected = self.case.path, self.expected
        return {
            "instance": None if isinstance(self.case, Broken) else self.name,
            "file": None if path is None else str(path),
            "outcome": self.word.lower(),
            "reason": self.verdict.reason,
            "seconds": round(self.seconds, 4),
            "expected": expected and expected.model_dump(),
            "evidence": list(self.evidence.checks),
            "result": self.result and self.result.summary(),
        }


def digest(instance: Question) -> str:
    """Return the digest of an instance's problem: the model that evidence is about."""
    return room_of(instance.protocol).model(instance).problem.digest


def find(paths: Sequence[Path], text: str = "") -> list[Case]:
    """Read instance files, in natural order of their instances' names; see :func:`survey`.

    Raises
    ------
    InputError
        As :func:`survey`, and where a file is no instance.
    """
    cases, broken = survey(paths, text)
    if broken:
        raise broken[0].error
    return cases


def survey(paths: Sequence[Path], text: str = "") -> tuple[list[Case], list[Broken]]:
    """Read instance files, in natural order of their instances' names, and sort out broken ones.

    Parameters
    ----------
    paths
        Files, and directories that are searched for ``*.toml`` at any depth, without hidden
        directories and ``pyproject.toml``.
    text
        Only instances whose name or file has this in it.

    Raises
    ------
    InputError
        Where a path does not exist or nothing is left to check.
    """
    files = dict.fromkeys(file for path in paths for file in _files(path))
    cases: list[Case] = []
    broken: list[Broken] = []
    for file in files:
        try:
            cases.append(Case.read(file))
        except InputError as error:
            broken.append(Broken(file, error))
    chosen = [case for case in cases if text in case.instance.name or text in str(case.path)]
    faulty = [one for one in broken if text in str(one.path)]
    if not chosen and not faulty:
        raise InputError("filter", text, f"part of the name of one of {len(files)} instances")
    return sorted(chosen, key=lambda case: (natural(case.instance.name), str(case.path))), faulty


def _files(path: Path) -> list[Path]:
    if not stands(path):
        raise InputError("path", str(path), "an instance file, or a directory of them")
    if not path.is_dir():
        return [path]
    found = [
        file
        for file in sorted(path.rglob("*.toml"))
        if file.name != "pyproject.toml"
        and not any(part.startswith(".") for part in file.relative_to(path).parts)
    ]
    if not found:
        raise InputError("path", str(path), "a directory with instance files (*.toml)")
    return found


def natural(name: str) -> list[int | str]:
    """Sort key that orders the numbers in a name by value: ``n7`` comes before ``n10``."""
    return [int(part) if part.isdecimal() else part for part in re.split(r"(\d+)", name)]


def run(case: Case, settings: Settings) -> Outcome:
    """Solve a case, ask the second solver, and compare with what is expected.

    Raises
    ------
    InputError
        Where the second solver is the first.
    Interrupted
        On Ctrl-C during a solve, with the outcome so far.
    """
    settings.suit(case.instance)
    begin, stopped = perf_counter(), False
    try:
        result = solve(case.instance, settings.solver, settings.limits, start=settings.start)
        second = settings.second or room_of(case.instance.protocol).second(case.instance)
        if second and second != result.solution.solver:
            result = _with_second(result, settings, second)
    except Interrupted as stop:
        result, stopped = stop.found, True
    certificate = None
    if settings.certificates is not None and not stopped:
        path = settings.certificates / f"{case.instance.name}.vipr.gz"
        certificate = certify(
            case.instance, result.solution, path, settings.limits, search_kind(settings.search)
        )
        result = replace(result, checks=(*result.checks, certificate.verdict))
    verdict = assess(result, case.expected)
    outcome = Outcome(case, result, verdict, perf_counter() - begin, certificate)
    if stopped:
        raise Interrupted(outcome)
    return outcome


def _with_second(result: Result, settings: Settings, second: str) -> Result:
    room = room_of(result.instance.protocol)
    model = room.model(result.instance)
    problem = with_runs(model, room, result.instance) if settings.start else model.problem
    stopped = False
    try:
        solution = ask(model, problem, second, settings.limits)
    except Interrupted as stop:
        solution, stopped = stop.found, True
    verdict = agree(result.solution, solution, problem.sense)
    result = replace(result, checks=(*result.checks, verdict))
    if stopped:
        raise Interrupted(result)
    return result


def run_all(cases: Sequence[Case], settings: Settings, workers: int = 1) -> Iterator[Outcome]:
    """Run cases side by side; yield outcomes as they come.

    A case that crashes costs its own outcome only. Each solver runs in a process of its own, so
    workers are threads.

    Parameters
    ----------
    workers
        How many run at a time, at least 1.

    Raises
    ------
    Interrupted
        On Ctrl-C during a solve, where one runs at a time, with its outcome so far.
    """
    if workers == 1:
        yield from (_guarded(case, settings) for case in cases)
        return
    todo: queue.SimpleQueue[Case] = queue.SimpleQueue()
    done: queue.SimpleQueue[Outcome] = queue.SimpleQueue()
    for case in cases:
        todo.put(case)
    # Daemons, unlike the threads of an executor, do not hold up an interrupted program: as it ends,
    # the solvers' processes lose their parent and end too.
    for _ in range(min(workers, len(cases))):
        threading.Thread(target=_work, args=(todo, done, settings), daemon=True).start()
    for _ in cases:
        yield done.get()


def _work(
    todo: queue.SimpleQueue[Case], done: queue.SimpleQueue[Outcome], settings: Settings
) -> None:
    while True:
        try:
            case = todo.get_nowait()
        except queue.Empty:
            return
        done.put(_guarded(case, settings))


def _guarded(case: Case, settings: Settings) -> Outcome:
    begin = perf_counter()
    try:
        return run(case, settings)
    except Exception as error:
        place = extract_tb(error.__traceback__)[-1]
        where = f"{Path(place.filename).name}:{place.lineno}"
        reason = f"crashed: {type(error).__name__}: {error} ({where})"
        verdict = Verdict("solver", "refuted", " ".join(reason.split()))
        return Outcome(case, None, verdict, perf_counter() - begin)


def totals(outcomes: Sequence[Outcome]) -> dict[Word, int]:
    """Count outcomes by word."""
    counts = Counter(outcome.word for outcome in outcomes)
    return {word: counts[word] for word in WORDS}


def named_values(result: Result) -> dict[str, int]:
    """Return the values of a solution that are not zero, by the names of the variables."""
    values = result.solution.values
    if values is None:
        return {}
    problem = room_of(result.instance.protocol).model(result.instance).problem
    return {problem.variable_name(k): int(values[k]) for k in values.nonzero()[0].tolist()}
