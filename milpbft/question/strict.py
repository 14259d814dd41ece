"""Strict instances: questions about the executions that a real deployment can have."""

from __future__ import annotations

from typing import Any, ClassVar, Literal, Self

from pydantic import Field, field_validator, model_validator

from milpbft.errors import InputError
from milpbft.question.named import Named
from milpbft.question.objective import Goal, Objective, parse_aim
from milpbft.registry import carrier, load
from milpbft.schedule.promising import budget

OVERLAY = {
    "overlay": ("overlay-", r"(?:r\d+k\d+s\d+(?:c\d+)?(?:w\d+)?(?:h\d+)?(?:o\d+)?|g\d+s\d+)")
}
"""How names say the overlay that carries all messages."""


class StrictInstance(Named):
    """One problem under strict semantics; rooms add what their protocol's variants are.

    Parameters
    ----------
    protocol
        Name of a protocol in the registry.
    n
        Number of nodes, 4 to 1000.
    views
        How many views are modelled, from view 0 on, 1 to 4; by default 2 or, with timers and a
        horizon, as many as the timers leave time for. A node that leaves the last one is lost to
        the model: no lock is then claimed, and a delay that rests on it is a limit.
    crashes
        At most so many correct nodes crash; where the objective is ``faults``, at most so many
        are tried.
    byzantine
        So many nodes are Byzantine, chosen by the adversary; likewise.
    amnesia
        At most so many correct nodes start again without memory, each once; where the objective is
        ``faults``, at most so many are tried. What they sent stays in the network, and what was
        sent is brought to them again, but for what they sent themselves.
    reloads
        At most so many correct nodes start again with their logs, each once; likewise. They are as
        they were; but their timers start anew, and what was under way to them is lost for good:
        nothing is sent again.
    values
        How many different proposals a Byzantine primary makes, 1 or 2.
    horizon
        Last tick of the per-node encoding; None for the counted one, which knows no ticks.
    network
        ``asynchronous``: any delay of at least a tick, and for ever. ``reliable``: what correct
        nodes send to each other arrives by the horizon. ``synchronous``: partially synchronous; it
        arrives by ``max(sent, gst) + delta``.
    gst, delta
        Of the partially synchronous network, in ticks; the bound is that of each hop.
    overlay
        An overlay such as ``r4k2s0``, with several contacts ``r9k2s0c3w3``, or a gossip such as
        ``g3s0``, that carries all messages (:class:`milpbft.registry.Carrier`): they take a tick
        per hop at least, and what comes on no walk without a faulty relay may be lost. None for a
        full mesh.
    gossip
        What one correct node has is in the end everybody's.
    timeout
        0 for free timers, which may expire at any tick after the view was entered. Otherwise the
        ticks that a node stays in view 0 at least; they double with every view.
    losses
        At most so many messages are lost for good, each on its way from one node that follows the
        protocol to one other; where the objective is ``losses_lock``, at most so many are tried.
        That is a network without retransmission: with it, everything arrives in the end. Of
        profiles with ticks recovery messages may be lost too, and all others arrive in time.
    fetch
        Block fetch: who is done hands its block to any correct node that asks. It counts in locks
        and in runs at rest; it takes no ticks, and delays are of decisions that nodes reach
        themselves.
    slots
        Slots of the counted encoding; None for as many as a proof takes.
    objective
        What the adversary is after, or weights of blocks, views and messages.
    encoding
        ``counted`` or, with a horizon, ``compact``: per node and tick. By default as the horizon
        says.
    """

    n: int = Field(ge=4, le=1000)
    views: int = Field(default=2, ge=1, le=4)
    crashes: int = Field(default=0, ge=0)
    byzantine: int = Field(default=0, ge=0)
    amnesia: int = Field(default=0, ge=0)
    reloads: int = Field(default=0, ge=0)
    values: Literal[1, 2] = 1
    horizon: int | None = Field(default=None, ge=1, le=1000)
    network: Literal["asynchronous", "reliable", "synchronous"] = "asynchronous"
    gst: int = Field(default=0, ge=0, le=1000)
    delta: int = Field(default=1, ge=1, le=1000)
    overlay: str | None = None
    gossip: bool = False
    timeout: int = Field(default=0, ge=0, le=1000)
    losses: int = Field(default=0, ge=0, le=50)
    fetch: bool = True
    slots: int | None = Field(default=None, ge=1, le=200)
    objective: Goal | Objective
    encoding: Literal["counted", "compact"] = "counted"

    sizes: ClassVar[dict[str, str]] = {
        "n": "n",
        "v": "views",
        "c": "crashes",
        "b": "byzantine",
        "e": "values",
        "t": "horizon",
    }
    always: ClassVar[frozenset[str]] = frozenset({"views"})
    words: ClassVar[dict[str, tuple[str, Any]]] = {
        "reliable": ("network", "reliable"),
        "gossip": ("gossip", True),
        "nofetch": ("fetch", False),
    }
    numbers: ClassVar[dict[str, str]] = {
        "gst": "gst",
        "delta": "delta",
        "timer": "timeout",
        "lossy": "losses",
        "amnesia": "amnesia",
        "reload": "reloads",
    }
    texts: ClassVar[dict[str, tuple[str, str]]] = OVERLAY
    bears_losses: ClassVar[bool] = False
    """Whether the protocol's tables have all that nodes do that miss messages for good."""
    bears_restarts: ClassVar[frozenset[str]] = frozenset()
    """Protocols whose tables have what nodes do that start again."""
    weighs: ClassVar[bool] = True
    """Whether the protocol's tables have all that weighted runs count."""
    example: ClassVar[str] = "pbft-n4-v2-c1-undecided"
    relays: ClassVar[bool] = False
    """Whether the counted encoding of the protocol knows gossip."""

    @field_validator("objective", mode="before")
    @classmethod
    def _named(cls, value: object) -> object:
        return parse_aim(value) if isinstance(value, str) else value

    @field_validator("overlay")
    @classmethod
    def _wired(cls, value: str | None) -> str | None:
        return None if value is None else str(load(carrier().word)(value))

    @model_validator(mode="before")
    @classmethod
    def _encoded(cls, fields: Any) -> Any:  # noqa: ANN401
        """With a horizon the encoding is per node, and timers say how many views there can be."""
        if not isinstance(fields, dict) or fields.get("horizon") is None:
            return fields
        return {"encoding": "compact"} | cls._views(fields) | fields

    @classmethod
    def _views(cls, fields: dict[str, Any]) -> dict[str, Any]:
        """Return the views that timers leave time for: T (2^v - 1) ticks pass in v of them."""
        numbers = [fields.get(name) for name in ("n", "horizon", "timeout")]
        if not all(isinstance(number, int) and number > 0 for number in numbers):
            return {}
        n, horizon, timeout = (int(number) for number in numbers if number is not None)
        most = min(cls.most_views(fields), n)
        fits = (v for v in range(1, most) if timeout * (2**v - 1) > horizon + 1)
        return {"views": next(fits, most)}

    @classmethod
    def most_views(cls, fields: dict[str, Any]) -> int:
        """Return how many views can be modelled of the protocol that the fields name."""
        return 4

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.crashes > self.n:
            raise InputError("crashes", self.crashes, f"at most n = {self.n}")
        if self.crashes + self.byzantine > self.n:
            raise InputError("byzantine", self.byzantine, f"with crashes at most n = {self.n}")
        if self.views > self.n:
            raise InputError("views", self.views, f"at most n = {self.n}")
        if (self.encoding == "compact") != (self.horizon is not None):
            allowed = "a number of ticks with the encoding compact, nothing with counted"
            raise InputError("horizon", self.horizon, allowed)
        timed = self.network != "asynchronous" or self.timeout > 0
        timed |= self.gossip and not self.relays
        timed |= self.overlay is not None
        asks = isinstance(self.objective, Goal) and self.objective.timed
        if self.horizon is None and (timed or asks):
            allowed = "a number of ticks where network, timers or objective are timed"
            raise InputError("horizon", None, allowed)
        if self.overlay is not None and self.gossip:
            raise InputError("gossip", True, "false on an overlay: relays pass on what they hold")
        if not self.weighs and not isinstance(self.objective, Goal):
            allowed = "a goal: what decided nodes do afterwards is not counted here"
            raise InputError("objective", self.objective.name, allowed)
        if self.losses and not self.bears_losses:
            raise InputError("losses", self.losses, f"0 for {self.protocol}")
        bears = self.network == "asynchronous" or self.loses_in_time
        if self.losses and (not bears or self.gossip or self.overlay is not None):
            allowed = "0, but for an asynchronous network without gossip and overlay"
            raise InputError("losses", self.losses, allowed)
        if self.network != "synchronous" and (self.gst, self.delta) != (0, 1):
            raise InputError("network", self.network, "synchronous where gst or delta are given")
        return self

    @model_validator(mode="after")
    def _starts_again(self) -> Self:
        """Hold restarts to what tables, replicas and enumeration have of them."""
        if not self.amnesia:
            return self
        if self.crashes + self.byzantine + self.amnesia > self.n:
            allowed = f"with crashes and Byzantine nodes at most n = {self.n}"
            raise InputError("amnesia", self.amnesia, allowed)
        if self.protocol not in self.bears_restarts:
            raise InputError("amnesia", self.amnesia, f"0 for {self.protocol}")
        if self.losses:
            raise InputError("losses", self.losses, "0 where nodes start again")
        self._again_in_ticks()
        return self

    def _again_in_ticks(self) -> None:
        """Hold restarts per node and tick to networks in which messages go straight."""
        for field, value in (("overlay", None), ("gossip", False)):
            if self.encoding == "compact" and getattr(self, field) != value:
                allowed = f"{str(value).lower()}, where nodes start again and ticks are counted"
                raise InputError(field, getattr(self, field), allowed)

    @model_validator(mode="after")
    def _reload(self) -> Self:
        """Hold reloads to what tables, replicas and enumeration have of them."""
        if not self.reloads:
            return self
        if self.protocol not in self.bears_restarts:
            raise InputError("reloads", self.reloads, f"0 for {self.protocol}")
        if self.crashes + self.reloads > self.n:
            raise InputError("reloads", self.reloads, f"with crashes at most n = {self.n}")
        self._again_in_ticks()
        for field in ("byzantine", "amnesia", "losses"):
            if getattr(self, field):
                allowed = "0 where nodes reload their logs"
                raise InputError(field, getattr(self, field), allowed)
        aim = self.objective
        if self.gossip or not isinstance(aim, Goal) or aim.kind in {"steps", "losses"}:
            allowed = "0, but for undecided, forks and fewest faults, without gossip"
            raise InputError("reloads", self.reloads, allowed)
        return self

    @property
    def loses_in_time(self) -> bool:
        """Whether messages may be lost where all others arrive in time."""
        return False

    @property
    def f(self) -> int:
        """Faults that the quorums are made for: floor((n-1)/3)."""
        return (self.n - 1) // 3

    @property
    def all_again(self) -> bool:
        """Whether all nodes that are not faulty otherwise may start again without memory."""
        return 0 < self.amnesia == self.n - self.crashes - self.byzantine

    @property
    def relayed(self) -> frozenset[str]:
        """Kinds of messages that are everybody's once one correct node has them, gossip apart."""
        return frozenset()

    def resting(self) -> dict[str, str]:
        """Return the settings of schedules that end at rest, see :mod:`milpbft.check.rest`."""
        return {"rest": "fetch" if self.fetch else "alone"}

    def promises(self) -> dict[str, str]:
        """Return the settings of schedules that say what is promised, see `milpbft.check`."""
        said = {
            "network": self.network,
            "budget": budget((range(self.n), self.byzantine + self.crashes)),
            "byzantine": str(self.byzantine),
        }
        if self.amnesia:
            said["restarts"] = str(self.amnesia)
        if self.reloads:
            said["reloads"] = str(self.reloads)
        if self.network == "synchronous":
            said |= {"gst": str(self.gst), "delta": str(self.delta)}
        if self.overlay is not None:
            said["overlay"] = self.overlay
        if self.gossip:
            said["gossip"] = "true"
        if self.relayed:
            said["relayed"] = ",".join(sorted(self.relayed))
        if self.timeout:
            said["timeout"] = str(self.timeout)
        return said

    def _said(self, field: str) -> bool:
        """Names say both bounds of a synchronous network."""
        synchronous = field in {"gst", "delta"} and self.network == "synchronous"
        return synchronous or super()._said(field)

    @classmethod
    def _read(cls, name: str) -> dict[str, Any]:
        said = super()._read(name)
        if said.keys() & {"gst", "delta"}:
            cls._say(said, "network", "synchronous", name)
        return said
