"""The network: what was sent, and what is still under way to whom."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator

E = TypeVar("E")


@dataclass(frozen=True, slots=True, eq=False)
class Packet(Generic[E]):
    """A message that `sender` broadcast at `tick`, with its label in schedules."""

    tick: int
    sender: int
    kind: str
    view: int
    envelope: E


class Log(Generic[E]):
    """All that was sent, in order, found by sender, kind and view."""

    def __init__(self) -> None:
        self._packets: defaultdict[tuple[int, str, int], list[Packet[E]]] = defaultdict(list)
        self._free: dict[tuple[int, str, int], int] = {}

    def add(self, packet: Packet[E]) -> None:
        """Note a message that was sent."""
        self._packets[packet.sender, packet.kind, packet.view].append(packet)

    def latest(
        self, sender: int, kind: str, view: int, before: int | None = None
    ) -> Packet[E] | None:
        """Return the last such message that was sent, before tick `before` if that is given."""
        for packet in reversed(self._packets.get((sender, kind, view), [])):
            if before is None or packet.tick < before:
                return packet
        return None

    def numbered(self, sender: int, kind: str, view: int) -> str:
        """Return `kind`, or ``kind#k`` with the first free k > 0 where `sender` has used it."""
        number = self._free.get((sender, kind, view), 0)
        name = f"{kind}#{number}" if number else kind
        while (sender, name, view) in self._packets:
            number += 1
            name = f"{kind}#{number}"
        self._free[sender, kind, view] = number  # What is taken stays so.
        return name

    def __iter__(self) -> Iterator[Packet[E]]:
        for packets in self._packets.values():
            yield from packets


class Network(Generic[E]):
    """Messages under way between `n` nodes: each can be taken once, at least a tick after sending.

    A node that starts again without memory may take them once more.

    The network itself orders nothing, and loses nothing but what a node misses that is down; who
    takes what and when is the adversary's choice. A sender has its own messages at once, so it is
    sent no copy.
    """

    def __init__(self, n: int) -> None:
        self.log: Log[E] = Log()
        # Insertion-ordered sets: a run must not depend on hashes of objects.
        self._under_way: list[dict[Packet[E], None]] = [{} for _ in range(n)]

    def broadcast(self, packet: Packet[E]) -> None:
        """Put a message under way to every node but its sender."""
        self.log.add(packet)
        for node, packets in enumerate(self._under_way):
            if node != packet.sender:
                packets[packet] = None

    def under_way(self, node: int, tick: int) -> list[Packet[E]]:
        """Return what `node` can be given at `tick`: sent earlier, not taken yet, oldest first."""
        return [packet for packet in self._under_way[node] if packet.tick < tick]

    def everywhere(self, tick: int) -> list[tuple[int, Packet[E]]]:
        """Return what all nodes can be given at `tick`, each message with its receiver."""
        nodes = range(len(self._under_way))
        return [(node, packet) for node in nodes for packet in self.under_way(node, tick)]

    def again(self, node: int) -> None:
        """Put all that others have sent under way to `node` again, which starts again."""
        others = (packet for packet in self.log if packet.sender != node)
        self._under_way[node] = dict.fromkeys(sorted(others, key=lambda packet: packet.tick))

    def lose(self, node: int, tick: int) -> None:
        """Lose what was sent to `node` before `tick` and it has not taken."""
        for packet in self.under_way(node, tick):
            self.take(node, packet)

    def take(self, node: int, packet: Packet[E]) -> None:
        """Take `packet` out for `node`.

        Raises
        ------
        KeyError
            Where it is not under way to `node`.
        """
        del self._under_way[node][packet]
