"""Broadcasts while the rings change: nodes leave, crashes are found, contacts are elected anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from milpbft.errors import InputError
from milpbft.hgfrr.ringed import RingedQuestion, lettered
from milpbft.question.named import RESTARTS
from milpbft.schedule.promising import budget

if TYPE_CHECKING:
    from milpbft.question.named import Sense

SAID = ("ring", "contacts", "serving", "k", "seed", "beat", "period", "handover",
        "trees", "news", "newcomer")  # fmt: skip
"""Fields of an instance that its schedules say as settings."""


class ChurnInstance(RingedQuestion):
    """A broadcast over rings that change under way, the worst that an adversary can make of it.

    Fields that are not said here are those of :class:`milpbft.hgfrr.ringed.RingedQuestion`.

    A change is one for all, at the start of its tick, where `news` says nothing else; whoever acts
    asks the contacts of that tick.

    Parameters
    ----------
    fault
        ``silent``: receives and never sends, and stays on its rings. ``crash``: does nothing from
        a tick of the adversary's choice on. ``leave``: likewise, and has said so: it is off its
        rings, and another contact is in its place, from that tick on.
    beat
        Ticks after which heartbeats have found a crashed node, so that it is removed, and another
        contact elected; 0 for never. The adversary picks who is elected, from whoever is on the
        ring then, be it crashed; contacts that stay move up.
    joins
        At most so many newcomers, 0 or 1, join during the broadcast, on a ring of level 0 and at a
        place of the adversary's choice; the newcomer is not asked for by `coverage`.
    newcomer
        ``correct``; ``silent``: receives and never sends, whatever `fault` says of others;
        ``crash``, ``leave``: it may do so at a tick of the adversary's choice, as those of the
        start do where `fault` says the same. It is no one of the `faults`.
    period
        Every so many ticks all contacts are elected anew, as the seed draws them among all nodes
        of the start, those that are off the rings replaced as above; 0 for never.
    again
        Tick at which the source broadcasts the message once more, whoever holds it; 0 for never.
    handover
        Whether who is no longer a contact when it gets a message as one hands it on to the present
        contacts of its ring. The paper does not say; without, it only keeps the message.
    trees
        What relays go by: ``begun``, the ring as it was when its broadcaster began the tree;
        ``present``, the ring as each of them knows it when it passes the message on.
    news
        Ticks after which all members of a ring know of a change of it. Who stands beside a member
        that goes or comes, who comes and who is elected know at once. 0: all do.
    horizon
        Last tick.
    objective
        ``coverage``: fewest correct nodes, of those of the start, that hold the message at the
        horizon, the source included. ``ticks``: latest tick at which one of them first holds it.
        ``messages``: most messages sent by the horizon, those to crashed nodes included.
    """

    n: int = Field(ge=1, le=200)
    joins: int = Field(default=0, ge=0, le=1)
    horizon: int = Field(ge=1, le=60)
    fault: Literal["silent", "crash", "leave"] = "silent"
    newcomer: Literal["correct", "silent", "crash", "leave"] = "correct"
    handover: Literal["no", "yes"] = "no"
    trees: Literal["begun", "present"] = "begun"
    beat: int = Field(default=0, ge=0, le=60)
    period: int = Field(default=0, ge=0, le=60)
    again: int = Field(default=0, ge=0, le=60)
    news: int = Field(default=0, ge=0, le=60)

    sizes: ClassVar[dict[str, str]] = lettered(j=("joins", "b"), t=("horizon", "j"))
    words: ClassVar[dict[str, tuple[str, Any]]] = RingedQuestion.words | {
        "leave": ("fault", "leave"),
        "handover": ("handover", "yes"),
        "present": ("trees", "present"),
    }
    texts: ClassVar[dict[str, tuple[str, str]]] = {
        "newcomer": ("newcomer-", "silent|crash|leave"),
    }
    numbers: ClassVar[dict[str, str]] = {
        "beat": "beat",
        "period": "period",
        "again": "again",
        "news": "news",
    }
    objectives: ClassVar[dict[str, Sense]] = {"coverage": "min", "ticks": "max", "messages": "max"}
    refused: ClassVar[dict[str, str]] = {
        RESTARTS: "nobody says what such a node knows of rings that change; hgfrr has it"
    }
    example: ClassVar[str] = "churn-n12-r4-k2-s0-b1-t12-coverage-leave"

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.again > self.horizon:
            raise InputError("again", self.again, f"at most the horizon, {self.horizon}")
        if self.beat and self.fault != "crash":
            raise InputError("beat", self.beat, "0, but for crashes, which heartbeats find")
        fails = self.newcomer in ("crash", "leave")
        if self.newcomer != "correct" and not self.joins:
            raise InputError("newcomer", self.newcomer, "correct where nobody joins")
        if fails and self.newcomer != self.fault:
            allowed = f"correct, silent or, as others do, {self.fault}"
            raise InputError("newcomer", self.newcomer, allowed)
        if self.removes and not (0 if fails else 1) <= self.faults <= 2:
            raise InputError("faults", self.faults, "1 or 2 where faulty nodes are removed")
        if self.period and self.joins:
            raise InputError("period", self.period, "0 where nodes join: they are in no draw")
        return self

    @property
    def removes(self) -> bool:
        """Whether faulty nodes are taken off their rings."""
        return self.fault == "leave" or self.beat > 0

    @property
    def budget(self) -> str:
        """Who may be faulty, as schedules say it."""
        newcomers = range(self.n, self.n + self.joins if self.newcomer != "correct" else self.n)
        return budget((range(self.n), self.faults), (newcomers, self.joins))
