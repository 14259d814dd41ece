"""What Byzantine nodes of dBFT 2.1 say: whatever they can sign, to whom they like, at any time.

They know no proposal of a correct primary before it was sent. What they say is owed to nobody; but
whoever was shown it has it at rest too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from milpbft.dbft.enumerate.staged.messages import KEPT, kind_of
from milpbft.dbft.reference.messages import PrepareRequest

if TYPE_CHECKING:
    from milpbft.dbft.enumerate.catalogue import Label
    from milpbft.dbft.enumerate.staged.messages import Messages


@dataclass(frozen=True)
class Liars:
    """The Byzantine nodes of a search.

    Parameters
    ----------
    nodes
        Who they are.
    says
        What they can say.
    possible
        What can be said at all, by others too.
    holding
        What of `says` may keep a node from an act.
    later
        Pairs of a request of a correct primary, and what they can say once it was sent.
    """

    nodes: frozenset[int]
    says: int
    possible: int
    holding: int
    later: tuple[tuple[int, int], ...]

    @classmethod
    def among(cls, messages: Messages, nodes: frozenset[int], values: int) -> Liars:
        """Return them.

        Parameters
        ----------
        messages
            That nodes can sign.
        nodes
            Who they are.
        values
            How many proposals a Byzantine primary makes; about others its like may speak.
        """
        catalogue = messages.catalogue
        says = possible = holding = 0
        later: dict[int, int] = {}
        for (kind, view), sender in messages.names:
            bit, label = messages.bit((kind, view), sender), (kind, view)
            primary = catalogue.primary(view)
            if kind != kind_of(kind):
                proposed = values > 1 and primary in nodes
                if not proposed and (sender not in nodes or kind_of(kind) == PrepareRequest.kind):
                    continue
            possible |= bit
            if sender not in nodes:
                continue
            says |= bit
            holding |= bit if _holds(label) else 0
            if catalogue.concerns_first(label) and primary not in nodes:
                request = messages.bit((PrepareRequest.kind, view), primary)
                later[request] = later.get(request, 0) | bit
        return cls(nodes, says, possible, holding, tuple(later.items()))

    def unsaid(self, said: int) -> int:
        """Return what they cannot say yet, of what has been said by all."""
        return sum(bits for request, bits in self.later if not request & said)


def _holds(label: Label) -> bool:
    """Whether a message may keep a node from an act: a request makes it drop what is of others."""
    kind = kind_of(label[0])
    return kind in KEPT or kind == PrepareRequest.kind
