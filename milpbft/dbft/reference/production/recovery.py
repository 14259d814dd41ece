"""What a RecoveryMessage carries, and what of it a node takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.dbft.reference.messages import (
    ChangeView,
    Commit,
    Payload,
    PrepareRequest,
    PrepareResponse,
)
from milpbft.dbft.reference.production.book import wished

if TYPE_CHECKING:
    from milpbft.dbft.reference.messages import Envelope, RecoveryMessage
    from milpbft.dbft.reference.production.book import Book
    from milpbft.dbft.reference.production.core import Core


def carried(book: Book, *, done: bool) -> tuple[Envelope, ...]:
    """Return change views, request, responses and, where the node committed, commits, by node."""
    wishes = book.led_here
    if book.profile.carries == "known":
        wishes = {i: e for i, e in book.wishes.items() if wished(e) >= book.view}
    tells = book.own_commit or (done and book.profile.done == "all")
    commits = [e for _, e in sorted(book.commits.items())] if tells else []
    prepared = sorted(
        book.preparations.values(),
        key=lambda e: (isinstance(e.payload, PrepareResponse), e.sender),
    )
    return (*_by_node(wishes), *prepared, *commits)


def _by_node(messages: dict[int, Envelope]) -> list[Envelope]:
    return [envelope for _, envelope in sorted(messages.items())]


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
