"""Unknown quorums of a protocol's own table, as the command that solves finds them."""

import re
from dataclasses import asdict

import typer

from milpbft.check.quorums import RANGES, Quorums, Range, find_quorums
from milpbft.commands.console import Display, exit_code, print_json
from milpbft.errors import InputError
from milpbft.question.part import Question
from milpbft.report.theorem import quorum_lines
from milpbft.solvers import Limits

_RANGE = r"(-?\d{1,3})(?:\.\.(-?\d{1,3}))?"


def read_unknown(text: str) -> tuple[Range, Range, Range]:
    """Read ``quorum``, or ``quorum=0..1,-2..2,-1..2``: ranges of a, b and c.

    Raises
    ------
    InputError
        For any other text, and for ranges that end before they begin.
    """
    if text == "quorum":
        return RANGES
    found = re.fullmatch(f"quorum={_RANGE},{_RANGE},{_RANGE}", text)
    ends = [int(one) if one else None for one in found.groups()] if found else []
    pairs = [(low, low if high is None else high) for low, high in zip(ends[::2], ends[1::2],
             strict=True) if low is not None]  # fmt: skip
    if len(pairs) != 3 or any(low > high for low, high in pairs):
        raise InputError("unknown", text, "quorum, or quorum=0..1,-2..2,-1..2 for a, b and c")
    first, second, third = pairs
    return first, second, third


def unknown_quorum(instance: Question, text: str, limits: Limits, *, as_json: bool) -> int:
    """Find all quorums, at every size and at the sizes that the protocol is printed for."""
    ranges = read_unknown(text)
    found: dict[str, Quorums] = {}
    with Display(f"finding quorums of {instance.protocol}") as display:
        for sizes, usual in (("all", False), ("printed", True)):
            found[sizes] = find_quorums(
                instance, ranges, usual=usual, limits=limits, told=display.update
            )
    if as_json:
        print_json({"instance": instance.name, **{name: asdict(q) for name, q in found.items()}})
    else:
        for name, words in quorum_lines(found):
            typer.echo(f"{name:<15}{words}")
    every = found["all"]
    return exit_code(failed=not every.found, undecided=bool(every.undecided))
