"""Strict instances: questions about the executions that a real deployment can have."""

from __future__ import annotations

import re
from typing import Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from milpbft.errors import InputError
from milpbft.objective import Goal
from milpbft.part import Question


class StrictInstance(Question):
    """One problem under strict semantics, in the counted encoding, on an asynchronous network.

    Parameters
    ----------
    protocol
        Name of a protocol in the registry.
    n
        Number of nodes, 4 to 1000; quorums are n - f with f = floor((n-1)/3).
    views
        How many views are modelled, from view 0 on, 1 to 4. A node that leaves the last one is
        lost to the model, and no lock is then claimed.
    crashes
        At most so many correct nodes crash; where the objective is ``faults``, at most so many
        are tried.
    byzantine
        So many nodes are Byzantine, chosen by the adversary; likewise.
    values
        How many different proposals a Byzantine primary makes, 1 or 2.
    returns, agreement
        Variants of dBFT 2.0, see :class:`milpbft.dbft.automaton.Variant`.
    fetch
        Block fetch: who is done hands its block to any correct node that asks.
    slots
        Slots of the counted encoding; None for as many as a proof takes.
    objective
        What the adversary is after.
    """

    n: int = Field(ge=4, le=1000)
    views: int = Field(default=2, ge=1, le=4)
    crashes: int = Field(default=0, ge=0)
    byzantine: int = Field(default=0, ge=0)
    values: Literal[1, 2] = 1
    returns: Literal["never", "own-view", "any-view"] = "any-view"
    agreement: bool = False
    fetch: bool = True
    slots: int | None = Field(default=None, ge=1, le=200)
    objective: Goal
    semantics: Literal["strict"] = "strict"
    encoding: Literal["counted"] = "counted"

    @field_validator("objective", mode="before")
    @classmethod
    def _named(cls, value: object) -> object:
        return Goal.parse(value) if isinstance(value, str) else value

    @model_validator(mode="after")
    def _fits(self) -> Self:
        self.check_offered(self.semantics)
        if self.crashes + self.byzantine > self.n:
            raise InputError("byzantine", self.byzantine, f"with crashes at most n = {self.n}")
        if self.views > self.n:
            raise InputError("views", self.views, f"at most n = {self.n}")
        return self

    @property
    def f(self) -> int:
        """Faults that the quorums are made for: floor((n-1)/3)."""
        return (self.n - 1) // 3

    @property
    def name(self) -> str:
        """Name, e.g. ``dbft2-strict-n4-v2-c1-undecided`` or ``…-b2-e2-forks-own-view``."""
        parts = [f"{self.protocol}-strict-n{self.n}-v{self.views}"]
        parts += [f"c{self.crashes}"] if self.crashes else []
        parts += [f"b{self.byzantine}"] if self.byzantine else []
        parts += [f"e{self.values}"] if self.values > 1 else []
        parts.append(self.objective.name)
        parts += [self.returns] if self.returns != "any-view" else []
        parts += ["agreement"] if self.agreement else []
        parts += ["nofetch"] if not self.fetch else []
        return "-".join(parts)

    @classmethod
    def parse(cls, name: str, **fields: Any) -> StrictInstance:  # noqa: ANN401
        """Read an instance name; `fields` that are not None override what it says.

        Raises
        ------
        InputError
            Where the text is no such name or a field is not allowed.
        """
        pattern = (
            r"(?P<protocol>[a-z0-9]+)-strict-n(?P<n>\d{1,9})-v(?P<views>\d{1,9})"
            r"(?:-c(?P<crashes>\d{1,9}))?(?:-b(?P<byzantine>\d{1,9}))?(?:-e(?P<values>\d))?"
            r"-(?P<objective>[a-z_]+)(?:-(?P<returns>never|own-view))?"
            r"(?P<agreement>-agreement)?(?P<nofetch>-nofetch)?"
        )
        match = re.fullmatch(pattern, name)
        if match is None:
            raise InputError("instance", name, "a name such as dbft2-strict-n4-v2-c1-undecided")
        said: dict[str, Any] = {key: text for key, text in match.groupdict().items() if text}
        said["agreement"] = "agreement" in said
        said["fetch"] = said.pop("nofetch", None) is None
        numbers = ("n", "views", "crashes", "byzantine", "values")
        said |= {key: int(said[key]) for key in numbers if key in said}
        given = {key: value for key, value in fields.items() if value is not None}
        return cls.make(said | {"semantics": "strict"} | given)
