"""Instances of dBFT: under published semantics, and under strict ones with its variants."""

from __future__ import annotations

import re
from typing import Any, ClassVar, Literal, Self

from pydantic import Field, field_validator, model_validator

from milpbft.errors import InputError
from milpbft.question.objective import Goal, Objective
from milpbft.question.part import Question
from milpbft.question.quorums import QuorumInstance

Encoding = Literal["direct", "compact"]
OPTIONS = r"[a-z]+=[a-z]+(?:\+[a-z]+=[a-z]+)*"
VARIED = {
    "failed": ("nobody", "view", "height"),
    "guard": ("hold", "preparations", "responses"),
}
"""Options of a profile that may be set apart from it, with their values."""
STATE = r"\d{1,4}[cv]\d(?:\.\d{1,4}[cv]\d)*"


class PublishedInstance(Question):
    """One problem under published semantics: protocol, sizes, network, encoding and objective.

    Parameters
    ----------
    protocol
        Name of a protocol in the registry, e.g. ``dbft2``.
    n
        Number of nodes, 4 to 100; also the number of views in the published semantics.
    horizon
        Number of instants, 2 to 1000; of each view in the published semantics, where the first
        instant is empty.
    objective
        What is minimised or maximised; a name such as ``p1`` or a table with sense and weights.
    delivery
        Which delivery properties hold, of (1) PrepareRequest, (2) PrepareResponse, (3) Commit and
        (4) ChangeView: what one honest node sends reaches every other (paper, section 4.5). Also
        as text: digits, or ``none``.
    semantics
        Which executions count: ``published``.
    encoding
        How they are written as a MILP.
    """

    n: int = Field(ge=4, le=100)
    horizon: int = Field(ge=2, le=1000)
    objective: Objective
    delivery: tuple[Literal[1, 2, 3, 4], ...] = ()
    semantics: Literal["published"] = "published"
    encoding: Encoding = "compact"

    @field_validator("objective", mode="before")
    @classmethod
    def _named(cls, value: object) -> object:
        return Objective.parse(value) if isinstance(value, str) else value

    @field_validator("delivery", mode="before")
    @classmethod
    def _digits(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        if not (value.isascii() and value.isdecimal()) and value != "none":
            raise InputError("delivery", value, "digits from 1 to 4 such as 34, or none")
        return tuple(map(int, value)) if value != "none" else ()

    @field_validator("delivery")
    @classmethod
    def _sorted(cls, value: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(sorted(set(value)))

    @property
    def name(self) -> str:
        """Name that reads like the paper's, e.g. ``dbft2-n4-t5-p3-d34``."""
        suffix = "-d" + "".join(map(str, self.delivery)) if self.delivery else ""
        return f"{self.protocol}-n{self.n}-t{self.horizon}-{self.objective.name}{suffix}"

    @classmethod
    def spelled(cls) -> dict[str, str]:
        """Return how names say fields."""
        return {"n": "-nN", "horizon": "-tT", "delivery": "-dDIGITS"}

    @classmethod
    def parse(cls, name: str, **fields: Any) -> Self:  # noqa: ANN401
        """Read an instance name; `fields` that are not None override what it says.

        Raises
        ------
        InputError
            Where the text is no instance name or a field is not allowed.
        """
        pattern = r"([a-z0-9]+)-n(\d{1,9})-t(\d{1,9})-([a-z0-9_-]+?)(?:-d([0-9]+))?"
        match = re.fullmatch(pattern, name)
        if match is None:
            raise InputError("instance", name, "a TOML file, a name such as dbft2-n4-t5-p1 or "
                             "dbft2-n4-t5-p3-d34, or a protocol with --n, --horizon and "
                             "--objective")  # fmt: skip
        protocol, n, horizon, objective, delivery = match.groups()
        said = {
            "protocol": protocol,
            "n": int(n),
            "horizon": int(horizon),
            "objective": objective,
            "delivery": delivery or "none",
        }
        return cls.make(said | {key: value for key, value in fields.items() if value is not None})


class DbftInstance(QuorumInstance):
    """One strict problem of a member of the family.

    Parameters
    ----------
    returns, agreement
        Variants of dBFT 2.0, see :class:`milpbft.dbft.model.variant.Variant`.
    reading
        What the guards of dBFT 2.1 count: what a node has ``seen``, as a deployment must, or the
        one ``pool`` of all messages of the TLA+ specification.
    profile
        Of dBFT 2.0: whose rules, ``paper`` with one of these variants, or those that a production
        network runs, ``neo-go`` or ``neo-cs``: at most two views, and in the encoding ``compact``
        delays after crashes, restarts or losses, with timers, in a synchronous network.
    options
        Options that differ from the profile, such as ``failed=nobody+guard=preparations``.
    state
        Of dBFT 2.0, where the objective is of a state: so many correct nodes committed in a view
        ``c``, so many in a view ``v`` and not committed, e.g. ``4c0.3v1``; not read otherwise.
    """

    returns: Literal["never", "own-view", "any-view", "committed-or-lost"] = "any-view"
    agreement: bool = False
    reading: Literal["seen", "pool"] = "seen"
    profile: Literal["paper", "neo-go", "neo-cs"] = "paper"
    options: str | None = Field(default=None, pattern=rf"^{OPTIONS}$")
    state: str | None = Field(default=None, pattern=rf"^{STATE}$")

    words: ClassVar[dict[str, tuple[str, Any]]] = {
        "never": ("returns", "never"),
        "own-view": ("returns", "own-view"),
        "committed-or-lost": ("returns", "committed-or-lost"),
        "agreement": ("agreement", True),
        "pool": ("reading", "pool"),
        "neo-go": ("profile", "neo-go"),
        "neo-cs": ("profile", "neo-cs"),
        **QuorumInstance.words,
    }
    texts: ClassVar[dict[str, tuple[str, str]]] = QuorumInstance.texts | {
        "options": ("", OPTIONS),
        "state": ("", STATE),
    }
    marked: ClassVar[bool] = True
    bears_losses: ClassVar[bool] = True
    bears_restarts: ClassVar[frozenset[str]] = frozenset({"dbft1", "dbft2", "dbft21"})
    example: ClassVar[str] = "dbft2-strict-n4-v2-c1-undecided"

    @model_validator(mode="after")
    def _of_protocol(self) -> Self:
        varied = (self.returns, self.agreement) != ("any-view", False)
        if self.protocol == "dbft21" and varied:
            raise InputError("protocol", self.protocol, "no return rule, and no agreement")
        if self.returns == "committed-or-lost" and self.gossip:
            allowed = "false where lost nodes count: what others pass on is no word from its sender"
            raise InputError("gossip", True, allowed)
        if self.protocol == "dbft21" and self.view_quorum is not None:
            allowed = "nothing: of dBFT 2.1 one M counts in every stage"
            raise InputError("view_quorum", self.view_quorum, allowed)
        if self.reading == "pool" and self.encoding != "counted":
            allowed = "seen with a number of ticks: the encoding compact has no pool of messages"
            raise InputError("reading", self.reading, allowed)
        if self.reading == "pool" and (self.protocol != "dbft21" or self.values > 1):
            raise InputError("reading", self.reading, "seen; pool is of dBFT 2.1, one proposal")
        return self

    @property
    def loses_in_time(self) -> bool:
        """Whether messages may be lost where all others arrive in time: those of profiles."""
        return self.profile != "paper"

    @property
    def varied(self) -> dict[str, str]:
        """The options that differ from the profile, by name."""
        return dict(part.split("=") for part in (self.options or "").split("+") if part)

    def _of_options(self) -> None:
        """Hold options to those that the tables read, in the order of their names."""
        for name, value in self.varied.items():
            if value not in VARIED.get(name, ()) or self.profile == "paper":
                allowed = ", ".join(f"{k}={v}" for k, values in VARIED.items() for v in values)
                raise InputError("options", f"{name}={value}", f"of neo-go or neo-cs: {allowed}")
        ordered = "+".join(f"{name}={value}" for name, value in sorted(self.varied.items()))
        if self.options and self.options != ordered:
            raise InputError("options", self.options, f"each once, by name: {ordered}")

    @model_validator(mode="after")
    def _of_profile(self) -> Self:
        self._of_options()
        if self.profile == "paper":
            return self
        for field, value in (("protocol", "dbft2"), ("returns", "any-view"), ("agreement", False),
                             ("slots", None), ("quorum", None),
                             ("view_quorum", None)):  # fmt: skip
            if getattr(self, field) != value:
                allowed = f"{value}, with the rules of {self.profile}"
                raise InputError(field, getattr(self, field), allowed)
        self._at_most({"views": 2})
        if self.encoding == "compact":
            return self._timed()
        if not isinstance(self.objective, Goal):
            allowed = f"a goal with the rules of {self.profile}, whose nodes repeat messages"
            raise InputError("objective", self.objective.name, allowed)
        if self.values > 1 and self.objective.kind != "forks" and self.objective.of != "fork":
            allowed = f"1 with the rules of {self.profile}, where no fork is asked for"
            raise InputError("values", self.values, allowed)
        return self

    def _timed(self) -> Self:
        """Hold a profile in ticks to what its model has: delays, crashes, timers that run."""
        for field, value in (("views", 2), ("network", "synchronous"), ("byzantine", 0),
                             ("overlay", None), ("gossip", False)):  # fmt: skip
            if getattr(self, field) != value:
                allowed = f"{value}, with a horizon and the rules of {self.profile}"
                raise InputError(field, getattr(self, field), allowed)
        if not self.timeout:
            raise InputError("timeout", 0, f"ticks, with a horizon and the rules of {self.profile}")
        if not isinstance(self.objective, Goal) or self.objective.kind != "delay":
            allowed = f"a delay, with a horizon and the rules of {self.profile}"
            raise InputError("objective", self.objective.name, allowed)
        return self

    @model_validator(mode="after")
    def _of_restarts(self) -> Self:
        """Refuse what the tables of nodes that start again do not have."""
        if not (self.amnesia or self.reloads):
            return self
        if self.reading != "seen":
            raise InputError("reading", self.reading, "seen, where nodes start again")
        self._profile_again()
        if self.returns == "committed-or-lost":
            allowed = "a rule that does not count lost nodes, where nodes start again"
            raise InputError("returns", self.returns, allowed)
        forks = isinstance(self.objective, Goal) and "fork" in self.objective.name
        if self.protocol == "dbft21":
            self._staged_again()
        elif self.byzantine and not forks:
            allowed = "0 where nodes start again and no fork is asked for"
            raise InputError("byzantine", self.byzantine, allowed)
        return self

    def _staged_again(self) -> None:
        """Hold restarts of dBFT 2.1 to what was enumerated, and to tables that can be solved."""
        if self.byzantine:
            self._staged_beside_liars("where nodes start again")
        if self.amnesia and self.encoding == "counted" and self.views > 1:
            allowed = "1 where nodes of dBFT 2.1 start again without memory, or a number of ticks"
            raise InputError("views", self.views, allowed)

    def _profile_again(self) -> None:
        """Hold liars beside restarts of a profile to counted forks of nodes without memory."""
        if self.profile == "paper":
            return
        aim = self.objective
        forks = isinstance(aim, Goal) and (aim.kind == "forks" or aim.of == "fork")
        lies = self.byzantine > 0 and forks and not self.reloads and self.encoding == "counted"
        known = {"values": 2} if lies else {"byzantine": 0, "values": 1}
        for field, value in known.items():
            if getattr(self, field) != value:
                allowed = f"{value}, where nodes with the rules of {self.profile} start again"
                raise InputError(field, getattr(self, field), allowed)
        if self.encoding == "compact":
            self._no_options("nothing, where nodes of a profile start again and ticks are counted")
            return
        if not self.amnesia or forks:
            return
        if isinstance(aim, Goal) and aim.of == "state":
            allowed = "of a lock or a fork, where nodes of a profile forget"
            raise InputError("objective", aim.name, allowed)
        self._no_options("nothing, where nodes of a profile forget and no fork is asked for")
        self._at_most({"views": 1})

    def _no_options(self, allowed: str) -> None:
        if self.options:
            raise InputError("options", self.options, allowed)

    @model_validator(mode="after")
    def _of_losses(self) -> Self:
        """Refuse losses but in two views of `paper`, of dBFT 2.1 in ticks one, as was compared.

        A change view of a later view counts as one of an earlier view too, so that it takes the
        loss of both; of three views the tables do not count who said which.
        """
        if not self.losses:
            return self
        staged = (self.protocol, self.encoding) == ("dbft21", "compact")
        self._at_most({"views": 1 if staged else 2})
        alone = (("byzantine", 0),) if self.profile != "paper" else ()
        for field, value in (*alone, ("reading", "seen")):
            if getattr(self, field) != value:
                raise InputError(field, getattr(self, field), f"{value}, where messages are lost")
        known = ("losses_lock", "steps_lock", "undecided")
        counted = self.encoding == "counted"
        if self.profile != "paper" and counted and self.objective.name not in known:
            allowed = f"{', '.join(known)}, where messages of {self.profile} are lost"
            raise InputError("objective", self.objective.name, allowed)
        if not counted:
            self._no_options("nothing, where messages of a profile are lost and ticks are counted")
        if self.returns == "committed-or-lost":
            allowed = "a rule that does not count lost nodes, where messages are lost"
            raise InputError("returns", self.returns, allowed)
        return self._losing_beside_liars() if self.byzantine else self

    def _staged_beside_liars(self, where: str) -> None:
        """Hold Byzantine nodes of dBFT 2.1 to one view, which was enumerated."""
        if self.encoding != "counted" or self.views > 1:
            allowed = f"0 {where}, but in one view of dBFT 2.1 without ticks"
            raise InputError("byzantine", self.byzantine, allowed)
        if not isinstance(self.objective, Goal):
            allowed = f"a goal, {where} and nodes are Byzantine"
            raise InputError("objective", self.objective.name, allowed)

    def _losing_beside_liars(self) -> Self:
        """Hold losses beside Byzantine nodes to the tables that were compared with enumeration."""
        if self.encoding != "counted":
            allowed = "0 where messages are lost and ticks are counted"
            raise InputError("byzantine", self.byzantine, allowed)
        if self.protocol == "dbft21":
            self._staged_beside_liars("where messages are lost")
        beside = "where messages are lost and nodes are Byzantine"
        if self.returns == "own-view":
            raise InputError("returns", self.returns, f"any-view or never, {beside}")
        if self.values > 1:
            raise InputError("values", self.values, f"1 {beside}")
        if not isinstance(self.objective, Goal):
            raise InputError("objective", self.objective.name, f"a goal, {beside}")
        return self

    @model_validator(mode="after")
    def _of_state(self) -> Self:
        asks = isinstance(self.objective, Goal) and self.objective.of == "state"
        if asks != (self.state is not None):
            raise InputError("state", self.state, "such as 4c0.3v1, with an objective of a state")
        if asks and self.protocol != "dbft2":
            raise InputError("protocol", self.protocol, "dbft2, where a state is asked for")
        if any(view >= self.views for _, _, view in self.groups):
            raise InputError("state", self.state, f"views up to {self.views - 1}")
        return self

    @property
    def changing(self) -> int:
        """Change views for a new view: M, as for all else, where nothing else is said."""
        return self.agreeing if self.view_quorum is None else super().changing

    def least_quorums(self) -> dict[str, int]:
        """Return the least quorums for which the tables are exact, by field.

        A request and one's own response are no quorum, and neither are the f + 1 commits that let a
        node return.
        """
        return {"quorum": max(3, self.f + 2), "view_quorum": 2}

    @property
    def groups(self) -> tuple[tuple[int, str, int], ...]:
        """The parts of the state: how many nodes, ``c`` or ``v``, and the view."""
        parts = re.findall(r"(\d+)([cv])(\d+)", self.state or "")
        return tuple((int(count), phase, int(view)) for count, phase, view in parts)
