"""The management team: expulsion by a majority of the others, pay by full consensus."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from milpbft.powm.reference.messages import Expel, PayVote, encode

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from milpbft.powm.reference.manager import Manager
    from milpbft.powm.reference.messages import Envelope
    from milpbft.sim.signatures import Signatures

UNTRACEABLE, DIFFERS = "untraceable election", "its data differ"


def expelled(votes: Iterable[Envelope], team: Collection[int], keys: Signatures) -> list[int]:
    """Return who is expelled, in the order of votes: by more than half of the *other* managers.

    A reading: the paper says that "the others will expel" (III.1). Who is expelled votes no more.
    """
    against: dict[int, set[int]] = {}
    gone: list[int] = []
    for envelope in votes:
        vote = envelope.message
        if not isinstance(vote, Expel) or not keys.verify(
            envelope.sender, encode(vote), envelope.signature
        ):
            continue
        if envelope.sender not in team or envelope.sender in (*gone, vote.node):
            continue
        voters = against.setdefault(vote.node, set())
        voters.add(envelope.sender)
        others = [one for one in team if one not in (*gone, vote.node)]
        if (
            vote.node in team
            and vote.node not in gone
            and 2 * len(voters - set(gone)) > len(others)
        ):
            gone.append(vote.node)
    return gone


def suspects(team: Iterable[Manager]) -> list[int]:
    """Return the managers whose cursor or ledger differ from those of most."""
    held = {m.node: (m.cursor, tuple(sorted(m.ledger))) for m in team}
    usual = Counter(held.values()).most_common(1)
    return sorted(node for node, data in held.items() if data != usual[0][0])


def paid(
    votes: Iterable[Envelope], team: Collection[int], digest: str, height: int, keys: Signatures
) -> bool:
    """Whether all managers agree to one distribution (III-D: only by full consensus)."""
    wanted = PayVote(height, digest)
    agree = {
        one.sender
        for one in votes
        if one.message == wanted and one.genuine(keys) and one.sender in team
    }
    return agree == set(team)
