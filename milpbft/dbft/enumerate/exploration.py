"""What an exhaustive exploration found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from milpbft.dbft.enumerate.witness import Witness

Goal = Literal["lock", "fork"]

Decisions = frozenset[tuple[int, int, str]]
"""Node, view and value (``""``, or ``#1`` for a Byzantine primary's other proposal) of each
accepted block. Backups are interchangeable: any of them stand for all."""


@dataclass(frozen=True)
class Exploration:
    """What there is among all executions, or among those seen before the limit.

    Parameters
    ----------
    states
        How many states were seen, up to symmetry.
    capped
        Whether the search ended before everything was seen, at the limit or at what it was to look
        for. Then what was not found may exist all the same; what was found stands.
    left
        Whether some node could have left the views explored; nothing after that was followed.
    decisions
        Every reachable combination of accepted blocks.
    locks, forks
        How many states are liveness locks, and in how many two different blocks are accepted.
    undecided
        As far as states were seen, the most correct nodes without a block in a quiescent state;
        -1 where none was reached.
    lock, fork
        One with the fewest acts, where there is any.
    fewest_lost
        The fewest messages lost for good that a lock takes, as far as states were seen; None where
        there is none.
    """

    states: int
    capped: bool
    left: bool
    decisions: frozenset[Decisions]
    locks: int
    forks: int
    undecided: int
    lock: Witness | None
    fork: Witness | None
    fewest_lost: int | None = None

    def worth(self, objective: str) -> int | None:
        """Return what an objective is worth among these executions; None where nothing fits it.

        Parameters
        ----------
        objective
            ``forks``, ``undecided``, ``losses_lock``, or one that ends in ``lock`` or ``fork``,
            whose worth is the acts that it takes.
        """
        return worth_of(
            objective,
            forks=max(len({block[1:] for block in one}) for one in self.decisions),
            undecided=max(0, self.undecided),
            lock=None if self.lock is None else self.lock.steps,
            fork=None if self.fork is None else self.fork.steps,
            fewest_lost=self.fewest_lost,
        )


def worth_of(
    objective: str,
    *,
    forks: int,
    undecided: int | None,
    lock: int | None,
    fork: int | None,
    fewest_lost: int | None,
) -> int | None:
    """Return which of these numbers an objective asks for.

    Parameters
    ----------
    objective
        As of :meth:`Exploration.worth`.
    forks, undecided
        The most that was seen.
    lock, fork
        The fewest acts of one; None where none was seen.
    fewest_lost
        The fewest messages lost for good that a lock takes; None for no lock.
    """
    most = {"forks": forks, "undecided": undecided, "losses_lock": fewest_lost}
    if objective in most:
        return most[objective]
    return lock if objective.endswith("lock") else fork
