"""Certificates: signed votes of more than half of those who elect."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from milpbft.powm.reference.messages import Elected, Vote, encode

if TYPE_CHECKING:
    from collections.abc import Iterable

    from milpbft.sim.signatures import Signatures


@dataclass(frozen=True)
class Electorate:
    """Those who elect: the supports that are left, or all nodes where none is.

    With one support, it signs alone.
    """

    voters: frozenset[int]

    @property
    def quorum(self) -> int:
        """More than half."""
        return len(self.voters) // 2 + 1

    def elect(
        self, term: int, candidate: int, voting: Iterable[int], keys: Signatures,
        role: str = "active",
    ) -> Elected:  # fmt: skip
        """Collect the votes of `voting`; the certificate may fall short of a quorum."""
        vote = encode(Vote(term, candidate, role))
        signed = tuple((node, keys.sign(node, vote).hex()) for node in sorted(voting))
        return Elected(term, candidate, signed, role)

    def confirms(self, elected: Elected, keys: Signatures) -> bool:
        """Whether more than half really voted for that node in that term."""
        vote = encode(Vote(elected.term, elected.node, elected.role))
        good = {
            node
            for node, signature in elected.certificate
            if node in self.voters and keys.verify(node, vote, bytes.fromhex(signature))
        }
        return len(good) >= self.quorum
