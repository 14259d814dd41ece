"""The room of the overlay: broadcasts under an adversary, and best broadcast trees."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from milpbft.errors import InputError
from milpbft.hgfrr import acquaintance
from milpbft.hgfrr.calls import replay_calls
from milpbft.hgfrr.elections import elect, read_places
from milpbft.hgfrr.instance import BroadcastInstance, TreeInstance
from milpbft.hgfrr.model.besttree import TreeModel
from milpbft.hgfrr.model.model import BroadcastModel
from milpbft.hgfrr.model.repair_model import RepairModel
from milpbft.hgfrr.reference.build import build, uniform
from milpbft.hgfrr.reference.replay import replay, replay_repaired
from milpbft.hgfrr.reference.tree import parents
from milpbft.hgfrr.scripted import scripted
from milpbft.hgfrr.sizes import Sizes
from milpbft.hgfrr.spread import Spread
from milpbft.room import StrictRoom
from milpbft.schedule import Fault

if TYPE_CHECKING:
    from collections.abc import Mapping

    import networkx as nx

    from milpbft.hgfrr.topology import Topology
    from milpbft.part import Question
    from milpbft.room import Model
    from milpbft.schedule import Schedule
    from milpbft.sim.replica import Reference
    from milpbft.verdict import Verdict


def topology_of(n: int, limits: Sizes, seed: int) -> Topology:
    """Return the rings that a seed stands for: positions, and elections."""
    return build(uniform(n, seed), limits, seed)


def graph_of(kind: str, n: int, k: int, ring: int, seed: int) -> nx.Graph:
    """Return who can send to whom; parameters as of :class:`milpbft.hgfrr.instance.TreeInstance`.

    Raises
    ------
    InputError
        For an unknown kind.
    """
    match kind:
        case "complete":
            return acquaintance.complete(n)
        case "cycle":
            return acquaintance.cycle(n)
        case "hypercube":
            return acquaintance.hypercube(n)
        case "kary":
            return acquaintance.tree(parents(n, k))
        case "rings":
            return acquaintance.rings(topology_of(n, Sizes(ring), seed))
    raise InputError("graph", kind, "complete, cycle, hypercube, kary or rings")


class HgfrrRoom(StrictRoom):
    """The overlay: schedules of broadcasts are replayed by nodes of its own."""

    def model(self, instance: Question, *, executable: bool = False) -> Model:
        """Return the model of a broadcast, or of a best tree.

        Raises
        ------
        InputError
            Where the instance is of another protocol, or executable schedules are asked for: all
            are.
        """
        if not executable and isinstance(instance, TreeInstance):
            i = instance
            return TreeModel(i, graph_of(i.graph, i.n, i.k, i.ring, i.seed))
        if not executable and isinstance(instance, BroadcastInstance):
            topology = topology_of(instance.n, instance.limits, instance.seed)
            made = RepairModel if instance.repair else BroadcastModel
            return made(instance, topology)
        raise InputError("protocol", instance.protocol, "hgfrr or besttree")

    def replay(self, schedule: Schedule) -> Verdict:
        """Run a broadcast on nodes, over the rings that its settings name, or make its calls.

        Raises
        ------
        InputError
            Where a setting is missing or no number.
        """
        said = _Settings(schedule.settings)
        if schedule.protocol == "besttree":
            sizes = (said.number(name) for name in ("k", "ring", "seed"))
            graph = graph_of(schedule.settings.get("graph", ""), schedule.n, *sizes)
            return replay_calls(schedule, graph, said.number("ports"))
        limits = Sizes(said.number("ring"), said.number("contacts"))
        topology = topology_of(schedule.n, limits, said.number("seed"))
        if "elected" in schedule.settings:
            topology = elect(topology, read_places(schedule.settings["elected"]))
        spread = Spread(*(said.number(name) for name in ("k", "k_most", "serving", "seed")))
        if "repair" in schedule.settings:
            return self._replay_repaired(schedule, topology, spread, limits)
        return replay(schedule, topology, spread)

    @staticmethod
    def _replay_repaired(
        schedule: Schedule, topology: Topology, spread: Spread, limits: Sizes
    ) -> Verdict:
        """Replay with rings that elect the nodes that the settings name as ``level:node``."""
        pairs = (pair.partition(":") for pair in schedule.settings["re_elected"].split(","))
        wanted = {(int(level), int(node)) for level, _, node in pairs}
        crashed = {event.node for event in schedule.events if isinstance(event, Fault)}
        return replay_repaired(
            schedule,
            topology,
            spread,
            tick=_Settings(schedule.settings).number("repair"),
            sizes=limits,
            overlay=scripted(wanted, crashed),
        )

    def reference(self, schedule: Schedule) -> Reference[Any, Any]:
        """Refuse: nodes of an overlay decide nothing, and have a world of their own.

        Raises
        ------
        InputError
            Always.
        """
        raise InputError("protocol", schedule.protocol, "a protocol of replicas that decide")


class _Settings:
    """Settings of a schedule, read as numbers."""

    def __init__(self, settings: Mapping[str, str]) -> None:
        self._settings = settings

    def number(self, name: str) -> int:
        text = self._settings.get(name, "")
        if not text.isdecimal():
            raise InputError(f"settings.{name}", text, "a number")
        return int(text)


HGFRR = HgfrrRoom()
