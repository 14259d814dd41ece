"""Instances of parallel proof of work: nonce sets, failures, a cut, and captured elections."""

from __future__ import annotations

from functools import cached_property
from typing import Any, ClassVar, Literal, Self

from pydantic import Field, field_validator, model_validator

from milpbft.errors import InputError
from milpbft.powm.losses import Losses
from milpbft.powm.rates import PATTERN, read_rates, write_rates
from milpbft.question.named import NamedQuestion, Sense

LONGEST = 2000
"""Ticks of a horizon at most."""

EXACT = 10**7
"""Outcomes of an election's draws at most, so that sums of them are exact in any solver."""


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
    horizon
        T, ticks; by default enough for every block to be solved. A block that is not solved by then
        is a limit.
    encoding
        ``direct``: every node has its own grants and hashes. ``compact``: all live nodes are in
        lockstep, since every set is G ticks of work, and share them.
    objective
        ``time``: most ticks until the block is solved. ``lost``: most nonces that were granted to
        miners that failed, and not hashed. ``twice``: most nonces granted more than once, by
        managers that crash after the grants of a tick and before the message that tells of them.
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
        if self.horizon is not None and self.first >= self.horizon:
            raise InputError("first", self.first, f"less than the horizon {self.horizon}")
        return self

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
        return total + self.first


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


class ElectInstance(NamedQuestion):
    """How often a coalition manages that drops solutions and lies (sections III-C and III-K).

    Parameters
    ----------
    tickets
        W, tickets of an election; shares of hashes are the same.
    coalition
        w, tickets of the coalition; for ``managed``.
    elections
        K, blocks in a row, each of which elects the next manager.
    redraws
        V, solutions that the coalition may drop in all.
    lies
        l, tickets that move to the coalition while it manages.
    finaliser
        ``peers``, or ``manager``: who manages may drop solutions of others.
    objective
        ``managed``: most epochs that the coalition manages, summed over all ``(W^2)^(K+V)`` equal
        outcomes. ``share``: fewest tickets with which it manages half of them or more.
    """

    tickets: int = Field(ge=1, le=1000)
    coalition: int = Field(default=0, ge=0)
    elections: int = Field(ge=1, le=20)
    redraws: int = Field(default=0, ge=0, le=20)
    lies: int = Field(default=0, ge=0)
    finaliser: Literal["peers", "manager"] = "peers"
    encoding: Literal["direct"] = "direct"

    sizes: ClassVar[dict[str, str]] = {
        "w": "tickets",
        "a": "coalition",
        "k": "elections",
        "v": "redraws",
        "l": "lies",
    }
    words: ClassVar[dict[str, tuple[str, Any]]] = {"final": ("finaliser", "manager")}
    objectives: ClassVar[dict[str, Sense]] = {"managed": "max", "share": "min"}
    example: ClassVar[str] = "powmelect-w2-a1-k2-v1-managed"

    @model_validator(mode="after")
    def _fits(self) -> Self:
        self._at_most({"coalition": self.tickets, "lies": self.tickets})
        if self.objective.name == "share" and self.coalition:
            raise InputError("coalition", self.coalition, "nothing where its share is asked for")
        if self.outcomes > EXACT:
            allowed = f"so few that (tickets^2)^(elections + redraws) is at most {EXACT}"
            raise InputError("tickets", self.tickets, allowed)
        return self

    @property
    def outcomes(self) -> int:
        """Equal outcomes of all draws, (W^2)^(K+V)."""
        return int(self.tickets ** (2 * (self.elections + self.redraws)))
