"""From a point of a chain's program to a plan, as :mod:`milpbft.pov.reference.chains` reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.schedule import Decide, Event, Fault, Schedule, Send
from milpbft.schedule.promising import budget

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from milpbft.pov.heights import ChainInstance
    from milpbft.pov.model.chain_acts import Chain

Group = list[int]
"""Nodes that have a block."""


def plan_of(x: Chain, i: ChainInstance, point: NDArray[np.int64], source: str) -> Schedule:
    """Write down who makes which block, and who adopts it; ticks are heights.

    Byzantine commissioners are the last, Byzantine butlers the first. Block 0 of a height is the
    live one, if any is.
    """
    liars, crooks = int(x.b.of(point)), int(x.f.of(point))
    faulty = [*range(i.commissioners - liars, i.commissioners)]
    faulty += range(i.commissioners, i.commissioners + crooks)
    events: list[Event] = [Fault(0, node, "byzantine") for node in faulty]
    voters = list(range(i.commissioners - liars))
    butlers = list(range(i.commissioners + crooks, i.commissioners + i.butlers))
    for t in range(1, i.heights + 1):
        alive: tuple[Group, Group] = ([], [])
        made = _blocks(x, point, t, (voters, butlers), i.commissioners)
        for number, (maker, group) in enumerate(made):
            kind = "Block" + (f"#{number}" if number else "") + (f"@{t}" if t > 1 else "")
            events.append(Send(t, maker, kind, 0))
            events += [Decide(t, node, number) for node in sorted(group)]
            if number == 0 and int((x.mine.of(point) + x.fair.of(point))[t]):
                alive = [n for n in group if n in voters], [n for n in group if n in butlers]
        voters, butlers = alive
    commissioners, end = range(i.commissioners), i.commissioners + i.butlers
    said = budget(
        (commissioners, i.byzantine_commissioners),
        (range(i.commissioners, end), i.byzantine_butlers),
    )
    return Schedule(
        protocol="povchain",
        n=end + 1,
        byzantine=tuple(faulty),
        primaries=(),
        events=tuple(events),
        horizon=i.heights,
        source=source,
        settings=i.settings | {"budget": said},
    )


def _blocks(
    x: Chain, point: NDArray[np.int64], t: int, at: tuple[Group, Group], first: int
) -> Iterator[tuple[int, Group]]:
    """Yield makers and adopters of the blocks of height t, the live one first.

    The honest butler who makes one is the first of those who have the block below.
    """

    def many(name: str) -> int:
        return int(getattr(x, name).of(point)[t])

    voters, butlers = list(at[0]), list(at[1])
    producer = butlers[0] if butlers else first

    def take(what: str) -> Group:
        c, g = (many(f"{what}_c"), many(f"{what}_g")) if what else (many("c"), many("g"))
        group = voters[:c] + butlers[:g]
        del voters[:c], butlers[:g]
        return group

    late = take("late")
    if many("mine") or many("fair"):
        yield first if many("mine") else producer, take("")
    if many("dead"):
        nodes, blocks = take("dead"), many("dead")
        yield from ((first, nodes[place::blocks]) for place in range(blocks))
    if many("late"):
        yield producer, late
