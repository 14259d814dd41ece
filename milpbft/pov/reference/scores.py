"""A commissioner's private list of scores (section III J), and the ballot that it makes of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from random import Random
from typing import TYPE_CHECKING, TypeAlias

from milpbft.pov.reference.election import Ballot

if TYPE_CHECKING:
    from milpbft.pov.reference.ledger import Ledger
    from milpbft.pov.reference.rules import Rules
    from milpbft.sim.signatures import Signatures


Favourites: TypeAlias = Sequence[int] | Mapping[int, Sequence[int]]


class Scores:
    """What a commissioner thinks of each candidate.

    Parameters
    ----------
    node
        The commissioner.
    rules
        K, and how many tickets are designated.
    favourites
        Whom the commissioner designates, in this order ("human factors"); after them others by
        chance, which differs between commissioners and tenures and is the same in every run. By
        tenure, where they are not the same in all.
    """

    def __init__(self, node: int, rules: Rules, favourites: Favourites = ()) -> None:
        self._node = node
        self._rules = rules
        self._favourites = favourites
        self.points: Counter[int] = Counter()

    def signed(self, butler: int) -> None:
        """Give a point for a block that the commissioner signs."""
        self.points[butler] += 1

    def refused(self, butler: int) -> None:
        """Take a point for a block that it refuses."""
        self.points[butler] -= 1

    def missed(self, butler: int) -> None:
        """Clear the score of a butler who missed its block."""
        self.points[butler] = 0

    def ballot(self, ledger: Ledger, keys: Signatures) -> Ballot:
        """Fill in a ballot: designated tickets first, the others by score, then by node number."""
        eligible = ledger.eligible
        total = min(self._rules.votes, len(eligible))
        named = self._designate(ledger, min(self._rules.designated, total))
        rest = sorted(eligible - set(named), key=lambda node: (-self.points[node], node))
        by_score = tuple(rest[: total - len(named)])
        return Ballot.signed(self._node, ledger.tenure, by_score, named, keys)

    def _designate(self, ledger: Ledger, count: int) -> tuple[int, ...]:
        named = self._favourites
        if isinstance(named, Mapping):
            named = named.get(ledger.tenure, ())
        wanted = [node for node in dict.fromkeys(named) if node in ledger.eligible]
        others = sorted(ledger.eligible - set(wanted))
        Random(f"ballot {self._node} {ledger.tenure}").shuffle(others)
        return tuple((wanted + others)[:count])
