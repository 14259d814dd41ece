"""Channels: what is sent at different times takes different walks, where relays are replaced.

A message is sent on one channel: that of the period in which it is sent, or, with heartbeats, that
of the node that had been found to have crashed by then, and the first one where nobody had.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.automaton.pernode.rows import ZERO, Affine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from milpbft.automaton.pernode.nodes import Nodes
    from milpbft.automaton.pernode.paths import Paths
    from milpbft.automaton.pernode.rows import Rows
    from milpbft.automaton.table import Label
    from milpbft.milp.builder import Builder

    Sent = Callable[[int, "Label", int], Affine]

Channel = tuple["Paths", "Callable[[int], Affine]"]
"""The walks, and 1 where a message has been sent on them by the end of a tick."""


class Channels:
    """The channels of every message.

    Parameters
    ----------
    builder, rows
        Where variables and rows go.
    nodes
        Who may crash; one at most where there are heartbeats.
    paths
        Between the nodes, with what changes them.
    sent
        1 where a node has sent a message by the end of a tick.
    """

    def __init__(
        self, builder: Builder, rows: Rows, nodes: Nodes, paths: Paths, sent: Sent
    ) -> None:
        self._builder = builder
        self._rows = rows
        self._nodes = nodes
        self.paths = paths
        self.sent = sent
        self._late: dict[tuple[int, Label], dict[int, list[Affine]]] = {}
        self._found = bool(paths.heartbeat and nodes.crashes)

    def of(self, sender: int, label: Label) -> list[Channel]:
        """Return the channels of a message."""
        if self.paths.period:
            return list(self._periods(sender, label))
        if not self._found:
            return [(self.paths, lambda tick: self.sent(sender, label, tick))]
        late = self._later(sender, label)
        assert self.paths.without is not None
        return [
            (self.paths, lambda tick: self._early(sender, label, tick)),
            *((self.paths.without(x), _by(series)) for x, series in late.items()),
        ]

    def _periods(self, sender: int, label: Label) -> Iterator[Channel]:
        """Sent in the period from a to b: ``sent[min(t,b)] - sent[a-1]``, 0 before a."""
        assert self.paths.turn is not None
        length = self.paths.period

        def sent(first: int) -> Callable[[int], Affine]:
            def by(tick: int) -> Affine:
                if tick < first:
                    return ZERO
                end = self.sent(sender, label, min(tick, first + length - 1))
                return end - self.sent(sender, label, first - 1)

            return by

        for number, first in enumerate(range(0, self._nodes.horizon + 1, length)):
            yield self.paths.turn(number), sent(first)

    def _early(self, sender: int, label: Label, tick: int) -> Affine:
        """Sent before anybody was found: ``sent[t] - sum(x) late[x,t]``."""
        late = (_by(series)(tick) for series in self._later(sender, label).values())
        return self.sent(sender, label, tick) - Affine.total(late)

    def _later(self, sender: int, label: Label) -> dict[int, list[Affine]]:
        """Sent once node x has been found: ``late[x,t]``, per tick.

        With what is new at t, ``ds = sent[t] - sent[t-1]`` and ``dl = late[x,t] - late[x,t-1]``:
        ``0 <= dl <= ds``, and ``ds + crashed[x,t-h] - 1 <= dl <= crashed[x,t-h]``.
        """
        key = (sender, label)
        if key not in self._late:
            self._late[key] = {}
            for x in range(self._nodes.n):
                if x != sender:
                    self._late[key][x] = self._series(sender, label, x)
        return self._late[key]

    def _series(self, sender: int, label: Label, gone: int) -> list[Affine]:
        count, rows = self._nodes.horizon + 1, self._rows
        number = sum(map(len, self._late.values()))
        block = self._builder.variables(f"late_{number}", count, base=0)
        series = [Affine.of(int(one)) for one in block.index]
        for tick, now in enumerate(series):
            more = now - (series[tick - 1] if tick else ZERO)
            new = self.sent(sender, label, tick) - self.sent(sender, label, tick - 1)
            found = self._nodes.crashed(gone, tick - self.paths.heartbeat)
            found = found if tick >= self.paths.heartbeat else ZERO
            rows.at_most("late", ZERO, more)
            rows.at_most("late", more, new)
            rows.at_most("late", more, found)
            rows.at_most("late", new + found, more + 1)
        return series


def _by(series: list[Affine]) -> Callable[[int], Affine]:
    return lambda tick: series[min(tick, len(series) - 1)] if tick >= 0 else ZERO
