"""What the replicated market has after each slot: orders that were executed, pairs, who waits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.errors import InputError
from milpbft.schedule import Send
from milpbft.schedule.reading import number_in
from milpbft.schedule.states import State, Watch
from milpbft.v2v.reference.operations import NoOp
from milpbft.v2v.reference.staged import Staged
from milpbft.v2v.replay import market_in, rule_in
from milpbft.v2v.replicated import NODES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from milpbft.schedule import Schedule
    from milpbft.v2v.market import OrderData


def watch(schedule: Schedule) -> Watch:
    """Execute the orders of a schedule slot by slot, and return what every replica has.

    Where orders come as they do, or pairs are settled at once, there is one state, the last.

    Raises
    ------
    InputError
        Where a setting is missing or unusable.
    """
    data = market_in(schedule)
    if schedule.protocol == "v2vworst":
        staged = Staged(data, first=NODES)
        pairs = staged.names(staged.run(), data.orders)
        return Watch(_everywhere(0, 0, _words(data.incoming, pairs)))
    if schedule.protocol != "v2vorder":
        return Watch(_everywhere(0, 0, _words(data.orders, _settled(schedule))))
    return Watch(tuple(_slots(schedule)))


def _settled(schedule: Schedule) -> list[tuple[str, str, int]]:
    said = schedule.settings.get("matches", "")
    found = [item.split(":") for item in said.split(",") if item]
    if any(len(one) != 3 or not one[2].isdecimal() for one in found):
        raise InputError("settings.matches", said, "a buy, a sell and a point: b1:s1:0")
    return [(buy, sell, int(point)) for buy, sell, point in found]


def _slots(schedule: Schedule) -> list[State]:
    data = market_in(schedule)
    batch = number_in(schedule.settings, "batch", 0)
    staged = Staged(data, first=NODES, batch=batch, rule=rule_in(schedule))
    orders = {order.name: order for order in data.orders}
    events = {e.tick: e for e in schedule.events if isinstance(e, Send) and e.kind in orders}
    market = staged.open()
    placed: list[OrderData] = []
    states = list(_everywhere(0, 0, "0 orders executed"))
    for slot in range(1, max(events, default=0) + 1):
        if slot in events:
            placed.append(orders[events[slot].kind])
            staged.place(market, placed[-1])
        elif batch:
            # Batches are counted in requests: a slot without an order has one that does nothing.
            market.apply(NODES + len(data.owners), slot, NoOp().to_bytes())
        words = _words(placed, staged.names(market, placed))
        view = events[slot].view if slot in events else states[-1].view
        if (view, words) != (states[-1].view, states[-1].words):
            states += _everywhere(slot, view, words)
    return states


def _everywhere(slot: int, view: int, words: str) -> tuple[State, ...]:
    """Return a state of all replicas: they execute the same."""
    return tuple(State(slot, node, view, words) for node in range(NODES))


def _words(placed: Sequence[OrderData], pairs: Sequence[tuple[str, str, int]]) -> str:
    met = {name for buy, sell, _ in pairs for name in (buy, sell)}
    waiting = [order.name for order in placed if order.name not in met]
    said = [f"{buy} buys of {sell} at point {point}" for buy, sell, point in pairs]
    said += [f"without a match: {', '.join(waiting)}"] if waiting else []
    return "; ".join([f"{len(placed)} order{'s' * (len(placed) != 1)} executed", *said])
