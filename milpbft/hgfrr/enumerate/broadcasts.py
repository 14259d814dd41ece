"""Broadcasts by exhaustion: all faulty sets, all ticks of crashes, and all elections.

So it is with nodes that start again: any correct ones, at any ticks.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from itertools import combinations, permutations, product
from math import ceil
from typing import TYPE_CHECKING

from milpbft.hgfrr.elections import elect
from milpbft.hgfrr.formulas import ticks_most
from milpbft.hgfrr.reference.build import topology_of
from milpbft.hgfrr.reference.node import Node
from milpbft.hgfrr.reference.world import Failures, broadcast

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from random import Random

    from milpbft.hgfrr.instance import BroadcastInstance
    from milpbft.hgfrr.reference.world import Broadcast
    from milpbft.hgfrr.topology import Topology


def best(instance: BroadcastInstance) -> int | None:
    """Return the optimum of an instance without repair, on nodes of the reference.

    None where no faulty set does what ``faults_half`` asks for.
    """
    i = instance
    runs = [(_bad(run.failures), _worth(i, run)) for run in _runs(i)]
    if i.objective.name == "faults_half":
        found = [faults for faults, half in runs if half]
        return min(found, default=None)
    values = [value for _, value in runs]
    return min(values) if i.objective.sense == "min" else max(values)


def some_runs(
    instance: BroadcastInstance, dice: Random, count: int, node: type[Node] = Node
) -> list[int]:
    """Return what so many runs with faults and contacts drawn by chance are worth.

    Faulty sets without effect on what ``faults_half`` asks for are left out. Correct nodes are of
    the class `node`.
    """
    i, found = instance, []
    drawn = topology_of(i.n, i.limits, i.seed)
    others = [node for node in drawn.nodes.tolist() if node != i.source]
    for _ in range(count):
        topology = drawn
        if i.election == "chosen":
            places = [dice.sample(range(len(r.members)), len(r.contacts)) for r in drawn.rings]
            topology = elect(drawn, tuple(map(tuple, places)))
        run = partial(
            broadcast, topology, i.source, i.spread, ports=i.ports, latency=i.latency, node=node
        )
        free = run()
        # Half of the time only nodes that send: what the others do is of no weight.
        senders = {one.sender for one in free.transmissions} - {i.source}
        half = i.objective.name == "faults_half"
        size = dice.randint(0, i.faults) if half else i.faults
        choice = sorted(senders) if len(senders) >= size and dice.random() < 0.5 else others
        nodes = dice.sample(choice, size)
        last = free.ticks + 1 if i.horizon is None else i.horizon
        failures = Failures(silent=frozenset(nodes))
        if i.fault == "crash":
            failures = Failures({node: dice.randint(0, last) for node in nodes})
        failures = _again_by_chance(i, dice, failures, last)
        done = run(failures=failures)
        value = _worth(i, done)
        if not half:
            found.append(value)
        elif value:
            found.append(_bad(failures))
    return found


def _bad(failures: Failures) -> int:
    """Count faulty nodes and those that start again."""
    return len(failures.nodes) + len(failures.again)


def _again_by_chance(i: BroadcastInstance, dice: Random, failures: Failures, last: int) -> Failures:
    """Let as many correct nodes start again as may, or fewer where ``faults_half`` is asked for."""
    most = i.amnesia + i.reloads
    if not most:
        return failures
    correct = [node for node in range(i.n) if node not in failures.nodes]
    fewest = 0 if i.objective.name == "faults_half" else most
    size = min(dice.randint(fewest, most), len(correct))
    moments = {node: dice.randint(1, max(last, 1)) for node in dice.sample(correct, size)}
    return _starting(i, failures, moments)


def _starting(i: BroadcastInstance, failures: Failures, moments: Mapping[int, int]) -> Failures:
    if i.amnesia:
        return replace(failures, restarts=dict(moments))
    return replace(failures, reloads=dict(moments))


def _runs(i: BroadcastInstance) -> Iterator[Broadcast]:
    for run, failures in _faulty_runs(i):
        yield from _again(i, run, failures, i.amnesia + i.reloads)


def _again(
    i: BroadcastInstance, run: Callable[..., Broadcast], failures: Failures, left: int
) -> Iterator[Broadcast]:
    """Yield the run of some failures, and those in which more nodes start again later.

    Later is at a later tick, or at the same one and with a higher number. A tick after everything
    has arrived stands for all later ones.
    """
    done = run(failures=failures)
    yield done
    if not left:
        return
    end = max((one.arrives for one in done.transmissions), default=0) + 1
    before = max(((tick, node) for node, tick in failures.again.items()), default=(1, -1))
    for tick in range(before[0], max(end, before[0]) + 1):
        for node in range(i.n) if tick <= (i.horizon or tick) else ():
            if (tick, node) > before and node not in failures.nodes | failures.again.keys():
                more = _starting(i, failures, {**failures.again, node: tick})
                yield from _again(i, run, more, left - 1)


def _faulty_runs(
    i: BroadcastInstance,
) -> Iterator[tuple[Callable[..., Broadcast], Failures]]:
    """Yield how to run a broadcast, and the failures that there may be, but for restarts."""
    fewest = 0 if i.objective.name == "faults_half" else i.faults
    for topology in _topologies(i):
        others = [node for node in topology.nodes.tolist() if node != i.source]
        run = partial(broadcast, topology, i.source, i.spread, ports=i.ports, latency=i.latency)
        free = run().transmissions
        end = max((one.arrives for one in free), default=0) + 1
        if i.amnesia:  # Who has forgotten may get and send the message later than without faults.
            largest = max(len(ring.members) for ring in topology.rings)
            deep = ticks_most(topology.levels, largest, i.k, i.k_most)
            end = deep * max(1, ceil(i.latency * 2**0.5)) + 1
        for count in range(fewest, i.faults + 1):
            for nodes in combinations(others, count):
                if i.fault == "silent":
                    silent = Failures(silent=frozenset(nodes))
                    yield run, silent
                    continue
                last = end if i.horizon is None else i.horizon
                for since in product(range(last + 1), repeat=count):
                    crashes = Failures(dict(zip(nodes, since, strict=True)))
                    yield run, crashes


def _topologies(i: BroadcastInstance) -> Iterator[Topology]:
    drawn = topology_of(i.n, i.limits, i.seed)
    if i.election == "drawn":
        yield drawn
        return
    several = (permutations(range(len(r.members)), len(r.contacts)) for r in drawn.rings)
    for places in product(*several):
        yield elect(drawn, places)


def _worth(i: BroadcastInstance, run: Broadcast) -> int:
    last = run.ticks if i.horizon is None else i.horizon
    held = [run.first[node] for node in run.correct if run.first.get(node, last + 1) <= last]
    match i.objective.name:
        case "coverage":
            return len(held)
        case "ticks":
            return max(held, default=0)
        case "messages":
            ends = [one.arrives for one in run.transmissions if one.received]
            return sum(end <= (i.horizon or end) for end in ends)
    return int(2 * len(held) <= len(run.correct))
