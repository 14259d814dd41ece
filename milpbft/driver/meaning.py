"""What a schedule means to a driver: who plays whom, what is asked, and when nodes act."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.errors import InputError
from milpbft.schedule import Deliver, Timeout
from milpbft.sim.bench import Json, Setup

if TYPE_CHECKING:
    from collections.abc import Iterable

    from milpbft.schedule import Event, Schedule


def setup_of(schedule: Schedule, profile: str = "") -> Setup:
    """Return what the nodes of a schedule are, as far as it says so.

    Parameters
    ----------
    profile
        The rules that are meant in place of the schedule's own.
    """
    named = schedule.settings.get("profile", "")
    said = schedule.settings.get("height", str(10 * schedule.n))
    if not said.isdecimal():
        raise InputError("height", said, "a number")
    if (detail := schedule.detail) is None:
        return Setup(schedule.protocol, schedule.n, int(said), profile=profile or named)
    return Setup(
        schedule.protocol,
        schedule.n,
        detail.height,
        detail.period_ms or 1000,
        profile or detail.profile,
        settings=dict(schedule.settings),
        f=detail.f,
        quorum=detail.quorum,
        rotation=detail.rotation,
    )


def names(schedule: Schedule, begun: Json) -> dict[int, int]:
    """Return for each node of the schedule the driver's node that plays it.

    Those are the same where the driver's primaries are. Where not, primaries play primaries.

    Parameters
    ----------
    begun
        The driver's answer to ``new``. A dBFT driver that does not say how primaries follow each
        other has the node before the last one next, others the node after it.

    Raises
    ------
    InputError
        Where no naming gives the views their primaries.
    """
    n, primaries = schedule.n, schedule.primaries
    first = begun["states"][0].get("primary", primaries[0] if primaries else 0)
    usual = "height" if schedule.protocol == "dbft2" else "view"
    backwards = begun.get("rotation", usual) == "height"
    turns = [(first - v if backwards else first + v) % n for v in range(len(primaries))]
    if list(primaries) == turns:
        return {node: node for node in range(n)}
    named: dict[int, int] = {}
    for node, there in zip(primaries, turns, strict=True):
        if named.setdefault(node, there) != there:
            raise InputError("primaries", primaries, "an order in which they rotate")
    if len(set(named.values())) < len(named):
        raise InputError("primaries", primaries, "an order in which they rotate")
    free = [i for i in range(n) if i not in named.values()]
    rest = [i for i in range(n) if i not in named]
    return named | dict(zip(rest, free, strict=True))


def last_inputs(events: Iterable[Event]) -> set[int]:
    """Return the ``id()`` of the last input of each node among the events of a tick."""
    last: dict[int, Event] = {}
    for event in events:
        if isinstance(event, Timeout) or (isinstance(event, Deliver) and takes(event)):
            last[event.node] = event
    return {id(event) for event in last.values()}


def takes(event: Deliver) -> bool:
    """Whether a delivery is an input: a node has its own messages already."""
    return event.sender != event.node
