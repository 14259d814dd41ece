"""Failures of managers and miners as a MILP, in two encodings."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from milpbft.automaton.pernode.program import Array, Program
from milpbft.automaton.pernode.rows import ONE, Affine
from milpbft.powm.model import goals
from milpbft.powm.model.again import Again, forgets, starting
from milpbft.powm.model.failures import Case, Failures
from milpbft.powm.model.lift import lift_point
from milpbft.powm.model.reading import Plan, unfold, value_of
from milpbft.powm.model.work import Node, asks, grant, hashing
from milpbft.question.model import StrictModel
from milpbft.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from milpbft.milp.problem import Problem
    from milpbft.milp.solution import Solution
    from milpbft.powm.instance import FailInstance
    from milpbft.schedule import Schedule


@dataclass(frozen=True)
class Built:
    """The problem of an instance, and blocks that say what happened.

    ``granted``: per node and tick, whether it is granted a set, if it is alive. ``unsolved``: w,
    where time is asked for. ``again``: miners that may start again.
    """

    problem: Problem
    failures: Failures
    granted: list[list[Affine]]
    unsolved: Array | None
    again: Sequence[tuple[int, Again]] = ()


def direct(case: Case) -> Built:
    """Every node that hashes has grants and hashes of its own."""
    i = case.instance
    p = Program(i.name, "max")
    x = Failures.add(p, case)
    ticks = range(case.ticks)
    up, solo = [x.up(t) for t in ticks], [x.solo(t) for t in ticks]
    nodes = [Node.add(p, i, f"_{k}", case.ticks) for k in range(len(case.rates))]
    if case.restless:
        nodes[: len(i.r)] = [_again(p, x, k, node) for k, node in enumerate(nodes[: len(i.r)])]
        every = Affine.total(z for node in nodes if node.again for z in node.again.starts)
        p.rows.at_most("restarts", every, i.amnesia + i.reloads)
    for k, node in enumerate(nodes):
        live = [x.live(k, t) for t in ticks]
        asks(p, node)
        grant(p, node, up, live)
        hashing(p, node, live, solo)
    pairs = list(zip(case.rates, nodes, strict=True))
    w = None
    match i.objective.name:
        case "time":
            hashed = [Affine.total(r * n.hashes[t] for r, n in pairs) for t in ticks]
            w = goals.time(p, x, hashed)
        case "lost":
            lost_direct(p, x, nodes)
        case "twice":
            size = i.set_ticks
            goals.twice(
                p, x, [Affine.total(size * r * n.granted[t] for r, n in pairs) for t in ticks]
            )
    restarts = [(k, node.again) for k, node in enumerate(nodes) if node.again]
    return Built(p.build(), x, [list(node.granted) for node in nodes], w, restarts)


def _again(p: Program, x: Failures, k: int, node: Node) -> Node:
    """Let a miner start again, unless it fails: ``sum(t) z[k,t] + sum(t) f[k,t] <= 1``."""
    case = x.case
    live = [x.live(k, t) for t in range(case.ticks)]
    again = starting(p, case.instance, f"_{k}", node.granted, live)
    forgets(p, again, node.granted, node.hashes)
    p.rows.at_most("correct", Affine.total(again.starts) + x.mined(k, case.ticks), 1)
    return replace(node, again=again)


def lost_direct(p: Program, x: Failures, nodes: list[Node]) -> None:
    """``l_i <= r_i (G+a) sum(t) f[i,t]; l_i <= r_i (G sum y - sum d)``; maximise ``sum l``.

    And what miners that start again forget or miss, r_i times its ticks of work.
    """
    case, i = x.case, x.case.instance
    most = i.set_ticks + i.ahead
    lost = p.integers("lost", len(i.r), upper=most * max(i.r))
    for k, rate in enumerate(i.r):
        p.rows.at_most("lost", lost[k], rate * most * x.mined(k, case.ticks))
        p.rows.at_most("lost", lost[k], rate * nodes[k].outstanding(case.ticks))
    pairs = zip(i.r, nodes, strict=False)
    gone = [rate * node.again.dropped for rate, node in pairs if node.again]
    p.optimise(lost.total() + Affine.total(gone))


def compact(case: Case) -> Built:
    """All live nodes are in lockstep: one e, y and d per tick, as if nobody ever failed.

    ``h[i,t] >= d[t] + live[i,t] - 1`` says that node i hashes at t.
    """
    i = case.instance
    p = Program(i.name, "max")
    x = Failures.add(p, case)
    ticks = range(case.ticks)
    node = Node.add(p, i, "", case.ticks)
    asks(p, node)
    grant(p, node, [x.up(t) for t in ticks], None)
    hashing(p, node, None, [x.solo(t) for t in ticks])
    w = None
    match i.objective.name:
        case "time":
            w = goals.time(p, x, weighed(case, both(p, x, node.hashes), 1))
        case "lost":
            lost_compact(p, x, node)
        case "twice":
            goals.twice(p, x, weighed(case, both(p, x, node.granted), i.set_ticks))
    return Built(p.build(), x, [list(node.granted)] * len(case.rates), w)


def weighed(case: Case, acts: list[list[Affine]], ticks: int) -> list[Affine]:
    """Per tick, the nonces that all acts come to, each `ticks` ticks of its node's work."""
    pairs = list(zip(case.rates, acts, strict=True))
    return [Affine.total(ticks * rate * act[t] for rate, act in pairs) for t in range(case.ticks)]


def both(p: Program, x: Failures, shared: Sequence[Affine]) -> list[list[Affine]]:
    """Per node and tick, the product of what all do and whether the node is alive.

    ``h <= shared; h <= live; h >= shared + live - 1``; ``h = shared`` where it is sure to live.
    """
    found = []
    for i in range(len(x.case.rates)):
        row = []
        for t, one in enumerate(shared):
            live = x.live(i, t)
            if not live.terms:
                row.append(one)
                continue
            act = p.binary(f"h_{i}_{t}")
            p.rows.at_most("both", act, one)
            p.rows.at_most("both", act, live)
            p.rows.at_most("both", one + live - 1, act)
            row.append(act)
        found.append(row)
    return found


def lost_compact(p: Program, x: Failures, node: Node) -> None:
    """``l_i <= r_i (G+a) sum(t) f[i,t]; l_i <= r_i o[s] + r_i (G+a)(1 - f[i,s])`` for all s.

    What is outstanding as a node fails stays so.
    """
    case, i = x.case, x.case.instance
    most = i.set_ticks + i.ahead
    lost = p.integers("lost", len(i.r), upper=most * max(i.r))
    for k, rate in enumerate(i.r):
        p.rows.at_most("lost", lost[k], rate * most * x.mined(k, case.ticks))
        for s in range(case.ticks):
            spared = rate * most * (ONE - (x.mined(k, s) - x.mined(k, s - 1)))
            p.rows.at_most("lost", lost[k], rate * node.outstanding(s) + spared)
    p.optimise(lost.total())


@dataclass(frozen=True)
class FailModel(StrictModel):
    """Failures as a MILP, in the encoding of the instance."""

    instance: FailInstance

    @cached_property
    def _built(self) -> Built:
        case = Case(self.instance)
        return (compact if self.instance.encoding == "compact" else direct)(case)

    @property
    def problem(self) -> Problem:
        """The problem, built on first use."""
        return self._built.problem

    def unanswered(self, solution: Solution) -> str:
        """Say that the horizon is too short, where a block is not solved by then."""
        unsolved = self._built.unsolved
        if unsolved is None or solution.values is None or not unsolved.of(solution.values)[-1]:
            return ""
        return f"the horizon of {self.instance.ticks} ticks is too short: the block is not solved"

    def plan(self, x: NDArray[np.int64]) -> Plan:
        """Read a point as what the adversary does."""
        f = self._built.failures
        managers: list[tuple[int, int | None]] = []
        if f.managers is not None:
            for k, t in np.argwhere(f.managers.of(x)).tolist():
                named = [] if f.promoted is None else f.promoted.of(x)[k, t].nonzero()[0].tolist()
                managers.append((t, named[0] if named else None))
        miners = [] if f.miners is None else np.argwhere(f.miners.of(x)).tolist()
        grants = [
            (t, i)
            for t in range(self.instance.ticks)
            for i, granted in enumerate(self._built.granted)
            if value_of(granted[t], x) and value_of(f.live(i, t), x)
        ]
        again = tuple(
            (t, k)
            for k, one in self._built.again
            for t, z in enumerate(one.starts)
            if value_of(z, x)
        )
        forgot = () if f.forgetful is None else tuple(f.forgetful.of(x).nonzero()[0].tolist())
        return Plan(tuple(managers), tuple((t, i) for i, t in miners), tuple(grants), again, forgot)

    def lift(self, x: NDArray[np.int64]) -> Verdict | None:
        """Test a point on the direct encoding, and its value there."""
        if self.instance.encoding == "direct":
            return None
        case, plain = (
            Case(self.instance),
            FailModel(self.instance.model_copy(update={"encoding": "direct"})),
        )
        live = self._built.failures.live
        ends = [
            sum(value_of(live(i, t), x) for t in range(case.ticks)) for i in range(len(case.rates))
        ]
        i, there = self.instance, plain.problem
        plan = self.plan(x)
        y = lift_point(self.problem, x, there, plan, ends=ends, a=i.ahead, size=i.set_ticks)
        if broken := there.violations(y, limit=1):
            return Verdict("direct", "refuted", broken[0])
        here, value = self.problem.value(x), there.value(y)
        if here != value:
            return Verdict("direct", "refuted", f"{here} is worth {value} in the direct encoding")
        return Verdict("direct", "confirmed")

    def schedule(self, x: NDArray[np.int64], source: str) -> Schedule:
        """Read a point as crashes, elections and grants, each with its nonces."""
        return unfold(Case(self.instance), self.plan(x), self.problem.value(x), source)
