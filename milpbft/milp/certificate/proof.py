"""Proof: the derivations of a bound as text, ready to stand in a certificate."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from milpbft.milp.certificate.steps import (
    Assumed,
    Combined,
    Given,
    Reason,
    Split,
    Step,
    Terms,
    needed,
    reduced,
    sources,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

LETTER = {-1: "L", 0: "E", 1: "G"}


@dataclass(frozen=True)
class Proof:
    """What proves that no point is better than a value, or that there is none.

    Parameters
    ----------
    derivations
        Section ``DER`` of the certificate, ASCII.
    steps
        Number of derivations in it.
    nodes
        Nodes of the search that found it.
    ordered
        Whether it is about the :func:`ordered <milpbft.milp.certificate.ordered.ordered>` problem.
    """

    derivations: bytes
    steps: int
    nodes: int
    ordered: bool = False


class TooLongError(ArithmeticError):
    """A proof would take more bytes than a certificate may."""


def proof_of(final: Step, given: int, nodes: int, limit: int, *, ordered: bool = False) -> Proof:
    """Write down what a final step rests on.

    Parameters
    ----------
    final
        The bound of the objective, or an absurdity; it rests on no assumption.
    given
        Number of bounds and rows of the problem, which are numbered before the derivations.
    nodes
        Nodes of the search.
    limit
        Bytes that it may take.
    ordered
        Of the proof.

    Raises
    ------
    TooLongError
        Where it takes more.
    """
    steps = needed(final)
    lines, size = [], 0
    for line in _derivations(steps, given):
        size += len(line)
        if size > limit:
            raise TooLongError(f"its proof takes more than {limit} bytes")
        lines.append(line)
    return Proof("".join(lines).encode("ascii"), len(steps), nodes, ordered)


def written(terms: Terms | list[tuple[int, int]]) -> str:
    """Write a left-hand side: how many terms, and then column and coefficient of each."""
    return " ".join([str(len(terms)), *(f"{column} {value}" for column, value in terms)])


_written = lru_cache(256)(written)
"""Both sides of a split, and what it concludes, have one left-hand side."""


def _derivations(steps: list[tuple[Step, Reason]], given: int) -> Iterator[str]:
    numbers = {id(step): given + k for k, (step, _) in enumerate(steps)}
    last = {id(one): given + k for k, (_, why) in enumerate(steps) for one in sources(why)}

    def number(step: Step) -> int:
        reason = step.reason
        return reason.number if isinstance(reason, Given) else numbers[id(step)]

    yield f"DER {len(steps)}\n"
    for k, (step, reason) in enumerate(steps):
        match reason:
            case Combined(parts, divisor, rounded):
                listed = sorted((number(part), by) for part, by in parts)
                words = (f"{index} {reduced(by, divisor)}" for index, by in listed)
                why = " ".join(["rnd" if rounded else "lin", str(len(parts)), *words])
            case Split(one, low, two, high):
                why = f"uns {number(one)} {number(low)} {number(two)} {number(high)}"
            case Assumed():
                why = "asm"
        end, sense = last.get(id(step), -1), LETTER[step.sense]
        yield f"d{k} {sense} {step.side} {_written(tuple(sorted(step.terms)))} {{ {why} }} {end}\n"
