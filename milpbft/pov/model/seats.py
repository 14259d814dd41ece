"""Seats of an election in closed form, where honest votes are known not to go to friends.

A friend with t votes is elected unless N_b others rank higher. Of x friends that are to be elected,
each needs as many votes as the honest candidate who would take the last of their seats, the
(N_b - x + 1)-th, or one more where ties are lost; a commissioners with K votes each can give t
votes to each of x candidates if and only if t <= a and x t <= a K.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from milpbft.errors import InputError
from milpbft.pov.model.ballots import honest_ballots, tally

if TYPE_CHECKING:
    from milpbft.pov.voting import ElectionInstance


def most_seats(instance: ElectionInstance, byzantine: int | None = None) -> int:
    """Return the most friends that are elected.

    Parameters
    ----------
    Byzantine
        a; that of the instance by default.

    Raises
    ------
    InputError
        Where honest ballots can name friends: with random votes; with more tickets than honest
        candidates; with scores unless all honest candidates are trusted, and no ticket designated.
        Where ties are drawn.
    """
    a = instance.byzantine_commissioners if byzantine is None else byzantine
    _check(instance)
    if instance.ties == "drawn":
        raise InputError("ties", instance.ties, "won or lost")
    if instance.honest == "scores":
        return _most_by_scores(instance, a)
    votes = tally(honest_ballots(instance, instance.voters(a)), instance.candidates)
    honest = np.sort(votes[list(instance.rivals)])[::-1].tolist()
    if instance.votes > instance.friends:
        return _most_with_spare(instance, a, honest)
    feasible = [x for x in range(_limit(instance) + 1) if _wins(instance, a, honest, x)]
    return max(feasible)


def least_byzantine(instance: ElectionInstance) -> int | None:
    """Return the fewest commissioners who elect a majority; None where all `byzantine` do not."""
    for a in range(instance.byzantine_commissioners + 1):
        if most_seats(instance, a) > instance.butlers // 2:
            return a
    return None


def _check(instance: ElectionInstance) -> None:
    rivals = len(instance.rivals)
    if instance.honest == "random" or instance.votes > rivals:
        raise InputError("votes", instance.votes, "honest ballots that name no friend")
    if instance.honest == "scores":
        if instance.trusted != rivals or instance.designated:
            raise InputError("trusted", instance.trusted, f"all {rivals} honest candidates")
        if instance.votes > instance.friends:
            raise InputError("votes", instance.votes, f"{instance.friends} at most, the friends")


def _limit(instance: ElectionInstance) -> int:
    return min(instance.friends, instance.butlers)


def _needed(instance: ElectionInstance, rival: int | None) -> int:
    """Return the votes that beat a rival with so many votes; None for no rival."""
    if rival is None:
        return 0
    return rival if instance.ties == "won" else rival + 1


def _wins(instance: ElectionInstance, a: int, honest: list[int], seats: int) -> bool:
    place = instance.butlers - seats
    rival = honest[place] if place < len(honest) else None
    return _affords(instance, a, seats, _needed(instance, rival))


def _affords(instance: ElectionInstance, a: int, seats: int, needed: int) -> bool:
    return not seats or (needed <= a and seats * needed <= a * instance.votes)


def _most_with_spare(instance: ElectionInstance, a: int, honest: list[int]) -> int:
    """All friends have a votes; the other a (K - d) tickets go where they do least harm.

    An honest candidate with h votes takes limit - h of them, limit the most that a friend still
    beats, or min(a, ...) = a of them if it beats friends anyway. Who must be lifted above friends
    is whom it takes fewest tickets more of: the ones with most votes.
    """
    most = a if instance.ties == "won" else a - 1
    above = [h for h in honest if h > most]
    below = sorted((h for h in honest if h <= most), reverse=True)
    spare = a * (instance.votes - instance.friends) - a * len(above)
    spare -= sum(min(a, most - h) for h in below)
    lifted = 0
    for h in below:
        if spare <= 0:
            break
        spare -= a - min(a, most - h)
        lifted += 1
    return max(0, min(_limit(instance), instance.butlers - len(above) - lifted))


def _most_by_scores(instance: ElectionInstance, a: int) -> int:
    """Honest votes that help most: on the honest candidates that are elected, the rest spread.

    With w = N_b - x of these, h voters have h max(0, K - w) votes left for the other honest
    candidates, of whom one then has at least their mean, rounded up.
    """
    voters, rivals = instance.voters(a), len(instance.rivals)
    feasible = [0]
    for x in range(1, _limit(instance) + 1):
        winners = instance.butlers - x
        losers = rivals - winners
        rival = None if losers <= 0 else -(-voters * max(0, instance.votes - winners) // losers)
        if _affords(instance, a, x, _needed(instance, rival)):
            feasible.append(x)
    return max(feasible)
