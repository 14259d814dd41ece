"""Sizes: the limits that the rings of an overlay keep to."""

from __future__ import annotations

from dataclasses import dataclass

from milpbft.errors import InputError


@dataclass(frozen=True, slots=True)
class Sizes:
    """When rings split and merge, and how many contact nodes they elect.

    The paper names a threshold and a lower limit, and gives no numbers. A ring above level 0 holds
    the contacts of whole sub-rings, so its limits are counted in sub-rings: at most
    ``most // contacts`` of them, and at least ``least // contacts``, but never one alone, which
    would be a level without a purpose.

    Parameters
    ----------
    most
        A ring with more members is split; 4 or more, and 3 times `contacts` or more.
    contacts
        Contact nodes per ring, 1 or more; a ring with fewer members elects them all.
    least
        A ring with fewer members is merged with a neighbour, if there is one; from 1 to
        ``most // 2``, so that the halves of a split ring do not merge at once. By default
        ``most // 2``.

    Raises
    ------
    InputError
        Where a value is out of range.
    """

    most: int = 16
    contacts: int = 1
    least: int = 0

    def __post_init__(self) -> None:
        if self.contacts < 1:
            raise InputError("contacts", self.contacts, "1 or more")
        fewest = max(4, 3 * self.contacts)
        if self.most < fewest:
            raise InputError("ring", self.most, f"{fewest} or more with {self.contacts} contacts")
        if not self.least:
            object.__setattr__(self, "least", self.most // 2)
        if not 1 <= self.least <= self.most // 2:
            raise InputError("least", self.least, f"from 1 to half the threshold, {self.most // 2}")

    @property
    def most_rings(self) -> int:
        """Sub-rings of a ring above level 0, at most; 3 or more."""
        return self.most // self.contacts

    @property
    def least_rings(self) -> int:
        """Sub-rings of a ring above level 0, at least, where it has a neighbour to merge with."""
        return max(2, self.least // self.contacts)


def check_nodes(n: int, source: int, faults: int) -> None:
    """Check that a network has its source, and a correct node beside the faulty ones.

    Raises
    ------
    InputError
        Where it has not.
    """
    if source >= n:
        raise InputError("source", source, f"a node from 0 to {n - 1}")
    if faults >= n:
        raise InputError("faults", faults, f"from 0 to {n - 1}")
