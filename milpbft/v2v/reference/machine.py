"""The market as a state machine: requests in, replies out, the same bytes at every replica."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from milpbft.v2v.reference import operations as ask
from milpbft.v2v.reference.blocks import fault, read_block
from milpbft.v2v.reference.codec import DecodeError, decode, encode, values
from milpbft.v2v.reference.codes import (
    FORBIDDEN,
    MALFORMED,
    MATCHED,
    NO_CHARGE,
    NO_FUNDS,
    NO_ORDER,
    NO_VEHICLE,
    OK,
    REGISTERED,
    STALE,
    TAKEN,
    TOO_MUCH,
    UNKNOWN,
    WAITS,
)  # fmt: skip
from milpbft.v2v.reference.genesis import FUNDS_MOST
from milpbft.v2v.reference.order import Order
from milpbft.v2v.reference.queries import answer
from milpbft.v2v.reference.settlement import Settlement
from milpbft.v2v.reference.state import Account, State, Vehicle, restore

if TYPE_CHECKING:
    from milpbft.v2v.reference.blocks import Block
    from milpbft.v2v.reference.codec import Item
    from milpbft.v2v.reference.genesis import Genesis
    from milpbft.v2v.reference.operations import Operation
    from milpbft.v2v.reference.order import Match, Side


class Market:
    """The replicated application.

    Parameters
    ----------
    genesis
        What it starts from.

    Attributes
    ----------
    state
        Its state; whoever is not the market only reads it.
    """

    settlement: ClassVar[type[Settlement]] = Settlement

    def __init__(self, genesis: Genesis) -> None:
        self.genesis = genesis
        self._adopt(State(genesis))

    def _adopt(self, state: State) -> None:
        self.state = state
        self._settlement = self.settlement(state)

    # ---- what replicas ask of an application

    @staticmethod
    def admits(operation: bytes) -> bool:
        """Whether a request may be proposed: a check that no state decides."""
        return ask.read(operation) is not None

    def apply(self, client: int, number: int, operation: bytes) -> bytes:
        """Execute a request and return the reply; whatever it holds, nothing is raised.

        Parameters
        ----------
        client, number
            Who asks, and the number of its request: it counts once, and later ones only.
        operation
            A request as :meth:`.Operation.to_bytes` writes it.
        """
        self.state.totals.height += 1
        code, *facts = self._execute(client, number, ask.read(operation))
        return encode((code, *facts, *self._matches()))

    def idle(self) -> None:
        """Execute a sequence number that holds nothing new."""
        self.state.totals.height += 1
        self._matches()

    def answer(self, question: bytes) -> bytes:
        """Answer an unordered request; see :mod:`milpbft.v2v.reference.queries`."""
        return answer(self.state, question)

    def digest(self) -> bytes:
        """Return the hash of the state."""
        return self.state.digest()

    def snapshot(self) -> bytes:
        """Write the state."""
        return self.state.snapshot()

    def restore(self, data: bytes) -> None:
        """Take over a state; from then on, do as the market that wrote it.

        Raises
        ------
        DecodeError
            Where it is none.
        """
        self._adopt(restore(self.genesis, data))

    def copy(self) -> Market:
        """Return a market of the same state, its blocks included."""
        other = type(self)(self.genesis)
        other.restore(self.snapshot())
        other.state.blocks = list(self.state.blocks)
        return other

    def pack(self) -> bytes:
        """Write the state and the ledger."""
        return encode((self.snapshot(), tuple(block.fields for block in self.blocks)))

    def unpack(self, data: bytes) -> Market | None:
        """Return a market of what :meth:`pack` wrote; None where it did not write it.

        Blocks are checked against the head, which the state's hash covers.
        """
        other = type(self)(self.genesis)
        try:
            match decode(data):
                case (bytes(state), tuple(listed)):
                    other.restore(state)
                    other.state.blocks = [read_block(fields) for fields in listed]
                case _:
                    return None
        except (DecodeError, OverflowError):
            return None
        totals = other.state.totals
        wrong = len(other.blocks) != totals.blocks or fault(other.blocks, totals.head)
        return None if wrong else other

    @property
    def blocks(self) -> list[Block]:
        """Blocks of the ledger."""
        return self.state.blocks

    # ---- execution

    def _matches(self) -> tuple[Item, ...]:
        """Close the batch where it ends."""
        batch = self.genesis.batch
        if not batch or self.state.totals.height % batch:
            return ()
        return tuple(_named(match) for match in self._settlement.close())

    def _execute(self, client: int, number: int, op: Operation | None) -> tuple[Item, ...]:
        if op is None:
            return (MALFORMED,)
        account = self.state.accounts.get(client)
        if account is not None and number <= account.last:
            return (STALE,)
        # Whatever is answered, a request counts once: sent again later, it is stale.
        account = account or Account("", 0, 0)
        self.state.put_account(client, Account(account.name, account.balance, number))
        if isinstance(op, ask.Register):
            return self._register(client, op.name, number)
        if not (account.name or client == self.genesis.master):
            return (UNKNOWN,)
        if isinstance(op, ask.MASTERS) and client != self.genesis.master:
            return (FORBIDDEN,)
        return self._serve(client, number, op)

    def _serve(self, client: int, number: int, op: Operation) -> tuple[Item, ...]:  # noqa: PLR0911
        match op:
            case ask.Link():
                self.state.put_vehicle(client, Vehicle(*values(op)))
                return (OK,)
            case ask.Deposit(amount) | ask.Withdraw(amount):
                return self._money(client, amount if isinstance(op, ask.Deposit) else -amount)
            case ask.Buy() | ask.Sell():
                return self._order(client, number, op)
            case ask.Cancel():
                if op.client != client:
                    return (NO_ORDER,)
                return self._remove_order(op.client, op.number)
            case ask.RemoveOrder():
                return self._remove_order(op.client, op.number)
            case ask.AddUser():
                return self._register(op.client, op.name, 0)
            case ask.RemoveUser():
                return self._remove_user(op.client)
            case ask.SetFunds():
                return self._set_funds(op.client, op.amount)
            case ask.Seal():
                self.state.seal()
        return (OK,)

    def _register(self, client: int, name: str, number: int) -> tuple[Item, ...]:
        known = self.state.accounts.get(client)
        if client == self.genesis.master or (known is not None and known.name):
            return (REGISTERED,)
        if name in self.state.names:
            return (TAKEN,)
        self.state.names[name] = client
        last = max(number, known.last if known else 0)
        self.state.put_account(client, Account(name, 0, last))
        return (OK,)

    def _money(self, client: int, amount: int) -> tuple[Item, ...]:
        account, totals = self.state.accounts[client], self.state.totals
        if account.balance + amount < 0:
            return (NO_FUNDS,)
        if totals.deposited + totals.raised + amount > FUNDS_MOST:
            return (TOO_MUCH,)
        if amount > 0:
            totals.deposited += amount
        else:
            totals.withdrawn -= amount
        self._settlement.move(client, amount)
        return (OK, self.state.balance(client))

    def _order(self, client: int, number: int, op: ask.Buy | ask.Sell) -> tuple[Item, ...]:
        vehicle = self.state.vehicles.get(client)
        if vehicle is None:
            return (NO_VEHICLE,)
        if isinstance(op, ask.Sell) and op.quantity > vehicle.charge:
            return (NO_CHARGE,)
        quantity, price, use, paid, x, y = values(op)
        side: Side = "buy" if isinstance(op, ask.Buy) else "sell"
        order = Order(client, number, side, quantity, price, x, y, use, paid)
        matches = self._settlement.arrive(order)
        return (MATCHED, *map(_named, matches)) if matches else (WAITS,)

    def _remove_order(self, client: int, number: int) -> tuple[Item, ...]:
        if (client, number) not in self.state.book.orders:
            return (NO_ORDER,)
        self.state.remove_order((client, number))
        return (OK,)

    def _remove_user(self, client: int) -> tuple[Item, ...]:
        account = self.state.accounts.get(client)
        if account is None or not account.name:
            return (UNKNOWN,)
        for number in [i for i in self.state.book.orders if i[0] == client]:
            self.state.remove_order(number)
        self.state.put_vehicle(client, None)
        self.state.totals.cut += account.balance
        del self.state.names[account.name]
        # Its number stays, so that no old request of it counts again.
        self.state.put_account(client, Account("", 0, account.last))
        return (OK,)

    def _set_funds(self, client: int, amount: int) -> tuple[Item, ...]:
        account, totals = self.state.accounts.get(client), self.state.totals
        if account is None or not account.name:
            return (UNKNOWN,)
        more = amount - account.balance
        if totals.deposited + totals.raised + more > FUNDS_MOST:
            return (TOO_MUCH,)
        totals.raised += max(more, 0)
        totals.cut += max(-more, 0)
        self._settlement.move(client, more)
        return (OK,)


def _named(match: Match) -> tuple[Item, ...]:
    return match.buy.id, match.sell.id, match.point
