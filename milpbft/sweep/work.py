"""Work: one solve of a sweep, wherever it runs, from a job to the records that are kept of it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from milpbft.cases import Case
from milpbft.errors import Interrupted
from milpbft.expectation import SECOND, agree, assess
from milpbft.question.files import make_instance
from milpbft.question.part import Part
from milpbft.solve import solver_for
from milpbft.solvers import Limits, available, engine, version, watching
from milpbft.store import Key, Record, pack, pack_point
from milpbft.suite import Outcome, Settings, run_all
from milpbft.sweep.code import code_version
from milpbft.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable

    from milpbft.question.part import Question
    from milpbft.solvers import Progress
    from milpbft.store.record import Outcome as Worth

INTERRUPTED = "interrupted"
UNUSABLE = "crashed: InputError"
"""How the reason begins where the model itself refuses an instance, whoever solves it."""
_LOG = 100_000  # characters of the end of a log that are kept of a failed solve
_ORDER = ("cbc", "highs", "cpsat")


class Job(Part):
    """A solve: what a worker is handed, as JSON.

    Parameters
    ----------
    fields
        All fields of the instance.
    solver
        Who solves it.
    second
        Another solver, which must find the same; None for that of the room, if any.
    time_limit, memory_limit, threads
        As in :class:`milpbft.solvers.Limits`.
    code
        Version of the code that wants the result.
    """

    fields: dict[str, Any]
    solver: str
    second: str | None = None
    time_limit: float | None = None
    memory_limit: int | None = None
    threads: int = 1
    code: str = ""

    @classmethod
    def of(cls, instance: Question, solver: str | None, **settings: Any) -> Job:  # noqa: ANN401
        """Make the job of an instance; without a solver, for the one that suits it."""
        chosen = solver or solver_for(instance)
        fields = instance.model_dump(mode="json")
        return cls(fields=fields, solver=chosen, code=code_version(), **settings)

    @property
    def instance(self) -> Question:
        """The instance."""
        return make_instance(self.fields)

    @property
    def limits(self) -> Limits:
        """Limits of each solve."""
        return Limits(self.time_limit, self.memory_limit, self.threads)

    def key(self) -> Key:
        """What its result is kept as."""
        instance = self.instance
        return Key(instance.name, instance.encoding, self.solver, version(self.solver), self.code)

    def elsewhere(self) -> Job | None:
        """Return the same solve by another solver, for one that failed; None where there is none.

        Not by the second one, which would then confirm itself.
        """
        used = {engine(name) for name in (self.solver, self.second) if name}
        others = [name for name in _ORDER if name in available() and name not in used]
        return self.model_copy(update={"solver": others[0]}) if others else None


def work(job: Job, tell: Callable[[Progress], None] | None = None) -> Record:
    """Solve a job and return what is kept of it; failures are kept, not raised."""
    with TemporaryDirectory() as scratch:
        log = Path(scratch) / "log"
        outcome = _outcome(job, log, tell)
        outcome = _confirmed(outcome, job, log, tell)
        text = ""
        with suppress(OSError):
            text = log.read_text("utf-8", "replace")[-_LOG:]
    return record_of(outcome, job, text)


def _outcome(job: Job, log: Path, tell: Callable[[Progress], None] | None) -> Outcome:
    case = Case(job.instance)
    with watching(log, tell):
        try:
            return next(run_all([case], Settings(job.solver, job.limits, second=job.second)))
        except Interrupted as stop:
            found: Outcome = stop.found
            return found


def _confirmed(
    outcome: Outcome, job: Job, log: Path, tell: Callable[[Progress], None] | None
) -> Outcome:
    """Where nothing was found to exist, ask another solver: no witness of that can be tested."""
    other, first = job.elsewhere(), outcome.result
    if other is None or first is None or first.verdict(SECOND) is not None:
        return outcome
    if worth_of(outcome) != "infeasible":
        return outcome
    second = _outcome(other, log, tell)
    sense = first.instance.objective.sense
    verdict = Verdict(SECOND, "undecided", f"{other.solver}: {second.verdict.reason}")
    if second.result is not None:
        verdict = agree(first.solution, second.result.solution, sense)
    result = replace(first, checks=(*first.checks, verdict))
    seconds = outcome.seconds + second.seconds
    return replace(outcome, result=result, verdict=assess(result, None), seconds=seconds)


def record_of(outcome: Outcome, job: Job, log: str = "") -> Record:
    """Return the record of an outcome; the log is kept where it failed."""
    assert isinstance(outcome.case, Case), "jobs are of instances"
    worth, result = worth_of(outcome), outcome.result
    found: dict[str, Any] = {}
    status = "error"
    if result is not None:
        solution, status = result.solution, result.solution.status
        found = asdict(result.size) | {
            "value": solution.objective,
            "bound": solution.bound,
            "executable": result.executable,
            "nodes": solution.nodes,
            "build_seconds": round(result.build_seconds, 4),
            "solve_seconds": round(solution.seconds, 4),
            "checks": [(one.check, one.status, one.reason) for one in result.checks],
            "message": solution.message,
            "notes": result.notes,
            "schedule": result.schedule and pack(result.schedule.to_json()),
            "point": None if solution.values is None else pack_point(solution.values),
        }
    return bare(
        job,
        outcome=worth,
        status=status,
        seconds=round(outcome.seconds, 4),
        verdict=outcome.verdict.status,
        reason=outcome.verdict.reason,
        log=pack(log) if worth == "failed" and log else None,
        **found,
    )


def bare(job: Job, **found: Any) -> Record:  # noqa: ANN401
    """Return a record of a job with what was found."""
    instance = job.instance
    return Record(
        **job.key()._asdict(),
        protocol=instance.protocol,
        semantics=instance.semantics,
        objective=instance.objective.name,
        fields=job.fields,
        sense=instance.objective.sense,
        time_limit=job.time_limit,
        memory_limit=job.memory_limit,
        ended=datetime.now(UTC).isoformat(timespec="seconds"),
        **found,
    )


def failure(job: Job, reason: str, log: str = "") -> Record:
    """Return the record of a job whose worker did not come back."""
    return bare(
        job,
        outcome="failed",
        status="error",
        verdict="refuted",
        reason=reason,
        message=reason,
        log=pack(log[-_LOG:]) if log else None,
    )


def worth_of(outcome: Outcome) -> Worth:
    """Say what an outcome is worth.

    An optimum counts where the verdict on all checks confirms it. The published model has optima
    that no replica reaches: there the replay says something about the model, and nothing against
    the value.
    """
    result, verdict = outcome.result, outcome.verdict
    if result is None or result.solution.status in ("error", "unbounded"):
        return "failed"
    artefact = verdict.check == "replay" and result.instance.semantics == "published"
    if verdict.status == "refuted" and not artefact:
        return "failed"
    status = result.solution.status
    if status in ("optimal", "infeasible") and (verdict or artefact):
        return "optimal" if status == "optimal" else "infeasible"
    return "limit" if result.solution.objective is None else "feasible"
