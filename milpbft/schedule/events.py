"""Events of schedules.

Nodes and views are numbered from 0, ticks from 0. What only a driver needs may be left out: numbers
of messages, and what they say beside their kind and view.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Fault:
    """Node `node` becomes faulty at `tick`, and goes on if it restarts or reloads its log.

    One that restarts forgets everything. One that reloads is as it was; but its timer starts anew,
    and what was under way to it is lost.
    """

    tick: int
    node: int
    fault: Literal["byzantine", "crash", "omission", "restart", "reload"]
    event: Literal["fault"] = "fault"

    @property
    def goes_on(self) -> bool:
        """Whether the node runs its own code from then on."""
        return self.fault in ("restart", "reload")


@dataclass(frozen=True, slots=True)
class Deliver:
    """Node `node` receives at `tick` the message `kind` that `sender` sent in `view`.

    Parameters
    ----------
    msg
        The `id` of the message, where messages have numbers.
    """

    tick: int
    node: int
    sender: int
    kind: str
    view: int
    event: Literal["deliver"] = "deliver"
    msg: int | None = None


@dataclass(frozen=True, slots=True)
class Timeout:
    """The timer of node `node` expires at `tick` while the node is in `view`."""

    tick: int
    node: int
    view: int
    event: Literal["timeout"] = "timeout"


@dataclass(frozen=True, slots=True)
class Send:
    """Node `node` broadcasts `kind` of `view` at `tick`; its own copy counts at once.

    Parameters
    ----------
    id
        Its number, from 0 on, in the order in which messages are sent. The response of a primary,
        which its proposal is, has none.
    about
        The `id` of the proposal that it answers or signs; none where nobody made that.
    nonce
        Of a proposal: which one of its maker in that view, from 0 on.
    new_view, reason
        Of a change view: where to, and why.
    carries
        Of a recovery message: the `id` of each message in it, in order.
    """

    tick: int
    node: int
    kind: str
    view: int
    event: Literal["send"] = "send"
    id: int | None = None
    about: int | None = None
    nonce: int | None = None
    new_view: int | None = None
    reason: str | None = None
    carries: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class Decide:
    """Node `node` accepts, and relays, a block at `tick` in `view`."""

    tick: int
    node: int
    view: int
    event: Literal["decide"] = "decide"


Event = Fault | Deliver | Timeout | Send | Decide

_PHASE = {"fault": 0, "deliver": 1, "timeout": 2, "send": 3, "decide": 4}


def order(event: Event) -> tuple[int, int]:
    """Sort key: tick, then the phase of a step."""
    return event.tick, _PHASE[event.event]
