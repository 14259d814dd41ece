"""Threshold signatures behind one interface, and the default: sets of Ed25519 shares."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from milpbft.pbft.reference.encoding import encode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from milpbft.sim.signatures import Signatures

Share = tuple[int, bytes]
"""A node and its share."""


class Threshold(Protocol):
    """A threshold signature scheme per phase of a protocol, each with keys of its own.

    A signature verifies only if at least as many distinct nodes as the phase asks for gave a share.
    """

    def share(self, phase: str, node: int, statement: bytes) -> bytes:
        """Sign `statement` with the share of the key that `node` has for `phase`."""
        ...

    def verify_share(self, phase: str, node: int, statement: bytes, share: bytes) -> bool:
        """Whether `share` is that of `node`."""
        ...

    def combine(self, phase: str, shares: Sequence[Share]) -> bytes:
        """Combine shares of one statement; too few give a signature that does not verify."""
        ...

    def verify(self, phase: str, statement: bytes, signature: bytes) -> bool:
        """Whether `signature` is made of enough shares of `statement`."""
        ...


class ShareSets:
    """The default: a signature is the list of its shares, of distinct nodes, each valid.

    Longer than a real threshold signature, but with the same guarantee and no dealer.

    Parameters
    ----------
    keys
        Ed25519 keys of the nodes.
    quorums
        Shares that make a signature, per phase.
    nodes
        How many nodes there are, who alone have shares; all that have keys where None. Clients
        have keys as well.
    distinct
        False for a mutant that counts a node's share as often as it comes.
    """

    _NODE_BYTES = 8
    _SHARE_BYTES = 64

    def __init__(
        self,
        keys: Signatures,
        quorums: dict[str, int],
        *,
        nodes: int | None = None,
        distinct: bool = True,
    ) -> None:
        self._keys = keys
        self._quorums = quorums
        self._nodes = nodes
        self._distinct = distinct

    def share(self, phase: str, node: int, statement: bytes) -> bytes:
        """Sign phase and statement: 64 bytes."""
        return self._keys.sign(node, encode((phase, statement)))

    def verify_share(self, phase: str, node: int, statement: bytes, share: bytes) -> bool:
        """Whether `share` is the signature of `node`."""
        if self._nodes is not None and node >= self._nodes:
            return False
        return self._keys.verify(node, encode((phase, statement)), share)

    def combine(self, phase: str, shares: Sequence[Share]) -> bytes:
        """Write the shares one after the other, by node; as many as the phase asks for, if any."""
        chosen = sorted(shares)[: self._quorums[phase]]
        return b"".join(node.to_bytes(self._NODE_BYTES, "big") + share for node, share in chosen)

    def verify(self, phase: str, statement: bytes, signature: bytes) -> bool:
        """Whether enough nodes gave a valid share, and nobody an invalid one."""
        size = self._NODE_BYTES + self._SHARE_BYTES
        if len(signature) % size:
            return False
        parts = [signature[i : i + size] for i in range(0, len(signature), size)]
        shares = [
            (int.from_bytes(part[: self._NODE_BYTES], "big"), part[self._NODE_BYTES :])
            for part in parts
        ]
        count = len({node for node, _ in shares}) if self._distinct else len(shares)
        return count >= self._quorums[phase] and all(
            self.verify_share(phase, node, statement, share) for node, share in shares
        )
