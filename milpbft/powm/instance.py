"""Instances of parallel proof of work: nonce sets, failures, a cut, and captured elections."""

from __future__ import annotations

from functools import cached_property
from typing import Any, ClassVar, Literal, Self

from pydantic import Field, field_validator, model_validator

from milpbft.errors import InputError
from milpbft.powm.losses import Losses
from milpbft.powm.rates import PATTERN, read_rates, write_rates
from milpbft.question.named import RESTARTS, NamedQuestion, Sense

LONGEST = 2000
"""Ticks of a horizon at most."""


class AssignInstance(NamedQuestion):
    """Nonce sets for miners of unequal rate (sections III-E and IV-B.2).

    Parameters
    ----------
    costs
        h, ticks that each miner takes for a unit of nonces, as in ``1_10``.
    units
        N, units of nonces to be hashed.
    ports
        p, grants that the manager serves per tick.
    latency
        c, ticks that a grant takes to arrive.
    largest
        g, units of a grant at most; None for no limit.
    horizon
        T, ticks by which all is hashed; by default those of the better of two rules.
    encoding
        ``direct``: one variable per grant. ``compact``: one grant per miner, which is enough where
        grants have no limit.
    objective
        ``ticks``: fewest until all units are hashed.
    """

    costs: str
    units: int = Field(ge=1, le=10**6)
    ports: int = Field(ge=1, le=1000)
    latency: int = Field(default=0, ge=0, le=1000)
    largest: int | None = Field(default=None, ge=1)
    horizon: int | None = Field(default=None, ge=1, le=10**6)
    encoding: Literal["direct", "compact"] = "direct"

    sizes: ClassVar[dict[str, str]] = {
        "u": "units",
        "p": "ports",
        "c": "latency",
        "g": "largest",
        "t": "horizon",
    }
    texts: ClassVar[dict[str, tuple[str, str]]] = {"costs": ("costs-", PATTERN)}
    objectives: ClassVar[dict[str, Sense]] = {"ticks": "min"}
    refused: ClassVar[dict[str, str]] = {
        RESTARTS: "no miner fails in a plan of sets; powmfail has those that start again"
    }
    example: ClassVar[str] = "powmassign-u6-p2-ticks-costs-1_10"

    @field_validator("costs")
    @classmethod
    def _read_costs(cls, value: str) -> str:
        return write_rates(read_rates(value, "costs"))

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.encoding == "compact" and self.largest is not None:
            raise InputError("encoding", self.encoding, "direct where grants have a limit")
        return self

    @cached_property
    def h(self) -> tuple[int, ...]:
        """Ticks per unit, of each miner."""
        return read_rates(self.costs, "costs")


class RatedQuestion(NamedQuestion):
    """What questions about miners with rates share.

    Parameters
    ----------
    rates
        r, hashes per tick of each miner, as in ``2_1`` or ``1x6``.
    set_ticks
        G, ticks of work of a nonce set: G r_i nonces.
    latency
        c, ticks that a grant takes to arrive.
    ahead
        a, outstanding ticks of work at which a miner asks for more.
    detect, elect
        D and E, ticks until a failure is detected, and of an election.
    sync
        How supports are kept up to date. ``after``: told of grants after they are sent. ``before``:
        more than half of them have stored a grant before it is sent. ``stride``: the term is in the
        high bits of a nonce.
    """

    rates: str
    set_ticks: int = Field(ge=1, le=1000)
    latency: int = Field(default=0, ge=0, le=1000)
    ahead: int = Field(default=0, ge=0, le=1000)
    detect: int = Field(default=1, ge=0, le=1000)
    elect: int = Field(default=1, ge=0, le=1000)
    horizon: int | None = Field(default=None, ge=1, le=LONGEST)
    sync: Literal["after", "before", "stride"] = "after"

    sizes: ClassVar[dict[str, str]] = {
        "g": "set_ticks",
        "c": "latency",
        "a": "ahead",
        "d": "detect",
        "e": "elect",
        "t": "horizon",
    }
    always: ClassVar[frozenset[str]] = frozenset({"detect", "elect"})
    words: ClassVar[dict[str, tuple[str, Any]]] = {
        "before": ("sync", "before"),
        "stride": ("sync", "stride"),
    }
    texts: ClassVar[dict[str, tuple[str, str]]] = {"rates": ("rates-", PATTERN)}

    @field_validator("rates")
    @classmethod
    def _read_rates(cls, value: str) -> str:
        return write_rates(read_rates(value))

    @property
    def r(self) -> tuple[int, ...]:
        """Hashes per tick, of each miner."""
        return read_rates(self.rates)

    @property
    def gap(self) -> int:
        """Ticks from a failure to the takeover, D + E."""
        return self.detect + self.elect


class FailInstance(RatedQuestion):
    """Failures of managers and miners while a block is mined (sections III-A.1, III-K and IV-B).

    Other parameters are those of :class:`RatedQuestion`.

    Parameters
    ----------
    goal
        X, the distinct nonce that solves the block when it is hashed; for ``time``.
    collective
        E_c, ticks of an election by all nodes, where no support is left; E by default.
    supports
        m, support managers.
    role, support_rate
        What supports do: ``idle``, or ``hashing`` with `support_rate` hashes per tick.
    every
        S, ticks between two messages that tell supports of grants; for ``twice``.
    crashes
        b, at most so many nodes crash.
    first
        t0, the first tick of a failure.
    victims
        Who can fail: ``any``, ``managers``, or ``miners``.
    collapse
        Where no support is left, either the ``collective`` elects a miner or all mine ``solo``.
    amnesia
        So many correct nodes start again at most, each once, at the begin of a tick from `first`
        on, without memory. For ``time`` and ``lost`` miners: the sets in hand are gone, and it asks
        as one that has none; what is under way to it comes as before. For ``twice`` supports:
        cursor and ledger are gone, until a Sync tells the cursor again. Without solo mining.
    reloads
        So many correct miners start again at most, likewise, with a log of what they were granted
        and have hashed; grants under way to them are lost, and it asks as if they had not been
        made. For ``time`` and ``lost``, with latency, without `amnesia` and solo mining.
    horizon
        T, ticks; by default enough for every block to be solved. A block that is not solved by then
        is a limit.
    encoding
        ``direct``: every node has its own grants and hashes. ``compact``: all live nodes are in
        lockstep, since every set is G ticks of work, and share them; not where miners start again.
    objective
        ``time``: most ticks until the block is solved. ``lost``: most nonces that were granted to
        miners that failed, or forgot or missed them, and not hashed. ``twice``: most nonces granted
        more than once, by managers that crash after the grants of a tick and before the message
        that tells of them.
    """

    goal: int = Field(default=0, ge=0, le=10**6)
    collective: int | None = Field(default=None, ge=0, le=1000)
    supports: int = Field(default=0, ge=0, le=100)
    role: Literal["idle", "hashing"] = "idle"
    support_rate: int = Field(default=1, ge=1, le=10**6)
    every: int = Field(default=1, ge=1, le=1000)
    crashes: int = Field(default=0, ge=0, le=100)
    first: int = Field(default=0, ge=0, le=LONGEST)
    victims: Literal["any", "managers", "miners"] = "any"
    collapse: Literal["collective", "solo"] = "collective"
    amnesia: int = Field(default=0, ge=0)
    reloads: int = Field(default=0, ge=0)
    encoding: Literal["direct", "compact"] = "compact"

    former: ClassVar[dict[str, str]] = {"failures": "crashes"}
    sizes: ClassVar[dict[str, str]] = {
        **RatedQuestion.sizes,
        "x": "goal",
        "ec": "collective",
        "m": "supports",
        "rs": "support_rate",
        "s": "every",
        "b": "crashes",
        "f": "first",
    }
    always: ClassVar[frozenset[str]] = RatedQuestion.always | {"supports"}
    words: ClassVar[dict[str, tuple[str, Any]]] = {
        "managers": ("victims", "managers"),
        "miners": ("victims", "miners"),
        "hashing": ("role", "hashing"),
        "solo": ("collapse", "solo"),
        **RatedQuestion.words,
    }
    numbers: ClassVar[dict[str, str]] = {"amnesia": "amnesia", "reload": "reloads"}
    objectives: ClassVar[dict[str, Sense]] = {"time": "max", "lost": "max", "twice": "max"}
    example: ClassVar[str] = "powmfail-g2-d1-e1-x8-m1-b1-time-managers-rates-1x2"

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.collective is not None and self.collective < self.elect:
            raise InputError("collective", self.collective, f"elect = {self.elect} or more")
        if self.role == "idle" and self.support_rate != 1:
            raise InputError("role", self.role, "hashing where supports have a rate")
        nodes = len(self.r) + self.supports + 1
        if self.crashes > nodes:
            raise InputError("crashes", self.crashes, f"at most {nodes}, the number of nodes")
        {"time": self._times, "lost": self._loses, "twice": self._repeats}[self.objective.name]()
        self._restarts()
        if self.horizon is not None and self.first >= self.horizon:
            raise InputError("first", self.first, f"less than the horizon {self.horizon}")
        return self

    @model_validator(mode="before")
    @classmethod
    def _encoded(cls, fields: Any) -> Any:  # noqa: ANN401
        """Miners that start again are in no lockstep."""
        again = isinstance(fields, dict) and (fields.get("amnesia") or fields.get("reloads"))
        if again and fields.get("objective") not in ("twice", {"name": "twice"}):
            return {"encoding": "direct"} | fields
        return fields

    def _restarts(self) -> None:
        """Refuse what nodes that start again are not modelled with."""
        kind = "amnesia" if self.amnesia else "reloads"
        if not (found := getattr(self, kind)):
            return
        supports = self.objective.name == "twice"
        self._at_most({kind: self.supports if supports else len(self.r)})
        if self.amnesia and self.reloads:
            raise InputError("amnesia", found, "0 with reloads")
        if self.collapse == "solo":
            raise InputError(kind, found, "0 with solo")
        if not supports and self.victims != "miners" and self.crashes > self.supports:
            allowed = f"at most supports = {self.supports}, or miners, where miners start again: "
            allowed += "whom all elect learns from them what was granted"
            raise InputError("crashes", self.crashes, allowed)
        if self.reloads and supports:
            allowed = "time or lost: a support's log has all that it was told"
            raise InputError("objective", "twice", allowed)
        if self.reloads and not self.latency:
            raise InputError("latency", 0, "1 or more with reloads: nothing is under way to lose")
        if not supports and self.encoding == "compact":
            raise InputError("encoding", "compact", "direct where miners start again")

    def _times(self) -> None:
        if self.goal < 1:
            raise InputError("goal", self.goal, "1 or more where time is asked for")
        if self.every > 1:
            raise InputError("every", self.every, "1 where time is asked for")
        if self.losses.least(self.crashes) < 1:
            allowed = "so few that a node is left that hashes"
            raise InputError("crashes", self.crashes, allowed)
        if self.ticks > LONGEST:
            raise InputError("goal", self.goal, f"a block of at most {LONGEST} ticks")

    def _loses(self) -> None:
        if self.victims == "managers":
            raise InputError("victims", self.victims, "any or miners where losses are asked for")
        if self.every > 1:
            raise InputError("every", self.every, "1 where losses are asked for")
        self._needs_horizon()

    def _repeats(self) -> None:
        if self.crashes > self.supports:
            allowed = f"at most supports = {self.supports} where twice is asked for"
            raise InputError("crashes", self.crashes, allowed)
        if self.victims == "miners":
            raise InputError("victims", self.victims, "managers where twice is asked for")
        self._needs_horizon()

    def _needs_horizon(self) -> None:
        if self.horizon is None:
            allowed = f"a number of ticks where {self.objective.name} is asked for"
            raise InputError("horizon", None, allowed)

    @property
    def losses(self) -> Losses:
        """What failures take away at most."""
        supports = self.support_rate if self.role == "hashing" else 0
        return Losses(self.r, self.supports, supports, self.victims, self.collapse == "solo")

    @property
    def gaps(self) -> tuple[int | None, ...]:
        """Ticks from each failure of a manager to the takeover; None where nobody takes over.

        As many as managers can fail.
        """
        if self.victims == "miners":
            return ()
        late = None
        if self.collapse == "collective":
            late = self.detect + (self.elect if self.collective is None else self.collective)
        gaps = [self.gap if k < self.supports else late for k in range(self.crashes)]
        return tuple(gaps[: gaps.index(None) + 1] if None in gaps else gaps)

    @property
    def ticks(self) -> int:
        """The horizon, T: what is said, or enough for every block to be solved."""
        if self.horizon is not None:
            return self.horizon
        left = self.losses.least(self.crashes)
        cycles = -(-self.goal // (self.set_ticks * left))
        total = (self.set_ticks + self.latency) * cycles + 2
        for gap in self.gaps:
            alone = self.detect + -(-self.goal // min(self.r))
            total += alone if gap is None else gap
        spoilt = self.set_ticks + self.ahead + 2 * self.latency + 1
        return total + (self.amnesia + self.reloads) * spoilt + self.first


class CutInstance(RatedQuestion):
    """Nonces granted twice while the network is cut (sections III-A, III-A.1 and III-K).

    Other parameters are those of :class:`RatedQuestion`.

    Parameters
    ----------
    width
        W, ticks of the cut.
    shape
        ``cut``: the old manager and some miners on one side, its team and the rest on the other.
        ``eclipse``: the old manager is cut off from its team alone, and serves all until another
        one takes over.
    horizon
        T, ticks in which grants are made.
    objective
        ``twice``: most nonces granted more than once.
    """

    width: int = Field(ge=1, le=LONGEST)
    shape: Literal["cut", "eclipse"] = "cut"
    encoding: Literal["direct"] = "direct"

    sizes: ClassVar[dict[str, str]] = {**RatedQuestion.sizes, "w": "width"}
    words: ClassVar[dict[str, tuple[str, Any]]] = {
        "eclipse": ("shape", "eclipse"),
        **RatedQuestion.words,
    }
    objectives: ClassVar[dict[str, Sense]] = {"twice": "max"}
    refused: ClassVar[dict[str, str]] = {
        RESTARTS: "all nodes stay up in a cut; powmfail has those that start again"
    }
    example: ClassVar[str] = "powmcut-g2-d1-e1-t12-w6-twice-rates-1x2"

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.horizon is None:
            raise InputError("horizon", None, "a number of ticks")
        self._at_most({"width": self.horizon})
        return self

    @property
    def ticks(self) -> int:
        """The horizon, T."""
        assert self.horizon is not None, "checked above"
        return self.horizon
