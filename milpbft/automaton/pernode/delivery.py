"""Delivery: by when the network must have given what to whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.automaton.pernode.rows import ONE, ZERO, Affine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from milpbft.automaton.pernode.network import Network
    from milpbft.automaton.pernode.passage import Way
    from milpbft.automaton.pernode.paths import Relays
    from milpbft.automaton.pernode.rows import Rows
    from milpbft.automaton.pernode.traffic import Traffic


class Deadlines:
    """Rows by which messages arrive.

    Parameters
    ----------
    rows
        Where they go.
    traffic
        Who was given what.
    network
        When what must arrive.
    lost
        By way: 1 where the message is lost for good.
    missed
        By way: 1 where it was under way as its receiver reloaded its log.
    """

    def __init__(
        self,
        rows: Rows,
        traffic: Traffic,
        network: Network,
        lost: Mapping[Way, Affine] | None = None,
        missed: Mapping[Way, Affine] | None = None,
    ) -> None:
        self._lost = lost or {}
        self._missed = missed or {}
        self._rows = rows
        self._traffic = traffic
        self._network = network
        self._horizon = traffic.nodes.horizon

    def add_rows(self) -> None:
        """What a node has sent that is not Byzantine is taken by the network's deadline."""
        for way in self._traffic.ways:
            for tick in range(self._horizon + 1):
                self._owe(way, tick, ZERO)
                self._bring_again(way, tick, ZERO)

    def settle(self, unless: Affine) -> None:
        """All that is owed has arrived at the end, or sooner if due, unless `unless` is 1."""
        for way in self._traffic.ways:
            for tick in range(self._horizon + 1, self._traffic.last + 1):
                self._owe(way, tick, unless)
                self._bring_again(way, tick, unless)

    def _owe(self, way: Way, tick: int, unless: Affine) -> None:
        """``sent[j,m,s] - excuses <= got[i,j,m,t]``, what is sent at s having arrived by then.

        In whichever of its receiver's lives: the sum over them. What was lost as it reloaded its
        log excuses from then on: there are two rows, excused by ``missed[i,j,m]`` and ``rel[i,t]``.
        A node that crashes later owes what it sent before. Excuses: sender or receiver is
        Byzantine, the receiver has crashed, the message is lost, a relay between them is faulty, or
        the receiver has taken another message of that kind, view and sender. There is a row for
        each walk between the two: one that nobody cuts brings the message by its own deadline.

        With gossip, or where its kind is passed on, also for each other node k
        ``got[k,j,m,s] - crashed[k,T] - excuses <= got[i,j,m,t]``: what a correct node has taken, it
        passes on.
        """
        i, j = way[:2]
        nodes, traffic = self._traffic.nodes, self._traffic
        if nodes.again(i):
            return
        lives = [(k, *way[1:]) for k in nodes.receivers[i :: nodes.n]]
        rivals = [traffic.got(rival, tick) for life in lives for rival in traffic.rivals(life)]
        got = Affine.total(traffic.got(life, tick) for life in lives)
        lost = self._lost.get(way, ZERO)
        excuse = Affine.total([unless, nodes.liar(i), nodes.crashed(i, tick), lost, *rivals])
        missed = [self._missed[way], nodes.reloads.by(i, tick)] if way in self._missed else [ZERO]
        for k in self._givers(way):
            for walk, had in self._walks(k, way):
                cause = self._cause(len(walk) + 1, tick)
                if cause is None or cause < 0:
                    continue
                excused = Affine.total([excuse, *self._cut(walk, cause, tick)])
                if k == j:
                    owed = had(cause) - nodes.liar(j)
                    for more in missed:
                        self._rows.at_most("owed", owed - excused - more, got)
                else:
                    kept = had(cause) - nodes.crashed(k, self._horizon)
                    self._rows.at_most("gossip", kept - excused, traffic.got(way, tick))

    def _bring_again(self, way: Way, tick: int, unless: Affine) -> None:
        """What was sent is brought to who has started again, as if it were sent then.

        ``sent[j,m,s] + reborn[i,s] - 1 - excuses <= got[i,j,m,t]`` for its second life, what is
        sent at s having arrived by t. Excuses as for what is sent once, see :meth:`_owe`.
        """
        receiver, j, label = way
        nodes, traffic = self._traffic.nodes, self._traffic
        cause = self._cause(1, tick)
        if not nodes.again(receiver) or cause is None or cause < 0:
            return
        i = nodes.whose(receiver)
        rivals = [traffic.got(rival, tick) for rival in traffic.rivals(way)]
        excuse = Affine.total(
            [unless, nodes.liar(i), nodes.liar(j), nodes.crashed(i, tick), *rivals]
        )
        there = traffic.sent(j, label, cause) + nodes.reborn(i, cause) - ONE
        self._rows.at_most("again", there - excuse, traffic.got(way, tick))

    def _walks(self, giver: int, way: Way) -> Iterator[tuple[Relays, Callable[[int], Affine]]]:
        """Yield the walks from a giver, each with 1 where it has sent on it, or has, the message.

        A sender's are those of each of its channels.
        """
        i, j, label = way
        traffic = self._traffic
        if giver != j:
            for walk in traffic.paths.between(giver, i):
                yield walk, lambda tick: traffic.got((giver, j, label), tick)
            return
        for paths, by in traffic.channels.of(j, label):
            for walk in paths.between(j, i):
                yield walk, by

    def _cut(self, walk: Relays, cause: int, tick: int) -> list[Affine]:
        """Relays that may lose what was sent by `cause`: liars, and crashed by when it is due."""
        nodes, delta = self._traffic.nodes, self._network.delta
        bounded = self._network.kind == "synchronous" and not self._ends(tick)
        found = []
        for place, relay in enumerate(walk, start=1):
            due = cause + place * delta if bounded else tick
            found.append(nodes.liar(relay) + nodes.crashed(relay, due))
        return found

    def _givers(self, way: Way) -> list[int]:
        """Return who may owe a message of the sender to the receiver.

        Where all are one hop apart and nobody is Byzantine, gossip adds nothing.
        """
        nodes, (receiver, sender, label) = self._traffic.nodes, way
        useless = self._traffic.paths.uniform and not nodes.byzantine
        if useless or not self._network.passes_on(label.kind):
            return [sender]
        return [k for k in range(nodes.n) if k != receiver]

    def _cause(self, hops: int, tick: int) -> int | None:
        """Return the last tick from which everything has arrived by the end of `tick`, if any."""
        if self._ends(tick):
            return self._horizon
        return self._network.latest_cause(tick, self._horizon, hops)

    def _ends(self, tick: int) -> bool:
        """Whether everything has arrived by the end of a tick, whatever its deadline."""
        return tick == self._traffic.last > self._horizon
