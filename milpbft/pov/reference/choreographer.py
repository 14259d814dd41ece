"""A choreographer: Byzantine nodes that do what a plan of several heights asks for.

Between correct nodes everything takes one tick. A Byzantine butler makes the blocks that the plan
gives it on its duty, and shows each to those who are to adopt it: as the block of an honest butler
arrives, where one is planned, or else as soon as all are made. Where it is to go on above a block,
commissioners are shown that block when the clock of its height has come round to the same butler;
butlers, who could make another meanwhile, are shown it at once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from milpbft.pov.reference.labels import at
from milpbft.pov.reference.messages import BallotRequest, BlockMessage, Proposal, StampRequest
from milpbft.pov.reference.plan import GENESIS, Place, Plan
from milpbft.sim.moves import Forgery, Moves

if TYPE_CHECKING:
    from collections.abc import Iterator

    from milpbft.pov.reference.blocks import Block
    from milpbft.pov.reference.messages import Envelope
    from milpbft.pov.reference.world import World
    from milpbft.sim.network import Packet

_SOON = 2
"""Ticks of a packing cycle within which its butler must begin."""
_ROUND = 5
"""Ticks that a first timestamp takes: two for ballots, two for signatures, and one."""


@dataclass
class Duty:
    """What a Byzantine butler does in one packing cycle."""

    place: Place
    cycle: int
    blocks: list[Place]
    called: int | None = None
    proposed: int | None = None


@dataclass
class Choreographer:
    """Does what a plan asks for, as far as nodes let it.

    Attributes
    ----------
    real
        Blocks by their place in the plan, once they are there.
    silent
        Whether Byzantine nodes say nothing any more.
    """

    plan: Plan
    real: dict[Place, Block] = field(default_factory=dict)
    silent: bool = False
    _duty: Duty | None = None

    def choose(self, tick: int, world: World) -> Moves[Envelope]:
        """Deliver what is under way, and let the butler on duty act."""
        self.notice(world)
        self._reload(tick, world)
        ours: list[tuple[int, Packet[Envelope]]] = []
        others: list[tuple[int, Packet[Envelope]]] = []
        for node, packet in world.network.everywhere(tick):
            payload = packet.envelope.payload
            if packet.sender in self.plan.byzantine and isinstance(payload, BlockMessage):
                if not self.silent and self._shown(node, payload.block, tick, world):
                    ours.append((node, packet))
            else:
                others.append((node, packet))
        forgeries = [] if self.silent else list(self._act(tick, world))
        return Moves([*ours, *others], (), forgeries)

    def notice(self, world: World) -> None:
        """Find the blocks of the plan among those that were published."""
        if GENESIS not in self.real:
            self.real[GENESIS] = next(iter(world.nodes.values())).chain.blocks[0]
        known = {block.digest for block in self.real.values()}
        for packet in world.network.log:
            payload = packet.envelope.payload
            if not isinstance(payload, BlockMessage) or payload.block.digest in known:
                continue
            block, foul = payload.block, packet.sender in self.plan.byzantine
            below = self._place_of(block.header.previous)
            for place in self._order(below):
                if place not in self.real and foul == (self.plan.makers[place]
                                                       in self.plan.byzantine):  # fmt: skip
                    self.real[place] = block
                    known.add(block.digest)
                    break

    def _order(self, below: Place | None) -> list[Place]:
        """Return the blocks above one as they are made: of two honest ones the last is built on."""
        above = self.plan.above(below) if below is not None else []
        honest = [one for one in above if self.plan.makers[one] not in self.plan.byzantine]
        return [one for one in above if one not in honest] + honest[::-1]

    def _reload(self, tick: int, world: World) -> None:
        """Let nodes reload their logs as a block comes that they are to miss."""
        stalls = {height for height, _ in self.plan.reloads if (height, 0) not in self.plan.makers}
        for packet in list(world.network.log) if self.plan.reloads else ():
            payload = packet.envelope.payload
            if isinstance(payload, StampRequest) and packet.tick == tick - 2:
                # Whichever butler is on duty first, if nobody is to make a block of the height.
                if payload.height in stalls and packet.sender not in world.reloaded:
                    stalls.discard(payload.height)
                    world.reload(tick, packet.sender)
                continue
            if packet.tick != tick - 1 or not isinstance(payload, BlockMessage):
                continue
            place = self._place_of(payload.block.digest)
            had = self.plan.adopters[place] if place is not None else set()
            for height, node in sorted(self.plan.reloads):
                due = place is not None and height == place[0] and node not in world.reloaded
                if due and node not in had:
                    world.reload(tick, node)

    def _place_of(self, digest: bytes) -> Place | None:
        found = (place for place, block in self.real.items() if block.digest == digest)
        return next(found, None)

    # ---- clocks

    def _cycle(self, place: Place, tick: int, world: World) -> tuple[int, int, int]:
        """Return cycle, ticks since it began, and who is on duty above a block."""
        block, rules = self.real[place], world.rules
        cycle = (tick - block.timestamp) // rules.cycle + 1
        since = (tick - block.timestamp) % rules.cycle
        return cycle, since, world.team(block.digest)[rules.seat(block.random, cycle)]

    def _maker(self, place: Place, world: World) -> int | None:
        """Return the Byzantine butler who is to act above a block: to make one, or to stall."""
        if ours := self.plan.ours(place):
            return self.plan.makers[ours[0]]
        stalls = world.rules.lock and place[1] == 0 and not self.plan.above(place)
        last = world.rules.rounds is not None and place[0] >= world.rules.rounds
        team = world.team(self.real[place].digest) if stalls else ()
        crooks = [one for one in self.plan.byzantine if one in team]
        return min(crooks) if stalls and crooks and not last else None

    # ---- who is shown what

    def _shown(self, node: int, block: Block, tick: int, world: World) -> bool:
        """Whether a Byzantine butler's block is shown to a node now."""
        if node in self.plan.byzantine or node == world.rules.server:
            return True
        place = self._place_of(block.digest)
        if place is None or node not in self.plan.adopters[place]:
            return False
        below = place[0] - 1, 0
        rules = world.rules
        if place[0] < rules.begins(node):
            # A newcomer that catches up: before correct nodes can answer it.
            made = all(one in self.real for one in self.plan.ours(below))
            return made and world.nodes[node].present
        if self.plan.honest(below):
            return any(
                packet.tick < tick
                and packet.sender not in self.plan.byzantine
                and isinstance(packet.envelope.payload, BlockMessage)
                and packet.envelope.payload.block.header.previous == block.header.previous
                for packet in world.network.log
            )
        butler = node >= rules.commissioners and node not in rules.newcomers
        if not all(one in self.real for one in self.plan.ours(below)):
            return False
        return self._time_to_show(place, butler, tick, world)

    def _time_to_show(self, place: Place, butler: bool, tick: int, world: World) -> bool:
        """Whether a block, with all that are to stand beside it made, is to be shown now.

        With a lock nobody can make another block meanwhile, and with `fetch` who has one gives it
        to all: all blocks of the height are shown at once, when it suits the one that is built on.
        """
        rules, below, live = world.rules, (place[0] - 1, 0), (place[0], 0)
        waiting = live if rules.lock else place
        maker = self._maker(waiting, world) if waiting == live and live in self.real else None
        left = set(world.nodes) - {rules.server}
        left -= set().union(*(self.plan.adopters[one] for one in self.plan.above(below)))
        if place[0] > 1:
            left &= self.plan.adopters[below]
        team = world.team(self.real[below].digest)
        waits = rules.lock or not (rules.fetch or any(n in team for n in left))
        if maker is None or not waits or (butler and not rules.lock):
            return True
        _, since, duty = self._cycle(waiting, tick, world)
        return duty == maker and since <= _SOON

    # ---- what Byzantine butlers do

    def _act(self, tick: int, world: World) -> Iterator[Forgery]:
        yield from self._sign(tick, world)
        for place in list(self.real):
            maker = self._maker(place, world) if place[1] == 0 else None
            if maker is None:
                continue
            missing = [one for one in self.plan.ours(place) if one not in self.real]
            cycle, _, duty = self._cycle(place, tick, world)
            going = self._duty is not None and self._duty.place == place
            stalls = not self.plan.ours(place)
            if not going and (missing or stalls) and duty == maker and self._there(place, world):
                room = world.rules.cycle - (tick - self.real[place].timestamp) % world.rules.cycle
                if room > len(missing) + _ROUND:
                    self._duty = Duty(place, cycle, missing)
            if self._duty is not None and self._duty.place == place:
                yield from self._serve(self._duty, maker, tick, world)

    def _sign(self, tick: int, world: World) -> Iterator[Forgery]:
        """Vote and sign for an honest butler, where the plan has a block of one."""
        liars = self._liars(world)
        for packet in list(world.network.log) if liars else ():
            said = packet.envelope.payload
            if packet.tick != tick - 1 or said.sender in self.plan.byzantine:
                continue
            kind, below = "", None
            if isinstance(said, Proposal):
                kind, below = "Signature", self._place_of(said.draft.header.previous)
            elif isinstance(said, BallotRequest):
                kind, below = "Ballot", (said.height - 1, 0)
            if below in self.real and self.plan.honest(below):
                yield from (Forgery(one, kind + at(said.height), packet.view) for one in liars)

    def _liars(self, world: World) -> list[int]:
        """Return the Byzantine commissioners."""
        return [one for one in sorted(self.plan.byzantine) if one < world.rules.commissioners]

    def _there(self, place: Place, world: World) -> bool:
        """Whether enough commissioners have the block to sign the next."""
        head = self.real[place].digest
        rules, liars = world.rules, self.plan.byzantine
        c = rules.commission(rules.tenure(place[0] + 1))
        here = sum(world.nodes[i].chain.head.digest == head for i in world.nodes if i in c)
        wanted = len(c & self.plan.adopters.get(place, set(world.nodes)))
        return here >= wanted and here + len(c & liars) >= rules.quorum

    def _serve(self, duty: Duty, maker: int, tick: int, world: World) -> Iterator[Forgery]:
        """Call for ballots in a special round, propose, ask for timestamps, and publish."""
        height, view = duty.place[0] + 1, duty.cycle - 1
        suffix = at(height)
        end = self.real[duty.place].timestamp + duty.cycle * world.rules.cycle
        if world.rules.special(height) and duty.called is None:
            duty.called = tick
            yield Forgery(maker, f"BallotRequest{suffix}", view)
            yield from (Forgery(one, f"Ballot{suffix}", view) for one in self._liars(world))
            return
        if duty.proposed is None:
            if duty.called is None or tick >= duty.called + 2:
                duty.proposed = tick
                yield Forgery(maker, f"Proposal{suffix}", view)
            return
        count = len(duty.blocks)
        first = duty.proposed + 2
        if self.plan.honest(duty.place):
            first = max(first, end - 1 - count)
        for number in range(count):
            named = (f"~{number}" if number else "") + suffix
            if tick == first + number:
                yield Forgery(maker, f"StampRequest{named}", view)
            if tick == first + number + 2:
                yield Forgery(maker, f"Block{named}", view)
        if tick >= max(first + count + 2, end):
            self._duty = None
