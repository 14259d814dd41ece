"""Signatures: who really said what."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey


class Signatures(Protocol):
    """What a replica needs of cryptography.

    A threshold scheme fits behind the same two methods: its shares are signatures of single nodes,
    and a combined signature is a set of valid shares of distinct nodes.
    """

    def sign(self, node: int, data: bytes) -> bytes:
        """Sign `data` with the key of `node`."""
        ...

    def verify(self, node: int, data: bytes, signature: bytes) -> bool:
        """Whether `signature` is that of `node` over `data`."""
        ...


class KeyRing:
    """Ed25519 keys of `n` nodes, the same for the same seed.

    Verdicts are remembered: a message that is broadcast to n nodes is verified once.

    Parameters
    ----------
    n
        Number of nodes.
    seed
        Any integer; two rings of one seed have the same keys.
    """

    def __init__(self, n: int, seed: int = 0) -> None:
        self._private = [_key(seed, node) for node in range(n)]
        self._public: list[Ed25519PublicKey] = [key.public_key() for key in self._private]
        self._verdicts: dict[tuple[int, bytes, bytes], bool] = {}

    def __deepcopy__(self, memo: object) -> KeyRing:
        """Return the ring itself: keys never change, copies of replicas share them."""
        return self

    def sign(self, node: int, data: bytes) -> bytes:
        """Sign `data` with the key of `node`: 64 bytes, the same on every call."""
        return self._private[node].sign(data)

    def verify(self, node: int, data: bytes, signature: bytes) -> bool:
        """Whether `signature` is that of `node` over `data`; False for a node that has no key."""
        case = (node, data, signature)
        verdict = self._verdicts.get(case)
        if verdict is None:
            verdict = self._verdicts[case] = self._verify(node, data, signature)
        return verdict

    def _verify(self, node: int, data: bytes, signature: bytes) -> bool:
        if not 0 <= node < len(self._public):
            return False
        try:
            self._public[node].verify(signature, data)
        except InvalidSignature:
            return False
        return True


@cache
def _key(seed: int, node: int) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(sha256(f"milpbft {seed} {node}".encode()).digest())
