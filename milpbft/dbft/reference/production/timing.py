"""How long the timer of a node runs, in nanoseconds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.dbft.reference.production.alarm import NANOSECONDS

if TYPE_CHECKING:
    from milpbft.dbft.reference.production.book import Book


def on_entry(book: Book, *, recovering: bool) -> int:
    """Return the timer of a node that enters its view."""
    block = _block(book)
    waits = book.is_primary and not (recovering and book.profile.lengths != "paper")
    if not waits:
        return block << (book.view + 1)
    match book.profile.lengths:
        case "paper":
            return 0
        case "neo-go":
            return 0 if book.view else block
        case "neo-cs":
            return block


def on_request(book: Book) -> int:
    """Return the timer of a primary that proposed: that of backups, which began before."""
    block = _block(book)
    return (block << (book.view + 1)) - (0 if book.view else block)


def on_expiry(book: Book, *, locked: bool) -> int:
    """Return the timer of a node whose timer expired."""
    block = _block(book)
    return block << 1 if locked else block << (book.view + 2)


def share(book: Book, count: int) -> int:
    """Return `count` M-th parts of a block's time, by which messages put a timer off."""
    return count * _block(book) // book.rules.commit_quorum


def on_commit(book: Book) -> int:
    """Return the timer of a node that committed, before it repeats that."""
    return _block(book)


def _block(book: Book) -> int:
    return book.site.period * NANOSECONDS
