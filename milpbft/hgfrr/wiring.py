"""Wiring: the network that a consensus instance runs on, as a word of its name."""

from __future__ import annotations

import re
from dataclasses import dataclass

from milpbft.errors import InputError
from milpbft.hgfrr.sizes import Sizes
from milpbft.hgfrr.spread import Spread

WORD = (
    r"r(?P<ring>\d{1,4})k(?P<k>\d{1,4})s(?P<seed>\d{1,9})(?:c(?P<contacts>\d{1,2}))?"
    r"(?:w(?P<serving>\d{1,2}))?(?:h(?P<heartbeat>\d{1,3}))?(?:o(?P<period>\d{1,3}))?"
)
GOSSIP = r"g(\d{1,3})s(\d{1,9})"
ALLOWED = (
    "ring size, base and seed, such as r4k2s0, with contacts and how many of them broadcast, such "
    "as r9k2s0c3w3, with h3 at last for heartbeats, or o8 for periods; or fanout and seed of a "
    "gossip, such as g3s0"
)


@dataclass(frozen=True, slots=True)
class Wiring:
    """An overlay, as ``r4k2s0``, or ``r9k2s0c3w2`` with three contacts of whom two broadcast.

    Parameters
    ----------
    ring
        Members of a ring, at most; 4 or more.
    k
        Base of the trees within rings, 2 or more.
    seed
        Of positions and elections.
    contacts
        Contact nodes per ring.
    serving
        How many of them broadcast.
    heartbeat
        So many ticks after a node has crashed it is found, and removed from its rings, and the next
        contact takes over, or one that the seed draws; 0 for never.
    period
        So many ticks after which all contacts are elected anew, as the seed draws them; 0 for
        never. Not with heartbeats.

    Raises
    ------
    InputError
        Where a value is out of range.
    """

    ring: int
    k: int = 2
    seed: int = 0
    contacts: int = 1
    serving: int = 1
    heartbeat: int = 0
    period: int = 0

    def __post_init__(self) -> None:
        _ = self.limits, self.spread
        if self.heartbeat and self.period:
            raise InputError("period", self.period, "0 with heartbeats")
        if self.serving > self.contacts:
            raise InputError("serving", self.serving, f"at most contacts = {self.contacts}")

    @classmethod
    def parse(cls, text: str) -> Wiring:
        """Read a word such as ``r4k2s0``.

        Raises
        ------
        InputError
            For any other text.
        """
        match = re.fullmatch(WORD, text)
        if match is None:
            raise InputError("overlay", text, ALLOWED)
        return cls(**{name: int(text) for name, text in match.groupdict().items() if text})

    def __str__(self) -> str:
        contacts = f"c{self.contacts}" if self.contacts > 1 else ""
        serving = f"w{self.serving}" if self.serving > 1 else ""
        heartbeat = f"h{self.heartbeat}" if self.heartbeat else ""
        period = f"o{self.period}" if self.period else ""
        return f"r{self.ring}k{self.k}s{self.seed}{contacts}{serving}{heartbeat}{period}"

    @property
    def limits(self) -> Sizes:
        """Limits of its rings."""
        return Sizes(self.ring, self.contacts)

    @property
    def spread(self) -> Spread:
        """Parameters of its broadcasts."""
        return Spread(self.k, serving=self.serving)


@dataclass(frozen=True, slots=True)
class Gossip:
    """A gossip, as ``g3s0``: who first holds a message tells so many others, drawn once.

    Parameters
    ----------
    fanout
        Others that a node tells, 1 or more.
    seed
        Of whom each node knows.
    """

    fanout: int
    seed: int = 0

    def __str__(self) -> str:
        return f"g{self.fanout}s{self.seed}"


def read(text: str) -> Wiring | Gossip:
    """Read a word such as ``r4k2s0`` or ``g3s0``.

    Raises
    ------
    InputError
        For any other text.
    """
    match = re.fullmatch(GOSSIP, text)
    return Wiring.parse(text) if match is None else Gossip(*map(int, match.groups()))


def normal(text: str) -> str:
    """Return a word as names of instances have it.

    Raises
    ------
    InputError
        For any other text.
    """
    return str(read(text))
