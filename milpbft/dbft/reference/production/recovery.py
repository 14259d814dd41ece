"""What a RecoveryMessage carries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.dbft.reference.messages import (
    PrepareResponse,
)
from milpbft.dbft.reference.production.book import view_asked

if TYPE_CHECKING:
    from milpbft.dbft.reference.messages import Envelope
    from milpbft.dbft.reference.production.book import Book


def carried(book: Book, *, done: bool) -> tuple[Envelope, ...]:
    """Return change views, request, responses and, where the node committed, commits, by node."""
    change_views = book.led_here
    if book.profile.carries == "known":
        change_views = {i: e for i, e in book.change_views.items() if view_asked(e) >= book.view}
    tells = book.own_commit or (done and book.profile.done == "all")
    commits = [e for _, e in sorted(book.commits.items())] if tells else []
    prepared = sorted(
        book.preparations.values(),
        key=lambda e: (isinstance(e.payload, PrepareResponse), e.sender),
    )
    asked = _by_node(change_views)
    if book.profile.carries == "quorum":
        asked = asked[: book.rules.view_quorum]
    return (*asked, *prepared, *commits)


def _by_node(messages: dict[int, Envelope]) -> list[Envelope]:
    return [envelope for _, envelope in sorted(messages.items())]
