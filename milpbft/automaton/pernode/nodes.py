"""Nodes: which local state each node is in at the end of each tick, and which rules it took.

Variables ``took[i,e,t]``, 1 where node i has taken edge e by the end of tick t, and ``byz[i]``. A
node follows one path through the local states of its role, several edges in a tick if it likes, so
that it is in state s at the end of tick t if it has reached s by an edge and left it by none:
``at[i,s,t] = sum(e into s) took[i,e,t] - sum(e out of s) took[i,e,t]``.

A node that starts again without memory goes on in the states of a second life. What it is given
then, it is given as a receiver of its own: receiver i + n is node i in its second life.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.automaton.pernode.local import Role, role_of
from milpbft.automaton.pernode.reloads import Reloads
from milpbft.automaton.pernode.rows import ONE, ZERO, Affine
from milpbft.automaton.table import RESTART, Act

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from milpbft.automaton.pernode.local import Edge
    from milpbft.automaton.pernode.network import Network
    from milpbft.automaton.pernode.rows import Rows
    from milpbft.automaton.table import Label, Table
    from milpbft.milp.builder import Builder


class Nodes:
    """The nodes of a run of ticks 0 to `horizon`.

    Parameters
    ----------
    builder, rows
        Where variables and rows go.
    table
        The protocol.
    starts
        By node: the location in which it starts.
    sizes
        Values of the automaton's parameters; those that count Byzantine nodes have none.
    horizon
        Last tick.
    crashes, byzantine
        Most nodes that crash, and that are Byzantine.
    amnesia, reloads
        Most nodes that start again without memory, and that reload their logs, each once.
    """

    def __init__(
        self,
        builder: Builder,
        rows: Rows,
        table: Table,
        starts: tuple[str, ...],
        sizes: Mapping[str, int],
        *,
        horizon: int,
        crashes: int,
        byzantine: int,
        amnesia: int = 0,
        reloads: int = 0,
    ) -> None:
        self.table = table
        self.starts = starts
        self.horizon = horizon
        self.crashes = crashes
        self.byzantine = byzantine
        self.amnesia = amnesia
        self.sizes = sizes
        self.n = len(starts)
        made = {
            start: role_of(table, start, sizes, crashes=crashes > 0, restarts=amnesia > 0)
            for start in set(starts)
        }
        self.roles: tuple[Role, ...] = tuple(made[start] for start in starts)
        self._rows = rows
        self._took = [
            builder.variables(f"took_{i}", len(role.edges), horizon + 1, base=0).index
            for i, role in enumerate(self.roles)
        ]
        self._byz = builder.variables("byz", self.n if byzantine else 0, base=0).index
        self.reloads = Reloads(builder, self.n, horizon, reloads)
        self._done = {place for places in table.done.values() for place in places}

    # ---- lives

    @property
    def receivers(self) -> range:
        """Who is given messages: every node, and every node in its second life."""
        return range(self.n * (1 + (self.amnesia > 0)))

    def whose(self, receiver: int) -> int:
        """Return the node that a receiver is."""
        return receiver % self.n

    def again(self, receiver: int) -> bool:
        """Whether a receiver is a node in its second life."""
        return receiver >= self.n

    def receiver(self, node: int, edge: Edge) -> int:
        """Return as which receiver a node takes an edge."""
        return node + self.n * self.roles[node].states[edge.source].again

    def reborn(self, node: int, tick: int) -> Affine:
        """1 where a node has started again by the end of a tick."""
        return Affine.total(self.taken(node, e, tick) for e in self.roles[node].restarts)

    # ---- what rows are made of

    def liar(self, node: int) -> Affine:
        """1 where a node is Byzantine."""
        return Affine.of(self._byz[node]) if self.byzantine else ZERO

    def taken(self, node: int, edge: int, tick: int) -> Affine:
        """1 where a node has taken an edge by the end of a tick; nothing happens after the last."""
        tick = min(tick, self.horizon)
        return Affine.of(self._took[node][edge, tick]) if tick >= 0 else ZERO

    def takes(self, node: int, edge: int, tick: int) -> Affine:
        """1 where a node takes an edge at a tick."""
        return self.taken(node, edge, tick) - self.taken(node, edge, tick - 1)

    def reached(self, node: int, state: int, tick: int) -> Affine:
        """1 where a correct node has been in a state by the end of a tick."""
        first = [ONE - self.liar(node)] if state == 0 else []
        edges = self.roles[node].into[state]
        return Affine.total([*first, *(self.taken(node, e, tick) for e in edges)])

    def at(self, node: int, state: int, tick: int) -> Affine:
        """1 where a correct node is in a state at the end of a tick."""
        out = Affine.total(self.taken(node, e, tick) for e in self.roles[node].out_of[state])
        return self.reached(node, state, tick) - out

    def within(self, node: int, places: frozenset[str], tick: int) -> Affine:
        """1 where a correct node is in one of some locations at the end of a tick."""
        states = enumerate(self.roles[node].states)
        return Affine.total(self.at(node, k, tick) for k, s in states if s.location in places)

    def has_been(self, node: int, places: frozenset[str], tick: int) -> Affine:
        """1 where a correct node has come to one of some locations by the end of a tick.

        It may have crashed there since: ``sum(e from elsewhere into them) took[i,e,t]``.
        """
        role = self.roles[node]
        inside = [state.location in places for state in role.states]
        came = [
            self.taken(node, k, tick)
            for k, edge in enumerate(role.edges)
            if inside[edge.target] and not inside[edge.source]
        ]
        return Affine.total([*([ONE - self.liar(node)] if inside[0] else []), *came])

    def crashed(self, node: int, tick: int) -> Affine:
        """1 where a node has crashed by the end of a tick."""
        return self.within(node, frozenset(self.table.crashed), tick)

    def done(self, node: int, tick: int) -> Affine:
        """1 where a correct node has decided by the end of a tick."""
        return self.within(node, frozenset(self._done), tick)

    def falls(self, node: int) -> Affine:
        """1 where a node crashes that may have decided before; 0 where who has decided stays."""
        rules = self.table.automaton.rules
        can = any(r.source in self._done and r.target in self.table.crashed for r in rules)
        return self.crashed(node, self.horizon) if can else ZERO

    def entered(self, receiver: int, view: int, tick: int) -> Affine:
        """1 where a correct node has entered a view by the end of a tick, in one of its lives.

        It is in view 0 a tick before it does anything: before tick 0, or as it starts again.
        """
        node = self.whose(receiver)
        if view == 0 and self.again(receiver):
            return self.reborn(node, tick + 1)
        if view == 0:
            return ONE - self.liar(node) if tick >= -1 else ZERO
        return Affine.total(
            self.taken(node, k, tick)
            for k, edge in self.edges(receiver)
            if self.enters(edge, node) == view
        )

    def edges(self, receiver: int) -> Iterator[tuple[int, Edge]]:
        """Yield the edges that a node takes in one of its lives, with their numbers."""
        node = self.whose(receiver)
        for k, edge in enumerate(self.roles[node].edges):
            if edge.rule != RESTART and self.receiver(node, edge) == receiver:
                yield k, edge

    def started(self, receiver: int, view: int, tick: int) -> Affine:
        """1 where a view's timer was started by the end of a tick: as its node entered the view.

        Where it does not run in every location, by one of the edges that lead to where it runs:
        ``sum(e) took[i,e,t]``.
        """
        if view == 0 or not self.table.running:
            return self.entered(receiver, view, tick)
        node = self.whose(receiver)
        return Affine.total(
            self.taken(node, k, tick)
            for k, edge in self.edges(receiver)
            if self.starts_timer(edge, node) == view
        )

    def starts_timer(self, edge: Edge, node: int) -> int | None:
        """Return the view whose timer an edge starts, if any; for tables that say where it runs."""
        states = self.roles[node].states
        source, target = states[edge.source].location, states[edge.target].location
        view = self.table.views.get(target)
        runs = source in self.table.running and self.table.views[source] == view
        return view if target in self.table.running and not runs else None

    def due(self, node: int, edge: Edge, tick: int, network: Network) -> Affine:
        """1 where the timer that takes an edge may have expired by the end of a tick.

        ``started[i,v,t-w]`` for a wait of w ticks, or, where the timer starts as its node comes to
        where it runs, ``sum(e) took[i,e,t-w]`` over the edges that lead there, see :meth:`_starts`.
        """
        since = tick - self.waits(edge, network)
        if edge.rule in self.table.lasts:
            return Affine.total(self.taken(node, k, since) for k in self._starts(node, edge))
        return self.started(self.receiver(node, edge), self.act(edge).view, since)

    def _starts(self, node: int, edge: Edge) -> list[int]:
        """Return the edges that start the timer of an edge, which goes on in all of its sources.

        Those of one life from elsewhere to a source of the same act.
        """
        role, act = self.roles[node], self.act(edge)
        sources = {
            other.source
            for _, other in self.edges(self.receiver(node, edge))
            if other.rule in self.table.lasts and self.act(other) == act
        }
        return [
            k
            for k, other in enumerate(role.edges)
            if other.target in sources and other.source not in sources
        ]

    def waits(self, edge: Edge, network: Network) -> int:
        """Return how many ticks the timer that takes an edge runs."""
        lasts = self.table.lasts.get(edge.rule)
        timed = self.table.expires[edge.rule]
        return network.wait(self.act(edge).view, timed=timed) if lasts is None else lasts

    def overdue(self, node: int, edge: Edge, tick: int, network: Network) -> Affine:
        """1 where a timer must have expired by the end of a tick, having been due in time.

        ``due[i,e,t-delta]``, but where it was started anew since by a reload of the log, at one of
        the ticks from ``t - delta - w + 2`` to t.
        """
        since = tick - network.delta
        anew = self.reloads.between(node, since - self.waits(edge, network) + 2, tick)
        return self.due(node, edge, since, network) - anew

    def act(self, edge: Edge) -> Act:
        """Return what an edge is in the protocol; who starts again does so in view 0."""
        return Act(RESTART, 0) if edge.rule == RESTART else self.table.meaning[edge.rule]

    def first(self, edge: Edge) -> bool:
        """Whether an edge comes first at a tick: a crash, a restart or a timer."""
        again = edge.rule == RESTART
        return again or self.crashes_by(edge) or edge.rule in self.table.expires

    def crashes_by(self, edge: Edge) -> bool:
        """Whether an edge is a crash."""
        if edge.rule == RESTART:
            return False
        return self.table.automaton.rule(edge.rule).target in self.table.crashed

    def sends(self, node: int, label: Label) -> tuple[int, ...]:
        """Return the edges by which a node sends a message."""
        edges = enumerate(self.roles[node].edges)
        return tuple(k for k, edge in edges if label in self.table.sends.get(edge.rule, ()))

    def enters(self, edge: Edge, node: int) -> int | None:
        """Return the view that an edge leads to, where it is another one."""
        if edge.rule == RESTART:
            return None
        return self.table.enters(edge.rule, self.roles[node].states[edge.target].location)

    # ---- rows

    def add_rows(self, network: Network) -> None:
        """Add the rows of every node that concern no message."""
        for node, role in enumerate(self.roles):
            for tick in range(self.horizon + 1):
                for k in range(len(role.edges)):
                    self._keep(node, k, tick)
                for state in range(len(role.states)):
                    self._leave_once(node, state, tick)
        for node, role in enumerate(self.roles):
            for k, edge in enumerate(role.edges):
                if self.first(edge):
                    self._come_first(node, k)
                if edge.rule in self.table.expires:
                    self._expire(node, k, network)
        self._limit_faults()

    def _keep(self, node: int, edge: int, tick: int) -> None:
        """``took[i,e,t-1] <= took[i,e,t]``."""
        if tick:
            before = self.taken(node, edge, tick - 1)
            self._rows.at_most("keep", before, self.taken(node, edge, tick))

    def _leave_once(self, node: int, state: int, tick: int) -> None:
        """``at[i,s,t] >= 0``: what leaves a state has reached it, once."""
        if self.roles[node].out_of[state]:
            self._rows.at_most("path", -self.at(node, state, tick))

    def _come_first(self, node: int, edge: int) -> None:
        """``takes[i,e,t] <= at[i,s,t-1]``: from where the last tick ended.

        Or from where a node starts again at this one, ``+ sum(e' to s) takes[i,e',t]`` over its
        restarts e'.
        """
        role = self.roles[node]
        source = role.edges[edge].source
        again = [k for k in role.into[source] if role.edges[k].rule == RESTART]
        for tick in range(self.horizon + 1):
            here = Affine.total(
                [self.at(node, source, tick - 1), *(self.takes(node, k, tick) for k in again)]
            )
            self._rows.at_most("first", self.takes(node, edge, tick), here)

    def _expire(self, node: int, edge: int, network: Network) -> None:
        """Timers wait, and where they must expire nobody sits on one that is overdue.

        ``took[i,e,t] <= due[i,e,t]``, see :meth:`due`, and, in a synchronous network,
        ``at[i,s,t] + overdue[i,e,t] <= 1`` for ``t >= gst + delta``, see :meth:`overdue`. A reload
        of the log starts a timer of w ticks anew: ``takes[i,e,t] + rel[i,t] - rel[i,t-w+1] <= 1``.
        """
        taken = self.roles[node].edges[edge]
        timed = self.table.expires[taken.rule]
        wait = self.waits(taken, network)
        for tick in range(self.horizon + 1):
            if wait > 1 or taken.rule in self.table.lasts:
                due = self.due(node, taken, tick, network)
                self._rows.at_most("timer", self.taken(node, edge, tick), due)
                anew = self.reloads.between(node, tick - wait + 2, tick)
                if anew.terms:
                    self._rows.at_most("anew", self.takes(node, edge, tick) + anew, 1)
            must = network.must_expire(timed=timed) and not taken.needs
            if must and tick >= network.gst + network.delta:
                here = self.at(node, taken.source, tick)
                overdue = self.overdue(node, taken, tick, network)
                self._rows.at_most("overdue", here + overdue, 1)

    def _limit_faults(self) -> None:
        """``sum crashed[i,T] <= crashes``, likewise who starts again and who is Byzantine."""
        end = self.horizon
        dead = Affine.total(self.crashed(node, end) for node in range(self.n))
        self._rows.at_most("crashes", dead, self.crashes)
        reborn = Affine.total(self.reborn(node, end) for node in range(self.n))
        self._rows.at_most("amnesia", reborn, self.amnesia)
        liars = Affine.total(self.liar(node) for node in range(self.n))
        self._rows.at_most("byzantine", liars, self.byzantine)

    def fix_byzantine(self) -> None:
        """``sum byz[i] = byzantine``: they are there, whether they help the adversary or not."""
        liars = Affine.total(self.liar(node) for node in range(self.n))
        self._rows.equal("byzantine", liars, self.byzantine)

    def order_twins(self) -> None:
        """Nodes of one role are interchangeable: they end in the order of their states.

        ``sum s at[i,s,T] <= sum s at[i+1,s,T]`` for neighbours of one role, the Byzantine last.
        """
        for node in range(self.n - 1):
            if self.starts[node] == self.starts[node + 1]:
                self._rows.at_most("twins", self._rank(node), self._rank(node + 1))
                self._rows.at_most("twins", self.liar(node), self.liar(node + 1))

    def _rank(self, node: int) -> Affine:
        states = len(self.roles[node].states)
        ranked = [k * self.at(node, k, self.horizon) for k in range(1, states)]
        return Affine.total([*ranked, states * self.liar(node)])
