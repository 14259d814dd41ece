"""Race: a solution is public as soon as it is told, so whoever is nearer can claim it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from milpbft.powm.reference.messages import Envelope, Solution

if TYPE_CHECKING:
    from collections.abc import Mapping

    from milpbft.powm.reference.manager import Manager
    from milpbft.powm.reference.record import Record

Credited = Literal["sender", "owner"]


def credited(
    record: Record, nonce: int, finder: int, *, thieves: tuple[int, ...],
    delay: Mapping[tuple[int, int], int], manager: Manager, rule: Credited,
) -> int | None:  # fmt: skip
    """Return who is credited with a solution: nothing in record and nonce names who found it.

    Parameters
    ----------
    record, nonce, finder
        What is solved, by what, by whom.
    thieves
        Nodes that send a solution that they hear as their own.
    delay
        Ticks from a node to another.
    manager
        The active one: the first solution that gets to it counts (III-K.1).
    rule
        ``sender``: whoever sent it. ``owner``: to whom the nonce was granted.

    Returns
    -------
    int or None
        None where the nonce does not solve the record, or by ``owner`` is nobody's.
    """
    sent = [(delay[finder, manager.node], finder)]
    sent += [(delay[finder, one] + delay[one, manager.node], one) for one in thieves]
    said = Solution(record.height, nonce)
    for _, node in sorted(sent):
        envelope = Envelope.sealed(node, said, manager.keys)
        if envelope.genuine(manager.keys) and record.valid(nonce):
            return node if rule == "sender" else manager.owner(nonce)
    return None
