"""What generating a model gave."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from milpbft.report.answers.shown import Shown

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from milpbft.milp.problem import Problem
    from milpbft.question.part import Question


@dataclass(frozen=True)
class Generated(Shown):
    """The MILP of an instance, and the file that holds it.

    Parameters
    ----------
    instance
        The instance.
    problem
        Its problem, in memory.
    path
        The file.
    """

    instance: Question
    problem: Problem
    path: Path

    @property
    def answer(self) -> str:
        """Where it is and how large, in one sentence."""
        size = self.problem.size
        return f"{self.path} has {size.variables} variables and {size.rows} rows."

    def summary(self) -> dict[str, Any]:
        """Return what ``milpbft generate --json`` prints of a model, without the seconds."""
        instance = self.instance
        about = {"instance": instance.name, "semantics": instance.semantics}
        place = {"encoding": instance.encoding, "path": str(self.path)}
        return {**about, **place, **asdict(self.problem.size)}

    def rows(self) -> Sequence[Sequence[str]]:
        """Return the sizes."""
        return [(name, str(value)) for name, value in self.summary().items()]
