"""Rows of commissioners who are replaced as a term begins.

Above the last block of a term, at height t, ``new[t]`` commissioners are new. ``out[t]`` of those
who leave had the live block, of the ``cl[t]`` correct ones who did. A newcomer has no block and
asks for all. Without `fetch` nobody answers. With it correct nodes do, within two ticks per block,
so that it ``joined``. All nodes are honest, so there is one block of a height.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.milp.builder import Builder, Sum
from milpbft.milp.problem import EQ, LE

if TYPE_CHECKING:
    from milpbft.milp.block import Block
    from milpbft.pov.heights import ChainInstance
    from milpbft.pov.model.chain_acts import Chain, Swaps


def constrain(m: Builder, x: Chain, y: Swaps, i: ChainInstance) -> None:
    """Add all rows of this module."""
    for t in range(i.heights + 1):
        follow(m, x, y, t)
        if i.ends(t):
            replace(m, x, y, i, t)
            catch_up(m, y, i, t)
        else:
            stay(m, y, t)


def follow(m: Builder, x: Chain, y: Swaps, t: int) -> None:
    """``c[t] = cl[t] - out[t] + joined[t]``."""
    m.add("seated", _at(x.c, t), -_at(y.cl, t), _at(y.out, t), -_at(y.joined, t), relation=EQ)


def stay(m: Builder, y: Swaps, t: int) -> None:
    """``new = out = joined = 0`` where no term ends."""
    for block in (y.new, y.out, y.joined):
        m.add("stay", _at(block, t), relation=EQ)


def replace(m: Builder, x: Chain, y: Swaps, i: ChainInstance, t: int) -> None:
    """``new = K (mine + fair)``; ``out <= new``, ``out <= cl``; ``new - out <= N_c - cl``.

    Where there is no live block the term does not begin.
    """
    live = _at(x.mine, t), _at(x.fair, t)
    m.add("begun", _at(y.new, t), *(-i.swaps * one for one in live), relation=EQ)
    m.add("leave", _at(y.out, t), -_at(y.new, t), relation=LE)
    m.add("leave", _at(y.out, t), -_at(y.cl, t), relation=LE)
    m.add("leave", _at(y.new, t), -_at(y.out, t), _at(y.cl, t), relation=LE, rhs=i.commissioners)


def catch_up(m: Builder, y: Swaps, i: ChainInstance, t: int) -> None:
    """``joined = new`` with `fetch`, else ``joined = 0``."""
    new = [-_at(y.new, t)] if i.fetch else []
    m.add("joined", _at(y.joined, t), *new, relation=EQ)


def _at(block: Block, t: int) -> Sum:
    return Sum(block.index[t].reshape(1))
