"""One execution that an exploration found, with names, as a list of acts and as a schedule."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from milpbft.dbft.enumerate.local import ACCEPT
from milpbft.dbft.reference.messages import ChangeView, Commit, PrepareRequest, PrepareResponse
from milpbft.schedule import Decide, Deliver, Event, Fault, Schedule, Send, Timeout

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from milpbft.dbft.enumerate.catalogue import Label
    from milpbft.dbft.enumerate.local import Counts, Local, Stimulus
    from milpbft.dbft.enumerate.probe import Move
    from milpbft.dbft.enumerate.space import Space

_WORDS = {
    PrepareRequest.kind: "propose",
    PrepareResponse.kind: "respond",
    Commit.kind: "commit",
    ChangeView.kind: "ask",
}


@dataclass(frozen=True, slots=True)
class Act:
    """What a node does: propose, respond, commit, ask, enter, accept, crash or restart.

    `view` is the view entered, or the one that the act belongs to; `value` is ``""``, or ``#1``
    where it is about a Byzantine primary's other proposal.
    """

    node: int
    what: str
    view: int
    value: str = ""


@dataclass(frozen=True)
class Witness:
    """An execution: the acts of its nodes in order, and its schedule, which replay confirms."""

    acts: tuple[Act, ...]
    schedule: Schedule

    @property
    def steps(self) -> int:
        """Number of acts."""
        return len(self.acts)


@dataclass(frozen=True, slots=True)
class Step:
    """Some node goes from one numbered local state to another.

    Without a move it crashes, or starts again.
    """

    before: int
    move: Move | None
    after: int


def witness(
    space: Space,
    liars: frozenset[int],
    steps: Sequence[Step],
    byzantine_messages: Mapping[int, Counts] | None = None,
) -> Witness:
    """Name the nodes of an execution.

    Parameters
    ----------
    space
        Where the local states are numbered.
    liars
        The Byzantine nodes.
    steps
        What happens from the start on.
    byzantine_messages
        Where the end is quiescent: what Byzantine nodes show besides in each local state. Then all
        that is owed is delivered and all timers expire once more.
    """
    teller = _Teller(space, liars)
    for step in steps:
        teller.tell(step)
    if byzantine_messages is not None:
        teller.settle(byzantine_messages)
    return teller.witness()


class _Teller:
    def __init__(self, space: Space, liars: frozenset[int]) -> None:
        self._space = space
        self._liars = liars
        self._numbers = dict(space.named(liars))
        self._sent: defaultdict[Label, list[int]] = defaultdict(list)
        self._shown: set[tuple[int, Label, int]] = set()
        self._events: list[Event] = [Fault(0, node, "byzantine") for node in sorted(liars)]
        self._acts: list[Act] = []
        self._proposed: set[Label] = set()
        self._tick = 0

    def tell(self, step: Step) -> None:
        """Let the first node in the right state take the step, two ticks after the last one."""
        node = min(node for node, number in self._numbers.items() if number == step.before)
        self._tick += 2
        if step.move is None:
            self._fail(node, self._space.locals[step.before].view, self._space.locals[step.after])
        else:
            self._move(node, step.before, step.move)
        self._numbers[node] = step.after

    def _fail(self, node: int, view: int, after: Local) -> None:
        """Let a node crash, or start again without memory."""
        self._events.append(Fault(self._tick, node, "crash" if after.crashed else "restart"))
        self._acts.append(Act(node, "crash" if after.crashed else "restart", view))
        if not after.crashed:
            self._shown = {shown for shown in self._shown if shown[0] != node}

    def _move(self, node: int, number: int, move: Move) -> None:
        before, tick = self._space.locals[number], self._tick
        self._show(node, move.stimulus)
        if move.stimulus.timer:
            self._events.append(Timeout(tick, node, before.view))
        for kind, view in move.target.sent[len(before.sent) :]:
            self._events.append(Send(tick, node, kind, view))
            if node not in self._sent[kind, view]:
                self._sent[kind, view].append(node)
        for what, view in move.deeds:
            kind, mark, value = what.partition("#")
            self._acts.append(Act(node, _WORDS.get(kind, kind), view, mark + value))
            if kind == ACCEPT:
                self._events.append(Decide(tick, node, view))

    def _show(self, node: int, stimulus: Stimulus) -> None:
        """Name senders, each for one message of a kind; those with little choice come first."""
        named: set[tuple[str, int]] = set()
        chosen: list[tuple[Label, int]] = []
        for label, count in sorted(stimulus.messages, key=lambda m: len(self._sent[m[0]])):
            kind = label[0].partition("#")[0]
            lies = [s for s in self._space.catalogue.senders(label, node) if s in self._liars]
            free = [
                sender
                for sender in (*self._sent[label], *lies)
                if (node, label, sender) not in self._shown and (kind, sender) not in named
                if sender != node
            ][:count]
            named.update((kind, sender) for sender in free)
            chosen += [(label, sender) for sender in free]
        # In the order of the stimulus: a replica keeps the first of two messages that conflict.
        order = [label for label, _ in stimulus.messages]
        for label, sender in sorted(chosen, key=lambda item: order.index(item[0])):
            if sender in self._liars:
                self._forge(label, sender)
            self._deliver(node, label, sender)

    def _forge(self, label: Label, liar: int) -> None:
        """Let a Byzantine node speak, after its primary proposed what that is about."""
        kind, view = label
        base, mark, value = kind.partition("#")
        request = (PrepareRequest.kind + mark + value, view)
        primary = self._space.primaries[view]
        if base != ChangeView.kind and primary in self._liars and request not in self._proposed:
            self._proposed.add(request)
            self._events.append(Send(self._tick - 1, primary, *request))
        if label != request or primary not in self._liars:
            self._events.append(Send(self._tick - 1, liar, *label))

    def _deliver(self, node: int, label: Label, sender: int) -> None:
        self._shown.add((node, label, sender))
        self._events.append(Deliver(self._tick, node, sender, *label))

    def settle(self, byzantine_messages: Mapping[int, Counts]) -> None:
        """Deliver what is owed at one tick, and let every timer expire at the next."""
        self._tick += 2
        active = {
            node: number for node, number in self._numbers.items() if number in byzantine_messages
        }
        for node, number in active.items():
            for label, senders in self._sent.items():
                for sender in senders:
                    if sender != node and (node, label, sender) not in self._shown:
                        self._deliver(node, label, sender)
            for label, count in byzantine_messages[number]:
                self._lend(node, label, count)
        self._tick += 1
        self._events += [
            Timeout(self._tick, node, self._space.locals[number].view)
            for node, number in active.items()
        ]

    def _lend(self, node: int, label: Label, count: int) -> None:
        """Show a label from so many Byzantine nodes in all."""
        lies = [s for s in self._space.catalogue.senders(label) if s in self._liars]
        lies.sort(key=lambda liar: (node, label, liar) not in self._shown)
        for liar in lies[:count]:
            if (node, label, liar) not in self._shown:
                self._forge(label, liar)
                self._deliver(node, label, liar)

    def witness(self) -> Witness:
        """Return what was told."""
        schedule = Schedule(
            protocol=self._space.catalogue.protocol,
            n=len(self._numbers),
            byzantine=tuple(sorted(self._liars)),
            primaries=self._space.primaries,
            events=tuple(self._events),
            horizon=self._tick,
            source="exploration",
            settings=self._space.catalogue.settings,
        )
        return Witness(tuple(self._acts), schedule)
