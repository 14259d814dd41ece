"""An adversary that tries to split correct nodes: random, but with an aim."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

from milpbft.pbft.reference.messages import NewView, PrePrepare
from milpbft.sim.moves import Forgery, Moves

if TYPE_CHECKING:
    from collections.abc import Sequence

    from milpbft.pbft.reference.messages import Envelope
    from milpbft.sim.world import World


class SplittingAdversary:
    """Decides once for all who hears what: per node, label and view, soon, rarely, or never.

    Such a network keeps to one plan through a run, where coin tosses per message would blur it.
    Byzantine nodes send whatever some correct node would take, and nothing else.

    Parameters
    ----------
    seed
        Of its random numbers.
    chances
        Probabilities per tick that a message arrives, one of which is drawn for each node, label
        and view.
    expiries
        The same for a timer, for each node and view.
    forge
        Probability that a Byzantine node sends a given message that would be taken, per tick.
    values
        How many values Byzantine nodes use.
    """

    def __init__(
        self,
        seed: int,
        *,
        chances: Sequence[float] = (0.0, 0.1, 0.7, 0.7),
        expiries: Sequence[float] = (0.0, 0.1, 0.3),
        forge: float = 0.3,
        values: int = 2,
    ) -> None:
        self.name = f"splitting adversary, seed {seed}"
        self._random = Random(seed)
        self._chances, self._expiries = chances, expiries
        self._forge, self._values = forge, values
        self._plan: dict[tuple[object, ...], float] = {}

    def choose(self, tick: int, world: World[Any, Envelope]) -> Moves[Envelope]:
        """Deliver what the plan says, let timers expire, and lie where it helps."""
        correct = world.correct(tick)
        deliveries = [
            (node, packet)
            for node in correct
            for packet in world.network.under_way(node, tick)
            if self._random.random() < self._drawn(self._chances, node, packet.kind, packet.view)
        ]
        self._random.shuffle(deliveries)
        expiries = [
            node
            for node in correct
            if self._random.random() < self._drawn(self._expiries, node, self._view(world, node))
            and world.may_expire(node, tick)
        ]
        return Moves(deliveries, expiries, self._lies(world))

    def _drawn(self, values: Sequence[float], *about: object) -> float:
        if about not in self._plan:
            self._plan[about] = self._random.choice(values)
        return self._plan[about]

    def _view(self, world: World[Any, Envelope], node: int) -> int:
        view: int = world.reference.view(world.replicas[node])
        return view

    def _lies(self, world: World[Any, Envelope]) -> list[Forgery]:
        lies = []
        for node in sorted(world.faults.byzantine):
            for view in range(world.highest_view + 1):
                for label in self._labels(world):
                    if world.network.log.latest(node, label, view) is not None:
                        continue
                    if self._random.random() < self._forge and self._taken(
                        world, node, label, view
                    ):
                        lies.append(Forgery(node, label, view))
        return lies

    def _labels(self, world: World[Any, Envelope]) -> list[str]:
        reference = world.reference
        return [
            f"{kind}#{value}" if value else kind
            for kind in reference.kinds
            for value in range(self._values if kind in reference.valued_kinds else 1)
        ]

    def _taken(self, world: World[Any, Envelope], node: int, label: str, view: int) -> bool:
        """Whether some correct node that waits for `view` would take the message."""
        reference = world.reference
        kind = label.partition("#")[0]
        if kind in (PrePrepare.kind, NewView.kind) and reference.primary(view) != node:
            return False
        envelope = reference.forge(node, label, view, world.network.log)
        judge = reference.replicas()[reference.primary(view)]
        judge.view, judge.active = view, False
        judge.on_message(envelope)
        return not judge.dropped
