"""Rows: where messages are lost, what a node has came by one that was not, or by recovery."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.automaton.pernode.rows import Affine
from milpbft.dbft.model.production.timed.variables import VIEWS

if TYPE_CHECKING:
    from milpbft.dbft.model.production.timed.variables import Cast


class Arriving:
    """The rows of what may be lost, and of what nodes may have then.

    Nothing is lost but what is sent, as it is sent. Recovery messages of others may bring all that
    was said; what nodes tell that have left the modelled views is left open.

    Parameters
    ----------
    cast
        The variables, of a question in which messages are lost.
    """

    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        self.rows = cast.program.rows

    def add_rows(self) -> None:
        """Add all rows."""
        cast = self.cast
        for tick in range(cast.last + 1):
            for sender in range(cast.n):
                self._change(sender, tick)
                for node in cast.others(sender):
                    self._lose(node, sender, tick)
                    self._have(node, sender, tick)
                    self._hear(node, sender, tick)

    def _change(self, node: int, tick: int) -> None:
        """A ChangeView is sent as the first of a view, or by a timer: ``changes = max(new, asks)``.

        ``new <= changes``, ``asks <= changes <= new + asks`` with ``new = asked[t] - asked[t-1]``.
        """
        cast, rows = self.cast, self.rows
        for view in range(VIEWS):
            new = cast.asked(node, view, tick) - cast.asked(node, view, tick - 1)
            asks, changes = cast.asks(node, view, tick), cast.changes(node, view, tick)
            rows.at_most("changes", new, changes)
            rows.at_most("changes", asks, changes)
            rows.at_most("changes", changes, new + asks)

    def _lose(self, node: int, sender: int, tick: int) -> None:
        """``lost[t-1] <= lost[t]``, ``lost[t] - lost[t-1] <= said[t] - said[t-1]``.

        Of what is said at a tick alone, ``lost[t] <= said[t]``.
        """
        cast, rows, lost = self.cast, self.rows, self.cast.losses
        calls = Affine.total(cast.calls(sender, view, tick) for view in range(VIEWS))
        rows.at_most("lost", lost.call(node, sender, tick), calls)
        rows.at_most("lost", lost.repeat(node, sender, tick), cast.repeats(sender, tick))
        for view in range(VIEWS):
            change = lost.change(node, sender, view, tick)
            rows.at_most("lost", change, cast.changes(sender, view, tick))
            primary = cast.leads(sender, view)
            for act, now, before in (
                (
                    cast.prepared,
                    lost.preparation(node, sender, view, tick, primary=primary),
                    lost.preparation(node, sender, view, tick - 1, primary=primary),
                ),
                (
                    cast.committed,
                    lost.commit(node, sender, view, tick),
                    lost.commit(node, sender, view, tick - 1),
                ),
            ):
                rows.at_most("lost", before, now)
                new = act(sender, view, tick) - act(sender, view, tick - 1)
                rows.at_most("lost", now - before, new)

    def _told(self, node: int, tick: int, views: range) -> Affine:
        """How many others may have told a node what they know in some views, before a tick."""
        cast = self.cast
        told = [cast.told(j, view, tick - 1) for j in cast.others(node) for view in views]
        told += [cast.entered(j, VIEWS, tick - 1) for j in cast.others(node)]
        return Affine.total(told)

    def _came(self, node: int, sender: int, view: int, tick: int) -> Affine:
        """How many change views for the view after `view`, or a later one, are not lost."""
        cast = self.cast
        return Affine.total(
            cast.changes(sender, v, s) - cast.losses.change(node, sender, v, s)
            for v in range(view, VIEWS)
            for s in range(tick)
        )

    def _have(self, node: int, sender: int, tick: int) -> None:
        """``has[k,j,v,t] <= said[j,v,t-1] - lost[k,j,v,t-1] + told by others``."""
        cast, rows, lost, before = self.cast, self.rows, self.cast.losses, tick - 1
        for view in range(VIEWS):
            told = self._told(node, tick, range(view, view + 1))
            primary = cast.leads(sender, view)
            prepared = cast.prepared(sender, view, before)
            prepared -= lost.preparation(node, sender, view, before, primary=primary)
            has = cast.has_response(node, sender, view, tick)
            if primary:
                has = cast.responded(node, view, tick)
            rows.at_most("came", has, prepared + told)
            committed = cast.committed(sender, view, before)
            committed -= lost.commit(node, sender, view, before)
            told = self._told(node, tick, range(VIEWS))
            rows.at_most("came", cast.has_commit(node, sender, view, tick), committed + told)
            told = self._told(node, tick, range(view + 1, VIEWS))
            came = self._came(node, sender, view, tick)
            rows.at_most("came", cast.wants(node, sender, view, tick), came + told)

    def _hear(self, node: int, sender: int, tick: int) -> None:
        """``heard[k,j,v,t] <=`` what node j said in view v or later that is not lost, and told."""
        cast, lost, before = self.cast, self.cast.losses, tick - 1
        if cast.rules.failed == "nobody":
            return
        for view in range(VIEWS):
            said = [self._came(node, sender, view, tick), self._told(node, tick, range(VIEWS))]
            for later in range(view, VIEWS):
                primary = cast.leads(sender, later)
                said.append(cast.prepared(sender, later, before))
                gone = lost.preparation(node, sender, later, before, primary=primary)
                said += [-gone, cast.committed(sender, later, before)]
                said.append(-lost.commit(node, sender, later, before))
            for s in range(tick):
                calls = Affine.total(cast.calls(sender, v, s) for v in range(view, VIEWS))
                said.append(calls)
                if view == 0:
                    said.append(-lost.call(node, sender, s))
            heard = cast.heard(node, sender, view, tick)
            self.rows.at_most("heard", heard, Affine.total(said))
