"""What goes over the wire: commands and answers, a JSON object a line."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from milpbft.errors import InputError
from milpbft.sim.bench import Json, Lie, Setup

if TYPE_CHECKING:
    from collections.abc import Mapping

FORMAT = "milpbft-driver-1"
LONGEST = 10_000_000
"""Characters of the longest line that is read."""


class Message(BaseModel):
    """A message that a node sent."""

    model_config = ConfigDict(extra="allow", strict=True)
    id: int = Field(ge=0)
    kind: str
    view: int = Field(ge=0)
    sender: int = Field(ge=0)
    new_view: int | None = None
    reason: str | None = None
    inner: list[str] | None = None


class State(BaseModel):
    """The state of a node; what a driver leaves out is not compared."""

    model_config = ConfigDict(extra="allow", strict=True)
    view: int = Field(ge=0)
    done: bool


class Started(BaseModel):
    """The answer to ``new`` and to ``states``."""

    model_config = ConfigDict(strict=True)
    states: list[State]
    sent: list[Message] = []
    rotation: Literal["view", "height", "listed"] | None = None


class Answer(BaseModel):
    """The answer to an input."""

    model_config = ConfigDict(strict=True)
    sent: list[Message] | None = None
    state: State | None = None


class New(BaseModel):
    """Start all nodes."""

    model_config = ConfigDict(extra="allow")
    op: Literal["new"]
    protocol: str
    n: int
    height: int = 1
    period_ms: int = 1000
    settings: dict[str, str] = {}
    f: int | None = None
    quorum: int | None = None
    rotation: str | None = None


class Step(BaseModel):
    """One input."""

    model_config = ConfigDict(extra="ignore")
    op: Literal["deliver", "timeout", "restart", "forge", "now", "states"]
    node: int = -1
    msg: int = -1
    kind: str = ""
    view: int = Field(default=0, ge=0)
    about: int = -1
    nonce: int = Field(default=0, ge=0)
    carries: tuple[int, ...] | None = None
    more: bool = False
    now_ms: int = Field(default=0, ge=0)

    @property
    def lie(self) -> Lie:
        """What ``forge`` asks for."""
        return Lie(self.node, self.kind, self.view, self.about, self.nonce, self.carries)


_COMMAND: TypeAdapter[New | Step] = TypeAdapter(New | Step)


def line_of(value: Mapping[str, Any]) -> str:
    """Write an object as a line."""
    return json.dumps(value, separators=(",", ":")) + "\n"


def new(setup: Setup) -> Json:
    """Return the command that starts all nodes."""
    said = {name: value for name, value in asdict(setup).items() if value not in (None, {})}
    return {"op": "new", "format": FORMAT, **said}


def command(line: str) -> New | Step:
    """Read a command.

    Raises
    ------
    InputError
        Where the line is none.
    """
    try:
        return _COMMAND.validate_json(line)
    except ValidationError:
        raise InputError("command", line.strip(), "a JSON object with an op") from None


def normal_state(state: Mapping[str, Any]) -> Json:
    """Return a state in which empty lists are null, as recordings have them."""
    return {name: None if value == [] else value for name, value in state.items()}


def normal_message(message: Mapping[str, Any]) -> Json:
    """Return a message without its number; a recovery message has a list of what it carries."""
    told = {name: value for name, value in message.items() if name != "id" and value is not None}
    if told["kind"] == "RecoveryMessage":
        told.setdefault("inner", [])
    return told
