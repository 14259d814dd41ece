"""Exhaustive exploration: every execution of dBFT 2.1 replicas for few nodes and views.

Nothing here knows the protocol's rules, and no automaton or MILP is used: what a replica does is
found by running it (:mod:`milpbft.dbft.enumerate.staged.lone`). As in
:mod:`milpbft.dbft.enumerate.explore` messages are shown just in time, states are followed in the
order of their acts, and nodes that are no primaries are interchangeable; what differs:

**Senders have names.** Guards of dBFT 2.1 count who sent one of two kinds of message.

**Who was shown less may do more.** A node that knows more than f commits, or a ChangeView3, is kept
from some acts. But no act takes such a message beside others that it keeps from being used, and
what keeps a node from an act comes late where the network likes: so a smallest set of messages for
each act is enough again, and only what is owed at rest is told from what was shown.

**Messages of one act.** Which kinds an act takes together says
:meth:`~milpbft.dbft.enumerate.staged.messages.Messages.groups`. Tests hold that, and that smallest
sets are enough, to random sets of messages. Of larger groups as many as a request and a quorum are
tried.

**The last view.** Who would leave the views explored ends the branch, so that what it can do in the
same moment before it leaves, by other messages, is not followed. In one view nothing else is left
out.

**Forgetting.** Requests, responses and change views of the first two stages that a node was shown
for an act of its view can be shown again, and keep it from nothing: where nothing is ever missed,
states that differ in them are one. Tests compare both ways.

**Byzantine nodes** are told apart too: one search for each way to choose them
(:mod:`milpbft.dbft.enumerate.staged.liars`). Their lies are shown as messages of others are.

**At rest** each node is shown all that others sent, or all but what is lost, and lies that keep it
still; its timer expires then; and it does nothing, recovery messages apart.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import combinations
from typing import TYPE_CHECKING

from milpbft.dbft.enumerate.catalogue import Catalogue
from milpbft.dbft.enumerate.staged.liars import Liars
from milpbft.dbft.enumerate.staged.lone import Lone
from milpbft.dbft.enumerate.staged.messages import Messages
from milpbft.dbft.enumerate.staged.search import Faults, Found, Search
from milpbft.dbft.reference.v21.reference import Dbft21Reference
from milpbft.dbft.reference.v21.replica import Replica21
from milpbft.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from milpbft.dbft.enumerate.exploration import Goal
    from milpbft.dbft.reference.rules import Rules

NODES = 5


def explore_staged(
    rules: Rules,
    *,
    views: int = 1,
    faults: Faults | None = None,
    values: int = 1,
    fetch: bool = True,
    limit: int = 1_000_000,
    until: Goal | None = None,
    forgetful: bool = True,
    replica: type[Replica21] | None = None,
) -> Found:
    """Enumerate the executions of the replicas of one network.

    Parameters
    ----------
    rules
        What the network agrees on; at most 5 nodes.
    views
        Views 0 to `views` - 1 are explored, 1 or 2; whoever would leave them ends the branch.
    faults
        How much of each there may be; none where nothing is said. One kind of restart or loss.
    values
        How many proposals a Byzantine primary makes, 1 or 2.
    fetch
        Block fetch: a correct node that is done gives its block to the others, so that a lock needs
        every correct node to be without one. Without it, fewer than M may be done.
    limit
        Most states to see, at least 1, of each way to choose Byzantine nodes. A thousand take about
        half a second.
    until
        Stop at the first lock or fork, which is one with the fewest acts.
    forgetful
        Whether nodes forget what they can be shown again, see above. Not where messages are missed.
    replica
        The class of correct nodes, by default the protocol's own; tests put faulty ones here.

    Raises
    ------
    InputError
        Where a number is out of its range.
    """
    faults = faults or Faults()
    missed = faults.reloads + faults.losses > 0
    for field, value, low, high in (
        ("n", rules.n, 4, NODES),
        ("views", views, 1, 2),
        ("crashes", faults.crashes, 0, rules.n),
        ("restarts", faults.restarts, 0, 0 if missed else rules.n),
        ("reloads", faults.reloads, 0, 0 if faults.losses else rules.n),
        ("losses", faults.losses, 0, 100),
        ("byzantine", faults.byzantine, 0, 0 if faults.reloads else rules.n),
        ("values", values, 1, 2),
        ("limit", limit, 1, 10**9),
    ):
        if not low <= value <= high:
            raise InputError(field, value, f"a number from {low} to {high}")
    forgetful &= not missed and not faults.byzantine
    enough = 1 if fetch else rules.usual_quorum
    found = Found()
    for liars in _choices(rules.n, views, faults.byzantine):
        if replica is None:
            lone = _usual(rules, views, liars, values, forgetful=forgetful)
        else:
            lone = _lone(rules, views, liars, values, replica, forgetful=forgetful)
        found = found.with_(Search(lone, views, faults, enough).run(limit, until))
    return found


def _choices(n: int, views: int, byzantine: int) -> Iterator[frozenset[int]]:
    """Yield who may be Byzantine, up to the names of nodes that lead no view."""
    for leading in range(min(views, byzantine) + 1):
        others = range(n - (byzantine - leading), n)
        if views <= others.start:
            for primaries in combinations(range(views), leading):
                yield frozenset({*primaries, *others})


@lru_cache(maxsize=8)
def _usual(
    rules: Rules, views: int, liars: frozenset[int], values: int, *, forgetful: bool
) -> Lone:
    """Return the states of single nodes, which searches share."""
    return _lone(rules, views, liars, values, Replica21, forgetful=forgetful)


def _lone(
    rules: Rules,
    views: int,
    liars: frozenset[int],
    values: int,
    replica: type[Replica21],
    *,
    forgetful: bool,
) -> Lone:
    catalogue = Catalogue(rules, views, 2 if liars else 1, replica, Dbft21Reference)
    messages = Messages(catalogue)
    lies = Liars.among(messages, liars, values) if liars else None
    return Lone(messages, rules.n, rules.commit_quorum, forgetful=forgetful, liars=lies)
