"""Instances of Proof of Vote over a tenure: many rounds, one after the other."""

from __future__ import annotations

from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from milpbft.errors import InputError
from milpbft.question.named import NamedQuestion, Sense


class TenureInstance(NamedQuestion):
    """The rounds of a tenure cycle (section III E), packing cycle by packing cycle.

    All commissioners are honest. The network decides which signatures a butler has first, and when
    its request is stamped, within a packing cycle; that way it chooses R, for honest butlers too.

    Parameters
    ----------
    commissioners
        N_c, 3 to 15.
    butlers
        N_b, 2 to 20; the one on duty first has number 0.
    crooks
        b_b, dishonest butlers at most, fewer than `butlers`; the adversary chooses who they are.
    rounds
        B_w + 1 or fewer, 1 to 50.
    cycle
        T_b in ticks, 8 to 100, of the run that shows the optimum.
    objective
        ``tenure``: most packing cycles until the last round has its block. ``run``: most
        consecutive rounds, from the first on, whose blocks dishonest butlers make.
    """

    commissioners: int = Field(ge=3, le=15)
    butlers: int = Field(ge=2, le=20)
    crooks: int = Field(default=0, ge=0)
    rounds: int = Field(ge=1, le=50)
    cycle: int = Field(default=12, ge=8, le=100)
    encoding: Literal["compact"] = "compact"

    sizes: ClassVar[dict[str, str]] = {
        "nc": "commissioners",
        "nb": "butlers",
        "bb": "crooks",
        "r": "rounds",
        "tb": "cycle",
    }
    wishes: ClassVar[dict[str, Sense]] = {"tenure": "max", "run": "max"}
    example: ClassVar[str] = "povtenure-nc5-nb4-bb2-r5-tenure"

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.crooks >= self.butlers:
            raise InputError("crooks", self.crooks, f"{self.butlers - 1} at most: one is honest")
        return self
