"""The variables of a round: who did what by which tick, and sums that several rows share."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import comb
from typing import TYPE_CHECKING

import numpy as np

from milpbft.automaton.pernode.paths import Paths
from milpbft.milp.builder import Sum, each
from milpbft.registry import carrier, load

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from numpy.typing import NDArray

    from milpbft.milp.block import Block
    from milpbft.milp.builder import Builder
    from milpbft.pov.instance import RoundInstance


@dataclass(frozen=True)
class Sizes:
    """Sizes of a round, and the windows of its packing cycles.

    Nodes of the model are commissioners 0 to N_c - 1, then butlers; the time server is none of
    them. Views are v, proposals of a view k, timestamps of a proposal j.

    Where commissioners are counted, those of one side of a partition are one node of the model, a
    group, with as many members as it has weight.
    """

    instance: RoundInstance

    @property
    def counted(self) -> bool:
        """Whether commissioners are counted, and not named."""
        return self.instance.encoding == "counted"

    @property
    def weights(self) -> tuple[int, ...]:
        """How many nodes of the network each node of the model is: 1, or the size of a group."""
        i = self.instance
        groups = i.parts or (i.commissioners,)
        return (*(groups if self.counted else [1] * i.commissioners), *[1] * i.butlers)

    @property
    def c(self) -> int:
        """Commissioners, or groups of them."""
        return len(self.weights) - self.instance.butlers

    @property
    def nodes(self) -> int:
        """Commissioners, or groups of them, and butlers."""
        return self.c + self.instance.butlers

    def part(self, node: int) -> int:
        """Return the side of a commissioner, or of a group of them, where there is a partition."""
        return node if self.counted else self.instance.part(node)

    @property
    def views(self) -> range:
        """Packing cycles, from 0."""
        return range(self.instance.views)

    @property
    def asks_illegal(self) -> bool:
        """Whether Byzantine butlers also propose a block with a forged transaction."""
        return self.instance.objective.name.endswith("illegal")

    @property
    def proposals(self) -> int:
        """Proposals of a view; an illegal one comes last."""
        return self.instance.variants + self.asks_illegal

    @property
    def ticks(self) -> int:
        """Number of ticks, with tick 0."""
        return self.instance.horizon + 1

    def butler(self, view: int) -> int:
        """Number of the butler on duty."""
        return view % self.instance.butlers

    def start(self, view: int) -> int:
        """First tick of a view."""
        return view * self.instance.cycle

    def end(self, view: int) -> int:
        """Last tick of a view that the model has: before T_cut, and by the horizon."""
        return min(self.start(view + 1) - 1, self.instance.horizon)

    def opens(self, view: int) -> int:
        """First tick at which a correct node may be in a view."""
        return max(0, self.start(view) - self.instance.skew)

    def closes(self, view: int) -> int:
        """Last tick at which a correct node may be in a view, by the horizon."""
        return min(self.start(view + 1) + self.instance.skew - 1, self.instance.horizon)

    def cutoff(self, view: int) -> int:
        """T_cut of a view: that of an earlier one where m starts at 1 again."""
        m = view % self.instance.butlers if self.instance.wrap == "again" else view
        return self.start(m + 1)

    def latest(self, view: int) -> int:
        """Last tick, by the horizon, at which a timestamp of a view may be less than T_cut."""
        return min(self.cutoff(view) - 1 + self.instance.off, self.instance.horizon)

    def stamped_by(self, tick: int, hops: int = 1) -> int | None:
        """Tick by which a correct butler's request is with the time server, as :meth:`due`."""
        due, late = self.due(tick, hops), self.instance.late
        return None if due is None or due + late > self.instance.horizon else due + late

    def choices(self, signatures: int) -> int:
        """Sets of signers that a block can have of so many: ``sum(k) C(s,k)``, k as III H has it.

        That is, from floor(N_c/2) + 1 to N_c - 1, or to the former where that is more.
        """
        quorum = self.instance.quorum
        most = max(quorum, self.instance.commissioners - 1)
        return sum(comb(signatures, k) for k in range(quorum, min(most, signatures) + 1))

    @cached_property
    def paths(self) -> Paths:
        """The overlay's paths between commissioners, butlers and the time server, the last node."""
        i = self.instance
        if i.overlay is None:
            return Paths()
        found: Paths = load(carrier().paths)(i.commissioners + i.butlers + 1, i.overlay)
        return found

    def hops(self, sender: int, receiver: int) -> int:
        """Hops between two nodes: the ticks that a message takes at least."""
        return self.paths.distance(sender, receiver)

    def open(self, sender: int, receiver: int, faulty: AbstractSet[int]) -> int | None:
        """Hops of the shortest walk without Byzantine relays; None for none."""
        ways = self.paths.between(sender, receiver)
        return next((len(way) + 1 for way in ways if faulty.isdisjoint(way)), None)

    def nearer(self, sender: int, hops: int) -> list[int]:
        """Nodes that may be Byzantine, and are fewer hops from a sender: they hear it sooner."""
        others = (node for node in range(self.nodes) if node != sender)
        return [node for node in others if self.hops(sender, node) < hops]

    def due(self, tick: int, hops: int = 1) -> int | None:
        """Tick by which a message between correct nodes is there; None where nothing says so."""
        i = self.instance
        by = max(tick, i.gst) + hops * i.delta
        return by if i.delta and by <= i.horizon else None


@dataclass(frozen=True)
class Acts:
    """Blocks of variables; those with ticks say "by tick t".

    Parameters
    ----------
    liar, crook
        (c), (i): commissioner c, butler i is Byzantine.
    proposed
        (v,k,t).
    signed, got
        (c,v,k,t): c signs; its signature is with the butler on duty.
    asked, stamped, out
        (v,k,j,t): a timestamp is asked for; the time server answers; the block is published.
    has
        (n,v,k,j,t): correct node n has adopted the block.

    Where commissioners are counted, `liar`, `signed`, `got` and `has` say how many of a group; then
    `signed` is of correct ones, and `got` has a last row for signatures of Byzantine ones.
    cut, away
        (t), (s,i): where there is a partition: it is there; butler i is on side s + 1, not on the
        first, 0.
    same
        (i,i'): two butlers are on one side.
    entered
        (n,v,t): where clocks differ: that of correct n has passed the start of v.
    restarted
        (c,t): where commissioners may forget: correct c has started again.
    lapsed, fresh, lost
        (i,t), (c,v,t), (v,t): where butlers may forget: correct i has started again; it has the
        signature of c in its memory; its request has been forgotten.
    reloaded
        (n,t): where nodes may reload their logs: correct n has.
    told
        (v,k,j,u): where the time server is two-faced: the block says time u.
    """

    liar: Block
    crook: Block
    proposed: Block
    signed: Block
    got: Block
    asked: Block
    stamped: Block
    out: Block
    has: Block
    cut: Block | None
    away: Block | None
    same: Block | None
    entered: Block | None
    restarted: Block | None
    lapsed: Block | None
    fresh: Block | None
    lost: Block | None
    reloaded: Block | None
    told: Block | None

    @classmethod
    def make(cls, m: Builder, size: Sizes) -> Acts:
        """Add the variables to a builder."""
        i = size.instance
        v, k, t, most = i.views, size.proposals, size.ticks, max(size.weights)
        split = len(i.parts)
        return cls(
            liar=m.variables("liar", size.c, upper=most, base=0),
            crook=m.variables("crook", i.butlers, base=0),
            proposed=m.variables("proposed", v, k, t, base=0),
            signed=m.variables("signed", size.c, v, k, t, upper=most, base=0),
            got=m.variables("got", size.c + size.counted, v, k, t, upper=most, base=0),
            asked=m.variables("asked", v, k, i.stamps, t, base=0),
            stamped=m.variables("stamped", v, k, i.stamps, t, base=0),
            out=m.variables("out", v, k, i.stamps, t, base=0),
            has=m.variables("has", size.nodes, v, k, i.stamps, t, upper=most, base=0),
            cut=m.variables("cut", t, base=0) if split else None,
            away=m.variables("away", split - 1, i.butlers, base=0) if split else None,
            same=m.variables("same", i.butlers, i.butlers, base=0) if split else None,
            entered=m.variables("entered", size.nodes, v, t, base=0) if i.skew else None,
            restarted=m.variables("restarted", size.c, t, base=0) if i.amnesia else None,
            lapsed=m.variables("lapsed", i.butlers, t, base=0) if i.lapses else None,
            fresh=m.variables("fresh", size.c, v, t, base=0) if i.lapses else None,
            lost=m.variables("lost", v, t, base=0) if i.lapses else None,
            reloaded=m.variables("reloaded", size.nodes, t, base=0) if i.reloads else None,
            told=m.variables("told", v, k, i.stamps, t + i.off, base=0) if i.twofaced else None,
        )

    @property
    def faulty(self) -> NDArray[np.int32]:
        """Per node whether it is Byzantine."""
        return np.concatenate([self.liar.index, self.crook.index])

    @property
    def failing(self) -> NDArray[np.int32]:
        """What the fewest of is asked for: Byzantine nodes, and nodes that start again."""
        again = [block.index[:, -1] for block in self.starting]
        return np.concatenate([self.faulty, *again])

    @property
    def starting(self) -> tuple[Block, ...]:
        """Blocks that say who has started again."""
        return tuple(filter(None, (self.restarted, self.lapsed, self.reloaded)))

    @property
    def cumulative(self) -> tuple[Block, ...]:
        """Blocks that say "by tick t"."""
        blocks = (self.proposed, self.signed, self.got, self.asked, self.stamped, self.out)
        return (*blocks, self.has, *filter(None, (self.entered, self.lost)), *self.starting)

    def holds(self, node: int | slice, tick: int) -> Sum:
        """Return ``sum(v,k,j) has[n,v,k,j,t]``: whether n has adopted a block."""
        nodes = self.has.index[node, ..., tick]
        return Sum(nodes.reshape(-1) if isinstance(node, int) else nodes.reshape(len(nodes), -1))


def new(index: NDArray[np.int32]) -> tuple[Sum, Sum]:
    """Return ``x[t] - x[t-1]`` for t > 0: what happens at a tick."""
    return each(index[..., 1:]), -each(index[..., :-1])


def shown(x: Acts, size: Sizes, node: int, by: int) -> Sum:
    """Return whether a node has adopted a block by a tick, whatever arrives at that tick.

    Who is shown a block at the tick at which its own timestamp arrives adopts that block first, and
    publishes none: an own block counts from the tick before.
    """
    if node < size.c:
        return x.holds(node, by)
    own = [size.butler(view) == node - size.c for view in size.views]
    late = x.has.index[node, ..., by][~np.array(own)]
    soon = x.has.index[node, ..., by - 1][np.array(own)]
    return Sum(np.concatenate([late.reshape(-1), soon.reshape(-1)]))
