"""Rules with a known fault, by which nodes do what sound ones never do."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from milpbft.pov.reference.election import Ballot, Election
from milpbft.pov.reference.rules import Rules
from milpbft.sim.signatures import KeyRing

if TYPE_CHECKING:
    from milpbft.pov.voting import ElectionInstance


class Credulous(Rules):
    """Rules by which forged transactions are legal."""

    def genuine(self, verified: bool) -> bool:
        """Answer without looking."""
        return True


class Careless(Rules):
    """Rules by which any number of ballots is an election."""

    def enough(self, signatures: int) -> bool:
        """Answer without looking."""
        return True


def credulous(rules: Rules) -> Rules:
    """Return the same rules, by which forged transactions are legal."""
    return Credulous(**vars(rules))


def halved(rules: Rules) -> Rules:
    """Return the same rules, by which half of the commissioners are a quorum."""
    return replace(rules, quorum=rules.commissioners // 2)


def bribed(instance: ElectionInstance, *, sound: bool) -> int | None:
    """Return how many friends are elected by the ballots of Byzantine commissioners alone.

    None where these are no election: a butler may leave out only as many ballots as the rules say.

    Parameters
    ----------
    instance
        The election.
    sound
        Whether the rules are the right ones, or careless.
    """
    i = instance
    friends = [i.commissioners + j + (j >= i.butlers) for j in i.friendly]
    rivals = (i.commissioners + j + (j >= i.butlers) for j in i.rivals)
    tickets = tuple([*friends, *rivals][: i.votes])
    kind = Rules if sound else Careless
    rules = kind(i.commissioners, i.butlers, others=i.candidates - i.butlers, votes=i.votes)
    keys = KeyRing(rules.n)
    eligible = frozenset(range(i.commissioners, rules.n)) - {rules.server}
    cast = [
        Ballot.signed(c, 0, (), tuple(sorted(tickets)), keys)
        for c in range(i.commissioners - i.byzantine_commissioners, i.commissioners)
    ]
    election = Election(rules, keys, 0, eligible)
    if election.refuse_all(cast) is not None:
        return None
    return len(set(election.result(cast)) & set(friends))
