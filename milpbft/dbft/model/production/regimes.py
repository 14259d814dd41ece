"""Regimes: what a production node does whose timer expires, as guards of the rule tables.

A node counts who is committed to its knowledge or failed. With at most f of them it asks for the
next view, and is then in view change and *refuses*; with more it asks for recovery, and takes
preparations again. What it knows is the adversary's choice until everything is delivered. So there
are three guards in view v:

- *refusing*: the adversary can bring a node there to ask for the next view;
- *certainly refusing*: with everything delivered it asks for it, whatever Byzantine nodes say;
- *certainly recovering*: with everything delivered it asks for recovery, likewise.

**Failed by view.** A node fails to another that has no message of its view or a later one of it.
The adversary lets a node ask if M nodes were in that view, Byzantine ones among them: each can say
something there, a request for recovery if nothing else, and commits can be withheld. Once all is
delivered, nodes are heard of that stand in the view, or left it and asked in it or later, and they
have committed nothing up to it: M of them, and all ask. Of those that ever were in the view all can
have been heard of but the committed: fewer than M of these and Byzantine nodes, and nobody asks.
Who counted few and asked counts more only once one that it has heard of is known to have committed;
it heard M.

**Failed by height.** Nobody who is up at the height below; only known commits count. A node
that keeps commits for later views counts those of its view and earlier ones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.automaton.condition import TRUE, Condition, at_least
from milpbft.automaton.linear import Linear
from milpbft.dbft.model.returning import ENOUGH
from milpbft.table import BYZANTINE, FAULTS, NODES, ONE, suffix

if TYPE_CHECKING:
    from milpbft.dbft.model.production.rules import Rules

QUORUM = NODES - FAULTS
"""M: production has no other."""


def standing(view: int) -> str:
    """Name the group of correct nodes that stand in a view and have neither committed nor block."""
    return f"standing_{view}"


def speaking(view: int) -> str:
    """Name the group of those, and of nodes in later views that asked in this one or later.

    Without the latter where nodes reload their logs: what they asked for may be lost, and what they
    say in a later view is put off.
    """
    return f"speaking_{view}"


def repeating(view: int) -> str:
    """Name the group of nodes that committed in a view and repeat that when their timer expires."""
    return f"repeating_{view}"


def entered(view: int) -> Linear:
    """Count the correct nodes that ever were in a view."""
    return NODES - BYZANTINE if view == 0 else Linear.of(f"in_{view}")


class Regimes:
    """The guards of a profile.

    Parameters
    ----------
    rules
        The profile.
    views, values
        Of the table.
    """

    def __init__(self, rules: Rules, views: int, values: int) -> None:
        self._rules = rules
        self._views = views
        self._values = values

    def _commits(self, views: range) -> Linear:
        names = (f"com_{view}{suffix(k)}" for view in views for k in range(self._values))
        return Linear.combine((name, 1) for name in names)

    def _known(self, view: int) -> Linear:
        """Count the commits that a node in a view counts once it has them."""
        early = self._rules.later == "commits"
        return self._commits(range(self._views if early else view + 1))

    def refusing(self, view: int) -> Condition:
        """``in_v + F >= M``, or always."""
        if self._rules.failed == "nobody":
            return TRUE
        return at_least(entered(view) + BYZANTINE - QUORUM)

    def certainly_refusing(self, view: int) -> Condition:
        """``speaking in v >= M``, or ``T >= F + commits``."""
        if self._rules.failed == "nobody":
            return at_least(FAULTS - BYZANTINE - self._known(view))
        return at_least(Linear.of(speaking(view)) - QUORUM)

    def recovering(self, view: int) -> Condition:
        """Say when a node that asked can be brought to count more: one commit of its view, or f+1.

        ``com_v + F >= 1``, or ``commits + F >= T + 1``.
        """
        if self._rules.failed == "nobody":
            return at_least(self._known(view) + BYZANTINE - ENOUGH)
        return at_least(self._commits(range(view, view + 1)) + BYZANTINE - ONE)

    def certainly_recovering(self, view: int) -> Condition:
        """``in_v - com_v + F < M``, or ``commits >= T + 1``."""
        if self._rules.failed == "nobody":
            return at_least(self._known(view) - ENOUGH)
        here = self._commits(range(view, view + 1))
        return at_least(QUORUM - 1 - entered(view) + here - BYZANTINE)

    def told(self, view: int) -> Condition:
        """Say when a committed node of a view tells all who stand there what it knows."""
        return at_least(Linear.of(repeating(view)) - 1)

    def told_anew(self, view: int) -> Condition:
        """Say when one that reloaded its log and asked takes that: it is told of f+1 commits."""
        there = Linear.combine((repeating(u), 1) for u in range(view + 1))
        return at_least(there - ENOUGH) & self.told(view)

    def told_again(self, view: int) -> Condition:
        """Say when one that asked takes that, since it certainly recovers."""
        return self.certainly_recovering(view) & self.told(view)
