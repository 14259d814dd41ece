"""The state of the market, its hash, and its bytes."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Strict, TypeAdapter, ValidationError

from milpbft.v2v.reference.blocks import GENESIS_HASH, Block, Transaction, read_transaction
from milpbft.v2v.reference.book import Book
from milpbft.v2v.reference.codec import DecodeError, Item, decode, encode, values
from milpbft.v2v.reference.hashtree import HashTree
from milpbft.v2v.reference.order import Order

if TYPE_CHECKING:
    from milpbft.v2v.reference.genesis import Genesis
    from milpbft.v2v.reference.order import Id


@dataclass(frozen=True, slots=True)
class Account:
    """A client: its name, empty once removed; its money; its last request that was executed."""

    name: str
    balance: int
    last: int


@dataclass(frozen=True, slots=True)
class Vehicle:
    """What a client linked; see :class:`milpbft.v2v.reference.operations.Link`."""

    charge: int
    use: int
    paid: int
    x: int
    y: int


@dataclass(slots=True)
class Totals:
    """Sums since the start, all of them growing, and where the chain and the fees stand.

    Attributes
    ----------
    height
        Sequence numbers executed.
    platform
        Fees taken.
    deposited, withdrawn
        By clients.
    raised, cut
        By the master, ``adjusted`` up and down.
    blocks, head
        Blocks of the ledger, and the hash of the last.
    """

    height: int = 0
    platform: int = 0
    deposited: int = 0
    withdrawn: int = 0
    raised: int = 0
    cut: int = 0
    blocks: int = 0
    head: bytes = GENESIS_HASH


@dataclass
class State:
    """Everything that decides what the market does next; no clock, no chance, no session.

    The blocks themselves are kept beside it: the hash of the last one stands for them.
    """

    genesis: Genesis
    accounts: dict[int, Account] = field(default_factory=dict)
    names: dict[str, int] = field(default_factory=dict)
    vehicles: dict[int, Vehicle] = field(default_factory=dict)
    totals: Totals = field(default_factory=Totals)
    waiting: list[Transaction] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.book = Book(self.genesis, self.balance)
        self._tree = HashTree()

    # ---- reading

    def balance(self, client: int) -> int:
        """Return what a client has; 0 for nobody."""
        account = self.accounts.get(client)
        return account.balance if account else 0

    @property
    def money(self) -> int:
        """Everything on accounts and with the platform."""
        return sum(a.balance for a in self.accounts.values()) + self.totals.platform

    @property
    def backing(self) -> int:
        """What :attr:`money` must be: paid in, less taken out, and adjusted by the master."""
        t = self.totals
        return t.deposited - t.withdrawn + t.raised - t.cut

    # ---- writing

    def put_account(self, client: int, account: Account) -> None:
        """Set an account."""
        self.accounts[client] = account
        self._tree.put(("account", client), values(account))

    def put_vehicle(self, client: int, vehicle: Vehicle | None) -> None:
        """Set a vehicle; None removes it."""
        if vehicle is None:
            self.vehicles.pop(client, None)
        else:
            self.vehicles[client] = vehicle
        self._tree.put(("vehicle", client), values(vehicle) if vehicle else None)

    def add_order(self, order: Order) -> None:
        """Let an order wait."""
        self.book.add(order)
        self._tree.put(("order", *order.id), order.fields)

    def remove_order(self, number: Id) -> None:
        """Take an order off the book."""
        self.book.remove(number)
        self._tree.put(("order", *number), None)

    def seal(self) -> None:
        """Put the transactions that wait into a block; without any, none is made."""
        if not self.waiting:
            return
        totals = self.totals
        block = Block(totals.blocks + 1, totals.head, tuple(self.waiting))
        self.blocks.append(block)
        self.waiting = []
        totals.blocks, totals.head = block.height, block.hash

    # ---- hash and bytes

    def _rest(self) -> tuple[Item, ...]:
        return values(self.totals), tuple(t.fields for t in self.waiting)

    def digest(self) -> bytes:
        """Return the hash of the state: 32 bytes."""
        return sha256(self._tree.root() + encode(self._rest())).digest()

    def snapshot(self) -> bytes:
        """Write the state; maps as tuples sorted by key."""
        accounts = tuple((c, *values(a)) for c, a in sorted(self.accounts.items()))
        vehicles = tuple((c, *values(v)) for c, v in sorted(self.vehicles.items()))
        orders = tuple(o.fields for _, o in sorted(self.book.orders.items()))
        return encode((accounts, vehicles, orders, *self._rest()))


_Client = Annotated[int, Strict()]
_Text = Annotated[str, Strict()]
_Orders = tuple[_Client, _Client, Literal["buy", "sell"], _Client, _Client, _Client, _Client,
                _Client, _Client]  # fmt: skip
_SHAPE = TypeAdapter(
    tuple[
        tuple[tuple[_Client, _Text, _Client, _Client], ...],
        tuple[tuple[_Client, _Client, _Client, _Client, _Client, _Client], ...],
        tuple[_Orders, ...],
        tuple[_Client, _Client, _Client, _Client, _Client, _Client, _Client, bytes],
        tuple[Any, ...],
    ]
)


def restore(genesis: Genesis, data: bytes) -> State:
    """Read what :meth:`State.snapshot` wrote; blocks are fetched apart, and checked by the head.

    Raises
    ------
    DecodeError
        Where the bytes are no state.
    """
    try:
        accounts, vehicles, orders, totals, waiting = _SHAPE.validate_python(decode(data))
    except ValidationError as error:
        raise DecodeError("no state of a market") from error
    state = State(genesis)
    for client, name, balance, last in accounts:
        state.put_account(client, Account(name, balance, last))
    for client, *vehicle in vehicles:
        state.put_vehicle(client, Vehicle(*vehicle))
    for order in orders:
        if order[3] < 1:
            raise DecodeError("an order of nothing")
        state.add_order(Order(*order))
    state.totals = Totals(*totals)
    state.waiting = [read_transaction(item) for item in waiting]
    state.names = {a.name: c for c, a in state.accounts.items() if a.name}
    if state.snapshot() != data:
        raise DecodeError("a state that would be written otherwise")
    return state
