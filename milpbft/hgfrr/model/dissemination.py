"""Gossip and Kademlia under silent nodes as a MILP, without ticks.

A node relays if it holds the message and is not silent. Who relays in the end is the least set that
holds the source and whoever one of the set passes the message on to, the silent left out. Both
goals want the set small, so the rows say only what must be in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from milpbft.milp.builder import Builder, Sum, each
from milpbft.milp.problem import EQ, GE, LE
from milpbft.question.model import StrictModel
from milpbft.schedule import Deliver, Fault, Schedule, Send
from milpbft.schedule.promising import budget

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from milpbft.hgfrr.dissemination import DisseminationInstance
    from milpbft.hgfrr.peers import Peers
    from milpbft.milp.block import Block
    from milpbft.milp.problem import Problem
    from milpbft.schedule import Event

KINDS = {"gossip": "News", "kademlia": "Bucket"}
"""Kinds of messages by scheme."""

Arc = tuple[int, int, int]
"""A node, whom it passes the message on to, and the bucket that it hands over."""


def arcs_of(peers: Peers, source: int) -> list[Arc]:
    """Return who passes the message on to whom once it holds it."""
    if not peers.identifiers:
        return [(u, v, bit) for u, known in enumerate(peers.known) for bit, v in known]
    return list(_handed(peers, source, list(range(len(peers.known)))))


def _handed(peers: Peers, node: int, group: list[int]) -> Iterator[Arc]:
    """Yield what a node that answers for a group does: halve it, and hand over the other half."""
    own = peers.identifiers[node]
    while len(group) > 1:
        bit = max((peers.identifiers[one] ^ own).bit_length() for one in group) - 1
        half = [one for one in group if (peers.identifiers[one] ^ own) >> bit & 1]
        to = dict(peers.known[node])[bit]
        yield node, to, bit
        yield from _handed(peers, to, half)
        group = [one for one in group if one not in set(half)]


@dataclass(frozen=True)
class _Blocks:
    """``relays[v]``: holds the message and is correct; ``silent[v]``."""

    relays: Block
    silent: Block


@dataclass(frozen=True)
class DisseminationModel(StrictModel):
    """A broadcast by gossip or over Kademlia as a MILP.

    Parameters
    ----------
    instance
        What is asked.
    peers
        Who knows whom.
    """

    instance: DisseminationInstance
    peers: Peers

    @cached_property
    def arcs(self) -> list[Arc]:
        """Who passes the message on to whom."""
        return arcs_of(self.peers, self.instance.source)

    @cached_property
    def _built(self) -> tuple[Problem, _Blocks]:
        i = self.instance
        m = Builder(i.name, "min")
        x = _Blocks(m.variables("relays", i.n, base=0), m.variables("silent", i.n, base=0))
        self.start(m, x)
        self.spread(m, x)
        if i.objective.name == "coverage":
            m.add("faults", Sum(x.silent.index), relation=EQ, rhs=i.faults)
            m.optimise(each(x.relays.index))
        else:
            self.half(m, x)
            m.optimise(each(x.silent.index))
        return m.build(), x

    def start(self, m: Builder, x: _Blocks) -> None:
        """``relays[source] = 1``, ``silent[source] = 0``."""
        source = self.instance.source
        m.add("source", Sum(x.relays.index[source].reshape(1)), relation=EQ, rhs=1)
        m.add("correct", Sum(x.silent.index[source].reshape(1)), relation=EQ)

    def spread(self, m: Builder, x: _Blocks) -> None:
        """``relays[v] + silent[v] >= relays[u]`` for every arc from u to v."""
        for u, v, _ in self.arcs:
            terms = [Sum(block.index[v].reshape(1)) for block in (x.relays, x.silent)]
            m.add("spread", *terms, -Sum(x.relays.index[u].reshape(1)), relation=GE)

    def half(self, m: Builder, x: _Blocks) -> None:
        """``2 sum(v) relays[v] <= n - sum(v) silent[v]``, and ``sum(v) silent[v] <= b``."""
        i = self.instance
        m.add("half", 2 * Sum(x.relays.index), Sum(x.silent.index), relation=LE, rhs=i.n)
        m.add("faults", Sum(x.silent.index), relation=LE, rhs=i.faults)

    @property
    def problem(self) -> Problem:
        """The problem, built on first use."""
        return self._built[0]

    def schedule(self, x: NDArray[np.int64], source: str) -> Schedule:
        """Read a point: who is silent, and what the others then do, a tick per hop."""
        i = self.instance
        silent = set(self._built[1].silent.of(x).nonzero()[0].tolist())
        settings = {name: str(getattr(i, name)) for name in ("scheme", "fanout", "seed")}
        settings["budget"] = budget((range(i.n), i.faults))
        return Schedule(
            i.protocol, i.n, (), (i.source,), tuple(self._events(silent)), i.n,
            source=source, settings=settings,
        )  # fmt: skip

    def _events(self, silent: set[int]) -> Iterator[Event]:
        for node in sorted(silent):
            yield Fault(0, node, "omission")
        held, now, tick = {self.instance.source}, {self.instance.source}, 0
        kind = KINDS[self.instance.scheme]
        while now:
            sent = [arc for arc in self.arcs if arc[0] in now - silent]
            for u, bit in sorted({(u, bit) for u, _, bit in sent}):
                yield Send(tick, u, kind, bit)
            for u, v, bit in sent:
                yield Deliver(tick + 1, v, u, kind, bit)
            now = {v for _, v, _ in sent} - held
            held |= now
            tick += 1
