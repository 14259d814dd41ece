"""Policies of a coalition in elections: every outcome of every draw, each played to its end."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass, field
from itertools import product
from typing import TYPE_CHECKING

from milpbft.errors import InputError
from milpbft.powm.reference.reading import number, word
from milpbft.powm.reference.tickets import Tickets
from milpbft.verdict import Verdict

if TYPE_CHECKING:
    from milpbft.schedule import Schedule

State = tuple[int, int, int]
"""Elections done, whether the coalition manages, redraws left."""


@dataclass
class Play:
    """Elections by ticket, of which the coalition's are the first.

    Parameters
    ----------
    tickets
        Of every node, one each.
    coalition, elections, redraws, lies
        w, K, V and l.
    final
        Whether who manages may drop solutions of others.
    drops
        Per state, how many of the ways to be in it are to be drawn anew.
    """

    tickets: int
    coalition: int
    elections: int
    redraws: int
    lies: int
    _: KW_ONLY
    final: bool
    drops: dict[State, int]
    managed: int = 0
    wrong: str = ""
    left: dict[State, int] = field(default_factory=dict)

    def run(self) -> int:
        """Play all outcomes; return the epochs that the coalition manages, summed over them."""
        self.left = dict(self.drops)
        self._go(0, 0, self.redraws)
        unused = [state for state, count in self.left.items() if count]
        if unused and not self.wrong:
            self.wrong = f"{self.left[unused[0]]} redraws in state {unused[0]} cannot happen"
        return self.managed

    def _go(self, k: int, ours: int, v: int) -> None:
        """Draw finder and elected, all pairs; drop, or go on with who is elected."""
        if k == self.elections or self.wrong:
            return
        lies = self.lies if ours else 0
        election = Tickets.shared(self.tickets, self.coalition, lies)
        later = self.elections + self.redraws - (k + 1) - (self.redraws - v)
        weight = self.tickets ** (2 * later)
        for finder, index in product(range(self.tickets), range(self.tickets)):
            elected = int(election.owner(index) == "coalition")
            may_drop = finder < self.coalition or (self.final and ours)
            if not elected and may_drop and v and self.left.get((k, ours, v), 0):
                self.left[k, ours, v] -= 1
                self._go(k, ours, v - 1)
                continue
            self.managed += weight * elected
            self._go(k + 1, elected, v)


def replay_elections(schedule: Schedule) -> Verdict:
    """Play the policy that a schedule says on all outcomes, and compare the value.

    Returns
    -------
    Verdict
        Of the check ``replay``: ``refuted`` where a redraw cannot happen, or the value is another.
    """
    aim = word(schedule, "objective", ("managed", "share"))
    names = ("tickets", "coalition", "elections", "redraws", "lies")
    final = word(schedule, "finaliser", ("peers", "manager")) == "manager"
    sizes = [number(schedule, name) for name in names]
    play = Play(*sizes, final=final, drops=_drops(schedule))
    managed, value = play.run(), number(schedule, "value")
    reason = play.wrong
    if not reason and aim == "managed" and managed != value:
        reason = f"managed: {managed} in the run, {value} in the schedule"
    if not reason and aim == "share":
        outcomes = play.tickets ** (2 * (play.elections + play.redraws))
        if play.coalition != value:
            reason = f"share: {play.coalition} tickets in the run, {value} in the schedule"
        elif 2 * managed < play.elections * outcomes:
            reason = f"{value} tickets manage {managed} of {play.elections * outcomes} epochs"
    return Verdict("replay", "refuted" if reason else "confirmed", reason)


def _drops(schedule: Schedule) -> dict[State, int]:
    found: dict[State, int] = {}
    for part in filter(None, schedule.settings.get("drops", "").split(",")):
        words = part.split(":")
        if len(words) != 4 or not all(one.isdecimal() for one in words):
            raise InputError("settings.drops", part, "election:manager:redraws:ways")
        k, manager, v, ways = map(int, words)
        found[k, manager, v] = ways
    return found
