"""Rows: when timers are due, and what expired ones do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.automaton.pernode.rows import ONE, Affine
from milpbft.dbft.model.production.timed.variables import VIEWS

if TYPE_CHECKING:
    from milpbft.dbft.model.production.timed.variables import Cast


class Timers:
    """The rows of timers: they expire when they are due, no earlier and no later.

    At a tick a node takes its messages first and its timer last, one expiry at most. Times are in
    units of which a tick has 2 M; with T ticks of timeout, a block's time b is M T of them.

    Parameters
    ----------
    cast
        The variables.
    """

    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        self.rows = cast.program.rows

    def add_rows(self) -> None:
        """Add all rows."""
        for tick in range(self.cast.last + 1):
            for node in range(self.cast.lives.count):
                self._expire(node, tick)
                self._choose(node, tick)
                self._start(node, tick)
                self._go_on(node, tick)
                self._arm(node, tick)
                self._tell(node, tick)
                if node < self.cast.n:
                    self._speak(node, tick)
                for j in self.cast.others(node):
                    self._hear(node, j, tick)

    def _least(self, family: str, value: Affine, least: Affine, unless: Affine) -> None:
        """``value >= least``, unless `unless` is 1 or more."""
        self.rows.at_most(family, least - value, self.cast.most * unless)

    def _most(self, family: str, value: Affine, most: Affine, unless: Affine) -> None:
        self.rows.at_most(family, value - most, self.cast.most * unless)

    def _at(self, tick: int, after: int = 0) -> Affine:
        return Affine(constant=self.cast.unit * tick + after)

    # ---- expiry

    def _expire(self, node: int, tick: int) -> None:
        """The timer expires if it is due after the messages of the tick, and only then.

        Not of a node that has crashed, has a block, or has left the modelled views.
        """
        cast = self.cast
        expires, due = cast.expires(node, tick), cast.expiring(node, tick)
        self.rows.at_most("expire", expires + cast.done(node, tick), 1)
        self._most("expire", due, self._at(tick), ONE - expires)
        out = cast.down(node, tick) + cast.done(node, tick) + cast.shown(node, VIEWS, tick)
        out += cast.free(node, tick)
        self._least("expire", due, self._at(tick, 1), expires + out)

    def _choose(self, node: int, tick: int) -> None:
        """A primary that has not proposed does; who committed repeats that; others count.

        With ``count = sum counts``, nodes that have neither committed nor failed: a change view if
        ``count >= M - 1``, a request for recovery if ``count <= M - 2``.
        """
        cast, rows = self.cast, self.rows
        repeats, locked = cast.repeats(node, tick), cast.locked(node, tick)
        regained = cast.lives.regained(node, tick)
        rows.at_most("repeat", repeats, locked + regained)
        for view in range(VIEWS):
            stands = cast.standing(node, view, tick)
            asks, calls = cast.asks(node, view, tick), cast.calls(node, view, tick)
            rows.at_most("ask", asks + calls, stands)
            rows.at_most("ask", asks + calls + locked, 1)
            if cast.leads(node, view):
                rows.at_most("propose", cast.proposes(node, view, tick), stands)
                waits = stands - cast.proposed(node, view, tick - 1)
                rows.at_most("propose", asks + calls + repeats + waits, ONE + regained)
            count = Affine.total(cast.counts(node, j, view, tick) for j in cast.others(node))
            rows.at_most("count", (cast.quorum - 1) * asks, count)
            most = cast.quorum - 2
            rows.at_most("count", count + (cast.n - 1 - most) * calls, cast.n - 1)

    # ---- when it is due

    def _start(self, node: int, tick: int) -> None:
        """A node that starts again has its timer as if it did now what set it last.

        That is a commit, else its proposal, else coming to its view; without memory, to view 0.
        """
        cast = self.cast
        now = cast.lives.begins(node, tick)
        if now is None:
            return
        running, before = cast.running(node, tick), cast.due(node, tick - 1)
        self._least("goes_on", running, before, now)
        self._most("goes_on", running, before, now)
        if node >= cast.n:
            cases = [(now, cast.length(node, 0))]
        else:
            locked = cast.locked(node, tick - 1)
            cases = [(now + locked - ONE, cast.block)]
            for view in range(VIEWS):
                here = now + cast.here(node, view, tick - 1) - ONE - locked
                if cast.leads(node, view):
                    proposed = cast.proposed(node, view, tick - 1)
                    cases.append((here + proposed - ONE, cast.left(view)))
                    here -= proposed
                cases.append((here, cast.length(node, view)))
        for case, length in cases:
            self._least("starts", running, self._at(tick, length), ONE - case)
            self._most("starts", running, self._at(tick, length), ONE - case)

    def _go_on(self, node: int, tick: int) -> None:
        """What the messages of a tick make of a timer: see the methods for each case."""
        cast = self.cast
        strays = Affine.total(cast.strays(node, view, tick) for view in range(VIEWS))
        new = cast.locked(node, tick) - cast.locked(node, tick - 1) - strays
        comes = Affine.total(cast.comes(node, view, tick) for view in range(1, VIEWS + 1))
        comes += cast.free(node, tick)
        self._extend(node, tick, new + comes)
        due, block = cast.expiring(node, tick), self._at(tick, cast.block)
        self._least("committed", due, block, ONE - new + comes)
        self._most("committed", due, block, ONE - new + comes)
        for view in range(1, VIEWS):
            self._begin(node, view, tick, new)

    def _extend(self, node: int, tick: int, changed: Affine) -> None:
        """Preparations put it off by 2T, commits by 4T; not if the node asked or committed before.

        ``x = due[t-1] + T (2 new preparations + 4 new commits)`` unless the node commits or comes
        to a view at this tick.
        """
        cast = self.cast
        due, before = cast.expiring(node, tick), cast.running(node, tick)
        self._least("goes_on", due, before, changed)
        fixed = cast.locked(node, tick - 1)
        self._most("goes_on", due, before, changed + ONE - fixed)
        for view in range(VIEWS):
            by = cast.timeout * self._put_off(node, view, tick)
            gone = cast.entered(node, view + 1, tick - 1)
            asked = cast.asked(node, view, tick - 1)
            elsewhere = ONE - cast.standing(node, view, tick)
            self._most("goes_on", due, before + by, changed + elsewhere)
            self._most("goes_on", due, before, changed + ONE - asked + gone)
            self._least("goes_on", due, before + by, changed + fixed + asked + gone)

    def _put_off(self, node: int, view: int, tick: int) -> Affine:
        """Twice the preparations of a view that are new at a tick, and four times the commits.

        Where one's own response counts too, it comes with the request.
        """
        cast = self.cast
        responses = cast.responses(node, view, tick) - cast.responses(node, view, tick - 1)
        commits = cast.commits(node, view, tick) - cast.commits(node, view, tick - 1)
        request = cast.responded(node, view, tick) - cast.responded(node, view, tick - 1)
        prepared = responses + (2 if cast.rules.own else 1) * request
        return 2 * prepared + 4 * commits

    def _begin(self, node: int, view: int, tick: int, commits: Affine) -> None:
        """A node that comes to a view begins anew; what it is given after that may put it off.

        With what was kept for the view it may commit before the timer is set, or after that.
        """
        cast = self.cast
        due, length = cast.expiring(node, tick), cast.length(node, view)
        by = cast.timeout * self._put_off(node, view, tick)
        other = ONE - cast.comes(node, view, tick) + cast.free(node, tick)
        primary = cast.leads(node, view)
        recovering = cast.by_recovery(node, tick) if primary else Affine()
        if not primary:
            self.rows.equal("unused", cast.by_recovery(node, tick), 0)
        low, high = sorted((length, cast.block))
        self._least("begins", due, self._at(tick, low), other)
        self._most("begins", due, self._at(tick, high) + by, other + recovering)
        self._least("begins", due, self._at(tick, length), other + commits)
        self._most("begins", due, self._at(tick, length) + by, other + commits + recovering)
        if not primary:
            return
        tells = Affine.total(cast.said(cast.told, j, view, tick - 1) for j in cast.others(node))
        self.rows.at_most("recovering", recovering, tells)
        waits = self._at(tick, cast.length(node, view, recovering=True))
        self._least("begins", due, waits, ONE - recovering + other + commits)
        self._most("begins", due, waits + by, ONE - recovering + other)

    def _arm(self, node: int, tick: int) -> None:
        """An expired timer is set anew, doubled where the node asks for something.

        ``2^(v+2) b`` after a change view or a request for recovery of view v, 2b of a node that
        committed, what backups have left after a proposal; the timer of the next view where the
        node's own change view leads there.
        """
        cast = self.cast
        after, before = cast.due(node, tick), cast.expiring(node, tick)
        expires, free = cast.expires(node, tick), cast.free(node, tick)
        self._least("goes_on", after, before, expires + free)
        self._most("goes_on", after, before, expires + free)
        cases = [(cast.repeats(node, tick), 2 * cast.block)]
        for view in range(VIEWS):
            itself = cast.enters_itself(node, view + 1, tick)
            asks = cast.asks(node, view, tick) + cast.calls(node, view, tick) - itself
            cases.append((asks, cast.block << (view + 2)))
            if view + 1 < VIEWS:
                cases.append((itself, cast.length(node, view + 1)))
            if cast.leads(node, view):
                proposes = cast.proposes(node, view, tick) - cast.strays(node, view, tick)
                cases.append((proposes, cast.left(view)))
        for case, length in cases:
            self._least("armed", after, self._at(tick, length), ONE - case + free)
            self._most("armed", after, self._at(tick, length), ONE - case + free)

    # ---- who is heard of

    def _tell(self, node: int, tick: int) -> None:
        """RecoveryMessages answer requests and change views of others, or repeat a commit.

        ``told[i,v,t] - told[i,v,t-1] <=`` those that may arrive at t, or the node's own commit.
        """
        cast = self.cast
        sent = [s for s in range(tick) if tick <= cast.deadline(s)]
        asks = [
            Affine.total([cast.asked(j, v, s) - cast.asked(j, v, s - 1), cast.asks(j, v, s),
                          cast.calls(j, v, s)])
            for s in sent for i in cast.others(node) for j in cast.lives.of(i)
            for v in range(VIEWS)
        ]  # fmt: skip
        if cast.rules.requests:
            again = cast.lives.restarted
            asks += [again(j, s) - again(j, s - 1) for s in sent for j in cast.others(node)]
        why = Affine.total([*asks, cast.repeats(node, tick)])
        for view in range(VIEWS):
            new = cast.told(node, view, tick) - cast.told(node, view, tick - 1)
            self.rows.at_most("tell", new, why)

    def _speak(self, node: int, tick: int) -> None:
        """``heard[j,i,v,t+1] <=`` all that node i says in view v or a later one by tick t."""
        cast = self.cast
        if tick == cast.last:
            return
        for view in range(VIEWS):
            ticks, said = range(tick + 1), []
            for life in cast.lives.of(node):
                said += [cast.calls(life, view, s) for s in ticks]
                for later in range(view, VIEWS):
                    acts = (cast.asked, cast.prepared, cast.committed, cast.told)
                    said += [act(life, later, tick) for act in acts]
                    said += [cast.calls(life, later, s) for s in ticks if later > view]
            if view == 0 and cast.rules.requests:
                said.append(cast.lives.restarted(node, tick))
            for j in cast.others(node):
                for life in cast.lives.of(j):
                    heard = cast.heard(life, node, view, tick + 1)
                    self.rows.at_most("heard", heard, Affine.total(said))

    def _hear(self, node: int, sender: int, tick: int) -> None:
        """What must have come is heard of; requests for recovery only by who is in their view.

        ``counts = heard and no commit``, or no commit where nobody fails to a node.
        """
        cast, rows = self.cast, self.rows
        commit = cast.knows_commit(node, sender, tick)
        for view in range(VIEWS):
            heard, counts = (
                cast.heard(node, sender, view, tick),
                cast.counts(node, sender, view, tick),
            )
            if tick == 0:
                rows.equal("heard", heard, 0)
            if cast.rules.failed == "nobody":
                rows.equal("counts", counts, ONE - commit)
                continue
            rows.at_most("counts", counts, heard)
            rows.at_most("counts", counts + commit, 1)
            rows.at_most("counts", heard - commit, counts)
            self._must_hear(node, sender, view, tick)

    def _must_hear(self, node: int, sender: int, view: int, tick: int) -> None:
        """What a sender has said in a view or a later one, and that reaches a life, is heard."""
        cast, rows = self.cast, self.rows
        heard, since = cast.heard(node, sender, view, tick), cast.cause(tick)
        dead = cast.down(node, tick) + cast.free(node, tick)
        for later in range(view, VIEWS):
            there = cast.entered(node, later, tick) - ONE
            for before, all_of in cast.lives.reached(node, tick):
                unless = dead - (all_of - ONE)
                leads = cast.primary(later) == sender
                lost = (
                    cast.losses.preparation(node, sender, later, since, primary=leads),
                    cast.losses.commit(node, sender, later, since),
                )
                for life in cast.lives.of(sender):
                    if not cast.losses.most:
                        asked = cast.asked(life, later, since) - cast.asked(life, later, before)
                        rows.at_most("heard", asked - unless, heard)
                    for act, gone in zip((cast.prepared, cast.committed), lost, strict=True):
                        new = act(life, later, since) - act(life, later, before)
                        rows.at_most("heard", new + there - unless - gone, heard)
            for s in cast.due_at(tick):
                all_of = self._reaches(node, s, tick)
                for life in cast.lives.of(sender):
                    calls = cast.calls(life, later, s) + cast.entered(node, later, s)
                    unless = dead + cast.losses.call(node, sender, s)
                    rows.at_most("heard", calls + (all_of - ONE) - unless - 1, heard)
                if cast.losses.most:
                    unless = dead + cast.losses.change(node, sender, later, s)
                    rows.at_most("heard", cast.changes(sender, later, s) - unless, heard)

    def _reaches(self, node: int, since: int, tick: int) -> Affine:
        """1 where what is sent at a tick reaches a life by another."""
        return max(pair for pair in self.cast.lives.reached(node, tick) if pair[0] < since)[1]
