"""The number R of the next butler, equations 1 and 2, and what repairs draw in their place.

The paper leaves open how a timestamp and a signature of different lengths are combined, and which
hash is taken. Here the timestamp is an unsigned big-endian number, aligned with the end of the
signatures, and the hash is SHA-256; its last 32 bits are its last four bytes, big-endian.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from milpbft.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def random_source(signatures: Sequence[bytes], timestamp: int) -> bytes:
    """Return R_source, equation 1: the exclusive or of all signatures and the timestamp.

    The order of the signatures does not matter, and a signature that occurs twice cancels out.

    Parameters
    ----------
    signatures
        At least one; all of one length of 8 bytes or more.
    timestamp
        0 to 2**64 - 1.

    Raises
    ------
    InputError
        Where signatures or timestamp are not so.
    """
    lengths = {len(signature) for signature in signatures}
    if len(lengths) != 1 or min(lengths) < 8:
        allowed = "one or more of one length, 8 bytes at least"
        raise InputError("signatures", [s.hex() for s in signatures], allowed)
    if not 0 <= timestamp < 1 << 64:
        raise InputError("timestamp", timestamp, "a number from 0 to 2**64 - 1")
    mixed = timestamp
    for signature in signatures:
        mixed ^= int.from_bytes(signature, "big")
    return mixed.to_bytes(lengths.pop(), "big")


def random_number(signatures: Sequence[bytes], timestamp: int, butlers: int) -> int:
    """Return R, equation 2: the last 32 bits of the hash of R_source, modulo N_b.

    Parameters
    ----------
    butlers
        N_b, 1 to 2**32.

    Returns
    -------
    int
        0 to `butlers` - 1, the number of the butler that makes the next block.
    """
    return _reduced(random_source(signatures, timestamp), butlers)


def proven_number(proof: bytes, butlers: int) -> int:
    """Return R of a verifiable random function: equation 2 with its proof in place of R_source.

    Parameters
    ----------
    proof
        One byte or more; unique for its input and key.
    butlers
        N_b, 1 to 2**32.

    Returns
    -------
    int
        0 to `butlers` - 1.
    """
    if not proof:
        raise InputError("proof", proof.hex(), "one byte or more")
    return _reduced(proof, butlers)


def _reduced(source: bytes, butlers: int) -> int:
    """Return the last 32 bits of the hash of `source`, modulo N_b."""
    if not 1 <= butlers <= 1 << 32:
        raise InputError("butlers", butlers, "a number from 1 to 2**32")
    return int.from_bytes(sha256(source).digest()[-4:], "big") % butlers


def drawn_order(lot: bytes, nodes: Iterable[int]) -> list[int]:
    """Return nodes in the order that a lot draws: by the hash of the lot and the node's number.

    Parameters
    ----------
    lot
        What the order is drawn from.
    nodes
        Numbers from 0 to 2**64 - 1, each once.
    """
    return sorted(nodes, key=lambda node: sha256(lot + node.to_bytes(8, "big")).digest())
