"""Schedule: what happened in a run, whoever made it, a MILP or a simulation.

At one tick, faults come first, then deliveries, timeouts, sends and decisions, as in the step of a
correct node.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, TypeAdapter, ValidationError

from milpbft.errors import InputError
from milpbft.schedule.detail import Detail  # noqa: TC001  (read at run time)
from milpbft.schedule.events import Deliver, Event, Fault, Send, order

FORMAT: Literal["milpbft-schedule-2"] = "milpbft-schedule-2"
BEFORE = "milpbft-schedule-1"
"""The format without numbers of messages and without detail, which is read as this one."""


def _current(name: object) -> object:
    return FORMAT if name == BEFORE else name


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
    detail
        What a driver needs beside the events, where it was asked for.
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
    format: Annotated[Literal["milpbft-schedule-2"], BeforeValidator(_current)] = FORMAT
    detail: Detail | None = None

    def __post_init__(self) -> None:
        for name, value, least in (("n", self.n, 1), ("view_ticks", self.view_ticks, 0)):
            if not least <= value <= 1000:
                raise InputError(name, value, f"a number from {least} to 1000")
        for name, nodes in (("byzantine", self.byzantine), ("primaries", self.primaries)):
            for node in nodes:
                if not 0 <= node < self.n:
                    raise InputError(name, node, f"nodes from 0 to {self.n - 1}")
        object.__setattr__(self, "events", tuple(sorted(self.events, key=order)))
        sent = {event.id: event for event in self.events if isinstance(event, Send)}
        for event in self.events:
            self._validate(event)
            self._validate_numbers(event, sent)

    def _validate(self, event: Event) -> None:
        if not 0 <= event.tick <= self.horizon:
            raise InputError("tick", event.tick, f"a tick from 0 to the horizon {self.horizon}")
        nodes = [event.node, event.sender] if isinstance(event, Deliver) else [event.node]
        for node in nodes:
            if not 0 <= node < self.n:
                raise InputError("node", node, f"a node from 0 to {self.n - 1}")

    def _validate_numbers(self, event: Event, sent: dict[int | None, Send]) -> None:
        """Refuse numbers of messages that nobody sends, or another node or view."""
        if isinstance(event, Send):
            named = {"about": (event.about,), "carries": event.carries or ()}
            if event.id is not None and sent[event.id] is not event:
                raise InputError("id", event.id, "a number of its own for each message")
            for name in ("id", "nonce", "new_view"):
                if (value := getattr(event, name)) is not None and value < 0:
                    raise InputError(name, value, "0 or more")
            if event.reason == "":
                raise InputError("reason", event.reason, "a word")
        elif isinstance(event, Deliver):
            named = {"msg": (event.msg,)}
            meant = sent.get(event.msg)
            said = meant and (meant.node, meant.kind, meant.view)
            if event.msg is not None and said != (event.sender, event.kind, event.view):
                raise InputError("msg", event.msg, "the id of what the sender sent in that view")
        else:
            return
        for name, numbers in named.items():
            for number in numbers:
                if number is not None and number not in sent:
                    raise InputError(name, number, "the id of a message that is sent")

    @cached_property
    def correct(self) -> tuple[int, ...]:
        """The nodes that are not Byzantine."""
        return tuple(i for i in range(self.n) if i not in self.byzantine)

    @cached_property
    def failed(self) -> frozenset[int]:
        """The nodes that are Byzantine or become faulty; who only starts again is correct."""
        faults = (event for event in self.events if isinstance(event, Fault))
        return frozenset({*self.byzantine, *(e.node for e in faults if e.fault != "restart")})

    def to_json(self) -> str:
        """Write as JSON; :meth:`from_json` reads it back."""
        return _ADAPTER.dump_json(self, indent=1, exclude_none=True).decode()

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
