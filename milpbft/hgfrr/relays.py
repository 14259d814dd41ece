"""Relays: who passes a broadcast on to whom, as data for models and for consensus on top."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from milpbft.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

START = -1
"""Cause of a transmission that the source makes of itself."""


@dataclass(frozen=True, eq=False)
class Relays:
    """All transmissions of one broadcast without failures, and what each of them needs.

    Fewer correct nodes never send more, so whatever is silenced, the transmissions that still
    happen are some of these: transmission e happens if and only if its sender is correct and one of
    ``causes[e]`` happened, or is ``START``. A node holds the message if it is the source or the
    receiver of one that happened.

    With one contact per ring each transmission has a single cause, so the transmissions form a
    tree, and one silent relay keeps the message from all that lies behind it. That tree is over
    transmissions, not nodes: a contact on the way up from the source is passed twice, once upwards
    and once in the tree of the ring above, and what is behind it in that tree waits for the second
    time. Hence `hops` is not the depth in the tree of `parents` there; :meth:`path` is the walk.

    Parameters
    ----------
    source
        The node that broadcasts at tick 0.
    ids
        Length of arrays indexed by node.
    sender, receiver
        Per transmission.
    sent
        Per transmission the tick at which it leaves; it arrives one tick later. Ascending.
    level
        Per transmission the level of its ring.
    label
        Per transmission its kind in schedules, e.g. ``Up`` or ``Down``.
    causes
        Per transmission the indices of those on whose receipt its sender makes it, any one
        sufficing; `START` alone where the source makes it of itself. None needs another, or the
        transmission itself, to happen first.
    """

    source: int
    ids: int
    sender: NDArray[np.int64]
    receiver: NDArray[np.int64]
    sent: NDArray[np.int64]
    level: NDArray[np.int64]
    label: tuple[str, ...]
    causes: tuple[tuple[int, ...], ...]

    @cached_property
    def delivering(self) -> NDArray[np.int64]:
        """Per node the transmission by which it first holds the message; -1 for none."""
        found = np.full(self.ids, -1, dtype=np.int64)
        for index in reversed(range(len(self.sender))):
            found[self.receiver[index]] = index
        found[self.source] = -1
        return found

    @cached_property
    def parents(self) -> NDArray[np.int64]:
        """Per node the one that it first has the message from; -1 for the source, and none."""
        found = np.full(self.ids, -1, dtype=np.int64)
        held = np.nonzero(self.delivering >= 0)[0]
        found[held] = self.sender[self.delivering[held]]
        return found

    @property
    def children(self) -> tuple[tuple[int, ...], ...]:
        """Per node those that first have the message from it, ascending."""
        found: list[list[int]] = [[] for _ in range(self.ids)]
        for node, parent in enumerate(self.parents.tolist()):
            if parent >= 0:
                found[parent].append(node)
        return tuple(map(tuple, found))

    @cached_property
    def hops(self) -> NDArray[np.int64]:
        """Per node the tick at which it first holds the message; 0 for the source, -1 for none."""
        found = np.full(self.ids, -1, dtype=np.int64)
        held = np.nonzero(self.delivering >= 0)[0]
        found[held] = self.sent[self.delivering[held]] + 1
        found[self.source] = 0
        return found

    def path(self, node: int) -> tuple[int, ...]:
        """Return the walk on which the message first comes to `node`, both ends included.

        A relay may be on it twice. Empty where `node` never holds the message.
        """
        if node == self.source:
            return (node,)
        index = int(self.delivering[node])
        if index < 0:
            return ()
        walk = [node]
        while index != START:
            walk.append(int(self.sender[index]))
            # Its earliest cause, which is what the sender acted on.
            index = min(self.causes[index])
        return tuple(reversed(walk))

    def happening(
        self, silent: Iterable[int] = (), without: Iterable[int] = ()
    ) -> NDArray[np.bool_]:
        """Per transmission, whether it happens.

        Parameters
        ----------
        silent
            Nodes that never send.
        without
            Transmissions that are kept from happening.
        """
        muted, kept = set(silent), set(without)
        happens = np.zeros(len(self.sender), dtype=np.bool_)
        ready = deque(e for e, causes in enumerate(self.causes) if START in causes)
        while ready:
            index = ready.popleft()
            if happens[index] or index in kept or int(self.sender[index]) in muted:
                continue
            happens[index] = True
            ready.extend(self._effects[index])
        return happens

    def reached(self, silent: Iterable[int]) -> NDArray[np.bool_]:
        """Per node, whether it holds the message where the nodes `silent` never send."""
        held = np.zeros(self.ids, dtype=np.bool_)
        held[self.receiver[self.happening(silent)]] = True
        held[self.source] = True
        return held

    def behind(self, relay: int) -> tuple[int, ...]:
        """Return the other nodes that do not hold the message where `relay` alone is silent.

        Raises
        ------
        InputError
            Where there is no such node.
        """
        if not 0 <= relay < self.ids:
            raise InputError("relay", relay, f"a node from 0 to {self.ids - 1}")
        lost = self.reached(()) & ~self.reached((relay,))
        return tuple(int(node) for node in np.nonzero(lost)[0] if node != relay)

    @cached_property
    def _effects(self) -> tuple[tuple[int, ...], ...]:
        found: list[list[int]] = [[] for _ in self.causes]
        for effect, causes in enumerate(self.causes):
            for cause in causes:
                if cause != START:
                    found[cause].append(effect)
        return tuple(map(tuple, found))
