"""All schedules of a primary that orders requests, executed by the state machine."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from milpbft.v2v.reference.staged import Staged

if TYPE_CHECKING:
    from collections.abc import Iterator

    from milpbft.v2v.instance import OrderInstance
    from milpbft.v2v.market import OrderData
    from milpbft.v2v.reference.measures import Measures

Schedule = tuple[tuple[int, "OrderData"], ...]
"""Slots and the orders that are executed in them."""


@dataclass
class Search:
    """Depth first through slots; what replicas would not bear is cut off."""

    instance: OrderInstance
    known: list[OrderData] = field(init=False)

    def __post_init__(self) -> None:
        market = self.instance.market
        known = [order for order in market.orders if not order.secret]
        self.known = sorted(known, key=market.heard)

    @property
    def _colludes(self) -> bool:
        return len(self.known) < len(self.instance.market.orders)

    def schedules(self) -> Iterator[Schedule]:
        """Yield every schedule that executes all known orders."""
        yield from self._from(1, (), dict.fromkeys((o.name for o in self.known), 0))

    def _from(self, slot: int, done: Schedule, held: dict[str, int]) -> Iterator[Schedule]:
        executed = {order.name for _, order in done}
        if all(order.name in executed for order in self.known):
            yield done
            if not self._colludes or any(order.secret for _, order in done):
                return
        market, secret = self.instance.market, any(order.secret for _, order in done)
        if slot > self.instance.slots:
            return
        choices: list[OrderData | None] = [None]
        for order in market.orders:
            there = order.name not in executed and market.arrives(order) <= slot
            if there and not (order.secret and secret):
                choices.append(order)
        for choice in choices:
            now = done if choice is None else (*done, (slot, choice))
            waiting = self.waiting(slot, {order.name for _, order in now})
            held_now = dict(held)
            for order in self._timed(slot, executed, waiting):
                held_now[order.name] += 1
            if all(count <= self.instance.patience for count in held_now.values()):
                yield from self._from(slot + 1, now, held_now)
            elif self.instance.seat:
                yield from self._deposed(slot + 1, now)

    def waiting(self, slot: int, executed: set[str]) -> list[OrderData]:
        """Return what all know and nobody has executed, the oldest first."""
        heard = self.instance.market.heard
        return [o for o in self.known if o.name not in executed and heard(o) <= slot]

    def _timed(self, slot: int, before: set[str], waiting: list[OrderData]) -> list[OrderData]:
        """Return the requests on which a timer ran through the slot."""
        if self.instance.timer == "each":
            return waiting
        # That of the oldest as the slot began: if it was served, the next one's starts anew.
        oldest = self.waiting(slot, before)[:1]
        return [order for order in oldest if order in waiting]

    def _deposed(self, slot: int, done: Schedule) -> Iterator[Schedule]:
        """Let the successor serve the oldest first, once it has its seat."""
        executed = {order.name for _, order in done}
        slot += self.instance.change
        while len(executed & {order.name for order in self.known}) < len(self.known):
            waiting = self.waiting(slot, executed)
            if waiting:
                done = (*done, (slot, waiting[0]))
                executed.add(waiting[0].name)
            slot += 1
        yield done


def run(instance: OrderInstance, schedule: Schedule) -> Measures:
    """Execute a schedule on the state machine, idle slots included where batches count them."""
    staged = Staged(instance.market, batch=instance.batch, rule=instance.rule)
    market = staged.open()
    by_slot = dict(schedule)
    last = max(by_slot, default=0)
    last += -last % instance.batch if instance.batch else 0
    for slot in range(1, last + 1):
        if slot in by_slot:
            staged.place(market, by_slot[slot])
        elif instance.batch:
            market.idle()
    return staged.measures(market, [order for _, order in schedule])


def value_of(instance: OrderInstance, met: Measures) -> int:
    """Return what a run counts for, in 10^-6 minor units or pairs."""
    staged = Staged(instance.market)
    match instance.objective.name:
        case "blocking":
            return len(met.blocking())
        case "matched":
            return met.matched
        case "welfare":
            return met.welfare
        case "consumers":
            return met.consumers({staged.id(order) for order in instance.market.buys})
    about = {staged.id(o) for o in instance.market.orders if o.name in instance.about}
    return met.consumers(about) if instance.objective.name == "victim" else met.gain(about)


def optimum(instance: OrderInstance) -> int | None:
    """Return the optimum over all schedules; None where replicas bear none."""
    sense = max if instance.objective.sense == "max" else min
    found: dict[tuple[object, ...], int] = {}
    for schedule in Search(instance).schedules():
        # Beside the timers, of a slot only its batch matters.
        batch = instance.batch
        key = tuple((-(-slot // batch) if batch else 0, order.name) for slot, order in schedule)
        if key not in found:
            found[key] = value_of(instance, run(instance, schedule))
    return sense(found.values(), default=None)


def in_turn(instance: OrderInstance) -> Schedule:
    """Return first come, first served, one order per slot; secret orders are left out."""
    search, slot = Search(instance), 1
    done: Schedule = ()
    while len(done) < len(search.known):
        waiting = search.waiting(slot, {order.name for _, order in done})
        done = (*done, (slot, waiting[0])) if waiting else done
        slot += 1
    return done
