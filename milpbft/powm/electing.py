"""Instances of captured elections."""

from __future__ import annotations

from typing import Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from milpbft.errors import InputError
from milpbft.question.named import RESTARTS, NamedQuestion, Sense

EXACT = 10**7
"""Outcomes of an election's draws at most, so that sums of them are exact in any solver."""


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
    refused: ClassVar[dict[str, str]] = {
        RESTARTS: "draws have no node that could start again; powmfail has"
    }
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
