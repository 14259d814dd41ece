"""Specification: what must hold of every run of an automaton."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from milpbft.automaton.condition import TRUE, Condition


@dataclass(frozen=True)
class Specification:
    """A named property: runs that start in `premise` never leave `invariant`.

    Parameters
    ----------
    name
        Unique in its automaton.
    kind
        ``safety``, or ``unsupported``: kept with its text and the reason, and decided by nobody.
    premise
        Condition over locations, counters and parameters at the start; `TRUE` for every run.
    invariant
        Condition over the same that must hold in every configuration, the first included.
    text
        The formula of an unsupported specification, as the .ta format writes it.
    reason
        Why it is not supported, in one line.
    """

    name: str
    kind: Literal["safety", "unsupported"] = "safety"
    premise: Condition = TRUE
    invariant: Condition = TRUE
    text: str = ""
    reason: str = ""

    @property
    def formula(self) -> str:
        """The property as the .ta format writes it."""
        if self.kind == "unsupported":
            return self.text
        always = f"[]({self.invariant})"
        return always if self.premise == TRUE else f"({self.premise}) -> {always}"
