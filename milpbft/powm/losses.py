"""Losses: how much of the hashing failures can take away, so how long a block can take."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Losses:
    """Who hashes, and who can be made to stop.

    Parameters
    ----------
    miners
        Rates of the miners.
    supports, rate
        Support managers, and what each of them hashes per tick; 0 where they are idle.
    victims
        Who can fail.
    solo
        Whether nobody is elected where no support is left.
    """

    miners: tuple[int, ...]
    supports: int
    rate: int
    victims: Literal["any", "managers", "miners"]
    solo: bool

    def least(self, failures: int) -> int:
        """Return the least rate that so many failures leave: of all nodes, without solo mining.

        A failure of a manager stops the support, or the miner, that takes its place.
        """
        total = sum(self.miners) + self.supports * self.rate
        fastest = sorted(self.miners, reverse=True)
        taken = 0
        managers = range(failures + 1) if self.victims != "miners" else range(1)
        for k in managers:
            promoted = 0 if self.solo else max(0, k - self.supports)
            others = failures - k if self.victims != "managers" else 0
            lost = min(k, self.supports) * self.rate + sum(fastest[: promoted + others])
            taken = max(taken, lost)
        return total - taken
