"""Schedule: what happened in a run, whoever made it, a MILP or a simulation.

Nodes and views are numbered from 0, ticks from 0. At one tick, faults come first, then deliveries,
timeouts, sends and decisions, as in the step of a correct node.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter, ValidationError

from milpbft.errors import InputError


@dataclass(frozen=True, slots=True)
class Fault:
    """Node `node` becomes faulty at `tick`; one that restarts forgets everything and goes on."""

    tick: int
    node: int
    fault: Literal["byzantine", "crash", "omission", "restart"]
    event: Literal["fault"] = "fault"


@dataclass(frozen=True, slots=True)
class Deliver:
    """Node `node` receives at `tick` the message `kind` that `sender` sent in `view`."""

    tick: int
    node: int
    sender: int
    kind: str
    view: int
    event: Literal["deliver"] = "deliver"


@dataclass(frozen=True, slots=True)
class Timeout:
    """The timer of node `node` expires at `tick` while the node is in `view`."""

    tick: int
    node: int
    view: int
    event: Literal["timeout"] = "timeout"


@dataclass(frozen=True, slots=True)
class Send:
    """Node `node` broadcasts `kind` of `view` at `tick`; its own copy counts at once."""

    tick: int
    node: int
    kind: str
    view: int
    event: Literal["send"] = "send"


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


@dataclass(frozen=True)
class Schedule:
    """A run of `n` nodes: its faulty set, its primaries and its events, in order of time.

    Parameters
    ----------
    protocol
        Name of the protocol, e.g. ``dbft2``.
    n
        Number of nodes, 1 to 1000.
    byzantine
        The Byzantine nodes; what they send is the adversary's choice.
    primaries
        The primary of each view that was entered, from view 0 on.
    events
        Sorted by :func:`order` on construction; events of one tick and phase keep their order.
    horizon
        Last tick.
    view_ticks
        Where views have clocks of their own that are laid end to end (the published semantics):
        the ticks that each view takes. 0 where one clock runs through all views.
    source
        Who made it: an instance name and solver, or a simulation with its seed.
    settings
        Where the protocol has variants: which one, by name, as its room reads it.
    """

    protocol: str
    n: int
    byzantine: tuple[int, ...]
    primaries: tuple[int, ...]
    events: tuple[Annotated[Event, Field(discriminator="event")], ...]
    horizon: int
    view_ticks: int = 0
    source: str = ""
    settings: dict[str, str] = field(default_factory=dict)
    format: Literal["milpbft-schedule-1"] = field(default="milpbft-schedule-1")

    def __post_init__(self) -> None:
        for name, value, least in (("n", self.n, 1), ("view_ticks", self.view_ticks, 0)):
            if not least <= value <= 1000:
                raise InputError(name, value, f"a number from {least} to 1000")
        for name, nodes in (("byzantine", self.byzantine), ("primaries", self.primaries)):
            for node in nodes:
                if not 0 <= node < self.n:
                    raise InputError(name, node, f"nodes from 0 to {self.n - 1}")
        object.__setattr__(self, "events", tuple(sorted(self.events, key=order)))
        for event in self.events:
            self._validate(event)

    def _validate(self, event: Event) -> None:
        if not 0 <= event.tick <= self.horizon:
            raise InputError("tick", event.tick, f"a tick from 0 to the horizon {self.horizon}")
        nodes = [event.node, event.sender] if isinstance(event, Deliver) else [event.node]
        for node in nodes:
            if not 0 <= node < self.n:
                raise InputError("node", node, f"a node from 0 to {self.n - 1}")

    @cached_property
    def correct(self) -> tuple[int, ...]:
        """The nodes that are not Byzantine."""
        return tuple(i for i in range(self.n) if i not in self.byzantine)

    def to_json(self) -> str:
        """Write as JSON; :meth:`from_json` reads it back."""
        return _ADAPTER.dump_json(self, indent=1).decode()

    @classmethod
    def from_json(cls, text: str) -> Schedule:
        """Read what :meth:`to_json` wrote.

        Raises
        ------
        InputError
            Where the text is not a schedule.
        """
        try:
            return _ADAPTER.validate_json(text)
        except ValidationError as error:
            raise InputError.from_pydantic(error) from None


_ADAPTER = TypeAdapter(Schedule)
