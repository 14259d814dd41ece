"""What a replica executes: requests in order, the state that they lead to, and the replies."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from milpbft.pbft.reference.encoding import HASH_BYTES
from milpbft.pbft.reference.messages import NULL, Envelope, Request

if TYPE_CHECKING:
    from collections.abc import Sequence

GENESIS = bytes(HASH_BYTES)
"""State before anything was executed."""


def follow(state: bytes, body: bytes) -> bytes:
    """Return the state that executing the request of hash `body` leads to."""
    return sha256(state + body).digest()


@dataclass(frozen=True, slots=True)
class Executed:
    """A request that was executed, in which view it was decided, and the state after it."""

    view: int
    request: Envelope | None
    state: bytes

    @property
    def body(self) -> bytes:
        """Hash of the request."""
        return self.request.payload.fingerprint if self.request else NULL


class Ledger:
    """Requests that wait and requests that were executed.

    Parameters
    ----------
    requests
        What clients have asked for already.
    """

    def __init__(self, requests: Sequence[Envelope] = ()) -> None:
        self._waiting: dict[bytes, Envelope] = {r.payload.fingerprint: r for r in requests}
        self._latest: dict[int, tuple[int, bytes]] = {}
        self.executed: list[Executed] = []

    @property
    def height(self) -> int:
        """Sequence number of the last request executed."""
        return len(self.executed)

    @property
    def state(self) -> bytes:
        """State after the last request executed."""
        return self.executed[-1].state if self.executed else GENESIS

    def before(self, sequence: int) -> bytes:
        """Return the state that the request of an executed sequence number was executed in."""
        return self.executed[sequence - 2].state if sequence > 1 else GENESIS

    @property
    def waiting(self) -> tuple[Envelope, ...]:
        """Requests that are known and not executed, in the order in which they came."""
        return tuple(self._waiting.values())

    def knows(self, request: Envelope) -> bool:
        """Whether a request waits already."""
        return request.payload.fingerprint in self._waiting

    def add(self, request: Envelope) -> None:
        """Let a request wait."""
        self._waiting.setdefault(request.payload.fingerprint, request)

    def stale(self, request: Request) -> bool:
        """Whether the client's request, or a later one, was executed."""
        return request.sender in self._latest and self._latest[request.sender][0] >= (
            request.timestamp
        )

    def result(self, request: Request) -> bytes | None:
        """Return the state that the client's last executed request led to, if it is this one."""
        timestamp, state = self._latest.get(request.sender, (-1, b""))
        return state if timestamp == request.timestamp else None

    def execute(self, view: int, request: Envelope | None) -> None:
        """Execute the next request; one that was executed before has no effect again."""
        body = request.payload.fingerprint if request else NULL
        self.executed.append(Executed(view, request, follow(self.state, body)))
        if request is None or not isinstance(request.payload, Request):
            return
        self._waiting.pop(body, None)
        if not self.stale(request.payload):
            self._latest[request.sender] = request.payload.timestamp, self.state
        self._waiting = {
            body: item
            for body, item in self._waiting.items()
            if isinstance(item.payload, Request) and not self.stale(item.payload)
        }
