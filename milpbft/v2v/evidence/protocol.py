"""Evidence on replication: equal states, requests that count once, reads, and quorums."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import combinations
from typing import TYPE_CHECKING

from milpbft.claims import Measured
from milpbft.registry import hosts
from milpbft.sim.application import E, Terms, host
from milpbft.v2v.reference import codes
from milpbft.v2v.reference import operations as ask
from milpbft.v2v.reference.blocks import GENESIS_HASH, Block, Transaction, fault
from milpbft.v2v.reference.codec import encode
from milpbft.v2v.reference.genesis import Genesis
from milpbft.v2v.reference.machine import Market
from milpbft.v2v.traffic import GENESIS, differences, requests, served

if TYPE_CHECKING:
    from milpbft.sim.application import Service

RUNS = 10
CHAPTER_7 = (4, 8, 16, 32, 64)


@cache
def replicas_agree() -> Measured:
    """Run two clients under random delays with a lying node, and with one that was cut off."""
    wrong, executed = [], 0
    for protocol in hosts():
        for seed in range(RUNS):
            liar = frozenset({seed % 4}) if seed % 2 else frozenset[int]()
            cut = frozenset[int]() if liar else frozenset({3})
            service = served(protocol, seed, byzantine=liar, cut=cut)
            correct = [node for node in range(4) if node not in liar]
            wrong += [found] if (found := differences(service, correct)) else []
            executed += max(len(service.executed(node)) for node in correct)
    words = f"{len(wrong)} of {3 * RUNS} runs differ, {executed} requests"
    return Measured(not wrong, ": ".join([words, *wrong[:1]]))


def interchangeable() -> Measured:
    """Execute the same requests, one client after the other, on all three protocols."""
    digests = set()
    for protocol in hosts():
        service = host(protocol)(protocol, 4, lambda: Market(GENESIS), Terms(clients=3))
        for client in (4, 5, 6):
            for request in requests(client, 12, 0):
                service.submit(client, request)
            while not service.served:
                service.run(5)
        digests |= {service.application(node).digest() for node in range(4)}
    return Measured(len(digests) == 1, f"{len(digests)} hash of 36 requests, 3 protocols x 4 nodes")


def requests_cannot_be_changed() -> Measured:
    """Let a lying primary change what clients asked for; look for a state that nobody signed for.

    A market that is handed the clients' own requests, in the order in which each correct node
    executed them, must end in that node's state.
    """
    strange = 0
    for protocol in hosts():
        for seed in range(100, 100 + RUNS):
            service = served(protocol, seed, byzantine=frozenset({0}))
            strange += sum(not _as_asked(service, node, seed) for node in (1, 2, 3))
    words = f"{strange} of {9 * RUNS} nodes in a state that the clients' own requests do not make"
    return Measured(not strange, words)


def _as_asked(service: Service, node: int, seed: int) -> bool:
    """Whether a node's state is that of the requests of clients 4 and 5 as they signed them."""
    wanted = {client: requests(client, 6, seed) for client in (4, 5)}
    last = dict.fromkeys(wanted, 0)
    alone = Market(GENESIS)
    for record in service.executed(node):
        client, number = record.client, record.number
        if client is None or number <= last.get(client, number):
            alone.idle()
        elif client not in wanted or number > len(wanted[client]):
            return False
        else:
            last[client] = number
            alone.apply(client, number, wanted[client][number - 1])
    return alone.digest() == service.application(node).digest()


def repeats_without_numbers() -> Measured:
    """Execute a deposit twice without looking at its number."""
    once, twice = [Market(GENESIS) for _ in range(2)]
    for market, times in ((once, 1), (twice, 2)):
        market.apply(0, 1, ask.Register("ann").to_bytes())
        for number in range(2, 2 + times):
            market.apply(0, number, ask.Deposit(5).to_bytes())
    balances = [market.state.balance(0) for market in (once, twice)]
    return Measured(balances[0] == balances[1], f"a deposit of 5, twice: {balances[1]}")


def repeats_with_numbers() -> Measured:
    """Execute each request of a client twice, with its number."""
    markets = [Market(GENESIS) for _ in range(2)]
    for number, request in enumerate(requests(4, 30, 0), start=1):
        markets[0].apply(4, number, request)
        for _ in range(2):
            markets[1].apply(4, number, request)
    equal = [market.state.balance(4) for market in markets]
    return Measured(equal[0] == equal[1], f"balance {equal[0]} once, {equal[1]} twice")


def master_can_do_anything() -> Measured:
    """Take a client's money and its order with the master's key."""
    market = Market(Genesis(((0, 0),), master=9))
    for number, op in enumerate(
        (ask.Register("ann"), ask.Link(1000, 0, 0, 0, 0), ask.Deposit(50),
         ask.Sell(1000, 20, 0, 0, 0, 0)), start=1
    ):  # fmt: skip
        market.apply(1, number, op.to_bytes())
    market.apply(9, 1, ask.SetFunds(1, 0).to_bytes())
    market.apply(9, 2, ask.RemoveOrder(1, 4).to_bytes())
    left, orders = market.state.balance(1), len(market.state.book.orders)
    return Measured(left == 50, f"with one key, balance 50 -> {left}, open orders 1 -> {orders}")


def fresh_reads(n: int, f: int, w: int) -> int:
    """Return the fewest equal answers by which a read sees a write that w replies vouched for.

    All choices of liars, of the nodes whose replies came, and of those that answer the read.
    """
    nodes = frozenset(range(n))
    liars = frozenset(range(f))
    for r in range(1, n + 1):
        stale = False
        for replied in combinations(sorted(nodes), w):
            # Liars reply without executing, and answer as if nothing had been written.
            executed = frozenset(replied) - liars
            stale |= len(nodes - executed) >= r
        if not stale:
            return r
    return n + 1


def reads_are_fresh(*, writes_at_quorum: bool) -> Measured:
    """Find the least r at n = 4, 7, 10, and hold it against f + 1."""
    sizes = [(n, (n - 1) // 3) for n in (4, 7, 10)]
    found = [fresh_reads(n, f, n - f if writes_at_quorum else f + 1) for n, f in sizes]
    words = ", ".join(f"n = {n}: {r}" for (n, _), r in zip(sizes, found, strict=True))
    return Measured(all(r <= f + 1 for (_, f), r in zip(sizes, found, strict=True)),
                    f"equal answers that it takes, {words}")  # fmt: skip


def all_confirmed_are_in_blocks(*, seal: bool) -> Measured:
    """Match once with blocks of four, and look for the transaction in the ledger."""
    market = Market(GENESIS)
    for client, op in ((0, ask.Sell(1000, 20, 0, 0, 0, 0)), (1, ask.Buy(1000, 60, 0, 0, 0, 0))):
        for number, request in enumerate(
            (ask.Register(f"c{client}"), ask.Link(1000, 0, 0, 0, 0), ask.Deposit(99), op), start=1
        ):
            reply = market.apply(client, number, request.to_bytes())
    if seal:
        market.apply(0, 5, ask.Seal().to_bytes())
    # After the tag and the length of the reply comes its code.
    confirmed = reply[9:].startswith(encode(codes.MATCHED))
    held = sum(len(block.transactions) for block in market.blocks)
    return Measured(confirmed and held == 1, f"1 confirmed transaction, {held} in blocks")


def changes_are_detected(*, head: bool) -> Measured:
    """Change a block of three, and rewrite those after it as well."""
    blocks: list[Block] = []
    previous = GENESIS_HASH
    for height in (1, 2, 3):
        blocks.append(Block(height, previous, ()))
        previous = blocks[-1].hash
    forged = [replace(blocks[0], transactions=(Transaction(1, (0, 1), (1, 1), 0, 1, 9, 0),))]
    single = fault([*forged, *blocks[1:]], previous if head else None)
    for block in blocks[1:]:
        forged.append(replace(block, previous=forged[-1].hash))
    whole = fault(forged, previous if head else None)
    words = f"one block changed: {single or 'unseen'}; rewritten to its end: {whole or 'unseen'}"
    return Measured(single is not None and whole is not None, words)


class Halves:
    """A network between one half of the correct nodes and the liars, who live in both halves."""

    byzantine: frozenset[int] = frozenset()

    def __init__(self, absent: frozenset[int]) -> None:
        self.absent = absent

    def copies(self, tick: int, sender: int, receiver: int, message: E) -> list[tuple[int, E]]:
        """Lose what goes to or comes from the other half."""
        return [] if {sender, receiver} & self.absent else [(tick + 1, message)]


def forks(n: int) -> bool:
    """Whether two halves of n nodes decide differently with quorums of 2f + 1 and f liars."""
    f = (n - 1) // 3
    correct = range(f, n)
    middle = f + (n - f + 1) // 2
    decided = []
    for value, absent in ((b"1", correct[middle - f :]), (b"2", correct[: middle - f])):
        terms = Terms(quorum=2 * f + 1, timeout=1000)
        service = host("pbft")("pbft", n, lambda: Market(GENESIS), terms, Halves(frozenset(absent)))
        request = ask.Register(value.decode()).to_bytes()
        service.inject(n, 1, request, [i for i in range(n) if i not in absent])
        service.run(8)
        there = [i for i in correct if i not in absent]
        decided.append({service.executed(i)[0].state for i in there if service.executed(i)})
    return bool(decided[0]) and bool(decided[1]) and decided[0] != decided[1]


def quorums_are_safe() -> Measured:
    """Let f liars, the primary among them, tell two halves of the correct nodes different things.

    A liar runs its own code in both halves; neither half hears of the other.
    """
    forked = [n for n in CHAPTER_7 if forks(n)]
    words = f"forks at n = {', '.join(map(str, forked))} of {', '.join(map(str, CHAPTER_7))}"
    return Measured(not forked, words)


def sbft_stops() -> Measured:
    """Whether SBFT stops before 2500 requests, on four replicas, with checkpoints."""
    service = host("sbft")("sbft", 4, lambda: Market(GENESIS), Terms(timeout=10**6, interval=16))
    for first in range(1, 2501, 16):
        for number in range(first, min(first + 16, 2501)):
            request = ask.Register("ann") if number == 1 else ask.Deposit(1)
            service.inject(4, number, request.to_bytes(), range(4))
        service.run(8)
    heights = {len(service.executed(node)) for node in range(4)}
    equal = len({service.application(node).digest() for node in range(4)}) == 1
    states = "equal" if equal else "unequal"
    return Measured(
        heights != {2500} or not equal, f"{min(heights)} requests executed, states {states}"
    )
