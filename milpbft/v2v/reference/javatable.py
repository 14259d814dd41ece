"""Java's ``HashMap`` of small integers, as far as the order of its entries goes.

A table has 16 buckets, twice as many whenever more than three quarters of them are used, and never
fewer again. Its copy by serialisation is made anew for the entries that are left: so two tables of
the same entries may list them in another order (OpenJDK 17, ``java.util.HashMap``, ``resize`` and
``readObject``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_FEWEST = 16
_WORD = 2**32


class JavaTable:
    """A set of integers that is listed by bucket, and within a bucket as entries came."""

    def __init__(self) -> None:
        self._size = _FEWEST
        self._entries: dict[int, None] = {}

    def add(self, key: int) -> None:
        """Put an entry."""
        self._entries[key] = None
        while len(self._entries) * 4 > self._size * 3:
            self._size *= 2

    def remove(self, key: int) -> None:
        """Take an entry out; the table stays as large as it is."""
        self._entries.pop(key, None)

    def __iter__(self) -> Iterator[int]:
        return iter(sorted(self._entries, key=self._bucket))

    def _bucket(self, key: int) -> int:
        spread = (key % _WORD) ^ ((key % _WORD) >> 16)
        return spread % self._size

    def serialised(self) -> JavaTable:
        """Return the copy that a replica makes of the bytes of this one."""
        copy = JavaTable()
        while copy._size < len(self._entries) * 4 // 3 + 1 and len(self._entries) > 11:
            copy._size *= 2
        for key in self:
            copy._entries[key] = None
        return copy
