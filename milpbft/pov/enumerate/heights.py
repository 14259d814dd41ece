"""Several heights by exhaustion: the reference, tick by tick, under every choice of a coalition.

Between correct nodes everything takes one tick. What Byzantine nodes have sent comes to whom and
when the search likes, so they need not choose what to send: a Byzantine butler proposes as soon as
it has the block below, for all its duties to come; asks for timestamps at a few ticks of each duty,
for several blocks each time, and publishes all; a Byzantine commissioner signs everything. What is
chosen at each of some ticks is who is shown which of the blocks, proposals and signatures.

No plan is followed and nothing of the model is asked. R of each height is what keys draw, so the
search is run with several rings of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha512
from itertools import product
from math import prod
from typing import TYPE_CHECKING, TypeAlias

from milpbft.pov.enumerate.forking import fork
from milpbft.pov.enumerate.missing import again
from milpbft.pov.enumerate.rounds import TooLarge
from milpbft.pov.reference.commission import SWAPS
from milpbft.pov.reference.labels import at
from milpbft.pov.reference.messages import (
    BallotMessage,
    BallotRequest,
    BlockMessage,
    Proposal,
    SignatureMessage,
)
from milpbft.pov.reference.rules import Rules
from milpbft.pov.reference.world import World
from milpbft.sim.faults import Faults
from milpbft.sim.moves import Forgery, Moves
from milpbft.sim.seals import Seals

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence

    from milpbft.pov.heights import ChainInstance
    from milpbft.pov.reference.messages import Envelope
    from milpbft.pov.reference.node import Node
    from milpbft.sim.network import Packet

    Delivery: TypeAlias = tuple[int, Packet[Envelope]]


class Salted(Seals):
    """Seals of one ring of keys: R of each height is what they draw."""

    def __init__(self, salt: int) -> None:
        self._salt = salt.to_bytes(4, "big")

    def sign(self, node: int, data: bytes) -> bytes:
        """Return 64 bytes that differ by ring, node and data."""
        return sha512(self._salt + node.to_bytes(4, "big") + data).digest()


@dataclass(frozen=True)
class Width:
    """How much a search tries.

    Parameters
    ----------
    cycles
        Packing cycles, by the first clock, in which Byzantine nodes act.
    moments
        Ticks of a packing cycle, by any clock, at which messages of Byzantine nodes are shown;
        negative ones count from its end. None for all. Proposals are shown then as well: without
        one early in a cycle none is signed before the butler asks, and no block is made.
    asked
        Ticks of a packing cycle at which it asks for a timestamp, if it has the signatures. A
        header with the same signatures is the same block however often it is stamped at a tick, so
        that these are the blocks of a duty.
    most
        Steps at most, over all.
    """

    cycles: int
    moments: tuple[int, ...] | None = None
    asked: tuple[int, ...] = (2, 8, -3)
    most: int = 200_000


class HeightSearch:
    """All runs of some heights with given Byzantine nodes and keys.

    Parameters
    ----------
    instance
        What is asked.
    faulty
        How many commissioners, the last ones, butlers and other candidates, the first ones, are
        Byzantine.
    salt
        Which ring of keys.
    width
        How much is tried.
    teams
        By tenure whom commissioners designate.
    swaps
        Which commissioners leave as each tenure begins, from the second on, as schedules say it.
    theirs
        Makes the rules of faulty replicas, for mutants.
    """

    def __init__(
        self,
        instance: ChainInstance,
        faulty: tuple[int, int, int],
        salt: int,
        width: Width,
        teams: Mapping[int, Sequence[int]],
        *,
        swaps: str = "",
        theirs: Callable[[Rules], Rules] | None = None,
    ) -> None:
        i, (liars, crooks, friends) = instance, faulty
        (_, _), (butlers, _), (outside, _) = i.nodes
        self._instance, self._width, self._left = i, width, width.most
        named = {SWAPS: swaps} if swaps else {}
        self._rules = Rules.of(i.size, i.settings | {"vrf": "yes"} | named)
        self._theirs = theirs(self._rules) if theirs else None
        self._liars = range(i.commissioners - liars, i.commissioners)
        self._crooks = [*butlers[:crooks], *outside[:friends]]
        self._teams = teams
        self._faulty = frozenset([*self._liars, *self._crooks])
        self._keys = Salted(salt)
        self._asked = {one % i.cycle for one in width.asked}

    def ends(self) -> Iterator[World]:
        """Yield how runs end: Byzantine nodes act for some cycles, and then all goes on without.

        Raises
        ------
        TooLarge
            Where there are more steps than allowed.
        """
        i, busy = self._instance, self._width.cycles * self._instance.cycle
        rest = (i.butlers + 1) * i.cycle * i.heights
        named = dict.fromkeys(range(i.size), self._teams)
        frontier = [World(self._rules, keys=self._keys, faults=Faults(self._faulty),
                          favourites=named, theirs=self._theirs)]  # fmt: skip
        for tick in range(busy + rest):
            after = (twin for one in frontier for twin in self._after(one, tick, tick >= busy))
            if tick > busy and tick % i.cycle:
                frontier = list(after)  # Nothing is chosen any more: whether two meet can wait.
                continue
            found: dict[Hashable, World] = {}
            for twin in after:
                found.setdefault(self._key(twin, tick), twin)
            frontier = list(found.values())
        yield from frontier

    # ---- a tick

    def _after(self, world: World, tick: int, silent: bool) -> Iterator[World]:
        """Yield what may come of a world at a tick; the world itself becomes the last of them."""
        for lost in again(world, tick, 0 if silent else self._instance.reloads):
            twin = fork(world) if lost else world
            for node in lost:
                twin.reload(tick, node)
            yield from self._step(twin, tick, silent)

    def _step(self, world: World, tick: int, silent: bool) -> Iterator[World]:
        """Yield the same once it is settled who reloads its log."""
        given, offered = self._waiting(world, tick)
        if silent or not self._acts(world, tick):
            offered = [[[]]]
        last = prod(map(len, offered)) - 1
        for number, choice in enumerate(product(*offered)):
            self._left -= 1
            if self._left < 0:
                raise TooLarge
            twin = fork(world) if number < last else world
            lies = [] if silent else list(self._lies(twin, tick))
            shown = [one for part in choice for one in part]
            twin.events.clear()
            twin.step(tick, Moves([*shown, *given], (), lies))
            twin.impossible.clear()
            yield twin

    def _waiting(
        self, world: World, tick: int
    ) -> tuple[list[Delivery], list[list[list[Delivery]]]]:
        """Return what comes anyway, and the choices of what else does."""
        given: list[Delivery] = []
        offered: list[list[list[Delivery]]] = []
        ear = min(self._faulty, default=None)
        for node in range(self._rules.n):
            if node in self._faulty:
                if node == ear:
                    given += [(node, one) for one in world.network.under_way(node, tick)]
                continue
            waiting = world.network.under_way(node, tick)
            free = [one for one in waiting if one.sender in self._faulty]
            if node == self._rules.server:
                given += [(node, one) for one in waiting if one.kind.startswith("StampRequest")]
                continue
            given += [(node, one) for one in waiting if one.sender not in self._faulty]
            offered += self._offered(world.nodes[node], free)
        return given, offered

    def _offered(self, node: Node, free: list[Packet[Envelope]]) -> Iterator[list[list[Delivery]]]:
        """Yield choices for a node: a chain of blocks above its head, and each other message."""
        number, place = node.number, node.place
        if node.resting:
            return
        blocks = [one for one in free if isinstance(one.envelope.payload, BlockMessage)]
        yield [[(number, one) for one in path] for path in _paths(node.chain.head.digest, blocks)]
        for packet in free:
            match packet.envelope.payload:
                case Proposal() as said if node.commissioner and (said.height, said.cycle) >= place:
                    come = [(number, packet)]
                    yield [[], come] if self._rules.lock else [come]
                case BallotRequest() as said if node.commissioner:
                    if (said.height, said.cycle) >= place:
                        yield [[], [(number, packet)]]
                case BallotMessage():
                    yield [[], [(number, packet)]]
                case SignatureMessage() as said if node.butler.draft is not None and (
                    said.header == node.butler.draft.header.digest
                ):
                    yield [[], [(number, packet)]]

    def _acts(self, world: World, tick: int) -> bool:
        """Whether Byzantine nodes choose something at a tick."""
        if self._width.moments is None:
            return True
        cycle = self._rules.cycle
        chains = (node.chain.blocks for node in world.nodes.values())
        clocks = {block.timestamp for blocks in chains for block in blocks}
        moments = {one % cycle for one in self._width.moments}
        return any((tick - clock) % cycle in moments for clock in clocks)

    # ---- Byzantine nodes

    def _live(self, world: World) -> list[bytes]:
        """Return the block of each height, from genesis on, that one can be built on.

        The coalition follows the last of them.
        """
        found = list[bytes]()
        for height in range(self._instance.heights + 1):
            here = [node.chain for node in world.nodes.values() if node.chain.height >= height
                    and self._rules.sits(node.number, height + 1)]  # fmt: skip
            for chain in here:
                digest = chain.blocks[height].digest
                same = sum(one.blocks[height].digest == digest for one in here)
                if same + len(self._liars) >= self._rules.quorum:
                    if chain.height == height:
                        world.coalition.follow(chain)
                    found.append(digest)
                    break
        return found

    def _lies(self, world: World, tick: int) -> Iterator[Forgery]:
        """Yield whatever can be sent, and was not; what cannot be made is dropped."""
        live, coalition = self._live(world), world.coalition
        for height in range(1, self._instance.heights + 1):
            below = coalition.below(height)
            if self._faulty and below.header.height == height - 1 and below.digest in live:
                yield from self._sign(world, tick, height)
                for butler in self._crooks:
                    yield from self._serve(world, tick, height, butler)
        for packet in list(world.network.log):
            if packet.kind.startswith("StampRequest") and packet.sender in self._crooks:
                block = "Block" + packet.kind.removeprefix("StampRequest")
                if tick == packet.tick + 2:
                    yield Forgery(packet.sender, block, packet.view)

    def _sign(self, world: World, tick: int, height: int) -> Iterator[Forgery]:
        ballot = f"Ballot{at(height)}"
        for liar in self._liars if self._rules.special(height) else ():
            if not world.network.log.latest(liar, ballot, 0):
                yield Forgery(liar, ballot, 0)
        for packet in list(world.network.log):
            if packet.kind == f"Proposal{at(height)}" and packet.tick < tick:
                for liar in self._liars:
                    if not world.network.log.latest(liar, f"Signature{at(height)}", packet.view):
                        yield Forgery(liar, f"Signature{at(height)}", packet.view)

    def _serve(self, world: World, tick: int, height: int, butler: int) -> Iterator[Forgery]:
        """Propose for all duties until the next but one, and ask for timestamps on duty."""
        suffix, now = at(height), world.coalition.cycle(height, tick)
        since = (tick - world.coalition.below(height).timestamp) % self._rules.cycle
        seats = self._rules.butlers
        for first in world.coalition.duties(butler, height):
            for view in range(first, now + seats, seats):
                for kind in self._kinds(world, tick, height):
                    sent = world.network.log.latest(butler, f"{kind}{suffix}", view)
                    if view >= now - 1 and not sent:
                        yield Forgery(butler, f"{kind}{suffix}", view)
                if view == now - 1 and since in self._asked:
                    yield Forgery(butler, f"StampRequest~{since + 1}{suffix}", view)

    def _kinds(self, world: World, tick: int, height: int) -> list[str]:
        """Return what a butler can send to begin: a special block takes ballots of a quorum."""
        if not self._rules.special(height):
            return ["Proposal"]
        heard = {one.sender for one in world.network.log
                 if one.kind == f"Ballot{at(height)}" and one.tick < tick}  # fmt: skip
        return ["BallotRequest", *(["Proposal"] if self._rules.enough(len(heard)) else [])]

    # ---- when two runs are the same

    def _key(self, world: World, tick: int) -> Hashable:
        """Return what of a run matters from the next tick on."""
        nodes = tuple((node.keeps, *node.pool.ballots) for node in world.nodes.values())
        way: list[tuple[Hashable, ...]] = []
        for number, node in world.nodes.items():
            for packet in world.network.under_way(number, tick + 1):
                said = packet.envelope.payload
                if isinstance(said, BlockMessage):
                    if said.block.header.height > node.chain.height:
                        way.append((number, "Block", said.block.digest, packet.sender))
                elif (said.height, said.cycle) >= node.place or packet.tick == tick:
                    way.append((number, packet.kind, packet.view, said.subject))
        server = [
            (one.kind, one.view, one.envelope.payload.subject)
            for one in world.network.under_way(self._rules.server, tick + 1)
            if one.kind.startswith("StampRequest")
        ]
        asked = [
            (one.kind, one.view, tick - one.tick)
            for one in world.network.log
            if one.kind.startswith("StampRequest") and tick - one.tick <= 3
        ]
        lost = tuple(sorted(world.reloaded))
        return nodes, tuple(sorted(way, key=repr)), tuple(server), tuple(asked), lost


def _paths(head: bytes, blocks: list[Packet[Envelope]]) -> Iterator[list[Packet[Envelope]]]:
    """Yield all chains of blocks above a head, the empty one first."""
    yield []
    for packet in blocks:
        payload = packet.envelope.payload
        assert isinstance(payload, BlockMessage)
        if payload.block.header.previous == head:
            for rest in _paths(payload.block.digest, blocks):
                yield [packet, *rest]
