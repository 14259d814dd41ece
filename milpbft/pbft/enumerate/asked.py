"""What a strict instance asks, answered by enumeration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from milpbft.errors import InputError
from milpbft.pbft.enumerate.explore import explore
from milpbft.pbft.enumerate.rules import rules_of
from milpbft.pbft.reference.family import REFERENCES

if TYPE_CHECKING:
    from milpbft.pbft.enumerate.result import Enumeration, Goal
    from milpbft.pbft.instance import PbftInstance

ENDS: dict[str, Goal] = {"steps_fork": "fork", "steps_lock": "lock"}
"""What ends the enumeration of an objective."""


@dataclass(frozen=True)
class Answer:
    """The value of an instance.

    Parameters
    ----------
    value
        As far as states were seen; None where there is nothing of the kind.
    enumeration
        All that was found.
    """

    value: int | None
    enumeration: Enumeration

    @property
    def summary(self) -> str:
        """Value and states in one line; a limit is said to be one."""
        seen = self.enumeration
        limit = ", limit reached: no optimum" if seen.capped else ""
        return f"value {self.value}, {seen.states} states{limit}"


def ask(instance: PbftInstance, limit: int = 1_000_000) -> Answer:
    """Enumerate the replicas of an instance for its objective.

    Parameters
    ----------
    instance
        Of the counted encoding, about ``forks``, ``undecided``, ``steps_fork`` or ``steps_lock``.
    limit
        Most states to see.

    Raises
    ------
    InputError
        For other instances, calm ones among them, and as :func:`explore` does.
    """
    aim = instance.objective.name
    if aim not in ("forks", "undecided", "losses_lock", *ENDS):
        raise InputError("objective", aim, f"forks, undecided, losses_lock, {', '.join(ENDS)}")
    if instance.calm or instance.horizon is not None:
        raise InputError("instance", instance.name, "one that is not calm and has no horizon")
    found = explore(
        REFERENCES[instance.protocol],
        rules_of(instance),
        views=instance.views,
        values=instance.values,
        crashes=instance.crashes,
        byzantine=instance.byzantine,
        restarts=instance.amnesia,
        fetch=instance.fetch,
        waits=aim in ("undecided", "steps_lock", "losses_lock"),
        losses=instance.losses,
        reloads=instance.reloads,
        resent=instance.resent,
        relay="gossip" if instance.gossip else "status" if instance.status else "none",
        limit=limit,
        until=ENDS.get(aim),
    )
    shortest = found.lock if aim == "steps_lock" else found.fork
    values = {
        "forks": found.forks,
        "undecided": max(0, found.undecided),
        "losses_lock": found.fewest_lost,
    }
    acts = shortest.acts if shortest is not None else None
    return Answer(values.get(aim, acts), found)
