"""Rows of commissioners who are replaced as a term begins.

Above the last block of a term, at height t, ``new[t]`` commissioners are new. ``out[t]`` of those
who leave had the live block, of the ``cl[t]`` correct ones who did. A newcomer has no block and
asks for all. Without `fetch` nobody answers. With it correct nodes do, within two ticks per block,
so that it ``joined``; but where a Byzantine butler has made the block of a height, it can be shown
another one of the height first, with another timestamp, and never has the live one.

Nothing is lost by calling the block live that most have of those who sign it: where it is not the
one that newcomers join, no more nodes have the block above, and a chain stops no sooner.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.milp.builder import Builder, Sum
from milpbft.milp.problem import EQ, GE, LE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from milpbft.milp.block import Block
    from milpbft.pov.heights import ChainInstance
    from milpbft.pov.model.chain_acts import Chain, Swaps


def constrain(m: Builder, x: Chain, y: Swaps, i: ChainInstance, foul: Sequence[Sum]) -> None:
    """Add all rows of this module.

    Parameters
    ----------
    foul
        Per height from 1 on: whether there is a Byzantine node in the team that makes its block.
    """
    for t in range(i.heights + 1):
        follow(m, x, y, t)
        if i.ends(t):
            replace(m, x, y, i, t)
            catch_up(m, y, (i, t), foul[:t])
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


def catch_up(m: Builder, y: Swaps, place: tuple[ChainInstance, int], foul: Sequence[Sum]) -> None:
    """``joined <= new``; with `fetch` ``joined >= new - K sum(s <= t) foul[s]``, else 0."""
    i, t = place
    m.add("joined", _at(y.joined, t), -_at(y.new, t), relation=LE)
    if not i.fetch:
        m.add("joined", _at(y.joined, t), relation=EQ)
        return
    misled = [i.swaps * one for one in foul]
    m.add("joined", _at(y.joined, t), -_at(y.new, t), *misled, relation=GE)


def _at(block: Block, t: int) -> Sum:
    return Sum(block.index[t].reshape(1))
