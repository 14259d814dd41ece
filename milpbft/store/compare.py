"""Compare: what changed between two stores."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from milpbft.store.record import Record

Change = Literal["new", "gone", "value", "outcome", "bound", "verdict"]


@dataclass(frozen=True)
class Difference:
    """An instance, encoding and solver of which two stores do not say the same.

    Parameters
    ----------
    change
        What differs, the gravest first: ``value`` of two proven answers, one of which is wrong,
        or of two incumbents; ``outcome``; ``bound``; ``verdict``; or one store does not have it.
    before, after
        The results; None where there is none.
    """

    change: Change
    before: Record | None
    after: Record | None

    @property
    def contradiction(self) -> bool:
        """Whether both are proven, so that one must be wrong."""
        return bool(
            self.change in ("value", "outcome")
            and self.before
            and self.after
            and self.before.proven
            and self.after.proven
        )

    def __str__(self) -> str:
        """Such as ``value    dbft2-n4-t5-p1 (compact, cbc): optimal 3 -> optimal 4``."""
        one = self.after or self.before
        assert one is not None, "a difference has a side"
        sides = [side.answer if side else "-" for side in (self.before, self.after)]
        if self.change == "verdict":
            sides = [f"{side.verdict} {side.reason}".strip() if side else "-"
                     for side in (self.before, self.after)]  # fmt: skip
        said = f"{one.instance} ({one.encoding}, {one.solver}): {' -> '.join(sides)}"
        return f"{self.change:<9}{said}" + ("  ONE IS WRONG" if self.contradiction else "")


def differences(before: Iterable[Record], after: Iterable[Record]) -> list[Difference]:
    """Compare two stores, by instance, encoding and solver; of several versions, the last counts.

    Times, nodes and schedules are not looked at: they differ between any two runs.
    """
    sides = [{(one.instance, one.encoding, one.solver): one for one in side}
             for side in (before, after)]  # fmt: skip
    found = []
    for key in sides[0] | sides[1]:
        old, new = sides[0].get(key), sides[1].get(key)
        if (change := _change(old, new)) is not None:
            found.append(Difference(change, old, new))
    return found


def _change(old: Record | None, new: Record | None) -> Change | None:
    if old is None or new is None:
        return "new" if old is None else "gone"
    if old.outcome != new.outcome:
        return "outcome"
    if old.value != new.value:
        return "value"
    if old.bound != new.bound:
        return "bound"
    return "verdict" if old.verdict != new.verdict else None
