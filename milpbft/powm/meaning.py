"""What optima of parallel proof of work mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.powm.electing import ElectInstance
from milpbft.powm.instance import AssignInstance, CutInstance, FailInstance
from milpbft.question.meaning import are, counted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from milpbft.question.part import Question


def _assign(i: AssignInstance, value: int) -> str:
    miners = counted(len(i.h), "miner")
    return (
        f"{counted(i.units, 'unit')} of nonces are hashed by {miners} in {counted(value, 'tick')} "
        f"at best, where the manager serves {counted(i.ports, 'grant')} a tick"
    )


def _team(i: FailInstance) -> str:
    supports = counted(i.supports, "support manager") if i.supports else "no support manager"
    failures = counted(i.crashes, "failure") if i.crashes else "no failure"
    miners = counted(len(i.r), "miner")
    who = "support" if i.objective.name == "twice" else "miner"
    again = ""
    if i.amnesia:
        again = f" and {counted(i.amnesia, f'{who} that forgets', f'{who}s that forget')} at most"
    if i.reloads:
        again = f" and {counted(i.reloads, 'miner that reloads', 'miners that reload')} at most"
    failing = {"any": "of any node", "managers": "of managers", "miners": "of miners"}[i.victims]
    return (
        f"with {miners}, {supports} and {failures} {failing}{again} (detected in "
        f"{counted(i.detect, 'tick')}, election {counted(i.elect, 'tick')}, {_SYNC[i.sync]})"
    )


_SYNC = {
    "after": "supports hear of a grant after it",
    "before": "supports hear of a grant before it",
    "stride": "each term has its own nonces",
}
"""What the next manager knows of grants."""


def _time(i: FailInstance, value: int) -> str:
    return f"The block with nonce {i.goal} is solved by tick {value} at worst, {_team(i)}"


def _lost(i: FailInstance, value: int) -> str:
    if not value:
        return f"Every granted nonce is hashed, {_team(i)}"
    return f"At most {are(value, 'granted nonce')} never hashed, {_team(i)}"


def _twice(i: FailInstance, value: int) -> str:
    if not value:
        return f"No nonce is granted twice, {_team(i)}"
    return f"At most {are(value, 'nonce')} granted more than once, {_team(i)}"


def _cut(i: CutInstance, value: int) -> str:
    cut = {"cut": "a cut", "eclipse": "an eclipse of the manager"}[i.shape]
    given = f"with {counted(len(i.r), 'miner')} ({_SYNC[i.sync]})"
    ticks = f"{cut} of {counted(i.width, 'tick')}"
    if not value:
        return f"In {ticks} no nonce is granted twice, {given}"
    return f"In {ticks}, at most {are(value, 'nonce')} granted more than once, {given}"


def _dropping(i: ElectInstance) -> str:
    return f"if it may drop {counted(i.redraws, 'solution') if i.redraws else 'no solution'}"


def _managed(i: ElectInstance, value: int) -> str:
    return (
        f"A coalition with {i.coalition} of {counted(i.tickets, 'ticket')} manages "
        f"{counted(value, 'epoch')} at most, summed over all {i.outcomes} equal outcomes of "
        f"{counted(i.elections, 'block')}, {_dropping(i)}"
    )


def _share(i: ElectInstance, value: int) -> str:
    return (
        f"A coalition needs {value} of {counted(i.tickets, 'ticket')} to manage half of "
        f"{counted(i.elections, 'epoch')} or more, {_dropping(i)}"
    )


MEANINGS: Mapping[tuple[type[Question], str], Callable[..., str]] = {
    (AssignInstance, "ticks"): _assign,
    (FailInstance, "time"): _time,
    (FailInstance, "lost"): _lost,
    (FailInstance, "twice"): _twice,
    (CutInstance, "twice"): _cut,
    (ElectInstance, "managed"): _managed,
    (ElectInstance, "share"): _share,
}
"""Sentences by class and objective."""


RULES = {
    "Grant": "the manager gives a miner that asks the next set of nonces",
    "Elected": "supports found the manager silent, and elected this one",
    "decide": "the nonce that solves the block is hashed",
    "fault": "the adversary chose this node",
}
"""When nodes do what schedules show, in words for pictures."""
