"""The fewest messages of which every set has one, against trying all sets."""

from __future__ import annotations

from itertools import combinations
from random import Random

from milpbft.pbft.enumerate.hitting import smallest_hitting


def tried(sets: set[int], most: int) -> int | None:
    """Return the size of a smallest hitting set of seven elements at most, by trying all."""
    for size in range(most + 1):
        for chosen in combinations(range(7), size):
            mask = sum(1 << one for one in chosen)
            if all(mask & one for one in sets):
                return size
    return None


def test_it_is_smallest_and_hits_all():
    """Two hundred random families of sets, the empty one among them now and then."""
    random = Random(0)
    for _ in range(200):
        sets = {random.randrange(128) for _ in range(random.randrange(6))}
        most = random.randrange(5)
        hit = smallest_hitting(sets, most)
        assert (None if hit is None else hit.bit_count()) == tried(sets, most)
        assert hit is None or all(hit & one for one in sets)


def test_nothing_to_hit_takes_nothing():
    """Without sets the empty one will do; an empty set is hit by none."""
    assert smallest_hitting(set(), 0) == 0
    assert smallest_hitting({0, 1}, 9) is None
