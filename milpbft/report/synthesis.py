"""What became of the assignments of unknown thresholds, in words."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from milpbft.check.synthesis import Synthesis


def synthesis_lines(outcome: Synthesis) -> Iterator[str]:
    """Yield a line per assignment that holds, and what excludes the others."""
    for values in outcome.found:
        yield f"holds      {_assigned(outcome.unknowns, values)}"
    for values in outcome.undecided:
        yield f"undecided  {_assigned(outcome.unknowns, values)}"
    excluded = Counter[str]()
    for _, finding, count in outcome.violations:
        excluded[finding.specification] += count
    total = len(outcome.found)
    if not total and not outcome.undecided:
        yield f"none of {outcome.tried} assignments: proven"
    else:
        yield f"{total} of {outcome.tried} assignments hold for all parameters"
    for name, count in excluded.most_common():
        runs = sum(finding.specification == name for _, finding, _ in outcome.violations)
        yield f"{count} excluded by {runs} violations of {name}"
    if outcome.empty:
        yield f"{outcome.empty} excluded by the assumptions"


def _assigned(names: tuple[str, ...], values: tuple[int, ...]) -> str:
    return ", ".join(f"{name} = {value}" for name, value in zip(names, values, strict=True))
