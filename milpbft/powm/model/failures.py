"""Failures: what both encodings of failures share, who is up, who is alive, and the adversary."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from milpbft.automaton.pernode.rows import ONE, ZERO, Affine

if TYPE_CHECKING:
    from milpbft.automaton.pernode.program import Array, Program
    from milpbft.powm.instance import FailInstance


@dataclass(frozen=True)
class Case:
    """Numbers of an instance as the rows have them.

    Nodes that hash are the miners, then the supports where they hash.
    """

    instance: FailInstance

    @cached_property
    def rates(self) -> tuple[int, ...]:
        """r_i of all nodes that hash."""
        i = self.instance
        supports = (i.support_rate,) * i.supports if i.role == "hashing" else ()
        return i.r + supports

    @cached_property
    def gaps(self) -> tuple[int | None, ...]:
        """g_k of every failure of a manager; None where nobody takes over."""
        return self.instance.gaps

    @property
    def ticks(self) -> int:
        """T."""
        return self.instance.ticks

    @property
    def late(self) -> int:
        """1 where a manager crashes after the grants of a tick, so is down a tick later."""
        return int(self.instance.objective.name == "twice")

    @property
    def restless(self) -> bool:
        """Whether miners start again; of ``twice`` supports do."""
        return bool(self.instance.amnesia or self.instance.reloads) and not self.late

    @property
    def fragile(self) -> range:
        """Miners that can fail themselves."""
        none = self.instance.victims == "managers" or self.late
        return range(0 if none else len(self.instance.r))

    def candidates(self, k: int) -> range:
        """C_k: nodes that hash and can be promoted after failure k, from 0 on."""
        i = self.instance
        if k < i.supports:
            return range(len(i.r), len(self.rates))
        return range(0 if i.collapse == "solo" else len(i.r))

    def solo_from(self, k: int) -> bool:
        """Whether all mine alone after failure k."""
        return self.gaps[k] is None


@dataclass(frozen=True)
class Failures:
    """Blocks of what the adversary does.

    ``managers``: (k,t) k-th failure of a manager at t; None where none can fail. ``miners``: (i,t)
    miner i fails at t. ``promoted``: (k,t,i) node i is to take over after failure k at t.
    """

    case: Case
    managers: Array | None
    miners: Array | None
    promoted: Array | None
    forgetful: Array | None = None

    @classmethod
    def add(cls, p: Program, case: Case) -> Failures:
        """Add the variables and the rows that tie them to each other."""
        count, ticks, nodes = len(case.gaps), case.ticks, len(case.rates)
        elects = any(case.candidates(k) for k in range(count))
        found = cls(
            case,
            p.integers("A", count, ticks) if count else None,
            p.integers("f", len(case.fragile), ticks) if case.fragile else None,
            p.integers("v", count, ticks, nodes) if elects else None,
            p.integers("z", ticks) if case.late and case.instance.amnesia else None,
        )
        once(p, found)
        order(p, found)
        return found

    def failed(self, k: int, low: int, high: int) -> Affine:
        """``sum(low <= s <= high) A[k,s]``, of the ticks that there are."""
        if self.managers is None or high < max(0, low):
            return ZERO
        return self.managers.total((k, slice(max(0, low), high + 1)))

    def up(self, t: int) -> Affine:
        """``up[t] = 1 - sum(k, t - g_k < s <= t) A[k,s]``; a tick later for late crashes."""
        late = self.case.late
        down = []
        for k, gap in enumerate(self.case.gaps):
            low = 0 if gap is None else t - gap + 1 - late
            down.append(self.failed(k, low, t - late))
        return ONE - Affine.total(down)

    def live(self, i: int, t: int) -> Affine:
        """``1 - sum(s <= t) f[i,s] - sum(k, s <= t - g_k) v[k,i,s]``; likewise."""
        gone = [self.mined(i, t)]
        for k, gap in enumerate(self.case.gaps):
            if gap is not None:
                gone.append(self.elected(k, i, t - gap - self.case.late))
        return ONE - Affine.total(gone)

    def mined(self, i: int, t: int) -> Affine:
        """``sum(s <= t) f[i,s]``."""
        if self.miners is None or i not in self.case.fragile:
            return ZERO
        return self.miners.total((i, slice(0, t + 1)))

    def elected(self, k: int, i: int, t: int) -> Affine:
        """``sum(s <= t) v[k,i,s]``."""
        if self.promoted is None or i not in self.case.candidates(k) or t < 0:
            return ZERO
        return self.promoted.total((k, slice(0, t + 1), i))

    def solo(self, t: int) -> Affine:
        """``q[t] = sum(s <= t - D) A[m+1,s]`` where all mine alone, else 0."""
        ends = [k for k in range(len(self.case.gaps)) if self.case.solo_from(k)]
        return self.failed(ends[0], 0, t - self.case.instance.detect) if ends else ZERO


def once(p: Program, x: Failures) -> None:
    """At most b failures, each once, none before t0; who takes over has not failed.

    ``sum(t) A[k,t] <= 1``; ``sum(t) f[i,t] + sum(k,t) v[k,i,t] <= 1``; ``sum A + sum f <= b``;
    ``sum(i) v[k,i,t] = A[k,t]`` where C_k is not empty.
    """
    case = x.case
    last, first = case.ticks - 1, case.instance.first
    kinds = range(len(case.gaps))
    for k in kinds:
        p.rows.at_most("once", x.failed(k, 0, last), 1)
        p.rows.equal("first", x.failed(k, 0, first - 1))
    for i in range(len(case.rates)):
        promoted = Affine.total(x.elected(k, i, last) for k in kinds)
        p.rows.at_most("once", x.mined(i, last) + promoted, 1)
        if i in case.fragile and first:
            p.rows.equal("first", x.mined(i, first - 1))
    fails = Affine.total(x.failed(k, 0, last) for k in kinds)
    dies = Affine.total(x.mined(i, last) for i in case.fragile)
    p.rows.at_most("budget", fails + dies, case.instance.crashes)
    for k in kinds:
        if x.promoted is None:
            continue
        for i in set(range(len(case.rates))) - set(case.candidates(k)):
            p.rows.equal("candidates", x.promoted.total((k, slice(None), i)))
        if case.candidates(k):
            for t in range(case.ticks):
                chosen = Affine.total(x.promoted[k, t, i] for i in case.candidates(k))
                p.rows.equal("elect", chosen, x.failed(k, t, t))


def order(p: Program, x: Failures) -> None:
    """``A[k+1,t] <= sum(s <= t - g_k) A[k,s]``; a tick later for late crashes."""
    for k, gap in enumerate(x.case.gaps[:-1]):
        assert gap is not None, "nobody takes over only after the last failure"
        for t in range(x.case.ticks):
            p.rows.at_most("order", x.failed(k + 1, t, t), x.failed(k, 0, t - gap - x.case.late))
