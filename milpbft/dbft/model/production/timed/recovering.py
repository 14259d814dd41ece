"""Rows: what recovery must bring where messages are lost, since nothing else says them again."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from milpbft.automaton.pernode.rows import ONE, Affine
from milpbft.dbft.model.production.timed.variables import VIEWS

if TYPE_CHECKING:
    from milpbft.dbft.model.production.timed.variables import Cast


class Told(NamedTuple):
    """A RecoveryMessage that is sure to be there: who says it to whom, and when."""

    sender: int
    receiver: int
    there: Affine
    """1 or more where it is sent and arrives."""
    known: int
    """It carries what its sender has at the end of this tick."""
    sent: int
    """By when it is sent."""
    first: int
    """The tick at which it may arrive at the earliest."""
    by: int
    """The tick by which it arrives."""


class Recovering:
    """The rows of recovery messages that are sent for certain, and of what they bring.

    Each holds of every run of replicas, as all that says what a node must do. Node i answers what
    the timer of node j says at tick s by the delay bound, and carries what it had at the end of s,
    or more; so by twice the bound node k has that. Answers to change views that announce an entry
    are left out, and so is what a node in view change takes of a recovery message. Nobody starts
    again where messages are lost, so that lives are nodes.

    Parameters
    ----------
    cast
        The variables.
    """

    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        self.rows = cast.program.rows
        n, ticks = cast.n, cast.last + 1
        self._answers = cast.program.integers("answers", n, n, ticks)
        self._brought = cast.program.integers("brought", n, n, ticks)

    def add_rows(self) -> None:
        """Add all rows."""
        cast = self.cast
        for tick in range(cast.last + 1):
            by = cast.deadline(tick)
            for sender in range(cast.n):
                for view in range(VIEWS):
                    self._commit_at_once(sender, view, tick)
                for receiver in cast.others(sender):
                    if cast.deadline(by) <= cast.last:
                        self._answer(sender, receiver, tick)
                        there = self._bring(sender, receiver, tick)
                        by_then = tick, by, tick + 2, cast.deadline(by)
                        self._take(Told(sender, receiver, there, *by_then))
                    if by <= cast.last:
                        lost = cast.losses.repeat(receiver, sender, tick)
                        there = cast.repeats(sender, tick) - lost
                        self._take(Told(sender, receiver, there, tick, tick, tick + 1, by))

    def _answer(self, node: int, asker: int, tick: int) -> None:
        """The f + 1 after the asker answer, and who has committed.

        A request for recovery of a view that the node has reached; a change view for such a one,
        or any of a node that has committed where the profile answers these. ``answers[i,j,s]`` is 1
        then, unless what j says is lost, or node i has crashed by the delay bound, or has a block
        and takes nothing more.
        """
        cast, by = self.cast, self.cast.deadline(tick)
        answers = self._answers[node, asker, tick]
        helps = 1 <= (node - asker) % cast.n <= cast.n - cast.quorum + 1
        locked = cast.locked(node, tick) - ONE
        stands = ONE - cast.down(node, by)
        for view in range(VIEWS):
            there = cast.calls(asker, view, tick) - cast.losses.call(node, asker, tick)
            there += stands - ONE
            if cast.rules.once:
                there -= cast.done(node, by)
            if cast.rules.later == "newest":
                there += cast.entered(node, view, tick) - ONE
            self.rows.at_most("answer", there if helps else there + locked, answers)
            there = cast.asks(asker, view, tick) - cast.losses.change(node, asker, view, tick)
            there += stands - ONE - cast.done(node, by)
            if not cast.rules.once:
                self.rows.at_most("answer", there + locked, answers)
            there += cast.entered(node, view + 1, tick) - ONE
            self.rows.at_most("answer", there if helps else there + locked, answers)

    def _bring(self, sender: int, receiver: int, tick: int) -> Affine:
        """Say where an answer arrives: ``answers[i,j,s] - answer_lost[k,i,j,s] <= brought[k,i,s]``.

        All that node i answers for what timers say at tick s carries the same, or more.
        """
        cast, brought = self.cast, self._brought[receiver, sender, tick]
        for asker in cast.others(sender):
            lost = cast.losses.answer(receiver, sender, asker, tick)
            self.rows.at_most("bring", self._answers[sender, asker, tick] - lost, brought)
        return brought

    def _commit_at_once(self, node: int, view: int, tick: int) -> None:
        """Who has enough responses as the request comes commits, before commits make a block.

        ``sum has[t-1] - (q - 1) <= n (com[t] + 1 - prepared[t] + crash[t] + done[t-1])``.
        """
        cast = self.cast
        q = cast.quorum - (1 if cast.leads(node, view) else 2)
        unless = cast.committed(node, view, tick) + ONE - cast.prepared(node, view, tick)
        unless += cast.down(node, tick) + cast.done(node, tick - 1)
        has = cast.responses(node, view, tick - 1)
        self.rows.at_most("owed", has - (q - 1), cast.n * unless)

    # ---- what it brings

    def _take(self, told: Told) -> None:
        """A node that is up and has no block takes what fits: see the methods for each part."""
        cast = self.cast
        idle = cast.down(told.receiver, told.by) + cast.done(told.receiver, told.by)
        told = told._replace(there=told.there - idle)
        beyond = Affine.total(cast.asked(j, 1, told.by - 1) for j in range(cast.n))
        self._move(told, beyond)
        for view in range(VIEWS):
            for there in self._standing(told, view, beyond):
                self._prepare(told._replace(there=there), view)
            self._commit(told, view, beyond)

    def _hear(self, told: Told, author: int, view: int, there: Affine) -> None:
        """The receiver has heard of an author in a view, where who fails depends on that."""
        if self.cast.rules.failed == "view" and author != told.receiver:
            heard = self.cast.heard(told.receiver, author, view, told.by)
            self.rows.at_most("heard", there, heard)

    def _move(self, told: Told, beyond: Affine) -> None:
        """Change views lead to the sender's view, unless the receiver has committed.

        ``there + entered[i,1,s] - 1 - locked[k,t] - beyond <= entered[k,1,t]``; somebody may have
        asked for a later view. The sender is heard of in its view.
        """
        cast = self.cast
        for view in range(VIEWS):
            reached = cast.entered(told.sender, view, told.known) - ONE
            self._hear(told, told.sender, view, told.there + reached)
        reached = cast.entered(told.sender, 1, told.known) - ONE
        stays = cast.locked(told.receiver, told.by) + beyond
        there = told.there + reached - stays
        self.rows.at_most("recovered", there, cast.shown(told.receiver, 1, told.by))

    def _standing(self, told: Told, view: int, beyond: Affine) -> list[Affine]:
        """Say where both are in a view as the message is sent and taken, not in view change.

        The receiver was there before, or the message itself has moved it.
        """
        cast, node = self.cast, told.receiver
        stays = cast.entered(told.sender, view, told.known) - ONE
        stays -= cast.entered(told.sender, view + 1, told.sent)
        stays -= cast.entered(node, view + 1, told.by) + cast.asked(node, view, told.by - 1)
        there = told.there + stays
        was = there + cast.entered(node, view, told.first - 1) - ONE
        if view == 0:
            return [was]
        return [was, there + cast.entered(node, view, told.by) - ONE - beyond]

    def _prepare(self, told: Told, view: int) -> None:
        """The request is answered, and responses are kept, unless the receiver has committed.

        ``there + prepared[i,v,s] - 1 <= responded[k,v,t]``, ``there + has[i,j,v,s] - 1 -
        locked[k,t] <= has[k,j,v,t]``; their authors are heard of.
        """
        cast, node, primary = self.cast, told.receiver, self.cast.primary(view)
        has = cast.prepared(told.sender, view, told.known) - ONE
        locked = cast.locked(node, told.by)
        if node != primary:
            self.rows.at_most("recovered", told.there + has, cast.responded(node, view, told.by))
            self._hear(told, primary, view, told.there + has - locked)
        for author in cast.others(node, primary):
            if author != told.sender:
                has = cast.has_response(told.sender, author, view, told.known) - ONE
            elif told.sender != primary:
                has = cast.responded(author, view, told.known) - ONE
            there = told.there + has - locked
            response = cast.has_response(node, author, view, told.by)
            self.rows.at_most("recovered", there, response)
            self._hear(told, author, view, there)

    def _commit(self, told: Told, view: int, beyond: Affine) -> None:
        """Who committed in a view tells its commits, its own among them, to who has come there.

        ``there + com[i,v,s] - 1 + has[i,j,u,s] - 1 <= has[k,j,u,t]`` for commits of whatever view.
        """
        cast, node = self.cast, told.receiver
        there = told.there + cast.committed(told.sender, view, told.known) - ONE
        reached = [there + cast.entered(node, view, told.first - 1) - ONE]
        if view:
            reached.append(there - beyond - cast.committed(node, 0, told.by))
        for of in range(VIEWS):
            for author in cast.others(node):
                has = cast.has_commit(node, author, of, told.by)
                if author == told.sender:
                    known = cast.committed(author, of, told.known) - ONE
                else:
                    known = cast.has_commit(told.sender, author, of, told.known) - ONE
                for case in reached:
                    self.rows.at_most("recovered", case + known, has)
