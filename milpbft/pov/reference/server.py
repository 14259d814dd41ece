"""The time server (section III G): trusted, it stamps every header that it is sent."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from milpbft.pov.reference.blocks import stamp, turn
from milpbft.pov.reference.messages import Envelope, StampRequest, Timestamp, seal, suspicion
from milpbft.pov.reference.validity import refuse_votes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from milpbft.pov.reference.rules import Rules
    from milpbft.sim.signatures import Signatures


class TimeServer:
    """A node that answers every request with the time and its signature over both.

    Attributes
    ----------
    readings
        By how much its clock is ahead at what it stamps next, by the subject of the request.
    """

    def __init__(self, rules: Rules, keys: Signatures) -> None:
        self._rules = rules
        self._keys = keys
        self._requests: list[StampRequest] = []
        self._stamped: set[bytes] = set()
        self.readings: dict[bytes, int] = {}
        self.now = 0
        self.outbox: list[Envelope] = []
        self.dropped: Counter[str] = Counter()

    deadline = None
    """It waits for nothing."""

    def on_clock(self, now: int) -> None:
        """Take the time, which this node has of its own."""
        self.now = now

    def on_message(self, envelope: Envelope) -> None:
        """Take a request; drop everything else."""
        payload = envelope.payload
        reason = suspicion(envelope, self._keys)
        if reason:
            self.dropped[reason] += 1
        elif isinstance(payload, StampRequest):
            if self._unsigned(payload):
                self.dropped["no quorum"] += 1
            elif self._refuses(payload):
                self.dropped["stamped, or another's"] += 1
            else:
                self._stamped.add(payload.header.digest)
                self._requests.append(payload)
        else:
            self.dropped["not for the time server"] += 1

    def _refuses(self, request: StampRequest) -> bool:
        """Whether a header is not to be stamped, where each is stamped once."""
        if self._rules.twofaced:
            return False
        stamped = request.header.digest in self._stamped
        return self._rules.once and (stamped or request.sender != request.header.producer)

    def _unsigned(self, request: StampRequest) -> bool:
        """Whether R is not to be shown yet: with a random function, before a quorum has signed.

        Who could ask for the numbers of heights to come would know them.
        """
        if not self._rules.vrf:
            return False
        refusal = refuse_votes(request.header, request.signatures, self._rules, self._keys)
        return refusal is not None

    @property
    def waiting(self) -> Sequence[StampRequest]:
        """Requests that it is about to answer."""
        return self._requests

    def on_timer(self) -> None:
        """Do nothing."""

    def act(self) -> None:
        """Answer all requests."""
        for request in self._requests:
            time = self.now + self.readings.pop(request.subject, 0)
            signed = stamp(request.header, request.signatures, time)
            answer = Timestamp(
                self._rules.server, request.height, request.cycle,
                request.subject, time, self._keys.sign(self._rules.server, signed),
                self._keys.sign(self._rules.server, turn(request.header.height)) if self._rules.vrf
                else b"",
            )  # fmt: skip
            self.outbox.append(seal(answer, self._keys))
        self._requests.clear()
