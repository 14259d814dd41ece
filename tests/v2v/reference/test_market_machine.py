"""The market as a state machine: what requests do, and what no sequence of them can do."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from milpbft.v2v.reference import codes, queries
from milpbft.v2v.reference import operations as ask
from milpbft.v2v.reference.blocks import fault
from milpbft.v2v.reference.codec import DecodeError, decode, encode
from milpbft.v2v.reference.genesis import Genesis
from milpbft.v2v.reference.machine import Market

MASTER = 9
GENESIS = Genesis(((0, 0), (10_000, 0)), fee=2, master=MASTER, block_size=2)
CLIENTS = st.sampled_from([0, 1, 2, 3, MASTER])


def small(kind: type[ask.Operation]) -> st.SearchStrategy[ask.Operation]:
    """Requests of a kind with few different values, so that they meet."""
    named = st.sampled_from(["ann", "bob", "eve"])
    values: dict[str, st.SearchStrategy[Any]] = {
        "name": named,
        "client": CLIENTS,
        "number": st.integers(0, 30),
        "quantity": st.sampled_from([1000, 1500, 2000]),
        "charge": st.sampled_from([0, 1500, 5000]),
        "price": st.sampled_from([1, 3, 20]),
        "value": st.sampled_from([10, 60]),
        "use": st.just(100),
        "paid": st.sampled_from([0, 10]),
        "x": st.sampled_from([0, 3000, 9000]),
        "y": st.just(0),
        "amount": st.integers(1, 90),
    }
    return st.builds(kind, **{f: values[f] for f in [field.name for field in fields(kind)]})


REQUESTS = st.lists(
    st.tuples(CLIENTS, st.one_of([small(kind) for kind in ask.ORDERED])), max_size=40
)


def opened(genesis: Genesis = GENESIS) -> Market:
    """A market with three clients that have vehicles and 100 each."""
    market = Market(genesis)
    for client, name in enumerate(("ann", "bob", "eve")):
        for number, op in enumerate(
            (ask.Register(name), ask.Link(5000, 100, 10, 0, 0), ask.Deposit(100)), start=1
        ):
            assert decode(market.apply(client, number, op.to_bytes()))[0] == codes.OK
    return market


def run(market: Market, requests: list[tuple[int, ask.Operation]]) -> list[bytes]:
    """Apply requests, each with the next number of its client."""
    numbers = dict.fromkeys(range(MASTER + 1), 3)
    replies = []
    for client, op in requests:
        numbers[client] += 1
        replies.append(market.apply(client, numbers[client], op.to_bytes()))
        state = market.state
        assert state.money == state.backing, "money was created or lost"
        assert all(a.balance >= 0 for a in state.accounts.values()), "an account is overdrawn"
    return replies


@given(REQUESTS)
@settings(max_examples=60, deadline=None)
def test_money_and_energy_are_kept(requests: list[tuple[int, ask.Operation]]):
    """Balances never fall below 0; every order is matched once, with enough energy behind it."""
    market = opened()
    placed: dict[tuple[int, int], ask.Operation] = {}
    numbers = dict.fromkeys(range(MASTER + 1), 3)
    for client, op in requests:
        numbers[client] += 1
        placed[client, numbers[client]] = op
    run(market, requests)
    market.state.seal()
    done = [t for block in market.blocks for t in block.transactions]
    ends = [end for t in done for end in (t.buy, t.sell)]
    assert len(ends) == len(set(ends)), "an order is matched twice"
    for t in done:
        buy, sell = placed[t.buy], placed[t.sell]
        assert isinstance(buy, ask.Buy)
        assert isinstance(sell, ask.Sell)
        assert t.quantity == buy.quantity <= sell.quantity
        assert t.buy[0] != t.sell[0], "an order is matched with its owner's"
    assert fault(market.blocks, market.state.totals.head) is None


@given(REQUESTS)
@settings(max_examples=40, deadline=None)
def test_a_request_counts_once(requests: list[tuple[int, ask.Operation]]):
    """Whatever is sent again, at any later time, changes nothing but the height."""
    once, twice = opened(), opened()
    run(once, requests)
    numbers = dict.fromkeys(range(MASTER + 1), 3)
    sent: list[tuple[int, int, bytes]] = []
    for client, op in requests:
        numbers[client] += 1
        sent.append((client, numbers[client], op.to_bytes()))
        twice.apply(*sent[-1])
        twice.apply(*sent[len(sent) // 2])
    heights = [m.state.totals.height for m in (once, twice)]
    assert heights[1] == heights[0] + len(requests)
    for market in (once, twice):
        market.state.totals.height = 0
        market.state.waiting.clear()
        market.state.totals.head, market.state.blocks = bytes(32), []
    assert once.snapshot() == twice.snapshot()


def test_a_refused_request_counts_too():
    """A registration that was refused is stale for good, whoever is removed or added afterwards."""
    for first, freed in ((0, 0), (5, 0)):
        market = opened()
        again = ask.Register("ann").to_bytes()
        assert decode(market.apply(first, 4, again))[0] != codes.OK
        assert decode(market.apply(MASTER, 1, ask.RemoveUser(freed).to_bytes()))[0] == codes.OK
        assert decode(market.apply(first, 4, again))[0] == codes.STALE
    market = opened()
    link = ask.Link(5000, 100, 10, 0, 0).to_bytes()
    assert decode(market.apply(5, 1, link))[0] == codes.UNKNOWN
    assert decode(market.apply(MASTER, 1, ask.AddUser(5, "kim").to_bytes()))[0] == codes.OK
    assert decode(market.apply(5, 1, link))[0] == codes.STALE


@given(REQUESTS, REQUESTS)
@settings(max_examples=40, deadline=None)
def test_a_restored_market_goes_on_as_the_original(
    before: list[tuple[int, ask.Operation]], after: list[tuple[int, ask.Operation]]
):
    """Equal replies and hashes for ever, whatever comes."""
    market = opened()
    run(market, before)
    copy = market.copy()
    assert copy.digest() == market.digest()
    for number, (client, op) in enumerate(after):
        request = client, 100 + number, op.to_bytes()
        assert copy.apply(*request) == market.apply(*request)
        assert copy.digest() == market.digest()
        assert copy.snapshot() == market.snapshot()
    assert copy.blocks == market.blocks


def reversed_tables(market: Market) -> Market:
    """Return a market in the same state, every table of which was filled the other way round."""
    other, mine = Market(market.genesis), market.state
    theirs = other.state
    for client, account in reversed(mine.accounts.items()):
        theirs.put_account(client, account)
    for client, vehicle in reversed(mine.vehicles.items()):
        theirs.put_vehicle(client, vehicle)
    for order in reversed(mine.book.orders.values()):
        theirs.add_order(order)
    theirs.names = dict(reversed(mine.names.items()))
    theirs.totals, theirs.waiting = replace(mine.totals), list(mine.waiting)
    theirs.blocks = list(mine.blocks)
    return other


@pytest.mark.parametrize("words", [{}, {"batch": 3}, {"batch": 3, "rule": "best"}], ids=str)
@given(before=REQUESTS, after=REQUESTS)
@settings(max_examples=25, deadline=None)
def test_no_order_of_a_table_matters(words: Any, before: Any, after: Any):
    """Equal hashes and replies; in batches too, money is kept and nobody is overdrawn."""
    market = opened(replace(GENESIS, **words))
    run(market, before)
    other = reversed_tables(market)
    assert other.digest() == market.digest()
    for number, (client, op) in enumerate(after):
        request = client, 100 + number, op.to_bytes()
        assert other.apply(*request) == market.apply(*request)
        assert other.digest() == market.digest()
        assert market.state.money == market.state.backing
        assert all(account.balance >= 0 for account in market.state.accounts.values())


@given(st.binary(max_size=60), st.integers(0, 12), st.integers(0, 5))
@settings(max_examples=200, deadline=None)
def test_garbage_gets_a_code(data: bytes, client: int, number: int):
    """Apply is total: nothing is raised, and nothing but the height changes."""
    market = opened()
    before = market.state.money
    code = decode(market.apply(client, number, data))[0]
    assert code == codes.MALFORMED or Market.admits(data)
    assert market.state.money == before


@given(st.binary(max_size=40))
@settings(max_examples=200, deadline=None)
def test_only_canonical_bytes_are_read(data: bytes):
    """What decodes is what would be written."""
    try:
        value = decode(data)
    except DecodeError:
        return
    assert encode(value) == data


ITEMS = st.recursive(
    st.one_of(st.integers(0, 2**63 - 1), st.binary(max_size=9), st.text(max_size=9)),
    lambda inner: st.lists(inner, max_size=3).map(tuple),
    max_leaves=8,
)


@given(ITEMS)
def test_the_codec_reads_what_it_writes(value: Any):
    """Round trip, and nothing is left over or cut off unseen."""
    data = encode(value)
    assert decode(data) == value
    for wrong in (data + b"i", data[:-1]):
        with pytest.raises(DecodeError):
            decode(wrong)


REFUSED = [
    (ask.Register("ann"), 5, codes.TAKEN),
    (ask.Register("new"), 0, codes.REGISTERED),
    (ask.Deposit(5), 5, codes.UNKNOWN),
    (ask.Withdraw(101), 0, codes.NO_FUNDS),
    (ask.Sell(5001, 20, 100, 10, 0, 0), 0, codes.NO_CHARGE),
    (ask.Cancel(1, 7), 0, codes.NO_ORDER),
    (ask.SetFunds(1, 5), 0, codes.FORBIDDEN),
    (ask.RemoveOrder(1, 7), 0, codes.FORBIDDEN),
    (ask.AddUser(7, "zoe"), 1, codes.FORBIDDEN),
    (ask.RemoveUser(5), MASTER, codes.UNKNOWN),
    (ask.AddUser(7, "ann"), MASTER, codes.TAKEN),
]


@pytest.mark.parametrize(("op", "client", "code"), REFUSED, ids=lambda v: str(v)[:20])
def test_what_is_refused(op: ask.Operation, client: int, code: str):
    """Each refusal has its code, and costs nobody anything."""
    market = opened()
    money = {c: a.balance for c, a in market.state.accounts.items()}
    assert decode(market.apply(client, 50, op.to_bytes()))[0] == code
    assert all(market.state.balance(c) == money.get(c, 0) for c in money)


def test_orders_need_a_vehicle():
    """Section 6.5: only clients with a linked vehicle place orders."""
    market = Market(GENESIS)
    market.apply(0, 1, ask.Register("ann").to_bytes())
    buy = ask.Buy(1000, 60, 100, 10, 0, 0).to_bytes()
    assert decode(market.apply(0, 2, buy))[0] == codes.NO_VEHICLE


def test_the_master_manages_users_funds_and_orders():
    """Section 5.2.2: each of its requests, and the books that they leave."""
    market = opened()
    market.apply(0, 4, ask.Sell(1000, 20, 100, 10, 0, 0).to_bytes())
    for number, op in enumerate(
        (ask.RemoveOrder(0, 4), ask.SetFunds(1, 250), ask.AddUser(7, "zoe"), ask.RemoveUser(2)),
        start=1,
    ):
        assert decode(market.apply(MASTER, number, op.to_bytes()))[0] == codes.OK
    state = market.state
    assert not state.book.orders
    assert state.balance(1) == 250
    assert state.names == {"ann": 0, "bob": 1, "zoe": 7}
    assert (state.totals.raised, state.totals.cut) == (150, 100)
    assert state.money == state.backing == 350


def test_a_removed_client_cannot_replay_its_past():
    """Its last number stays: neither its old deposits nor its old registration count again."""
    market = opened()
    market.apply(MASTER, 1, ask.RemoveUser(0).to_bytes())
    assert decode(market.apply(0, 3, ask.Deposit(100).to_bytes()))[0] == codes.STALE
    assert decode(market.apply(0, 1, ask.Register("ann").to_bytes()))[0] == codes.STALE
    assert decode(market.apply(0, 4, ask.Register("ann").to_bytes()))[0] == codes.OK


def test_a_match_moves_money_to_seller_and_platform():
    """1.5 kWh at 20, fee 2: EC' = 30, F' = 3; the buyer pays 33, the seller gets 27."""
    market = opened()
    market.apply(0, 4, ask.Sell(2000, 20, 100, 10, 0, 0).to_bytes())
    reply = decode(market.apply(1, 4, ask.Buy(1500, 60, 100, 10, 0, 0).to_bytes()))
    assert reply == (codes.MATCHED, ((1, 4), (0, 4), 0))
    state = market.state
    assert (state.balance(0), state.balance(1), state.totals.platform) == (127, 67, 6)
    assert not state.book.orders


def test_unordered_requests_read_the_state():
    """Login, market, account, ledger; and garbage."""
    market = opened()
    market.apply(0, 4, ask.Sell(2000, 20, 100, 10, 0, 0).to_bytes())
    before = market.digest()
    assert decode(market.answer(queries.login("bob"))) == (codes.OK, 1)
    assert decode(market.answer(queries.login("zoe"))) == (codes.UNKNOWN,)
    assert decode(market.answer(queries.account(0))) == (codes.OK, "ann", 100, 4)
    assert decode(market.answer(queries.market()))[1][0][:4] == (0, 4, "sell", 2000)
    assert decode(market.answer(queries.ledger(1, 9))) == (codes.OK, bytes(32), ())
    assert decode(market.answer(b"?")) == (codes.MALFORMED,)
    assert market.digest() == before
