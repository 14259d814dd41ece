"""Back to names for production profiles: who is heard of by whom, and who answers what.

Nodes handle one input after the other, and say more than the table's rules:

- a node that enters a view in which somebody asks for the next one lets its timer expire at once,
  and requests recovery: others hear of it so, and learn nothing else;
- to ask for the next view a node is shown such requests until it has heard of M nodes of which it
  knows no commit; to take part again, commits until those are fewer than M;
- whoever answers a request for recovery, or an old change view, says so in the schedule. These
  answers are delivered to nobody before the end, unless a primary that has not proposed must be
  heard of.

View v's primary at height h is node (h - v) mod n; schedules have h = n.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from milpbft.dbft.model.family import CHANGE, COMMIT
from milpbft.dbft.model.production.state import COMMITS, LATE
from milpbft.dbft.model.unfold import about
from milpbft.schedule import Deliver, Fault, Timeout
from milpbft.table import Unfolding
from milpbft.table.stage import Sent, Stage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from milpbft.automaton.counted.encoding import Step
    from milpbft.automaton.rule import Rule
    from milpbft.dbft.model.production.table import ProductionTable
    from milpbft.schedule import Event, Schedule
    from milpbft.table import Act

RECOVERY_REQUEST, RECOVERY = "RecoveryRequest", "RecoveryMessage"


class ProductionStage(Stage):
    """Events of one run, in which whoever is shown something may answer it.

    Parameters
    ----------
    byzantine
        As of `Stage`.
    answers
        Whether a node answers a message with what it knows.
    """

    def __init__(self, byzantine: tuple[int, ...], answers: Callable[[int, Sent], bool]) -> None:
        super().__init__(byzantine)
        self._answers = answers
        self._again: Counter[tuple[int, str, int]] = Counter()

    def show(self, node: int, messages: Iterable[Sent]) -> None:
        """Deliver messages to a node, once, each in its turn."""
        for message in messages:
            before = len(self.events)
            super().show(node, [message])
            new = any(isinstance(event, Deliver) for event in self.events[before:])
            if new and self._answers(node, message):
                self.repeat(node, RECOVERY, self.views[node])

    views: dict[int, int]
    """The view of each node."""

    def repeat(self, node: int, kind: str, view: int) -> None:
        """Let a node send recovery traffic, which it may send again under another name."""
        number = self._again[node, kind, view]
        self._again[node, kind, view] += 1
        self.send(node, about(kind, number), view)


class ProductionUnfolding(Unfolding):
    """A run with the rules of a profile."""

    stage: ProductionStage

    def __init__(self, protocol: ProductionTable, values: dict[str, int]) -> None:
        super().__init__(protocol, values)
        self.rules = protocol.rules
        self.stage = ProductionStage(self.stage.byzantine, self._answers)
        self.stage.views = self.view
        self.settings |= {"height": str(self.n)}
        self.quorum = self.n - self.faults
        self.committed: dict[int, int] = {}
        self.asked: set[tuple[int, int]] = set()
        self.done: set[tuple[int, str, int]] = set()
        self._early: set[int] = set()
        self._busy: set[int] = set()
        self._acts: set[tuple[int, str, int]] = set()

    # ---- steps

    def arranged(self, steps: Sequence[Step], *, quiet: bool) -> Iterable[Step]:
        """Return the steps; note in which views somebody asks, and say hello in view 0."""
        meaning = self.table.meaning
        asks = {meaning[step.rule].view for step in steps if meaning[step.rule].what == "ask"}
        self._busy = asks if self.rules.failed == "view" else set()
        self._foresee(steps)
        self.stage.tick = 1
        self._greet([node for node in self.view if node > 0], 0)
        if 0 in self._busy and 0 in self.view:
            self.stage.tick += 1
            self._greet_as_primary(0)
        return steps

    def _foresee(self, steps: Iterable[Step]) -> None:
        """Note which node will do what in which view, nodes being named as the steps are taken."""
        pools = {place: list(nodes) for place, nodes in self._pools.items()}
        for step in steps:
            rule, act = self.table.automaton.rule(step.rule), self.table.meaning[step.rule]
            pool = pools[rule.source]
            nodes, pools[rule.source] = pool[: step.count], pool[step.count :]
            pools.setdefault(rule.target, []).extend(nodes)
            self._acts |= {(node, act.what, act.view) for node in nodes}

    def do(self, node: int, rule: Rule, act: Act) -> None:
        """Let a node do what its rule means; in its old view, if it enters another."""
        target, self.view[node] = self.view[node], act.view
        if act.what == "ask":
            self._show_needed(node, rule)
            self._hear(node, act.view)
            self.asked.add((node, act.view))
        elif act.what == "commit" and self.protocol.states[rule.source].phase == "X":
            self._recover(node, act)
            self._show_needed(node, rule)
        elif act.what != "believe":
            self._show_needed(node, rule)
        if not (act.what == "accept" and node in self._early):
            self.perform(node, rule, act)
        self.view[node] = target
        self.done.add((node, act.what, act.view))
        if act.what == "enter" and rule.target not in self.table.left:
            self._enter(node, target)

    def perform(self, node: int, rule: Rule, act: Act) -> None:
        """Let a node take a rule; who responds late may commit, who commits accept, at once."""
        phase = self.protocol.states[rule.source].phase
        if phase == COMMITS:
            return
        super().perform(node, rule, act)
        if phase == LATE and act.what == "respond":
            self.stage.send(node, about(COMMIT, act.value), act.view)
        if act.what == "commit" or (phase == LATE and act.what == "respond"):
            self.committed[node] = act.view
            commits = {Sent(about(COMMIT, act.value), act.view, i) for i in self.nodes}
            if len(commits & self.stage.known[node]) + 1 >= self.quorum:
                self._early.add(node)
                self.decide(node, act.view, act.value)

    def forget(self, node: int) -> None:
        """Forget what was noted of a node, which starts again, and may ask for recovery."""
        self.committed.pop(node, None)
        self._early.discard(node)
        self.asked = {(other, view) for other, view in self.asked if other != node}
        self.done = {done for done in self.done if done[0] != node}
        if self.rules.requests:
            self.stage.repeat(node, RECOVERY_REQUEST, 0)

    def _show_needed(self, node: int, rule: Rule) -> None:
        for counters, quorum in self.needs(rule):
            if counters[0].startswith("in_"):
                continue
            if counters[0].startswith("com_") and self._returning(rule):
                continue
            self.show(node, counters, quorum)

    def _returning(self, rule: Rule) -> bool:
        """Whether commits that a rule needs let its node take part again, and make no block."""
        views = self.rules.failed == "view"
        return views and self.table.meaning[rule.name].what in ("respond", "commit")

    def senders(self, node: int, counters: tuple[str, ...]) -> Iterator[Sent]:
        """Yield messages that can count; change views for the very next view come last."""
        found = list(super().senders(node, counters))
        if counters[0].startswith("ask_"):
            found.sort(key=lambda message: message.view == self.view[node])
        elif counters[0].startswith(("prep_", "resp_")):
            # Whoever is heard of for the first time makes the node count one failed node less.
            heard = self._heard(node, self.view[node])
            found.sort(key=lambda message: message.sender not in heard)
        yield from found

    # ---- who is heard of

    def _enter(self, node: int, view: int) -> None:
        if self.rules.forgets:
            known = self.stage.known[node]
            known -= {message for message in known if message.kind == CHANGE}
        if node != view:
            self.stage.tick += 1
            self._greet([node], view)

    def _greet(self, nodes: Iterable[int], view: int) -> None:
        """Let timers of nodes that have just entered a view expire: they request recovery."""
        for node in nodes if view in self._busy else ():
            self.stage.events.append(Timeout(self.stage.tick, node, view))
            self.stage.repeat(node, RECOVERY_REQUEST, view)

    def _heard(self, node: int, view: int) -> set[int]:
        """Return the nodes that a node has heard of in a view, and of which it knows no commit."""
        known = self.stage.known[node]
        heard = {node} | {m.sender for m in known if m.view >= view and m.kind != CHANGE}
        heard |= {m.sender for m in known if m.view >= view and m.kind == CHANGE}
        return heard - {m.sender for m in known if m.kind.startswith(COMMIT)}

    def _hear(self, node: int, view: int) -> None:
        """Show a node that asks requests for recovery, until it has heard of M nodes."""
        if self.rules.failed != "view":
            return
        stage = self.stage
        known = {m.sender for m in stage.known[node] if m.kind.startswith(COMMIT)}
        if view not in (node, *stage.byzantine) and Sent(RECOVERY, view, view) not in stage.sent:
            self._greet_as_primary(view)
            stage.tick += 1
        hello = [self._hello(i, view) for i in self.nodes if i != node]
        ready = [m for m in hello if m.sender not in known and stage.there(m)]
        ready.sort(key=lambda m: (m.sender in stage.byzantine, self._useless(m.sender, view)))
        for message in ready:
            if len(self._heard(node, view)) >= self.quorum:
                return
            stage.show(node, [message])

    def _useless(self, node: int, view: int) -> tuple[bool, bool]:
        """Rank a node by what others will need of it in a view: its commit, or its preparation."""
        prepares = {(node, "respond", view), (node, "propose", view)}
        return (node, "commit", view) not in self._acts, prepares.isdisjoint(self._acts)

    def _hello(self, node: int, view: int) -> Sent:
        """Return by what others hear of a node and learn nothing else."""
        liar = node in self.stage.byzantine
        return Sent(RECOVERY if node == view and not liar else RECOVERY_REQUEST, view, node)

    def _greet_as_primary(self, view: int) -> None:
        """Let a primary, whose timer would make it propose, answer one that it helps."""
        stage = self.stage
        if self.view.get(view) == view and (view, "propose", view) not in self.done:
            hellos = [Sent(RECOVERY_REQUEST, view, i) for i in self.nodes]
            helped = [m for m in hellos if stage.has_sent(m) and self._helps(view, m.sender)]
            stage.show(view, helped[:1])

    def _recover(self, node: int, act: Act) -> None:
        """Show a node in view change commits, until it counts more than f nodes."""
        if self.rules.failed != "view":
            return
        stage, view = self.stage, act.view
        commits = [Sent(about(COMMIT, act.value), view, i) for i in self.nodes]
        commits.sort(key=lambda m: m.sender in stage.byzantine)
        for message in commits:
            heard = self._heard(node, view)
            if len(heard) < self.quorum:
                return
            if message.sender in heard and message.sender != node and stage.there(message):
                stage.show(node, [message])

    # ---- who answers

    def _helps(self, node: int, asker: int) -> bool:
        """Whether a node is among the f + 1 after an asker, as numbered in schedules."""
        return 1 <= (asker - node) % self.n <= self.faults + 1

    def _answers(self, node: int, message: Sent) -> bool:
        """Whether a node sends a recovery message as it is given a message."""
        cs, view, done = self.variant == "neo-cs", self.view[node], node in self.retired
        locked = node in self.committed
        if done and (cs or message.kind == CHANGE):
            return False
        if message.kind == CHANGE:
            if message.view + 1 > view:
                return locked and not cs
        elif not message.kind.startswith(RECOVERY_REQUEST) or (message.view > view and not cs):
            return False
        return locked or self._helps(node, message.sender)

    @property
    def variant(self) -> str:
        """The profile."""
        return self.settings["profile"]

    # ---- the end

    def settle(self) -> None:
        """Let all be heard of, Byzantine and crashed ones too, where that keeps nodes still.

        What else is owed, recovery included, is delivered by the check of rest.
        """
        self.stage.tick += 2
        reloads = (Fault(self.stage.tick, node, "reload") for node in sorted(self._reloading))
        self.stage.events += reloads
        for node in self.view.keys() - self._reloading:
            if node in self.retired or node in self.committed:
                continue
            view = self.view[node]
            if (node, view) in self.asked and self.rules.failed == "view":
                hellos = (self._hello(i, view) for i in self.nodes)
                self.stage.show(node, [one for one in hellos if self.stage.there(one)])

    def schedule(self, source: str, *, quiet: bool) -> Schedule:
        """Return what has happened, with nodes numbered as at height n."""
        run = super().schedule(source, quiet=quiet)
        events = tuple(self._renumbered(event) for event in run.events)
        return replace(
            run,
            byzantine=tuple(sorted(self._number(node) for node in run.byzantine)),
            primaries=tuple(self._number(node) for node in run.primaries),
            events=events,
        )

    def _number(self, node: int) -> int:
        return -node % self.n

    def _renumbered(self, event: Event) -> Event:
        node = self._number(event.node)
        if isinstance(event, Deliver):
            return replace(event, node=node, sender=self._number(event.sender))
        return replace(event, node=node)
