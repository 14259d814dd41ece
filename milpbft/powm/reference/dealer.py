"""Dealer: nonce sets by a script, granted by the manager and hashed by miners, unit by unit."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from milpbft.powm.rates import read_rates
from milpbft.powm.reference.reading import number
from milpbft.schedule import Decide, Deliver, Send
from milpbft.verdict import Verdict

if TYPE_CHECKING:
    from milpbft.schedule import Schedule


def replay_assignment(schedule: Schedule) -> Verdict:
    """Carry grants out one by one, and look whether all units are hashed when the schedule says.

    Returns
    -------
    Verdict
        Of the check ``replay``: ``refuted`` with the first grant that cannot be made, or with what
        is missing in the end.
    """
    costs = read_rates(schedule.settings.get("costs", ""), "settings.costs")
    units, latency = number(schedule, "units"), number(schedule, "latency")
    reason, ends = _carry_out(schedule, costs, latency)
    hashed = sum(ends.values())
    if not reason and hashed != units:
        reason = f"{hashed} of {units} units are granted"
    last = max(ends, default=0)
    decided = [event.tick for event in schedule.events if isinstance(event, Decide)]
    if not reason and decided != [last]:
        reason = f"all units are hashed at tick {last}, in the schedule at {decided}"
    if not reason and number(schedule, "value") != last:
        reason = f"ticks: {last} in the run, {schedule.settings['value']} in the schedule"
    return Verdict("replay", "refuted" if reason else "confirmed", reason)


def _carry_out(
    schedule: Schedule, costs: tuple[int, ...], latency: int
) -> tuple[str, Counter[int]]:
    """Make every grant of a schedule; return what is wrong, and units by the tick they end at."""
    ports, largest = number(schedule, "ports"), number(schedule, "largest")
    sent = {(e.kind, e.tick) for e in schedule.events if isinstance(e, Send) and not e.node}
    served: Counter[int] = Counter()
    idle_from = [0] * len(costs)
    ends: Counter[int] = Counter()
    cursor = 0
    got = [event for event in schedule.events if isinstance(event, Deliver)]
    for event in sorted(got, key=lambda e: int(e.kind.partition("#")[2].partition("-")[0])):
        lo, hi = map(int, event.kind.removeprefix("Grant#").split("-"))
        tick, miner = event.tick - latency, event.node - 1
        served[tick] += 1
        wrong = ""
        if (event.kind, tick) not in sent:
            wrong = f"the manager does not send {event.kind}"
        elif lo != cursor or not lo < hi <= lo + largest:
            wrong = f"{event.kind} does not go on from unit {cursor}, or is too large"
        elif served[tick] > ports:
            wrong = f"the manager serves more than {ports} grants"
        elif idle_from[miner] > tick:
            wrong = f"node {event.node} is still busy"
        if wrong:
            return f"tick {tick}: {wrong}", ends
        cursor = hi
        for unit in range(1, hi - lo + 1):
            ends[event.tick + costs[miner] * unit] += 1
        idle_from[miner] = event.tick + costs[miner] * (hi - lo)
    if len(sent) != len(got):
        return "a grant is sent to nobody", ends
    return "", ends
