"""Rows of nodes that reload their logs within a chain, and lose the block that comes to them.

All nodes are honest. An honest butler's block comes to all but those that reload as it is under
way, ``used[t]`` of them at height t. They stay at the block below; where they are a quorum with a
butler they make another block, which all of them get, for each reloads once: ``both[t] = 1``, the
first block is the late one, and the second is built on. Whatever else is lost costs a cycle, and no
block; but with a lock, a butler that loses its timestamp has bound all commissioners:
``stall[t] = 1``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.milp.builder import Builder, Sum
from milpbft.milp.problem import EQ, LE

if TYPE_CHECKING:
    from milpbft.milp.block import Block
    from milpbft.pov.heights import ChainInstance
    from milpbft.pov.model.chain_acts import Chain


def constrain(m: Builder, x: Chain, i: ChainInstance) -> None:
    """Add all rows of this module."""
    assert x.used is not None
    assert x.both is not None
    m.add("reloads", Sum(x.used.index), relation=LE, rhs=i.reloads)
    assert x.stall is not None
    for block in (x.used, x.both, x.stall):
        m.add("genesis", _at(block, 0), relation=EQ)
    for t in range(1, i.heights + 1):
        miss(m, x, i, t)
        make_another(m, x, i, t)
        stall(m, x, i, t)


def stall(m: Builder, x: Chain, i: ChainInstance, t: int) -> None:
    """``stall <= used``, ``stall + fair <= 1``, ``stall + late <= 1``; 0 without a lock."""
    assert x.used is not None
    assert x.stall is not None
    stalls = _at(x.stall, t)
    m.add("stall", stalls, -_at(x.used, t), relation=LE)
    for block in (x.fair, x.late):
        m.add("stall", stalls, _at(block, t), relation=LE, rhs=1)
    if not i.lock:
        m.add("stall", stalls, relation=EQ)


def bound(x: Chain, t: int) -> list[Sum]:
    """Return when a lock binds all commissioners of a height: a block was signed, made or not."""
    return [] if x.stall is None else [_at(x.stall, t), _at(x.fair, t)]


def miss(m: Builder, x: Chain, i: ChainInstance, t: int) -> None:
    """``left_c + left_g <= used + N (1 - fair - late + both)``: who is left has reloaded."""
    assert x.used is not None
    assert x.both is not None
    n = i.commissioners + i.butlers
    honest = n * _at(x.fair, t), n * _at(x.late, t), -n * _at(x.both, t)
    m.add("missed", _at(x.left_c, t), _at(x.left_g, t), -_at(x.used, t), *honest, relation=LE,
          rhs=n)  # fmt: skip


def make_another(m: Builder, x: Chain, i: ChainInstance, t: int) -> None:
    """``both <= fair, late``; ``q both <= c``; ``c + g <= used + N (1 - both)``; nobody is left.

    That is ``left_c + left_g <= N (1 - both)``; and later nobody reloads that makes blocks:
    ``used[u] <= K (1 - both[t])`` for u > t. With a lock all have signed the first block:
    ``both = 0``.
    """
    assert x.used is not None
    assert x.both is not None
    n, both = i.commissioners + i.butlers, _at(x.both, t)
    for block in (x.fair, x.late):
        m.add("both", both, -_at(block, t), relation=LE)
    m.add("both", i.quorum * both, -_at(x.c, t), relation=LE)
    m.add("both", _at(x.c, t), _at(x.g, t), -_at(x.used, t), n * both, relation=LE, rhs=n)
    m.add("both", _at(x.left_c, t), _at(x.left_g, t), n * both, relation=LE, rhs=n)
    for u in range(t + 1, i.heights + 1):
        m.add("once", _at(x.used, u), i.reloads * both, relation=LE, rhs=i.reloads)
    if i.lock:
        m.add("lock", both, relation=EQ)


def _at(block: Block, t: int) -> Sum:
    return Sum(block.index[t].reshape(1))
