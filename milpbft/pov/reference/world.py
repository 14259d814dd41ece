"""The world that nodes run in: a clock, a network, and an adversary, recorded as a Schedule."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from milpbft.errors import InputError
from milpbft.pov.reference.coalition import Coalition, Impossible
from milpbft.pov.reference.genesis import genesis
from milpbft.pov.reference.labels import KINDS, Label, at, reading
from milpbft.pov.reference.ledger import Ledger
from milpbft.pov.reference.messages import BlockMessage, Envelope, Timestamp
from milpbft.pov.reference.node import Node
from milpbft.pov.reference.server import TimeServer
from milpbft.pov.reference.validity import refuse_block
from milpbft.schedule import Decide, Deliver, Event, Fault, Schedule, Send, Timeout
from milpbft.sim.faults import Faults
from milpbft.sim.network import Network, Packet
from milpbft.sim.signatures import KeyRing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from milpbft.pov.reference.blocks import Block
    from milpbft.pov.reference.rules import Rules
    from milpbft.pov.reference.scores import Favourites
    from milpbft.pov.reference.transactions import Action
    from milpbft.sim.moves import Forgery, Moves
    from milpbft.sim.signatures import Signatures


class Adversary(Protocol):
    """Chooses the moves of each tick; sees everything."""

    def choose(self, tick: int, world: World) -> Moves[Envelope]:
        """Choose the moves of `tick`, before anything happens in it."""
        ...


class World:
    """Nodes of one network, tick by tick.

    Parameters
    ----------
    rules
        What the nodes agree on.
    keys
        Keys of all nodes, by default a ring of seed 0.
    faults
        Byzantine ("Byzantine") and crashing nodes.
    agenda
        Per tick: nodes and the transactions that they are told to make.
    favourites
        Per commissioner: whom it designates in elections.
    theirs
        Rules that the nodes run by, where they are faulty; this class judges by `rules`.

    Attributes
    ----------
    events
        What happened so far.
    valid
        Per height the different valid blocks that were published, by their hash. Two are a fork.
    readings
        By how much the time server's clock is ahead at what it stamps next, by suffix and view of
        the request; whoever runs the world sets it before a step.
    reloaded
        Nodes that have reloaded their logs.
    impossible
        What Byzantine nodes were to send and could not, and why.

    Raises
    ------
    InputError
        Where a faulty node does not exist, or the time server is to be faulty, which is trusted.
    """

    def __init__(
        self,
        rules: Rules,
        *,
        keys: Signatures | None = None,
        faults: Faults | None = None,
        agenda: Mapping[int, Sequence[tuple[int, Action]]] | None = None,
        favourites: Mapping[int, Favourites] | None = None,
        theirs: Rules | None = None,
    ) -> None:
        self.rules = rules
        self.keys = keys or KeyRing(rules.n)
        self.faults = faults or Faults()
        self.network: Network[Envelope] = Network(rules.n)
        self.events: list[Event] = []
        self.impossible: list[str] = []
        self.reloaded: set[int] = set()
        self._joined: set[int] = set()
        self._agenda = agenda or {}
        self._validate()
        first = genesis(rules, self.keys)
        self.valid: dict[int, dict[bytes, Block]] = {}
        self._tree = {first.digest: (first, Ledger.first(rules))}
        self.coalition = Coalition(self.faults.byzantine, rules, self.keys, first)
        named = favourites or {}
        self.nodes = {
            i: Node(i, theirs or rules, self.keys, first, named.get(i, ()))
            for i in range(rules.n)
            if i != rules.server and i not in self.faults.byzantine
        }
        self._server = TimeServer(rules, self.keys)
        self.readings: dict[tuple[str, int], int] = {}
        self.machines: dict[int, Node | TimeServer] = {**self.nodes, rules.server: self._server}
        self.views = 1

    def _validate(self) -> None:
        faulty = self.faults.byzantine | self.faults.crashes.keys() | self.faults.restarts.keys()
        faulty |= self.faults.reloads.keys()
        for node in faulty:
            if not 0 <= node < self.rules.n or node == self.rules.server:
                allowed = f"a node from 0 to {self.rules.n - 1}, and not the time server"
                raise InputError("faults", node, allowed)

    # ---- one tick

    def correct(self, tick: int) -> list[int]:
        """Return the nodes that run their own code at `tick`."""
        return [node for node in sorted(self.machines) if self.faults.correct(node, tick)]

    def step(self, tick: int, moves: Moves[Envelope]) -> list[Event]:
        """Let a tick pass, and return what happened in it."""
        done = len(self.events)
        self.events += [event for event in self.faults.events(tick) if event.tick == tick]
        for number, ticks in self.faults.restarts.items():
            if tick in ticks:
                self.restart(tick, number)
        for number, ticks in self.faults.reloads.items():
            if tick in ticks:
                self.reload(tick, number)
        correct = self.correct(tick)
        for node in correct:
            self.machines[node].on_clock(tick)
        self._welcome()
        for node, packet in moves.deliveries:
            self._deliver(tick, node, packet)
        self._expire(tick, moves)
        for node, action in self._agenda.get(tick, ()):
            if node in self.nodes and node in correct:
                self.nodes[node].submit(action)
        for forgery in sorted(moves.forgeries, key=lambda one: KINDS.index(_base(one))):
            self._forge(tick, forgery)
        self._set_clock(tick)
        for node in correct:
            self._act(tick, node)
        return self.events[done:]

    def _welcome(self) -> None:
        """Let newcomers begin once a valid block that ends the tenure before has been published."""
        for node, tenure in self.rules.newcomers.items():
            machine = self.nodes.get(node)
            ended = (tenure - 1) * (self.rules.ordinary + 1) in self.valid
            if machine is not None and ended and node not in self._joined:
                self._joined.add(node)
                machine.join()

    def restart(self, tick: int, node: int) -> None:
        """Let a correct node start again, before anything else happens to it at a tick."""
        self.events.append(Fault(tick, node, "restart"))
        self.nodes[node].restart()

    def reload(self, tick: int, node: int) -> None:
        """Let a correct node start again with its log: what is under way to it is lost."""
        self.events.append(Fault(tick, node, "reload"))
        self.network.lose(node, tick)
        self.reloaded.add(node)

    def run(self, adversary: Adversary, horizon: int) -> None:
        """Run from tick 0 to `horizon`; may be called once."""
        for tick in range(horizon + 1):
            self.step(tick, adversary.choose(tick, self))

    def _deliver(self, tick: int, node: int, packet: Packet[Envelope]) -> None:
        self.network.take(node, packet)
        if node in self.faults.byzantine:
            self.coalition.hear(packet.envelope)
        elif self.faults.correct(node, tick):
            self.machines[node].on_message(packet.envelope)
        else:
            return
        self.events.append(Deliver(tick, node, packet.sender, packet.kind, packet.view))

    def _expire(self, tick: int, moves: Moves[Envelope]) -> None:
        named, free = list(moves.expiries), self.rules.clocks == "free"

        def due(node: Node) -> bool:
            if node.deadline is None:
                return False
            must = not free and node.deadline + self.rules.skew <= tick
            may = free or node.deadline - self.rules.skew <= tick
            said = node.number in named
            if said and (may or must):
                named.remove(node.number)
            return must or (said and may)

        for number in self.correct(tick):
            node = self.nodes.get(number)
            while node is not None and due(node):
                self.events.append(Timeout(tick, number, node.cycle - 1))
                node.on_timer()
                if node.place[0] == 1:
                    self.views = max(self.views, node.cycle)

    def _forge(self, tick: int, forgery: Forgery) -> None:
        label, cycle = Label.parse(forgery.kind), forgery.view + 1
        if forgery.node not in self.faults.byzantine:
            raise InputError("forgery", forgery.node, "a Byzantine node")
        try:
            if self.network.log.latest(forgery.node, str(label), forgery.view):
                raise Impossible("it was sent before")
            envelope = self.coalition.make(forgery.node, label, cycle)
        except Impossible as reason:
            what = f"node {forgery.node} sends {forgery.kind} of view {forgery.view}"
            self.impossible.append(f"tick {tick}: {what}: {reason}")
            return
        self._broadcast(Packet(tick, forgery.node, str(label), forgery.view, envelope))

    def _set_clock(self, tick: int) -> None:
        """Let the time server's clock be off, as far as it may."""
        for request in self._server.waiting:
            place = self.coalition.names.get(request.subject, ""), request.cycle - 1
            off = self.readings.get(place, 0)
            if abs(off) > self.rules.off or tick + off < 0:
                self.impossible.append(
                    f"tick {tick}: the time server's clock is {off:+d} ticks off"
                )
            self._server.readings[request.subject] = off
        self.readings.clear()

    def _act(self, tick: int, node: int) -> None:
        machine = self.machines[node]
        before = machine.chain.height if isinstance(machine, Node) else 0
        machine.act()
        for envelope in machine.outbox:
            payload = envelope.payload
            kind, view = self._kind(tick, envelope), payload.cycle - 1
            self._broadcast(Packet(tick, node, kind, view, envelope))
        machine.outbox.clear()
        if isinstance(machine, Node):
            for block in machine.chain.blocks[before + 1 :]:
                self.events.append(Decide(tick, node, block.header.cycle - 1))

    def _kind(self, tick: int, envelope: Envelope) -> str:
        """Name what a correct node sends; what it sends again of a name gets the next number."""
        payload = envelope.payload
        off = reading(payload.time - tick) if isinstance(payload, Timestamp) else ""
        name = payload.kind + self.coalition.names.get(payload.subject, "") + off
        label = Label.parse(name + at(payload.height))
        while self.network.log.latest(payload.sender, str(label), payload.cycle - 1):
            label = replace(label, variant=label.variant + 1)
        return str(label)

    def _broadcast(self, packet: Packet[Envelope]) -> None:
        self.network.broadcast(packet)
        self.events.append(Send(packet.tick, packet.sender, packet.kind, packet.view))
        if isinstance(packet.envelope.payload, BlockMessage):
            self._judge(packet.envelope.payload.block)

    def _judge(self, block: Block) -> None:
        """Note a published block, if it is valid above one that is."""
        below = self._tree.get(block.header.previous)
        if below is None or refuse_block(block, *below, self.rules, self.keys):
            return
        self._tree[block.digest] = block, below[1].after(block, self.keys)
        self.valid.setdefault(block.header.height, {})[block.digest] = block

    # ---- afterwards

    @property
    def forks(self) -> dict[int, int]:
        """Heights with several valid blocks, and how many."""
        return {height: len(blocks) for height, blocks in self.valid.items() if len(blocks) > 1}

    def team(self, block: bytes) -> tuple[int, ...]:
        """Return the team after a block that was published, or after the genesis block."""
        return self._tree[block][1].team

    def adopted(self, height: int) -> set[bytes]:
        """Return the different blocks that correct nodes adopted at `height`."""
        chains = (node.chain.blocks for node in self.nodes.values())
        return {blocks[height].digest for blocks in chains if len(blocks) > height}

    def schedule(self, horizon: int, source: str = "") -> Schedule:
        """Return the run as a schedule that :func:`milpbft.pov.reference.replay.replay` reads."""
        rules = self.rules
        seats = [rules.seat(rules.first, m) for m in range(1, self.views + 1)]
        return Schedule(
            protocol="pov",
            n=rules.n,
            byzantine=tuple(sorted(self.faults.byzantine)),
            primaries=tuple(rules.first_team[seat] for seat in seats),
            events=tuple(self.events),
            horizon=horizon,
            source=source,
            settings=rules.settings(),
        )


def _base(forgery: Forgery) -> str:
    return Label.parse(forgery.kind).base
