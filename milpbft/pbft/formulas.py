"""Latency of PBFT and Linear BFT after GST, as the models suggest it: checked over a grid in tests.

Silent nodes, partial synchrony: what is sent at s arrives by ``max(s, gst) + delta``, a timer that
is due at d expires by ``max(d, gst) + delta``, and view v lasts ``timeout * 2^v`` at least.
"""

from __future__ import annotations

from dataclasses import dataclass

from milpbft.errors import InputError

STEPS = {"pbft": (3, 3), "linear": (4, 5)}
"""Message delays from a proposal to the first and to the last decision, by protocol."""


@dataclass(frozen=True)
class Latency:
    """Ticks from the start to the first and to the last decision of a correct node, at worst."""

    first: int
    last: int


def early(protocol: str, timeout: int, gst: int, delta: int) -> bool:
    """Whether GST is so early that view 0 decides before any timer may expire.

    ``gst + steps * delta < timeout - 1``: nodes are in view 0 from before tick 0 on. One tick later
    and a node may leave view 0 as the others decide. It is alone then: nobody follows it, and it
    never decides, unless checkpoints of later sequence numbers tell it.
    """
    return gst + STEPS[protocol][1] * delta < timeout - 1


def latency(protocol: str, silent: int, timeout: int, gst: int, delta: int) -> Latency:
    """Return the worst latency with `silent` silent nodes, at most f, if GST is early.

    Without silent nodes ``gst + steps * delta``. Otherwise the primaries of the first b views are
    silent, and GST does not matter: ``timeout * (2^b - 1) - 1`` ticks of timers, a delay for each
    to expire, one for the view change, and then the steps of a decision, the new view among them.

    Raises
    ------
    InputError
        Where GST is not early, see :func:`early`, or the protocol is neither pbft nor linear.
    """
    if protocol not in STEPS:
        raise InputError("protocol", protocol, f"one of {', '.join(STEPS)}")
    if not early(protocol, timeout, gst, delta):
        allowed = f"at most {timeout - STEPS[protocol][1] * delta - 2} with these timeouts"
        raise InputError("gst", gst, allowed)
    first, last = (steps * delta for steps in STEPS[protocol])
    if silent == 0:
        return Latency(gst + first, gst + last)
    views = timeout * (2**silent - 1) - 1 + (silent + 1) * delta
    return Latency(views + first, views + last)
