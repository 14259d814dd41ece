"""Copies of replicas: quicker to make than replicas are run again."""

from __future__ import annotations

import io
import pickle
from typing import TYPE_CHECKING, Any, cast

from milpbft.pbft.reference.messages import Envelope, Payload
from milpbft.pbft.reference.rules import Rules

if TYPE_CHECKING:
    from milpbft.pbft.reference.replica import Replica


class Freezer:
    """Writes the state of replicas as bytes and reads it back.

    What never changes is shared by all copies: messages, rules, and `shared`.

    Parameters
    ----------
    shared
        Other objects that replicas have and do not change.
    """

    def __init__(self, *shared: object) -> None:
        self._shared: list[object] = list(shared)
        self._places = {id(item): place for place, item in enumerate(shared)}

    def freeze(self, replica: Replica) -> bytes:
        """Write a replica."""
        buffer = io.BytesIO()
        _Writer(buffer, self).dump(replica)
        return buffer.getvalue()

    def thaw(self, frozen: bytes) -> Replica:
        """Return a copy of the replica that was written."""
        return cast("Replica", _Reader(io.BytesIO(frozen), self).load())

    def place(self, item: object) -> int | None:
        """Return the number of an object that is shared, None for others."""
        if isinstance(item, Envelope | Payload | Rules) and id(item) not in self._places:
            self._places[id(item)] = len(self._shared)
            self._shared.append(item)
        return self._places.get(id(item))

    def at(self, place: int) -> object:
        """Return the object of a number."""
        return self._shared[place]


class _Writer(pickle.Pickler):
    def __init__(self, buffer: io.BytesIO, freezer: Freezer) -> None:
        super().__init__(buffer, protocol=pickle.HIGHEST_PROTOCOL)
        self._freezer = freezer

    def persistent_id(self, obj: object) -> int | None:
        return self._freezer.place(obj)


class _Reader(pickle.Unpickler):
    def __init__(self, buffer: io.BytesIO, freezer: Freezer) -> None:
        super().__init__(buffer)
        self._freezer = freezer

    def persistent_load(self, pid: Any) -> object:  # noqa: ANN401
        return self._freezer.at(pid)
