"""Passage: when what a node has sent can be with another, over relays that may crash."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.automaton.pernode.rows import ONE, Affine

if TYPE_CHECKING:
    from milpbft.automaton.pernode.channels import Channels
    from milpbft.automaton.pernode.nodes import Nodes
    from milpbft.automaton.pernode.rows import Rows
    from milpbft.automaton.table import Label
    from milpbft.milp.builder import Builder

Way = tuple[int, int, "Label"]
"""Receiver, sender and message; receivers of second lives are n and more."""


class Passage:
    """The walks of messages to who takes them, or hears them.

    Parameters
    ----------
    builder, rows
        Where variables and rows go.
    nodes
        Who may crash.
    channels
        Of every message.
    """

    def __init__(self, builder: Builder, rows: Rows, nodes: Nodes, channels: Channels) -> None:
        self._builder = builder
        self._rows = rows
        self._nodes = nodes
        self._channels = channels
        self._on: dict[Way, list[Affine]] = {}

    def take(self, way: Way, tick: int, got: Affine) -> None:
        """A message is with its receiver a tick per hop after its sending or later.

        ``got[i,j,m,t] <= sent[j,m,t-hops] + byz[j]``, the sum over its channels with the hops of
        each. Byzantine nodes speak to whom they like, past all relays: where there are some,
        ``got[i,j,m,t] <= sent[j,m,t-1]``.
        """
        receiver, j, label = way
        i = self._nodes.whose(receiver)
        channels = self._channels.of(j, label)
        there = Affine.total(by(tick - paths.distance(j, i)) for paths, by in channels)
        if self._nodes.byzantine and not self._channels.paths.uniform:
            self._rows.at_most("take", got, self._channels.sent(j, label, tick - 1))
            there += self._nodes.liar(j)
        self._rows.at_most("take", got, there)

    def relay(self, way: Way, tick: int, got: Affine) -> None:
        """What is sent after a relay crashed is lost.

        It reaches the p-th relay p ticks later at the earliest, which must still act at that tick:
        ``got[i,j,m,t] + crashed[r,c] <= 1 + sent[j,m,c-1-p]`` for c < t. Where there are several
        walks or channels it has taken one of them, w:
        ``got[i,j,m,t] <= sent[j,m,t-hops(w)] + 1 - on[i,j,m,w]``, sent on w's channel, with
        ``sum(w) on[i,j,m,w] = 1``, and the rows above have that slack too. All of them have the
        slack ``byz[j]``.
        """
        receiver, j, label = way
        i = self._nodes.whose(receiver)
        if not self._nodes.crashes:
            return
        got -= self._nodes.liar(j)
        walks = [
            (walk, by) for paths, by in self._channels.of(j, label) for walk in paths.between(j, i)
        ]
        for (walk, by), on in zip(walks, self._walked(way, len(walks)), strict=True):
            if len(walks) > 1:
                there = by(tick - len(walk) - 1)
                self._rows.at_most("relay", got + on, there + 1)
            for place, relay in enumerate(walk, start=1):
                for crash in range(min(tick, self._nodes.horizon + 1)):
                    dead = self._nodes.crashed(relay, crash)
                    there = by(crash - 1 - place)
                    self._rows.at_most("relay", got + dead + on, there + 2)

    def _walked(self, way: Way, count: int) -> list[Affine]:
        """Return per walk whether it is the one that brings a message; one does."""
        if count == 1:
            return [ONE]
        if way not in self._on:
            block = self._builder.variables(f"on_{len(self._on)}", count, base=0)
            self._on[way] = [Affine.of(int(number)) for number in block.index]
            self._rows.equal("relay", Affine.total(self._on[way]), 1)
        return self._on[way]
