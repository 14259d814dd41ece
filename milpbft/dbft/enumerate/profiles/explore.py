"""Exhaustive exploration of the replicas of a profile: the fewest acts of a lock.

Nothing here knows the protocol's rules, and no table or MILP is used: what a replica does is found
by running it (:mod:`milpbft.dbft.enumerate.profiles.lone`). Every order of deliveries, expired
timers and crashes is covered, and whatever one Byzantine node may say about the proposals that
there are (:mod:`milpbft.dbft.enumerate.profiles.moves` says why macro steps are enough).

**Never too many acts.** Parts of recovery messages are given wherever somebody could have them, so
that some runs are no runs of a network: the fewest acts that are found are a bound, as those of the
tables are, and from the other side nothing is shared. Where both agree and the run of the table is
replayed, the value is right.

**A lock** is a state in which everything that correct nodes sent was given to every node that is
up, all timers expire again and again, recovery messages are given as they are, and nobody acts,
though no node has a block that M commits sign. What a Byzantine node said is owed to nobody.

**Acts** are those that the tables count: proposals, responses, commits, change views, entries of
views, blocks believed in, crashes. Recovery traffic is none, nor is saying again what was said, nor
a change view by which a node agrees to enter a view.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from milpbft.dbft.enumerate.profiles.search import Found, Search
from milpbft.errors import InputError

if TYPE_CHECKING:
    from milpbft.dbft.reference.production.profile import Profile

NODES = 7


def explore_profile(
    profile: Profile,
    n: int = 4,
    *,
    views: int = 2,
    crashes: int = 0,
    byzantine: int = 0,
    restarts: int = 0,
    reloads: int = 0,
    until: Literal["lock", "fork"] = "lock",
    hurried: bool = False,
    limit: int = 100_000,
    most: int = 100,
) -> Found:
    """Look for the lock, or fork, with the fewest acts.

    Parameters
    ----------
    profile
        The rules of the nodes: one input at a time, and primaries that rotate by height.
    n
        Number of nodes, 4 to 7.
    views
        Views 0 to `views` - 1 are explored, 1 or 2; whoever would leave them ends the branch.
    crashes
        Most nodes that crash, whichever and whenever the adversary likes.
    byzantine
        0 or 1: whether one node is Byzantine from the start, whichever the adversary likes.
    restarts
        Most nodes that start again without memory, each once, whichever and whenever the adversary
        likes; with a Byzantine node besides where a fork is looked for.
    reloads
        Most nodes that reload their logs and have lost what was under way to them, recovery
        messages apart that come later. The latest moment is the worst; it counts as no act.
    until
        What is looked for.
    hurried
        Of a fork: whether acts that are left to it decide what is looked at first. That takes few
        states, and rests on what :mod:`milpbft.dbft.enumerate.profiles.remaining` says of commits.
    limit
        Most states to see, for each choice of the Byzantine node. A thousand take about a second.
    most
        Most acts.

    Raises
    ------
    InputError
        Where a number is out of its range, or the profile is not of one input at a time.
    """
    for field, value, low, high in (
        ("n", n, 4, NODES),
        ("views", views, 1, 2),
        ("crashes", crashes, 0, n),
        ("byzantine", byzantine, 0, 1),
        ("restarts", restarts, 0, 0 if byzantine and until == "lock" else n),
        ("reloads", reloads, 0, 0 if byzantine else n),
        ("hurried", hurried, 0, until == "fork"),
        ("limit", limit, 1, 10**9),
        ("most", most, 0, 100),
    ):
        if not low <= value <= high:
            raise InputError(field, value, f"a number from {low} to {high}")
    if (profile.inputs, profile.rotation) != ("one", "height"):
        raise InputError("profile", profile.inputs, "one input at a time, rotation by height")
    forks = until == "fork"
    if not byzantine:
        search = Search(
            profile,
            n,
            views,
            crashes,
            restarts=restarts,
            reloads=reloads,
            forks=forks,
            hurried=hurried,
        )
        return search.run(limit, most)
    primaries = [(n - view) % n for view in range(views)]
    other = next(node for node in range(n) if node not in primaries)
    return Found.joined(
        [
            Search(
                profile,
                n,
                views,
                crashes,
                liar=liar,
                restarts=restarts,
                forks=forks,
                hurried=hurried,
            ).run(limit, most)
            for liar in (*primaries, other)
        ]
    )
