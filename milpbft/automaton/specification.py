"""Specification: what must hold of every run of an automaton."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from milpbft.automaton.condition import TRUE, Condition
from milpbft.automaton.temporal.formula import Always, Formula, State, either


@dataclass(frozen=True)
class Specification:
    """A named property: runs that start in `premise` never leave `invariant`, or satisfy `claim`.

    Parameters
    ----------
    name
        Unique in its automaton.
    kind
        ``safety``: premise and invariant; ``temporal``: any other formula, `claim`, liveness
        among them; ``unsupported``: kept with its text and the reason, and decided by nobody.
    premise
        Condition over locations, counters and parameters at the start; `TRUE` for every run.
    invariant
        Condition over the same that must hold in every configuration, the first included.
    text
        The formula of a specification that is not safety, as the .ta format writes it.
    reason
        Why it is not supported, in one line.
    claim
        The formula of a temporal specification.
    """

    name: str
    kind: Literal["safety", "temporal", "unsupported"] = "safety"
    premise: Condition = TRUE
    invariant: Condition = TRUE
    text: str = ""
    reason: str = ""
    claim: Formula | None = None

    @property
    def claimed(self) -> Formula:
        """What every run must satisfy; of safety too."""
        if self.kind == "safety":
            return either((State(~self.premise), Always(State(self.invariant))))
        assert self.claim is not None, "an unsupported specification claims nothing that is read"
        return self.claim

    @property
    def formula(self) -> str:
        """The property as the .ta format writes it."""
        if self.kind != "safety":
            return self.text
        always = f"[]({self.invariant})"
        return always if self.premise == TRUE else f"({self.premise}) -> {always}"
