"""VeriPB: a proof in cutting planes, as pseudo-Boolean solvers log it, turned into steps.

A log numbers constraints ``sum of a_i * literal_i >= degree`` with ``a_i > 0``: a literal is a
binary or one minus a binary. ``l k`` repeats the k-th of the formula; ``pol`` computes one from
earlier ones in reverse Polish notation (Bogaerts, Gocht, McCreesh and Nordström 2023):

- ``a b +`` and ``a n *``: sums and multiples; a literal stands for ``literal >= 0``;
- ``a n d``: coefficients and degree are divided, and rounded up;
- ``a s``: no coefficient is above the degree (saturation).

A division is a rounding of the sum before it. So is a saturation where one multiplier brings the
largest coefficient down and leaves the degree, as for clauses; else it follows on both sides of a
split: whether one of the literals with too large a coefficient is true.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.milp.certificate.proof import TooLongError

from .total import Total

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from milpbft.milp.certificate.steps import Step

    from .binaries import Binaries

_Multiple = tuple["Step", int]
_OPERATIONS = frozenset("+*ds")
_TRUE = -1
"""Stands for the constraint that a log begins with, which says nothing."""
MOST = 26_000_000
"""Terms and multiples of the steps; of more, memory and the file would take too much."""


class LogError(ValueError):
    """A log that is no proof of an absurdity by the rules that are read."""


class Log:
    """A log as it is read, and the steps of what its last constraint needs.

    Parameters
    ----------
    formula
        The constraints of the formula, in order: steps, and -1 for those that are ``<=``.
    binaries
        What variables are.
    most
        Terms and multiples that the steps may have.
    """

    def __init__(
        self, formula: Sequence[tuple[Step, int]], binaries: Binaries, most: int = MOST
    ) -> None:
        self._formula, self._binaries, self._most = formula, binaries, most
        self._lines: list[str | int] = [_TRUE]
        self._steps: dict[int, tuple[Step, int]] = {}

    def absurdity(self, lines: Iterable[str]) -> Step:
        """Return the step that the log ends with.

        Raises
        ------
        LogError
            Where there is none, or a rule is another one.
        TooLongError
            Where its steps take more than a certificate may.
        """
        for line in lines:
            kind, _, rest = line.rstrip("\n ;").partition(" ")
            match kind:
                case "pol":
                    self._lines.append(rest)
                case "l":
                    self._lines.append(int(rest) - 1)
                case "rup":
                    if rest != ">= 0":
                        raise LogError(f"there is no rule for {line[:40]!r}")
                    self._lines.append(_TRUE)
                case "c":
                    return self._derived(int(rest))
                case "pseudo-Boolean":
                    continue
                case _:
                    raise LogError(f"there is no rule for {line[:40]!r}")
        raise LogError("it ends without an absurdity")

    def _derived(self, final: int) -> Step:
        self._binaries.written = 0
        for number in sorted(self._needed(final)):
            line = self._lines[number]
            if line == _TRUE:
                raise LogError("an empty constraint is used")
            if isinstance(line, int):
                self._steps[number] = self._formula[line]
                continue
            self._steps[number] = self._computed(line)
            if self._binaries.written > self._most:
                raise TooLongError(f"its proof takes more than {self._most} terms")
        last = self._total(str(final))
        for column, value in last.pairs:
            # What is left can reach no more than this.
            last.add_literal(column, -value, abs(value))
        if last.side <= 0:
            raise LogError("its last constraint is no absurdity")
        return last.absurdity()

    def _needed(self, final: int) -> set[int]:
        """Return the numbers of what a constraint rests on, itself included."""
        found, stack = {final}, [final]
        while stack:
            line = self._lines[stack.pop()]
            if isinstance(line, int):
                continue
            words = line.split()
            for word, after in zip(words, [*words[1:], ""], strict=True):
                if word.isdecimal() and after not in ("*", "d") and int(word) not in found:
                    found.add(int(word))
                    stack.append(int(word))
        return found

    def _computed(self, line: str) -> tuple[Step, int]:
        """Evaluate reverse Polish notation."""
        words, stack = line.split(), list[Total | _Multiple | str]()
        for word, after in zip(words, [*words[1:], ""], strict=True):
            if word not in _OPERATIONS:
                stack.append(word)
                continue
            other = stack.pop()
            match word:
                case "+":
                    total = self._total(stack.pop())
                    if isinstance(other, Total):
                        total.join(other)
                    else:
                        step, by = self._multiple(other)
                        alone = isinstance(other, str) and after == "s"
                        if not (alone and total.resolve(step, by)):
                            total.add(step, by)
                    stack.append(total)
                case "*":
                    stack.append(self._scaled(stack.pop(), int(str(other))))
                case "d":
                    stack.append(self._only(self._total(stack.pop()).divided(int(str(other)))))
                case _:
                    total = self._total(other)
                    total.saturate()
                    stack.append(total)
        return self._total(stack.pop()).step()

    def _scaled(self, operand: Total | _Multiple | str, by: int) -> Total | _Multiple:
        if isinstance(operand, Total):
            operand.scale(by)
            return operand
        step, had = self._multiple(operand)
        return step, had * by

    def _multiple(self, operand: _Multiple | str) -> _Multiple:
        if not isinstance(operand, str):
            return operand
        if operand[0] in "x~":
            return self._binaries.literal(operand)
        return self._steps[int(operand)]

    def _total(self, operand: Total | _Multiple | str) -> Total:
        return operand if isinstance(operand, Total) else self._only(*self._multiple(operand))

    def _only(self, step: Step, by: int = 1) -> Total:
        total = Total(self._binaries)
        total.add(step, by)
        return total
