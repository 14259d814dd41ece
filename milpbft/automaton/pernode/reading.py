"""Reading: a point of the per-node encoding as a schedule of named nodes in real ticks."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from milpbft.automaton.table import RESTART
from milpbft.schedule import Decide, Deliver, Event, Fault, Send, Timeout
from milpbft.schedule.losses import Loss

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from milpbft.automaton.pernode.encoding import PerNode
    from milpbft.automaton.pernode.passage import Way
    from milpbft.automaton.pernode.rows import Affine
    from milpbft.automaton.table import Label

Times = dict["Way", int]
"""By way: the tick of the delivery."""


class Reading:
    """What happens in a point.

    Parameters
    ----------
    encoded
        The encoding.
    x
        A point that satisfies every row.
    """

    def __init__(self, encoded: PerNode, x: NDArray[np.int64]) -> None:
        self._encoded = encoded
        self._x = x
        nodes = encoded.nodes
        self.byzantine = tuple(i for i in range(encoded.n) if self.value(nodes.liar(i)))
        self._paths = {i: self._path(i) for i in range(encoded.n)}

    def value(self, expression: Affine) -> int:
        """Return the value of an expression."""
        terms = expression.terms.items()
        return expression.constant + sum(c * int(self._x[number]) for number, c in terms)

    @property
    def lost(self) -> list[Loss]:
        """What the network lost for good: what was sent, and not taken after all."""
        traffic, end = self._encoded.traffic, self._encoded.traffic.last
        return [
            Loss(j, i, m.spoken, m.view)
            for (i, j, m), lost in self._encoded.lost.items()
            if self.value(lost)
            and self.value(traffic.sent(j, m, end))
            and not self.value(traffic.got((i, j, m), end))
            and not {i, j} & set(self.byzantine)
        ]

    def _path(self, node: int) -> list[tuple[int, int]]:
        """Return the edges that a node takes, in order, each with its tick."""
        nodes, role = self._encoded.nodes, self._encoded.nodes.roles[node]
        ticks = range(self._encoded.horizon + 1)
        taken = [
            (tick, edge.source, k)
            for k, edge in enumerate(role.edges)
            for tick in ticks
            if self.value(nodes.takes(node, k, tick))
        ]
        return [(tick, k) for tick, _, k in sorted(taken)]

    def events(self, *, quiet: bool) -> list[Event]:
        """Return all events; `quiet` says that the run ends in silence, which is shown.

        Then everything owed is delivered after the horizon, and later every timer expires.
        """
        events: list[Event] = [Fault(0, i, "byzantine") for i in self.byzantine]
        for node in self._paths:
            events += self._acts(node)
        until = self._encoded.traffic.last if quiet else self._encoded.horizon
        times = self._deliveries(until)
        lies = self._lies(times)
        events += [Send(tick, i, m.spoken, m.view) for (i, m), tick in lies.items()]
        for (i, j, m), tick in sorted(times.items(), key=lambda item: item[1]):
            events.append(Deliver(tick, self._encoded.nodes.whose(i), j, m.spoken, m.view))
        events += self._refused(times, until)
        events += self._conflicting(times, until)
        return events + self._last_timers() if quiet else events

    def _acts(self, node: int) -> list[Event]:
        events: list[Event] = []
        nodes, table = self._encoded.nodes, self._encoded.table
        decided = {place for places in table.done.values() for place in places}
        reloads = nodes.reloads
        for tick in range(self._encoded.horizon + 1):
            if self.value(reloads.between(node, tick, tick)):
                events.append(Fault(tick, node, "reload"))
        for tick, k in self._paths[node]:
            edge = nodes.roles[node].edges[k]
            view = nodes.act(edge).view
            if edge.rule == RESTART:
                events.append(Fault(tick, node, RESTART))
                continue
            if nodes.crashes_by(edge):
                events.append(Fault(tick, node, "crash"))
            if edge.rule in table.expires:
                events.append(Timeout(tick, node, view))
            events += [Send(tick, node, m.spoken, m.view) for m in table.sends.get(edge.rule, ())]
            rule = table.automaton.rule(edge.rule)
            if rule.target in decided and rule.source not in decided:
                events.append(Decide(tick, node, table.learns.get(edge.rule, view)))
        return events

    def _deliveries(self, until: int) -> Times:
        traffic = self._encoded.traffic
        return {
            way: next(t for t in range(until + 1) if self.value(traffic.got(way, t)))
            for way in traffic.ways
            if self.value(traffic.got(way, until))
        }

    def _lies(self, times: Times) -> dict[tuple[int, Label], int]:
        """Return what Byzantine nodes send that somebody takes, and what that is about."""
        traffic = self._encoded.traffic
        sent = {
            (node, label): tick
            for node, label in traffic.spoken
            if node in self.byzantine
            for tick in reversed(range(self._encoded.horizon + 1))
            if self.value(traffic.sent(node, label, tick))
        }
        used = {(j, label) for _, j, label in times}
        about = {traffic.messages[label].about for _, label in used}
        lies = {key: tick for key, tick in sent.items() if key in used or key[1] in about}
        return self._backed(lies)

    def _backed(self, lies: dict[tuple[int, Label], int]) -> dict[tuple[int, Label], int]:
        """Add what other Byzantine nodes sign for messages that carry it, at the same tick."""
        traffic, found = self._encoded.traffic, dict(lies)
        for (node, label), tick in lies.items():
            backed = traffic.messages[label].backed
            for other in self.byzantine:
                if backed is None or other == node:
                    continue
                given = [found.get((other, carried), tick + 1) for carried in backed.labels]
                if min(given) > tick and (other, backed.labels[0]) in traffic.spoken:
                    found[other, backed.labels[0]] = tick
        return found

    def _refused(self, times: Times, until: int) -> list[Event]:
        """Return the deliveries that are owed but not taken, another message being there.

        That is so where a Byzantine sender said two things and one of them reaches its receiver by
        gossip: a tick after the last that has it.
        """
        encoded = self._encoded
        if not encoded.network.gossip:
            return []
        events: list[Event] = []
        for i, j, m in encoded.traffic.ways:
            if i in self.byzantine or (i, j, m) in times:
                continue
            had = [t for (k, p, q), t in times.items() if (p, q) == (j, m) and k != i]
            rival = [times[way] for way in encoded.traffic.rivals((i, j, m)) if way in times]
            if had and rival and max(*rival, min(had)) < until:
                tick = max(*rival, min(had)) + 1
                events.append(Deliver(tick, i, j, m.spoken, m.view))
        return events

    def _conflicting(self, times: Times, until: int) -> Iterator[Event]:
        """Yield the deliveries of what is refused, its sender having said something else before.

        It had forgotten that. Each comes with what is taken, or a tick after it is sent.
        """
        nodes, traffic = self._encoded.nodes, self._encoded.traffic
        for way in traffic.ways if nodes.amnesia else ():
            receiver, j, m = way
            taken = [times[rival] for rival in traffic.rivals(way) if rival in times]
            ticks = range(self._encoded.horizon + 1)
            sent = [tick for tick in ticks if self.value(traffic.sent(j, m, tick))]
            if way in times or not taken or not sent or j in self.byzantine:
                continue
            tick, node = max(*taken, sent[0] + 1), nodes.whose(receiver)
            lives = [self.value(nodes.reborn(node, min(t, ticks[-1]))) for t in (tick, max(taken))]
            if tick <= until and lives[0] == lives[1]:
                yield Deliver(tick, node, j, m.spoken, m.view)

    def _last_timers(self) -> list[Event]:
        """Let every timer of a node that is neither done nor faulty expire once it is due.

        Where no rule waits for the timeout of a view, nobody leaves views, whatever expires.
        """
        encoded = self._encoded
        nodes, table = encoded.nodes, encoded.table
        if not any(table.expires.values()):
            return []
        views = self._entered()
        events: list[Event] = []
        for node in range(encoded.n):
            end = encoded.horizon
            if self.value(nodes.liar(node) + nodes.crashed(node, end) + nodes.done(node, end)):
                continue
            if not self._runs(node):
                continue
            view, tick = max(views[node].items())
            due = tick + encoded.network.wait(view, timed=True)
            events.append(Timeout(max(due, encoded.traffic.last + 1), node, view))
        return events

    def _runs(self, node: int) -> bool:
        """Whether the timer of a node's view runs at the end."""
        nodes, running = self._encoded.nodes, self._encoded.table.running
        return not running or self.value(nodes.within(node, running, self._encoded.horizon)) == 1

    def _entered(self) -> defaultdict[int, dict[int, int]]:
        """Return the tick at which each node entered each view, or started its timer later."""
        nodes = self._encoded.nodes
        views: defaultdict[int, dict[int, int]] = defaultdict(lambda: {0: -1})
        for node, path in self._paths.items():
            for tick, k in path:
                edge = nodes.roles[node].edges[k]
                view = nodes.enters(edge, node)
                if self._encoded.table.running and view is None:
                    view = nodes.starts_timer(edge, node)
                if view is not None:
                    views[node][view] = tick
                if edge.rule == RESTART:
                    views[node] = {0: tick - 1}
            for tick in range(self._encoded.horizon + 1):
                if self.value(nodes.reloads.between(node, tick, tick)):
                    view, since = max(views[node].items())
                    views[node][view] = max(since, tick - 1)
        return views
