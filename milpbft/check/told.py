"""Told: what a schedule says beside who does what when, held to what replicas say.

The events of a replay are kinds, views and ticks. A schedule may also tell which proposal an answer
is about, where a change view leads, what a recovery message carries, sizes, rules and final states,
all of it for drivers: where it does, replicas must say the same.
"""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from milpbft.schedule import Deliver, Send
from milpbft.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from milpbft.schedule import Detail, Schedule

_SAID = ("about", "nonce", "new_view", "reason", "carries")


def tells(schedule: Schedule) -> bool:
    """Whether a schedule says more than its events need."""
    said = (getattr(e, name) for e in schedule.events if isinstance(e, Send) for name in _SAID)
    return schedule.detail is not None or any(value is not None for value in said)


def told(schedule: Schedule, ours: Schedule) -> Verdict:
    """Compare what a schedule says with the same schedule as replicas tell it.

    Messages may be numbered in another order. What is left out is not compared.

    Returns
    -------
    Verdict
        Of the check ``replay``: ``confirmed``, or ``refuted`` with the first that differs.
    """
    for what, given, here in _pairs(schedule, ours):
        if given is not None and given != here:
            return Verdict("replay", "refuted", f"{what} is {given} in the schedule, {here} here")
    return Verdict("replay", "confirmed")


def _pairs(schedule: Schedule, ours: Schedule) -> Iterator[tuple[str, Any, Any]]:
    """Yield name, what the schedule says, and what replicas say."""
    both = list(zip(schedule.events, ours.events, strict=True))
    ids: dict[int | None, int | None] = {
        given.id: here.id
        for given, here in both
        if isinstance(given, Send) and isinstance(here, Send) and given.id is not None
    }
    for given, here in both:
        if isinstance(given, Deliver) and isinstance(here, Deliver):
            what = f"tick {given.tick}: what node {given.node} receives of node {given.sender}"
            yield f"{what}, {given.kind} of view {given.view},", ids.get(given.msg), here.msg
        elif isinstance(given, Send) and isinstance(here, Send):
            what = f"tick {given.tick}: node {given.node} sends {given.kind} of view {given.view}"
            for name in _SAID:
                said = getattr(given, name)
                if name == "about":
                    said = ids.get(said, said)
                elif name == "carries" and said is not None:
                    said = tuple(ids.get(number, number) for number in said)
                yield f"{what}, whose {name}", said, getattr(here, name)
    if schedule.detail is not None and ours.detail is not None:
        yield from _details(schedule.detail, ours.detail)


def _details(given: Detail, here: Detail) -> Iterator[tuple[str, Any, Any]]:
    """Yield the same of sizes, rules and final states."""
    for name in (one.name for one in fields(given)):
        if name == "settling":
            early = given.settling is not None and given.settling < (here.settling or 0)
            yield name, given.settling if early else None, here.settling
        elif name != "final":
            yield name, getattr(given, name), getattr(here, name)
    if not given.final:
        return
    yield "the number of final states", len(given.final), len(here.final)
    for node, (one, other) in enumerate(zip(given.final, here.final, strict=True)):
        yield f"whether node {node} has a final state", one is not None, other is not None
        for name in (one or {}).keys() & (other or {}).keys():
            yield f"final state of node {node}: {name}", (one or {})[name], (other or {})[name]
