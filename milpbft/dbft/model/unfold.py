"""Back to names for dBFT 1.0 and 2.0: which commits let a node return, and which lies it is shown.

In the end everything moves to the earliest tick that its causes allow.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from itertools import count, islice
from typing import TYPE_CHECKING

from milpbft.dbft.model.family import CHANGE, COMMIT, REQUEST, RESPONSE
from milpbft.dbft.model.returning import SOME
from milpbft.dbft.model.state import forgets
from milpbft.dbft.returns import ReturnRule
from milpbft.schedule import Decide, Schedule
from milpbft.schedule.compression import compressed
from milpbft.table import Unfolding, suffix
from milpbft.table.stage import Sent

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from milpbft.automaton.rule import Rule
    from milpbft.dbft.model.family import FamilyTable
    from milpbft.table import Act


class DbftUnfolding(Unfolding):
    """A run of dBFT 1.0 or 2.0."""

    def __init__(self, rules: FamilyTable, values: dict[str, int]) -> None:
        super().__init__(rules, values)
        self._variant = rules.variant
        self.quorum = rules.variant.thresholds.quorum.evaluate(values)
        self._early: dict[int, Decide] = {}
        self._lies = 0
        self._dropped: defaultdict[int, int] = defaultdict(int)

    def schedule(self, source: str, *, quiet: bool) -> Schedule:
        """Return what happened.

        If all is quiet, nobody decides of whom the run does not say so, and replicas may refute it.
        Otherwise blocks are fetched or the run may go on: when such a node decides is all the same.
        """
        early = list(self._early.values()) if quiet else []
        self.stage.events = [event for event in self.stage.events if event not in early]
        return compressed(super().schedule(source, quiet=quiet))

    # ---- steps

    def do(self, node: int, rule: Rule, act: Act) -> None:
        """Let a node do what its rule means, which may have been done already."""
        memory = self.protocol.states[rule.target].memory
        if act.view < len(memory) and memory[act.view] is not None:
            self._know(node, act.view, memory[act.view])
        if act.what == "accept" and self._early.pop(node, None) is not None:
            return
        self._lies = self._lies_in(rule.target, act.view, act.value)
        counts_lost = act.what == "respond" and self._counts_lost
        shows = not self._variant.misses or _lies(rule)
        if act.what in ("respond", "commit") and not counts_lost and shows:
            self._show_return(node, act.view, act.value)
        super().do(node, rule, act)

    def needs(self, rule: Rule) -> Iterator[tuple[tuple[str, ...], int]]:
        """Yield what a rule asks for, but the commits that let a node return: see below.

        Where nodes may miss messages the rule says of which views these are.
        """
        if self._variant.misses and not _lies(rule):
            yield from sorted(super().needs(rule), key=lambda asked: len(asked[0]))
            return
        returning = self.table.meaning[rule.name].what in ("respond", "commit")
        for counters, quorum in super().needs(rule):
            if not returning or not counters[0].startswith("com_"):
                yield counters, quorum

    def perform(self, node: int, rule: Rule, act: Act) -> None:
        """Let a node take a rule; who commits may accept at once."""
        super().perform(node, rule, act)
        if act.what == "commit":
            self._decide_at_once(node, act.view, act.value)

    def forget(self, node: int) -> None:
        """Forget which lies a node that starts again has dropped."""
        self._dropped.pop(node, None)

    def all(self, kind: str, view: int, value: int = 0) -> list[Sent]:
        """Return a message of each node about a proposal of a view."""
        return [Sent(about(kind, value), view, i) for i in self.nodes]

    def preparations(self, view: int, value: int) -> list[Sent]:
        """Return the messages that count as preparations: the request is its primary's."""
        prepared = self.all(RESPONSE, view, value)
        prepared[view] = Sent(about(REQUEST, value), view, view)
        return prepared

    def _decide_at_once(self, node: int, view: int, value: int) -> None:
        """Let a node accept that was shown so many commits to return that its own is the M-th.

        The run says so later.
        """
        commits = set(self.all(COMMIT, view, value))
        if len(commits & self.stage.known[node]) + 1 >= self.quorum:
            self._early[node] = Decide(self.stage.tick, node, view)
            self.stage.events.append(self._early[node])
            self.retired.add(node)

    # ---- returning

    @property
    def _counts_lost(self) -> bool:
        return self._variant.returns is ReturnRule.COMMITTED_OR_LOST

    def _lies_in(self, place: str, view: int, value: int) -> int:
        """Return how many lies a node is shown that goes back to a place, at most f + 1."""
        if self.protocol.false_counts and re.search(f"{view}[YC]{SOME}", place):
            return self.values[f"L_{view}{suffix(value)}"]
        return min(len(self.stage.byzantine), self.faults + 1)

    def _show_return(self, node: int, view: int, value: int) -> None:
        """Show a node in view change the commits that let it take part again, lies first.

        Of the others those that it knows come first, then those of other views: those of its own
        would count for its block too.
        """
        stage = self.stage
        if not stage.has(node, Sent(CHANGE, view, node)):
            return
        if self._counts_lost:
            self._show_heard_commit(node, view, value)
            return
        elsewhere = self._variant.returns is ReturnRule.ANY_VIEW
        liars = stage.byzantine[: self._lies]
        commit = about(COMMIT, value)
        lies = [self._lie(node, i) if elsewhere else Sent(commit, view, i) for i in liars]
        stage.show(node, lies)
        known = stage.known[node]
        counted = [
            message
            for message in (*known, *self._earlier())
            if self._counts(node, message, view, value) and (elsewhere or message.view == view)
            if message.sender not in stage.byzantine
        ]
        by_sender = {message.sender: message for message in sorted(counted)}
        ranked = sorted(by_sender.values(), key=lambda k: (k not in known, k.view == view, k))
        stage.show_some(node, ranked, self.faults + 1 - len(lies))

    def _counts(self, node: int, message: Sent, view: int, value: int) -> bool:
        """Whether a message is a commit that a node in `view` keeps, which knows that proposal.

        It drops those that sign another proposal than the one that it knows of their view.
        """
        known = value if message.view == view else self._proposal(node, message.view)
        fits = known is None or message.kind == about(COMMIT, known)
        return message.kind.startswith(COMMIT) and fits

    def _proposal(self, node: int, view: int) -> int | None:
        """Return which proposal of a view a node knows; None where none."""
        messages = (*self.stage.known[node], *self.stage.own[node])
        known = {k.kind for k in messages if k.view == view}
        return next((k for k in range(3) if about(REQUEST, k) in known), None)

    def _show_heard_commit(self, node: int, view: int, value: int) -> None:
        """Show the commit of a node whose preparation is among the M that the node hears of."""
        preparations = self.preparations(view, value)
        liars, earlier = self.stage.byzantine, set(self._earlier())
        later = [k for k in earlier if k.kind.startswith(COMMIT) and k.view > view]
        commits = (*self.all(COMMIT, view, value), *sorted(later))
        correct = [k for k in commits if k in earlier and k.sender not in liars]
        prepared = (k for k in correct if preparations[k.sender] in earlier)
        # A liar's commit of its own view would count for the block.
        lies = (self._lie(node, liar) for liar in liars)
        chosen = next(prepared, next(lies, None))
        if chosen is not None:
            self.stage.show(node, [preparations[chosen.sender], chosen])

    def _earlier(self) -> list[Sent]:
        """Return what was sent before this tick."""
        return [message for message in self.stage.sent if self.stage.has_sent(message)]

    # ---- lies

    def _lie(self, node: int, sender: int) -> Sent:
        """Return a Byzantine commit that a node keeps for its return alone, as long as it is to.

        It is to a block that nobody proposed, in a view that has a Byzantine primary and is none of
        the modelled ones: dropped with that primary's request, it never makes a block.
        """
        return Sent(about(COMMIT, self._variant.values), self._lying(node), sender)

    def _lying(self, node: int) -> int:
        """Return the view that a node's next lies are of, the request of which it lacks."""
        liars = self.stage.byzantine
        views = (v for v in count(self._variant.views) if v % self.n in liars)
        return next(islice(views, self._dropped[node], None))

    def _drop_lies(self, node: int) -> None:
        """Show a node the request that makes it drop the lies that it knows."""
        if not self.stage.byzantine:
            return
        view = self._lying(node)
        if any(message.view == view for message in self.stage.known[node]):
            self._dropped[node] += 1
            self.stage.show(node, [Sent(REQUEST, view, view % self.n)])

    def _know(self, node: int, view: int, value: int) -> None:
        """Show a node that leaves a view the request of it that it is to know and not to answer."""
        if self._proposal(node, view) is None:
            self._drop_lies(node)
            self.stage.show(node, [Sent(about(REQUEST, value), view, view)])

    # ---- the end

    def further(self, lost: Sent) -> int:
        """Count the change views of a node, each of which asks for its view or a later one.

        Of a stage, where there are stages.
        """
        kind = lost.kind if lost.kind.startswith(CHANGE) else CHANGE
        return sum(e.kind == kind and e.sender == lost.sender for e in self.stage.sent)

    def rest(self, node: int) -> None:
        """Show a node what it is owed at the end, and lies that keep it still."""
        self._drop_lies(node)
        self._mislead(node)
        super().rest(node)
        self.keep_still(node)

    def _mislead(self, node: int) -> None:
        """Show a node those requests of later views that make it drop most commits to others."""
        liars = self.stage.byzantine
        if not forgets(self._variant) or self.protocol.name != "dbft2":
            return
        for view in range(self.view[node] + 1, self._variant.views):
            if view in liars and self._proposal(node, view) is None:
                sent = (k for k in self.stage.sent if k.view == view and k.sender not in liars)
                kinds = Counter(k.kind for k in sent)
                other = kinds[COMMIT] > kinds[about(COMMIT, 1)]
                self.stage.show(node, [Sent(about(REQUEST, int(other)), view, view)])

    def keep_still(self, node: int) -> None:
        """Show what Byzantine nodes say at the end to keep a node still.

        Where lost nodes count, they say something about a proposal that nobody made: a response of
        its view, or of the next one, since a response of its primary is none.
        """
        if self._counts_lost:
            nothing, view = about(RESPONSE, self._variant.values), self.view[node]
            liars = self.stage.byzantine
            self.stage.show(node, [Sent(nothing, view + (liar == view), liar) for liar in liars])


def _lies(rule: Rule) -> bool:
    """Whether a rule asks for commits of Byzantine nodes beside those of correct ones."""
    return any("F" in atom.names and _commits(atom.names) for atom in rule.guard)


def _commits(names: Iterable[str]) -> bool:
    return any(name.startswith("com_") for name in names)


def about(kind: str, value: int) -> str:
    """Say a kind of message as schedules do that is about a proposal."""
    return f"{kind}#{value}" if value else kind
