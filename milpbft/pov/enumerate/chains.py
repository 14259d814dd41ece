"""Chains by exhaustion: all plans of a few heights, performed on nodes of the reference.

A plan says how many nodes adopt which of a few blocks of each height. All are tried, also those
that make no sense; what nodes do decides which are runs. Nothing of the model is asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from milpbft.pov.reference.chains import perform, worth
from milpbft.schedule import Decide, Event, Fault, Schedule, Send

if TYPE_CHECKING:
    from collections.abc import Iterator

    from milpbft.pov.heights import ChainInstance

Spread = tuple[tuple[int, int], ...]
"""Commissioners and butlers who adopt each block; the last pair adopts none."""


@dataclass(frozen=True)
class Level:
    """The blocks of a height: which have Byzantine makers, and how nodes are spread over them."""

    foul: tuple[bool, ...]
    spread: Spread


def levels(c: int, g: int, most: int) -> Iterator[Level]:
    """Yield all levels above a block that so many commissioners and butlers have.

    At most `most` blocks, each adopted by somebody; blocks of one kind but the first are alike.
    """
    for blocks in range(most + 1):
        for foul in {(True,) * k + (False,) * (blocks - k) for k in range(blocks + 1)} | {
            (False,) + (True,) * (blocks - 1) if blocks > 1 else (True,) * blocks
        }:
            for spread in _spreads(c, g, blocks):
                yield Level(foul, spread)


def _spreads(c: int, g: int, blocks: int) -> Iterator[Spread]:
    """Yield all ways to spread nodes over blocks, each with somebody, and none."""
    if not blocks:
        yield ((c, g),)
        return
    for first_c in range(c + 1):
        for first_g in range(g + 1):
            if first_c + first_g:
                for rest in _spreads(c - first_c, g - first_g, blocks - 1):
                    yield ((first_c, first_g), *rest)


def plans(i: ChainInstance, heights: int, most: int) -> Iterator[Schedule]:
    """Yield all plans of up to so many heights, with any number of Byzantine nodes."""
    for b in range(i.byzantine_commissioners + 1):
        for f in range(i.byzantine_butlers + 1):
            for told in _stories(i.commissioners - b, i.butlers - f, heights, most):
                if f or not any(foul for level in told for foul in level.foul):
                    yield _written(i, (b, f), told)


def _stories(c: int, g: int, heights: int, most: int) -> Iterator[tuple[Level, ...]]:
    """Yield sequences of levels; each stands above the first block of the one before."""
    for level in levels(c, g, most):
        if heights == 1 or not level.foul:
            yield (level,)
            continue
        for rest in _stories(*level.spread[0], heights - 1, most):
            yield (level, *rest)


def _written(i: ChainInstance, faults: tuple[int, int], told: tuple[Level, ...]) -> Schedule:
    (b, f), first = faults, i.commissioners
    faulty = [*range(first - b, first), *range(first, first + f)]
    voters, butlers = list(range(first - b)), list(range(first + f, first + i.butlers))
    events: list[Event] = [Fault(0, node, "byzantine") for node in faulty]
    for t, level in enumerate(told, start=1):
        alive: tuple[list[int], list[int]] = ([], [])
        honest = level.foul.index(False) if False in level.foul else None
        producer = [butlers[0]] if honest is not None and level.spread[honest][1] else []
        others = [n for n in butlers if n not in producer]
        for number, foul in enumerate(level.foul):
            c, g = level.spread[number]
            mine = (producer if number == honest else []) + others
            got = voters[:c], mine[:g]
            voters = voters[c:]
            others = [n for n in others if n not in got[1]]
            kind = "Block" + (f"#{number}" if number else "") + (f"@{t}" if t > 1 else "")
            events.append(Send(t, first if foul else (producer or [first])[0], kind, 0))
            events += [Decide(t, node, number) for node in sorted([*got[0], *got[1]])]
            alive = got if number == 0 else alive
        voters, butlers = alive
    return Schedule("povchain", first + i.butlers + 1, tuple(faulty), (), tuple(events), i.heights,
                    settings=i.settings)  # fmt: skip


def best(i: ChainInstance, most: int = 2, seeds: int = 6) -> dict[str, int | None]:
    """Return the best value of each objective over all plans that nodes perform.

    Parameters
    ----------
    most
        Blocks of a height at most.
    seeds
        Rings of keys that are tried for each plan.
    """
    found: dict[str, list[int]] = {name: [] for name in i.objectives}
    for schedule in plans(i, i.heights, most):
        run = perform(schedule, seeds)
        if not run.difference:
            for name, values in found.items():
                value = worth(run, name)
                if value is not None:
                    values.append(value)
    pick = {"max": max, "min": min}
    return {name: pick[i.objectives[name]](values, default=None) for name, values in found.items()}
