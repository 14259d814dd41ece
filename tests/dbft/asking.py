"""Values of dBFT, held against the enumeration of their replicas."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from milpbft.dbft.enumerate.explore import explore
from milpbft.dbft.enumerate.rules import rules_of
from milpbft.dbft.enumerate.staged.explore import explore_staged
from milpbft.dbft.enumerate.staged.search import Faults, Found
from milpbft.dbft.instance import DbftInstance
from milpbft.dbft.reference.reference import DbftReference
from milpbft.dbft.reference.v1.reference import Dbft1Reference
from milpbft.errors import InputError
from milpbft.question.files import parse_instance
from tests.proven import as_enumerated, proven

if TYPE_CHECKING:
    from collections.abc import Iterable

    from milpbft.dbft.enumerate.exploration import Exploration
    from milpbft.dbft.reference.rules import Rules

FAULTS = ("crashes", "byzantine", "amnesia", "reloads")
GOALS = (
    "undecided",
    "steps_lock",
    "faults_lock",
    "losses_lock",
    "forks",
    "steps_fork",
    "faults_fork",
)
"""Objectives of the counted encoding that are goals."""
FAMILIES = {"dbft1": Dbft1Reference, "dbft2": DbftReference}


def allowed(names: Iterable[str]) -> list[str]:
    """Return those of some names that name an instance, the others being refused."""
    found = []
    for name in names:
        try:
            parse_instance(name)
        except InputError:
            continue
        found.append(name)
    return found


@cache
def staged(
    rules: Rules, views: int, faults: Faults, values: int, *, fetch: bool, limit: int
) -> Found:
    """Return what all executions of replicas of dBFT 2.1 are worth, once for all objectives."""
    return explore_staged(
        rules, views=views, faults=faults, values=values, fetch=fetch, limit=limit
    )


@cache
def explored(
    rules: Rules, protocol: str, views: int, faults: tuple[int, ...], *, fetch: bool, limit: int
) -> Exploration:
    """Return what all executions of replicas of dBFT 1.0 or 2.0 are, once for all objectives.

    Parameters
    ----------
    faults
        Of each of :data:`FAULTS` and messages lost, how many there may be.
    """
    crashes, byzantine, restarts, reloads, losses = faults
    return explore(
        rules,
        views=views,
        crashes=crashes,
        byzantine=byzantine,
        restarts=restarts,
        reloads=reloads,
        losses=losses,
        fetch=fetch,
        limit=limit,
        family=FAMILIES[protocol],
    )


@cache
def enumerated(name: str, limit: int, *faults: int) -> tuple[int | None, bool]:
    """Return the value of all executions of the replicas, and whether not all were seen.

    Parameters
    ----------
    name
        Of an instance of the counted encoding, whose objective is a goal.
    limit
        Most states.
    faults
        Of each of :data:`FAULTS`, how many there may be.
    """
    instance = parse_instance(name)
    assert isinstance(instance, DbftInstance)
    crashes, byzantine, restarts, reloads = faults
    if instance.protocol == "dbft21":
        found = staged(
            rules_of(instance),
            instance.views,
            Faults(crashes, restarts, reloads, instance.losses, byzantine),
            instance.values,
            fetch=instance.fetch,
            limit=limit,
        )
        return found.worth(instance.objective.name), found.capped
    seen = explored(
        rules_of(instance),
        instance.protocol,
        instance.views,
        (*faults, instance.losses),
        fetch=instance.fetch,
        limit=limit,
    )
    return seen.worth(instance.objective.name), seen.capped


def holds(name: str, value: int | None, limit: int) -> bool:
    """Hold a value; return whether the enumeration saw all that matters.

    Parameters
    ----------
    name, limit
        As of :func:`enumerated`.
    value
        The optimum.
    """
    instance = parse_instance(name)
    most = [getattr(instance, fault) for fault in FAULTS]
    return as_enumerated(instance, value, most, lambda *faults: enumerated(name, limit, *faults))


def agrees(name: str, limit: int, solver: str | None = None) -> tuple[int | None, bool]:
    """Hold a proven value; return it, and whether the enumeration saw all that matters.

    Parameters
    ----------
    name, limit
        As of :func:`enumerated`.
    solver
        Who proves it.
    """
    value = proven(name, solver)
    return value, holds(name, value, limit)
