"""Entry: a node that joins believes only managers whose election it can trace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.powm.reference.certificates import Electorate
from milpbft.powm.reference.messages import Snapshot

if TYPE_CHECKING:
    from milpbft.powm.reference.messages import Envelope
    from milpbft.sim.signatures import Signatures


def traced(envelope: Envelope, genesis: frozenset[int], keys: Signatures) -> tuple[int, int] | None:
    """Return term and manager that a snapshot proves; None where its chain of elections breaks.

    Parameters
    ----------
    envelope
        A signed :class:`Snapshot`, from anybody: who sends it need not be believed.
    genesis
        The managers of the genesis block, which every node knows.
    keys
        Of the network.

    Notes
    -----
    Terms rise by one from 1 on, each with votes of more than half of an electorate. Electorates of
    managers are parts of the team of genesis, or of those who entered it by such a certificate; an
    electorate without any of them, all nodes where no manager was left, is believed as it is said,
    since the paper does not tell how a newcomer can know all nodes.
    """
    said = envelope.message
    if not isinstance(said, Snapshot) or not envelope.genuine(keys):
        return None
    term, manager, team = 0, 0, set(genesis)
    for elected, voters in said.certificates:
        known = set(voters) <= team or not set(voters) & team
        if not (known and Electorate(frozenset(voters)).confirms(elected, keys)):
            return None
        if elected.role == "support" and elected.term == term:
            team.add(elected.node)
        elif elected.role == "active" and elected.term == term + 1:
            term, manager = elected.term, elected.node
        else:
            return None
    return term, manager
