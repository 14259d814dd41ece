"""Overlap after a cut as a MILP: the old manager goes on while another one takes over."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from milpbft.automaton.pernode.program import Array, Program
from milpbft.automaton.pernode.rows import ONE, Affine
from milpbft.powm.model.reading import STRIDE, Writer, settings_of
from milpbft.powm.model.work import Node, asks, hashing
from milpbft.question.model import StrictModel
from milpbft.schedule import Schedule, Send

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from milpbft.milp.problem import Problem
    from milpbft.powm.instance import CutInstance


@dataclass(frozen=True)
class Cut:
    """Blocks: ``begins`` (t), ``side`` (i), and grants (i,t) of the old and the new manager.

    ``other``: (i,t) grants before the cut and after it. An eclipse has no sides.
    """

    begins: Array
    side: Array | None
    old: Array
    new: Array
    other: Array


@dataclass(frozen=True)
class Phases:
    """When whom serves whom, as expressions over the tick at which the cut begins."""

    instance: CutInstance
    begins: Array

    def begun(self, low: int, high: int) -> Affine:
        """``sum(low <= s <= high) st[s]``, of the ticks that there are."""
        if high < max(0, low):
            return Affine()
        return self.begins.total(slice(max(0, low), high + 1))

    def on(self, t: int) -> Affine:
        """The old one serves alone: ``t - W < s <= t``; in an eclipse ``t - D - E < s <= t``."""
        i = self.instance
        width = i.gap if i.shape == "eclipse" else i.width
        return self.begun(t - width + 1, t)

    def nu(self, t: int) -> Affine:
        """The new one serves: ``t - W < s <= t - D - E``; in an eclipse all ``s <= t - D - E``."""
        i = self.instance
        low = 0 if i.shape == "eclipse" else t - i.width + 1
        return self.begun(low, t - i.gap)

    def rest(self, t: int) -> Affine:
        """Before the cut, and after it where it heals."""
        i = self.instance
        found = ONE - self.begun(0, t)
        return found if i.shape == "eclipse" else found + self.begun(0, t - i.width)


def build(instance: CutInstance) -> tuple[Problem, Cut]:
    """Build the problem of a cut."""
    i, ticks, n = instance, instance.ticks, len(instance.r)
    p = Program(i.name, "max")
    x = Cut(
        p.integers("st", ticks),
        None if i.shape == "eclipse" else p.integers("z", n),
        *(p.integers(letter, n, ticks) for letter in "uvx"),
    )
    p.rows.at_most("once", x.begins.total(), 1)
    when = Phases(i, x.begins)
    for k in range(n):
        extra = [p.integers(f"{letter}_{k}", ticks) for letter in "ed"]
        e, d = ([one[t] for t in range(ticks)] for one in extra)
        old, new, other = ([b[k, t] for t in range(ticks)] for b in (x.old, x.new, x.other))
        granted = [old[t] + new[t] + other[t] for t in range(ticks)]
        node = Node(i, e, granted, d)
        asks(p, node)
        hashing(p, node)
        side = ONE if x.side is None else x.side[k]
        alone = [when.on(t) if i.sync != "before" else Affine() for t in range(ticks)]
        served(p, "old", old, e, on=alone, side=side)
        away = ONE if x.side is None else ONE - side
        served(p, "new", new, e, on=[when.nu(t) for t in range(ticks)], side=away)
        served(p, "other", other, e, on=[when.rest(t) for t in range(ticks)], side=ONE)
        for t in range(ticks):
            p.rows.at_most("one", granted[t], e[t])
    overlap(p, i, x)
    return p.build(), x


def served(
    p: Program,
    family: str,
    grants: Sequence[Affine],
    e: list[Affine],
    *,
    on: list[Affine],
    side: Affine,
) -> None:
    """``u <= on, u <= z, u >= on + z + e - 2``: who asks a manager that serves it is granted.

    With ``before``, a manager that is cut off from the supports serves nobody: on is 0.
    """
    for t, asked in enumerate(e):
        grant = grants[t]
        p.rows.at_most(family, grant, on[t])
        p.rows.at_most(family, grant, side)
        p.rows.at_most(family, on[t] + side + asked - 2, grant)


def overlap(p: Program, i: CutInstance, x: Cut) -> None:
    """``q <= G sum r_i u[i,t], q <= G sum r_i v[i,t]``; maximise q.

    Both managers begin at one cursor, so that the smaller amount is granted twice; nothing with
    ``before`` or ``stride``.
    """
    most = i.set_ticks * sum(i.r) * i.ticks if i.sync == "after" else 0
    q = p.integers("q", upper=most)[()]
    for grants in (x.old, x.new):
        amount = Affine.total(
            i.set_ticks * rate * grants.total((k, slice(None))) for k, rate in enumerate(i.r)
        )
        p.rows.at_most("twice", q, amount)
    p.optimise(q)


@dataclass(frozen=True)
class CutModel(StrictModel):
    """A cut as a MILP."""

    instance: CutInstance

    @cached_property
    def _built(self) -> tuple[Problem, Cut]:
        return build(self.instance)

    @property
    def problem(self) -> Problem:
        """The problem, built on first use."""
        return self._built[0]

    def schedule(self, point: NDArray[np.int64], source: str) -> Schedule:
        """Read a point as grants of two managers, each with its nonces."""
        i, x = self.instance, self._built[1]
        old, new, other = (block.of(point) for block in (x.old, x.new, x.other))
        begun = np.flatnonzero(x.begins.of(point)).tolist()
        begin = begun[0] if begun else None
        writer = Writer(i, 1, i.ticks)
        takeover, heal = _ticks(i, begin)
        term, at, beside = 0, 0, 0
        for t in range(i.ticks):
            if t == begin:
                beside = at
            if t == takeover:
                term = 1
                beside = STRIDE if i.sync == "stride" else beside
                writer.events.append(Send(t, 1, "Elected", 1))
            if t == heal and i.sync != "stride":
                at = beside = max(at, beside)
            for k, rate in enumerate(i.r):
                size = i.set_ticks * rate
                if old[k, t] or (other[k, t] and not term):
                    writer.grant(t, 0, writer.node(k), (at, at + size), 0)
                    at += size
                elif new[k, t] or (other[k, t] and term):
                    writer.grant(t, 1, writer.node(k), (beside, beside + size), 1)
                    beside += size
        sides = [] if x.side is None else np.flatnonzero(x.side.of(point)).tolist()
        said = {"shape": i.shape, "width": str(i.width), "ticks": str(i.ticks)}
        said["begin"] = "" if begin is None else str(begin)
        said["side"] = ",".join(str(writer.node(k)) for k in sides)
        return Schedule(
            i.protocol, len(i.r) + 2, (), (0, 1) if term else (0,), tuple(writer.events),
            i.ticks, source=source,
            settings=settings_of(i, self.problem.value(point)) | said,
        )  # fmt: skip


def _ticks(i: CutInstance, begin: int | None) -> tuple[int | None, int | None]:
    """Return the ticks of the takeover and of the heal; None where there is none."""
    if begin is None:
        return None, None
    takeover = begin + i.gap
    if i.shape == "eclipse":
        return takeover, None
    return (takeover if i.gap < i.width else None), begin + i.width
