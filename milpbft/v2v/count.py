"""Count: what a witness that replay confirms is worth to an instance, without asking the models.

Replay says that a witness happens. This says that it is a run of the instance that was asked about,
market and rules alike, and computes the objective from the state machine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import ValidationError

from milpbft.errors import InputError
from milpbft.schedule import Send
from milpbft.v2v.enumerate import orders, worst
from milpbft.v2v.enumerate.matchings import largest
from milpbft.v2v.instance import MatchInstance, OrderInstance, StableInstance, WorstInstance
from milpbft.v2v.market import MarketData
from milpbft.v2v.reference.staged import Staged
from milpbft.v2v.reference.verdicts import settle

if TYPE_CHECKING:
    from milpbft.question.part import Question
    from milpbft.schedule import Schedule
    from milpbft.v2v.reference.measures import Measures

RULES = ("patience", "timer", "seat", "change", "batch", "rule")


def count(question: Question, schedule: Schedule) -> int | None:
    """Count an instance's objective again, in the unit that the schedule names.

    Returns
    -------
    int | None
        None where the schedule is no run of the instance, or its value is no multiple of the unit.
    """
    settings = schedule.settings
    asked = schedule.protocol, settings.get("objective")
    if asked != (question.protocol, question.objective.name):
        return None
    try:
        market = MarketData.model_validate_json(settings.get("market", ""))
    except (ValidationError, InputError):
        return None
    if isinstance(question, WorstInstance):
        return _worst(question, market, schedule)
    assert isinstance(question, MatchInstance | StableInstance | OrderInstance)
    if market != question.market:
        return None
    if isinstance(question, OrderInstance):
        found = _order(question, schedule)
    else:
        found = _matching(question, schedule)
    unit = int(settings.get("unit", "0"))
    return found // unit if found is not None and unit > 0 and not found % unit else None


def _worst(question: WorstInstance, market: MarketData, schedule: Schedule) -> int | None:
    """Return the value of a market of the instance's setting; None for any other."""
    if schedule.settings.get("unit") != "1000000" or not worst.belongs(question, market):
        return None
    return worst.value_of(question, market)


def _order(question: OrderInstance, schedule: Schedule) -> int | None:
    """Return the value of an order of requests, under the instance's own rules."""
    by_name = {order.name: order for order in question.market.orders}
    if any(schedule.settings.get(name) != str(getattr(question, name)) for name in RULES):
        return None
    if any(not isinstance(e, Send) or e.kind not in by_name for e in schedule.events):
        return None
    sends = (event for event in schedule.events if isinstance(event, Send))
    slots = tuple(sorted(((e.tick, by_name[e.kind]) for e in sends), key=lambda slot: slot[0]))
    return orders.value_of(question, orders.run(question, slots))


def _matching(question: MatchInstance | StableInstance, schedule: Schedule) -> int | None:
    """Return the value of a matching that is as large as the instance says."""
    said = []
    for item in filter(None, schedule.settings.get("matches", "").split(",")):
        buy, sell, point = item.split(":")
        said.append((buy, sell, int(point)))
    met, _ = settle(Staged(question.market), said)
    if met is None:
        return None
    if isinstance(question, MatchInstance):
        return _best(question, met)
    return _stable(question, met)


def _best(question: MatchInstance, met: Measures) -> int | None:
    """Return what a matching comes to."""
    match question.objective.name:
        case "matched":
            return met.matched
        case "welfare":
            return met.welfare
    wanted = largest(question.market) if question.pairs is None else question.pairs
    if met.matched != wanted:
        return None
    return met.cost if question.objective.name == "cost" else met.consumer


def _stable(question: StableInstance, met: Measures) -> int | None:
    """Return what a stable matching, or one of the largest, comes to."""
    blocking = len(met.blocking())
    if question.objective.name in {"cost", "welfare"}:
        value = met.cost if question.objective.name == "cost" else met.welfare
        return None if blocking else value
    if met.matched != largest(question.market):
        return None
    return blocking if question.objective.name == "pairs" else len(met.envious())
