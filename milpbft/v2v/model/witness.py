"""Schedules of the market: what the room needs to replay an answer of a model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.schedule import Schedule, Send

if TYPE_CHECKING:
    from collections.abc import Sequence

    from milpbft.v2v.instance import MatchInstance, OrderInstance, StableInstance, WorstInstance
    from milpbft.v2v.market import MarketData

NODES = 4
"""Replicas that orders are executed by."""


def matching(
    instance: MatchInstance | StableInstance,
    matches: Sequence[tuple[str, str, int]],
    unit: int,
    value: int,
    source: str,
) -> Schedule:
    """Write a matching: names of buys and sells, and points."""
    said = ",".join(f"{buy}:{sell}:{point}" for buy, sell, point in matches)
    settings = {"matches": said, **_facts(instance, instance.market, unit, value)}
    return _schedule(instance.protocol, (), settings, source)


def ordering(
    instance: OrderInstance,
    slots: Sequence[tuple[int, str]],
    *,
    unit: int,
    value: int,
    source: str,
    horizon: int,
) -> Schedule:
    """Write the slots in which orders are executed."""
    events = tuple(Send(int(slot), 0, name, 0) for slot, name in slots)
    names = ("patience", "timer", "seat", "change", "batch", "rule")
    settings = {name: str(getattr(instance, name)) for name in names}
    if instance.objective.name in {"victim", "gain"}:
        settings["about"] = ",".join(instance.about)
    settings |= _facts(instance, instance.market, unit, value)
    return _schedule(instance.protocol, events, settings, source, horizon)


def worst(
    instance: WorstInstance, market: MarketData, facts: dict[str, str], value: int, source: str
) -> Schedule:
    """Write a market, whose orders come as listed, and what the best matching is said to be."""
    if instance.most is not None:
        facts = facts | {"most": str(instance.most)}
    return _schedule(instance.protocol, (), facts | _facts(instance, market, 10**6, value), source)


def _facts(
    instance: MatchInstance | StableInstance | OrderInstance | WorstInstance,
    market: MarketData,
    unit: int,
    value: int,
) -> dict[str, str]:
    return {
        "objective": instance.objective.name,
        "market": market.model_dump_json(exclude_defaults=True),
        "unit": str(unit),
        "value": str(value),
    }


def _schedule(
    protocol: str,
    events: tuple[Send, ...],
    settings: dict[str, str],
    source: str,
    horizon: int = 0,
) -> Schedule:
    return Schedule(protocol, NODES, (), (0,), events, horizon, source=source, settings=settings)
