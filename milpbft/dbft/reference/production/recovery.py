"""What a RecoveryMessage carries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.dbft.reference.messages import (
    PrepareResponse,
)
from milpbft.dbft.reference.production.book import wished

if TYPE_CHECKING:
    from milpbft.dbft.reference.messages import Envelope
    from milpbft.dbft.reference.production.book import Book


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
