"""Random adversaries of several heights: between correct nodes everything takes one tick.

They know nothing of the model, and nothing of plans. No run of theirs may be worth more than the
proven optimum, nor stop a chain before it.
"""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from milpbft.pov.reference.chains import Performance
from milpbft.pov.reference.commission import SWAPS, commission, written
from milpbft.pov.reference.labels import at
from milpbft.pov.reference.rules import Rules
from milpbft.pov.reference.world import World
from milpbft.sim.faults import Faults
from milpbft.sim.moves import Forgery, Moves
from milpbft.sim.signatures import KeyRing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from milpbft.pov.heights import ChainInstance
    from milpbft.pov.reference.commission import Swaps
    from milpbft.pov.reference.messages import Envelope
    from milpbft.sim.network import Packet


class RandomButlers:
    """Byzantine nodes that send whatever they can make, at random ticks, to random nodes.

    Parameters
    ----------
    random
        The coins.
    busy
        Chance per tick that a Byzantine node tries to send something.
    latest
        What it sent is shown to a node after so many ticks at most; half of it after one.
    """

    def __init__(self, random: Random, busy: float, latest: int) -> None:
        self._random = random
        self._busy = busy
        self._latest = latest
        self._shown: dict[tuple[int, Packet[Envelope]], int] = {}
        self._asked: list[tuple[int, str, int]] = []
        self.silent = False

    def choose(self, tick: int, world: World) -> Moves[Envelope]:
        """Deliver what is owed; toss coins for the rest."""
        faulty = world.faults.byzantine
        given: list[tuple[int, Packet[Envelope]]] = []
        for node, packet in world.network.everywhere(tick):
            free = packet.sender in faulty and node not in faulty and node != world.rules.server
            if not free or (not self.silent and self._arrives(tick, node, packet)):
                given.append((node, packet))
        self._random.shuffle(given)
        # What they build on is any node's chain.
        world.coalition.follow(self._random.choice(list(world.nodes.values())).chain)
        lies = [] if self.silent else [
            lie for node in sorted(faulty) if self._random.random() < self._busy
            for lie in self._lies(node, world)
        ]  # fmt: skip
        return Moves(given, (), lies)

    def _arrives(self, tick: int, node: int, packet: Packet[Envelope]) -> bool:
        """Whether what a Byzantine node sent is shown now: blocks any time, others mostly soon."""
        if (node, packet) not in self._shown:
            soon = self._random.random() < (0.3 if packet.kind.startswith("Block") else 0.9)
            wait = 1 if soon else self._random.randint(1, self._latest)
            self._shown[node, packet] = packet.tick + wait
        return self._shown[node, packet] <= tick

    def _lies(self, node: int, world: World) -> Iterator[Forgery]:
        """Yield a few tries: of any height that it knows of, any view, proposal and repetition."""
        rules, random = world.rules, self._random
        height = random.randint(max(1, world.coalition.height - 1), world.coalition.height)
        view = random.randrange(3 * rules.butlers)
        if node < rules.commissioners:
            yield Forgery(node, f"{random.choice(['Signature', 'Ballot', 'Fetch'])}{at(height)}",
                          view)  # fmt: skip
            return
        suffix = random.choice(["", "", "", "#1", "#2"])
        for kind in ("BallotRequest", f"Proposal{suffix}"):
            yield Forgery(node, kind + at(height), self._on_duty(node, height, world, view))
        named = suffix + (f"~{random.randint(1, 3)}" if random.random() < 0.4 else "")
        duty = self._on_duty(node, height, world, view)
        self._asked.append((node, named + at(height), duty))
        yield Forgery(node, f"StampRequest{named}{at(height)}", duty)
        for butler, what, when in random.sample(self._asked, min(4, len(self._asked))):
            yield Forgery(butler, f"Block{what}", when)

    def _on_duty(self, node: int, height: int, world: World, view: int) -> int:
        """Return a view of its duty, mostly the one that the clock says."""
        duties = world.coalition.duties(node, height)
        if not duties:
            return view
        now = world.coalition.cycle(height, len(world.events) and world.events[-1].tick) - 1
        seats = world.rules.butlers
        near = [one for d in duties for one in range(d, now + seats, seats) if one >= now - 1]
        return self._random.choice(near or duties)


def _swaps(i: ChainInstance, random: Random) -> str:
    """Draw who leaves as each term begins."""
    found: Swaps = ()
    newcomer = i.commissioners + i.butlers + i.outside + 1
    for _ in filter(i.ends, range(i.heights)):
        there = sorted(commission(i.commissioners, newcomer, found, len(found) + 1))
        found = (*found, tuple(sorted(random.sample(there, i.swaps))))
    return written(found)


def _reloading(most: int, often: float, random: Random, world: World, tick: int) -> list[int]:
    """Draw who reloads its log at a tick, of those to whom something is under way."""
    left = most - len(world.reloaded)
    if left <= 0:
        return []
    able = [n for n in world.nodes if n not in world.reloaded and world.network.under_way(n, tick)]
    return [node for node in random.sample(able, min(left, len(able))) if random.random() < often]


def random_chain(
    instance: ChainInstance, seed: int, theirs: Callable[[Rules], Rules] | None = None
) -> Performance:
    """Run a chain under random Byzantine nodes, and then without them until nothing happens.

    Parameters
    ----------
    theirs
        Makes the rules of faulty replicas, for mutants.
    """
    i, random = instance, Random(f"{instance.name} {seed}")
    told = {SWAPS: _swaps(i, random)} if i.swaps else {}
    rules = Rules.of(i.size, i.settings | {"vrf": "yes"} | told)
    (voters, liars), *able = i.nodes
    crooks = [node for nodes, most in able for node in nodes[:most]]
    faults = Faults(frozenset([*random.sample(voters, liars), *crooks]))
    candidates = [node for nodes, _ in able for node in nodes]
    # Whom commissioners designate, all of them the same, in each tenure.
    teams = {1 + k: random.sample(candidates, i.butlers) for k in range(i.heights)}
    named = dict.fromkeys(range(i.size), teams) if i.outside else None
    world = World(rules, keys=KeyRing(rules.n, seed), faults=faults, favourites=named,
                  theirs=theirs(rules) if theirs else None)  # fmt: skip
    latest = random.choice((2, i.cycle, 2 * i.cycle))
    adversary = RandomButlers(random, random.choice((0.3, 0.6, 1.0)), latest)
    most = random.randint(0, i.reloads) if i.reloads else 0
    often = random.choice((0.02, 0.1, 0.5, 0.9)) if most else 0.0
    busy = (i.butlers + 1) * i.cycle * i.heights
    # What comes to many at once is lost only if they reload together.
    since = random.choice((0, random.randrange(busy))) if most else 0
    rest = (i.butlers + 1) * i.cycle * (i.heights + 1)
    for tick in range(busy + rest):
        adversary.silent = tick >= busy
        for node in _reloading(most, often, random, world, tick) if tick >= since else ():
            world.reload(tick, node)
        world.step(tick, adversary.choose(tick, world))
    world.impossible.clear()
    return Performance(world, busy + rest - 1, seed, "")
