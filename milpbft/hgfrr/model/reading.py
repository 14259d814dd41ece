"""Reading: a point of a broadcast's problem as a schedule."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from milpbft.schedule import Deliver, Event, Fault, Send

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import numpy as np
    from numpy.typing import NDArray

    from milpbft.automaton.pernode.rows import Affine
    from milpbft.hgfrr.model.broadcast import Broadcast
    from milpbft.hgfrr.model.layout import Place
    from milpbft.hgfrr.model.terms import Series


AGAIN = "Again"
"""What the kinds of a repeated broadcast end in."""


class Reading:
    """The values of a broadcast.

    Parameters
    ----------
    broadcast
        Its variables.
    x
        A point.
    """

    def __init__(self, broadcast: Broadcast, x: NDArray[np.int64]) -> None:
        self._broadcast = broadcast
        self._layout = broadcast.layout
        self._x = x

    def value(self, term: Affine) -> int:
        """Return the value of an expression."""
        return term.constant + sum(c * int(self._x[k]) for k, c in term.terms.items())

    def tick(self, series: Series) -> int | None:
        """Return the first tick at which a series is 1; None for none."""
        return next((t for t, term in enumerate(series) if self.value(term)), None)

    def places(self) -> tuple[tuple[int, ...], ...]:
        """Return per ring the places on which its contacts stand."""
        topology = self._layout.topology
        return tuple(
            tuple(self._root(i, b) for b in self._layout.contacts(i))
            for i in range(len(topology.rings))
        )

    def node(self, place: Place) -> int:
        """Return who stands on a place."""
        ring, number = place
        while self._layout.level(ring):
            ring, contact = self._layout.below((ring, number))
            number = self._root(ring, contact)
        return self._layout.topology.rings[ring].members[number]

    def faults(self) -> list[Event]:
        """Return who is faulty, and since when."""
        faults, found = self._broadcast.faults, list[Event]()
        for node in self._layout.topology.nodes.tolist():
            tick = self.tick(faults.since(node))
            if tick is not None:
                found.append(Fault(tick, node, "crash" if faults.kind == "crash" else "omission"))
        return found

    def restarts(self) -> list[Event]:
        """Return who starts again, and when."""
        lives = self._broadcast.lives
        if lives is None:
            return []
        kind: Literal["restart", "reload"]
        kind = "restart" if self._broadcast.terms.forgetful else "reload"
        ticks = {n: self.tick(lives.since(n)) for n in self._layout.topology.nodes.tolist()}
        return [Fault(tick, node, kind) for node, tick in ticks.items() if tick is not None]

    def events(self) -> list[Event]:
        """Return every fault, send and delivery."""
        # Several messages of one kind that a node sends at one tick are one Send.
        sends = {event for event in self._traffic() if isinstance(event, Send)}
        delivers = [event for event in self._traffic() if isinstance(event, Deliver)]
        return [*self.faults(), *self.restarts(), *sorted(sends, key=_key), *delivers]

    def _traffic(self) -> Iterator[Send | Deliver]:
        b = self._broadcast
        asking = b.arrivals if b.lives is None else b.asking
        for (level, place, contact), arrival in zip(b.asked, asking, strict=True):
            ring = self._layout.way_up[level]
            taker = ring, self._root(ring, contact)
            # A bearer that broadcasts in the ring itself asks nobody.
            if place[1] not in (self._root(ring, a) for a in self._layout.serving(ring)):
                header, sent = ("Up", level), b.fresh(self._borne(level, place), place)
                yield from self._message(header, place, taker, arrival, sent)
        for (ring, contact), joined in b.trees.items():
            header = f"Down#{contact}" if contact else "Down", self._layout.level(ring)
            shapes = b.shapes(ring, contact)
            order = next(shape.order for shape in shapes if not self.value(shape.unless))
            for parent, child in self._layout.tree(ring, contact, order):
                ends = (ring, parent), (ring, child)
                came = joined[child] if b.lives is None else b.passing[ring, contact, child]
                yield from self._message(header, *ends, came, b.fresh(joined[parent], ends[0]))

    def _borne(self, level: int, place: Place) -> Series:
        """Return since when the bearer has the message that it asks with."""
        if not level:
            return self._broadcast.begun
        return self._broadcast.up[level - 1, self._layout.below(place)[1]]

    def _message(
        self, header: tuple[str, int], giver: Place, taker: Place, arrival: Series, sent: Series
    ) -> Iterator[Send | Deliver]:
        """Yield a message's sendings, and its arrivals if it comes to them; given kind and level.

        There is one of each at most, but where nodes start again.
        """
        silent = self._broadcast.faults.kind == "silent"
        links = self._broadcast.links
        wait = links.wait(header[0].partition("#")[0], giver, taker)
        for since in self._ticks(sent):
            muted = silent and self.value(self._broadcast.fault(giver)[since])
            if not muted and since + wait < len(sent):
                yield Send(since + wait, self.node(giver), *header)
        for tick in self._ticks(arrival):
            yield Deliver(tick, self.node(taker), self.node(giver), *header)

    def _ticks(self, series: Series) -> list[int]:
        """Return the ticks of a message: the first one at which a cumulative series is 1."""
        if self._broadcast.lives is None:
            first = self.tick(series)
            return [] if first is None else [first]
        return [tick for tick, term in enumerate(series) if self.value(term)]

    def _root(self, ring: int, contact: int) -> int:
        """Return the place on which a contact stands."""
        places = range(self._layout.size(ring))
        return next(p for p in places if self.value(self._broadcast.stands(ring, contact, p)))


def repeated(events: Iterable[Event], start: int) -> Iterator[Event]:
    """Yield the messages of a broadcast that is a repetition, and starts at a tick; not faults."""
    for event in events:
        if isinstance(event, Send | Deliver):
            kind, mark, root = event.kind.partition("#")
            yield replace(event, tick=event.tick + start, kind=f"{kind}{AGAIN}{mark}{root}")


def _key(event: Send) -> tuple[int, int, str, int]:
    return event.tick, event.node, event.kind, event.view
