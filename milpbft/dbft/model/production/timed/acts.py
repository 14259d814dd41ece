"""Rows: what nodes do with what they are given, and what they must do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.automaton.pernode.rows import ONE, Affine
from milpbft.dbft.model.production.timed.variables import VIEWS

if TYPE_CHECKING:
    from collections.abc import Callable

    from milpbft.dbft.model.production.timed.variables import Cast

    Act = Callable[[int, int, int], Affine]


class Acts:
    """The rows of proposals, responses, commits, decisions and views.

    A row that says what a node *must* do holds of every run of replicas; one that says what it
    *may* do leaves open in which order it was given what at a tick, and what it was given again.
    So every run is a point, and not every point a run: the value is a bound until replicas do it.

    Parameters
    ----------
    cast
        The variables.
    """

    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        self.rows = cast.program.rows

    def add_rows(self, crashes: int) -> None:
        """Add all rows."""
        cast = self.cast
        for tick in range(cast.last + 1):
            for node in range(cast.lives.count):
                self._last(node, tick)
                self._stay(node, tick)
                self._enter(node, tick)
                for view in range(VIEWS):
                    self._respond(node, view, tick)
                    self._collect(node, view, tick)
                    self._commit(node, view, tick)
                    self._accept(node, view, tick)
        dead = Affine.total(cast.failed(i, cast.last) for i in range(cast.n))
        self.rows.at_most("crashes", dead, crashes)

    # ---- what has happened stays so

    def _last(self, node: int, tick: int) -> None:
        """``x[t-1] <= x[t]``, and nothing new of a node that has crashed.

        ``x[t] - x[t-1] + crash[i,t] <= 1``.
        """
        cast, rows = self.cast, self.rows
        rows.at_most("keep", cast.crashed(node, tick - 1), cast.crashed(node, tick))
        for view in range(VIEWS):
            own = [cast.asked, cast.committed, cast.done_in, cast.told, cast.prepared]
            pairs = [(act(node, view, tick - 1), act(node, view, tick)) for act in own]
            pairs.append(
                (cast.entered(node, view + 1, tick - 1), cast.entered(node, view + 1, tick))
            )
            for known in (cast.has_response, cast.has_commit, cast.wants, cast.heard):
                pairs += [
                    (known(node, j, view, tick - 1), known(node, j, view, tick))
                    for j in cast.others(node)
                ]
            for before, after in pairs:
                rows.at_most("keep", before, after)
                rows.at_most("alive", after - before + cast.down(node, tick), 1)
            if view:
                rows.at_most(
                    "order", cast.entered(node, view + 1, tick), cast.entered(node, view, tick)
                )
        expires = cast.expires(node, tick)
        rows.at_most("alive", expires + cast.down(node, tick), 1)

    def _stay(self, node: int, tick: int) -> None:
        """Who committed or accepted in a view leaves it for none: ``com[v] + entered[v+1] <= 1``.

        Acts of a view are of nodes that are in it, at some time of the tick.
        """
        cast, rows = self.cast, self.rows
        for view in range(VIEWS):
            for later in range(view + 1, VIEWS + 1):
                gone = cast.entered(node, later, tick)
                rows.at_most("stay", cast.committed(node, view, tick) + gone, 1)
                rows.at_most("stay", cast.done_in(node, view, tick) + gone, 1)
            acts = [
                act(node, view, tick) - act(node, view, tick - 1)
                for act in (cast.prepared, cast.committed, cast.done_in, cast.told)
            ]
            acts += [
                cast.has_response(node, j, view, tick) - cast.has_response(node, j, view, tick - 1)
                for j in cast.others(node, cast.primary(view))
            ]
            for act in acts:
                rows.at_most("here", act, cast.entered(node, view, tick))
                rows.at_most("here", act + cast.entered(node, view + 1, tick - 1), 1)

    def _idle(self, node: int, tick: int) -> Affine:
        """1 or more where a life owes nothing: it is over, has a block, or is free."""
        cast = self.cast
        return cast.down(node, tick) + cast.done(node, tick) + cast.free(node, tick)

    # ---- preparations

    def _respond(self, node: int, view: int, tick: int) -> None:
        """A request is answered as it comes, in view change too if the guard lets it through.

        May: ``resp[i,v,t] <= req[v,t-1]``. Must: ``req[v,t-d] + here[i,v,t] - 1 - idle <=
        resp[i,v,t]`` for the delay bound d.
        """
        cast, rows = self.cast, self.rows
        answered = cast.responded(node, view, tick)
        if cast.leads(node, view):
            rows.equal("respond", answered, 0)
            return
        before = cast.responded(node, view, tick - 1)
        primary = cast.primary(view)
        rows.at_most("respond", answered, cast.said(cast.proposed, primary, view, tick - 1))
        # A primary that is brought its own request answers it, in the place where that was kept.
        answers = (cast.lives.regained(life, tick) for life in cast.lives.of(primary))
        lost = cast.losses.request(node, view, cast.cause(tick))
        excuse = Affine.total([self._idle(node, tick), lost, *answers])
        if cast.rules.guard == "preparations":
            refuses = cast.asked(node, view, tick - 1)
            known = cast.known_commits(node, tick)
            known += cast.lives.regained(node, tick)
            rows.at_most("refuse", answered - before + refuses, ONE + known)
            excuse += refuses
        for since, there in self._arrived(node, view, tick):
            for due in self._since(cast.proposed, primary, view, since, tick):
                rows.at_most("owed", due + there - excuse, answered + 1)

    def _since(self, act: Act, sender: int, view: int, since: int, tick: int) -> list[Affine]:
        """Say per life of a sender whether it did something after a tick that is due by another."""
        cast = self.cast
        causes = cast.each(act, sender, view, cast.cause(tick))
        earlier = cast.each(act, sender, view, since)
        return [one - other for one, other in zip(causes, earlier, strict=True)]

    def _arrived(self, node: int, view: int, tick: int) -> list[tuple[int, Affine]]:
        """Say since when what was sent in a view was kept by a node that is there at a tick.

        Pairs of a tick and 1 where what was sent after it is kept: at once, or only if the node was
        in that view as it was sent.
        """
        cast = self.cast
        here, reached = cast.here(node, view, tick), cast.lives.reached(node, tick)
        if view == 0 or cast.rules.later == "newest":
            return [(since, here + (all_of - ONE)) for since, all_of in reached]
        gone = cast.entered(node, view + 1, tick)
        entered = [(s - 1, cast.entered(node, view, s) - gone) for s in range(tick)]
        if len(reached) == 1:
            return entered
        pairs = zip(entered, reached, strict=True)
        return [(since, there + (all_of - ONE)) for (since, there), (_, all_of) in pairs]

    def _collect(self, node: int, view: int, tick: int) -> None:
        """Responses count where they come, and are dropped by who refuses; commits always count.

        May: ``has[i,j,v,t] <= resp[j,v,t-1]``, and ``has[t] - has[t-1] + asked[i,v,t-1] <= 1 +
        commits known``. Must: as for requests, unless the node asked before. Commits: ``com[j,v,
        t-d] + entered[i,v,t] - 1 - idle <= has[i,j,v,t] <= com[j,v,t-1]``.
        """
        cast, rows = self.cast, self.rows
        asked, idle = cast.asked(node, view, tick - 1), self._idle(node, tick)
        for j in range(cast.n):
            has = cast.has_response(node, j, view, tick)
            got = cast.has_commit(node, j, view, tick)
            if j == cast.lives.node(node):
                rows.equal("own", has + got, 0)
                continue
            rows.at_most("given", got, cast.said(cast.committed, j, view, tick - 1))
            if cast.rules.later == "newest":
                rows.at_most("given", got, cast.entered(node, view, tick))
            self._owe_commit(node, j, view, tick)
            if j == cast.primary(view):
                rows.equal("own", has, 0)
                continue
            new = has - cast.has_response(node, j, view, tick - 1)
            rows.at_most("given", has, cast.said(cast.responded, j, view, tick - 1))
            known = cast.known_commits(node, tick) + cast.lives.regained(node, tick)
            rows.at_most("refuse", new + asked, ONE + known)
            excuse = asked + idle + cast.losses.response(node, j, view, cast.cause(tick))
            for since, there in self._arrived(node, view, tick):
                for due in self._since(cast.responded, j, view, since, tick):
                    rows.at_most("owed", due + there - excuse, has + 1)

    def _owe_commit(self, node: int, sender: int, view: int, tick: int) -> None:
        """A commit counts as it comes, the first of a sender: see :meth:`_collect`."""
        cast = self.cast
        lost = cast.losses.commit(node, sender, view, cast.cause(tick))
        idle = self._idle(node, tick) + lost
        got = cast.has_commit(node, sender, view, tick)
        if cast.lives.amnesia:  # who has forgotten one may have committed in two views
            idle += cast.knows_commit(node, sender, tick) - got
        for since, all_of in cast.lives.reached(node, tick):
            for due in self._since(cast.committed, sender, view, since, tick):
                owed = due + (all_of - ONE) + cast.entered(node, view, tick)
                self.rows.at_most("owed", owed - idle, got + 1)

    # ---- commits and decisions

    def _commit(self, node: int, view: int, tick: int) -> None:
        """A node commits once it has M preparations, the request and its own among them.

        With q responses of others that it takes, M - 2 or, for the primary, M - 1:
        ``q com <= sum has``, ``sum has - (q - 1) <= R (com + 1 - prepared + idle)``.
        """
        cast, rows = self.cast, self.rows
        q = cast.quorum - (1 if cast.leads(node, view) else 2)
        commits, has = cast.committed(node, view, tick), cast.responses(node, view, tick)
        prepared = cast.prepared(node, view, tick)
        regained = cast.lives.regained(node, tick)
        rows.at_most("commit", commits, prepared + regained)
        rows.at_most("commit", q * commits, has + regained)
        unless = commits + (ONE - prepared) + self._idle(node, tick)
        unless += cast.again(node, view, tick)
        rows.at_most("owed", has - (q - 1), cast.n * unless)
        new = commits - cast.committed(node, view, tick - 1)
        rows.at_most("commit", new + cast.done(node, tick - 1), 1)

    def _accept(self, node: int, view: int, tick: int) -> None:
        """M commits make a block, at once for who has committed: ``M done <= com + sum has``.

        ``com + sum has - (M - 1) <= n (done + 1 - com + crash)``.
        """
        cast, rows, quorum = self.cast, self.rows, self.cast.quorum
        done, own = cast.done_in(node, view, tick), cast.committed(node, view, tick)
        total = own + cast.commits(node, view, tick)
        regained = cast.lives.regained(node, tick)
        rows.at_most("accept", done, cast.prepared(node, view, tick) + regained)
        rows.at_most("accept", quorum * done, total + regained)
        unless = done + (ONE - own) + cast.down(node, tick) + cast.free(node, tick)
        unless += cast.again(node, view, tick)
        rows.at_most("owed", total - (quorum - 1), cast.n * unless)

    # ---- views

    def _enter(self, node: int, tick: int) -> None:
        """M nodes that want to leave a view lead to the next one.

        ``M comes[i,v+1,t] <= sum wants[i,j,v,t] + asked[i,v,t-1]``, and with its own ChangeView,
        sent as its timer expires, ``(M - 1) itself <= sum wants``, ``itself <= asks``. View 1 must
        be entered then, unless somebody asked to leave it already: change views for later views
        may come last. Who has committed stays.
        """
        cast, rows, quorum = self.cast, self.rows, self.cast.quorum
        rows.equal("unused", cast.enters_itself(node, 0, tick), 0)
        for view in range(VIEWS):
            wanting = cast.wanting(node, view, tick)
            comes = cast.comes(node, view + 1, tick)
            itself = cast.enters_itself(node, view + 1, tick)
            rows.at_most("enter", -comes)
            regained = cast.lives.regained(node, tick)
            asked = cast.asked(node, view, tick - 1) + regained
            rows.at_most("enter", quorum * comes, wanting + asked)
            rows.at_most("enter", (quorum - 1) * itself, wanting)
            rows.at_most("enter", itself, cast.asks(node, view, tick))
            self._want(node, view, tick)
            self._ask(node, view, tick)
        beyond = Affine.total(cast.asked(j, 1, tick - 1) for j in range(cast.lives.count))
        stays = cast.committed(node, 0, tick) + self._idle(node, tick) + beyond
        wanting = cast.wanting(node, 0, tick)
        both = wanting + cast.asked(node, 0, tick - 1)
        rows.at_most("owed", both - (quorum - 1), cast.n * (cast.shown(node, 1, tick) + stays))
        asks = ONE - cast.asks(node, 0, tick)
        entered = cast.entered(node, 1, tick)
        rows.at_most("owed", wanting - (quorum - 2), cast.n * (entered + asks + stays))

    def _want(self, node: int, view: int, tick: int) -> None:
        """``asked[j,v,t-d] <= wants[i,j,v,t] <= sum(u >= v) asked[j,u,t-1]``, the first in view 0.

        In view 1 change views for the view after it may have been forgotten.
        """
        cast, rows = self.cast, self.rows
        rows.equal("own", cast.wants(node, cast.lives.node(node), view, tick), 0)
        for j in cast.others(node):
            wants = cast.wants(node, j, view, tick)
            said = Affine.total(cast.said(cast.asked, j, u, tick - 1) for u in range(view, VIEWS))
            rows.at_most("given", wants, said)
            if view:
                continue
            excuse = cast.down(node, tick) + cast.free(node, tick)
            if cast.losses.most:
                self._want_each(node, j, tick, excuse)
                continue
            for since, all_of in cast.lives.reached(node, tick):
                for due in self._since(cast.asked, j, view, since, tick):
                    rows.at_most("owed", due + (all_of - ONE) - excuse, wants)

    def _want_each(self, node: int, sender: int, tick: int, excuse: Affine) -> None:
        """Each ChangeView that is not lost tells that its sender wants to leave view 0.

        ``changes[j,v,s] - lost[i,j,v,s] <= wants[i,j,0,t]`` where what is sent at s arrives by t.
        """
        cast = self.cast
        wants = cast.wants(node, sender, 0, tick)
        for sent in cast.due_at(tick):
            for view in range(VIEWS):
                unless = excuse + cast.losses.change(node, sender, view, sent)
                said = cast.changes(sender, view, sent)
                self.rows.at_most("owed", said - unless, wants)

    def _ask(self, node: int, view: int, tick: int) -> None:
        """A ChangeView is sent by an expired timer, or by who is moved, where the profile says so.

        ``asks[t] <= asked[t]``, ``asked[t] - asked[t-1] <= asks[t]``, or ``+ comes[v+1,t]`` and
        ``entered[v+1,t] <= asked[t]``.
        """
        cast, rows = self.cast, self.rows
        asked, asks = cast.asked(node, view, tick), cast.asks(node, view, tick)
        rows.at_most("ask", asks, asked)
        moved = Affine()
        if cast.rules.agreement:
            moved = cast.comes(node, view + 1, tick)
            excuse = cast.lives.regained(node, tick)
            rows.at_most("ask", cast.entered(node, view + 1, tick), asked + excuse)
        rows.at_most("ask", asked - cast.asked(node, view, tick - 1), asks + moved)
