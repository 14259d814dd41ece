"""Registry: every protocol, what it offers, and where its room is.

A new protocol is a new room and one entry here. Rooms are imported when they are first used.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from milpbft.room import Room


@dataclass(frozen=True)
class Entry:
    """One protocol.

    Parameters
    ----------
    title
        Name as its authors write it.
    module
        Module whose attribute ``ROOM`` is the protocol's :class:`milpbft.room.Room`.
    encodings
        Encodings by semantics.
    """

    title: str
    module: str
    encodings: dict[str, tuple[str, ...]]

    def room(self) -> Room:
        """Import the room."""
        room: Room = import_module(self.module).ROOM
        return room


PROTOCOLS = {
    "dbft2": Entry("dBFT 2.0", "milpbft.dbft.room", {"published": ("compact", "direct")}),
}
