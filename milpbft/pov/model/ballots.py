"""Ballots: how honest commissioners fill them in, and ballots that add up to given votes."""

from __future__ import annotations

from itertools import chain, repeat
from random import Random
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from milpbft.pov.voting import ElectionInstance

Ballot = tuple[int, ...]
"""Numbers of candidates, from 0, ascending."""


def honest_ballots(instance: ElectionInstance, voters: int) -> list[Ballot]:
    """Return the ballots of `voters` honest commissioners where they do not depend on scores.

    Honest candidates come first; only who has more tickets than there are honest candidates votes
    for others.
    """
    order = [*instance.rivals, *instance.friendly]
    votes, rivals = instance.votes, len(instance.rivals)
    if instance.honest == "random":
        return [
            tuple(sorted(Random(f"{instance.seed} {i}").sample(range(len(order)), votes)))
            for i in range(voters)
        ]
    if instance.honest == "same":
        return [tuple(sorted(order[:votes]))] * voters
    wanted, spare = min(votes, rivals), max(0, votes - rivals)
    ballots = []
    for i in range(voters):
        mine = {order[(i * wanted + k) % rivals] for k in range(wanted)} if rivals else set()
        mine |= {order[rivals + (i * spare + k) % instance.friends] for k in range(spare)}
        ballots.append(tuple(sorted(mine)))
    return ballots


def tally(ballots: Sequence[Ballot], candidates: int) -> NDArray[np.int64]:
    """Count votes per candidate."""
    return np.bincount([one for ballot in ballots for one in ballot], minlength=candidates)


def deal(votes: Sequence[int], ballots: int, first: Sequence[int] = ()) -> list[Ballot]:
    """Return `ballots` ballots of equal length that add up to `votes` per candidate.

    Tickets are dealt like cards, all of a candidate one after the other: no ballot gets two of a
    candidate, since none has more votes than there are ballots. Tickets of the candidates in
    `first` are dealt first, so that ballots have equally many of them, up to one.

    Parameters
    ----------
    votes
        Per candidate, 0 to `ballots`; the sum is a multiple of `ballots`.
    """
    if not ballots:
        return []
    order = [*first, *(one for one in range(len(votes)) if one not in set(first))]
    tickets = list(chain.from_iterable(repeat(one, int(votes[one])) for one in order))
    return [tuple(sorted(tickets[place::ballots])) for place in range(ballots)]
