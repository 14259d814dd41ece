"""Knowledge: what each node knows of each ring at each tick of a history."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from milpbft.hgfrr.model.histories import History
    from milpbft.hgfrr.model.rings import State


@lru_cache(maxsize=100_000)
def sees(before: State, after: State) -> frozenset[int]:
    """Return who sees at once that a ring is another one: neighbours, who comes, the elected.

    A member that is gone is seen by its neighbours of before, one that has come by those of now.
    """
    seen = {node for node in after.contacts if node not in before.contacts}
    for ring, other in ((before.members, after.members), (after.members, before.members)):
        for place, node in enumerate(ring):
            if node not in other:
                seen |= {node, ring[place - 1], ring[(place + 1) % len(ring)]}
    return frozenset(seen.intersection(after.members))


def known(history: History, ring: int, node: int, news: int) -> tuple[State, ...]:
    """Return per tick what a node takes a ring for.

    The last state that it sees at once, or that the ring came to `news` ticks ago at the latest;
    what the ring was before tick 0 all know.
    """
    states = [rings[ring] for rings in (history.start, *history.rings)]
    found: list[State] = []
    newest = 0
    for now in range(1, len(states)):
        for since in range(now, newest, -1):
            before, after = states[since - 1], states[since]
            if before != after and (since + news <= now or node in sees(before, after)):
                newest = since
                break
        found.append(states[newest])
    return tuple(found)
