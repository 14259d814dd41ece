"""Options: what the network may give whom at a tick, and when two states are the same."""

from __future__ import annotations

from collections import defaultdict
from itertools import combinations, product
from typing import TYPE_CHECKING, TypeAlias

from milpbft.check.carriage import Carriage
from milpbft.pov.reference.messages import BlockMessage, Proposal, SignatureMessage, Timestamp

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

    from milpbft.pov.enumerate.plot import Plot
    from milpbft.pov.enumerate.state import State
    from milpbft.pov.instance import RoundInstance
    from milpbft.pov.reference.messages import Envelope
    from milpbft.pov.reference.node import Node
    from milpbft.pov.reference.rules import Rules
    from milpbft.pov.reference.world import World
    from milpbft.sim.network import Packet

    Delivery: TypeAlias = tuple[int, Packet[Envelope]]
    Slot: TypeAlias = list[list[Delivery]]


class Options:
    """The network's choices under one plot; parameters as of the search."""

    def __init__(self, instance: RoundInstance, plot: Plot, rules: Rules) -> None:
        self._instance = instance
        self._plot = plot
        self._rules = rules
        self._carriage = Carriage(rules.n, instance.overlay)

    @staticmethod
    def sent(world: World, base: str) -> list[Packet[Envelope]]:
        """Return what was sent of a base kind."""
        return [packet for packet in world.network.log if packet.kind.startswith(base)]

    def heard(self, world: World, tick: int) -> list[Delivery]:
        """Return what Byzantine nodes, and the time server by them, are given: all there is."""
        if not self._plot.faulty:
            return []
        ear, server = min(self._plot.faulty), self._rules.server
        found = [
            (ear, packet)
            for packet in world.network.under_way(ear, tick)
            if packet.tick + self.ear(packet.sender) <= tick
        ]
        found += [
            (server, packet)
            for packet in world.network.under_way(server, tick)
            if packet.sender in self._plot.faulty and packet.kind.startswith("StampRequest")
        ]
        return found

    def ear(self, sender: int) -> int:
        """Return after how many ticks a Byzantine node hears a sender, and so all of them."""
        if sender in self._plot.faulty:
            return 1
        return min(self._carriage.hops(sender, node) for node in self._plot.faulty)

    def expiries(self, world: World, tick: int) -> Iterator[list[int]]:
        """Yield whose timers expire, a name for each time."""
        numbers, most = list(world.nodes), []
        for number in numbers:
            late, soon = (self._passed(world.nodes[number], tick, s) for s in (1, -1))
            most.append(range(late, soon + 1))
        for counts in product(*most):
            yield [one for one, count in zip(numbers, counts, strict=True) for _ in range(count)]

    def _passed(self, node: Node, tick: int, sign: int) -> int:
        """Return how many timers expire by a tick on a clock that is late, 1, or ahead, -1."""
        if node.deadline is None:
            return 0
        late = tick - node.deadline - sign * self._rules.skew
        return max(0, late // self._rules.cycle + 1)

    def restarts(self, state: State, most: int) -> Iterator[frozenset[int]]:
        """Yield who starts again, of those who have something to forget, or to miss."""
        nodes = state.world.nodes.items()
        able = [number for number, node in nodes if not node.resting
                and number not in state.restarted and self._loses(state.world, node)]  # fmt: skip
        for count in range(min(most - len(state.restarted), len(able)) + 1):
            yield from map(frozenset, combinations(able, count))

    def _loses(self, world: World, node: Node) -> bool:
        """Whether a node that starts again has signed anything, has a draft, or misses anything."""
        i, draft = self._instance, node.butler.keeps
        if i.reloads:
            return node.number < self._rules.server and bool(
                world.network.under_way(node.number, node.now + 1)
            )
        if i.lapses:
            return bool(draft[0] or draft[2] or draft[3])
        return node.commissioner is not None and bool(node.commissioner.keeps[1])

    def slots(self, state: State, tick: int, expiries: list[int]) -> Iterator[Slot]:
        """Yield independent choices, each a list of what may be delivered."""
        world = state.world
        for packet in world.network.under_way(self._rules.server, tick):
            honest = packet.sender not in self._plot.faulty
            comes = self._comes(self._rules.server, packet, tick)
            if packet.kind.startswith("StampRequest") and honest and comes:
                yield self._maybe(self._rules.server, packet, tick)
        for number, node in world.nodes.items():
            if asking := self._asking(world, number, tick):
                yield self._one_of(number, asking, tick)
            if node.resting:
                continue
            waiting = [
                packet
                for packet in world.network.under_way(number, tick)
                if self._comes(number, packet, tick)
            ]
            view = node.cycle - 1 + expiries.count(number)
            yield from self._node_slots(node, waiting, view, tick)

    def _asking(self, world: World, node: int, tick: int) -> list[Packet[Envelope]] | None:
        """Return the request of a block that a node may be given: the first, others add nothing.

        None where it was given one.
        """
        sent = [one for one in self.sent(world, "Fetch") if one.sender != node]
        waiting = world.network.under_way(node, tick + 1)
        if any(one not in waiting for one in sent):
            return None
        return [one for one in sent if one.tick < tick][:1]

    def _node_slots(
        self, node: Node, waiting: list[Packet[Envelope]], view: int, tick: int
    ) -> Iterator[Slot]:
        number = node.number
        blocks: dict[bytes, Packet[Envelope]] = {}
        for packet in sorted(waiting, key=lambda one: not self._forced(number, one, tick)):
            payload = packet.envelope.payload
            if isinstance(payload, BlockMessage):
                blocks.setdefault(payload.block.digest, packet)
            elif isinstance(payload, Timestamp) and self._duty(packet.view) == number:
                yield self._maybe(number, packet, tick)
        if blocks:
            yield self._one_of(number, list(blocks.values()), tick)
        if node.commissioner is not None:
            proposals = [
                packet
                for packet in waiting
                if isinstance(packet.envelope.payload, Proposal) and packet.view == view
            ]
            if proposals:
                yield self._one_of(number, proposals, tick)
        if self._duty(view) == number:
            signatures = [
                packet
                for packet in waiting
                if isinstance(packet.envelope.payload, SignatureMessage) and packet.view == view
            ]
            if signatures:
                yield self._some_of(number, signatures, tick)

    def _duty(self, view: int) -> int:
        return self._instance.commissioners + view % self._instance.butlers

    # ---- the network

    def _comes(self, node: int, packet: Packet[Envelope], tick: int) -> bool:
        """Whether a message can come to a correct node: Byzantine ones hand on what they have."""
        if packet.sender in self._plot.faulty:
            return True
        if tick < packet.tick + self._carriage.hops(packet.sender, node):
            return False
        if not self._apart(node, packet.sender, tick):
            return True
        return bool(self._plot.faulty) and packet.tick <= tick - 2

    def _apart(self, node: int, other: int, tick: int) -> bool:
        cut, side = self._plot.cut, self._plot.side
        if cut is None or tick < cut or (self._instance.heal or tick + 1) <= tick:
            return False
        if self._rules.server in {node, other}:
            return self._instance.isolated and bool(side(node) or side(other))
        return side(node) != side(other)

    def _due(self, node: int, packet: Packet[Envelope]) -> int | None:
        i = self._instance
        hops = self._carriage.open(packet.sender, node, self._plot.faulty)
        if not i.delta or packet.sender in self._plot.faulty or hops is None:
            return None
        if i.withholding and self._rules.server in {node, packet.sender}:
            return None
        due = max(packet.tick, i.gst) + hops * i.delta
        due += i.late if node == self._rules.server else 0
        return None if self._apart(node, packet.sender, due) else due

    def times(self, world: World, view: int, suffix: str, tick: int) -> list[int]:
        """Return times in time that the server may say at a tick, but for those that it said."""
        said = {
            one.envelope.payload.time
            for one in self.sent(world, f"Timestamp{suffix}")
            if one.view == view and isinstance(one.envelope.payload, Timestamp)
        }
        reach = range(max(0, tick - self._rules.off), tick + self._rules.off + 1)
        return [t for t in reach if t not in said and self._rules.in_time(t, 0, view + 1)]

    def _faces(self, world: World, tick: int, given: list[Delivery]) -> dict[tuple[str, int], int]:
        """Return what a two-faced server answers Byzantine butlers: times that it did not say."""
        found, said = dict[tuple[str, int], int](), set[tuple[int, str, int]]()
        for node, packet in given:
            if node == self._rules.server and packet.sender in self._plot.faulty:
                suffix = packet.kind.removeprefix("StampRequest")
                base, view = suffix.partition("~")[0], packet.view
                free = [t for t in self.times(world, view, base, tick)
                        if (view, base, t) not in said]  # fmt: skip
                if free:
                    said.add((view, base, free[0]))
                    found[suffix, view] = free[0] - tick
        return found

    def readings(
        self, world: World, tick: int, given: list[Delivery]
    ) -> Iterator[dict[tuple[str, int], int]]:
        """Yield how the time server's clock may be off: in time or too late, where it can be.

        For a Byzantine butler it is never too late, if it need not.
        """
        faces = self._faces(world, tick, given) if self._instance.twofaced else {}
        choices = list[list[tuple[tuple[str, int], int]]]()
        for node, packet in given:
            if node != self._rules.server or not self._rules.off:
                continue
            reach = range(max(-tick, -self._rules.off), self._rules.off + 1)
            kinds = {self._rules.in_time(tick + d, 0, packet.view + 1): d for d in reach}
            if packet.sender in self._plot.faulty and True in kinds:
                kinds = {True: kinds[True]}
            place = packet.kind.removeprefix("StampRequest"), packet.view
            if place in faces:
                kinds = {True: faces[place]}
            choices.append([(place, off) for off in kinds.values()])
        for chosen in product(*choices):
            yield dict(chosen)

    def _forced(self, node: int, packet: Packet[Envelope], tick: int) -> bool:
        due = self._due(node, packet)
        return due is not None and due <= tick

    def _maybe(self, node: int, packet: Packet[Envelope], tick: int) -> Slot:
        come = [(node, packet)]
        return [come] if self._forced(node, packet, tick) else [[], come]

    def _one_of(self, node: int, packets: list[Packet[Envelope]], tick: int) -> Slot:
        """None of them, unless one is due; else any, and after it what is due."""
        due = [packet for packet in packets if self._forced(node, packet, tick)]
        choices: Slot = [] if due else [[]]
        for packet in packets:
            rest = [(node, other) for other in due if other is not packet]
            choices.append([(node, packet), *rest])
        return choices

    def _some_of(self, node: int, packets: list[Packet[Envelope]], tick: int) -> Slot:
        due = [(node, one) for one in packets if self._forced(node, one, tick)]
        free = [(node, one) for one in packets if not self._forced(node, one, tick)]
        sets = (chosen for k in range(len(free) + 1) for chosen in combinations(free, k))
        return [[*due, *chosen] for chosen in sets]

    # ---- what a state comes to

    def key(self, state: State, tick: int) -> Hashable:
        """Return what of a state matters from the next tick on."""
        world, cycle, skew = state.world, self._instance.cycle, self._instance.skew
        live = range(max(0, (tick + 1 - skew) // cycle), (tick + 1 + skew) // cycle + 1)
        names, log = state.names, list(world.network.log)
        under_way = [set(world.network.under_way(node, tick + 1)) for node in range(self._rules.n)]
        signed: defaultdict[tuple[int, int], list[Packet[Envelope]]] = defaultdict(list)
        for packet in self.sent(world, "Signature"):
            signed[packet.sender, packet.view].append(packet)

        def age(node: int, packet: Packet[Envelope]) -> Hashable:
            if self._instance.overlay:
                return tick - packet.tick
            due = self._due(node, packet)
            since = min(tick + 1 - packet.tick, 2) if self._plot.away and self._plot.faulty else 0
            return (due if due is None else max(0, due - tick), since)

        def name(number: int) -> Hashable:
            blocks = world.nodes[number].chain.blocks
            return names[blocks[1].digest] if len(blocks) > 1 else None

        def ballot(number: int) -> Hashable:
            found: list[Hashable] = [
                self._rules.lock and any(sender == number for sender, _ in signed)
            ]
            node = world.nodes.get(number)
            if self._instance.amnesia and node is not None and node.commissioner is not None:
                found = [number in state.restarted, node.commissioner.keeps[1]]
            for view in live:
                duty = self._duty(view)
                for packet in signed.get((number, view), ()):
                    arrived = packet not in under_way[duty]
                    found.append((view, packet.kind, arrived or age(duty, packet)))
            return tuple(found)

        def clock(number: int) -> Hashable:
            node = world.nodes.get(number)
            return node.cycle if node is not None and skew and not node.resting else None

        def place(number: int) -> Hashable:
            return number if self._instance.overlay else self._plot.side(number)

        def asked_of(number: int) -> Hashable:
            found = self._asking(world, number, tick + 1) if number in world.nodes else None
            return age(number, found[0]) if found else found is None

        commissioners = sorted(
            repr((place(c), c in world.nodes and name(c), ballot(c), asked_of(c), clock(c)))
            for c in range(self._instance.commissioners)
        )
        butlers = []
        for number in range(self._instance.commissioners, self._rules.server):
            if number not in world.nodes:
                continue
            asked = tuple(
                (p.view, p not in under_way[self._rules.server] or age(self._rules.server, p))
                for p in log
                if p.sender == number and p.kind.startswith("StampRequest")
            )
            stamped = tuple(
                (p.view, self._rules.in_time(p.envelope.payload.time, 0, p.view + 1),
                 p not in under_way[number] or age(number, p))
                for p in log
                if isinstance(p.envelope.payload, Timestamp) and self._duty(p.view) == number
            )  # fmt: skip
            proposed = tuple(
                (p.view, age(0, p) if p.view in live else None)
                for p in log if p.sender == number and p.kind == "Proposal"
            )  # fmt: skip
            butlers.append((name(number), asked, stamped, proposed, asked_of(number),
                            clock(number)))  # fmt: skip
        published = sorted(
            repr((names[p.envelope.payload.block.digest], self._plot.side(p.sender),
                  p.sender in self._plot.faulty, age(0 if p.sender else 1, p)))
            for p in log
            if isinstance(p.envelope.payload, BlockMessage)
        )  # fmt: skip
        latest = self._rules.n + 2 if self._instance.overlay else 3 + 2 * self._rules.off
        asked_for = tuple(
            (where, len(requests), tuple(min(tick - since, latest) for since, _ in requests))
            for where, requests in sorted(state.asked.items())
        )
        again: Hashable = None
        if self._instance.lapses or self._instance.reloads:
            kept = tuple(node.keeps for node in world.nodes.values())
            way = frozenset((number, one.sender, one.kind, one.view, age(number, one))
                            for number in world.nodes for one in under_way[number])  # fmt: skip
            again = tuple(sorted(state.restarted)), kept, way
        return tuple(commissioners), tuple(butlers), tuple(published), asked_for, again
