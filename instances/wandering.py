"""Wandering: what walks through the specification of dBFT 2.1 reach, sound or with a fault.

Over one pool of messages there are no replicas to be attacked: a specification may wait where a
replica acts at once. No model and no solver is asked.
"""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from faulting import forking, only

from milpbft.dbft.enumerate.pool21.spec import KINDS, Spec
from milpbft.dbft.enumerate.pool21.walk import walk
from milpbft.question.objective import Goal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from milpbft.dbft.instance import DbftInstance

_KNOWN = {"protocol", "semantics", "encoding", "n", "views", "crashes", "byzantine", "slots",
          "objective", "reading"}  # fmt: skip
_WALKS = 20
"""Walks of one seed; each takes milliseconds."""


def wandered(
    instance: DbftInstance, seeds: range, specs: Sequence[Spec] = ()
) -> Iterator[int | None]:
    """Yield how many acts it took to lock or to fork; None for walks that do not.

    Parameters
    ----------
    instance
        The question.
    seeds
        Of the walks.
    specs
        Those of nodes with a fault; none for the specification as it is.

    Raises
    ------
    NotAttackedError
        Where the question is about something else.
    """
    aim = instance.objective
    counts = isinstance(aim, Goal) and aim.kind == "steps" and aim.of in {"lock", "fork"}
    only(instance, _KNOWN, {f"{aim.name} is not counted over a pool": not counts})
    for seed in seeds:
        for spec in specs or (Spec(instance.n),):
            dice = Random(f"{instance.name} {seed}")
            for _ in range(_WALKS):
                yield walk(spec, instance.views, instance.crashes, instance.byzantine, dice,
                           fork=forking(instance))  # fmt: skip


def faulty(instance: DbftInstance) -> list[Spec]:
    """Return specifications with a fault: of forks quorums too small, and commits unheeded.

    Of locks a quorum of all, silence in place of each message, and guards that are not asked.
    """
    n = instance.n
    if forking(instance):
        small = [Spec(n, quorum=n // 2), Spec(n, quorum=1)]
        return [*small, Spec(n, bears=n), Spec(n, eager=True)]
    silent = [Spec(n, mute=kind) for kind in KINDS]
    return [Spec(n, quorum=n), Spec(n, bears=0), Spec(n, deaf=True), *silent]
