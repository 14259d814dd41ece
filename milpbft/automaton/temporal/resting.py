"""Which formulas are shown by a run that comes to rest if any run shows them.

Where rules form a cycle, nodes can move without end. For a run that shows a formula, look at the
times at which it could stop, for ever, and still show it:

- all times from some on: a condition, what lasts, and what is looked for once it was found;
- infinitely many: what is to come again and again, at each time at which it comes.

A conjunction can stop where all of its parts can: in all but finitely many times of the first kind,
and in infinitely many where one part is of the second kind. Two of that kind need not meet: of
``[]<>(a > 0) && []<>(a == 0)`` no run that rests is an example.
"""

from __future__ import annotations

from enum import IntEnum

from milpbft.automaton.temporal.formula import (
    Always,
    Both,
    Either,
    Eventually,
    Formula,
    State,
    Until,
)


class Stops(IntEnum):
    """When a run that shows a formula can stop and still show it."""

    FROM_SOME_TIME = 0
    AGAIN_AND_AGAIN = 1
    UNKNOWN = 2


def rests(formula: Formula) -> bool:
    """Say whether a formula that some run shows is shown by one that rests: sufficient."""
    return stops(formula) != Stops.UNKNOWN


def stops(formula: Formula) -> Stops:
    """Say when a run that shows a formula can stop; see this module."""
    match formula:
        case State():
            return Stops.FROM_SOME_TIME
        case Both(parts):
            return _together(list(map(stops, parts)))
        case Either(parts):
            return max(map(stops, parts))
        case Eventually(part):
            return stops(part)
        case Until(left, right):
            return stops(right) if isinstance(left, State) else Stops.UNKNOWN
        case Always(part):
            return _always(part)
    raise AssertionError(formula)


def _together(found: list[Stops]) -> Stops:
    """Of a conjunction."""
    return Stops.UNKNOWN if found.count(Stops.AGAIN_AND_AGAIN) > 1 else max(found)


def _always(part: Formula) -> Stops:
    """Of ``[]part``."""
    found = Stops.UNKNOWN
    match part:
        case State():
            found = Stops.FROM_SOME_TIME
        case Always(inner):
            found = _always(inner)
        case Eventually(inner):
            found = _again(inner)
        case Both(parts):
            found = _together(list(map(_always, parts)))
        case Either(parts):
            found = _alternatives(parts)
        case Until(State(), State()):
            found = Stops.AGAIN_AND_AGAIN
    return found


def _again(part: Formula) -> Stops:
    """Of ``[]<>part``."""
    match part:
        case State():
            return Stops.AGAIN_AND_AGAIN
        case Eventually(inner):
            return _again(inner)
        case Always(inner):
            return stops(Eventually(Always(inner)))
    return Stops.UNKNOWN


def _alternatives(parts: tuple[Formula, ...]) -> Stops:
    """Of ``[](part or part or …)``.

    ``[](p or []q or []r)`` is p for ever, or until one of the others lasts. Of ``[](p or <>q)``
    each time at which q holds is one to stop at; where there is a last one, p holds ever after.
    """
    kinds = {type(part) for part in parts}
    plain = all(isinstance(getattr(part, "part", part), State) for part in parts)
    if not plain or not kinds <= {State, Always, Eventually}:
        return Stops.UNKNOWN
    if Eventually not in kinds:
        return Stops.FROM_SOME_TIME
    return Stops.UNKNOWN if Always in kinds else Stops.AGAIN_AND_AGAIN
