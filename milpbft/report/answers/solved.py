"""What solving an instance gave."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from milpbft.report.answers.shown import Shown
from milpbft.report.lines import facts
from milpbft.report.sentence import sentence
from milpbft.result import Result

if TYPE_CHECKING:
    from collections.abc import Sequence

    from milpbft.milp.problem import Size
    from milpbft.milp.solution import Solution, Status
    from milpbft.question.part import Question
    from milpbft.schedule import Schedule
    from milpbft.suite import Outcome
    from milpbft.verdict import Verdict


@dataclass(frozen=True)
class Solved(Shown):
    """What solving an instance gave, and what checks say of it.

    Parameters
    ----------
    outcome
        The instance, the result, and the verdict on it.
    """

    outcome: Outcome

    @property
    def result(self) -> Result:
        """Everything: sizes, solution, checks, times."""
        assert isinstance(self.outcome.result, Result), "only a guarded run comes without one"
        return self.outcome.result

    @property
    def instance(self) -> Question:
        """The instance."""
        return self.result.instance

    @property
    def value(self) -> int | None:
        """The objective value; None where no execution was found."""
        return self.result.solution.objective

    @property
    def bound(self) -> int | None:
        """What no execution beats; None where nothing is proven."""
        return self.result.solution.bound

    @property
    def proven(self) -> tuple[int | None, int | None]:
        """Value and bound."""
        return self.value, self.bound

    @property
    def status(self) -> Status:
        """``optimal`` where value and bound meet; see :class:`milpbft.milp.solution.Solution`."""
        return self.result.solution.status

    @property
    def schedule(self) -> Schedule | None:
        """The worst schedule that was found; None where there is none."""
        return self.result.schedule

    @property
    def checks(self) -> dict[str, Verdict]:
        """The verdict of each check, by its name."""
        return {verdict.check: verdict for verdict in self.result.checks}

    @property
    def solution(self) -> Solution:
        """What the solver returned: its values, nodes and seconds."""
        return self.result.solution

    @property
    def size(self) -> Size:
        """Dimensions of the problem."""
        return self.result.size

    @property
    def executable(self) -> int | None:
        """Where the replay is refuted: the optimum that replicas reach, if it was proven."""
        return self.result.executable

    @property
    def verdict(self) -> Verdict:
        """One verdict on all: what was expected, and what the checks say."""
        return self.outcome.verdict

    @property
    def answer(self) -> str:
        """What was found, what it rests on, and how far it is proven, in one sentence."""
        return sentence(self.result)

    def summary(self) -> dict[str, Any]:
        """Return what ``milpbft solve --json`` prints, without the path of the schedule."""
        return {"answer": self.answer, **self.result.summary()}

    def rows(self) -> Sequence[Sequence[str]]:
        """Return value, bound, checks and sizes; the answer stands above them."""
        return facts(self.outcome)[1:]

    def __bool__(self) -> bool:
        return bool(self.verdict)
