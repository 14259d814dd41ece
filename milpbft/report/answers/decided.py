"""What deciding claims of papers gave."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, overload

from milpbft.report.answers.shown import Shown

if TYPE_CHECKING:
    from milpbft.claims import Decision
    from milpbft.schedule import Schedule


@dataclass(frozen=True)
class Decided(Shown, Sequence["Decision"]):
    """Claims with their verdicts; true where every verdict is the known one.

    Parameters
    ----------
    decisions
        One per claim: ``claim``, ``status``, ``evidence``, ``witness``.
    """

    decisions: tuple[Decision, ...]

    @property
    def schedule(self) -> Schedule | None:
        """The witness, where one claim was asked for and is refuted."""
        return self.decisions[0].witness if len(self) == 1 else None

    @property
    def answer(self) -> str:
        """The verdict on one claim, or how many hold, in one sentence."""
        if len(self) == 1:
            (one,) = self.decisions
            return f"{one.status.capitalize()}: {one.claim.name}"
        counts = Counter(one.status for one in self)
        words = (f"{counts[status]} {status}" for status in ("holds", "refuted", "undecided"))
        return f"Of {len(self)} claims: {', '.join(words)}."

    def summary(self) -> dict[str, Any]:
        """Return what ``milpbft claims --json`` prints."""
        return {"claims": [one.summary() for one in self]}

    def rows(self) -> Sequence[Sequence[str]]:
        """Return a line per claim: verdict, claim, and what it rests on."""
        return [
            (one.status, one.claim.name, "; ".join(f"{e.source}: {e.words}" for e in one.evidence))
            for one in self
        ]

    def __bool__(self) -> bool:
        return all(one.as_expected for one in self)

    def __len__(self) -> int:
        return len(self.decisions)

    @overload
    def __getitem__(self, index: int) -> Decision: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[Decision, ...]: ...

    def __getitem__(self, index: int | slice) -> Decision | tuple[Decision, ...]:
        return self.decisions[index]
