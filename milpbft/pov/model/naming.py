"""From counted commissioners to named ones: a point of one encoding as one of the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from milpbft.pov.model.acts import Sizes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from milpbft.milp.problem import Problem
    from milpbft.pov.instance import RoundInstance
    from milpbft.pov.model.acts import Acts


def named(
    instance: RoundInstance,
    counted: tuple[Problem, Acts, NDArray[np.int64]],
    plain: tuple[Problem, Acts],
) -> NDArray[np.int64]:
    """Return the point in which commissioners have names.

    In each group the last lie. The others are named by when they adopt, latest first, and who signs
    last is the first of them; signatures are taken in the order in which they were made.

    Parameters
    ----------
    counted
        Problem, acts and point of the counted encoding.
    plain
        Problem and acts of the compact one.
    """
    (here, x, point), (there, y) = counted, plain
    naming = _Naming(Sizes(instance), x, y, point, np.zeros(there.size.variables, dtype=np.int64))
    known = {block.name: block for block in here.blocks}
    for block in there.blocks:
        if block.name not in {"liar", "signed", "got", "has"}:
            block.of(naming.result)[...] = known[block.name].of(point)
    naming.name()
    return naming.result


def _ticks(counts: NDArray[np.int64]) -> list[int]:
    """Return when each of some things happens, given how many have by each tick."""
    found: list[int] = np.repeat(np.arange(len(counts)), np.diff(counts, prepend=0)).tolist()
    return found


@dataclass(frozen=True)
class _Naming:
    """Fills `result`, a point of the compact acts `y`, from `point`, one of the counted `x`."""

    size: Sizes
    x: Acts
    y: Acts
    point: NDArray[np.int64]
    result: NDArray[np.int64]

    def name(self) -> None:
        """Name everybody."""
        size, x, start, lies = self.size, self.x, 0, list[int]()
        butlers = x.has.of(self.point)[size.c :]
        self.y.has.of(self.result)[size.instance.commissioners :] = butlers
        for group, weight in enumerate(size.weights[: size.c]):
            liars = int(x.liar.of(self.point)[group])
            members = range(start, start + weight - liars)
            self._adopt(group, members)
            self._sign(group, members)
            lies += range(start + weight - liars, start + weight)
            start += weight
        self.y.liar.of(self.result)[lies] = 1
        self._lie(lies)

    def _adopt(self, group: int, members: range) -> None:
        counts, has = self.x.has.of(self.point)[group], self.y.has.of(self.result)
        places = np.ndindex(counts.shape[:-1])
        found = [(tick, where) for where in places for tick in _ticks(counts[where])]
        for member, (tick, where) in zip(reversed(members), sorted(found), strict=False):
            has[(member, *where, slice(tick, None))] = 1

    def _sign(self, group: int, members: range) -> None:
        counts, taken = self.x.signed.of(self.point)[group], self.x.got.of(self.point)[group]
        found = [
            (tick, place, where)
            for where in np.ndindex(counts.shape[:-1])
            for place, tick in enumerate(_ticks(counts[where]))
        ]
        views = self.size.views
        for some in [[*views]] if self.size.instance.lock else [[view] for view in views]:
            signers = sorted((one for one in found if one[2][0] in some), reverse=True)
            for member, (tick, place, where) in zip(members, signers, strict=False):
                self.y.signed.of(self.result)[(member, *where, slice(tick, None))] = 1
                arrivals = _ticks(taken[where])
                if place < len(arrivals):
                    self.y.got.of(self.result)[(member, *where, slice(arrivals[place], None))] = 1

    def _lie(self, lies: list[int]) -> None:
        """Let Byzantine commissioners sign a tick before their signatures are taken."""
        proposed, taken = self.x.proposed.of(self.point), self.x.got.of(self.point)[-1]
        for where in np.ndindex(taken.shape[:-1]):
            for member, tick in zip(lies, _ticks(taken[where]), strict=False):
                self.y.got.of(self.result)[(member, *where, slice(tick, None))] = 1
                if tick >= 2 and proposed[(*where, tick - 2)]:
                    self.y.signed.of(self.result)[(member, *where, slice(tick - 1, None))] = 1
