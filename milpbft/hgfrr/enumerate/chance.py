"""Broadcasts by chance: what runs of the reference are worth under adversaries that toss coins.

They know nothing of the model, and no run of sound nodes may be worth more than the optimum.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.hgfrr.acquaintance import graph_of
from milpbft.hgfrr.churn import ChurnInstance
from milpbft.hgfrr.dissemination import DisseminationInstance
from milpbft.hgfrr.enumerate.broadcasts import some_runs
from milpbft.hgfrr.instance import BroadcastInstance, TreeInstance
from milpbft.hgfrr.peers import peers_of
from milpbft.hgfrr.reference.build import topology_of
from milpbft.hgfrr.reference.live import Plan, live
from milpbft.hgfrr.reference.mutants import SOUND
from milpbft.hgfrr.reference.repair import repair
from milpbft.hgfrr.reference.telling import tell
from milpbft.hgfrr.reference.world import Failures

if TYPE_CHECKING:
    from random import Random

    from milpbft.hgfrr.reference.mutants import Mutant
    from milpbft.hgfrr.topology import Topology

    Question = BroadcastInstance | ChurnInstance | DisseminationInstance | TreeInstance


def by_chance(instance: Question, dice: Random, count: int, mutant: Mutant = SOUND) -> list[int]:
    """Return what so many runs are worth, those that miss what ``faults_half`` asks for left out.

    Parameters
    ----------
    dice
        Chooses who is faulty and when, who joins, who is elected, and who calls whom.
    mutant
        The fault that all correct nodes have.
    """
    found: list[int | None]
    match instance:
        case BroadcastInstance() if not (instance.repair or instance.change):
            return some_runs(instance, dice, count, mutant.node)
        case BroadcastInstance():
            found = [_repaired(instance, dice, mutant) for _ in range(count)]
        case ChurnInstance():
            found = [_live(instance, dice, mutant) for _ in range(count)]
        case DisseminationInstance():
            found = [_told(instance, dice, mutant) for _ in range(count)]
        case TreeInstance():
            found = [_called(instance, dice, mutant) for _ in range(count)]
    return [value for value in found if value is not None]


def _some(dice: Random, topology: Topology, source: int, count: int) -> list[int]:
    """Choose faulty nodes, half of the time contacts."""
    nodes = [node for node in topology.nodes.tolist() if node != source]
    contacts = [node for node in topology.contact_nodes if node != source]
    return dice.sample(contacts if len(contacts) >= count and dice.random() < 0.5 else nodes, count)


def _half(
    i: BroadcastInstance | DisseminationInstance, held: int, bad: int, faulty: int | None = None
) -> int | None:
    """Return coverage, or how many faults a run had where at most half hold the message.

    Those that start again are `bad` and not `faulty`; by default all are.
    """
    if i.objective.name == "coverage":
        return held
    return bad if 2 * held <= i.n - (bad if faulty is None else faulty) else None


def _repaired(i: BroadcastInstance, dice: Random, mutant: Mutant) -> int | None:
    """Run a broadcast, repair the rings or change them, and repeat it."""
    topology = topology_of(i.n, i.limits, i.seed)
    fewest = 0 if i.objective.name == "faults_half" else i.faults
    nodes = _some(dice, topology, i.source, dice.randint(fewest, i.faults))
    ticks = [*range(1, 10), *range(i.change + 1, i.change + 10)]
    correct = sorted(set(topology.nodes.tolist()) - set(nodes))
    again = dice.sample(correct, min(dice.randint(0, i.reloads), len(correct)))
    reloads = {node: dice.choice(ticks) for node in again}
    run = repair(
        topology, i.source, i.spread,
        failures=Failures({node: dice.choice([dice.randint(0, 9), i.repair - 1]) for node in nodes})
        if i.repair else Failures(silent=frozenset(nodes), reloads=reloads),
        tick=i.repair or i.change, sizes=i.limits, rotate=bool(i.change),
        seed=dice.randrange(10**6) if i.repair else i.seed,
        overlay=mutant.overlay, node=mutant.node,
    )  # fmt: skip
    match i.objective.name:
        case "ticks":
            return run.ticks
        case "cost":
            return run.cost.messages
    bad = len(nodes) + len(reloads)
    return _half(i, sum(node in run.held for node in run.first.correct), bad, len(nodes))


def _live(i: ChurnInstance, dice: Random, mutant: Mutant) -> int:
    """Run a broadcast over rings that change."""
    topology = topology_of(i.n, i.limits, i.seed)
    nodes = _some(dice, topology, i.source, i.faults)
    joins, down = _joining(i, dice, topology)
    crashes = {node: dice.randint(0, i.horizon) for node in nodes}
    failures = Failures(down, frozenset(nodes)) if i.fault == "silent" else Failures(crashes | down)
    if joins and i.newcomer == "silent":
        failures = Failures(failures.crashes, failures.silent | {i.n})
    plan = Plan(
        failures, i.beat if i.removes else None, joins, i.period,
        (0, i.again) if i.again else (0,), handover=i.handover == "yes",
        present=i.trees == "present", news=i.news,
    )  # fmt: skip
    # Periods are the seed's; who is elected where there are none is chosen by chance.
    run = live(
        topology, i.source, i.spread, plan, sizes=i.limits, horizon=i.horizon,
        seed=i.seed if i.period else dice.randrange(10**6), overlay=mutant.overlay,
        node=mutant.live,
    )  # fmt: skip
    match i.objective.name:
        case "coverage":
            return len(run.held)
        case "ticks":
            return max(run.held.values())
    return len(run.sent)


def _joining(
    i: ChurnInstance, dice: Random, topology: Topology
) -> tuple[tuple[tuple[int, int, int], ...], dict[int, int]]:
    """Choose when and where a newcomer joins, if one does, and when it fails, if it does."""
    if not i.joins or dice.random() < 0.2:
        return (), {}
    rings = topology.level(0)
    ring, tick = dice.randrange(len(rings)), dice.randint(0, i.horizon)
    joins = ((tick, ring, dice.randint(0, len(rings[ring].members))),)
    first = tick + (i.newcomer == "leave")
    fails = i.newcomer in {"crash", "leave"} and first <= i.horizon and dice.random() < 0.8
    return joins, {i.n: dice.randint(first, i.horizon)} if fails else {}


def _told(i: DisseminationInstance, dice: Random, mutant: Mutant) -> int | None:
    """Tell the message, by gossip or over Kademlia."""
    peers = peers_of(i.scheme, i.n, i.fanout, i.seed)
    fewest = 0 if i.objective.name == "faults_half" else i.faults
    others = [node for node in range(i.n) if node != i.source]
    silent = dice.sample(others, dice.randint(fewest, i.faults))
    run = tell(mutant.peers(peers), i.source, silent)
    return _half(i, len(run.first.keys() - set(silent)), len(silent))


def _called(i: TreeInstance, dice: Random, mutant: Mutant) -> int:
    """Call by chance those who lack the message, until all have it."""
    graph = graph_of(i.graph, i.n, i.k, i.ring, i.seed)
    held, ticks = {i.source}, 0
    while len(held) < i.n:
        for node in sorted(held):
            missing = sorted(set(graph[node]) - held)
            held |= set(dice.sample(missing, min(i.ports + mutant.more, len(missing))))
        ticks += 1
    return ticks
