"""Rules with a known fault, by which nodes do what sound ones never do."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from milpbft.pov.reference.election import Ballot, Election
from milpbft.pov.reference.rules import Rules
from milpbft.sim.signatures import KeyRing

if TYPE_CHECKING:
    from collections.abc import Callable

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


class Wanton(Rules):
    """Rules by which a commissioner signs any number of headers."""

    def bound(self, signed: bool) -> bool:
        """Answer without looking."""
        return False


class Late(Rules):
    """Rules by which a block may be confirmed at any time after the one before."""

    def in_time(self, timestamp: int, previous: int, cycle: int) -> bool:
        """Answer without T_cut."""
        return previous <= timestamp


class Hasty(Rules):
    """Rules by which a cycle is over for blocks when half of it is."""

    def in_time(self, timestamp: int, previous: int, cycle: int) -> bool:
        """Answer half a cycle before T_cut."""
        return previous <= timestamp < self.cutoff(previous, cycle) - self.cycle // 2


def credulous(rules: Rules) -> Rules:
    """Return the same rules, by which forged transactions are legal."""
    return Credulous(**vars(rules))


def halved(rules: Rules) -> Rules:
    """Return the same rules, by which half of the commissioners are a quorum."""
    return replace(rules, quorum=rules.commissioners // 2)


def lone(rules: Rules) -> Rules:
    """Return the same rules, by which one signature is a quorum."""
    return replace(rules, quorum=1)


def greedy(rules: Rules) -> Rules:
    """Return the same rules, by which it takes the signatures of all commissioners."""
    return replace(rules, quorum=rules.commissioners)


def deaf(rules: Rules) -> Rules:
    """Return the same rules, by which nobody asks for blocks."""
    return replace(rules, fetch=False)


def wanton(rules: Rules) -> Rules:
    """Return the same rules, by which a commissioner signs any number of headers."""
    return Wanton(**vars(rules))


def late(rules: Rules) -> Rules:
    """Return the same rules, by which no block comes too late."""
    return Late(**vars(rules))


def hasty(rules: Rules) -> Rules:
    """Return the same rules, by which blocks come too late after half a cycle."""
    return Hasty(**vars(rules))


MUTANTS: tuple[Callable[[Rules], Rules], ...] = (
    credulous, halved, lone, greedy, deaf, wanton, late, hasty,
)  # fmt: skip
"""Rules with a known fault, of the same network."""


def careless(instance: ElectionInstance) -> int | None:
    """Return how few Byzantine commissioners seat more than half by their own ballots alone.

    None where no number of them does, up to that of the instance. By sound rules such ballots are
    an election from a quorum on.
    """
    for number in range(1, instance.byzantine_commissioners + 1):
        told = instance.model_copy(update={"byzantine_commissioners": number})
        if 2 * (bribed(told, sound=False) or 0) > instance.butlers:
            return number
    return None


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
