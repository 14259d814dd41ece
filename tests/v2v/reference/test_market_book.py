"""The quick search of the book finds what looking at everything finds."""

from __future__ import annotations

from random import Random

import pytest

from milpbft.v2v.catalogue import random_market
from milpbft.v2v.reference.staged import Staged
from tests.v2v.drawn_markets import draw_market


def differing(data) -> int:
    """Return how often an arriving order gets another match; orders stay in the book."""
    staged, wrong = Staged(data), 0
    market = staged.open()
    book = market.state.book
    for order in data.incoming:
        mine = staged.order(order)
        wrong += book.best(mine) != book.scan(mine)
        market.state.add_order(mine)
    for order in data.orders[::2]:
        market.state.remove_order(staged.id(order))
    for order in data.orders[::2]:
        wrong += book.best(staged.order(order)) != book.scan(staged.order(order))
    return wrong


@pytest.mark.parametrize("seed", range(60))
def test_small_books_with_ties(seed):
    """Owners with several orders, little money, purchase prices that count."""
    r = Random(seed)
    assert not differing(draw_market(r, r.randint(1, 6), r.randint(1, 6), funds=True))


@pytest.mark.parametrize("seed", range(6))
def test_large_books(seed):
    """Forty orders of each side; a third of the clients have little money."""
    data = random_market(40, 40, 4, seed)
    r = Random(seed)
    funds = {o.client: r.randint(0, 900) for o in data.buys if r.random() < 0.4}
    assert not differing(data.model_copy(update={"funds": funds, "fee": 2 * seed}))
