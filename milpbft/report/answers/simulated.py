"""What a simulation gave."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from milpbft.report.answers.shown import Shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from milpbft.schedule import Schedule
    from milpbft.simulate import Simulated


@dataclass(frozen=True)
class Simulation(Shown):
    """A run of the reference implementation under a seeded random adversary.

    Parameters
    ----------
    run
        What happened: ``decided``, ``undecided``, ``blocks``, ``views``, ``fork``.
    """

    run: Simulated

    @property
    def schedule(self) -> Schedule:
        """What happened, event by event."""
        return self.run.schedule

    @property
    def answer(self) -> str:
        """Who decided, in one sentence."""
        run = self.run
        fork = f", a fork of {run.blocks} blocks" if run.fork else ""
        return (
            f"With seed {run.seed}, {len(run.decided)} correct nodes of {run.schedule.protocol} "
            f"decided and {len(run.undecided)} did not, in {run.views} views{fork}."
        )

    def summary(self) -> dict[str, Any]:
        """Return what ``milpbft simulate --json`` prints of a run."""
        return self.run.summary()

    def rows(self) -> Sequence[Sequence[str]]:
        """Return the counts."""
        return [(name, str(value)) for name, value in self.summary().items()]
