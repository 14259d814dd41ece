"""Views: whether a question about delays needs more views than are modelled.

Who leaves the last modelled view is lost to the model, and would be taken to wait for ever. So an
optimum of a delay is one only if no run leaves the views before the decision that is asked for:
up to that tick such a run is modelled, and from then on it is not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.automaton.pernode.rows import Affine

if TYPE_CHECKING:
    from milpbft.automaton.pernode.encoding import PerNode
    from milpbft.question.objective import Goal


def stay(encoded: PerNode) -> None:
    """No node leaves the modelled views: ``left[i,T] <= 0``."""
    left = frozenset(encoded.table.left)
    for i in range(encoded.n):
        encoded.rows.at_most("in_model", encoded.nodes.within(i, left, encoded.horizon))


def leave(encoded: PerNode, goal: Goal) -> None:
    """Ask for a run that leaves the views before the decision of a delay.

    For one tick t, ``sum leaves[t] = 1``: some node has left by its end, ``leaves[t] <= sum(i)
    left[i,t]``, and nobody who never crashes has decided by then, ``leaves[t] + done[i,t] <= 1 +
    falls[i]``; or, where the last decision is asked for, one correct node has not:
    ``sum watched[i] = 1``, ``watched[i] + faulty[i] <= 1``,
    ``leaves[t] + watched[i] + done[i,t] <= 2``.
    """
    nodes, rows, left = encoded.nodes, encoded.rows, frozenset(encoded.table.left)
    leaves = encoded.binaries("leaves", encoded.horizon + 1)
    rows.equal("leaves", Affine.total(leaves), 1)
    watched = encoded.binaries("watched", encoded.n) if goal.of == "last" else None
    if watched is not None:
        rows.equal("watched", Affine.total(watched), 1)
        for i, sees in enumerate(watched):
            faulty = nodes.liar(i) + nodes.crashed(i, encoded.horizon)
            rows.at_most("watched", sees + faulty, 1)
    for tick, here in enumerate(leaves):
        gone = (nodes.within(i, left, tick) for i in range(encoded.n))
        rows.at_most("leaves", here, Affine.total(gone))
        for i in range(encoded.n):
            if watched is None:
                rows.at_most("undecided", here + nodes.done(i, tick), nodes.falls(i) + 1)
            else:
                rows.at_most("undecided", here + watched[i] + nodes.done(i, tick), 2)
