"""What all nodes of a network share."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from milpbft.dbft.reference.replica import GENESIS

if TYPE_CHECKING:
    from milpbft.dbft.reference.messages import Envelope
    from milpbft.dbft.reference.production.profile import Profile
    from milpbft.dbft.reference.rules import Rules
    from milpbft.sim.signatures import Signatures


@dataclass(frozen=True, slots=True)
class Site:
    """Sizes, rules, keys, the height, and the time of a block.

    Parameters
    ----------
    rules
        Sizes, quorums and primaries.
    profile
        The rules that implementations differ in.
    keys
        Sign and verify.
    height
        Height of the block that is agreed on.
    period
        Time of a block, in milliseconds.
    previous
        Hash of the block below.
    genuine
        Messages that a node has verified, by identity: none is verified twice.
    """

    rules: Rules
    profile: Profile
    keys: Signatures
    height: int = 1
    period: int = 1000
    previous: bytes = GENESIS
    genuine: dict[int, Envelope] = field(default_factory=dict, compare=False, repr=False)
