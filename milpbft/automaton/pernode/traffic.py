"""Traffic: who has sent what, and who was given what by whom, at the end of each tick.

Variables ``sent[i,m,t]``, and ``got[i,j,m,t]``: i has taken message m of j by the end of tick t.
After the horizon there may be more ticks, at which nobody acts, a tick in a full mesh, as many as
the longest walk takes over relays: at the last of them, the end, everything that is owed is there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.automaton.pernode.channels import Channels
from milpbft.automaton.pernode.hearing import Hearing
from milpbft.automaton.pernode.passage import Passage
from milpbft.automaton.pernode.rows import ONE, ZERO, Affine

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np
    from numpy.typing import NDArray

    from milpbft.automaton.pernode.nodes import Nodes
    from milpbft.automaton.pernode.passage import Way
    from milpbft.automaton.pernode.paths import Paths
    from milpbft.automaton.pernode.rows import Rows
    from milpbft.automaton.table import Label, Message
    from milpbft.milp.builder import Builder


class Traffic:
    """The messages between nodes.

    Parameters
    ----------
    builder, rows
        Where variables and rows go.
    nodes
        Who sends and takes them.
    paths
        Between the nodes.
    last
        Last tick with deliveries: the horizon, or the end after it.
    """

    def __init__(self, builder: Builder, rows: Rows, nodes: Nodes, paths: Paths, last: int) -> None:
        self.nodes = nodes
        self.paths = paths
        self.last = last
        self.messages: dict[Label, Message] = {m.label: m for m in nodes.table.messages}
        self._rows = rows
        self.channels = Channels(builder, rows, nodes, paths, self.sent)
        self._passage = Passage(builder, rows, nodes, self.channels)
        relayed = None if paths.uniform else self.channels
        self.hearing = Hearing(builder, rows, nodes, relayed, self.sent)
        self._by = {(i, m): nodes.sends(i, m) for i in range(nodes.n) for m in self.messages}
        said = [key for key in self._by if self._can_send(*key)]
        block = builder.variables("sent", len(said), nodes.horizon + 1, base=0)
        self._sent = dict(zip(said, block.index, strict=True))
        self.ways: tuple[Way, ...] = tuple(
            (i, j, m) for i in nodes.receivers for j, m in said if nodes.whose(i) != j
        )
        self._got = self._block(builder, "got", self.ways)
        drops = {m for message in self.messages.values() for m in message.refused}
        self._kept = self._block(
            builder, "kept", [w for w in self.ways if w[2] in drops and self.messages[w[2]].lapses]
        )
        doubtful = [
            w for w in self.ways if self._refusals(w[0], w[2]) or self._own_refusals(w[0], w[2])
        ]
        self._has = self._block(builder, "has", doubtful)

    def _block(
        self, builder: Builder, name: str, ways: tuple[Way, ...] | list[Way]
    ) -> dict[Way, NDArray[np.int32]]:
        block = builder.variables(name, len(ways), self.last + 1, base=0)
        return dict(zip(ways, block.index, strict=True))

    def _can_send(self, node: int, label: Label) -> bool:
        return bool(self._by[node, label]) or self._can_lie(node, label)

    def _can_lie(self, node: int, label: Label) -> bool:
        return self.nodes.byzantine > 0 and self.nodes.starts[node] in self.messages[label].senders

    # ---- what rows are made of

    @property
    def spoken(self) -> Iterable[tuple[int, Label]]:
        """Who may send what."""
        return self._sent.keys()

    def sent(self, node: int, label: Label, tick: int) -> Affine:
        """1 where a node has sent a message by the end of a tick, or of the horizon."""
        numbers = self._sent.get((node, label))
        if numbers is None or tick < 0:
            return ZERO
        return Affine.of(numbers[min(tick, self.nodes.horizon)])

    def got(self, way: Way, tick: int) -> Affine:
        """1 where the receiver has been given a message and taken it by the end of a tick."""
        return _by(self._got, way, tick)

    def kept(self, way: Way, tick: int) -> Affine:
        """1 where the receiver took a message that lapses before it left that view."""
        return _by(self._kept if way in self._kept else self._got, way, tick)

    def has(self, way: Way, tick: int) -> Affine:
        """1 where a message counts at the receiver: it was taken, and not dropped since."""
        return _by(self._has if way in self._has else self._got, way, tick)

    def bringing(self, counters: tuple[str, ...]) -> list[Label]:
        """Return the messages that count for one of some counters, kept or dropped."""
        asked = set(counters)
        return [m for m, said in self.messages.items() if asked & {*said.brings, *said.tells}]

    def counts(self, way: Way, counters: tuple[str, ...], tick: int) -> Affine:
        """1 where a message makes its sender count for one of some counters."""
        told = set(counters) & set(self.messages[way[2]].tells)
        return self.got(way, tick) if told else self.has(way, tick)

    def excusing(self, node: int, sender: int, counters: tuple[str, ...]) -> list[Way]:
        """Return the ways by which a sender does not count for some counters after all."""
        asked = set(counters)
        ways = ((node, sender, m) for m, said in self.messages.items() if asked & set(said.excuses))
        return [way for way in ways if way in self._got]

    def own(self, node: int, label: Label, tick: int) -> Affine:
        """1 where a correct node has sent a message by the end of a tick; 2 where twice."""
        return Affine.total(self.nodes.taken(node, e, tick) for e in self._by[node, label])

    def lately(self, receiver: int, label: Label, tick: int) -> Affine:
        """1 where a correct node has sent a message by the end of a tick, in one of its lives."""
        node, edges = self.nodes.whose(receiver), dict(self.nodes.edges(receiver))
        sends = (e for e in self._by[node, label] if e in edges)
        return Affine.total(self.nodes.taken(node, e, tick) for e in sends)

    def rivals(self, way: Way) -> list[Way]:
        """Return the other messages of the sender of which the receiver takes but one.

        Messages of one kind and view, or of one kin where nodes may say what they forgot to have
        said otherwise.
        """
        i, j, label = way
        slot = self._slot(label)
        return [
            (i, j, m) for m in self.messages
            if self._slot(m) == slot and m != label and (i, j, m) in self._got
        ]  # fmt: skip

    def _slot(self, label: Label) -> tuple[str, int]:
        kin = self.messages[label].kin if self.nodes.amnesia else ""
        return kin or label.kind, label.view

    def _refusals(self, node: int, label: Label) -> list[Way]:
        """Return the ways by which a node learns what makes it refuse a message."""
        wrong = self.messages[label].refused
        return [
            (node, j, m) for m in wrong for j in range(self.nodes.n) if (node, j, m) in self._got
        ]

    def _own_refusals(self, node: int, label: Label) -> list[Label]:
        """Return what a node may say itself that makes it refuse a message."""
        whose = self.nodes.whose(node)
        return [m for m in self.messages[label].refused if self._by[whose, m]]

    # ---- rows

    def add_rows(self) -> None:
        """Add the rows of every message, but for the network's deadlines."""
        for key in self._sent:
            for tick in range(self.nodes.horizon + 1):
                self._send(*key, tick)
        for way in self.ways:
            for tick in range(self.last + 1):
                self._take(way, tick)
        for way in self._kept:
            for tick in range(self.last + 1):
                self._keep(way, tick)
        for way in self._has:
            for tick in range(self.last + 1):
                self._drop(way, tick)

    def _send(self, node: int, label: Label, tick: int) -> None:
        """Correct nodes send by their rules, Byzantine ones what they can sign.

        ``own <= sent <= own + byz``, monotone, the former in each life of a node; a message about
        another is sent by a Byzantine node once that exists: ``sent[i,m,t] <= sum(p)
        sent[p,about,t]``, and of a correct p once Byzantine nodes have it: ``sent[i,m,t] <= own +
        sum(p) heard[p,about,t] + byz[p]``.
        """
        rows, sent, own = self._rows, self.sent(node, label, tick), self.own(node, label, tick)
        bluffs = self._can_lie(node, label)
        if not (bluffs or self.nodes.amnesia):
            rows.equal("send", sent, own)
            return
        for receiver in self.nodes.receivers[node :: self.nodes.n]:
            rows.at_most("send", self.lately(receiver, label, tick), sent)
        if not bluffs:
            rows.at_most("lie", sent, own)
            return
        rows.at_most("lie", sent, own + self.nodes.liar(node))
        rows.at_most("sent", self.sent(node, label, tick - 1), sent)
        self._back(node, label, tick)
        about = self.messages[label].about
        if about is None:
            return
        authors = [p for p in range(self.nodes.n) if (p, about) in self._sent]
        there = Affine.total(self.sent(p, about, tick) for p in authors)
        rows.at_most("about", sent, there)
        before = Affine.total(self.hearing.by(p, about, tick) for p in authors)
        lies = Affine.total(self.nodes.liar(p) for p in authors if self._can_lie(p, about))
        rows.at_most("about", sent, own + before + lies)

    def _back(self, node: int, label: Label, tick: int) -> None:
        """A Byzantine node sends what carries q signatures once that many nodes gave theirs.

        ``q (sent[j,m,t] - own[j,m,t]) <= sum(k) byz[k] + sum(k, l) heard[k,l,t]`` over all nodes k
        and the messages l that m may carry. A correct node's signature takes a tick to reach the
        Byzantine one, ``own[k,l,t-1]``, or a tick per hop, so that m is with others two ticks after
        it at the earliest; Byzantine nodes sign for each other at once.
        """
        backed = self.messages[label].backed
        if backed is None:
            return
        lie = self.sent(node, label, tick) - self.own(node, label, tick)
        signed = [
            self.nodes.liar(k)
            + Affine.total(self._carries(k, carried, tick) for carried in backed.labels)
            for k in range(self.nodes.n)
        ]
        quorum = backed.quorum
        if not isinstance(quorum, int):
            quorum = quorum.evaluate(self.nodes.sizes)
        self._rows.at_most("backed", quorum * lie, Affine.total(signed))

    def _carries(self, node: int, label: Label, tick: int) -> Affine:
        """1 where Byzantine nodes have what a correct node signed as they act at a tick."""
        if self.paths.uniform:
            return self.own(node, label, tick - 1)
        return self.hearing.by(node, label, tick) if self._by[node, label] else ZERO

    def _take(self, way: Way, tick: int) -> None:
        """A message is taken once, by the living, a tick per hop after its sending or later.

        ``got[i,j,m,t-1] <= got[i,j,m,t]``, and as `Passage` has it; one of a kind, view and sender;
        nothing by Byzantine nodes, whose knowledge is that of `Hearing`, nor by crashed ones. In a
        first life until the node starts again, ``got[t] - got[t-1] <= 1 - reborn[i,t]``, and in a
        second one from then on, ``got[t] <= reborn[i,t]``.
        """
        receiver, _, label = way
        i = self.nodes.whose(receiver)
        rows, got, before = self._rows, self.got(way, tick), self.got(way, tick - 1)
        self._passage.take(way, tick, got)
        rows.at_most("taken", before, got)
        if self.nodes.byzantine:
            rows.at_most("taker", got, ONE - self.nodes.liar(i))
        if self.nodes.crashes:
            rows.at_most("taker", got - before, ONE - self.nodes.crashed(i, tick))
        if self.nodes.again(receiver):
            rows.at_most("reborn", got, self.nodes.reborn(i, tick))
        elif self.nodes.amnesia:
            rows.at_most("reborn", got - before, ONE - self.nodes.reborn(i, tick))
        rivals = self.rivals(way)
        if rivals and label == min(label, *(rival[2] for rival in rivals)):
            rows.at_most("single", Affine.total([got, *(self.got(r, tick) for r in rivals)]), 1)
        self._passage.relay(way, tick, got)

    def _keep(self, way: Way, tick: int) -> None:
        """A message of a view that its receiver has left is dropped.

        With e = entered[i,v+1,t-1]: ``got[t] - e <= kept[t] <= got[t]``,
        ``0 <= kept[t] - kept[t-1] <= 1 - e``.
        """
        rows, got = self._rows, self.got(way, tick)
        kept, before = self.kept(way, tick), self.kept(way, tick - 1)
        late = self.nodes.entered(way[0], way[2].view + 1, tick - 1)
        rows.at_most("kept", got - late, kept)
        rows.at_most("kept", kept, got)
        rows.at_most("kept", before, kept)
        rows.at_most("kept", kept - before, ONE - late)

    def _drop(self, way: Way, tick: int) -> None:
        """Who has what refuses a message does not have it: ``got - sum kept <= has <= got``.

        ``has + kept <= 1`` for each message that refuses it, a node's own included.
        """
        rows, got, has = self._rows, self.got(way, tick), self.has(way, tick)
        node, label = way[0], way[2]
        known = [self.kept(refusal, tick) for refusal in self._refusals(node, label)]
        known += [self.lately(node, m, tick) for m in self._own_refusals(node, label)]
        rows.at_most("has", has, got)
        for one in known:
            rows.at_most("has", has + one, 1)
        rows.at_most("has", got - Affine.total(known), has)


def _by(block: dict[Way, NDArray[np.int32]], way: Way, tick: int) -> Affine:
    numbers = block.get(way)
    return ZERO if numbers is None or tick < 0 else Affine.of(numbers[tick])
