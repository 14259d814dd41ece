"""Moves: what an adversary does at one tick."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from milpbft.sim.network import Packet

E = TypeVar("E")


@dataclass(frozen=True, slots=True)
class Forgery:
    """Byzantine `node` broadcasts the message `kind` of `view`."""

    node: int
    kind: str
    view: int


@dataclass(frozen=True, slots=True)
class Moves(Generic[E]):
    """What the adversary does at one tick.

    Parameters
    ----------
    deliveries
        Receiver and message, in the order in which they arrive.
    expiries
        Nodes whose timers expire.
    forgeries
        What Byzantine nodes send.
    """

    deliveries: Sequence[tuple[int, Packet[E]]] = ()
    expiries: Sequence[int] = ()
    forgeries: Sequence[Forgery] = ()
