"""Timers: since when they run, and when the adversary may let them expire."""

from __future__ import annotations

from dataclasses import dataclass

NEVER = 2**62
"""The tick at which a timer that does not run is due."""


@dataclass(frozen=True, slots=True)
class Timers:
    """The rule for the timers of correct nodes.

    Parameters
    ----------
    base
        0 for free timers, which may expire at any tick after the view was entered. Otherwise the
        ticks that a node stays in view 0 at least; they double with every view.
    proposal
        Ticks that the timer of a primary runs with which it proposes or, in SBFT, changes paths,
        from when it waits for that on.
    """

    base: int = 0
    proposal: int = 1

    def earliest(self, view: int, entered: int) -> int:
        """First tick at which the timer of a node that entered `view` at tick `entered` expires.

        A node is in view 0 before the first tick: `entered` is -1 there.
        """
        wait = self.base << view if self.base else 1
        return entered + wait


class Watch:
    """Since when the timers of views run.

    A free timer may expire at any tick after the view was entered, and a replica on which none runs
    ignores it. One with a duration is due so long after it was started: as its node entered the
    view, or later where the protocol starts it later, and anew whenever the protocol does.

    Parameters
    ----------
    timers
        Their durations.
    """

    def __init__(self, timers: Timers) -> None:
        self._timers = timers
        self._running: dict[int, tuple[object, int]] = {}

    def note(self, node: int, timer: object, tick: int) -> None:
        """Note which timer of a node runs at the end of `tick`, None for none; -1 at the start."""
        if timer is None:
            self._running.pop(node, None)
        elif node not in self._running or self._running[node][0] != timer:
            self._running[node] = timer, tick

    def due(self, node: int, view: int, entered: int) -> int:
        """First tick at which the timer of a node expires that entered `view` at `entered`."""
        if not self._timers.base:
            return self._timers.earliest(view, entered)
        if node not in self._running:
            return NEVER
        return self._timers.earliest(view, self._running[node][1])
