"""Adversaries: who is given what at which tick, whose timer expires, what Byzantine nodes send."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any, TypeVar

from milpbft.errors import InputError
from milpbft.sim.moves import Forgery, Moves

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from milpbft.sim.world import World

E = TypeVar("E")


class RandomAdversary:
    """Chooses by chance; the same seed chooses the same.

    Parameters
    ----------
    seed
        Of its random numbers.
    deliver
        Probability that a message under way arrives, per receiver and tick.
    propose
        Probability that the timer of a primary that has not proposed yet expires, per tick.
    expire
        The same for any other correct node.
    forge
        Probability that a Byzantine node sends a message, per tick.
    values
        How many different proposals a Byzantine primary makes at most in a view.

    Raises
    ------
    InputError
        Where a probability is not from 0 to 1.
    """

    def __init__(
        self,
        seed: int,
        *,
        deliver: float = 0.5,
        propose: float = 0.5,
        expire: float = 0.05,
        forge: float = 0.3,
        values: int = 1,
    ) -> None:
        chances = {"deliver": deliver, "propose": propose, "expire": expire, "forge": forge}
        for field, chance in chances.items():
            if not 0 <= chance <= 1:
                raise InputError(field, chance, "a probability from 0 to 1")
        self.name = f"random adversary, seed {seed}"
        self._random = Random(seed)
        self._chances = chances
        self._values = values

    def choose(self, tick: int, world: World[Any, E]) -> Moves[E]:
        """Toss a coin for every message under way, every timer, and every Byzantine node."""
        correct = world.correct(tick)
        deliveries = [
            (node, packet)
            for node in correct
            for packet in world.network.under_way(node, tick)
            if self._happens("deliver")
        ]
        self._random.shuffle(deliveries)
        expiries = [
            node
            for node in correct
            if self._happens("propose" if world.proposes(node) else "expire")
            and world.may_expire(node, tick)
        ]
        byzantine = sorted(world.faults.byzantine)
        liars = [node for node in byzantine if self._happens("forge")]
        return Moves(deliveries, expiries, [self._lie(node, world) for node in liars])

    def _lie(self, node: int, world: World[Any, E]) -> Forgery:
        # Early views are where most correct nodes are; the last is one that nobody has entered.
        view = self._random.randint(0, world.highest_view + 1)
        kind = self._random.choice(world.reference.kinds)
        value = self._random.randrange(self._values)
        named = kind in world.reference.valued_kinds
        return Forgery(node, f"{kind}#{value}" if value and named else kind, view)

    def _happens(self, what: str) -> bool:
        return self._random.random() < self._chances[what]


class ScriptedAdversary:
    """Makes given moves; deliveries are named by label, since messages are not made yet.

    Parameters
    ----------
    deliveries
        Per tick: receiver, sender, kind and view of each message that arrives. What is not under
        way then is left out.
    expiries
        Per tick the nodes whose timers expire.
    forgeries
        Per tick what Byzantine nodes send.
    """

    name = "scripted adversary"

    def __init__(
        self,
        deliveries: Mapping[int, Sequence[tuple[int, int, str, int]]],
        expiries: Mapping[int, Sequence[int]],
        forgeries: Mapping[int, Sequence[Forgery]] | None = None,
    ) -> None:
        self._deliveries = deliveries
        self._expiries = expiries
        self._forgeries = forgeries or {}

    def choose(self, tick: int, world: World[Any, E]) -> Moves[E]:
        """Make the moves of `tick`."""
        chosen = []
        for node, sender, kind, view in self._deliveries.get(tick, ()):
            for packet in world.network.under_way(node, tick):
                if (packet.sender, packet.kind, packet.view) == (sender, kind, view):
                    chosen.append((node, packet))
                    break
        return Moves(chosen, self._expiries.get(tick, ()), self._forgeries.get(tick, ()))
