"""Ranges of parameters, as the command line takes them."""

from __future__ import annotations

import re
from itertools import product
from typing import TYPE_CHECKING

from milpbft.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from milpbft.automaton.automaton import Automaton
    from milpbft.automaton.counted.bounds import Ranges

_MOST = 1_000_000


def parse_ranges(texts: Iterable[str], option: str = "param") -> Ranges:
    """Read ``N=4`` and ``N=4..40``.

    Raises
    ------
    InputError
        Where a text is neither, a range is empty, or a name comes twice.
    """
    found: Ranges = {}
    for text in texts:
        match = re.fullmatch(r"([A-Za-z_]\w*)=(\d{1,7})(?:\.\.(\d{1,7}))?", text)
        if match is None or match[1] in found:
            raise InputError(option, text, "NAME=VALUE or NAME=LOW..HIGH, each name once")
        low, high = int(match[2]), int(match[3] or match[2])
        if not low <= high <= _MOST:
            raise InputError(option, text, f"a range that goes up, to {_MOST} at most")
        found[match[1]] = (low, high)
    return found


def each_value(automaton: Automaton, ranges: Ranges, free: Ranges) -> Iterator[Ranges]:
    """Yield every choice of values that the automaton's assumptions allow.

    Parameters
    ----------
    ranges
        Every value of these is tried.
    free
        These keep their range, for the solver to choose from.

    Raises
    ------
    InputError
        Where a name is no parameter, comes twice, or is missing, or no choice is allowed.
    """
    for name in (*ranges, *free):
        if name not in automaton.parameters or (name in ranges and name in free):
            allowed = f"one of {', '.join(automaton.parameters)}, as --param or as --free"
            raise InputError("param", name, allowed)
    for name in automaton.parameters:
        if name not in ranges and name not in free:
            raise InputError("param", name, f"needs a value, such as --param {name}=4")
    names = list(ranges)
    some = False
    for values in product(*(range(low, high + 1) for low, high in ranges.values())):
        fixed = dict(zip(names, values, strict=True))
        if automaton.assumptions.substitute(fixed).dnf():
            some = True
            yield {name: (value, value) for name, value in fixed.items()} | free
    if not some:
        text = ", ".join(f"{name}={low}..{high}" for name, (low, high) in ranges.items())
        raise InputError("param", text, f"{automaton.name} assumes {automaton.assumptions}")
