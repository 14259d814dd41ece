"""Shrink: the same difference in fewer steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from milpbft.driver.recording import Difference, Recording
    from milpbft.sim.bench import Json


def shrunk(
    recording: Recording,
    difference: Difference,
    fails: Callable[[list[Json]], tuple[Recording, Difference] | None],
) -> tuple[Recording, Difference]:
    """Leave out steps, in blocks that get smaller, as long as the rest still `fails`.

    Parameters
    ----------
    recording, difference
        What failed.
    fails
        Runs some steps of the recording; returns what was recorded and the difference, None where
        it is another or none.
    """
    best = recording, difference
    kept = list(recording.steps)
    size = max(1, len(kept) // 2)
    while True:
        place = len(kept)
        shorter = False
        while place > 0:
            rest = kept[: max(0, place - size)] + kept[place:]
            if (found := fails(rest)) is not None:
                kept, best, shorter = rest, found, True
            place -= size
        if size == 1 and not shorter:
            return best
        size = max(1, size // 2)
