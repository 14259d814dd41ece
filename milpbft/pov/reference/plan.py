"""Plans: which blocks a run of several heights is to have, who makes and who adopts them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from milpbft.errors import InputError
from milpbft.pov.reference.labels import Label
from milpbft.schedule import Decide, Fault, Schedule, Send

if TYPE_CHECKING:
    from collections.abc import Iterator

Place = tuple[int, int]
"""Height of a block, from 1, and its number there; the genesis block is (0, 0)."""

GENESIS: Place = (0, 0)


@dataclass
class Plan:
    """What a schedule of protocol ``povchain`` says.

    Its ticks are heights. ``Send(t, i, "Block#k@t")`` says that butler i makes block k of height t,
    above block 0 of the height before; ``Decide(t, n, k)`` that node n adopts it. An honest maker
    stands for whichever honest butler is drawn.

    Attributes
    ----------
    makers
        Nodes, by the place of the block.
    adopters
        Who adopts it.
    reloads
        Heights and nodes that reload their logs as an honest butler's block comes to them, and
        lose it.
    """

    byzantine: frozenset[int]
    makers: dict[Place, int] = field(default_factory=dict)
    adopters: dict[Place, set[int]] = field(default_factory=dict)
    reloads: set[tuple[int, int]] = field(default_factory=set)

    @classmethod
    def of(cls, schedule: Schedule) -> Plan:
        """Read a schedule.

        Raises
        ------
        InputError
            Where a kind is none of a block, or a block is adopted that nobody makes.
        """
        plan = cls(frozenset(schedule.byzantine))
        for event in schedule.events:
            if isinstance(event, Send):
                label = Label.parse(event.kind)
                if label.base != "Block" or label.height != event.tick:
                    raise InputError("kind", event.kind, f"a block of height {event.tick}")
                plan.makers[event.tick, label.variant] = event.node
                plan.adopters[event.tick, label.variant] = set()
        for event in schedule.events:
            if isinstance(event, Fault) and event.fault == "reload":
                plan.reloads.add((event.tick, event.node))
            if isinstance(event, Decide):
                place = event.tick, event.view
                if place not in plan.makers:
                    raise InputError("view", event.view, f"a block of height {event.tick}")
                plan.adopters[place].add(event.node)
        return plan

    def above(self, place: Place) -> list[Place]:
        """Return the blocks above a block, those of Byzantine butlers first.

        Of these the one that is built on comes first.
        """
        if place[1]:
            return []

        def rank(one: Place) -> tuple[bool, Place]:
            return self.makers[one] not in self.byzantine, one

        return sorted((one for one in self.makers if one[0] == place[0] + 1), key=rank)

    def ours(self, place: Place) -> list[Place]:
        """Return the blocks of Byzantine butlers above a block, in the order of their making."""
        return [one for one in self.above(place) if self.makers[one] in self.byzantine]

    def honest(self, place: Place) -> bool:
        """Whether an honest butler makes a block above a block."""
        return len(self.ours(place)) < len(self.above(place))

    def path(self, node: int) -> list[Place]:
        """Return the blocks that a node adopts, from height 1 on."""
        return sorted(place for place, nodes in self.adopters.items() if node in nodes)

    def places(self) -> Iterator[Place]:
        """Yield all places, the genesis block first."""
        yield GENESIS
        yield from sorted(self.makers)
