"""All values that satisfy a condition: the configurations in which a run can start."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from milpbft.automaton.condition import Condition
    from milpbft.automaton.linear import Linear


def solutions(condition: Condition, names: Sequence[str]) -> Iterator[tuple[int, ...]]:
    """Give all natural values of the names under which a condition over them holds, each once.

    Raises
    ------
    InputError
        If the condition leaves a name without an upper bound.
    """
    cases = condition.dnf()
    for index, case in enumerate(cases):
        rows = [atom.linear for atom in case]
        rows += [-atom.linear for atom in case if atom.comparison == "=="]
        for point in _points(rows, names):
            values = dict(zip(names, point, strict=True))
            earlier = cases[:index]
            if not any(all(atom.evaluate(values) for atom in other) for other in earlier):
                yield point


def _points(rows: list[Linear], names: Sequence[str]) -> Iterator[tuple[int, ...]]:
    highest = _bounds(rows, names)
    if highest is None:
        return
    if not names:
        yield ()
        return
    tried = [iter(range(highest[names[0]] + 1))]
    left, point = [rows], list[int]()
    while tried:
        name = names[len(point)]
        value = next(tried[-1], None)
        if value is None:
            tried.pop()
            left.pop()
            point = point[:-1]
            continue
        rest = [row.substitute({name: value}) for row in left[-1]]
        if any(_most(row, highest) < 0 for row in rest):
            continue
        if len(point) + 1 == len(names):
            yield (*point, value)
            continue
        point.append(value)
        left.append([row for row in rest if row.terms])
        tried.append(iter(range(highest[names[len(point)]] + 1)))


def _most(row: Linear, highest: dict[str, int]) -> int:
    return row.constant + sum(c * highest[name] for name, c in row.terms if c > 0)


def _bounds(rows: list[Linear], names: Sequence[str]) -> dict[str, int] | None:
    """Give an upper bound of each name; None where the rows contradict each other."""
    highest: dict[str, int] = {}
    # Each round that changes something bounds one more name; tightening further is not needed.
    for _ in names:
        for row in rows:
            slack = row.constant + sum(c * highest.get(n, 0) for n, c in row.terms if c > 0)
            if any(c > 0 and name not in highest for name, c in row.terms):
                continue
            if slack < 0:
                return None
            for name, c in row.terms:
                if c < 0:
                    highest[name] = min(highest.get(name, slack // -c), slack // -c)
    for name in names:
        if name not in highest:
            raise InputError("initial", name, "a bounded number at the start")
    return highest
