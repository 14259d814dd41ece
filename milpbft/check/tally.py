"""Tally: what the replicas of a run have done, for objectives that the events alone do not tell.

Which of two blocks a node accepts, and which of its messages only repeat others, is asked of the
replicas that run the schedule. Nothing here is shared with the models.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from milpbft.check.promises import Promises
from milpbft.check.replay import Replay
from milpbft.question.objective import Goal
from milpbft.schedule import Decide, Fault, Send

if TYPE_CHECKING:
    from collections.abc import Mapping

    from milpbft.question.strict import StrictInstance
    from milpbft.schedule import Schedule
    from milpbft.sim.network import Packet
    from milpbft.sim.replica import Reference


@dataclass(frozen=True, slots=True)
class Tally:
    """What nodes that follow the protocol did in a run, those that crash included.

    Parameters
    ----------
    blocks
        Per block that they accepted, the tick of the first acceptance. A request that two views
        decide on is one block; blocks of dBFT are of one view each.
    views
        One more than the highest view that one of them entered.
    messages
        What they broadcast, each message once in a life, without what only repeats others.
    decisions
        How many blocks they accepted, one per node and block.
    entered
        How often one of them entered a view after the first.
    crashes
        How many crashed.
    restarts
        How often one of them started again.
    busy
        Ticks at which one of them sent or accepted something, one per node and tick.
    turns
        Likewise those at which one of them stopped waiting for its timer as a primary, and did
        nothing else: a collector that takes the slow path.
    """

    blocks: dict[bytes, int]
    views: int
    messages: int
    decisions: int
    entered: int
    crashes: int
    restarts: int
    busy: int
    turns: int


class _Watched(Replay[Any, Any]):
    """A replay that notes when blocks were accepted, and who stopped waiting to propose."""

    def __init__(self, schedule: Schedule, reference: Reference[Any, Any]) -> None:
        super().__init__(schedule, reference)
        self.accepted: dict[bytes, int] = {}
        self.turned: set[tuple[int, int]] = set()
        self._waiting: set[int] = set()

    def look(self, tick: int) -> None:
        """Note the blocks that are new, and which primaries wait no more."""
        for node, replica in self.replicas.items():
            if node not in self.byzantine:
                for decision in self._reference.decisions(replica):
                    self.accepted.setdefault(decision.block, tick)
        own = [node for node in self.replicas if self.runs_own_code(node)]
        waiting = {node for node in own if self._reference.proposes(self.replicas[node])}
        self.turned |= {(node, tick) for node in self._waiting - waiting if node in own}
        self._waiting = waiting


def tally(schedule: Schedule, reference: Reference[Any, Any]) -> Tally | None:
    """Run a schedule and count; None where the replicas do something else."""
    replay = _Watched(schedule, reference)
    if not replay.run():
        return None
    liars, repeating = replay.byzantine, reference.recovery_kinds
    honest = [node for node in replay.replicas if node not in liars]
    views = [view for i in honest for _, view in replay.views[i] if view]
    again = [e for e in schedule.events if isinstance(e, Fault) and e.fault == "restart"]
    sent = {
        (packet.sender, packet.kind, packet.view, _life(packet, again))
        for packet in replay.sent
        if packet.sender not in liars and packet.kind.partition("#")[0] not in repeating
    }
    acts = [e for e in schedule.events if isinstance(e, Send | Decide) and e.node not in liars]
    busy = {(event.node, event.tick) for event in acts}
    crashed = [e for e in schedule.events if isinstance(e, Fault) and e.fault == "crash"]
    return Tally(
        blocks=replay.accepted,
        views=1 + max(views, default=0),
        messages=len(sent),
        decisions=sum(len(reference.decisions(replay.replicas[i])) for i in honest),
        entered=len(views),
        crashes=len({event.node for event in crashed} - liars),
        restarts=len(again),
        busy=len(busy),
        turns=len(replay.turned - busy - {(event.node, event.tick) for event in again}),
    )


def _life(packet: Packet[Any], again: list[Fault]) -> int:
    """Return how often the sender of a message had started again."""
    return sum(fault.node == packet.sender and fault.tick <= packet.tick for fault in again)


def is_run_of(instance: StrictInstance, schedule: Schedule) -> bool:
    """Whether a schedule is of an instance's size, and promises its network and its faults."""
    i, settings = instance, schedule.settings
    said, timed = Promises.of(settings), i.network == "synchronous"
    same = (schedule.protocol, schedule.n) == (i.protocol, i.n)
    same &= schedule.primaries == _primaries(i, settings)
    same &= (said.network, said.gossip, said.timeout) == (i.network, i.gossip, i.timeout)
    same &= (said.gst, said.delta) == ((i.gst, i.delta) if timed else (0, 1))
    same &= (
        settings.get("overlay") == i.overlay
        and not {"sides", "cut", "heal", "withheld"} & settings.keys()
    )
    same &= settings.get("budget") == f"0-{i.n - 1}:{i.byzantine + i.crashes}"
    same &= settings.get("byzantine") == str(i.byzantine)
    same &= settings.get("restarts", "0") == str(i.amnesia)
    same &= settings.get("reloads", "0") == str(i.reloads)
    failed = (e for e in schedule.events if isinstance(e, Fault) and not e.goes_on)
    faulty = {*schedule.byzantine, *(event.node for event in failed)}
    if isinstance(i.objective, Goal) and i.objective.kind == "faults":
        return same and len(faulty) <= i.byzantine + i.crashes
    return same and len(schedule.byzantine) == i.byzantine


def _primaries(instance: StrictInstance, settings: Mapping[str, str]) -> tuple[int, ...]:
    """Return the primaries of the views: node v of view v, or by height where that is said."""
    views, height = range(instance.views), settings.get("height")
    return tuple(views if height is None else ((int(height) - view) % instance.n for view in views))


def worth(instance: StrictInstance, found: Tally, acts: int | None) -> int | None:
    """Return what a tally is worth for an objective that the events alone do not tell.

    Forks, acts that lead somewhere, ticks of a fork, and weighted sums of blocks, views and
    messages. None for other goals.

    Parameters
    ----------
    acts
        How many acts the run has; None where its events do not tell.
    """
    aim = instance.objective
    if not isinstance(aim, Goal):
        return aim.value(len(found.blocks), found.views, found.messages)
    if aim.of == "fork" and len(found.blocks) < 2:
        return -1
    match aim.name:
        case "forks":
            return len(found.blocks)
        case "ticks_fork":
            return sorted(found.blocks.values())[1]
    return acts if aim.kind == "steps" else None
