"""Random adversaries on the reference, held to the network and the faults of an instance.

They know nothing of the model. No run of theirs may be worth more than the proven optimum.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING

from milpbft.check.carriage import Carriage
from milpbft.pov.reference.labels import Label
from milpbft.pov.reference.rules import Rules
from milpbft.pov.reference.world import World
from milpbft.schedule import Decide, Fault
from milpbft.sim.faults import Faults
from milpbft.sim.moves import Forgery, Moves

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from milpbft.pov.instance import RoundInstance
    from milpbft.pov.reference.messages import Envelope
    from milpbft.sim.network import Packet


@dataclass
class RandomAdversary:
    """Tosses coins for deliveries and for what Byzantine nodes send, within an instance's rules.

    Parameters
    ----------
    instance
        Says who may be late and how much, and what Byzantine butlers may do.
    random
        The coins.
    eager
        Chance that a message arrives after one tick; others take any time that they may, or never
        arrive.
    patient
        Chance that a Byzantine butler with a block holds it back for another tick.
    """

    instance: RoundInstance
    random: Random
    eager: float = 0.5
    patient: float = 0.5
    _side: dict[int, int] = field(default_factory=dict)
    _cut: int = 0
    _since: int = 0
    _often: float = 0.0
    _spared: int = 0
    _restarted: set[int] = field(default_factory=set)
    _asked: dict[tuple[int, int], list[str]] = field(default_factory=dict)
    _published: set[tuple[int, str]] = field(default_factory=set)
    _arrival: dict[tuple[int, Packet[Envelope]], int] = field(default_factory=dict)
    _known: dict[Packet[Envelope], int] = field(default_factory=dict)
    _carriage: Carriage = field(default_factory=lambda: Carriage(0))

    def __post_init__(self) -> None:
        i = self.instance
        self._carriage = Carriage(i.commissioners + i.butlers + 1, i.overlay)
        if i.parts:
            self._side = {c: i.part(c) for c in range(i.commissioners)}
            free = [node for node in range(i.butlers) if self.random.random() < 0.5]
            for node in free[: i.butlers - i.posted]:
                self._side[i.commissioners + node] = self.random.randrange(1, len(i.parts))
        self._often = 2 / i.horizon
        if i.reloads and self.random.random() < 0.5:
            # What comes to many at once is lost only if they reload together.
            self._since, self._often = self.random.randint(0, i.horizon), 0.8
            self._spared = self.random.randrange(i.reloads)
        self._cut = self.random.randint(0, i.horizon) if i.cut is None else i.cut

    def choose(self, tick: int, world: World) -> Moves[Envelope]:
        """Choose the moves of a tick, and how far the time server's clock is off."""
        i = self.instance
        self._restart(tick, world)
        deliveries = [
            (node, packet)
            for node, packet in world.network.everywhere(tick)
            if self._arrives(tick, node, packet, world)
        ]
        self.random.shuffle(deliveries)
        for node, packet in deliveries:
            if node in world.faults.byzantine:
                self._known.setdefault(packet, tick)
            if node == world.rules.server and i.off:
                place = packet.kind.removeprefix("StampRequest"), packet.view
                world.readings[place] = self.random.randint(max(-tick, -i.off), i.off)
        forgeries = [
            forgery for node in sorted(world.faults.byzantine) for forgery in self._lie(node, world)
        ]
        return Moves(deliveries, self._expire(tick, world), forgeries)

    def _restart(self, tick: int, world: World) -> None:
        """Let some nodes start again, each once: of one role without memory, or with logs."""
        if tick < self._since:
            return
        i, team = self.instance, [n for n in world.nodes if n < world.rules.server and tick]
        able = [n for n in team if i.reloads or (n < i.commissioners) == bool(i.amnesia)]
        others = sorted(set(able) - self._restarted)
        if self._since:
            self.random.shuffle(others)
        for node in others:
            left = i.amnesia + i.lapses + i.reloads - self._spared - len(self._restarted)
            if left and self.random.random() < self._often:
                self._restarted.add(node)
                (world.reload if i.reloads else world.restart)(tick, node)

    def _expire(self, tick: int, world: World) -> list[int]:
        """Choose whose timers expire, where clocks differ: those that must do so anyway."""
        skew = self.instance.skew
        early = [
            number
            for number, node in world.nodes.items()
            if skew and node.deadline is not None and tick >= node.deadline - skew
        ]
        return [node for node in early if self.random.random() < 1 / (2 * skew)]

    def _arrives(self, tick: int, node: int, packet: Packet[Envelope], world: World) -> bool:
        i, ends = self.instance, {node, packet.sender}
        honest = not ends & world.faults.byzantine
        served = world.rules.server in ends and not i.isolated
        apart = len({self._side.get(one, 0) for one in ends}) > 1 and not served
        if honest and apart and self._parted(tick) and self._known.get(packet, tick) >= tick:
            return False
        hops = self._carriage.hops(packet.sender, node)
        if packet.sender not in world.faults.byzantine and tick < packet.tick + hops:
            return False
        if (node, packet) not in self._arrival:
            free = self._carriage.open(packet.sender, node, world.faults.byzantine)
            honest &= free is not None
            due = max(packet.tick, i.gst) + (free or hops) * i.delta
            due += i.late if node == world.rules.server else 0
            honest &= not (i.withholding and world.rules.server in ends)
            due = due if honest and i.delta else i.horizon + 2
            if honest and apart and self._parted(due):
                due = i.horizon + 2
            fast = due <= tick or self.random.random() < self.eager
            self._arrival[node, packet] = tick if fast else self.random.randint(tick, due)
        return self._arrival[node, packet] <= tick

    def _parted(self, tick: int) -> bool:
        """Whether there is a partition at a tick."""
        return self._cut <= tick and (self.instance.heal is None or tick < self.instance.heal)

    def _lie(self, node: int, world: World) -> Iterator[Forgery]:
        """Yield what a Byzantine node sends, of any view: also of those that are still to come."""
        i = self.instance
        for view in range(i.views):
            if i.fetch and self.random.random() < self.eager:
                yield Forgery(node, "Fetch", view)
            for k in range(i.variants + i.objective.name.endswith("illegal")):
                name = f"#{k}{'!' * (k >= i.variants)}" if k else ""
                if node < i.commissioners:
                    if self.random.random() < self.eager:
                        yield Forgery(node, f"Signature{name}", view)
                elif view % i.butlers == node - i.commissioners:
                    yield from self._serve(node, view, k, name, world)

    def _serve(self, node: int, view: int, k: int, name: str, world: World) -> Iterator[Forgery]:
        """Yield what a Byzantine butler sends of one proposal on its duty."""
        asked = self._asked.setdefault((view, k), [])
        if world.network.log.latest(node, f"Proposal{name}", view) is None:
            if self.random.random() < self.eager:
                yield Forgery(node, f"Proposal{name}", view)
            return
        for suffix in asked:
            if (view, suffix) not in self._published and self.random.random() > self.patient:
                ready = self._timestamp(world, suffix, view)
                if ready is not None and ready not in world.network.under_way(node, ready.tick + 1):
                    self._published.add((view, suffix))
                    yield Forgery(node, f"Block{suffix}", view)
        for number in range(len(asked), self.instance.stamps):
            suffix = self._request(node, view, name, number, world)
            if suffix and self.random.random() < self.eager:
                asked.append(suffix)
                yield Forgery(node, f"StampRequest{suffix}", view)

    @staticmethod
    def _timestamp(world: World, suffix: str, view: int) -> Packet[Envelope] | None:
        """Return the time server's answer to a request, however far its clock was off."""
        found = (one for one in world.network.log if one.sender == world.rules.server)
        asked = (one for one in found if one.view == view)
        return next((one for one in asked if Label.parse(one.kind).suffix == suffix), None)

    def _request(self, node: int, view: int, name: str, number: int, world: World) -> str:
        """Return the suffix of a request, with any quorum that the butler has; empty for none."""
        i = self.instance
        able = [c for c in range(i.commissioners) if self._able(world, node, view, name, c)]
        if len(able) < i.quorum:
            return ""
        most = min(len(able), world.rules.most_signatures)
        signers = sorted(self.random.sample(able, self.random.randint(i.quorum, most)))
        return f"{name}{{{','.join(map(str, signers))}}}" + (f"~{number}" if number else "")

    def _able(self, world: World, node: int, view: int, name: str, c: int) -> bool:
        """Whether a Byzantine node has been given the signature of a commissioner."""
        if c in world.faults.byzantine:
            return True
        packet = world.network.log.latest(c, f"Signature{name}", view)
        return packet is not None and packet in self._known


def random_run(
    instance: RoundInstance, seed: int, theirs: Callable[[Rules], Rules] | None = None
) -> World:
    """Run the reference under a random adversary with so many Byzantine nodes at most.

    Parameters
    ----------
    theirs
        Makes the rules of faulty replicas, for mutants.
    """
    random = Random(f"{instance.name} {seed}")
    c = instance.commissioners
    liars = random.sample(range(c), _some(random, instance.byzantine_commissioners))
    crooks = random.sample(
        range(c, c + instance.butlers), _some(random, instance.byzantine_butlers)
    )
    rules = Rules.of_round(instance)
    mutant = theirs(rules) if theirs else None
    world = World(rules, faults=Faults(frozenset(liars + crooks)), theirs=mutant)
    eager, patient = random.choice((0.1, 0.5, 0.8, 0.95)), random.choice((0.2, 0.8, 0.9))
    adversary = RandomAdversary(instance, random, eager, patient)
    world.run(adversary, instance.horizon)
    return world


def _some(random: Random, most: int) -> int:
    """Return `most`, or half of the time fewer."""
    return most if random.random() < 0.5 else random.randint(0, most)


def worth(world: World, instance: RoundInstance) -> int:
    """Return the value of a run for an instance's objective.

    Where the fewest faults are asked for: how many the run had if it has the violation, and one
    more than there may be if not.
    """
    adopted = {
        block.digest: block for node in world.nodes.values() for block in node.chain.blocks[1:2]
    }
    forged = sum(
        any(one.signature == bytes(64) for one in block.draft.content.transactions)
        for block in adopted.values()
    )
    match instance.objective.name:
        case "blocks":
            return len(adopted)
        case "illegal":
            return forged
        case "faults_fork" | "faults_illegal" | "faults_stop" as kind:
            violated = {
                "faults_fork": len(adopted) > 1,
                "faults_illegal": forged > 0,
                "faults_stop": not adopted,
            }[kind]
            most = instance.byzantine_commissioners + instance.byzantine_butlers
            nothing = most + instance.amnesia + instance.lapses + instance.reloads + 1
            again = sum(isinstance(e, Fault) and e.goes_on for e in world.events)
            return len(world.faults.byzantine) + again if violated else nothing
    return _cycles(world, instance)


def _cycles(world: World, instance: RoundInstance) -> int:
    """Count cycles until the first correct node has a block, or the last (objective ``last``)."""
    team = [node for node in world.nodes if node < instance.commissioners + instance.butlers]
    never = instance.horizon + 1
    done = dict.fromkeys(team, never)
    for event in world.events:
        if isinstance(event, Decide):
            done[event.node] = event.tick
    ends = done.values()
    first = instance.objective.name == "cycles"
    over = min(ends, default=never) if first else max(ends, default=0)
    starts = [min(v * instance.cycle, never) for v in range(1, instance.begun + 1)]
    return 1 + sum(over >= start for start in starts)
