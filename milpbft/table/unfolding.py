"""Back to names: a counted run as a schedule of named nodes.

Nodes 0 to V-1 are the primaries of the modelled views; Byzantine nodes that are none of them have
the highest numbers. Each step of the run takes two ticks: at the first Byzantine nodes send what
the step needs of them, at the second its nodes are delivered exactly what their rule needs and act.
At the end everything that is owed is delivered and every timer expires: whoever then acts shows
that the run was not quiescent.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from functools import cache
from typing import TYPE_CHECKING, Any

from milpbft.automaton.table import RESTART
from milpbft.schedule import Decide, Fault, Schedule, Timeout
from milpbft.schedule.losses import Loss, losing
from milpbft.table.stage import Sent, Stage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from milpbft.automaton.counted.encoding import Step
    from milpbft.automaton.rule import Rule
    from milpbft.automaton.table import Act, Label, Message
    from milpbft.table.protocol import ProtocolTable


def unfold(
    steps: Sequence[Step],
    values: dict[str, int],
    source: str,
    *,
    quiet: bool,
    begin: Callable[[dict[str, int]], Unfolding],
    lost: Mapping[tuple[str, Label], int] | None = None,
    reloads: Mapping[str, int] | None = None,
) -> Schedule:
    """Turn a run into a schedule.

    Parameters
    ----------
    steps
        In order.
    values
        The table's parameters: sizes, and who is Byzantine.
    source
        Who found the run.
    quiet
        Whether the run ends quiescent, so that everything owed is delivered at its end.
    begin
        Makes the run without steps.
    lost
        By location and message: how many of them no node there ever has.
    reloads
        By location: how many of its nodes reload their logs at the end.
    """
    run = begin(values)
    for step in run.arranged(steps, quiet=quiet):
        run.take(step)
    if quiet:
        run.lose(lost or {})
        run.reload(reloads or {})
        run.settle()
    return run.schedule(source, quiet=quiet)


class Unfolding:
    """One run on its way to a schedule: who is where, and what its rules mean.

    Guards, messages and timers are the table's. A protocol adds what its guards do not say: which
    of several messages a node is shown, and which of them Byzantine nodes send to keep it still.

    Parameters
    ----------
    protocol
        Its rules.
    values
        The table's parameters: sizes, and who is Byzantine.
    """

    def __init__(self, protocol: ProtocolTable[Any], values: dict[str, int]) -> None:
        self.protocol = protocol
        self.table = protocol.table
        self.values = values
        self.settings = dict(protocol.settings)
        self.n, self.faults = values["N"], values["T"]
        self.nodes = range(self.n)
        primaries = [view for view in range(protocol.views) if values[f"F_{view}"]]
        others = values["F"] - len(primaries)
        self.stage = Stage((*primaries, *range(self.n - others, self.n)))
        self.view: dict[int, int] = {}
        self.retired: set[int] = set()
        self._starts = protocol.starts(self.n)
        self._pools: defaultdict[str, list[int]] = defaultdict(list)
        for node, place in enumerate(self._starts):
            if node not in self.stage.byzantine:
                self._pools[place].append(node)
                self.view[node] = 0
        self._lost: defaultdict[int, set[Sent]] = defaultdict(set)
        self._reloading: set[int] = set()
        self._bringing = cache(self._find)

    # ---- steps

    def arranged(self, steps: Sequence[Step], *, quiet: bool) -> Iterable[Step]:
        """Return the steps of a run in the order in which they are taken."""
        return steps

    def take(self, step: Step) -> None:
        """Let the nodes of a step take its rule."""
        self.stage.tick += 2
        rule, act = self.table.automaton.rule(step.rule), self.table.meaning[step.rule]
        if rule.source in self.table.tokens:
            self.forge(rule, act)
            return
        pool = self._pools[rule.source]
        nodes, self._pools[rule.source] = pool[: step.count], pool[step.count :]
        self._pools[rule.target] += nodes
        target = self.protocol.states[rule.target]
        for node in nodes:
            if rule.target not in self.table.crashed:
                self.view[node] = target.view
            self.do(node, rule, act)
            if target.retired:
                self.retired.add(node)

    def do(self, node: int, rule: Rule, act: Act) -> None:
        """Show a node what its rule needs, and let it act."""
        for counters, quorum in self.needs(rule):
            self.show(node, counters, quorum)
        self.perform(node, rule, act)

    def perform(self, node: int, rule: Rule, act: Act) -> None:
        """Let a node take a rule, what that needs being known to it."""
        stage = self.stage
        if rule.target in self.table.crashed:
            stage.events.append(Fault(stage.tick, node, "crash"))
        if act.what == RESTART:
            stage.restart(node)
            self.forget(node)
        if rule.name in self.table.expires:
            stage.events.append(Timeout(stage.tick, node, act.view))
        for label in self.table.sends.get(rule.name, ()):
            stage.send(node, label.spoken, label.view)
        if self.decides(rule):
            self.decide(node, act.view, act.value)

    def forget(self, node: int) -> None:
        """Forget what a protocol notes of a node, which starts again."""

    def decides(self, rule: Rule) -> bool:
        """Whether a rule is a decision."""
        states = self.protocol.states
        return states[rule.source].block is None and states[rule.target].block is not None

    def decide(self, node: int, view: int, value: int) -> None:
        """Let a node decide what was proposed in a view."""
        self.stage.events.append(Decide(self.stage.tick, node, view))

    def forge(self, rule: Rule, act: Act) -> None:
        """Let a Byzantine primary send what others back, Byzantine ones among them."""
        said = self.table.sends.get(rule.name, ())
        for counters, _ in self.needs(rule) if said else ():
            self.stage.lie(e for e in self.senders(act.view, counters) if e.sender != act.view)
        for label in said:
            self.stage.send(act.view, label.spoken, label.view)

    # ---- what a rule needs

    def needs(self, rule: Rule) -> Iterator[tuple[tuple[str, ...], int]]:
        """Yield what a rule asks for: counters, and how many distinct senders."""
        sizes = {name: self.values[name] for name in ("N", "T", *self.protocol.sizes)}
        for atom in rule.guard:
            counted = [(q, c) for q, c in atom.linear.terms if q in self.table.automaton.counters]
            if counted and all(coefficient > 0 for _, coefficient in counted):
                fixed = atom.linear.constant
                fixed += sum(c * sizes[name] for name, c in atom.linear.terms if name in sizes)
                yield tuple(name for name, _ in counted), -fixed

    def show(self, node: int, counters: tuple[str, ...], quorum: int) -> None:
        """Show a node messages of so many senders that count, with those that it has."""
        self.stage.show_some(node, self.senders(node, counters), quorum)

    def senders(self, node: int, counters: tuple[str, ...]) -> Iterator[Sent]:
        """Yield one message of each node that can count for some counters.

        One that `node` has, or else the first: of what the sender has sent before now, or of what
        it can send where it is Byzantine.
        """
        bringing = self._bringing(counters)
        for sender in self.nodes:
            said = [Sent(m.label.spoken, m.label.view, sender) for m in bringing]
            had = (e for e in said if self.stage.has(node, e))
            sent = (e for e in said if self.stage.has_sent(e))
            lies = (
                e
                for e, message in zip(said, bringing, strict=True)
                if sender in self.stage.byzantine and self._starts[sender] in message.senders
            )
            chosen = next(had, next(sent, next(lies, None)))
            if chosen is not None:
                yield chosen

    def _find(self, counters: tuple[str, ...]) -> list[Message]:
        return [m for m in self.table.messages if not set(counters).isdisjoint(m.brings)]

    # ---- the end

    def settle(self) -> None:
        """Deliver what correct nodes are owed, and let every timer expire."""
        self.stage.tick += 2
        stage = self.stage
        alive = [node for node in self.view if node not in self.retired]
        stage.events += [Fault(stage.tick, node, "reload") for node in sorted(self._reloading)]
        for node in alive:
            if node not in self._reloading:
                self.rest(node)
        self.stage.tick += 1
        expiring = [node for node in alive if self.expires(node)]
        self.stage.events += [Timeout(self.stage.tick, i, self.view[i]) for i in expiring]

    def lose(self, lost: Mapping[tuple[str, Label], int]) -> None:
        """Choose what is lost on the way to each node, those first that cost their sender most.

        Where nodes say again what they said in their view, they have left it.
        """
        counts: Counter[tuple[str, frozenset[Label]]] = Counter()
        for (place, label), count in lost.items():
            counts[place, self.alike(label)] += count
        for (place, labels), count in counts.items():
            for node in self._pools[place]:
                had = self.stage.known[node]
                others = (e for m in labels for e in self.sent_as(m) if e.sender != node)
                correct = (e for e in others if e.sender not in self.stage.byzantine)
                gone = (e for e in correct if not self._says_again(e))
                there = [e for e in gone if e in self.stage.sent and e not in had]
                there.sort(key=lambda e: (self.further(e), e.sender))
                self._lost[node] |= set(there[:count])
        losses = [Loss(e.sender, i, e.kind, e.view) for i, lost in self._lost.items() for e in lost]
        self.settings |= losing(losses)

    def reload(self, reloads: Mapping[str, int]) -> None:
        """Choose which nodes reload their logs at the end: what they have not had, they miss."""
        for place, count in reloads.items():
            self._reloading |= set(self._pools[place][:count])

    def alike(self, label: Label) -> frozenset[Label]:
        """Return the messages any of which may be lost for one, it being all the same."""
        return frozenset((label,))

    def further(self, lost: Sent) -> int:
        """Count the messages by which the sender of one that is lost may count all the same."""
        return 0

    def _says_again(self, sent: Sent) -> bool:
        """Whether the sender of a message sends it until it arrives."""
        sender = sent.sender
        stays = sender not in self.retired and self.view.get(sender, 0) <= sent.view
        return bool(self.table.held) and stays

    def sent_as(self, label: Label) -> list[Sent]:
        """Return a message of each node, as it sends what the table calls so."""
        return [Sent(label.spoken, label.view, i) for i in self.nodes]

    def rest(self, node: int) -> None:
        """Show a node what it is owed at the end."""
        self.stage.show_all(node, self._lost[node])

    def expires(self, node: int) -> bool:
        """Whether the timer of a node expires in the end."""
        return True

    def schedule(self, source: str, *, quiet: bool) -> Schedule:
        """Return what has happened."""
        return Schedule(
            protocol=self.protocol.name,
            n=self.n,
            byzantine=self.stage.byzantine,
            primaries=tuple(range(self.protocol.views)),
            events=tuple(self.stage.events),
            horizon=self.stage.tick,
            source=source,
            settings=self.settings,
        )
