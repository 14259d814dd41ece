"""Network: what the adversary of the per-node encoding may do to messages and timers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from milpbft.automaton.pernode.paths import Paths

if TYPE_CHECKING:
    from milpbft.question.strict import StrictInstance

FULL_MESH = Paths()


@dataclass(frozen=True)
class Network:
    """Deadlines of messages and timers, as functions of ticks.

    Parameters
    ----------
    kind
        ``asynchronous``, ``reliable`` or ``synchronous``, as in
        :class:`milpbft.question.strict.StrictInstance`, like all that follows.
    gst, delta
        Of the synchronous network.
    gossip
        Whether what one correct node took is in the end everybody's.
    relayed
        Kinds of messages of which that is so without gossip.
    timeout
        Of view 0, in ticks; 0 for free timers.
    paths
        Between nodes.
    losses
        Most messages that are lost for good, each on its way to one receiver.
    """

    kind: Literal["asynchronous", "reliable", "synchronous"] = "asynchronous"
    gst: int = 0
    delta: int = 1
    gossip: bool = False
    relayed: frozenset[str] = frozenset()
    timeout: int = 0
    paths: Paths = FULL_MESH
    losses: int = 0

    @classmethod
    def of(cls, instance: StrictInstance, paths: Paths = FULL_MESH) -> Network:
        """Read an instance's network."""
        i = instance
        return cls(i.network, i.gst, i.delta, i.gossip, i.relayed, i.timeout, paths, i.losses)

    def passes_on(self, kind: str) -> bool:
        """Whether correct nodes pass on a kind of message of others."""
        return self.gossip or kind in self.relayed

    def latest_cause(self, tick: int, horizon: int, hops: int = 1) -> int | None:
        """Return the last tick s such that what is sent at s has arrived by the end of `tick`.

        None where nothing has to have arrived: ``max(s, gst) + hops * delta > tick`` for every s,
        or the network is reliable and `tick` is before the horizon, or asynchronous.
        """
        if self.kind == "reliable" and tick == horizon:
            return tick - hops
        if self.kind == "synchronous" and tick >= self.gst + hops * self.delta:
            return tick - hops * self.delta
        return None

    def wait(self, view: int, *, timed: bool) -> int:
        """Return the fewest ticks between entering a view and a timer's expiry in it."""
        return self.timeout << view if timed and self.timeout else 1

    def must_expire(self, *, timed: bool) -> bool:
        """Whether a timer expires for certain: one with a duration, in a synchronous network.

        Partial synchrony bounds the speed of nodes as it bounds that of messages: a timer that is
        due at tick d has expired by ``max(d, gst) + delta``. A free timer of a view is never due.
        """
        return self.kind == "synchronous" and (not timed or self.timeout > 0)
