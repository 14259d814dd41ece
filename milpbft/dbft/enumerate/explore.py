"""Exhaustive exploration: every execution of dBFT 2.0 or 1.0 replicas for few nodes and views.

Nothing here knows the protocol's rules, and no automaton or MILP is used: what a replica does is
found by running it (:mod:`milpbft.dbft.enumerate.local`).

**Why undelivered messages are no part of a state.** Any message may reach anybody at any later
time, so a delivery can be postponed to the act that needs it. Take any execution. Let each node be
shown, right before each of its acts, no more of the messages it had by then than this act takes. It
does the same acts in the same order: a replica that was shown less does nothing earlier, and what
it has now suffices. So it is enough to follow executions in which messages are shown just in time.
A state is what each node has done and what it was shown for that, as far as that can still count.
Where all that makes a node act makes it act twice at once, that is one transition of two acts.
Timers are free: one expires whenever the adversary likes.

**Why senders are counts.** Replicas compare numbers of distinct senders with thresholds. Primaries
of the views explored are told apart; the other backups are not, and states that differ by a
permutation of them are one state.

**Byzantine nodes** sign what they like and show it to whom they like. They are counted only where
correct senders do not suffice, since what a node was shown stays with it, and would count at the
end. They cannot foresee what a correct primary will propose.

**A liveness lock** is a state in which all that correct and crashed nodes sent is delivered to
every correct node, every timer expires, and the replicas stay silent, recovery messages apart,
although too few have a block. What Byzantine nodes sent is owed to nobody.

**Who starts again** knows nothing, not even what it sent; what was sent may come again, but for
that. Others count it once for what it says twice.

**Acts** are counted: propose, respond, commit, ask for a view change, enter a view, accept,
crash, start again.
A ChangeView that only announces that its sender enters a view is part of entering.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.dbft.enumerate.catalogue import Catalogue
from milpbft.dbft.enumerate.search import Search
from milpbft.dbft.enumerate.space import Space
from milpbft.dbft.enumerate.tally import MOST
from milpbft.dbft.reference.reference import DbftReference
from milpbft.dbft.returns import ReturnRule
from milpbft.errors import InputError

if TYPE_CHECKING:
    from milpbft.dbft.enumerate.exploration import Exploration, Goal
    from milpbft.dbft.reference.replica import Replica
    from milpbft.dbft.reference.rules import Rules


def explore(
    rules: Rules,
    *,
    views: int = 2,
    crashes: int = 0,
    byzantine: int = 0,
    restarts: int = 0,
    each: int = 1,
    losses: int = 0,
    reloads: int = 0,
    fetch: bool = True,
    limit: int = 1_000_000,
    until: Goal | None = None,
    replica: type[Replica] | None = None,
    family: type[DbftReference] = DbftReference,
) -> Exploration:
    """Enumerate the executions of the replicas of one network.

    Parameters
    ----------
    rules
        What the network agrees on; at most 31 nodes.
    views
        Views 0 to `views` - 1 are explored, 1 to n; whoever would leave them ends the branch.
    crashes
        Most nodes that crash, whichever and whenever the adversary likes.
    byzantine
        How many nodes are Byzantine from the start, whichever the adversary likes.
    restarts, each
        How often correct nodes start again without memory at most, together and each of them.
    losses
        Most messages that the network loses for good, each from one correct node to another, in two
        views at most. While a run goes on a lost message is a late one; at rest it is not owed.
        Recovery messages are lost as well. What a Byzantine node showed somebody stays with it.
    reloads
        Most nodes that reload their logs: of messages that they have not been shown by then, they
        are shown none later. At rest that is all that is owed to them.
    fetch
        Block fetch: a correct node that is done gives its block to the others, so that a lock needs
        every correct node to be without one. Without it, fewer than M may be done.
    limit
        Most states to see, at least 1. A million take about a minute and half a gigabyte.
    until
        Stop at the first lock or fork, which is one with the fewest acts.
    replica
        The class of correct nodes, by default the protocol's own; tests put faulty ones here.
    family
        The reference of dBFT 2.0 or 1.0. Those of dBFT 2.1 do more where they were shown less.

    Raises
    ------
    InputError
        Where a number is out of its range, or the return rule counts lost nodes: then a node does
        more where it was shown less, and messages just in time are not all that matters.
    """
    for field, value, low, high in (
        ("n", rules.n, 1, MOST),
        ("views", views, 1, rules.n),
        ("crashes", crashes, 0, rules.n),
        ("byzantine", byzantine, 0, rules.n),
        ("restarts", restarts, 0, 100),
        ("each", each, 0, 100),
        ("reloads", reloads, 0, 0 if byzantine or restarts or losses else 100),
        ("losses", losses, 0, 0 if restarts or views > 2 else 100),
        ("limit", limit, 1, 10**9),
    ):
        if not low <= value <= high:
            raise InputError(field, value, f"a number from {low} to {high}")
    if rules.returns is ReturnRule.COMMITTED_OR_LOST:
        allowed = [rule.value for rule in ReturnRule if rule is not rules.returns]
        raise InputError("returns", rules.returns.value, f"one of {', '.join(allowed)}")
    catalogue = Catalogue(rules, views, 2 if byzantine else 1, replica, family)
    space = Space(catalogue, rules.n, views, restarts=restarts > 0)
    search = Search(
        rules,
        space,
        crashes,
        byzantine,
        fetch=fetch,
        restarts=restarts,
        each=each,
        losses=losses,
        reloads=reloads,
    )
    return search.run(limit, until)
