"""Template: a .ta file with unknown thresholds, read for values of them or of the parameters."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from math import prod
from typing import TYPE_CHECKING

from milpbft.automaton.linear import Linear
from milpbft.automaton.ta.expressions import Scope, linear
from milpbft.automaton.ta.reader import Reader
from milpbft.automaton.ta.syntax import Node, nodes, parse, tokens
from milpbft.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from milpbft.automaton.automaton import Automaton
    from milpbft.automaton.ta.expressions import Kind

Interval = tuple[int, int]
MOST = 2_000_000
"""Most assignments of unknowns that are searched."""


@dataclass(frozen=True)
class Template:
    """A file whose unknowns have a range each.

    Parameters
    ----------
    tree
        The file's syntax tree.
    ranges
        By unknown: its lowest and highest value.
    """

    tree: Node
    ranges: dict[str, Interval]

    @property
    def unknowns(self) -> tuple[str, ...]:
        """The unknowns, in the file's order."""
        return tuple(self.ranges)

    @property
    def size(self) -> int:
        """Number of assignments."""
        return prod(high - low + 1 for low, high in self.ranges.values())

    def assignments(self) -> Iterator[tuple[int, ...]]:
        """Yield every assignment."""
        return product(*(range(low, high + 1) for low, high in self.ranges.values()))

    def at(self, values: Mapping[str, int]) -> Automaton:
        """Give the automaton that the file is with these values of the unknowns."""
        given = {name: Linear.number(value) for name, value in values.items()}
        return Reader(self.tree, given).automaton()

    def seen_from(self, parameters: Mapping[str, int]) -> Automaton:
        """Give the automaton that the file is with these values of the parameters.

        Its parameters are the unknowns, each counted from its lowest value: names stand for natural
        numbers.
        """
        sizes = {name: Linear.number(value) for name, value in parameters.items()}
        free = {name: Linear.of(name) + low for name, (low, _) in self.ranges.items()}
        return Reader(self.tree, {**sizes, **free}).automaton()


def template(text: str, given: Mapping[str, Interval]) -> Template:
    """Read a file with unknowns.

    Parameters
    ----------
    given
        Ranges of unknowns. An unknown without takes those that the file assumes of it, such as
        ``0 <= a1; a1 <= 1;``.

    Raises
    ------
    InputError
        Where a file has no unknowns, a name is none, one has no range, or there are more than
        `MOST` assignments.
    """
    tree = parse(text)
    names = _declared(tree, "unknowns")
    if not names:
        raise InputError("file", "unknowns", "a file that declares unknowns to be found")
    for name in given:
        if name not in names:
            raise InputError("unknown", name, f"one of {', '.join(names)}")
    ranges = {name: given.get(name) or _assumed(tree, name) for name in names}
    found = Template(tree, ranges)
    if found.size > MOST:
        raise InputError("unknown", found.size, f"ranges with at most {MOST} assignments")
    return found


def _declared(tree: Node, what: str) -> list[str]:
    declared = (tokens(node) for node in nodes(tree) if node.data == "declaration")
    return [str(name) for kind, *names in declared if kind == what for name in names]


def _assumed(tree: Node, name: str) -> Interval:
    """Read the bounds of an unknown from the assumptions that are about it alone.

    The comparisons themselves are read, and not what they say of natural numbers: an unknown may be
    negative.
    """
    kinds: dict[str, Kind] = {name: "parameter"}
    allowed: tuple[Kind, ...] = ("parameter",)
    low: int | None = None
    high: int | None = None
    entries = [e for node in nodes(tree) if node.data == "assumptions" for e in nodes(node)]
    for entry in entries:
        used = {str(token) for node in entry.find_data("name") for token in tokens(node)}
        if entry.data != "comparison" or used != {name}:
            continue
        left, right = (linear(part, Scope(kinds), allowed) for part in nodes(entry))
        sign = str(tokens(entry)[0])
        difference = left - right if sign in {">=", ">"} else right - left
        by, rest = difference.coefficient(name), difference.constant - (sign in {">", "<"})
        if sign not in {">=", ">", "<", "<="} or by == 0:
            continue
        if by > 0:
            low = max(-(rest // by), low if low is not None else -(rest // by))
        else:
            high = min(rest // -by, high if high is not None else rest // -by)
    if low is None or high is None or low > high:
        allowed_text = f"bounds in the assumptions, or --unknown {name}=LOW..HIGH"
        raise InputError("unknown", name, allowed_text)
    return low, high
