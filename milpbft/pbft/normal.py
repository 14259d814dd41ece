"""The normal case on replicas: what a decision takes without faults, measured."""

from __future__ import annotations

from dataclasses import dataclass

from milpbft.errors import InputError
from milpbft.pbft.instance import PbftInstance
from milpbft.pbft.reference.family import REFERENCES, rules_of
from milpbft.schedule import Decide, Send
from milpbft.sim.adversary import RandomAdversary
from milpbft.sim.world import World

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
    if protocol not in REFERENCES:
        raise InputError("protocol", protocol, f"one of {', '.join(REFERENCES)}")
    PbftInstance.parse(f"{protocol}-n{n}-v1-undecided", redundant=c)
    reference = REFERENCES[protocol](rules_of(protocol, n, c, execution=False))
    adversary = RandomAdversary(0, deliver=1, expire=0, propose=float(switch))
    events = World(reference, adversary, _TICKS).run().schedule.events
    ends = {event.node: event.tick for event in events if isinstance(event, Decide)}
    assert len(ends) == n, "without faults all decide"
    count = sum(reference.copies(event.kind) for event in events if isinstance(event, Send))
    return Normal(protocol, n, count, min(ends.values()), max(ends.values()))
