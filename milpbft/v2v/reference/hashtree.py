"""A map whose hash follows changes: a tree of SHA-256 over buckets of its entries.

The hash depends on the entries alone, not on the order in which they came.
"""

from __future__ import annotations

from collections import defaultdict
from hashlib import sha256
from typing import TYPE_CHECKING

from milpbft.v2v.reference.codec import encode

if TYPE_CHECKING:
    from milpbft.v2v.reference.codec import Item

_FAN = 16
_HEIGHT = 3
_BUCKETS = _FAN**_HEIGHT


def _empty() -> list[list[bytes]]:
    """Return the hashes of a tree without entries, the leaves first."""
    levels, above = [], sha256().digest()
    for height in range(_HEIGHT, -1, -1):
        levels.append([above] * _FAN**height)
        above = sha256(above * _FAN).digest()
    return levels


_EMPTY = _empty()


class HashTree:
    """Entries by key, in :data:`_BUCKETS` buckets by the key's hash, and 16 children per node."""

    def __init__(self) -> None:
        self._buckets: defaultdict[int, dict[bytes, bytes]] = defaultdict(dict)
        self._dirty: set[int] = set()
        self._levels = [list(level) for level in _EMPTY]

    def put(self, key: Item, value: Item | None) -> None:
        """Set the value of a key; None removes the key."""
        raw = encode(key)
        number = int.from_bytes(sha256(raw).digest()[:2], "big") % _BUCKETS
        if value is None:
            self._buckets[number].pop(raw, None)
        else:
            self._buckets[number][raw] = encode(value)
        self._dirty.add(number)

    def root(self) -> bytes:
        """Return the hash of all entries: 32 bytes."""
        for number in self._dirty:
            entries = sorted(self._buckets[number].items())
            # Keys and values say their lengths themselves: no two buckets have the same bytes.
            raw = b"".join(key + value for key, value in entries)
            self._levels[0][number] = sha256(raw).digest()
        changed, self._dirty = self._dirty, set()
        for below, level in zip(self._levels, self._levels[1:], strict=False):
            changed = {number // _FAN for number in changed}
            for number in changed:
                children = below[number * _FAN : (number + 1) * _FAN]
                level[number] = sha256(b"".join(children)).digest()
        return self._levels[_HEIGHT][0]
