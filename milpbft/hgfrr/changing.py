"""Changing: the run of the reference that a schedule of rings which change stands for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.errors import InputError
from milpbft.hgfrr.reference.build import topology_of
from milpbft.hgfrr.reference.live import LiveNode, LiveRun, Plan, live
from milpbft.hgfrr.reference.replay import failures_of
from milpbft.hgfrr.scripted import in_turn
from milpbft.hgfrr.settings import listed, numbers
from milpbft.hgfrr.sizes import Sizes
from milpbft.hgfrr.spread import Spread
from milpbft.schedule.reading import word_in

if TYPE_CHECKING:
    from collections.abc import Mapping

    from milpbft.schedule import Schedule


def run_of(schedule: Schedule, node: type[LiveNode] = LiveNode) -> LiveRun:
    """Run the broadcast of a schedule on nodes, over the rings that its settings name.

    Raises
    ------
    InputError
        Where a setting is missing or unreadable, or the schedule has no single source.
    """
    said = schedule.settings
    ring, contacts, serving, k, seed = numbers(said, "ring", "contacts", "serving", "k", "seed")
    beat, period, newcomers, news = numbers(said, "beat", "period", "newcomers", "news")
    if len(schedule.primaries) != 1:
        raise InputError("primaries", schedule.primaries, "the source alone")
    plan = Plan(
        failures_of(schedule),
        beat if _yes(said, "removed") else None,
        _joins(said, newcomers),
        period,
        tuple(listed(said, "starts")),
        handover=_yes(said, "handover"),
        present=word_in(said, "trees", "begun", ("begun", "present")) == "present",
        news=news,
    )
    sizes = Sizes(ring, contacts)
    return live(
        topology_of(schedule.n - newcomers, sizes, seed),
        schedule.primaries[0],
        Spread(k, 0, serving, seed),
        plan,
        sizes=sizes,
        horizon=schedule.horizon,
        seed=seed,
        overlay=in_turn(listed(said, "re_elected")),
        node=node,
    )


def _yes(said: Mapping[str, str], name: str) -> bool:
    return word_in(said, name, "no", ("no", "yes")) == "yes"


def _joins(said: Mapping[str, str], newcomers: int) -> tuple[tuple[int, int, int], ...]:
    """Read newcomers: tick, ring and place of each, with colons."""
    text = said.get("joins", "")
    found = [tuple(part.split(":")) for part in text.split(",")] if text else []
    plain = all(len(join) == 3 and all(map(str.isdecimal, join)) for join in found)
    if len(found) > newcomers or not plain:
        raise InputError("settings.joins", text, f"{newcomers} times tick:ring:place at most")
    return tuple((int(tick), int(ring), int(place)) for tick, ring, place in found)
