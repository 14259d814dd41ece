"""Hearing: what Byzantine nodes know of what others signed, where messages go over relays.

In a full mesh all have what a correct node sends a tick later. Over relays Byzantine nodes share
what the nearest of them has heard, who may be a relay. Variables ``ear[i,j,m,t]``: Byzantine node i
has heard message m of j by tick t; and, where several may be Byzantine, ``heard[j,m,t]``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.automaton.pernode.passage import Passage
from milpbft.automaton.pernode.rows import ONE, ZERO, Affine

if TYPE_CHECKING:
    from collections.abc import Callable

    from milpbft.automaton.pernode.channels import Channels
    from milpbft.automaton.pernode.nodes import Nodes
    from milpbft.automaton.pernode.rows import Rows
    from milpbft.automaton.table import Label
    from milpbft.milp.builder import Builder


class Hearing:
    """What Byzantine nodes have heard of correct ones.

    Parameters
    ----------
    builder, rows
        Where variables and rows go.
    nodes
        Who is Byzantine, and who may crash.
    channels
        Of every message; None in a full mesh.
    sent
        1 where a node has sent a message by the end of a tick.
    """

    def __init__(
        self,
        builder: Builder,
        rows: Rows,
        nodes: Nodes,
        channels: Channels | None,
        sent: Callable[[int, Label, int], Affine],
    ) -> None:
        self._builder = builder
        self._rows = rows
        self._nodes = nodes
        self._sent = sent
        self._passage = Passage(builder, rows, nodes, channels) if channels else None
        self._known: dict[tuple[int, Label], list[Affine]] = {}

    def by(self, sender: int, label: Label, tick: int) -> Affine:
        """1 where Byzantine nodes have a message of a correct node by the time they act at a tick.

        It is what was sent before that tick, or what was heard by it where there are relays; where
        the sender is Byzantine itself, 0 or 1 in a mesh, and 0 where there are relays.
        """
        if self._passage is None:
            return self._sent(sender, label, tick - 1)
        key = sender, label
        if key not in self._known:
            self._known[key] = self._listen(sender, label)
        return self._known[key][tick] if tick >= 0 else ZERO

    def _listen(self, sender: int, label: Label) -> list[Affine]:
        """``ear[i,j,m,t] <= byz[i]``, ``heard[j,m,t] <= sum(i) ear[i,j,m,t]``, ``<= 1 - byz[j]``.

        Where one node is Byzantine at most, the sum is what is heard: it is 0 or 1, and 0 where the
        sender is that node.
        """
        assert self._passage is not None
        nodes, rows = self._nodes, self._rows
        listeners = [i for i in range(nodes.n) if i != sender]
        ticks, number = nodes.horizon + 1, len(self._known)
        ears = self._builder.variables(f"ear_{number}", len(listeners), ticks, base=0).index
        sums: list[Affine] = []
        for tick in range(ticks):
            for place, i in enumerate(listeners):
                ear = Affine.of(int(ears[place, tick]))
                rows.at_most("ear", ear, nodes.liar(i))
                self._passage.take((i, sender, label), tick, ear)
                self._passage.relay((i, sender, label), tick, ear)
            sums.append(Affine.total(Affine.of(int(one)) for one in ears[:, tick]))
        if nodes.byzantine == 1:
            return sums
        heard = self._builder.variables(f"heard_{number}", ticks, base=0).index
        known = [Affine.of(int(one)) for one in heard]
        for one, every in zip(known, sums, strict=True):
            rows.at_most("ear", one, every)
            rows.at_most("ear", one, ONE - nodes.liar(sender))
        return known
