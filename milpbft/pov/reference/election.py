"""Elections (section III F): ballots of score tickets and designated tickets, and their count."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from milpbft.pov.reference.encoding import digest, encode
from milpbft.pov.reference.rules import VACANT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from milpbft.pov.reference.rules import Rules
    from milpbft.sim.signatures import Signatures


@dataclass(frozen=True)
class Ballot:
    """A commissioner's votes in the election at the end of `tenure`.

    Parameters
    ----------
    by_score
        Candidates voted for with score tickets.
    designated
        Candidates voted for with designated tickets.
    signature
        Of the commissioner over all this.
    """

    commissioner: int
    tenure: int
    by_score: tuple[int, ...]
    designated: tuple[int, ...]
    signature: bytes

    @property
    def tickets(self) -> tuple[int, ...]:
        """All candidates voted for."""
        return self.by_score + self.designated

    @cached_property
    def content(self) -> bytes:
        """What the commissioner signs."""
        return encode("ballot", self.commissioner, self.tenure, self.by_score, self.designated)

    @cached_property
    def digest(self) -> bytes:
        """Hash of content and signature."""
        return digest(self.content, self.signature)

    @classmethod
    def signed(
        cls,
        commissioner: int,
        tenure: int,
        by_score: tuple[int, ...],
        designated: tuple[int, ...],
        keys: Signatures,
    ) -> Ballot:
        """Fill in a ballot with the key of `commissioner`."""
        bare = cls(commissioner, tenure, by_score, designated, b"")
        signature = keys.sign(commissioner, bare.content)
        return cls(commissioner, tenure, by_score, designated, signature)


class Election:
    """The count of one election.

    Parameters
    ----------
    rules
        N_b and K.
    keys
        Verify ballots.
    tenure
        The tenure that ends.
    eligible
        Candidates and butlers who run.
    lot
        What ties are drawn from, where they are drawn.
    """

    def __init__(
        self,
        rules: Rules,
        keys: Signatures,
        tenure: int,
        eligible: frozenset[int],
        lot: bytes = b"",
    ) -> None:
        self._rules = rules
        self._keys = keys
        self._tenure = tenure
        self._eligible = eligible
        self._lot = lot

    @property
    def tickets(self) -> int:
        """Tickets that a ballot must have: K, or one for each candidate where there are fewer."""
        return min(self._rules.votes, len(self._eligible))

    def refuse(self, ballot: Ballot) -> str | None:
        """Say why a ballot does not count; None where it does."""
        return next(self._objections(ballot), None)

    def _objections(self, ballot: Ballot) -> Iterator[str]:
        if ballot.commissioner not in self._rules.commission(self._tenure):
            yield "ballot of no commissioner"
        if not self._keys.verify(ballot.commissioner, ballot.content, ballot.signature):
            yield "forged ballot"
        if ballot.tenure != self._tenure:
            yield "ballot of another tenure"
        if self._rules.repeats(ballot.tickets):
            yield "ticket used twice"
        if len(ballot.tickets) != self.tickets:
            yield f"ballot without exactly {self.tickets} tickets"
        if not self._eligible.issuperset(ballot.tickets):
            yield "vote for no candidate"

    def refuse_all(self, ballots: Sequence[Ballot]) -> str | None:
        """Say why these ballots are no basis for an election; None where they are one.

        The paper does not say how many are needed; here it is a quorum, so that Byzantine
        commissioners alone can neither hold nor stop an election.
        """
        if len({ballot.commissioner for ballot in ballots}) < len(ballots):
            return "two ballots of a commissioner"
        if not self._rules.enough(len(ballots)):
            return "too few ballots"
        return next((reason for b in ballots if (reason := self.refuse(b))), None)

    def result(self, ballots: Iterable[Ballot]) -> tuple[int, ...]:
        """Return who is elected, in the order of their numbers in the new team.

        The N_b candidates with most votes; of equals the one with the lower node number, which the
        paper leaves open, or the one that the lot draws first. Seats that nobody is eligible for
        are vacant.
        """
        votes = Counter(ticket for ballot in ballots for ticket in ballot.tickets)
        order = self._rules.ties(self._eligible, self._lot)
        ranked = sorted(order, key=lambda node: -votes[node])
        seats = ranked[: self._rules.butlers]
        return (*seats, *(VACANT,) * (self._rules.butlers - len(seats)))
