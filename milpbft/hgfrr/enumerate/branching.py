"""Branching: all that elections by chance can come to, one run of the reference after the other."""

from __future__ import annotations

from itertools import islice, permutations
from math import perm
from random import Random
from typing import TYPE_CHECKING, TypeVar

from milpbft.hgfrr.reference.membership import Overlay

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from milpbft.hgfrr.sizes import Sizes

T = TypeVar("T")


class _Script(Random):
    """Draws what a script says, and the first of all possible samples once it has ended."""

    def __init__(self, script: Sequence[int]) -> None:
        super().__init__(0)
        self._script = list(script)
        self.drawn: list[tuple[int, int]] = []
        """Per draw the number of the sample, and how many there are."""

    def sample(
        self, population: Sequence[T], k: int, *, counts: Iterable[int] | None = None
    ) -> list[T]:
        """Return an ordered sample by its number."""
        assert counts is None
        place = len(self.drawn)
        number = self._script[place] if place < len(self._script) else 0
        self.drawn.append((number, perm(len(population), k)))
        return list(next(islice(permutations(population, k), number, None)))


def every(run: Callable[[type[Overlay]], T]) -> Iterator[T]:
    """Yield what a run comes to for each outcome of the elections in it."""
    script: list[int] | None = []
    while script is not None:
        random = _Script(script)

        class Scripted(Overlay):
            def __init__(self, sizes: Sizes, seed: int = 0, chance: Random = random) -> None:
                super().__init__(sizes, seed)
                self._random = chance

        yield run(Scripted)
        drawn = random.drawn
        while drawn and drawn[-1][0] + 1 == drawn[-1][1]:
            drawn.pop()
        script = [number for number, _ in drawn]
        if script:
            script[-1] += 1
        else:
            script = None
