"""Broadcasts over rings that change by exhaustion: every run of the reference.

Who is faulty and since when, who joins where and when, and who is elected where no draw says it:
all of it is tried.
"""

from __future__ import annotations

from functools import partial
from itertools import combinations, product
from typing import TYPE_CHECKING

from milpbft.hgfrr.enumerate.branching import every
from milpbft.hgfrr.reference.build import topology_of
from milpbft.hgfrr.reference.live import LiveRun, Plan, live
from milpbft.hgfrr.reference.world import Failures

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from milpbft.hgfrr.churn import ChurnInstance
    from milpbft.hgfrr.reference.membership import Overlay
    from milpbft.hgfrr.topology import Topology


def worst(i: ChurnInstance) -> int:
    """Return the optimum."""
    match i.objective.name:
        case "coverage":
            return min(len(run.held) for run in _runs(i))
        case "ticks":
            return max(max(run.held.values()) for run in _runs(i))
    return max(len(run.sent) for run in _runs(i))


def _rings(i: ChurnInstance) -> Topology:
    return topology_of(i.n, i.limits, i.seed)


def _failures(i: ChurnInstance) -> Iterator[Failures]:
    """Yield all faulty sets, and all ticks of crashes."""
    others = [node for node in range(i.n) if node != i.source]
    for nodes in combinations(others, i.faults):
        if i.fault == "silent":
            yield Failures(silent=frozenset(nodes))
            continue
        for since in product(range(i.horizon + 1), repeat=i.faults):
            yield Failures(dict(zip(nodes, since, strict=True)))


def _joins(i: ChurnInstance) -> Iterator[tuple[tuple[int, int, int], ...]]:
    """Yield no newcomer, and one at every tick, on every lowest ring, at every place."""
    yield ()
    for number, ring in enumerate(_rings(i).level(0)) if i.joins else ():
        for place in range(len(ring.members) + 1):
            for tick in range(i.horizon + 1):
                yield ((tick, number, place),)


def _failing(i: ChurnInstance, newcomers: tuple[tuple[int, int, int], ...]) -> Iterator[Failures]:
    """Yield how a newcomer may fail, which has the number after all others."""
    if not newcomers or i.newcomer in {"correct", "silent"}:
        yield Failures(silent=frozenset({i.n} if newcomers and i.newcomer == "silent" else ()))
        return
    yield Failures()
    [(tick, _, _)] = newcomers
    for down in range(tick, i.horizon + 1):
        if down > tick or i.newcomer == "crash":
            yield Failures({i.n: down})


def _runs(i: ChurnInstance) -> Iterator[LiveRun]:
    """Yield every run: who is faulty and when, who joins, and who is elected by no draw."""
    several = (
        (one, newcomers, more)
        for one, newcomers in product(_failures(i), _joins(i))
        for more in _failing(i, newcomers)
    )
    for one, newcomers, more in several:
        plan = Plan(
            Failures({**one.crashes, **more.crashes}, one.silent | more.silent),
            i.beat if i.removes else None,
            newcomers,
            i.period,
            (0, i.again) if i.again else (0,),
            handover=i.handover == "yes",
            present=i.trees == "present",
            news=i.news,
        )
        run = partial(
            live, _rings(i), i.source, i.spread, plan,
            sizes=i.limits, horizon=i.horizon, seed=i.seed,
        )  # fmt: skip
        yield from every(partial(_over, run))


def _over(run: Callable[..., LiveRun], overlay: type[Overlay]) -> LiveRun:
    return run(overlay=overlay)
