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
        Module of the protocol's :class:`milpbft.room.Room`, and its name there, after a colon.
    encodings
        Encodings by semantics; empty where there is only a reference implementation so far.
    """

    title: str
    module: str
    encodings: dict[str, tuple[str, ...]]

    def room(self) -> Room:
        """Import the room."""
        module, _, name = self.module.partition(":")
        room: Room = getattr(import_module(module), name)
        return room


_DBFT = "milpbft.dbft.room"
PROTOCOLS = {
    "dbft1": Entry("dBFT 1.0", f"{_DBFT}:DBFT1", {"strict": ("counted",)}),
    "dbft2": Entry(
        "dBFT 2.0",
        f"{_DBFT}:DBFT2",
        {"published": ("compact", "direct"), "strict": ("counted",)},
    ),
    "dbft21": Entry("dBFT 2.1, staged change views", f"{_DBFT}:DBFT21", {}),
}
