"""What stands in for signatures where replicas are run very often."""

from __future__ import annotations

from hashlib import sha512


class Seals:
    """Stands in for signatures where nobody forges: quick, and checked by replicas all the same."""

    def sign(self, node: int, data: bytes) -> bytes:
        """Return 64 bytes that differ by node and data."""
        return sha512(node.to_bytes(4, "big") + data).digest()

    def verify(self, node: int, data: bytes, signature: bytes) -> bool:
        """Whether `signature` is that of `node` over `data`."""
        return signature == self.sign(node, data)
