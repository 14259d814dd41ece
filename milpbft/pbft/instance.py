"""Instances of PBFT, Linear BFT and SBFT."""

from __future__ import annotations

from typing import Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from milpbft.errors import InputError
from milpbft.question.quorums import QuorumInstance

REDUNDANT = ("sbft", "sbftfast")
"""Protocols with a fast path, and so with redundant nodes."""


class PbftInstance(QuorumInstance):
    """One strict problem of a member of the family, about one sequence number.

    Parameters
    ----------
    redundant
        c of SBFT: silent nodes that the fast path bears, n >= 3f + 2c + 1 for some f.
    calm
        What the normal case does by itself: the primary is correct, no timer makes a replica leave
        its view, and Byzantine nodes ask nobody to. For one view.
    fastpath
        SBFT: the collector's timer does not expire either, so that only the fast path is open.
    collector
        SBFT with a horizon: the ticks that the collector's timer runs, from its proposal on and in
        every view, at least 1; then it takes the slow path. With 1 it may do so whenever it likes.
    follows
        Whether a node enters a view that was opened ``freely``, or only once it has ``asked`` for
        that view. The papers leave this open.
    counts
        Which view changes the timer between two views waits for n - f of: those for exactly the
        view that is waited for (``exact``), or for it or a later one (``later``). Open likewise.
    joins
        Where a node goes after f + 1 others in later views: to the ``lowest`` that they asked for,
        which may skip views, or to the ``next`` one.
    status
        New views are resent on request, as by the status messages of Castro's library: what a
        correct node took as a new view, all nodes get in the end.
    resent
        Where messages may be lost: replicas send again what they sent in the view that they are in,
        until it arrives, as by the status messages of Castro's library. Then only what was sent in
        a view that its sender has left, or by a node that has crashed, is lost for good.
    blind
        New views ignore what may be committed: the view change is broken on purpose.
    """

    redundant: int = Field(default=0, ge=0, le=300)
    calm: bool = False
    fastpath: bool = False
    collector: int = Field(default=1, ge=1, le=1000)
    follows: Literal["freely", "asked"] = "freely"
    counts: Literal["exact", "later"] = "exact"
    joins: Literal["lowest", "next"] = "lowest"
    status: bool = False
    resent: bool = False
    blind: bool = False

    bears_losses: ClassVar[bool] = True
    bears_restarts: ClassVar[frozenset[str]] = frozenset({"pbft", "linear", "sbft", "sbftfast"})
    relays: ClassVar[bool] = True
    weighs: ClassVar[bool] = False
    sizes: ClassVar[dict[str, str]] = {"n": "n", "r": "redundant"} | {
        letter: field for letter, field in QuorumInstance.sizes.items() if letter != "n"
    }
    words: ClassVar[dict[str, tuple[str, Any]]] = {
        "calm": ("calm", True),
        "fastpath": ("fastpath", True),
        "blind": ("blind", True),
        "asked": ("follows", "asked"),
        "later": ("counts", "later"),
        "stepwise": ("joins", "next"),
        "status": ("status", True),
        "resent": ("resent", True),
        **QuorumInstance.words,
    }
    numbers: ClassVar[dict[str, str]] = QuorumInstance.numbers | {"collector": "collector"}

    @property
    def pairs(self) -> int:
        """Pairs of redundant nodes: c."""
        return self.redundant

    def least_quorums(self) -> dict[str, int]:
        """Return the least quorums for which the tables are exact, by field.

        With collectors nobody has two shares by itself. What SBFT's new views may rest on is
        modelled for primaries that need another view change than their own.
        """
        few = self.protocol in REDUNDANT
        return {"quorum": 3 if self.protocol == "pbft" else 2, "view_quorum": 2 if few else 1}

    @classmethod
    def most_views(cls, fields: dict[str, Any]) -> int:
        """Return how many views can be modelled: 1 where all is calm, 2 of SBFT in ticks."""
        if fields.get("calm"):
            return 1
        ticks = fields.get("horizon") is not None
        two = ticks and fields.get("protocol") in REDUNDANT
        return 2 if two else super().most_views(fields)

    def resting(self) -> dict[str, str]:
        """Return the settings of schedules that end at rest; they say which timers never expire."""
        said = [field for field in ("calm", "fastpath", "gossip", "resent") if getattr(self, field)]
        return super().resting() | dict.fromkeys(said, "true")

    @property
    def relayed(self) -> frozenset[str]:
        """New views, where these are resent on request."""
        return frozenset({"NewView", "DecidedNewView"} if self.status else ())

    @model_validator(mode="after")
    def _of_restarts(self) -> Self:
        """Refuse what was not compared with enumeration where nodes start again."""
        if not (self.amnesia or self.reloads):
            return self
        ticks = self.horizon is not None
        if self.status and (self.reloads or ticks):
            raise InputError("status", True, "false where nodes reload their logs, or ticks count")
        for field, value, said in (("byzantine", 0, "0"), ("calm", False, "false"),
                                   ("quorum", None, "the usual one"),
                                   ("view_quorum", None, "the usual one"),
                                   ("tolerated", None, "the usual one")):  # fmt: skip
            if getattr(self, field) != value:
                raise InputError(field, getattr(self, field), f"{said}, where nodes start again")
        self._at_most({"views": 2})
        return self

    @model_validator(mode="after")
    def _sized(self) -> Self:
        if self.redundant and self.protocol not in REDUNDANT:
            raise InputError("redundant", self.redundant, f"0, but for {' and '.join(REDUNDANT)}")
        if self.f < 1:
            c = self.redundant
            raise InputError(
                "n", self.n, f"at least 3f + 2c + 1 = {2 * c + 4}, with c = {c}, f = 1"
            )
        if self.losses and self.status:
            allowed = "0 where new views are resent on request"
            raise InputError("losses", self.losses, allowed)
        if self.resent and not self.losses:
            raise InputError("resent", True, "false, but where messages may be lost")
        if self.calm and self.views > 1:
            raise InputError("views", self.views, "1 where all is calm")
        if self.calm and self.timeout:
            raise InputError("timeout", self.timeout, "0 where all is calm: nobody leaves a view")
        if self.status and (self.gossip or self.overlay is not None):
            raise InputError("status", True, "false with gossip, and on an overlay")
        if self.fastpath and (self.protocol != "sbft" or not self.calm):
            raise InputError("fastpath", self.fastpath, "false, but for sbft where all is calm")
        if self.collector > 1 and (self.protocol != "sbft" or self.horizon is None):
            raise InputError("collector", self.collector, "1, but for sbft with a horizon")
        if self.protocol in REDUNDANT and self.views > 2 and self.horizon is not None:
            raise InputError("views", self.views, f"at most 2 for {self.protocol} with a horizon")
        return self
