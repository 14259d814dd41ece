"""Back to names for the family: whose view changes a new view rests on, and who hears which.

References
----------
.. [1] M. Castro, B. Liskov. Practical Byzantine fault tolerance. OSDI 1999, section 4.4.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, ClassVar

from milpbft.pbft.model.relay import ASKING
from milpbft.pbft.model.sbftchanges import SbftViewChanges
from milpbft.pbft.model.state import VALUES, Phase
from milpbft.pbft.model.viewchangeset import (
    PLAIN,
    Chosen,
    Evidence,
    LinearViewChanges,
    PbftViewChanges,
    ViewChanges,
)
from milpbft.schedule import Timeout
from milpbft.table import Label, Unfolding
from milpbft.table.ordering import honest_first

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from milpbft.automaton.counted.encoding import Step
    from milpbft.automaton.rule import Rule
    from milpbft.pbft.model.state import State
    from milpbft.pbft.model.table import FamilyTable
    from milpbft.schedule import Schedule
    from milpbft.table import Act
    from milpbft.table.stage import Sent

LEAVING = ("ask", "join", "leave")
NEW_VIEW = {"open": "NewView", "prove": "DecidedNewView"}
"""Kind of a new view by the act that it is about."""
TAKING = ("propose", "prepare", "follow", "learn")


class FamilyUnfolding(Unfolding):
    """One run: the normal case is the table's, view changes are here.

    Parameters
    ----------
    rules
        The protocol's.
    values
        The table's parameters: sizes, and who is Byzantine.
    """

    changes_of: ClassVar[type[ViewChanges]]
    """What the protocol's new views may rest on."""

    def __init__(self, rules: FamilyTable, values: dict[str, int]) -> None:
        super().__init__(rules, values)
        self.variant = rules.variant
        self.changes = self.changes_of(rules.variant, values, self.stage)
        self.evidence: dict[int, Evidence] = {}
        self.decided: dict[int, Evidence] = {}
        self._planned: dict[int, int] = {}
        self._waits: set[int] = set()
        self._requests: dict[int, int] = {}
        self._reborn: set[int] = set()
        self._again: dict[int, int] = {}
        """By node that has started again: what it is asked for then."""
        self._askers = defaultdict[str, list[int]](list, {ASKING: list(self.stage.byzantine)})

    def arranged(self, steps: Sequence[Step], *, quiet: bool) -> Iterator[Step]:
        """Yield the steps; of a run that comes to rest, those after correct nodes first."""
        for step in steps:
            act = self.table.meaning[step.rule]
            forged = self.table.automaton.rule(step.rule).source in self.table.tokens
            if act.what == "open" and not forged:
                self._planned[act.view] = act.value
        ordered: Iterable[Step] = steps
        if quiet:
            ordered = honest_first(steps, self.values, self.table, what="join", timer="ask")
        for step in ordered:
            act = self.table.meaning[step.rule]
            # Leaving the last view matters to locks only, and to who starts again after it.
            target = self.protocol.states.get(self.table.automaton.rule(step.rule).target)
            stays = target is None or target.view < self.variant.views or self.variant.restarts
            if quiet or act.what not in LEAVING or stays:
                yield step

    def take(self, step: Step) -> None:
        """Let the nodes of a step take its rule; with gossip, liars ask for views by name."""
        super().take(step)
        rule = self.table.automaton.rule(step.rule)
        if rule.source not in self._askers:
            return
        view, askers = self.table.meaning[step.rule].view, self._askers[rule.source]
        named, self._askers[rule.source] = askers[: step.count], askers[step.count :]
        self._askers[rule.target] += named
        for liar in named:
            self.changes.lie(liar, view)

    def do(self, node: int, rule: Rule, act: Act) -> None:
        """Let a node do what its rule means."""
        opens = self.protocol.states[rule.target].phase is Phase.OPENING
        match act.what:
            case "ask" | "join" if opens:
                self._open_at_once(node, act)
            case "ask":
                self._expire(node, act.view)
            case "join":
                self._join(node, act.view, self.protocol.states[rule.target])
            case "open" | "prove" if node in self._waits:
                self._open(node, act.what, act.view, act.value)
            case "leave" | "open" | "prove":
                pass  # out of the modelled views; opened as it joined
            case _:
                super().do(node, rule, act)

    def perform(self, node: int, rule: Rule, act: Act) -> None:
        """Let a node take a rule of the normal case, and know what its view change carries."""
        super().perform(node, rule, act)
        if act.what == "propose":
            self._ask(node, act.value)
        if act.what in TAKING:
            self._waits.discard(node)
            self.took(node, act.view, act.value)
        if act.what in ("commit", "certify"):
            share = (act.view, act.value)
            self.evidence[node] = Evidence("prepared", act.view, act.value, share)
        if act.what == "learn":
            self._learn(node, act.view, act.value)

    def forget(self, node: int) -> None:
        """Forget the certificate of a node that starts again, and that it waits for a view."""
        self.evidence.pop(node, None)
        self._waits.discard(node)
        self._reborn.add(node)

    def decides(self, rule: Rule) -> bool:
        """Whether a rule is a decision of the normal case; others are learnt."""
        return self.table.meaning[rule.name].what not in ("learn", "skip") and super().decides(rule)

    def decide(self, node: int, view: int, value: int) -> None:
        """Let a node decide."""
        super().decide(node, view, value)
        self.decided[node] = Evidence("decided", view, value)

    def forge(self, rule: Rule, act: Act) -> None:
        """Let a Byzantine primary send what others back."""
        if act.what not in NEW_VIEW:
            super().forge(rule, act)
            return
        changes = self._choose(act.what, act.view, act.value, None).changes
        self.stage.lie(change for change in changes if change.sender != act.view)
        self._send_new_view(act.view, act.what, act.view, act.value)

    def took(self, node: int, view: int, value: int) -> None:
        """Note that a node took a proposal; most view changes do not carry that."""

    def carried(self, node: int) -> Evidence:
        """Return what a node's view change carries."""
        return self.evidence.get(node, PLAIN)

    # ---- view changes

    def _learn(self, node: int, view: int, value: int) -> None:
        """Let a node decide what a new view proves to have been decided."""
        if node not in self.decided:
            earlier = [e.view for e in self.decided.values() if e.value == value]
            self.decide(node, min(earlier, default=view - 1), value)

    def _expire(self, node: int, view: int) -> None:
        """Let a node leave at its timer, which runs between views once a quorum was heard."""
        if node in self._waits:
            changes = self.changes.all(view, later=self._later)
            self.stage.show_some(node, changes, self.changes.quorum)
        self.stage.events.append(Timeout(self.stage.tick, node, view))
        self._leave(node, view + 1)

    def _leave(self, node: int, view: int) -> None:
        self._waits.add(node)
        self.changes.add(node, view, self.carried(node))

    @property
    def _later(self) -> bool:
        return self.variant.counts == "later"

    def _join(self, node: int, view: int, target: State) -> None:
        """Let a node follow f + 1 others, or its timer if it would have to follow Byzantine ones.

        The primary of the view that it joins may have a quorum then, and opens the view at once.
        """
        follows, goal, changes = self.faults + 1, target.view, self.changes
        waits = node in self._waits - {view} and node not in self.decided
        lies = (e for e in changes.all(view, later=self._later) if e.sender in self.stage.byzantine)
        heard = changes.heard(view, later=self._later) + len(list(lies))
        alone = changes.heard(goal, later=True) < follows
        if goal == view + 1 and waits and heard >= changes.quorum and alone:
            self._expire(node, view)
            return
        tight, blind = self.variant.tight, self.variant.blind
        if tight and not (target.full or (target.heard and (node != goal or blind))):
            self.stage.show(node, changes.mixed(node, goal, follows))
            self._leave(node, goal)
        elif tight and node == goal:
            self._join_and_open(node, goal)
        else:
            self.stage.show_some(node, changes.all(goal, later=not tight), follows)
            self._leave(node, goal)

    def _join_and_open(self, node: int, view: int) -> None:
        self._leave(node, view)
        own = self.carried(node)
        what = "prove" if own.kind == "decided" else "open"
        for value in (self._planned.get(view, 0), own.value, *range(len(VALUES))):
            if self._chosen(what, view, value, node) is not None:
                self._open(node, what, view, value)
                return
        # Where view changes are broken, who has decided opens its view with nothing to propose.
        self.stage.show_some(node, self.changes.all(view), self.changes.quorum)
        self._send_new_view(node, what, view, 0)
        self._waits.discard(node)

    def _open_at_once(self, node: int, act: Act) -> None:
        """Let the primary of the next view leave for it and open it, its view change being enough.

        Where it follows others, theirs are among those that it rests on.
        """
        others = self.faults + 1 if act.what == "join" else 0
        view, own = act.view + 1, self.carried(node)
        chosen = self.changes.choose("open", view, act.value, node, mine=own, least=others + 1)
        if chosen is None:
            raise ValueError(f"no view changes for view {view} allow {VALUES[act.value]}")
        self.stage.show(node, chosen.changes)
        if act.what == "ask":
            self.stage.events.append(Timeout(self.stage.tick, node, act.view))
        self._leave(node, view)
        self._send_opened(node, chosen, "open", view, act.value)

    def _open(self, node: int, what: str, view: int, value: int) -> None:
        """Let a correct primary open a view with a value."""
        chosen = self._choose(what, view, value, node)
        self.stage.show(node, chosen.changes)
        self._send_opened(node, chosen, what, view, value)

    def _send_opened(self, node: int, chosen: Chosen, what: str, view: int, value: int) -> None:
        """Send a new view that rests on chosen view changes."""
        self._waits.discard(node)
        if chosen.ground == PLAIN and node in self.decided:
            self._send_new_view(node, "open", view, 0)
            return
        if chosen.ground == PLAIN:
            self._ask(node, value)
        self._send_new_view(node, what, view, value)
        if what == "prove":
            self._learn(node, view, value)
        self.took(node, view, value)

    def _ask(self, node: int, value: int) -> None:
        """Let clients ask a node for a value, in its present life; value 0 unless they say."""
        if node in self._reborn:
            self._again[node] = value
        elif value:
            self._requests[node] = value

    def _send_new_view(self, node: int, what: str, view: int, value: int) -> None:
        self.stage.send(node, Label(NEW_VIEW[what], view, value).spoken, view)

    def _chosen(self, what: str, view: int, value: int, own: int | None) -> Chosen | None:
        return self.changes.choose(what, view, value, own, bound=own in self.decided)

    def _choose(self, what: str, view: int, value: int, own: int | None) -> Chosen:
        chosen = self._chosen(what, view, value, own)
        if chosen is None:
            raise ValueError(f"no view changes for view {view} allow {VALUES[value]}")
        return chosen

    # ---- the end

    def rest(self, node: int) -> None:
        """Show a node what it is owed: of Byzantine nodes, what others pass on."""
        super().rest(node)
        others = [other for other in self.view if other not in self.retired]
        known = {sent for other in others for sent in self.stage.known[other]}
        liars, relay = self.stage.byzantine, self.variant.relay
        lies = sorted(sent for sent in known if sent.sender in liars)
        kinds = tuple(NEW_VIEW.values())
        passed = (e for e in lies if relay == "gossip" or e.kind.startswith(kinds))
        self.stage.show(node, passed if relay != "none" else ())

    def alike(self, label: Label) -> frozenset[Label]:
        """Return all view changes for a view: what is owed is owed whatever they carry."""
        if not label.kind.endswith("ViewChange"):
            return super().alike(label)
        said = (message.label for message in self.table.messages)
        return frozenset(m for m in said if m.view == label.view and m.kind.endswith("ViewChange"))

    def further(self, lost: Sent) -> int:
        """Count the view changes of a node, each of which asks for its view or a later one."""
        sent = (e for e in self.stage.sent if e.sender == lost.sender)
        return sum(e.kind.partition("#")[0].endswith("ViewChange") for e in sent)

    def sent_as(self, label: Label) -> list[Sent]:
        """Return a message of each node; the table does not tell what leaves the views carries."""
        if label.kind == "ViewChange" and label.view == self.variant.views:
            return list(self.changes.all(label.view))
        return super().sent_as(label)

    def expires(self, node: int) -> bool:
        """Whether the timer of a node expires in the end."""
        return not self.variant.calm

    def schedule(self, source: str, *, quiet: bool) -> Schedule:
        """Return what has happened, and what clients asked of primaries."""
        for name, asked in (("requests", self._requests), ("requests_again", self._again)):
            if asked:
                known = ",".join(f"{i}:{value}" for i, value in sorted(asked.items()))
                self.settings[name] = known
        return super().schedule(source, quiet=quiet)


class PbftUnfolding(FamilyUnfolding):
    """A run of PBFT."""

    changes_of = PbftViewChanges


class LinearUnfolding(FamilyUnfolding):
    """A run of Linear BFT."""

    changes_of = LinearViewChanges


class SbftUnfolding(FamilyUnfolding):
    """A run of SBFT, with or without its slow path."""

    changes_of = SbftViewChanges

    def took(self, node: int, view: int, value: int) -> None:
        """Carry the share from now on, beside a certificate if there is one."""
        known = self.evidence.get(node, PLAIN)
        if known.kind in ("plain", "signed"):
            self.evidence[node] = Evidence("signed", view, value)
        else:
            self.evidence[node] = known._replace(share=(view, value))

    def carried(self, node: int) -> Evidence:
        """Return what a node's view change carries: a decision before all others."""
        return self.decided.get(node) or super().carried(node)

    def decide(self, node: int, view: int, value: int) -> None:
        """Decide, and sign the state for the collector, where replicas make such certificates.

        Where blocks are not fetched they do without: nothing depends on them.
        """
        super().decide(node, view, value)
        if (now := self.view[node]) != node and not self.variant.alone:
            self.stage.send(node, Label("SignState", now, value).spoken, now)

    def expires(self, node: int) -> bool:
        """Whether the timer of a node expires in the end: a collector's does where all is calm."""
        return (node == 0 and not self.variant.fastpath) or super().expires(node)


UNFOLDINGS: dict[str, type[FamilyUnfolding]] = {
    "pbft": PbftUnfolding,
    "linear": LinearUnfolding,
    "sbft": SbftUnfolding,
    "sbftfast": SbftUnfolding,
}
