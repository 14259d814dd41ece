"""Root: rounds of cuts before the search branches."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .aggregate import Aggregation
from .cuts import tableau_cut

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from milpbft.milp.certificate.steps import Step, Terms

    from .box import Box
    from .multipliers import System
    from .relaxation import Answer, Relaxation

_ROUNDS = 5  # more make every node dearer than they save nodes
_CANDIDATES = 250
_TAKEN = 100
_PARALLEL = 0.9
_DENSE = 1000


class Root:
    """Tightens the relaxation by cuts that hold everywhere."""

    def __init__(
        self, system: System, relaxation: Relaxation, box: Box, left: Callable[[], float]
    ) -> None:
        self._system, self._relaxation, self._box, self._left = system, relaxation, box, left
        self._first = len(system.steps)

    def run(self) -> Step | None:
        """Add rounds of cuts; return an absurdity where these are enough."""
        for _ in range(_ROUNDS):
            answer = self._relaxation.solve(self._box.lower, self._box.upper, self._left())
            refuted = self._system.absurdity(answer, self._box)
            if refuted is not None or answer.status != "open":
                return refuted
            cuts = self._separate(answer)
            if not cuts:
                return None
            self._install(cuts)
        return None

    def _separate(self, answer: Answer) -> list[Step]:
        """Return cuts that the answer's point breaks, deep ones first, and no two alike."""
        found = self._by_terms(Aggregation(self._system, self._box, answer.point).cuts())
        found = found or self._by_terms(self._of_tableau(answer))
        taken: list[tuple[dict[int, int], float, Step]] = []
        for _, step in sorted(found.values(), key=lambda cut: -cut[0]):
            terms = dict(step.terms)
            norm = float(np.sqrt(sum(value * value for value in terms.values())))
            if all(_cosine(terms, norm, one, size) < _PARALLEL for one, size, _ in taken):
                taken.append((terms, norm, step))
            if len(taken) == _TAKEN:
                break
        return [step for _, _, step in taken]

    def _of_tableau(self, answer: Answer) -> Iterator[tuple[float, Step]]:
        """Yield by how far cuts of rows of the tableau cut off the answer's point, and the cuts."""
        for duals in self._relaxation.tableau(_CANDIDATES):
            cut = tableau_cut(self._system, self._box, duals, answer.point)
            if cut is not None:
                yield cut

    def _by_terms(self, cuts: Iterable[tuple[float, Step]]) -> dict[Terms, tuple[float, Step]]:
        """Keep one of those with the same left-hand side, while there is time."""
        found = {}
        for cut in cuts:
            self._left()
            if len(cut[1].terms) <= _DENSE:
                found[cut[1].terms] = cut
        return found

    def _install(self, cuts: list[Step]) -> None:
        """Put cuts into the relaxation, in place of those cuts that are slack."""
        kept = np.ones(len(self._system.steps), dtype=bool)
        kept[self._first :] = ~self._relaxation.slack_rows()[self._first :]
        added = self._system.change(kept, cuts)
        sides = np.array([step.side for step in cuts], dtype=np.float64)
        self._relaxation.change(np.flatnonzero(~kept).astype(np.int32), added, sides)


def _cosine(one: dict[int, int], norm: float, other: dict[int, int], size: float) -> float:
    product = sum(value * other[column] for column, value in one.items() if column in other)
    return product / (norm * size)
