"""Watch: how a support notices that the active manager fails, and when."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from milpbft.errors import InputError
from milpbft.powm.reference.messages import Heartbeat, Request, Sync

if TYPE_CHECKING:
    from milpbft.powm.reference.messages import Envelope
    from milpbft.sim.signatures import Signatures

By = Literal["heartbeat", "request"]


@dataclass
class Watch:
    """What a support has heard.

    Parameters
    ----------
    by
        ``heartbeat``: the manager says every `every` ticks that it is alive (III.1). ``request``: a
        request that no Sync answers (IV); a manager that nobody asks is never suspected.
    every, silent
        h and s: suspected after s ticks without the heartbeat that was due, or without the Sync
        that should tell of a request's grant.
    keys
        Of the network.
    """

    by: By
    every: int
    silent: int
    keys: Signatures
    due: int = 0
    open: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("every", "silent"):
            if getattr(self, name) < 1:
                raise InputError(name, getattr(self, name), "1 or more")

    def hear(self, tick: int, envelope: Envelope, manager: int) -> None:
        """Take a message in: a heartbeat or a Sync counts only from who manages."""
        if not envelope.genuine(self.keys):
            return
        match envelope.message:
            case Heartbeat() if envelope.sender == manager:
                self.due = tick + self.every
            case Request():
                self.open.setdefault(envelope.sender, tick)
            case Sync(grants=grants) if envelope.sender == manager:
                for node, _, _ in grants:
                    self.open.pop(node, None)

    def suspects(self, tick: int) -> bool:
        """Whether the manager is suspected at a tick."""
        if self.by == "heartbeat":
            return tick - self.due >= self.silent
        return any(tick - asked >= self.silent for asked in self.open.values())

    def begin(self, tick: int) -> None:
        """Forget what was heard: another manager begins."""
        self.due = -(-tick // self.every) * self.every
        self.open.clear()
