"""Replay: whether the answer of a model happens on the state machine, and is worth what it says.

- A **matching** is settled on accounts, and its pairs are counted again.
- A **worst market** is served first come, first served, on the state machine and on the replicas
  of every protocol; what it could have been is computed by an exact assignment.
- An **order of requests** is proposed by a steered primary of every protocol: replicas must execute
  it as said, all alike, and leave the view only where the schedule says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import ValidationError

from milpbft.errors import InputError
from milpbft.registry import hosts
from milpbft.schedule import Send
from milpbft.schedule.reading import word_in
from milpbft.v2v.market import MarketData
from milpbft.v2v.reference.staged import Staged
from milpbft.v2v.reference.verdicts import arrive, best_travel, settle
from milpbft.v2v.replicated import NODES, Played, Script, play
from milpbft.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping

    from milpbft.schedule import Schedule
    from milpbft.v2v.reference.measures import Measures

MICRO = 10**6
Rule = Literal["key", "best"]


def replay(schedule: Schedule) -> Verdict:
    """Replay a schedule of the market.

    Returns
    -------
    Verdict
        Of the check ``replay``: ``confirmed``, or ``refuted`` with the first thing that differs.

    Raises
    ------
    InputError
        Where a setting is missing or unusable.
    """
    by_protocol = {
        "v2vmatch": _matching, "v2vstable": _stable, "v2vworst": _worst, "v2vorder": _order
    }  # fmt: skip
    if schedule.protocol not in by_protocol:
        raise InputError("protocol", schedule.protocol, f"one of {', '.join(by_protocol)}")
    reason = by_protocol[schedule.protocol](schedule, market_in(schedule))
    return Verdict("replay", "refuted" if reason else "confirmed", reason)


def market_in(schedule: Schedule) -> MarketData:
    """Return the market that a schedule is about."""
    try:
        return MarketData.model_validate_json(schedule.settings.get("market", ""))
    except ValidationError as error:
        raise InputError.from_pydantic(error).within("settings") from None


def rule_in(schedule: Schedule) -> Rule:
    """Return by which rule orders of a batch are matched.

    Raises
    ------
    InputError
        Where it is none.
    """
    return word_in(schedule.settings, "rule", "key", ("key", "best"))


def _number(settings: Mapping[str, str], name: str) -> int:
    try:
        return int(settings.get(name, ""))
    except ValueError:
        raise InputError(f"settings.{name}", settings.get(name, ""), "a number") from None


def _compare(what: str, found: int, settings: Mapping[str, str], unit: int | None = None) -> str:
    """Say where a count differs from what the model says; nothing where it does not."""
    said = _number(settings, "value") * (_number(settings, "unit") if unit is None else unit)
    return "" if found == said else f"{what}: {found} on the state machine, {said} in the model"


# ---- matchings


def _settled(schedule: Schedule, data: MarketData) -> tuple[Measures | None, str]:
    names = {order.name for order in data.orders}
    said = []
    for item in filter(None, schedule.settings.get("matches", "").split(",")):
        buy, sell, point = [*item.split(":"), "", ""][:3]
        points = range(len(data.points))
        if {buy, sell} - names or not point.isdecimal() or int(point) not in points:
            raise InputError("settings.matches", item, "a buy, a sell and a point: b1:s1:0")
        said.append((buy, sell, int(point)))
    return settle(Staged(data), said)


def _matching(schedule: Schedule, data: MarketData) -> str:
    met, reason = _settled(schedule, data)
    if met is None:
        return reason
    objective = schedule.settings.get("objective", "")
    found = {
        "matched": met.matched, "cost": met.cost, "consumer": met.consumer, "welfare": met.welfare
    }  # fmt: skip
    if objective not in found:
        raise InputError("settings.objective", objective, f"one of {', '.join(found)}")
    return _compare(objective, found[objective], schedule.settings)


def _stable(schedule: Schedule, data: MarketData) -> str:
    met, reason = _settled(schedule, data)
    if met is None:
        return reason
    objective, blocking = schedule.settings.get("objective", ""), met.blocking()
    match objective:
        case "pairs":
            return _compare("blocking pairs", len(blocking), schedule.settings)
        case "envy":
            return _compare("buyers that envy", len(met.envious()), schedule.settings)
    if blocking:
        return f"{sorted(blocking)[0]} would leave for each other"
    found = met.cost if objective == "cost" else met.welfare
    return _compare(objective, found, schedule.settings)


# ---- worst markets


def _worst(schedule: Schedule, data: MarketData) -> str:
    staged = Staged(data, first=NODES)
    settings = schedule.settings
    market, met = arrive(staged)
    pair = _number(settings, "pair") or MICRO
    pairs, travel = best_travel(staged, pair * MICRO)
    match settings.get("objective", ""):
        case "pairs":
            reason = _compare("pairs lost", pairs - met.matched, settings, 1)
        case "worst":
            reason = _compare("travel", met.cost, settings, MICRO)
            if travel > _number(settings, "most") * MICRO:
                reason = f"the best matching travels {travel}, not {settings['most']} at most"
        case _:
            worth = _number(settings, "pair") * MICRO
            gap = (pairs - met.matched) * worth - travel + met.cost
            reason = _compare("gap", gap, settings, MICRO)
    if reason:
        return reason
    slots = {data.arrives(order): order for order in data.orders}
    script = Script(staged, slots, len(slots), len(slots))
    for played in (play(protocol, script) for protocol in hosts()):
        wrong = _differs(played, tuple(order.name for order in data.incoming))
        if not wrong and staged.names(played.market, data.orders) != staged.names(
            market, data.orders
        ):
            wrong = "replicas match otherwise than the state machine alone"
        if wrong:
            return f"{played.protocol}: {wrong}"
    return ""


def _differs(played: Played, orders: tuple[str, ...], *, lost: bool = False) -> str:
    if played.orders != orders:
        return f"executed {', '.join(played.orders)}, not {', '.join(orders)}"
    if not played.equal:
        return "states of replicas differ"
    if not lost and any(played.views):
        return f"the view was left: {played.views}"
    return "" if lost <= any(played.views) else "the view was not left"


# ---- orders of requests


def _order(schedule: Schedule, data: MarketData) -> str:
    settings = schedule.settings
    batch, patience = _number(settings, "batch"), _number(settings, "patience")
    staged = Staged(data, first=NODES, batch=batch, rule=rule_in(schedule))
    by_name = {order.name: order for order in data.orders}
    if unknown := [e for e in schedule.events if e.event == "send" and e.kind not in by_name]:
        raise InputError("events", unknown[0], "sends of the orders of the market")
    sends = [event for event in schedule.events if isinstance(event, Send)]
    if other := [event for event in sends if (event.node, event.view) != (0, 0)]:
        return f"{other[0].kind} is proposed by node {other[0].node} in view {other[0].view}"
    slots = {event.tick: by_name[event.kind] for event in sends}
    if len(slots) < len(sends):
        return "two orders in one slot"
    timer = word_in(settings, "timer", "oldest", ("oldest", "each"))
    late = _held(data, slots, patience, each=timer == "each")
    if late and word_in(settings, "seat", "False", ("False", "True")) == "False":
        return f"{late[1]} is held for more than {patience} slots"
    # Whoever is deposed proposes nothing more: the rest is the successor's.
    own = {slot: order for slot, order in slots.items() if not late or slot <= late[0]}
    # With a timer per request, which replicas do not have, they are given all the time they need.
    borne = patience if timer != "each" else len(data.orders) * (patience + 1)
    script = Script(staged, own, borne, _last_slot(data, own, batch, late))
    orders = tuple(slots[slot].name for slot in sorted(slots))
    for protocol in hosts():
        played = play(protocol, script)
        wrong = _differs(played, orders, lost=bool(late))
        wrong = wrong or _worth(schedule, staged, played)
        if wrong:
            return f"{protocol}: {wrong}"
    return ""


def _last_slot(
    data: MarketData, own: Mapping[int, object], batch: int, late: tuple[int, str] | None
) -> int:
    last = max([*own, *(data.heard(order) for order in data.orders)])
    if late:
        last = max(last, late[0])
    return last + (-last % batch if batch else 0)


def _held(
    data: MarketData, slots: Mapping[int, object], patience: int, *, each: bool
) -> tuple[int, str] | None:
    """Return the slot after which a timer expires, and whose; None where none does."""
    executed_in = {getattr(order, "name", ""): slot for slot, order in slots.items()}
    known = sorted((o for o in data.orders if not o.secret), key=data.heard)
    start, expired = 0, []
    for order in known:
        # The timer runs from when all know the request, and it is the oldest that waits.
        since = data.heard(order) if each else max(start + 1, data.heard(order))
        done = executed_in.get(order.name, since + patience + 1)
        if done - since > patience:
            expired.append((since + patience, order.name))
            if not each:
                break
        start = max(start, done)
    return min(expired, default=None)


def _worth(schedule: Schedule, staged: Staged, played: Played) -> str:
    by_name = {order.name: order for order in staged.data.orders}
    met = staged.measures(played.market, [by_name[name] for name in played.orders])
    settings = schedule.settings
    about = {staged.id(by_name[n]) for n in settings.get("about", "").split(",") if n in by_name}
    buys = {staged.id(order) for order in staged.data.buys}
    match settings.get("objective", ""):
        case "blocking":
            return _compare("blocking pairs", len(met.blocking()), settings)
        case "matched":
            return _compare("pairs", met.matched, settings)
        case "welfare":
            return _compare("welfare", met.welfare, settings)
        case "consumers":
            return _compare("consumers pay", met.consumers(buys), settings)
        case "victim":
            return _compare("the victim pays", met.consumers(about), settings)
    return _compare("the seller gains", met.gain(about), settings)
