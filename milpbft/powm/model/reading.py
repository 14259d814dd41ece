"""Reading: what a point of a model of failures or of a cut says, as a schedule of named nodes.

Node 0 is the active manager, nodes 1 to m are the supports, and miners come after them. A term is
the reign of an active manager; the supports that a takeover leaves hold its record, cursor and all.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from milpbft.powm.model.grants import grant_events
from milpbft.schedule import Decide, Event, Fault, Schedule, Send

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from milpbft.automaton.pernode.rows import Affine
    from milpbft.powm.instance import FailInstance, RatedQuestion
    from milpbft.powm.model.failures import Case

STRIDE = 1 << 48
"""Where the nonces of the next term begin, where the term is in their high bits."""


def value_of(expression: Affine, x: NDArray[np.int64]) -> int:
    """Value of an expression in a point."""
    terms = sum(weight * int(x[number]) for number, weight in expression.terms.items())
    return terms + expression.constant


@dataclass(frozen=True)
class Plan:
    """What happens, by numbers of nodes that hash: the miners, then the supports.

    Parameters
    ----------
    managers
        Per failure of a manager: its tick, and the node that is to take over, None for an idle
        support or nobody.
    miners
        Failures of miners: tick and miner.
    grants
        Tick and node of every grant, in order.
    again
        Tick and number of every miner that starts again.
    forgot
        Ticks of failures of managers after which the support that takes over starts again.
    """

    managers: tuple[tuple[int, int | None], ...]
    miners: tuple[tuple[int, int], ...]
    grants: tuple[tuple[int, int], ...]
    again: tuple[tuple[int, int], ...] = ()
    forgot: tuple[int, ...] = ()


@dataclass
class Cursor:
    """The next nonce that is granted, and the copy of it that supports hold.

    Parameters
    ----------
    sync, every
        How and when supports are told of grants.
    """

    sync: str
    every: int
    at: int = 0
    copy: int = 0

    def take(self, size: int) -> tuple[int, int]:
        """Grant the next nonces."""
        interval = (self.at, self.at + size)
        self.at += size
        if self.sync == "before":
            self.tell()
        return interval

    def tell(self) -> None:
        """Tell supports; who was told more goes by that."""
        self.copy = max(self.copy, self.at)

    def end(self, tick: int) -> None:
        """Tell supports, at the end of every S-th tick."""
        if (tick + 1) % self.every == 0:
            self.tell()

    def lose(self, term: int, *, forgot: bool = False) -> None:
        """Go on from the copy, or from 0 where who takes over forgot it, in a term that begins."""
        self.at = term * STRIDE if self.sync == "stride" else 0 if forgot else self.copy
        self.tell()


@dataclass
class Writer:
    """Collects the events of a schedule of `last` ticks."""

    question: RatedQuestion
    supports: int
    last: int
    alive_until: dict[int, int] = field(default_factory=dict)
    reloads: dict[int, int] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)

    def node(self, i: int) -> int:
        """Return the number of a node that hashes, in schedules."""
        miners = len(self.question.r)
        return self.supports + 1 + i if i < miners else i - miners + 1

    def grant(
        self, tick: int, manager: int, node: int, interval: tuple[int, int], term: int
    ) -> None:
        """Write a grant; who is dead or manages as it arrives, or reloads before, gets nothing."""
        arrival = tick + self.question.latency
        sent, got = grant_events(tick, arrival, manager, node, interval=interval, term=term)
        self.events.append(sent)
        lost = tick < self.reloads.get(node, 0) <= arrival
        if arrival < min(self.last, self.alive_until.get(node, self.last)) and not lost:
            self.events.append(got)


def settings_of(question: RatedQuestion, value: int) -> dict[str, str]:
    """Return the settings that all schedules of miners with rates have."""
    names = ("rates", "set_ticks", "latency", "ahead", "detect", "elect", "sync")
    said = {name: str(getattr(question, name)) for name in names}
    return said | {"objective": question.objective.name, "value": str(value)}


def unfold(case: Case, plan: Plan, value: int, source: str) -> Schedule:
    """Write a plan as crashes, elections and grants, each grant with its nonces."""
    i, late = case.instance, case.late
    last = value if i.objective.name == "time" else case.ticks
    writer = Writer(i, i.supports, last)
    managers = [0]
    changes: dict[int, int] = {}
    for k, (tick, chosen) in enumerate(plan.managers):
        if tick >= last:
            break
        writer.events.append(Fault(tick, managers[k], "crash"))
        gap = case.gaps[k]
        if gap is None:
            break
        other = k + 1 if chosen is None else writer.node(chosen)
        managers.append(other)
        if tick in plan.forgot and tick + 1 < last:
            writer.events.append(Fault(tick + 1, other, "restart"))
        takeover = tick + gap + late
        writer.alive_until[other] = takeover
        if takeover < last:
            changes[takeover] = other
            writer.events.append(Send(takeover, other, "Elected", k + 1))
    for tick, miner in plan.miners:
        if tick < last:
            writer.alive_until[writer.node(miner)] = tick
            writer.events.append(Fault(tick, writer.node(miner), "crash"))
    for tick, miner in plan.again:
        if tick < last:
            node = writer.node(miner)
            writer.events.append(Fault(tick, node, "reload" if i.reloads else "restart"))
            if i.reloads:
                writer.reloads[node] = tick
    _grant_all(case, plan, writer, changes, last)
    entered = managers[: len(changes) + 1]
    if i.objective.name == "time":
        alive = [n for n in range(len(case.rates)) if writer.alive_until.get(
            writer.node(n), value) >= value]  # fmt: skip
        writer.events += [Decide(value - 1, writer.node(n), len(changes)) for n in alive]
    return Schedule(
        i.protocol, i.supports + 1 + len(i.r), (), tuple(entered), tuple(writer.events), last,
        source=source, settings=settings_of(i, value) | _asked(i, managers, last),
    )  # fmt: skip


def _grant_all(case: Case, plan: Plan, writer: Writer, changes: dict[int, int], last: int) -> None:
    """Write the grants, tick by tick, with the nonces that the manager of the time hands out."""
    i = case.instance
    cursor, manager, term = Cursor(i.sync, i.every), 0, 0
    crashes = {tick for tick, _ in plan.managers}
    todo: dict[int, list[int]] = {}
    for tick, node in plan.grants:
        todo.setdefault(tick, []).append(node)
    for tick in range(last):
        if tick in changes:
            manager, term = changes[tick], term + 1
            if i.sync == "stride":
                cursor.lose(term)
        if tick in crashes and not case.late:
            cursor.lose(term)
        for node in todo.get(tick, ()):
            interval = cursor.take(i.set_ticks * case.rates[node])
            writer.grant(tick, manager, writer.node(node), interval, term)
        if tick in crashes and case.late:
            cursor.lose(term, forgot=tick in plan.forgot)
        cursor.end(tick)


def _asked(i: FailInstance, managers: list[int], last: int) -> dict[str, str]:
    """Return the settings of a schedule of failures; `promoted` are the managers after node 0."""
    names = ("goal", "supports", "role", "support_rate", "every", "collapse")
    said = {name: str(getattr(i, name)) for name in names}
    said["collective"] = str(i.elect if i.collective is None else i.collective)
    said["crash"] = "late" if i.objective.name == "twice" else "early"
    said["promoted"] = ",".join(map(str, managers[1:]))
    said |= {"restarts": str(i.amnesia)} if i.amnesia else {}
    said |= {"reloads": str(i.reloads)} if i.reloads else {}
    return said | {"ticks": str(last)}
