"""Nodes of a profile that start again: their lives, and what the next life gets of the one before.

A node that starts again without memory is another one from then on, a second *life* with rows of
its own; the first one is over as if it had crashed. Lives are numbered: node i has i, and n + i
once it has started again. A node that reloads its log goes on in its life.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.automaton.pernode.rows import ONE, ZERO, Affine

if TYPE_CHECKING:
    from milpbft.automaton.pernode.program import Program
    from milpbft.question.strict import StrictInstance


class Lives:
    """Who starts again, and when.

    Variables ``restarted[i,t]`` and ``reloaded[i,t]``, 1 if node i has done so by the beginning of
    tick t, each once; ``regained[i,t]``, 1 where its second life may have been brought what the
    first one said by the end of tick t.

    Parameters
    ----------
    program
        Where variables go.
    instance
        How many nodes start again without memory, or reload their logs.
    """

    def __init__(self, program: Program, instance: StrictInstance) -> None:
        assert instance.horizon is not None, "the encoding compact has a horizon"
        self.n, self.amnesia, self.reloads = instance.n, instance.amnesia, instance.reloads
        self.count = 2 * self.n if self.amnesia else self.n
        """Lives, of all nodes."""
        shape = self.n, instance.horizon + 1
        if self.amnesia:
            self._restarted = program.integers("restarted", *shape)
            self._regained = program.integers("regained", *shape)
        if self.reloads:
            self._reloaded = program.integers("reloaded", *shape)

    def node(self, life: int) -> int:
        """Return the node whose life it is."""
        return life % self.n

    def of(self, node: int) -> range:
        """Return the lives of a node."""
        return range(node, self.count, self.n)

    def restarted(self, node: int, tick: int) -> Affine:
        """Node has started again without memory."""
        return self._restarted[node, tick] if self.amnesia and tick >= 0 else ZERO

    def reloaded(self, node: int, tick: int) -> Affine:
        """Node has reloaded its log."""
        return self._reloaded[node, tick] if self.reloads and tick >= 0 else ZERO

    def asleep(self, life: int, tick: int) -> Affine:
        """A second life has not begun."""
        return ZERO if life < self.n else ONE - self.restarted(life - self.n, tick)

    def regained(self, life: int, tick: int) -> Affine:
        """A second life has been brought something that the first one said.

        It may then have committed, asked or proposed without having done so, so that nothing is
        said of what it must do.
        """
        return ZERO if life < self.n else self._regained[life - self.n, tick]

    def begins(self, life: int, tick: int) -> Affine | None:
        """Its timer starts anew at this very tick; None where none of its timers does."""
        by = self.restarted if life >= self.n else self.reloaded
        if life < self.n and not self.reloads:
            return None
        node = self.node(life)
        return by(node, tick) - by(node, tick - 1)

    def reached(self, life: int, tick: int) -> list[tuple[int, Affine]]:
        """Say which messages reach a life, of those that are due by a tick.

        Pairs of a tick s and 1 where what was sent after s does: all where no node starts again; to
        a second life what was sent one tick before it began, or later; and to who reloads what was
        sent after that, or had to come before.
        """
        node = self.node(life)
        if life >= self.n:
            return [(s - 1, self.restarted(node, s + 1)) for s in range(tick)]
        if self.reloads:
            missed = self.reloaded(node, tick)
            return [(s - 1, ONE - missed + self.reloaded(node, s)) for s in range(tick)]
        return [(-1, ONE)]
