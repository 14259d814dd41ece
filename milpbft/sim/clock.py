"""Timers: when the adversary may let a node's timer expire."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timers:
    """The rule for the timers of correct nodes.

    Parameters
    ----------
    base
        0 for free timers, which may expire at any tick after the view was entered. Otherwise the
        ticks that a node stays in view 0 at least; they double with every view.
    """

    base: int = 0

    def earliest(self, view: int, entered: int) -> int:
        """First tick at which the timer of a node that entered `view` at tick `entered` expires.

        A node is in view 0 before the first tick: `entered` is -1 there.
        """
        wait = self.base << view if self.base else 1
        return entered + wait
