"""The stage of an unfolded run: the clock, what was sent, and who was shown what."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from milpbft.schedule import Deliver, Event, Fault, Send

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable


class Sent(NamedTuple):
    """A message of a sender, by its kind as schedules write it."""

    kind: str
    view: int
    sender: int


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
        self.sent: dict[Sent, int] = {}
        self.own: defaultdict[int, set[Sent]] = defaultdict(set)
        self.known: defaultdict[int, set[Sent]] = defaultdict(set)

    def send(self, node: int, kind: str, view: int) -> None:
        """Let a node broadcast a message now."""
        self.events.append(Send(self.tick, node, kind, view))
        self.own[node].add(Sent(kind, view, node))
        self.sent.setdefault(Sent(kind, view, node), self.tick)

    def restart(self, node: int) -> None:
        """Let a node start again now, knowing nothing, not even what it sent."""
        self.events.append(Fault(self.tick, node, "restart"))
        self.known[node].clear()
        self.own[node].clear()

    def lie(self, messages: Iterable[Sent]) -> None:
        """Let Byzantine nodes have sent messages by now, each once."""
        for message in messages:
            if message.sender in self.byzantine and message not in self.sent:
                self.events.append(Send(self.tick - 1, message.sender, message.kind, message.view))
                self.sent[message] = self.tick - 1

    def has_sent(self, message: Sent) -> bool:
        """Whether a message was sent before now."""
        return self.sent.get(message, self.tick) < self.tick

    def there(self, message: Sent) -> bool:
        """Whether a message was sent before now, or can be: Byzantine nodes say anything."""
        return message.sender in self.byzantine or self.has_sent(message)

    def has(self, node: int, message: Sent) -> bool:
        """Whether a node was shown a message, or has sent it itself, in its present life."""
        return message in self.own[node] or message in self.known[node]

    def show(self, node: int, messages: Iterable[Sent]) -> None:
        """Deliver messages to a node, once; Byzantine senders have sent them a tick before."""
        for message in messages:
            if message in self.known[node] or message.sender == node:
                continue
            self.lie([message])
            self.known[node].add(message)
            kind, view, sender = message
            self.events.append(Deliver(self.tick, node, sender, kind, view))

    def show_some(self, node: int, messages: Iterable[Sent], count: int) -> None:
        """Show a node so many of these, with those that it has or sent, in their order.

        Of correct senders only what was sent counts; Byzantine ones come last, and of these first
        those that sent it already.
        """
        chosen = list(messages)
        had = sum(self.has(node, message) for message in chosen)
        new = [e for e in chosen if e.sender != node and e not in self.known[node]]
        honest = [e for e in new if e.sender not in self.byzantine and self.has_sent(e)]
        lies = [e for e in new if e.sender in self.byzantine]
        lies.sort(key=lambda message: message not in self.sent)
        self.show(node, [*honest, *lies][: max(0, count - had)])

    def show_all(self, node: int, lost: Collection[Sent] = ()) -> None:
        """Deliver everything that correct nodes sent and that is not lost on the way to a node."""
        sent = (e for e in self.sent if e.sender not in self.byzantine)
        self.show(node, [e for e in sent if e not in lost])
