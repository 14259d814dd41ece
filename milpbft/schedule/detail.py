"""Detail: what a driver needs of a schedule beside its events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True)
class Detail:
    """Sizes, rules and the end of a run.

    Parameters
    ----------
    f, quorum
        Faulty nodes that the quorum is made for, and how many nodes make one.
    height
        Height of the block that is agreed on.
    rotation
        The primary of view v is node ``v mod n`` (``view``), ``(height - v) mod n`` (``height``),
        or as the schedule lists (``listed``).
    profile
        The rules, by name, where the protocol has several.
    inputs
        Whether a node takes its inputs of a tick ``one`` by one, or acts once it has taken them all
        ``together``. Either way they come in the order of the events.
    final
        By node its state at the end, in the words of drivers; None for a faulty node, nothing where
        the run was not seen to its end.
    settling
        In a run that ends at rest, the first tick at which no more happens than that what is owed
        is delivered and timers expire.
    period_ms, tick_ms
        The time of a block and of a tick, in milliseconds, where nodes keep the time of their
        timers; where they do not, a timer may expire at any tick.
    """

    f: int
    quorum: int
    height: int
    rotation: Literal["view", "height", "listed"]
    profile: str = ""
    inputs: Literal["together", "one"] = "together"
    final: tuple[dict[str, Any] | None, ...] = ()
    settling: int | None = None
    period_ms: int | None = None
    tick_ms: int | None = None
