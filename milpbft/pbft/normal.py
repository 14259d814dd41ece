"""The normal case on replicas: what a decision takes without faults, measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from milpbft.errors import InputError
from milpbft.pbft.instance import REDUNDANT, PbftInstance
from milpbft.pbft.reference.linear_reference import LinearReference
from milpbft.pbft.reference.pbft_reference import PbftReference
from milpbft.pbft.reference.rules import Rules
from milpbft.pbft.reference.sbft_reference import SbftFastReference, SbftReference
from milpbft.schedule import Decide, Send
from milpbft.sim.adversary import RandomAdversary
from milpbft.sim.world import World

if TYPE_CHECKING:
    from milpbft.pbft.reference.reference import FamilyReference

REFERENCES: dict[str, type[FamilyReference[Any]]] = {
    "pbft": PbftReference,
    "linear": LinearReference,
    "sbft": SbftReference,
    "sbftfast": SbftFastReference,
}
"""The members of the family, by their names in the registry."""

_TICKS = 12


@dataclass(frozen=True)
class Normal:
    """One decision of all nodes, every message taking a tick.

    Parameters
    ----------
    protocol
        Its name in the registry.
    n
        Number of nodes.
    messages
        From point to point, until nothing is left to say; replies and execution certificates are
        not counted.
    first, last
        Ticks from the start to the first and to the last decision.
    """

    protocol: str
    n: int
    messages: int
    first: int
    last: int


def decide_normally(protocol: str, n: int, c: int = 0, *, switch: bool = False) -> Normal:
    """Run replicas without faults until they are at rest.

    Parameters
    ----------
    c
        Redundant nodes of SBFT, as in n = 3f + 2c + 1.
    switch
        Whether the timer of SBFT's collector expires at once, which leads to the slow path.

    Raises
    ------
    InputError
        Where the protocol is not of the family, or has no such size.
    """
    reference = _reference(protocol, n, c)
    adversary = RandomAdversary(0, deliver=1, expire=0, propose=float(switch))
    events = World(reference, adversary, _TICKS).run().schedule.events
    ends = {event.node: event.tick for event in events if isinstance(event, Decide)}
    assert len(ends) == n, "without faults all decide"
    count = sum(reference.copies(event.kind) for event in events if isinstance(event, Send))
    return Normal(protocol, n, count, min(ends.values()), max(ends.values()))


def _reference(protocol: str, n: int, c: int) -> FamilyReference[Any]:
    if protocol not in REFERENCES:
        raise InputError("protocol", protocol, f"one of {', '.join(REFERENCES)}")
    PbftInstance.parse(f"{protocol}-n{n}-v1-undecided", redundant=c)
    redundant = protocol in REDUNDANT
    return REFERENCES[protocol](Rules.sbft(n, c, execution=False) if redundant else Rules.of(n))
