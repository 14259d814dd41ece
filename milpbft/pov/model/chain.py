"""Several heights as an integer program: how many nodes have which block.

Where delays are fixed, a run of a height comes to how its nodes are spread over its blocks. A block
takes a quorum q of commissioners who have the one below; b of them are Byzantine and sign anything,
and two blocks of a height cannot both be built on, so that one goes on at most: the live one.

Names: at height t, ``c[t]`` and ``g[t]`` correct commissioners and butlers have the live block,
which a Byzantine butler made (``mine[t] = 1``) or an honest one (``fair[t] = 1``), or which is not
there. ``dead[t]`` blocks of Byzantine butlers and ``late[t]`` of an honest one, at most one, are
had by ``dead_c``, ``dead_g``, ``late_c`` and ``late_g`` nodes. Whoever is in none of them,
``left_c`` and ``left_g``, stays at the live block of the height before.

A Byzantine butler on duty asks for as many timestamps as it likes and shows blocks to whom and when
it likes. An honest butler's block is with everybody within its packing cycle. So all who have none
by then get it, but for those whom a Byzantine butler shows another as it arrives.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from milpbft.milp.builder import Builder, Sum, each
from milpbft.milp.problem import EQ, GE, LE
from milpbft.pov.model import chain_reloads, swapping, teams
from milpbft.pov.model.chain_acts import Chain
from milpbft.pov.model.chain_plan import plan_of
from milpbft.question.model import StrictModel

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from milpbft.milp.block import Block
    from milpbft.milp.problem import Problem
    from milpbft.pov.heights import ChainInstance
    from milpbft.schedule import Schedule


def build(i: ChainInstance) -> tuple[Problem, Chain]:
    """Build the problem of an instance."""
    m = Builder(i.name, i.objective.sense)
    x = Chain.make(m, i)
    genesis(m, x, i)
    for t in range(1, i.heights + 1):
        spread(m, x, i, t)
        makers(m, x, i, t)
        forced(m, x, i, t)
        repaired(m, x, i, t)
        if t < i.heights:
            stays_dead(m, x, i, t)
        counted(m, x, i, t)
    if x.others:
        teams.constrain(m, x, x.others, i)
    if x.swaps:
        swapping.constrain(m, x, x.swaps, i)
    if i.reloads:
        chain_reloads.constrain(m, x, i)
    objective(m, x, i)
    return m.build(), x


def _at(block: Block, t: int) -> Sum:
    return Sum(block.index[t].reshape(1))


def _one(block: Block) -> Sum:
    return Sum(block.index.reshape(1))


def _all(i: ChainInstance) -> int:
    return i.commissioners + i.butlers + i.outside


def _foul(x: Chain, t: int) -> Sum:
    """Whether there is a Byzantine node in the team that makes blocks of height t."""
    return _one(x.foul) if x.others is None else _at(x.others.rule, t - 1)


def _holders(x: Chain, t: int) -> list[Sum]:
    """Return how many correct nodes have the live block of height t, by role as it was made."""
    c = x.c if x.swaps is None else x.swaps.cl
    found = [c, x.g] if x.others is None else [c, x.others.gl, x.others.ol]
    return [_at(block, t) for block in found]


def genesis(m: Builder, x: Chain, i: ChainInstance) -> None:
    """``c[0] = N_c - b``, ``g[0] = N_b - f``, ``foul <= f <= N_b foul``; nothing else is there."""
    m.add("genesis", _at(x.c, 0), _one(x.b), relation=EQ, rhs=i.commissioners)
    m.add("genesis", _at(x.g, 0), _one(x.f), relation=EQ, rhs=i.butlers)
    m.add("genesis", _at(x.fair, 0), relation=EQ, rhs=1)
    for block in (x.mine, x.dead, x.dead_c, x.dead_g, x.late, x.late_c, x.late_g, x.left_c,
                  x.left_g, x.grown, x.eager, x.any):  # fmt: skip
        m.add("genesis", _at(block, 0), relation=EQ)
    m.add("foul", _one(x.foul), -_one(x.f), relation=LE)
    m.add("foul", _one(x.f), -i.butlers * _one(x.foul), relation=LE)


def spread(m: Builder, x: Chain, i: ChainInstance, t: int) -> None:
    """``c[t-1] = c[t] + dead_c[t] + late_c[t] + left_c[t]``, and so g; no block is nobody's.

    ``c <= N_c (mine + fair)``, ``dead_c <= N_c dead``, ``late_c <= N_c late``, and so g;
    ``mine + fair <= c + g``, ``dead <= dead_c + dead_g``. A producer has its own block:
    ``fair <= g``, ``late <= late_g``.
    """
    for before, live, dead, late, left, most in _groups(x, i):
        m.add("spread", *(_at(one, t) for one in (live, dead, late, left)), -_at(before, t - 1),
              relation=EQ)  # fmt: skip
        blocks = -most * _at(x.mine, t), -most * _at(x.fair, t)
        m.add("had", _at(live, t), *blocks, relation=LE)
        m.add("had", _at(dead, t), -most * _at(x.dead, t), relation=LE)
        m.add("had", _at(late, t), -most * _at(x.late, t), relation=LE)
    holders = _holders(x, t)
    m.add("had", _at(x.mine, t), _at(x.fair, t), *(-one for one in holders), relation=LE)
    had = [dead for _, _, dead, *_ in _groups(x, i)]
    m.add("had", _at(x.dead, t), *(-_at(one, t) for one in had), relation=LE)
    m.add("own", _at(x.fair, t), -holders[1], relation=LE)
    m.add("own", _at(x.late, t), -_at(x.late_g, t), relation=LE)


def _groups(x: Chain, i: ChainInstance) -> list[tuple[Block, Block, Block, Block, Block, int]]:
    """Return who has the live block after a height, and who has it, dead ones, a late one, none.

    For commissioners, butlers, and others if there are any; with how many there are at most.
    """
    cl = x.c if x.swaps is None else x.swaps.cl
    c = x.c, cl, x.dead_c, x.late_c, x.left_c, i.commissioners
    if x.others is None:
        return [c, (x.g, x.g, x.dead_g, x.late_g, x.left_g, i.butlers)]
    y = x.others
    g = x.g, y.gl, x.dead_g, x.late_g, x.left_g, i.butlers
    return [c, g, (y.o, y.ol, y.dead_o, y.late_o, y.left_o, i.outside)]


def makers(m: Builder, x: Chain, i: ChainInstance, t: int) -> None:
    """``mine + fair <= 1``, ``fair + late <= 1``: an honest butler's block ends the height.

    With any block ``grown = 1``, and then ``q <= c[t-1] + b``. Byzantine blocks take a Byzantine
    butler: ``mine <= foul``, ``dead <= N foul``. Where there is one, nothing is lost by two rules:
    ``fair <= 1 - foul``, the live block is its own; ``fair + late <= 1 - foul + mine + dead``.
    """
    n = _all(i)
    m.add("one_live", _at(x.mine, t), _at(x.fair, t), relation=LE, rhs=1)
    twice = [-_at(x.both, t)] if x.both else []
    m.add("one_fair", _at(x.fair, t), _at(x.late, t), *twice, relation=LE, rhs=1)
    for block, most in ((x.mine, 1), (x.fair, 1), (x.late, 1), (x.dead, n)):
        m.add("grown", _at(block, t), -most * _at(x.grown, t), relation=LE)
    m.add("quorum", i.quorum * _at(x.grown, t), -_at(x.c, t - 1), -_one(x.b), relation=LE)
    m.add("foul", _at(x.mine, t), -_foul(x, t), relation=LE)
    m.add("foul", _at(x.dead, t), -n * _foul(x, t), relation=LE)
    m.add("its_own", _at(x.fair, t), _foul(x, t), relation=LE, rhs=1)
    m.add("its_own", _at(x.fair, t), _at(x.late, t), -_at(x.mine, t), -_at(x.dead, t),
          _foul(x, t), *twice, relation=LE, rhs=1)  # fmt: skip


def forced(m: Builder, x: Chain, i: ChainInstance, t: int) -> None:
    """Who is left behind makes no block: ``left_g <= N_b eager``, ``left_c <= q - 1`` if eager.

    Where an honest butler makes one nobody is left: ``left <= N (1 - fair - late)``. With a lock, a
    Byzantine butler has had all sign its proposal: eager butlers find nobody who may sign.
    """
    honest = _at(x.fair, t), _at(x.late, t)
    for *_, left, most in _groups(x, i):
        missed = [-_at(x.used, t), -most * _at(x.both, t)] if x.used and x.both else []
        m.add("all_get_it", _at(left, t), *(most * one for one in honest), *missed, relation=LE,
              rhs=most)  # fmt: skip
    m.add("eager", _at(x.left_g, t), -i.butlers * _at(x.eager, t), relation=LE)
    spare = i.commissioners - i.quorum + 1
    bound = [_foul(x, t), *chain_reloads.bound(x, t)] if i.lock else []
    slack = [-spare * one for one in bound]
    m.add("eager", _at(x.left_c, t), spare * _at(x.eager, t), *slack, relation=LE,
          rhs=i.commissioners)  # fmt: skip


def repaired(m: Builder, x: Chain, i: ChainInstance, t: int) -> None:
    """What repairs forbid.

    ``fetch``: where there is a block nobody is left, ``left <= N (1 - grown)``. ``lock``: one
    header has a quorum, ``fair + late + mine <= 1``, ``dead <= N (1 - fair - late)``.
    """
    n = _all(i)
    honest = _at(x.fair, t), _at(x.late, t)
    if i.fetch:
        for *_, left, most in _groups(x, i):
            m.add("fetch", _at(left, t), most * _at(x.grown, t), relation=LE, rhs=most)
    if i.lock:
        m.add("lock", *honest, _at(x.mine, t), relation=LE, rhs=1)
        m.add("lock", _at(x.dead, t), *(n * one for one in honest), relation=LE, rhs=n)


def stays_dead(m: Builder, x: Chain, i: ChainInstance, t: int) -> None:
    """Nobody builds on a dead block: q - 1 - b commissioners have it at most, of each.

    ``dead_c <= (q - 1) dead - r``, ``r >= dead - N (1 - b)``; ``late_c + b <= q - 1 + N (1 -
    late)``. Of two blocks that q - b have each there is none, see the instance.
    """
    n, q = _all(i), i.quorum
    r = m.variables(f"r_{t}", upper=n, base=0)
    m.add("dead", _at(x.dead, t), -_one(r), n * _one(x.b), relation=LE, rhs=n)
    m.add("dead", _at(x.dead_c, t), (1 - q) * _at(x.dead, t), _one(r), relation=LE)
    m.add("dead", _at(x.late_c, t), _one(x.b), n * _at(x.late, t), relation=LE, rhs=q - 1 + n)


def counted(m: Builder, x: Chain, i: ChainInstance, t: int) -> None:
    """``mine + fair <= any``, ``dead + late <= N any``: somebody has a block of the height."""
    m.add("any", _at(x.mine, t), _at(x.fair, t), -_at(x.any, t), relation=LE)
    m.add("any", _at(x.dead, t), _at(x.late, t), -_all(i) * _at(x.any, t), relation=LE)


def objective(m: Builder, x: Chain, i: ChainInstance) -> None:
    """``sum(t) any[t]``; ``sum(t) mine[t]``; ``mine + fair + dead + late`` at the last height h.

    Or ``b + f`` with ``any[h] = 0``, or with two blocks at h.
    """
    h = i.heights
    blocks = [_at(one, h) for one in (x.mine, x.fair, x.dead, x.late)]
    faulty = [_one(one) for one in (x.b, x.f, x.fo) if one is not None]
    faulty += [each(x.used.index)] if x.used else []
    match i.objective.name:
        case "halt":
            m.optimise(each(x.any.index))
        case "duties":
            m.optimise(each(x.mine.index))
        case "branches":
            m.optimise(*blocks)
        case "faults_halt":
            m.add("goal", _at(x.any, h), relation=EQ)
            m.optimise(*faulty)
        case _:
            m.add("goal", *blocks, relation=GE, rhs=2)
            m.optimise(*faulty)


@dataclass(frozen=True)
class ChainModel(StrictModel):
    """Several heights as an integer program."""

    instance: ChainInstance

    @cached_property
    def _built(self) -> tuple[Problem, Chain]:
        return build(self.instance)

    @property
    def problem(self) -> Problem:
        """The problem, built on first use."""
        return self._built[0]

    def schedule(self, point: NDArray[np.int64], source: str) -> Schedule:
        """Read a point as who makes and who adopts which block, with names."""
        return plan_of(self._built[1], self.instance, point, source)
