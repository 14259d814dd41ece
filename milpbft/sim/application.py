"""What replicas ask of an application that they replicate, and what a host of one offers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeVar

from milpbft.errors import InputError
from milpbft.registry import find, hosts, load

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Sequence

    from milpbft.sim.signatures import Signatures

E = TypeVar("E")
"""A protocol's signed message."""


class Application(Protocol):
    """A deterministic state machine; replicas that execute the same requests end equal."""

    def admits(self, operation: bytes) -> bool:
        """Whether a request may be proposed: a check that no state decides."""
        ...

    def apply(self, client: int, number: int, operation: bytes) -> bytes:
        """Execute a request, whatever it holds, and return the reply."""
        ...

    def idle(self) -> None:
        """Execute a sequence number without a request that is new."""
        ...

    def answer(self, question: bytes) -> bytes:
        """Answer an unordered request from the state, which it does not change."""
        ...

    def digest(self) -> bytes:
        """Return the hash of the state: 32 bytes."""
        ...

    def copy(self) -> Application:
        """Return another in the same state."""
        ...

    def pack(self) -> bytes:
        """Write everything, for a replica that was cut off."""
        ...

    def unpack(self, data: bytes) -> Application | None:
        """Return another of what :meth:`pack` wrote; None where it did not write it."""
        ...


@dataclass(frozen=True)
class Terms:
    """How a service runs.

    Parameters
    ----------
    clients
        Clients that ask one request after the other; they have the numbers from n on.
    timeout
        Ticks that a replica waits in view 0 before it leaves; twice as many per view.
    collector
        Ticks after which a collector of SBFT gives its fast path up.
    interval
        Requests from one checkpoint to the next; twice as many are under way at most.
    kept
        Executed requests that replicas keep below a checkpoint, twice `interval` or more; who needs
        older ones gets a snapshot. 0 for all.
    steered
        Node 0 proposes only what it is released, in that order.
    quorum
        Nodes that make a quorum, where not n - f: a mutant.
    """

    clients: int = 0
    timeout: int = 12
    collector: int = 4
    interval: int = 128
    kept: int = 0
    steered: bool = False
    quorum: int | None = None


class Meddler(Protocol):
    """What a network and Byzantine nodes do to messages under way."""

    byzantine: frozenset[int]

    def copies(self, tick: int, sender: int, receiver: int, message: E) -> Sequence[tuple[int, E]]:
        """Return what arrives at `receiver` in place of a message, and at which ticks."""
        ...


class Host(Protocol):
    """Makes services."""

    def __call__(
        self,
        protocol: str,
        n: int,
        application: Callable[[], Application],
        terms: Terms = ...,
        meddler: Meddler | None = None,
    ) -> Service:
        """Return a service of `n` replicas, each with an application of its own."""
        ...


@dataclass(frozen=True, slots=True)
class Record:
    """A sequence number that a replica executed.

    Parameters
    ----------
    client, number
        Whose request, and which; None and 0 where nothing was asked for.
    state
        Hash of all that led here.
    sequence
        Its sequence number.
    """

    client: int | None
    number: int
    state: bytes
    sequence: int


class Service(Protocol):
    """Replicas of one protocol with clients, in lock step: what is sent arrives a tick later."""

    tick: int
    counts: Counter[tuple[int, str]]
    """Messages from point to point, by sender and kind."""
    keys: Signatures
    n: int

    def submit(self, client: int, operation: bytes) -> None:
        """Let a client ask for something once it has the answer to all that it asked before."""
        ...

    def inject(self, client: int, number: int, operation: bytes, nodes: Sequence[int]) -> bytes:
        """Hand a request, signed by its client, to some nodes; return its hash."""
        ...

    def release(self, request: bytes) -> None:
        """Let a steered primary propose the request of a hash."""
        ...

    def restart(self, node: int) -> None:
        """Let a node start again without memory, but for what it executed and its checkpoints."""
        ...

    def reload(self, node: int) -> None:
        """Let a node start again with its log; what is under way to it is lost."""
        ...

    def ask(self, client: int, question: bytes, quorum: int) -> None:
        """Let a client ask an unordered request."""
        ...

    def learnt(self, client: int) -> bytes | None:
        """Return what enough nodes answered to the last question."""
        ...

    def run(self, ticks: int) -> None:
        """Let ticks pass."""
        ...

    def replies(self, client: int) -> Sequence[bytes]:
        """Return the answers that a client has accepted, in order."""
        ...

    def accepted(self, client: int) -> Sequence[bytes]:
        """Return the states that a client has accepted."""
        ...

    def executed(self, node: int) -> Sequence[Record]:
        """Return what a node executed itself, in order; what a snapshot skipped is missing."""
        ...

    def application(self, node: int) -> Application:
        """Return the application of a node."""
        ...

    def view(self, node: int) -> int:
        """Return the view of a node."""
        ...

    @property
    def served(self) -> bool:
        """Whether every client has all its answers."""
        ...


def host(protocol: str) -> Host:
    """Return what runs applications on the replicas of a protocol.

    Raises
    ------
    InputError
        Where nothing does.
    """
    if protocol not in hosts():
        raise InputError("protocol", protocol, f"one of {', '.join(hosts())}")
    made: Host = load(find(protocol).host)
    return made
