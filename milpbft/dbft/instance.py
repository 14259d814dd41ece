"""Instances of dBFT: under published semantics, and under strict ones with its variants."""

from __future__ import annotations

import re
from typing import Any, ClassVar, Literal, Self

from pydantic import Field, field_validator

from milpbft.errors import InputError
from milpbft.objective import Objective
from milpbft.part import Question
from milpbft.strict import StrictInstance

Encoding = Literal["direct", "compact"]


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
        (4) ChangeView: what one honest node sends reaches every other (paper, section 4.5).
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
            "delivery": tuple(int(digit) for digit in delivery or ""),
        }
        return cls.make(said | {key: value for key, value in fields.items() if value is not None})


class DbftInstance(StrictInstance):
    """One strict problem of a member of the family.

    Parameters
    ----------
    returns, agreement
        Variants of dBFT 2.0, see :class:`milpbft.dbft.tabling.Variant`.
    """

    returns: Literal["never", "own-view", "any-view"] = "any-view"
    agreement: bool = False

    words: ClassVar[dict[str, tuple[str, Any]]] = {
        "never": ("returns", "never"),
        "own-view": ("returns", "own-view"),
        "agreement": ("agreement", True),
        **StrictInstance.words,
    }

    @classmethod
    def _semantics_in_names(cls) -> tuple[str, ...]:
        return ("strict",)
