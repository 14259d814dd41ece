"""The best a coalition can do in elections: dynamic programming in fractions."""

from __future__ import annotations

from fractions import Fraction
from functools import cache


def managed(
    tickets: int,
    coalition: int,
    elections: int,
    redraws: int = 0,
    lies: int = 0,
    *,
    final: bool = False,
) -> Fraction:
    """Return the greatest mean number of epochs that the coalition manages.

    From the last election backwards: a solution that the coalition may drop is dropped where what
    follows is worth more with a new draw, and one redraw less.
    """
    w = Fraction(coalition, tickets)

    @cache
    def worth(left: int, ours: bool, drops: int) -> Fraction:
        if not left:
            return Fraction(0)
        elects = Fraction(min(tickets, coalition + lies) if ours else coalition, tickets)
        won = elects * (1 + worth(left - 1, True, drops))
        others = worth(left - 1, False, drops)
        again = worth(left, ours, drops - 1) if drops else others
        may_drop = Fraction(1) if final and ours else w
        return won + (1 - elects) * (may_drop * max(others, again) + (1 - may_drop) * others)

    return worth(elections, False, redraws)


def fewest_tickets(
    tickets: int, elections: int, redraws: int = 0, lies: int = 0, *, final: bool = False
) -> int:
    """Return the fewest tickets with which a coalition manages half of the epochs or more."""
    return next(
        w
        for w in range(tickets + 1)
        if 2 * managed(tickets, w, elections, redraws, lies, final=final) >= elections
    )
