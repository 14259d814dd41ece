"""Answers: the optimum of an instance, found by search."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.powm.electing import ElectInstance
from milpbft.powm.enumerate.assign import fewest_ticks
from milpbft.powm.enumerate.cut import Network
from milpbft.powm.enumerate.cut import most_twice as most_twice_cut
from milpbft.powm.enumerate.elections import fewest_tickets, managed
from milpbft.powm.enumerate.failures import Search, Setting, most_twice
from milpbft.powm.instance import AssignInstance, CutInstance, FailInstance

if TYPE_CHECKING:
    from milpbft.question.part import Question


def answer(question: Question) -> int:
    """Return the optimum of an instance of this room; small ones only, or it takes long."""
    if isinstance(question, AssignInstance):
        q = question
        return fewest_ticks(q.h, q.units, q.latency, q.ports, q.largest)
    if isinstance(question, FailInstance):
        return _fail(question)
    if isinstance(question, CutInstance):
        return _cut(question)
    if isinstance(question, ElectInstance):
        return _elect(question)
    raise TypeError(question)


def _fail(q: FailInstance) -> int:
    setting = Setting(
        miners=q.r,
        pool=q.supports,
        set_ticks=q.set_ticks,
        supports=(q.support_rate,) * q.supports if q.role == "hashing" else (),
        latency=q.latency,
        ahead=q.ahead,
        detect=q.detect,
        elect=q.elect,
        collective=q.elect if q.collective is None else q.collective,
        solo=q.collapse == "solo",
        budget=q.crashes,
        first=q.first,
        managers=q.victims != "miners",
        mortal=q.victims != "managers",
        amnesia=q.amnesia,
        reloads=q.reloads,
    )
    match q.objective.name:
        case "time":
            return Search(setting, goal=q.goal).value()
        case "lost":
            return Search(setting, horizon=q.ticks).value()
    return most_twice(setting, q.ticks, q.every, q.sync)


def _cut(q: CutInstance) -> int:
    eclipse = q.shape == "eclipse"
    sizes = (q.set_ticks, q.latency, q.ahead, q.gap, q.width, q.ticks)
    return most_twice_cut(Network(q.r, *sizes, eclipse, q.sync))


def _elect(q: ElectInstance) -> int:
    final = q.finaliser == "manager"
    if q.objective.name == "share":
        return fewest_tickets(q.tickets, q.elections, q.redraws, q.lies, final=final)
    mean = managed(q.tickets, q.coalition, q.elections, q.redraws, q.lies, final=final)
    return int(mean * q.outcomes)
