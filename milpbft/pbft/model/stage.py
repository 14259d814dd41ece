"""The stage of an unfolded run: the clock, what was sent, and who was shown what."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from milpbft.schedule import Deliver, Event, Fault, Send

if TYPE_CHECKING:
    from collections.abc import Iterable

Label = tuple[str, int, int]
"""Kind, view and sender of a message."""


class Stage:
    """Events of one run, and what follows from them.

    Parameters
    ----------
    byzantine
        Nodes that send what a step needs of them, at the tick before.
    """

    def __init__(self, byzantine: tuple[int, ...]) -> None:
        self.tick = 0
        self.byzantine = byzantine
        self.events: list[Event] = [Fault(0, node, "byzantine") for node in byzantine]
        self.sent: dict[Label, int] = {}
        self._known: defaultdict[int, set[Label]] = defaultdict(set)

    def send(self, node: int, kind: str, view: int) -> None:
        """Let a node broadcast a message now."""
        self.events.append(Send(self.tick, node, kind, view))
        self.sent[kind, view, node] = self.tick

    def lie(self, labels: Iterable[Label]) -> None:
        """Let Byzantine nodes have sent messages by now, each once."""
        for kind, view, sender in labels:
            if sender in self.byzantine and (kind, view, sender) not in self.sent:
                self.events.append(Send(self.tick - 1, sender, kind, view))
                self.sent[kind, view, sender] = self.tick - 1

    def has_sent(self, label: Label) -> bool:
        """Whether a message was sent before now."""
        return self.sent.get(label, self.tick) < self.tick

    def show(self, node: int, labels: Iterable[Label]) -> None:
        """Deliver messages to a node, once; Byzantine senders have sent them a tick before."""
        for label in labels:
            kind, view, sender = label
            if label in self._known[node] or sender == node:
                continue
            self.lie([label])
            self._known[node].add(label)
            self.events.append(Deliver(self.tick, node, sender, kind, view))

    def show_some(self, node: int, labels: Iterable[Label], count: int) -> None:
        """Show a node so many of these, with those that it has or sent, in their order.

        Of correct senders only what was sent counts; Byzantine ones come last.
        """
        chosen = list(labels)
        had = [label for label in chosen if label in self._known[node] or label[2] == node]
        new = [label for label in chosen if label not in had]
        honest = [e for e in new if e[2] not in self.byzantine and self.has_sent(e)]
        lies = [e for e in new if e[2] in self.byzantine]
        had = [e for e in had if e in self._known[node] or e in self.sent]
        self.show(node, [*honest, *lies][: max(0, count - len(had))])

    def show_all(self, node: int) -> None:
        """Deliver everything that correct nodes sent."""
        self.show(node, [e for e in self.sent if e[2] not in self.byzantine])
