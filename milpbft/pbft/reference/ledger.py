"""What a replica executes: requests in order, the state that they lead to, and the replies."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from milpbft.pbft.reference.encoding import HASH_BYTES
from milpbft.pbft.reference.messages import NULL, Envelope, Last, Request, Snapshot

if TYPE_CHECKING:
    from collections.abc import Sequence

    from milpbft.sim.application import Application

GENESIS = bytes(HASH_BYTES)
"""State before anything was executed."""


def follow(state: bytes, body: bytes, reply: bytes = b"", application: bytes = b"") -> bytes:
    """Return the state that executing the request of hash `body` leads to.

    Parameters
    ----------
    reply, application
        What an application answered, and the hash of its state; nothing without one.
    """
    led = sha256(reply).digest() + application if application else b""
    return sha256(state + body + led).digest()


@dataclass(frozen=True, slots=True)
class Executed:
    """A request that was executed.

    Parameters
    ----------
    view
        In which it was decided.
    request
        None for the null request.
    state
        The state after it.
    reply, application
        What the application answered, and the hash of its state; empty without one.
    """

    view: int
    request: Envelope | None
    state: bytes
    reply: bytes = b""
    application: bytes = b""

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
    application
        Executes requests; without one, the state is the list of what was executed.
    """

    def __init__(
        self, requests: Sequence[Envelope] = (), application: Application | None = None
    ) -> None:
        self._waiting: dict[bytes, Envelope] = {r.payload.fingerprint: r for r in requests}
        self._latest: dict[int, Executed] = {}
        self.executed: list[Executed] = []
        """What is kept of it, from sequence number `base` + 1 on."""
        self.base = 0
        self._start = GENESIS
        self.application = application

    def copy(self) -> Ledger:
        """Return a ledger that goes its own way from here."""
        application = self.application.copy() if self.application is not None else None
        other = Ledger(self.waiting, application)
        other._latest = dict(self._latest)
        other.executed = list(self.executed)
        other.base, other._start = self.base, self._start
        return other

    # ---- snapshots

    def snapshot(self, node: int) -> Snapshot:
        """Write everything at the last sequence number executed, as a message of `node`."""
        done, application = self.executed[-1], self.application
        latest = []
        for _, item in sorted(self._latest.items()):
            assert item.request is not None, "clients' requests are no null requests"
            assert isinstance(item.request.payload, Request), "likewise"
            latest.append(Last(item.request.payload, item.state, item.reply, item.application))
        packed = b"" if application is None else application.pack()
        return Snapshot(node, self.height, self.before(self.height), done.body, done.reply,
                        done.application, packed, tuple(latest))  # fmt: skip

    def restored(self, view: int, snapshot: Snapshot, state: bytes) -> Ledger | None:
        """Return the ledger of a snapshot; None where it does not lead to `state`."""
        led = follow(snapshot.before, snapshot.body, snapshot.reply, snapshot.digest)
        application = None
        if self.application is not None:
            application = self.application.unpack(snapshot.application)
            if application is None or application.digest() != snapshot.digest:
                return None
        if led != state:
            return None
        other = Ledger((), application)
        other.base, other._start = snapshot.sequence, state
        for last in snapshot.latest:
            known = Envelope(last.request, b"")
            done = Executed(view, known, last.state, last.reply, last.application)
            other._latest[last.request.sender] = done
        for request in self.waiting:
            if isinstance(request.payload, Request) and not other.stale(request.payload):
                other.add(request)
        return other

    def forget(self, sequence: int) -> None:
        """Keep what was executed after a sequence number."""
        if self.base < sequence <= self.height:
            self._start = self.executed[sequence - self.base - 1].state
            self.executed = self.executed[sequence - self.base :]
            self.base = sequence

    def since(self, sequence: int) -> list[Executed]:
        """Return what was executed from a sequence number on, one that is kept."""
        return self.executed[sequence - self.base - 1 :]

    @property
    def height(self) -> int:
        """Sequence number of the last request executed."""
        return self.base + len(self.executed)

    @property
    def state(self) -> bytes:
        """State after the last request executed."""
        return self.executed[-1].state if self.executed else self._start

    def before(self, sequence: int) -> bytes:
        """Return the state that the request of an executed sequence number was executed in."""
        place = sequence - self.base - 2
        return self.executed[place].state if place >= 0 else self._start

    @property
    def waiting(self) -> tuple[Envelope, ...]:
        """Requests that are known and not executed, in the order in which they came."""
        return tuple(self._waiting.values())

    def forget_waiting(self) -> None:
        """Forget what clients have asked for and was not executed."""
        self._waiting.clear()

    def knows(self, request: Envelope) -> bool:
        """Whether a request waits already."""
        return request.payload.fingerprint in self._waiting

    def admits(self, request: Request) -> bool:
        """Whether the application takes such a request, in whatever state."""
        return self.application is None or self.application.admits(request.operation)

    def add(self, request: Envelope) -> None:
        """Let a request wait."""
        self._waiting.setdefault(request.payload.fingerprint, request)

    def stale(self, request: Request) -> bool:
        """Whether the client's request, or a later one, was executed."""
        return self._last(request.sender) >= request.timestamp

    def _last(self, client: int) -> int:
        """Return the timestamp of a client's last request, -1 without any."""
        known = self._latest.get(client)
        request = known.request.payload if known and known.request else None
        return request.timestamp if isinstance(request, Request) else -1

    def result(self, request: Request) -> Executed | None:
        """Return the client's last executed request, and what it led to, if it is this one."""
        same = self._last(request.sender) == request.timestamp
        return self._latest[request.sender] if same else None

    def execute(self, view: int, request: Envelope | None) -> None:
        """Execute the next request; one that was executed before has no effect again."""
        payload = request.payload if request is not None else None
        asked = payload if isinstance(payload, Request) else None
        fresh = asked if asked is not None and not self.stale(asked) else None
        reply, led = self._apply(fresh)
        body = payload.fingerprint if payload is not None else NULL
        done = Executed(view, request, follow(self.state, body, reply, led), reply, led)
        self.executed.append(done)
        if asked is None:
            return
        self._waiting.pop(body, None)
        if fresh is not None:
            self._latest[fresh.sender] = done
        self._waiting = {
            body: item
            for body, item in self._waiting.items()
            if isinstance(item.payload, Request) and not self.stale(item.payload)
        }

    def _apply(self, request: Request | None) -> tuple[bytes, bytes]:
        """Hand a request that is new to the application; return its reply and its state's hash."""
        if self.application is None:
            return b"", b""
        if request is None:
            self.application.idle()
            return b"", self.application.digest()
        reply = self.application.apply(request.sender, request.timestamp, request.operation)
        return reply, self.application.digest()
