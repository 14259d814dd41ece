"""Labels: how messages are named in schedules."""

from __future__ import annotations

import re
from dataclasses import dataclass

from milpbft.errors import InputError

KINDS = (
    "Transaction",
    "BallotRequest",
    "Ballot",
    "Proposal",
    "Signature",
    "StampRequest",
    "Timestamp",
    "Block",
    "Fetch",
    "Forward",
)
"""All kinds of messages, causes before effects."""

_PATTERN = re.compile(
    r"(?P<base>[A-Za-z]+)(#(?P<variant>\d+)(?P<illegal>!)?)?(\{(?P<named>\d+(,\d+)*)\})?"
    r"(~(?P<attempt>\d+))?(?P<off>[+-]\d+)?(@(?P<height>\d+))?"
)


@dataclass(frozen=True, slots=True)
class Label:
    """The kind of a message in a schedule, taken apart.

    Parameters
    ----------
    base
        One of :data:`KINDS`.
    variant, illegal
        Number of the proposal that it is about, 0 for the first; whether that is an illegal one.
    named
        Commissioners or candidates in braces, ascending; None without braces.
    attempt
        Number of the repetition.
    off
        Of a Timestamp: by how many ticks the time server's clock is ahead, or behind if negative.
    height
        Of the round, from 1.
    """

    base: str
    variant: int = 0
    illegal: bool = False
    named: tuple[int, ...] | None = None
    attempt: int = 0
    off: int = 0
    height: int = 1

    @classmethod
    def parse(cls, kind: str) -> Label:
        """Read a kind.

        Raises
        ------
        InputError
            Where it is none.
        """
        match = _PATTERN.fullmatch(kind)
        if match is None or match["base"] not in KINDS:
            allowed = f"{', '.join(KINDS)}, with suffixes #k, !, {{a,b}}, ~j, +d and @h"
            raise InputError("kind", kind, allowed)
        named = None
        if match["named"]:
            named = tuple(sorted(map(int, match["named"].split(","))))
        return cls(
            match["base"], int(match["variant"] or 0), bool(match["illegal"]), named,
            int(match["attempt"] or 0), int(match["off"] or 0), int(match["height"] or 1),
        )  # fmt: skip

    @property
    def proposal(self) -> str:
        """The suffix that names the proposal: ``#k`` or ``#k!``."""
        return f"#{self.variant}{'!' * self.illegal}" if self.variant or self.illegal else ""

    @property
    def suffix(self) -> str:
        """All suffixes but those of the clock and the height."""
        named = "" if self.named is None else "{" + ",".join(map(str, self.named)) + "}"
        return self.proposal + named + (f"~{self.attempt}" if self.attempt else "")

    @property
    def words(self) -> str:
        """The same for readers: ``Block of proposal 1, signers 0, 2``."""
        words = [self.base]
        if self.proposal:
            told = f"{'forged ' * self.illegal}proposal {self.variant}"
            words = [told.capitalize() if self.base == "Proposal" else f"{self.base} of {told}"]
        if self.named is not None:
            verb = {"Ballot": "for", "Proposal": "counts"}.get(self.base, "signers")
            words.append(f"{verb} {', '.join(map(str, self.named))}")
        words += [f"repetition {self.attempt}"] if self.attempt else []
        words += [f"clock {self.off:+d}"] if self.off else []
        words += [f"height {self.height}"] if self.height > 1 else []
        return ", ".join(words)

    def __str__(self) -> str:
        return self.base + self.suffix + reading(self.off) + at(self.height)


def reading(off: int) -> str:
    """Return the suffix of a clock that is so many ticks ahead: none for one that is right."""
    return f"{off:+d}" if off else ""


def at(height: int) -> str:
    """Return the suffix of a height: none for the first."""
    return f"@{height}" if height > 1 else ""
