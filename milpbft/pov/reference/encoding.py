"""Canonical bytes: what is hashed and signed."""

from __future__ import annotations

from hashlib import sha256

Signed = tuple[tuple[int, bytes], ...]
"""Nodes with their signatures over the same bytes, in ascending order."""
Part = int | bytes | str | tuple["Part", ...]


def encode(*parts: Part) -> bytes:
    """Write `parts` one after the other so that no two sequences give the same bytes.

    Raises
    ------
    OverflowError
        Where an integer is negative or does not fit into 8 bytes.
    """
    return b"".join(_one(part) for part in parts)


def _one(part: Part) -> bytes:
    match part:
        case int():
            return b"i" + part.to_bytes(8, "big")
        case str():
            return _sized(b"s", part.encode())
        case tuple():
            return _sized(b"t", encode(*part))
    return _sized(b"b", part)


def _sized(tag: bytes, raw: bytes) -> bytes:
    return tag + len(raw).to_bytes(8, "big") + raw


def digest(*parts: Part) -> bytes:
    """Return the SHA-256 hash of the canonical bytes of `parts`."""
    return sha256(encode(*parts)).digest()
