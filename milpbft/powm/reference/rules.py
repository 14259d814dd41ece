"""Rules: what a network of parallel proof of work agrees on before it starts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from milpbft.errors import InputError

Sync = Literal["after", "before", "stride"]
Collapse = Literal["collective", "entry", "solo"]
STRIDE = 1 << 48
"""Nonces of one term, where the term is in the high bits."""

FRESH = 1 << 60
"""The nonce from which on all mine alone."""


@dataclass(frozen=True)
class Rules:
    """Parameters of a network, with the paper's readings.

    Parameters
    ----------
    rates
        Hashes per tick of each miner.
    supports, support_rate
        m, and what each of them hashes per tick; 0 for idle supports.
    set_ticks
        G, ticks of work of a set.
    latency, ahead
        c, ticks that a grant takes to arrive; a, outstanding ticks at which a miner asks.
    detect, elect, collective
        D, E and E_c, ticks of detection, of an election by the supports, and by all nodes.
    sync, every
        How supports hear of grants, and S, ticks between two messages that tell them.
    collapse
        What happens where no support is left: the ``collective`` elects, nothing happens until
        somebody enters (``entry``), or all mine ``solo``.
    terms
        Nodes ignore terms lower than one that they have seen.
    """

    rates: tuple[int, ...]
    supports: int = 1
    support_rate: int = 0
    set_ticks: int = 1
    latency: int = 0
    ahead: int = 0
    detect: int = 1
    elect: int = 1
    collective: int = 1
    sync: Sync = "after"
    every: int = 1
    collapse: Collapse = "collective"
    terms: bool = True

    def __post_init__(self) -> None:
        if not self.rates or min(self.rates) < 1:
            raise InputError("rates", list(self.rates), "one of at least 1 for each miner")
        least = {"supports": 0, "support_rate": 0, "set_ticks": 1, "latency": 0, "ahead": 0,
                 "detect": 0, "elect": 0, "collective": 0, "every": 1}  # fmt: skip
        for name, low in least.items():
            if getattr(self, name) < low:
                raise InputError(name, getattr(self, name), f"{low} or more")

    @property
    def n(self) -> int:
        """Nodes: the active manager 0, supports from 1 on, then miners."""
        return 1 + self.supports + len(self.rates)

    @property
    def miners(self) -> range:
        """Numbers of the miners."""
        return range(1 + self.supports, self.n)

    def rate(self, node: int) -> int:
        """Hashes per tick of a node that is not the active manager."""
        if node in self.miners:
            return self.rates[node - 1 - self.supports]
        return self.support_rate

    @property
    def workers(self) -> list[int]:
        """Nodes that hash at first, miners before supports."""
        supports = range(1, 1 + self.supports) if self.support_rate else ()
        return [*self.miners, *supports]
