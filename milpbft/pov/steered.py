"""A coalition that keeps the duty: Byzantine butlers steer R on running nodes of the reference."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.errors import InputError
from milpbft.pov.formulas import random_number
from milpbft.pov.reference.messages import Proposal, SignatureMessage
from milpbft.pov.reference.world import World
from milpbft.pov.steering import signer_sets
from milpbft.sim.faults import Faults
from milpbft.sim.moves import Forgery, Moves

if TYPE_CHECKING:
    from milpbft.pov.reference.blocks import Header
    from milpbft.pov.reference.messages import Envelope
    from milpbft.pov.reference.rules import Rules
    from milpbft.schedule import Schedule


class Steerer:
    """Delivers everything after one tick; Byzantine butlers on duty draw each other.

    Parameters
    ----------
    friends
        Numbers of the Byzantine butlers.
    """

    def __init__(self, friends: frozenset[int]) -> None:
        self._friends = friends
        self._signed: dict[bytes, set[int]] = {}
        self._headers: dict[int, Header] = {}
        self._named: dict[int, str] = {}
        self._asked: dict[int, int] = {}

    def choose(self, tick: int, world: World) -> Moves[Envelope]:
        """Deliver what is under way, and let the butler on duty act if it is Byzantine."""
        deliveries = world.network.everywhere(tick)
        for _, packet in deliveries:
            payload = packet.envelope.payload
            if isinstance(payload, SignatureMessage):
                self._signed.setdefault(payload.header, set()).add(payload.sender)
            if isinstance(payload, Proposal):
                self._headers[payload.height] = payload.draft.header
        return Moves(deliveries, (), self._forgeries(tick, world))

    def _forgeries(self, tick: int, world: World) -> list[Forgery]:
        """Propose, ask for a timestamp with the right signatures, publish: one step per tick."""
        chain = max((node.chain for node in world.nodes.values()), key=lambda one: one.height)
        height = chain.height + 1
        butler = chain.on_duty(1)
        resting = world.rules.rounds is not None and height > world.rules.rounds
        if butler not in world.faults.byzantine or resting:
            return []
        at = f"@{height}" if height > 1 else ""
        header = self._headers.get(height)
        if header is None:
            return [Forgery(butler, f"Proposal{at}", 0)]
        if height in self._asked:
            done = tick == self._asked[height] + 2
            return [Forgery(butler, f"Block{self._named[height]}{at}", 0)] if done else []
        signers = self._pick(world, header, tick + 1)
        if signers is None:
            return []
        self._asked[height] = tick
        self._named[height] = f"{{{','.join(map(str, signers))}}}"
        return [Forgery(butler, f"StampRequest{self._named[height]}{at}", 0)]

    def _pick(self, world: World, header: Header, time: int) -> tuple[int, ...] | None:
        """Return signers whose signatures with the timestamp `time` draw a friend, if any."""
        rules, keys = world.rules, world.keys
        have = self._signed.get(header.digest, set())
        if len(have) < rules.commissioners:
            return None
        for signers in signer_sets(rules, have):
            signatures = [keys.sign(c, header.encoded) for c in signers]
            if random_number(signatures, time, rules.butlers) in self._friends:
                return signers
        return next(signer_sets(rules, have))


def steered(rules: Rules, friends: frozenset[int], ticks_per_round: int = 6) -> Schedule:
    """Return the run of a tenure in which Byzantine butlers draw each other as long as they can.

    Parameters
    ----------
    rules
        With a number of rounds, and cycles of more than 6 ticks.
    friends
        Numbers of the Byzantine butlers; the first butler on duty should be one of them.

    Raises
    ------
    InputError
        Where rounds have no number, or cycles are too short for a block.
    """
    if rules.rounds is None:
        raise InputError("rounds", None, "a number")
    if rules.cycle <= ticks_per_round:
        raise InputError("cycle", rules.cycle, f"more than {ticks_per_round}")
    nodes = frozenset(rules.first_team[number] for number in friends)
    world = World(rules, faults=Faults(nodes))
    horizon = ticks_per_round * rules.rounds + rules.cycle
    world.run(Steerer(friends), horizon)
    source = f"Byzantine butlers {sorted(friends)} of {rules.butlers} steer R"
    return world.schedule(horizon, source)
