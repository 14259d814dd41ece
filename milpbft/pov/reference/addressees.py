"""Addressees: whom a message of Proof of Vote is for; the network owes it to nobody else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.pov.reference.labels import Label

if TYPE_CHECKING:
    from collections.abc import Collection

    from milpbft.pov.reference.rules import Rules


def addressees(rules: Rules, kind: str, view: int) -> Collection[int]:
    """Return the nodes that a message of a round at height 1 is for.

    Proposals and calls for ballots are for commissioners, signatures and timestamps for the butler
    on duty in the view, requests for the time server, everything else for all others. Above height
    1 the butler on duty is not known without the chain: what is for it is then for nobody.
    """
    label = Label.parse(kind)
    commissioners = range(rules.commissioners)
    match label.base:
        case "Proposal" | "BallotRequest":
            return commissioners
        case "Signature" | "Timestamp":
            seat = rules.first_team[rules.seat(rules.first, view + 1)]
            return (seat,) if label.height == 1 else ()
        case "StampRequest":
            return (rules.server,)
    return [node for node in range(rules.n) if node != rules.server]
