"""The room of the overlay: broadcasts under an adversary, what others do, and best trees."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from milpbft.check.network import carries
from milpbft.check.room import CountingRoom
from milpbft.hgfrr.acquaintance import graph_of
from milpbft.hgfrr.calls import replay_calls
from milpbft.hgfrr.changing import run_of
from milpbft.hgfrr.churn import ChurnInstance
from milpbft.hgfrr.count import count
from milpbft.hgfrr.dissemination import DisseminationInstance
from milpbft.hgfrr.elections import elect, read_places
from milpbft.hgfrr.instance import BroadcastInstance, TreeInstance
from milpbft.hgfrr.meaning import MEANINGS, RULES, UNMET
from milpbft.hgfrr.model.besttree import TreeModel
from milpbft.hgfrr.model.change_model import ChangeModel
from milpbft.hgfrr.model.churn_model import ChurnModel
from milpbft.hgfrr.model.dissemination import DisseminationModel
from milpbft.hgfrr.model.model import BroadcastModel
from milpbft.hgfrr.model.repair_model import RepairModel
from milpbft.hgfrr.peers import peers_of
from milpbft.hgfrr.reference.build import topology_of
from milpbft.hgfrr.reference.changes import anew
from milpbft.hgfrr.reference.live_replay import replay_live
from milpbft.hgfrr.reference.replay import replay, replay_repaired
from milpbft.hgfrr.reference.telling import replay_told
from milpbft.hgfrr.scripted import read_elections, scripted
from milpbft.hgfrr.settings import numbers
from milpbft.hgfrr.sizes import Sizes
from milpbft.hgfrr.spread import Spread
from milpbft.hgfrr.watching import watch
from milpbft.schedule import Fault

if TYPE_CHECKING:
    from milpbft.hgfrr.topology import Topology
    from milpbft.question.part import Question
    from milpbft.room import Model
    from milpbft.schedule import Schedule
    from milpbft.schedule.states import Watch
    from milpbft.verdict import Verdict


def broadcast_model(instance: BroadcastInstance) -> Model:
    """Return the model of a broadcast, or of one with repair or a change of contacts."""
    topology = topology_of(instance.n, instance.limits, instance.seed)
    if instance.change:
        changed = anew(topology, instance.limits, instance.seed)
        return ChangeModel(instance, topology, changed)
    return (RepairModel if instance.repair else BroadcastModel)(instance, topology)


def churn_model(instance: ChurnInstance) -> Model:
    """Return the model of a broadcast over rings that change."""
    i = instance
    drawn = topology_of(i.n, i.limits, i.seed)
    periods = i.horizon // i.period if i.period else 0
    turned = [anew(drawn, i.limits, i.seed, times) for times in range(1, periods + 1)]
    return ChurnModel(i, [drawn, *turned])


def tree_model(instance: TreeInstance) -> Model:
    """Return the model of a best tree."""
    i = instance
    return TreeModel(i, graph_of(i.graph, i.n, i.k, i.ring, i.seed))


def dissemination_model(instance: DisseminationInstance) -> Model:
    """Return the model of a broadcast by gossip or over Kademlia."""
    i = instance
    return DisseminationModel(i, peers_of(i.scheme, i.n, i.fanout, i.seed))


class HgfrrRoom(CountingRoom):
    """The overlay: schedules of broadcasts are replayed by nodes of its own."""

    models: ClassVar = {
        BroadcastInstance: broadcast_model,
        ChurnInstance: churn_model,
        DisseminationInstance: dissemination_model,
        TreeInstance: tree_model,
    }
    meanings: ClassVar = MEANINGS
    unmet: ClassVar = UNMET
    rules = RULES

    def replay(self, schedule: Schedule) -> Verdict:
        """Run a broadcast on nodes, over the rings that its settings name, or make its calls.

        No more nodes may be faulty than its budget has.

        Raises
        ------
        InputError
            Where a setting is missing or no number.
        """
        settings = schedule.settings
        if not (kept := carries(schedule, lambda *_: ())):
            return replace(kept, check="replay")
        if schedule.protocol == "besttree":
            sizes = numbers(settings, "k", "ring", "seed")
            graph = graph_of(settings.get("graph", ""), schedule.n, *sizes)
            return replay_calls(schedule, graph, *numbers(settings, "ports"))
        if schedule.protocol == "churn":
            return replay_live(schedule, run_of(schedule))
        if schedule.protocol == "dissemination":
            drawn = numbers(settings, "fanout", "seed")
            return replay_told(schedule, peers_of(settings.get("scheme", ""), schedule.n, *drawn))
        return _replay_broadcast(schedule)

    def watch(self, schedule: Schedule) -> Watch:
        """Return who holds the message when."""
        return watch(schedule)

    def count(self, instance: Question, schedule: Schedule) -> int | None:
        """Count nodes, ticks, messages, faults or the cost of a repair again."""
        return count(instance, schedule)


def _replay_broadcast(schedule: Schedule) -> Verdict:
    """Replay a broadcast over rings that stay, or are repaired or changed before a second one."""
    settings = schedule.settings
    limits = Sizes(*numbers(settings, "ring", "contacts"))
    topology = topology_of(schedule.n, limits, *numbers(settings, "seed"))
    if "elected" in settings:
        topology = elect(topology, read_places(settings["elected"]))
    spread = Spread(*numbers(settings, "k", "k_most", "serving", "seed"))
    if "repair" in settings:
        return _replay_repaired(schedule, topology, spread, limits)
    if "change" in settings:
        tick, seed = numbers(settings, "change", "seed")
        return replay_repaired(
            schedule, topology, spread, tick=tick, sizes=limits, seed=seed, rotate=True
        )
    latency, ports = numbers({"latency": "0", "ports": "0"} | settings, "latency", "ports")
    return replay(schedule, topology, spread, ports=ports, latency=latency)


def _replay_repaired(
    schedule: Schedule, topology: Topology, spread: Spread, limits: Sizes
) -> Verdict:
    """Replay with rings that elect the nodes that the settings name as ``level:node``."""
    wanted = read_elections(schedule.settings["re_elected"])
    crashed = {event.node for event in schedule.events if isinstance(event, Fault)}
    [tick] = numbers(schedule.settings, "repair")
    overlay = scripted(wanted, crashed)
    return replay_repaired(schedule, topology, spread, tick=tick, sizes=limits, overlay=overlay)


HGFRR = HgfrrRoom()
