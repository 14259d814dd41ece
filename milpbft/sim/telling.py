"""Telling: what a reference says of itself, so that a schedule holds all that a driver needs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from milpbft.sim.network import Packet
    from milpbft.sim.replica import Reference


@dataclass(frozen=True, slots=True)
class Said:
    """What a message says beside its kind and view; as in `milpbft.schedule.Send`."""

    about: int | None = None
    nonce: int | None = None
    new_view: int | None = None
    reason: str | None = None
    carries: tuple[int, ...] | None = None


class Telling(ABC):
    """A reference that says what a driver needs, for references to build on."""

    height: int = 1
    """Height of the block that is agreed on."""
    profile: str = ""
    """The rules, by name, where there are several."""
    inputs: Literal["together", "one"] = "together"
    """Whether replicas act once they have taken all inputs of a tick, or after each."""
    hashes: bool = False
    """Whether answers name the proposal by its hash: nobody makes them of what nobody proposed."""
    period_ms: int | None = None
    """Time of a block, in milliseconds, where replicas keep the time of their timers."""
    tick_ms: int | None = None
    """Length of a tick there."""

    @property
    @abstractmethod
    def sizes(self) -> tuple[int, int]:
        """F, and how many nodes make a quorum."""

    @property
    @abstractmethod
    def rotation(self) -> Literal["view", "height", "listed"]:
        """How primaries follow each other; see `milpbft.schedule.Detail`."""

    @abstractmethod
    def said(self, packet: Packet[Any], sent: Sequence[Packet[Any]]) -> Said:
        """Return what a message says; `sent` came before it, by number."""

    @abstractmethod
    def state(self, replica: Any) -> dict[str, Any]:  # noqa: ANN401
        """Return the state of a replica as `docs/drivers.md` has it."""


def plain_state(reference: Reference[Any, Any], replica: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return what is known of every replica."""
    view = reference.view(replica)
    taken = [decision.view for decision in reference.decisions(replica)]
    return {
        "view": view,
        "primary": reference.primary(view),
        "done": bool(taken),
        "decided": taken,
        "proposes": reference.proposes(replica),
        "about": reference.explain(replica),
    }


def quota(has: int, needs: int, what: str) -> str:
    """Say how many a node has of what it needs: ``1 of 3 commits``, ``4 commits (3 suffice)``."""
    return f"{has} {what} ({needs} suffice)" if has > needs else f"{has} of {needs} {what}"


def labelled(
    packet: Packet[Any], sent: Sequence[Packet[Any]], primary: int, kinds: Sequence[str]
) -> Said:
    """Return what the label of a message tells: a proposal has a number, others name one.

    Parameters
    ----------
    packet, sent
        The message, and what came before it.
    primary
        Of its view.
    kinds
        Kinds that are about a proposal; the first are proposals.
    """
    kind, mark, number = packet.kind.partition("#")
    if kind not in kinds:
        return Said()
    if kind == kinds[0]:
        return Said(nonce=int(number or 0))
    meant = primary, kinds[0] + mark + number, packet.view
    known = [k for k, one in enumerate(sent) if (one.sender, one.kind, one.view) == meant]
    return Said(about=known[-1] if known else None)
