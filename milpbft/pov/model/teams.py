"""Rows of teams that are elected within a chain, of incumbents and of candidates from outside.

Whom commissioners designate is the adversary's choice, so that any N_b candidates may be elected,
whether they have the chain or not. What counts is how many of them are Byzantine, ``crooks``, and
how many correct ones have the live block, ``g``; the rest of the team is behind, and makes nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.milp.builder import Builder, Sum
from milpbft.milp.problem import EQ, GE, LE

if TYPE_CHECKING:
    from milpbft.milp.block import Block
    from milpbft.pov.heights import ChainInstance
    from milpbft.pov.model.chain_acts import Chain, Others


def constrain(m: Builder, x: Chain, y: Others, i: ChainInstance) -> None:
    """Add all rows of this module."""
    start(m, x, y, i)
    for t in range(i.heights + 1):
        rule(m, y, i, t)
    for t in range(1, i.heights + 1):
        (elect if i.closes(t) else stay)(m, x, y, (i, t))


def start(m: Builder, x: Chain, y: Others, i: ChainInstance) -> None:
    """``o[0] = K - fo``, ``crooks[0] = f``; nothing else is there."""
    assert x.fo is not None
    m.add("genesis", _at(y.o, 0), _one(x.fo), relation=EQ, rhs=i.outside)
    m.add("genesis", _at(y.crooks, 0), -_one(x.f), relation=EQ)
    for block in (y.ol, y.gl, y.dead_o, y.late_o, y.left_o):
        m.add("genesis", _at(block, 0), relation=EQ)


def rule(m: Builder, y: Others, i: ChainInstance, t: int) -> None:
    """``rule[t] <= crooks[t] <= N_b rule[t]``."""
    m.add("foul", _at(y.rule, t), -_at(y.crooks, t), relation=LE)
    m.add("foul", _at(y.crooks, t), -i.butlers * _at(y.rule, t), relation=LE)


def stay(m: Builder, x: Chain, y: Others, place: tuple[ChainInstance, int]) -> None:
    """``crooks[t] = crooks[t-1]``, ``g[t] = gl[t]``, ``o[t] = ol[t]``."""
    _, t = place
    m.add("team", _at(y.crooks, t), -_at(y.crooks, t - 1), relation=EQ)
    m.add("team", _at(x.g, t), -_at(y.gl, t), relation=EQ)
    m.add("team", _at(y.o, t), -_at(y.ol, t), relation=EQ)


def elect(m: Builder, x: Chain, y: Others, place: tuple[ChainInstance, int]) -> None:
    """``g[t] + o[t] = gl[t] + ol[t]``, ``crooks[t] <= f + fo``, ``g[t] + crooks[t] <= N_b``.

    The other seats are taken by correct nodes that do not have the block, so many are there:
    ``N_b - g[t] - crooks[t] <= N_b + K - f - fo - gl[t] - ol[t]``.
    """
    assert x.fo is not None
    i, t = place
    had, liars = (_at(y.gl, t), _at(y.ol, t)), (_one(x.f), _one(x.fo))
    m.add("elected", _at(x.g, t), _at(y.o, t), *(-one for one in had), relation=EQ)
    m.add("elected", _at(y.crooks, t), *(-one for one in liars), relation=LE)
    m.add("seats", _at(x.g, t), _at(y.crooks, t), relation=LE, rhs=i.butlers)
    m.add("seats", _at(x.g, t), _at(y.crooks, t), *(-one for one in (*had, *liars)), relation=GE,
          rhs=-i.outside)  # fmt: skip


def _at(block: Block, t: int) -> Sum:
    return Sum(block.index[t].reshape(1))


def _one(block: Block) -> Sum:
    return Sum(block.index.reshape(1))
