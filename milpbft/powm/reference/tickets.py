"""Tickets: weights of candidates, and the index that a beacon draws."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import TYPE_CHECKING, Literal

from milpbft.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

Weights = Literal["contribution", "threshold", "uniform"]


@dataclass(frozen=True)
class Tickets:
    """An array of tickets: each candidate has as many in a row as its weight (section III-C).

    Parameters
    ----------
    weights
        Candidate and weight, 0 or more.
    """

    weights: tuple[tuple[str | int, int], ...]

    @cached_property
    def ends(self) -> list[int]:
        """Where each candidate's tickets end."""
        return list(accumulate(weight for _, weight in self.weights))

    @property
    def count(self) -> int:
        """Number of tickets."""
        return self.ends[-1] if self.ends else 0

    @classmethod
    def shared(cls, tickets: int, coalition: int, lies: int = 0) -> Tickets:
        """Return tickets of a coalition, to which `lies` of the others' are moved."""
        ours = min(tickets, coalition + lies)
        return cls((("coalition", ours), ("others", tickets - ours)))

    @classmethod
    def of(
        cls,
        work: Mapping[int, int],
        kind: Weights = "contribution",
        least: int = 1,
        barred: Collection[int] = (),
    ) -> Tickets:
        """Return the tickets of nodes by their work.

        Parameters
        ----------
        work
            Contribution, or capability, per node.
        kind
            ``contribution``: as many as the work. ``threshold``: one for those with `least` at
            least. ``uniform``: one each.
        barred
            No candidates, such as who found a solution without a manager (section III-K.5).
        """
        kinds = {
            "contribution": dict(work),
            "threshold": {i: int(amount >= least) for i, amount in work.items()},
            "uniform": dict.fromkeys(work, 1),
        }
        weight = kinds[kind]
        return cls(tuple((i, 0 if i in barred else weight[i]) for i in sorted(work)))

    def owner(self, index: int) -> str | int:
        """Return whose ticket an index is.

        Raises
        ------
        InputError
            Where there is no such ticket.
        """
        if not 0 <= index < self.count:
            raise InputError("index", index, f"a ticket from 0 to {self.count - 1}")
        return self.weights[bisect_right(self.ends, index)][0]

    def draw(self, beacon: int) -> str | int | None:
        """Return who is elected by a beacon, index = beacon mod tickets; None without tickets."""
        return self.owner(beacon % self.count) if self.count else None

    def best_guess(self) -> float:
        """Chance of the best guess at who is elected: the largest weight of all."""
        return max(weight for _, weight in self.weights) / self.count


def commit_beacon(reveals: Sequence[bytes]) -> int:
    """Return the beacon that a team makes by commit and reveal: the exclusive or of all numbers."""
    found = 0
    for reveal in reveals:
        found ^= int.from_bytes(reveal, "big")
    return found
