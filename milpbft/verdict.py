"""Verdict: what a check found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Status = Literal["confirmed", "refuted", "undecided"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check found.

    Parameters
    ----------
    check
        Name of the check, e.g. ``rows``, ``direct``, ``replay``.
    status
        ``confirmed``, ``refuted``, or ``undecided``.
    reason
        One line: the first difference of a refuted check, or why a check is undecided.
    """

    check: str
    status: Status
    reason: str = ""

    def __bool__(self) -> bool:
        return self.status == "confirmed"
