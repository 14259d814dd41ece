"""What replaying a schedule gave."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from milpbft.report.answers.shown import Shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from milpbft.schedule import Schedule
    from milpbft.verdict import Status, Verdict


@dataclass(frozen=True)
class Replayed(Shown):
    """A schedule, and whether it happens on the reference implementation; true where it does.

    Parameters
    ----------
    run
        The schedule.
    verdict
        Whether it happens there, and else the first event that differs.
    """

    run: Schedule
    verdict: Verdict

    @property
    def schedule(self) -> Schedule:
        """The schedule."""
        return self.run

    @property
    def status(self) -> Status:
        """``confirmed``, ``refuted`` or ``undecided``."""
        return self.verdict.status

    @property
    def reason(self) -> str:
        """The first event that differs, or why nothing can be said; empty where confirmed."""
        return self.verdict.reason

    @property
    def answer(self) -> str:
        """The verdict, in one sentence."""
        reason = f": {self.reason}" if self.reason else ""
        return f"The reference implementation of {self.run.protocol} says {self.status}{reason}."

    def summary(self) -> dict[str, Any]:
        """Return what ``milpbft replay --json`` prints, without the path of the schedule."""
        about = {"protocol": self.run.protocol, "n": self.run.n, "source": self.run.source}
        return {**about, "verdict": asdict(self.verdict)}

    def rows(self) -> Sequence[Sequence[str]]:
        """Return what the schedule is of."""
        run = self.run
        return [("protocol", run.protocol), ("nodes", str(run.n)), ("source", run.source)]

    def __bool__(self) -> bool:
        return bool(self.verdict)
