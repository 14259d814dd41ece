"""Where a production node is."""

from __future__ import annotations

from dataclasses import dataclass

from milpbft.dbft.model.state import State

LATE, COMMITS, MISLED = "K", "Z", "Cq"
"""In view change with all responses but its own that a commit takes; responding and committing at
once; believing that it has a block that M commits do not sign."""
ANSWERED, ANSWERED_LATE = "R", "Rx"
"""A primary that answered its own request, which others brought back to it after it had started
again: it commits to nothing in its view. The latter asked for the next view."""
STANDING = ("I", "P", "W", "X", LATE)
"""Phases of nodes that have neither committed nor a block."""


@dataclass(frozen=True)
class Standing(State):
    """A location of the production tables.

    Parameters
    ----------
    forgot
        Whether the node knew a change view for a later view as it entered this one, and forgot it.
    """

    forgot: bool = False

    @property
    def place(self) -> str:
        """The location's name, without the class."""
        return super().place + ("_g" if self.forgot else "")
