"""Latency of PBFT and Linear BFT after GST, as the models suggest it: checked over a grid in tests.

Silent nodes, partial synchrony: what is sent at s arrives by ``max(s, gst) + delta``, a timer that
is due at d expires by ``max(d, gst) + delta``, and view v lasts ``timeout * 2^v`` at least: from
before tick 0 on, or from when n - f view changes for it are there.
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
    silent, and GST does not matter: ``timeout * (2^b - 1) - 1`` ticks of timers, for each a delay
    to expire and one for the view changes, which start the next timer, and then the steps of a
    decision, the new view among them.

    Raises
    ------
    InputError
        Where GST is not early, see :func:`early`, none would be, or the protocol is neither pbft
        nor linear.
    """
    _check(protocol)
    if not early(protocol, timeout, 0, delta):
        allowed = f"{STEPS[protocol][1] * delta + 2} or more with delta = {delta}"
        raise InputError("timeout", timeout, allowed)
    if not early(protocol, timeout, gst, delta):
        allowed = f"at most {timeout - STEPS[protocol][1] * delta - 2} with these timeouts"
        raise InputError("gst", gst, allowed)
    first, last = (steps * delta for steps in STEPS[protocol])
    if silent == 0:
        return Latency(gst + first, gst + last)
    views = timeout * (2**silent - 1) - 1 + 2 * silent * delta
    return Latency(views + first, views + last)


def first_decision(protocol: str, byzantine: int, timeout: int, gst: int, delta: int) -> int | None:
    """Return the worst tick of the first decision with Byzantine nodes, 1 to f; None for never.

    With the primaries of views 0 and 1 among them, or with that of view 1 where GST is so late that
    view 0 can be lost without a fault, a node can be shown the new view before it leaves view 0.
    View 0 is lost if its primary, which has no timer, gets the last votes after the view changes of
    ``timeout - 1``, or if nodes leave before they vote:
    ``gst + steps * delta >= timeout + min(delta, 2) - 1``. The first view changes are sent at
    ``timeout - 1``, the new view that rests on them arrives two ticks later, and so may they, if
    ``max(timeout - 1, gst) + delta > timeout``. Who is shown it follows without asking for view 1.
    Byzantine nodes withhold their view changes, the other correct nodes have less than n - f, and
    no timer runs between views: nobody decides. Otherwise Byzantine nodes delay no more than silent
    ones.

    The last decision has no bound with a Byzantine node, whatever GST is: the primary of view 0
    leaves out f correct nodes, which are too few for the others to follow them.

    Raises
    ------
    InputError
        Where there is no Byzantine node, or several and a late GST, or the protocol is neither pbft
        nor linear.
    """
    _check(protocol)
    if byzantine < 1:
        raise InputError("byzantine", byzantine, "at least 1")
    steps = STEPS[protocol][0] * delta
    late = gst + steps >= timeout + min(delta, 2) - 1
    if (late or byzantine > 1) and max(timeout - 1, gst) + delta > timeout:
        return None
    if not late:
        return timeout * ((1 << byzantine) - 1) - 1 + 2 * byzantine * delta + steps
    if byzantine > 1:
        raise InputError("byzantine", byzantine, "1 where GST is late")
    # View 0 had a correct primary, which has no timer: it follows the others a delay later.
    return 3 * timeout - 1 + 5 * delta + steps


def _check(protocol: str) -> None:
    if protocol not in STEPS:
        raise InputError("protocol", protocol, f"one of {', '.join(STEPS)}")
