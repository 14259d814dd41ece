"""Formula: linear temporal logic over the configurations of a run, without next.

A run that is finite goes on for ever in its last configuration: nodes may stay where they are, and
where rules form no cycle every run comes to rest. A formula is always in negation normal form.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING

from milpbft.automaton.condition import FALSE, TRUE, Condition, all_of, any_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence


class Formula(ABC):
    """A temporal formula. Combine with ``&``, ``|`` and ``~``."""

    @abstractmethod
    def along(self, word: Sequence[Mapping[str, int]]) -> list[Condition]:
        """Say what it takes for the formula to hold from each position of a finite run on.

        Parameters
        ----------
        word
            At least one configuration, with a value for every name that is known: the run stays
            in the last one.

        Returns
        -------
        list
            A condition over the names without a value for each position; `TRUE` or `FALSE` where
            all have one.
        """

    @abstractmethod
    def __invert__(self) -> Formula:
        """Negate; the negation is pushed down to the conditions."""

    @property
    @abstractmethod
    def conditions(self) -> tuple[Condition, ...]:
        """All conditions that occur, each once."""

    def __and__(self, other: Formula) -> Formula:
        return both((self, other))

    def __or__(self, other: Formula) -> Formula:
        return either((self, other))

    def holds(self, word: Sequence[Mapping[str, int]]) -> bool:
        """Decide the formula on a finite run in which every name has a value."""
        return self.along(word)[0] == TRUE


@dataclass(frozen=True)
class State(Formula):
    """A condition on the present configuration."""

    condition: Condition

    def along(self, word: Sequence[Mapping[str, int]]) -> list[Condition]:
        """Substitute what is known."""
        return [self.condition.substitute(values) for values in word]

    def __invert__(self) -> Formula:
        return State(~self.condition)

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """The condition itself."""
        return (self.condition,)


@dataclass(frozen=True)
class Both(Formula):
    """All parts hold. Build it with `both`."""

    parts: tuple[Formula, ...]

    def along(self, word: Sequence[Mapping[str, int]]) -> list[Condition]:
        """Conjoin position by position."""
        return [all_of(here) for here in zip(*(p.along(word) for p in self.parts), strict=True)]

    def __invert__(self) -> Formula:
        return either(~part for part in self.parts)

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """Those of all parts."""
        return _once(self.parts)


@dataclass(frozen=True)
class Either(Formula):
    """Some part holds. Build it with `either`."""

    parts: tuple[Formula, ...]

    def along(self, word: Sequence[Mapping[str, int]]) -> list[Condition]:
        """Disjoin position by position."""
        return [any_of(here) for here in zip(*(p.along(word) for p in self.parts), strict=True)]

    def __invert__(self) -> Formula:
        return both(~part for part in self.parts)

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """Those of all parts."""
        return _once(self.parts)


@dataclass(frozen=True)
class Always(Formula):
    """The part holds now and ever after: ``[]part``."""

    part: Formula

    def along(self, word: Sequence[Mapping[str, int]]) -> list[Condition]:
        """Conjoin from the end."""
        return _from_the_end(self.part.along(word), lambda here, later: here & later)

    def __invert__(self) -> Formula:
        return Eventually(~self.part)

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """Those of the part."""
        return self.part.conditions


@dataclass(frozen=True)
class Eventually(Formula):
    """The part holds now or at some later time: ``<>part``."""

    part: Formula

    def along(self, word: Sequence[Mapping[str, int]]) -> list[Condition]:
        """Disjoin from the end."""
        return _from_the_end(self.part.along(word), lambda here, later: here | later)

    def __invert__(self) -> Formula:
        return Always(~self.part)

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """Those of the part."""
        return self.part.conditions


@dataclass(frozen=True)
class Until(Formula):
    """`right` holds now or later, and `left` at every time before: ``left U right``."""

    left: Formula
    right: Formula

    def along(self, word: Sequence[Mapping[str, int]]) -> list[Condition]:
        """``right or (left and what comes next)``, from the end."""
        left, right = self.left.along(word), self.right.along(word)
        found = [right[-1]]
        for now, then in zip(reversed(left[:-1]), reversed(right[:-1]), strict=True):
            found.append(then | (now & found[-1]))
        return found[::-1]

    def __invert__(self) -> Formula:
        """Say that `right` fails for ever, or until a time at which both fail."""
        return weakly(~self.right, both((~self.left, ~self.right)))

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """Those of both sides."""
        return _once((self.left, self.right))


def weakly(left: Formula, right: Formula) -> Formula:
    """Say ``left W right``: `left` for ever, or until `right`."""
    return either((Always(left), Until(left, right)))


def both(parts: Iterable[Formula]) -> Formula:
    """Conjoin: nested conjunctions are flattened, conditions are joined."""
    return _gather(parts, Both)


def either(parts: Iterable[Formula]) -> Formula:
    """Disjoin: nested disjunctions are flattened, conditions are joined."""
    return _gather(parts, Either)


def _gather(parts: Iterable[Formula], kind: type[Both | Either]) -> Formula:
    """Join conditions into one; leave out what says nothing, and stop at what says it all."""
    join, neutral, decisive = (all_of, TRUE, FALSE) if kind is Both else (any_of, FALSE, TRUE)
    flat: list[Formula] = []
    for part in parts:
        flat += part.parts if isinstance(part, kind) else (part,)
    now = join(part.condition for part in flat if isinstance(part, State))
    rest = dict.fromkeys(part for part in flat if not isinstance(part, State))
    if now == decisive or not rest:
        return State(now)
    found = (*(() if now == neutral else (State(now),)), *rest)
    return found[0] if len(found) == 1 else kind(found)


def _from_the_end(
    here: list[Condition], join: Callable[[Condition, Condition], Condition]
) -> list[Condition]:
    found = [here[-1]]
    for now in reversed(here[:-1]):
        found.append(join(now, found[-1]))
    return found[::-1]


def _once(parts: Iterable[Formula]) -> tuple[Condition, ...]:
    seen: dict[Condition, None] = reduce(
        lambda found, part: found | dict.fromkeys(part.conditions), parts, {}
    )
    return tuple(seen)
