"""What of a RecoveryMessage a node takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.dbft.reference.messages import (
    ChangeView,
    Commit,
    Payload,
    PrepareRequest,
    PrepareResponse,
)

if TYPE_CHECKING:
    from milpbft.dbft.reference.messages import Envelope, RecoveryMessage
    from milpbft.dbft.reference.production.core import Core

Part = tuple[type[Payload], ...]
PARTS: tuple[Part, ...] = (
    (ChangeView,),
    (PrepareRequest, PrepareResponse),
    (Commit,),
)
"""The parts of a recovery message, in the order in which they are taken."""


def fits(replica: Core, recovery: RecoveryMessage, part: tuple[type[Payload], ...]) -> bool:
    """Whether a node takes that part of a recovery message, as it comes to it."""
    if replica.profile.recovered == "all":
        return True
    book, view = replica.book, recovery.view
    if ChangeView in part:
        return view > book.view and not replica.locked
    if Commit in part:
        return view <= book.view
    return view == book.view and not book.refuses and not replica.locked


def parts_of(recovery: RecoveryMessage, part: Part) -> list[Envelope]:
    """Return that part of a recovery message, requests first."""
    return [envelope for kind in part for envelope in recovery.parts.get(kind, ())]


def admissible(replica: Core, payload: Payload) -> bool:
    """Whether a recovery message has a place for a message: that for a request is the primary's.

    Only a liar carries another; nodes that take `all` refuse it as they would otherwise.
    """
    if replica.profile.recovered == "all" or not isinstance(payload, PrepareRequest):
        return True
    return payload.view == replica.book.view and payload.sender == replica.book.primary
