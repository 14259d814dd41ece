"""What a run in simulated time is about: loads, what things cost, and what comes out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from milpbft.errors import InputError

MICRO = 1e-6


@dataclass(frozen=True, slots=True)
class Costs:
    """Seconds that things take.

    Parameters
    ----------
    message
        Of a processor, per message, at each end.
    byte
        Likewise per byte.
    sign, verify, share, combine, certificate, execute
        Of a processor: signing; verifying a signature, a share; making a certificate of shares;
        verifying it; executing a request.
    wire, rate
        Of the network: per message, and per byte.
    signed
        Whether messages with shares and certificates are signed by their senders as well, as those
        of the replicas are. If not, a share or certificate is all that is made and verified.
    """

    message: float = 10 * MICRO
    byte: float = 2.5e-9
    sign: float = 30 * MICRO
    verify: float = 80 * MICRO
    share: float = 80 * MICRO
    combine: float = 200 * MICRO
    certificate: float = 120 * MICRO
    execute: float = 5 * MICRO
    wire: float = 50 * MICRO
    rate: float = 1e-9
    signed: bool = True

    @property
    def seal(self) -> float:
        """Signing a message that holds a share or certificate."""
        return self.sign if self.signed else 0.0

    @property
    def opening(self) -> float:
        """Verifying the signature of one."""
        return self.verify if self.signed else 0.0


@dataclass(frozen=True, slots=True)
class Load:
    """What is measured.

    Parameters
    ----------
    protocol
        ``pbft``, ``linear`` or ``sbft``.
    n
        Nodes, 4 or more.
    size
        Bytes that requests are padded with.
    placement
        ``shared``: all nodes on one machine, as in the thesis. ``separate``: a processor each.
    clients, requests
        Clients, and what each asks for.
    batch
        Requests per decision at most.
    think
        Seconds between an answer and the client's next request.
    silent
        Backups that say nothing, f at most; SBFT then waits for its collector's timer.
    lying
        Nodes whose answers to clients are false: f + 1 others must agree.
    down
        Whether the first primary says nothing, until the view is changed.
    redundant
        c of SBFT, whose fast path does without so many shares; n = 3f + 2c + 1.
    timer, patience
        Seconds until the collector leaves the fast path, and until backups leave the view.
    cores
        Of the shared machine.
    """

    protocol: Literal["pbft", "linear", "sbft"]
    n: int
    size: int = 8
    placement: Literal["shared", "separate"] = "shared"
    clients: int = 10
    requests: int = 200
    batch: int = 10
    think: float = 0.0
    silent: int = 0
    lying: int = 0
    down: bool = False
    redundant: int = 0
    timer: float = 0.02
    patience: float = 0.2
    cores: int = 8

    def __post_init__(self) -> None:
        if not 4 <= self.n <= 1000:
            raise InputError("n", self.n, "a number from 4 to 1000")
        most = (self.n - 4) // 2 if self.protocol == "sbft" else 0
        if not 0 <= self.redundant <= most:
            raise InputError("redundant", self.redundant, f"a number from 0 to {most}")
        for name in ("silent", "lying"):
            if not 0 <= getattr(self, name) <= self.faults:
                allowed = f"a number from 0 to {self.faults}"
                raise InputError(name, getattr(self, name), allowed)
        if (together := self.silent + self.lying + self.down) > self.faults:
            raise InputError("silent", together, f"{self.faults} faulty nodes at most in all")
        for name in ("clients", "requests", "batch", "cores"):
            if getattr(self, name) < 1:
                raise InputError(name, getattr(self, name), "1 or more")

    @property
    def faults(self) -> int:
        """F."""
        return (self.n - 1 - 2 * self.redundant) // 3

    @property
    def primary(self) -> int:
        """Who proposes: the second node where the first says nothing."""
        return int(self.down)

    @property
    def live(self) -> list[int]:
        """Nodes that send."""
        return list(range(self.primary, self.n - self.silent))


@dataclass(frozen=True, slots=True)
class Timing:
    """What came out.

    Parameters
    ----------
    latency
        Mean seconds from a request to its f + 1 answers.
    throughput
        Requests executed per second.
    handled
        Messages between nodes per decision, sent and received, of all nodes together.
    busiest
        The same of the node that handles most.
    """

    latency: float
    throughput: float
    handled: float
    busiest: float


VOTE, PREPARE, COMMIT = 158, 236, 235
"""Bytes of messages, signature included: a vote or proposal, and votes with a share."""
SIGN, CERTIFICATE, PROOF = 306, 394, 463
"""Of a vote of SBFT with two shares; of a certificate of Linear BFT, and of SBFT's fast path."""
REQUEST, CHANGE = 180, 500
"""Of a request without its padding, and of a view change without a proposal in it."""
