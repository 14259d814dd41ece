"""BLS threshold signatures: one short signature, whoever gave the shares.

Boldyreva, Threshold Signatures, Multisignatures and Blind Signatures, PKC 2003, on BLS12-381 by the
``chia_rs`` library, in its augmented scheme: shares sign the group's key with the statement, so
that what they combine to is an ordinary signature under the group's key. A dealer makes the keys;
the thesis' distributed key generation is not part of this.
"""

from __future__ import annotations

from hashlib import sha512
from typing import TYPE_CHECKING

from milpbft.errors import InputError
from milpbft.pbft.reference.encoding import encode

try:
    from chia_rs import AugSchemeMPL, G1Element, G2Element, PrivateKey
except ImportError:  # the extra is not installed
    AVAILABLE = False
else:
    AVAILABLE = True

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from milpbft.pbft.reference.threshold import Share

ORDER = 0x73EDA753299D7D483339D80809A1D80553BDA402FFFE5BFEFFFFFFFF00000001
"""Order of the groups of BLS12-381."""


class BlsThreshold:
    """BLS threshold signatures behind the interface of the share sets.

    Parameters
    ----------
    n
        Number of nodes.
    quorums
        Shares that make a signature, per phase. A phase's key is a polynomial's value at 0, and the
        share of node i its value at i + 1; its degree is the quorum less one.
    seed
        Any integer; the same seed deals the same keys.

    Raises
    ------
    InputError
        Where ``chia_rs`` is not installed, or a quorum is not from 1 to `n`.
    """

    def __init__(self, n: int, quorums: Mapping[str, int], seed: int = 0) -> None:
        if not AVAILABLE:
            raise InputError("threshold", "bls", "share sets, or pip install 'milpbft[bls]'")
        for phase, quorum in quorums.items():
            if not 1 <= quorum <= n:
                raise InputError(f"quorum of {phase}", quorum, f"a number from 1 to {n}")
        self._n = n
        self._quorums = dict(quorums)
        self._groups: dict[str, G1Element] = {}
        self._secrets: dict[tuple[str, int], PrivateKey] = {}
        self._verdicts: dict[tuple[str, int | None, bytes, bytes], bool] = {}
        for phase, quorum in quorums.items():
            polynomial = [_coefficient(seed, phase, power) for power in range(quorum)]
            self._groups[phase] = _private(polynomial[0]).get_g1()
            for node in range(n):
                self._secrets[phase, node] = _private(_value(polynomial, node + 1))

    def share(self, phase: str, node: int, statement: bytes) -> bytes:
        """Sign with the node's share of the phase's key: 96 bytes."""
        key = self._secrets[phase, node]
        return bytes(AugSchemeMPL.sign(key, statement, self._groups[phase]))

    def verify_share(self, phase: str, node: int, statement: bytes, share: bytes) -> bool:
        """Whether `share` is that of `node`, by one equation of pairings."""
        if not 0 <= node < self._n:
            return False
        return self._remembered(phase, node, statement, share)

    def combine(self, phase: str, shares: Sequence[Share]) -> bytes:
        """Interpolate the signature at 0 from as many shares as the phase asks for."""
        chosen = dict(sorted(shares)[: self._quorums[phase]])
        points = [node + 1 for node in chosen]
        total = G2Element()
        for node, share in chosen.items():
            total += _times(G2Element.from_bytes(share), _weight(node + 1, points))
        return bytes(total)

    def verify(self, phase: str, statement: bytes, signature: bytes) -> bool:
        """Whether `signature` is one of the group's key."""
        return self._remembered(phase, None, statement, signature)

    def _remembered(self, phase: str, node: int | None, statement: bytes, said: bytes) -> bool:
        """Verify once what n nodes are sent."""
        case = (phase, node, statement, said)
        if case not in self._verdicts:
            self._verdicts[case] = self._verify(*case)
        return self._verdicts[case]

    def _verify(self, phase: str, node: int | None, statement: bytes, said: bytes) -> bool:
        try:
            point = G2Element.from_bytes(said)
        except ValueError:
            return False
        group = self._groups[phase]
        if node is None:
            return bool(AugSchemeMPL.verify(group, statement, point))
        hashed = AugSchemeMPL.g2_from_message(bytes(group) + statement)
        public = self._secrets[phase, node].get_g1()
        return bool(G1Element.generator().pair(point) == public.pair(hashed))


def _coefficient(seed: int, phase: str, power: int) -> int:
    name = encode(("milpbft bls", f"{seed}", phase, power))
    return 1 + int.from_bytes(sha512(name).digest(), "big") % (ORDER - 1)


def _value(polynomial: Sequence[int], x: int) -> int:
    value = 0
    for coefficient in reversed(polynomial):
        value = (value * x + coefficient) % ORDER
    return value


def _private(scalar: int) -> PrivateKey:
    return PrivateKey.from_bytes(scalar.to_bytes(32, "big"))


def _weight(point: int, points: Sequence[int]) -> int:
    """Return Lagrange's weight at 0 of the value at `point`."""
    above = below = 1
    for other in points:
        if other != point:
            above = above * other % ORDER
            below = below * (other - point) % ORDER
    return above * pow(below, -1, ORDER) % ORDER


def _times(point: G2Element, scalar: int) -> G2Element:
    """Multiply by doubling and adding: the library has no product."""
    total = G2Element()
    for bit in f"{scalar:b}":
        total += total
        if bit == "1":
            total += point
    return total
