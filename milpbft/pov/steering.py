"""How far a butler steers R, the number of the next butler, by the signatures that it puts in.

Equation 1 takes the exclusive or of all signatures in the block, so their order is no choice; which
of them are in is: any floor(N_c/2) + 1 to N_c - 1 of those received. The timestamp is the other
choice: the butler asks when it likes before T_cut, and as often as it likes. The header, which the
paper calls unpredictable, is the butler's own. Signatures are known before the timestamp is asked
for and the time can be foretold, so the butler computes the R of every choice beforehand and asks
once, for the one that it wants.

All numbers here come from blocks with real signatures and hashes of the reference.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import combinations
from math import comb
from random import Random
from typing import TYPE_CHECKING

from milpbft.errors import InputError
from milpbft.pov.formulas import random_number
from milpbft.pov.reference.blocks import Header
from milpbft.pov.reference.encoding import digest
from milpbft.sim.signatures import KeyRing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from milpbft.pov.reference.rules import Rules
    from milpbft.sim.signatures import Signatures


@dataclass(frozen=True, slots=True)
class Choice:
    """Whose signatures go into a block, and the timestamp."""

    signers: tuple[int, ...]
    time: int


def choices(commissioners: int, received: int | None = None) -> int:
    """Return the number of sets of signers: sum of C(s, k), k = floor(N_c/2) + 1 to N_c - 1.

    Parameters
    ----------
    commissioners
        N_c, 1 or more; where N_c - 1 is no quorum, all N_c sign.
    received
        s, the signatures that the butler has; N_c by default.
    """
    if commissioners < 1:
        raise InputError("commissioners", commissioners, "1 or more")
    have = commissioners if received is None else received
    quorum = commissioners // 2 + 1
    most = max(quorum, commissioners - 1)
    return sum(comb(have, k) for k in range(quorum, min(most, have) + 1))


def chance(draws: int, friends: int, butlers: int) -> float:
    """Return 1 - (1 - b_b/N_b)^d: one of d independent draws of R is a number of a friend."""
    if not 0 <= friends <= butlers or butlers < 1 or draws < 0:
        raise InputError("friends", friends, f"a number from 0 to {butlers}")
    return 1 - (1 - friends / butlers) ** draws


def signer_sets(rules: Rules, received: Iterable[int]) -> Iterator[tuple[int, ...]]:
    """Yield the sets of signers that make a valid block, small ones first."""
    have = sorted(received)
    for count in range(rules.quorum, min(rules.most_signatures, len(have)) + 1):
        yield from combinations(have, count)


def reachable(
    header: Header, rules: Rules, keys: Signatures, times: Iterable[int]
) -> dict[int, Choice]:
    """Return every R that the butler can have, each with a choice that gives it.

    Parameters
    ----------
    header
        What all commissioners have signed.
    times
        Timestamps that it can get.
    """
    signatures = [keys.sign(c, header.encoded) for c in range(rules.commissioners)]
    found: dict[int, Choice] = {}
    for time in times:
        for signers in signer_sets(rules, range(rules.commissioners)):
            r = random_number([signatures[c] for c in signers], time, rules.butlers)
            found.setdefault(r, Choice(signers, time))
    return found


def headers(count: int, seed: int = 0) -> Iterator[Header]:
    """Yield headers of different blocks."""
    for i in range(count):
        yield Header(1 + i, digest("below", seed, i), 1, 0, digest("content", seed, i))


def kept(rules: Rules, friends: int, blocks: int, times: int = 1, seed: int = 0) -> float:
    """Measure how often a butler finds a choice that hands the next round to one of `friends`.

    Parameters
    ----------
    friends
        b_b: butlers 0 to b_b - 1 are Byzantine.
    blocks
        Number of blocks, each with another header.
    times
        Timestamps to choose from.

    Returns
    -------
    float
        Share of blocks, 0 to 1.
    """
    keys = KeyRing(rules.n, seed)
    hits = 0
    for header in headers(blocks, seed):
        found = reachable(header, rules, keys, range(3, 3 + times))
        hits += any(r < friends for r in found)
    return hits / blocks


@dataclass(frozen=True)
class Rounds:
    """Who made the blocks of a chain.

    Parameters
    ----------
    makers
        Per round the number of the butler.
    friends
        Butlers 0 to `friends` - 1 are Byzantine.
    """

    makers: tuple[int, ...]
    friends: int

    @property
    def share(self) -> float:
        """Share of rounds in Byzantine hands."""
        return sum(maker < self.friends for maker in self.makers) / len(self.makers)

    @property
    def runs(self) -> Counter[int]:
        """How many runs of consecutive Byzantine rounds there are, by their length."""
        lengths: Counter[int] = Counter()
        length = 0
        for maker in (*self.makers, self.friends):
            if maker < self.friends:
                length += 1
            elif length:
                lengths[length] += 1
                length = 0
        return lengths

    @property
    def longest(self) -> int:
        """Length of the longest run of consecutive Byzantine rounds."""
        return max(self.runs, default=0)


def rounds(
    rules: Rules, friends: int, count: int, *, times: int = 1, steer: bool = True, seed: int = 0
) -> Rounds:
    """Make a chain in which every butler on duty succeeds, and Byzantine ones steer R.

    An honest butler takes the signatures that happen to come first, a quorum at a random time.

    Parameters
    ----------
    rules
        N_c and N_b.
    friends
        Butlers 0 to `friends` - 1 are Byzantine.
    count
        Number of rounds.
    times
        Timestamps that a Byzantine butler can choose from.
    steer
        Whether Byzantine butlers choose at all.
    """
    keys, random = KeyRing(rules.n, seed), Random(f"steer {seed}")
    makers, duty, previous = [], rules.first, digest("genesis", seed)
    for height in range(1, count + 1):
        makers.append(duty)
        header = Header(height, previous, 1, duty, digest("content", height))
        if steer and duty < friends:
            found = reachable(header, rules, keys, range(3, 3 + times))
            wanted = [r for r in found if r < friends]
            duty = random.choice(wanted or list(found))
        else:
            signers = random.sample(range(rules.commissioners), rules.quorum)
            signatures = [keys.sign(c, header.encoded) for c in sorted(signers)]
            duty = random_number(signatures, random.randrange(3, 3 + times), rules.butlers)
        previous = digest(header.encoded, duty)
    return Rounds(tuple(makers), friends)
