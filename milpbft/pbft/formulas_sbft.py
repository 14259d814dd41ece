"""Latency of SBFT after GST, as the models suggest it: checked over a grid in tests.

Network and timers of views are those of :mod:`milpbft.pbft.formulas`. The collector's timer runs
`collector` ticks from its proposal on, in every view, and at most delta longer; a share that comes
at the tick at which it expires is too late for the fast path.
"""

from __future__ import annotations

from dataclasses import dataclass

from milpbft.errors import InputError
from milpbft.pbft.formulas import Latency


@dataclass(frozen=True)
class Setting:
    """What the latency of SBFT depends on.

    Parameters
    ----------
    silent
        b, the nodes that may fall silent.
    redundant
        c, those that the fast path bears.
    collector
        w, ticks of the collector's timer; None for SBFT without its slow path.
    gst, delta
        Of the network.

    Raises
    ------
    InputError
        Where more than c are silent and there is no slow path: each view stalls.
    """

    silent: int
    redundant: int
    collector: int | None
    gst: int
    delta: int

    def __post_init__(self) -> None:
        if self.collector is None and self.silent > self.redundant:
            raise InputError("silent", self.silent, f"at most c = {self.redundant} for sbftfast")

    def stays_fast(self, gst: int) -> bool:
        """Whether all runs take the fast path in a view opened at tick 0: ``gst + 2 delta < w``."""
        if self.collector is None:
            return True
        return self.silent <= self.redundant and gst + 2 * self.delta < self.collector

    def view(self, gst: int) -> Latency:
        """Return the latest decisions in a view of a correct primary that is opened at tick 0.

        ``gst + 2 delta`` and a delay more on the fast path. On the slow one two delays more, from
        when there are shares enough or, with more than c silent nodes, ``w + delta`` if later.
        """
        delta, shares = self.delta, gst + 2 * self.delta
        if self.stays_fast(gst):
            return Latency(shares, shares + delta)
        if self.silent > self.redundant and self.collector is not None:
            shares = max(shares, max(self.collector, gst) + delta)
        return Latency(shares + 2 * delta, shares + 3 * delta)


def calm_latency(setting: Setting) -> Latency:
    """Return the worst latency where the primary is correct and nobody leaves its view."""
    return setting.view(setting.gst)


def early(setting: Setting, timeout: int) -> bool:
    """Whether GST is so early that view 0, its primary being correct, decides before its timers.

    One tick later, and a node may leave view 0 as the others decide, alone and for good.
    """
    return setting.view(setting.gst).last < timeout - 1


def sbft_latency(setting: Setting, timeout: int) -> Latency:
    """Return the worst latency with one silent node or none, if GST is early.

    Without silent nodes that of view 0. Otherwise the primary of view 0 is silent, and GST does not
    matter: ``timeout - 1 + 2 delta`` ticks, until timers have expired and the next primary has the
    view changes, and then a view as above.

    Raises
    ------
    InputError
        Where more are silent, for which the two views of the models are too few, or GST is not
        early, see :func:`early`.
    """
    if setting.silent > 1:
        raise InputError("silent", setting.silent, "0 or 1, where views are changed")
    if not early(setting, timeout):
        least = setting.view(setting.gst).last + 2
        raise InputError("timeout", timeout, f"at least {least} with this network and collector")
    if setting.silent == 0:
        return calm_latency(setting)
    opened = timeout - 1 + 2 * setting.delta
    view = setting.view(0)
    return Latency(opened + view.first, opened + view.last)


def switch_cost(collector: int, gst: int, delta: int) -> int:
    """Return the ticks that one silent node too many costs in a calm view: ``w + delta - gst``.

    First and last decision come so much later with c + 1 silent nodes than with c. A timer that
    lets the fast path through whatever the delays are is longer than ``gst + 2 delta``; so the cost
    is ``3 delta + 1`` at least.

    Raises
    ------
    InputError
        Where the timer is shorter, so that delays alone force the slow path.
    """
    if collector <= gst + 2 * delta:
        raise InputError("collector", collector, f"more than {gst + 2 * delta} ticks")
    return collector + delta - gst
