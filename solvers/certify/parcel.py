"""Parcel: derivations as numbers, to go from one process to another.

A step holds the steps that it rests on; as it stands it would take all of them along, and pickle
goes no deeper than Python's stack. What both sides know already is named by its number.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from milpbft.milp.certificate.steps import Assumed, Combined, Given, Split, Step, needed
from milpbft.milp.problem import GE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from milpbft.milp.certificate.steps import Reason, Terms

Why = tuple[tuple[int, ...], tuple[int, ...], int, bool] | tuple[int, int, int, int] | None
"""A combination: which steps, factors, divisor, rounded; a split; an assumption."""


@dataclass
class Parcel:
    """Some steps, and what they rest on.

    Parameters
    ----------
    lines
        Sense, side, terms, mask and reason of each step that is not known, after what it rests on.
        Numbers go on from the steps that are known.
    wanted
        The numbers of those that it is about.
    """

    lines: list[tuple[int, int, Terms, int, Why]]
    wanted: list[int]


def packed(wanted: Sequence[Step], given: int, known: Sequence[Step]) -> Parcel:
    """Pack steps.

    Parameters
    ----------
    wanted
        The steps.
    given
        How many are given, and known by the number that they have.
    known
        More that are known, numbered on from there.
    """
    numbers = {id(step): given + k for k, step in enumerate(known)}
    below = Step(GE, 0, (), Combined([(step, 1) for step in wanted]))
    ordered = [one for one in needed(below)[:-1] if id(one[0]) not in numbers]
    first = given + len(known)
    numbers |= {id(step): first + k for k, (step, _) in enumerate(ordered)}

    def number(step: Step) -> int:
        reason = step.reason
        return reason.number if isinstance(reason, Given) else numbers[id(step)]

    def why(reason: Reason) -> Why:
        match reason:
            case Combined(parts, divisor, rounded):
                which = tuple(number(one) for one, _ in parts)
                return which, tuple(by for _, by in parts), divisor, rounded
            case Split(one, low, two, high):
                return number(one), number(low), number(two), number(high)
        return None

    lines = [(s.sense, s.side, s.terms, s.mask, why(reason)) for s, reason in ordered]
    return Parcel(lines, [number(step) for step in wanted])


def unpacked(parcel: Parcel, known: Sequence[Step]) -> list[Step]:
    """Return the steps that a parcel is about.

    Parameters
    ----------
    parcel
        The parcel.
    known
        What is known by its number: those that are given, and more.
    """
    steps = list(known)
    for sense, side, terms, mask, why in parcel.lines:
        reason: Reason
        match why:
            case None:
                reason = Assumed()
            case (int(one), int(low), int(two), int(high)):
                reason = Split(steps[one], steps[low], steps[two], steps[high])
            case (which, factors, divisor, rounded):
                named = [steps[number] for number in which]
                reason = Combined(list(zip(named, factors, strict=True)), divisor, rounded)
        steps.append(Step(sense, side, terms, reason, mask))
    return [steps[number] for number in parcel.wanted]
