"""Scripted adversaries: runs of the replicas towards an objective, for MIP starts.

A script changes views a number of times and ends in a view where a block is decided, where all
honest nodes commit and their commits are lost, or where nothing comes of it. Quiet scripts deliver
what that takes; loud ones let Byzantine nodes send and hear all they can, and deliver to honest
nodes as much as they may have without doing more, at most M+1 of a kind as the model has it.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from milpbft.dbft.model.published.kinds import MESSAGE
from milpbft.dbft.model.published.normal_form import ARRIVAL, COMPLETE, TICK, change_ticks
from milpbft.dbft.model.published.sizes import Sizes
from milpbft.dbft.reference.reference import DbftReference
from milpbft.dbft.reference.rules import Rules
from milpbft.schedule import Deliver, Send
from milpbft.sim.adversary import ScriptedAdversary
from milpbft.sim.faults import Faults
from milpbft.sim.moves import Forgery
from milpbft.sim.world import World

if TYPE_CHECKING:
    from collections.abc import Iterator

    from milpbft.dbft.instance import PublishedInstance
    from milpbft.question.objective import Objective
    from milpbft.schedule import Schedule

Ending = Literal["decide", "lose", "stall"]
_CHANGE = change_ticks(COMPLETE)[0]


@dataclass(frozen=True)
class Script:
    """What the adversary is up to.

    Parameters
    ----------
    changes
        How many views are left by a view change, from 0 to N-1.
    ending
        What happens in the view after.
    loud
        As many messages as possible, or as few.
    """

    changes: int
    ending: Ending
    loud: bool


def scripts(objective: Objective, views: int) -> Iterator[Script]:
    """Choose the scripts that serve an objective."""
    sign = 1 if objective.sense == "max" else -1
    changes = views - 1 if sign * objective.views > 0 else 0
    endings: tuple[Ending, ...] = ("decide",) if sign * objective.blocks > 0 else ("lose", "stall")
    for ending in endings:
        for loud in {False, sign * objective.messages > 0}:
            yield Script(changes, ending, loud)


def runs(instance: PublishedInstance) -> Iterator[Schedule]:
    """Run every script that serves the instance's objective.

    Below 5 instants a view has no room for a run, so there is none.
    """
    size = Sizes(instance.n, instance.horizon)
    if instance.horizon >= COMPLETE:
        for script in scripts(instance.objective, size.n):
            yield run(script, size)


def run(script: Script, size: Sizes) -> Schedule:
    """Run the replicas under a script; view v starts at tick 5v."""
    honest, byzantine = range(size.quorum), range(size.quorum, size.n)
    last = script.changes == size.n - 1
    primaries = (*byzantine, *honest) if last else (*honest, *byzantine)
    plan = _Plan(script, size, primaries)
    for view in range(script.changes + 1):
        plan.add_view(view, "change" if view < script.changes else script.ending)
    adversary = ScriptedAdversary(plan.deliveries, plan.expiries, plan.forgeries)
    world = World(
        DbftReference(Rules.of(size.n, quorum=size.quorum, primaries=primaries)),
        adversary,
        COMPLETE * size.n,
        faults=Faults(frozenset(byzantine)),
        recovery=False,
    )
    return _overheard(world.run().schedule, loud=script.loud)


class _Plan:
    """Moves per tick, filled view by view."""

    def __init__(self, script: Script, size: Sizes, primaries: tuple[int, ...]) -> None:
        self._loud = script.loud
        self._size = size
        self._primaries = primaries
        self.deliveries: defaultdict[int, list[tuple[int, int, str, int]]] = defaultdict(list)
        self.expiries: defaultdict[int, list[int]] = defaultdict(list)
        self.forgeries: defaultdict[int, list[Forgery]] = defaultdict(list)

    def add_view(self, view: int, what: str) -> None:
        """Plan one view: a change of view, or an ending."""
        start, primary, m = view * COMPLETE, self._primaries[view], self._size.quorum
        honest = range(m)
        prepares = what in {"decide", "lose"} or self._loud
        if primary < m:
            self.expiries[start + TICK["Req"]].append(primary)
        if self._loud:
            self._lie(view, prepares)
        if prepares:
            self._arrive("Req", view, 1)
            self._arrive("Res", view, self._most() if what in {"decide", "lose"} else m - 1)
        if what in {"change", "stall"}:
            self.expiries[start + _CHANGE].extend(honest)
            self._arrive("CV", view, self._most() if what == "change" else self._some())
        self._arrive("Com", view, self._most() if what == "decide" else self._some())

    def _most(self) -> int:
        """How many messages of a kind an honest node is given that acts on them, its own too."""
        m = self._size.quorum
        return min(m + 1, self._size.n) if self._loud else m

    def _some(self) -> int:
        """How many it is given where it must not act on them."""
        return self._size.quorum - 1 if self._loud else 0

    def _lie(self, view: int, prepares: bool) -> None:
        start, primary = view * COMPLETE, self._primaries[view]
        for node in range(self._size.quorum, self._size.n):
            kinds = ["Res", "Com"] if prepares else []
            for kind in [*(["Req"] if node == primary else []), *kinds]:
                self.forgeries[start + TICK[kind]].append(Forgery(node, MESSAGE[kind], view))
            self.forgeries[start + _CHANGE].append(Forgery(node, MESSAGE["CV"], view))

    def _arrive(self, kind: str, view: int, count: int) -> None:
        """Deliver to every honest node, its own and the primary's message counted, up to `count`.

        Honest nodes' messages come first. A node's own message counts where it sends one.
        """
        start, primary = view * COMPLETE, self._primaries[view]
        tick = start + ARRIVAL[kind] + (kind == "CV")
        for node in range(self._size.quorum):
            others = [j for j in range(self._size.n) if j != node]
            if kind == "Req":
                senders = [primary] if node != primary else []
            elif kind == "Res":  # the primary's has come with its request
                own = 1 if node == primary else 2
                senders = [j for j in others if j != primary][: max(0, count - own)]
            else:
                senders = others[: max(0, count - 1)]
            self.deliveries[tick].extend((node, j, MESSAGE[kind], view) for j in senders)


def _overheard(schedule: Schedule, *, loud: bool) -> Schedule:
    """Let Byzantine nodes hear everything, a tick after it was sent, or ChangeViews only.

    Even a Byzantine primary needs its certificate in the model.
    """
    heard = [
        Deliver(event.tick + 1, node, event.node, event.kind, event.view)
        for event in schedule.events
        if isinstance(event, Send) and (loud or event.kind == MESSAGE["CV"])
        for node in schedule.byzantine
        if node != event.node and event.tick < schedule.horizon
    ]
    return replace(schedule, events=(*schedule.events, *heard))
