"""What an enumeration of the family's replicas found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from milpbft.schedule import Schedule

Goal = Literal["fork", "lock"]
Relay = Literal["none", "status", "gossip"]


@dataclass(frozen=True)
class Found:
    """An execution with the fewest acts that leads to a fork or a lock.

    Parameters
    ----------
    acts
        Messages that correct nodes sent and steps of theirs without one, crashes, and messages of
        Byzantine primaries that rest on others' (certificates and new views).
    schedule
        What happened; replay confirms it.
    """

    acts: int
    schedule: Schedule


@dataclass(frozen=True)
class Enumeration:
    """What there is among all executions, or among those seen before the limit.

    Parameters
    ----------
    states
        How many states were seen, over all choices of Byzantine nodes and of requests.
    capped
        Whether the limit was reached: then what was not found may exist all the same, and fewer
        acts may suffice.
    left
        Whether some node could have gone further than the views explored, which was not followed.
    blocks
        Every set of values that were decided together. After a fork nothing is followed.
    undecided
        As far as states were seen, the most correct nodes without a decision in a quiescent state;
        -1 where none was reached or looked for.
    fewest_lost
        The fewest messages lost for good that a lock takes, as far as states were seen; None where
        there is none or none was looked for.
    fork, lock
        One with the fewest acts, where there is any.
    """

    states: int
    capped: bool
    left: bool
    blocks: frozenset[frozenset[int]]
    undecided: int
    fork: Found | None
    lock: Found | None
    fewest_lost: int | None = None

    @property
    def forks(self) -> int:
        """The most different values that were decided in one execution."""
        return max(map(len, self.blocks))
