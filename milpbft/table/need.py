"""Need: what a rule asks for, as the adversary and as correct nodes alone can make it hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from milpbft.automaton.condition import Condition, at_least
from milpbft.automaton.linear import Linear

if TYPE_CHECKING:
    from collections.abc import Iterable

NODES, FAULTS, BYZANTINE = Linear.of("N"), Linear.of("T"), Linear.of("F")
"""Nodes, faults that quorums are made for, and Byzantine nodes."""
NONE, ONE = Linear.number(0), Linear.number(1)


def equivocator(view: int) -> Linear:
    """1 where the primary of a view is Byzantine."""
    return Linear.of(f"F_{view}")


@dataclass(frozen=True)
class Need:
    """A guard.

    Parameters
    ----------
    shown
        When the adversary can make it hold.
    sent
        When it holds once all that correct nodes sent is delivered, whatever Byzantine ones do.
    """

    shown: Condition
    sent: Condition


def need(counters: Iterable[str], threshold: Linear, help_: Linear = BYZANTINE) -> Need:
    """Ask for so many distinct senders, of whom `help_` may be Byzantine."""
    count = Linear.combine((name, 1) for name in counters)
    return Need(at_least(count + help_ - threshold), at_least(count - threshold))


def forged(counter: str) -> str:
    """Name the counter of the message of a Byzantine primary that its token says it can make."""
    return f"z{counter}"


def from_primary(counter: str, view: int, *, backed: bool = False) -> Need:
    """Ask for a message of the primary of a view.

    Where it is backed by others, a Byzantine primary's exists when its token says so
    (:class:`milpbft.table.maker.Token`); otherwise the primary being Byzantine is enough.
    """
    return need((counter,), ONE, Linear.of(forged(counter)) if backed else equivocator(view))
