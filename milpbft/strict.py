"""Strict instances: questions about the executions that a real deployment can have."""

from __future__ import annotations

import re
from typing import Any, ClassVar, Literal, Self

from pydantic import Field, field_validator, model_validator

from milpbft.errors import InputError
from milpbft.hgfrr.wiring import Wiring
from milpbft.objective import Goal, Objective, parse_aim
from milpbft.part import Question


class StrictInstance(Question):
    """One problem under strict semantics; rooms add what their protocol's variants are.

    Parameters
    ----------
    protocol
        Name of a protocol in the registry.
    n
        Number of nodes, 4 to 1000.
    views
        How many views are modelled, from view 0 on, 1 to 4. A node that leaves the last one is
        lost to the model, and no lock is then claimed.
    crashes
        At most so many correct nodes crash; where the objective is ``faults``, at most so many
        are tried.
    byzantine
        So many nodes are Byzantine, chosen by the adversary; likewise.
    values
        How many different proposals a Byzantine primary makes, 1 or 2.
    horizon
        Last tick of the per-node encoding; None for the counted one, which knows no ticks.
    network
        ``asynchronous``: any delay of at least a tick, and for ever. ``reliable``: what correct
        nodes send to each other arrives by the horizon. ``synchronous``: partially synchronous; it
        arrives by ``max(sent, gst) + delta``.
    gst, delta
        Of the partially synchronous network, in ticks; the bound is that of each hop.
    overlay
        An overlay such as ``r4k2s0`` that carries all messages, see
        :class:`milpbft.hgfrr.wiring.Wiring`: they take a tick per hop at least, and what is behind
        a faulty relay is lost. None for a full mesh.
    gossip
        What one correct node has is in the end everybody's.
    timeout
        0 for free timers, which may expire at any tick after the view was entered. Otherwise the
        ticks that a node stays in view 0 at least; they double with every view.
    fetch
        Block fetch: who is done hands its block to any correct node that asks.
    slots
        Slots of the counted encoding; None for as many as a proof takes.
    objective
        What the adversary is after, or weights of blocks, views and messages.
    encoding
        ``counted`` or, with a horizon, ``compact``: per node and tick. By default as the horizon
        says.
    """

    n: int = Field(ge=4, le=1000)
    views: int = Field(default=2, ge=1, le=4)
    crashes: int = Field(default=0, ge=0)
    byzantine: int = Field(default=0, ge=0)
    values: Literal[1, 2] = 1
    horizon: int | None = Field(default=None, ge=1, le=1000)
    network: Literal["asynchronous", "reliable", "synchronous"] = "asynchronous"
    gst: int = Field(default=0, ge=0, le=1000)
    delta: int = Field(default=1, ge=1, le=1000)
    overlay: str | None = None
    gossip: bool = False
    timeout: int = Field(default=0, ge=0, le=1000)
    fetch: bool = True
    slots: int | None = Field(default=None, ge=1, le=200)
    objective: Goal | Objective
    semantics: Literal["strict"] = "strict"
    encoding: Literal["counted", "compact"] = "counted"

    sizes: ClassVar[dict[str, str]] = {
        "n": "n",
        "v": "views",
        "c": "crashes",
        "b": "byzantine",
        "e": "values",
        "t": "horizon",
    }
    """Letters of the numbers in names, before the objective; a subclass may add some."""

    words: ClassVar[dict[str, tuple[str, Any]]] = {
        "reliable": ("network", "reliable"),
        "gossip": ("gossip", True),
        "nofetch": ("fetch", False),
    }
    """Words of names that stand for the value of a field, after the objective; likewise."""

    numbers: ClassVar[dict[str, str]] = {"gst": "gst", "delta": "delta", "timer": "timeout"}
    """Words of names that are followed by a number, after the objective; likewise."""

    @field_validator("objective", mode="before")
    @classmethod
    def _named(cls, value: object) -> object:
        return parse_aim(value) if isinstance(value, str) else value

    @field_validator("overlay")
    @classmethod
    def _wired(cls, value: str | None) -> str | None:
        return None if value is None else str(Wiring.parse(value))

    @model_validator(mode="before")
    @classmethod
    def _encoded(cls, fields: Any) -> Any:  # noqa: ANN401
        """With a horizon the encoding is per node, unless something else is asked for."""
        if isinstance(fields, dict) and fields.get("horizon") is not None:
            return {"encoding": "compact"} | fields
        return fields

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.crashes + self.byzantine > self.n:
            raise InputError("byzantine", self.byzantine, f"with crashes at most n = {self.n}")
        if self.views > self.n:
            raise InputError("views", self.views, f"at most n = {self.n}")
        if (self.encoding == "compact") != (self.horizon is not None):
            allowed = "a number of ticks with the encoding compact, nothing with counted"
            raise InputError("horizon", self.horizon, allowed)
        timed = self.network != "asynchronous" or self.gossip or self.timeout > 0
        timed |= self.overlay is not None
        asks = isinstance(self.objective, Goal) and self.objective.timed
        if self.horizon is None and (timed or asks):
            allowed = "a number of ticks where network, timers or objective are timed"
            raise InputError("horizon", None, allowed)
        if self.overlay is not None and self.gossip:
            raise InputError("gossip", True, "false on an overlay: relays pass on what they hold")
        if self.network != "synchronous" and (self.gst, self.delta) != (0, 1):
            raise InputError("network", self.network, "synchronous where gst or delta are given")
        return self

    @property
    def f(self) -> int:
        """Faults that the quorums are made for: floor((n-1)/3)."""
        return (self.n - 1) // 3

    @property
    def name(self) -> str:
        """Name, e.g. ``dbft2-strict-n4-v2-c1-undecided`` or ``...-b2-e2-forks-own-view``."""
        fields = type(self).model_fields
        parts = [self.protocol, *self._semantics_in_names()]
        for letter, field in self.sizes.items():
            value = getattr(self, field)
            if field in {"n", "views"} or value != fields[field].default:
                parts.append(f"{letter}{value}")
        parts.append(self.objective.name)
        parts += [w for w, (field, value) in self.words.items() if getattr(self, field) == value]
        synchronous = self.network == "synchronous"
        for word, field in self.numbers.items():
            told = field in {"gst", "delta"} and synchronous
            if told or getattr(self, field) != fields[field].default:
                parts.append(f"{word}{getattr(self, field)}")
        if self.overlay is not None:
            parts.append(f"overlay-{self.overlay}")
        return "-".join(parts)

    @classmethod
    def _semantics_in_names(cls) -> tuple[str, ...]:
        """Say the semantics, where the protocol has another one that comes first."""
        return ()

    @classmethod
    def parse(cls, name: str, **fields: Any) -> Self:  # noqa: ANN401
        """Read an instance name; `fields` that are not None override what it says.

        Raises
        ------
        InputError
            Where the text is no such name or a field is not allowed.
        """
        sizes = "".join(rf"(?:-{key}(?P<{field}>\d{{1,9}}))?" for key, field in cls.sizes.items())
        protocol = "-".join([r"(?P<protocol>[a-z0-9]+)", *cls._semantics_in_names()])
        size = rf"(?:{'|'.join(cls.sizes)})\d"
        aim = r"(?:max|min)_-?\d+_-?\d+_-?\d+|[a-z]+\d?(?:_[a-z]+)?"
        rest = r"(?P<rest>(?:-[a-z0-9.-]+)?)"
        match = re.fullmatch(rf"{protocol}{sizes}-(?!{size})(?P<objective>{aim}){rest}", name)
        if match is None:
            example = "-".join(["NAME", *cls._semantics_in_names(), "n4-v2-c1-undecided"])
            raise InputError("instance", name, f"a name such as {example}")
        said: dict[str, Any] = {key: text for key, text in match.groupdict().items() if text}
        said |= {field: int(said[field]) for field in cls.sizes.values() if field in said}
        said |= cls._read_words(name, said.pop("rest", ""))
        given = {key: value for key, value in fields.items() if value is not None}
        return cls.make({"semantics": "strict"} | said | given)

    @classmethod
    def _read_words(cls, name: str, text: str) -> dict[str, Any]:
        said: dict[str, Any] = {}
        while text:
            words = "|".join(sorted(cls.words, key=len, reverse=True))
            numbers = "|".join(cls.numbers)
            overlay = r"overlay-(r\d+k\d+s\d+)"
            match = re.match(rf"-(?:({words})|({numbers})(\d{{1,9}})|{overlay})(?=-|$)", text)
            if match is None:
                allowed = [*cls.words, *(f"{word}K" for word in cls.numbers), "overlay-r4k2s0"]
                raise InputError("instance", name, f"after the objective: {', '.join(allowed)}")
            word, number, value, wiring = match.groups()
            if wiring:
                said["overlay"] = wiring
            elif word:
                said |= dict([cls.words[word]])
            else:
                said[cls.numbers[number]] = int(value)
            text = text[match.end() :]
        if "gst" in said or "delta" in said:
            said["network"] = "synchronous"
        return said
