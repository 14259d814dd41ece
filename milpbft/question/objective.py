"""Objectives of instances: three weights and a sense, or a goal of the adversary."""

from __future__ import annotations

import re
from typing import Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field

from milpbft.errors import InputError, meant

_WEIGHT = Field(default=0, ge=-1_000_000, le=1_000_000)


class Aim(Protocol):
    """What every kind of objective has."""

    @property
    def sense(self) -> Literal["max", "min"]:
        """Whether it is maximised or minimised."""
        ...

    @property
    def name(self) -> str:
        """Its name in names of instances."""
        ...


class Objective(BaseModel):
    """``blocks * B + views * V + messages * C``, to be minimised or maximised.

    Under published semantics: B blocks relayed, V views used, C messages sent and received (Coelho
    et al. 2020, section 3.3).

    Under strict semantics, in every encoding:

    - B counts the different blocks that correct nodes accept, of each view and proposal one, as in
      the paper, where a view's block counts once however many relay it. Two are a fork;
    - V is one more than the highest view that a node which follows the protocol enters, faults to
      come included. Views start one after the other, so it is how many were used;
    - C counts what nodes that follow the protocol broadcast, each message once, those of nodes that
      crash later too. Receptions, which the paper adds, do not count: whether a message arrives
      is the network's choice and changes no state, so counts of nodes cannot tell. What Byzantine
      nodes send does not count either: it has no bound.

    Only runs *at rest* count, since else doing nothing is the least: all that correct nodes sent
    to each other has arrived, and none of them owes an act, timers that may expire included. Where
    blocks are fetched, a run is also at rest once a correct node is done: the others can get its
    block instead of acting. In a run that counts no correct node leaves the modelled views, which
    bounds V.

    Parameters
    ----------
    sense
        ``max`` or ``min``.
    blocks, views, messages
        Integer weights, at most a million in size; written w1, w2, w3 in the paper.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    sense: Literal["max", "min"]
    blocks: int = _WEIGHT
    views: int = _WEIGHT
    messages: int = _WEIGHT

    @property
    def name(self) -> str:
        """Name in instance names: ``p1`` to ``p7`` (Table 2), or sense and weights."""
        for name, known in PUBLISHED.items():
            if known == self:
                return name
        return f"{self.sense}_{self.blocks}_{self.views}_{self.messages}"

    def sum(self) -> str:
        """Write the weighted sum, e.g. ``1000 blocks + 100 views``."""
        parts = {"blocks": self.blocks, "views": self.views, "messages": self.messages}
        said = [f"{'+-'[w < 0]} {abs(w)} {name}" for name, w in parts.items() if w] or ["nothing"]
        return " ".join([said[0].removeprefix("+ ").replace("- ", "-"), *said[1:]])

    def rates(self) -> str:
        """Say what each thing is worth, e.g. ``1000 a block and 100 a view``."""
        parts = {"block": self.blocks, "view": self.views, "message": self.messages}
        said = [f"{weight} a {name}" for name, weight in parts.items() if weight] or ["nothing"]
        return " and ".join(filter(None, [", ".join(said[:-1]), said[-1]]))

    def value(self, blocks: int, views: int, messages: int) -> int:
        """Weighted value of three totals."""
        return self.blocks * blocks + self.views * views + self.messages * messages

    @classmethod
    def parse(cls, text: str) -> Objective:
        """Read a name: ``p1`` to ``p7`` or e.g. ``max_1000_100_-1``.

        Raises
        ------
        InputError
            For any other text.
        """
        if text.lower() in PUBLISHED:
            return PUBLISHED[text.lower()]
        if match := re.fullmatch(r"(max|min)_(-?\d{1,7})_(-?\d{1,7})_(-?\d{1,7})", text):
            sense, *weights = match.groups()
            named = zip(("blocks", "views", "messages"), map(int, weights), strict=True)
            return cls.model_validate({"sense": sense, **dict(named)})
        raise InputError("objective", text, "p1 to p7, or SENSE_BLOCKS_VIEWS_MESSAGES such as "
                         "max_1000_100_-1")  # fmt: skip


PUBLISHED = {
    "p1": Objective(sense="max", blocks=1000, views=100),
    "p2": Objective(sense="max", blocks=1000, views=-100),
    "p3": Objective(sense="min", blocks=1000, views=100),
    "p4": Objective(sense="min", blocks=1000, views=100, messages=-1),
    "p5": Objective(sense="max", blocks=1000, views=100, messages=1),
    "p6": Objective(sense="max", blocks=1000, views=-100, messages=-1),
    "p7": Objective(sense="min", blocks=1000, views=-100, messages=-1),
}
"""P1 to P7 of Table 2 of the paper."""


class Goal(BaseModel):
    """What the adversary is after under strict semantics.

    Parameters
    ----------
    kind
        ``undecided``: most correct nodes that never decide, at quiescence; 0 says that there is no
        liveness lock. ``forks``: most different blocks that are accepted; 2 is a fork. ``faults``:
        fewest faulty nodes with which `of` is possible. ``losses``: fewest messages
        whose loss it takes, each to one receiver. ``steps``: fewest acts of nodes that lead
        to it. ``ticks``: the earliest tick by which it is there. ``delay``: the latest tick of
        the first or the last decision of a correct node, one past the horizon where it never comes.
    of
        ``lock``, ``fork`` or ``state``, for ``faults``, ``steps`` and ``ticks``; ``lock`` for
        ``losses``; ``first`` or ``last``, for ``delay``. A state is a lock in which the instance
        says who is where.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["undecided", "forks", "faults", "losses", "steps", "ticks", "delay"]
    of: Literal["lock", "fork", "state", "first", "last"] | None = None

    @property
    def sense(self) -> Literal["max", "min"]:
        """Whether it is maximised or minimised."""
        return "max" if self.kind in {"undecided", "forks", "delay"} else "min"

    @property
    def timed(self) -> bool:
        """Whether it asks for ticks, which only the per-node encoding has."""
        return self.kind in {"ticks", "delay"}

    @property
    def name(self) -> str:
        """Name in instance names, e.g. ``undecided`` or ``faults_lock``."""
        return "_".join(filter(None, [self.kind, self.of]))

    @classmethod
    def parse(cls, text: str) -> Goal:
        """Read a name.

        Raises
        ------
        InputError
            For any other text.
        """
        if text not in GOALS:
            raise InputError("objective", text, f"one of {', '.join(GOALS)}")
        return GOALS[text]


GOALS = {
    goal.name: goal
    for goal in (
        Goal(kind="undecided"),
        Goal(kind="forks"),
        Goal(kind="faults", of="lock"),
        Goal(kind="faults", of="fork"),
        Goal(kind="losses", of="lock"),
        Goal(kind="steps", of="lock"),
        Goal(kind="steps", of="fork"),
        Goal(kind="ticks", of="lock"),
        Goal(kind="ticks", of="fork"),
        Goal(kind="faults", of="state"),
        Goal(kind="steps", of="state"),
        Goal(kind="ticks", of="state"),
        Goal(kind="delay", of="first"),
        Goal(kind="delay", of="last"),
    )
}
"""Goals by name."""


def parse_aim(text: str) -> Objective | Goal:
    """Read the name of a goal or of a weighted objective.

    Raises
    ------
    InputError
        For any other text.
    """
    if text in GOALS:
        return GOALS[text]
    try:
        return Objective.parse(text)
    except InputError as error:
        allowed = f"one of {', '.join(GOALS)}, {error.allowed}{meant(text, GOALS)}"
        raise InputError("objective", text, allowed) from None
