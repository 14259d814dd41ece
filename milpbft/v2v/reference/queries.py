"""Unordered requests: answered from a replica's state at once, without consensus."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.v2v.reference.codec import DecodeError, decode, encode
from milpbft.v2v.reference.codes import MALFORMED, OK, UNKNOWN

if TYPE_CHECKING:
    from milpbft.v2v.reference.codec import Item
    from milpbft.v2v.reference.state import State

BLOCKS_MOST = 100
"""Of one answer."""


def login(name: str) -> bytes:
    """Ask whether a name is registered; it changes nothing."""
    return encode(("login", name))


def market() -> bytes:
    """Ask for the open orders."""
    return encode(("market",))


def account(client: int) -> bytes:
    """Ask for a client's name, balance and last request."""
    return encode(("account", client))


def ledger(first: int, last: int) -> bytes:
    """Ask for blocks, from 1 on."""
    return encode(("ledger", first, last))


def answer(state: State, question: bytes) -> bytes:
    """Answer a question from the state; whatever it holds, nothing is raised."""
    try:
        item = decode(question)
    except DecodeError:
        item = ()
    return encode(_answer(state, item))


def _answer(state: State, item: Item) -> tuple[Item, ...]:
    match item:
        case ("login", str(name)):
            return (OK, state.names[name]) if name in state.names else (UNKNOWN,)
        case ("market",):
            orders = (order.fields for _, order in sorted(state.book.orders.items()))
            return OK, tuple(orders)
        case ("account", int(client)):
            known = state.accounts.get(client)
            return (OK, known.name, known.balance, known.last) if known else (UNKNOWN,)
        case ("ledger", int(first), int(last)):
            blocks = state.blocks[max(first, 1) - 1 : min(last, first + BLOCKS_MOST)]
            return OK, state.totals.head, tuple(block.fields for block in blocks)
    return (MALFORMED,)
