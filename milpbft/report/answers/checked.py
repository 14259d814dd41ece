"""What checking instance files gave."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, overload

from milpbft.report.answers.shown import Shown
from milpbft.report.table import cells
from milpbft.suite import totals

if TYPE_CHECKING:
    from milpbft.suite import Outcome


@dataclass(frozen=True)
class Checked(Shown, Sequence["Outcome"]):
    """The outcomes of instance files, in order of their names; true where none failed.

    Parameters
    ----------
    outcomes
        One per file.
    """

    outcomes: tuple[Outcome, ...]

    @property
    def totals(self) -> dict[str, int]:
        """How many were ``ok``, ``fail``, ``limit``, ``new``, ``error``."""
        return {word.lower(): count for word, count in totals(self.outcomes).items()}

    @property
    def answer(self) -> str:
        """How many are as expected, in one sentence."""
        counts = self.totals
        others = [f"{counts[word]} {word}" for word in counts if counts[word] and word != "ok"]
        good = f"{counts['ok']} of {len(self)} are as expected"
        return f"{', '.join([good, *others])}."

    def summary(self) -> dict[str, Any]:
        """Return what ``milpbft check --json`` prints."""
        return {"instances": [one.summary() for one in self], "totals": self.totals}

    def rows(self) -> Sequence[Sequence[str]]:
        """Return a line per instance."""
        return cells(self.outcomes)

    def __bool__(self) -> bool:
        return not (self.totals["fail"] or self.totals["error"] or self.totals["limit"])

    def __len__(self) -> int:
        return len(self.outcomes)

    @overload
    def __getitem__(self, index: int) -> Outcome: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[Outcome, ...]: ...

    def __getitem__(self, index: int | slice) -> Outcome | tuple[Outcome, ...]:
        return self.outcomes[index]
