"""Telling: nodes that gossip, or hand buckets of Kademlia over, message by message."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from milpbft.errors import InputError
from milpbft.hgfrr.reference.replay import compare, failures_of
from milpbft.hgfrr.reference.world import Failures
from milpbft.schedule import Deliver, Fault, Schedule, Send

if TYPE_CHECKING:
    from collections.abc import Collection

    from milpbft.hgfrr.peers import Peers
    from milpbft.schedule import Event
    from milpbft.verdict import Verdict

PROTOCOL = "dissemination"
EVERYTHING = 64
"""The bucket that the source answers for: larger than any."""


@dataclass
class Gossiper:
    """A node that tells all whom it knows, once."""

    known: tuple[tuple[int, int], ...]
    kind: str = "News"
    told: bool = False

    def on_message(self, bucket: int) -> list[tuple[int, int]]:
        """Take a message; return pairs of a bucket and a receiver to send it to."""
        del bucket
        if self.told:
            return []
        self.told = True
        return list(self.known)


@dataclass
class Handler:
    """A node that answers for the bucket that it is handed, once."""

    known: tuple[tuple[int, int], ...]
    kind: str = "Bucket"
    told: bool = False

    def on_message(self, bucket: int) -> list[tuple[int, int]]:
        """Take a message; return pairs of a bucket and a receiver to send it to."""
        if self.told:
            return []
        self.told = True
        return [(smaller, node) for smaller, node in self.known if smaller < bucket]


@dataclass(frozen=True)
class Told:
    """A broadcast: its events, and since when nodes hold the message."""

    events: list[Event] = field(default_factory=list)
    first: dict[int, int] = field(default_factory=dict)


def tell(peers: Peers, source: int, silent: Collection[int] = ()) -> Told:
    """Broadcast from a node, a tick per hop; the `silent` receive and never send."""
    make = Handler if peers.identifiers else Gossiper
    nodes = [make(known) for known in peers.known]
    run = Told(first={source: 0})
    arriving, tick = [(source, source, EVERYTHING)], 0
    while arriving:
        sent = []
        for receiver, sender, bucket in arriving:
            node = nodes[receiver]
            if tick:
                run.events.append(Deliver(tick, receiver, sender, node.kind, bucket))
                run.first.setdefault(receiver, tick)
            if receiver in silent:
                continue
            sent += [(to, receiver, smaller) for smaller, to in node.on_message(bucket)]
        for sender, bucket in dict.fromkeys((sender, bucket) for _, sender, bucket in sent):
            run.events.append(Send(tick, sender, nodes[sender].kind, bucket))
        arriving, tick = sent, tick + 1
    return run


def replay_told(schedule: Schedule, peers: Peers) -> Verdict:
    """Run a schedule of gossip or Kademlia on nodes, and compare event by event, silence included.

    Raises
    ------
    InputError
        Where it has no single source, or nodes crash: here they are silent from tick 0 on.
    """
    if len(schedule.primaries) != 1:
        raise InputError("primaries", schedule.primaries, "the source alone")
    failures = failures_of(schedule)
    if failures.crashes:
        raise InputError("fault", "crash", "omission from tick 0 on")
    source = schedule.primaries[0]
    run = tell(peers, source, failures.silent)
    faults = [event for event in schedule.events if isinstance(event, Fault)]
    happened = Schedule(
        PROTOCOL, schedule.n, (), (source,), (*faults, *run.events), schedule.horizon
    )
    return compare(schedule, happened, run.first, Failures({}, failures.silent))
