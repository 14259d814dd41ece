"""Repair: contacts are replaced, and the broadcast is repeated on the repaired rings.

The paper says how a node that left is found, removed and replaced (Node-Leave), and not what
becomes of a message that was lost behind it. Here the source repeats its broadcast once, when the
rings are repaired; nodes that hold the message already pass it on again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from milpbft.errors import InputError
from milpbft.hgfrr.reference.heartbeat import beat
from milpbft.hgfrr.reference.membership import Overlay
from milpbft.hgfrr.reference.node import Node
from milpbft.hgfrr.reference.world import Broadcast, Failures, broadcast
from milpbft.schedule import Deliver, Event, Schedule, Send

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Set as AbstractSet

    from milpbft.hgfrr.sizes import Sizes
    from milpbft.hgfrr.spread import Spread
    from milpbft.hgfrr.topology import Topology

AGAIN = "Again"
"""What the kinds of the repeated broadcast end in, e.g. ``DownAgain``; a ``#j`` follows it."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Messages of a repair, beside the two broadcasts.

    Parameters
    ----------
    rounds
        Rounds of heartbeats that found somebody gone.
    queries
        Questions whether a node is really gone, and their answers.
    announcements
        News to a ring that a node has left: one per other member, per ring that it was on.
    elections
        News of an election: to the other members of the ring, and to the members of the ring above.
    """

    rounds: int
    queries: int
    announcements: int
    elections: int

    @property
    def messages(self) -> int:
        """All of them."""
        return self.queries + self.announcements + self.elections


@dataclass(frozen=True)
class Repaired:
    """A broadcast with repair.

    Parameters
    ----------
    tick
        When the rings are repaired and the source repeats.
    first, second
        The two broadcasts, the second with a clock of its own.
    topology
        The repaired rings.
    cost
        Of the repair.
    """

    tick: int
    first: Broadcast
    second: Broadcast
    topology: Topology
    cost: Cost

    @property
    def held(self) -> Mapping[int, int]:
        """Tick at which a node first held the message, per node that did."""
        second = {node: self.tick + tick for node, tick in self.second.first.items()}
        return second | dict(self.first.first)

    @property
    def coverage(self) -> float:
        """Share of the correct nodes that held the message in the end; 1 where there are none."""
        correct = self.first.correct
        return sum(node in self.held for node in correct) / len(correct) if correct else 1.0

    @property
    def ticks(self) -> int:
        """Tick at which the last correct node that got the message first held it."""
        return max((self.held[i] for i in self.first.correct if i in self.held), default=0)

    @property
    def messages(self) -> int:
        """Messages of both broadcasts and of the repair."""
        return self.first.messages + self.second.messages + self.cost.messages

    def schedule(self, *, settings: Mapping[str, str] | None = None) -> Schedule:
        """Return both broadcasts as one schedule; kinds of the second end in ``Again``.

        Raises
        ------
        InputError
            Where there are more than 1000 ids.
        """
        first, second = self.first.schedule(settings=settings), self.second.schedule()
        later = [self._later(e) for e in second.events if isinstance(e, Send | Deliver)]
        horizon = max(first.horizon, self.tick + second.horizon)
        faults = self.first.failures.events(horizon)
        earlier = [e for e in first.events if isinstance(e, Send | Deliver)]
        return replace(first, events=(*faults, *earlier, *later), horizon=horizon)

    def _later(self, event: Send | Deliver) -> Event:
        kind, mark, root = event.kind.partition("#")
        return replace(event, tick=event.tick + self.tick, kind=f"{kind}{AGAIN}{mark}{root}")


def repair(
    topology: Topology,
    source: int,
    spread: Spread | None = None,
    *,
    failures: Failures,
    tick: int,
    sizes: Sizes,
    seed: int = 0,
    rotate: bool = False,
    overlay: type[Overlay] = Overlay,
    node: type[Node] = Node,
) -> Repaired:
    """Broadcast, find who has left, repair the rings, and broadcast again.

    Parameters
    ----------
    topology, source, spread, failures
        As of :class:`milpbft.hgfrr.reference.world.World`.
    tick
        When the rings are repaired, 1 or later: the time that as many rounds of heartbeats take as
        are needed, with double checks and elections. Who crashes at `tick` or later is not found.
    sizes
        Limits of the rings.
    seed
        Of the elections.
    rotate
        Also elect all contacts anew, as it is periodically due: the only help against silent
        relays, which answer heartbeats.
    overlay, node
        The classes of what repairs, and of correct nodes; tests put faulty ones here.

    Raises
    ------
    InputError
        Where a value is out of range, or everyone has crashed.
    """
    if tick < 1:
        raise InputError("tick", tick, "1 or later")
    if failures.restarts:
        raise InputError("restarts", sorted(failures.restarts), "none where rings are repaired")
    crashed = {node for node, since in failures.crashes.items() if since < tick}
    first = broadcast(topology, source, spread, failures=failures, node=node)
    rings = overlay.of(topology, sizes, seed)
    gone, queries, rounds = _heal(rings, topology, crashed)
    if rotate:
        rings.rotate()
    after = rings.topology()
    left = Failures(
        {i: max(since - tick, 0) for i, since in failures.crashes.items() if i in rings},
        failures.silent,
        reloads={i: again - tick for i, again in failures.reloads.items() if again > tick},
    )
    if source in rings:
        second = broadcast(after, source, spread, failures=left, node=node)
    else:
        second = Broadcast(source, tuple(after.nodes.tolist()), after.ids, left, {}, ())
    cost = _cost(topology, after, gone, queries, rounds)
    return Repaired(tick, first, second, after, cost)


def _heal(
    rings: Overlay, topology: Topology, crashed: AbstractSet[int]
) -> tuple[set[int], int, int]:
    """Run rounds of heartbeats until nobody new is found; return who left, queries, and rounds.

    Of several neighbours that crashed, a round finds the two at the ends.
    """
    gone: set[int] = set()
    queries = rounds = 0
    while (found := beat(topology, crashed)).gone:
        for node in found.gone:
            rings.leave(node)
        gone |= set(found.gone)
        queries += found.queries
        rounds += 1
        topology = rings.topology()
    return gone, queries, rounds


def _cost(before: Topology, after: Topology, gone: set[int], queries: int, rounds: int) -> Cost:
    """Count the news; a ring that has new contacts is one that held an election."""
    announcements = elections = 0
    for ring in before.rings:
        staying = len(set(ring.members) - gone)
        announcements += max(staying - 1, 0) * len(set(ring.members) & gone)
    elected = {(ring.level, node) for ring in before.rings for node in ring.contacts}
    for ring in after.rings:
        if any((ring.level, node) not in elected for node in ring.contacts):
            above = after.rings[ring.parent].members if ring.parent >= 0 else ()
            elections += len(ring.members) - 1 + len(set(above) - set(ring.contacts))
    return Cost(rounds, queries, announcements, elections)
