"""Linear integer arithmetic without bounds: SMT-LIB text, decided by z3 (extra ``smt``).

z3 works in this process: a question here takes milliseconds, and synthesis asks thousands of them,
where a process for each would take most of the time. It ends by itself at its time and memory
limits.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Literal

from milpbft.errors import InputError

from .limits import Limits

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_NO_LIMITS = Limits()


@dataclass(frozen=True)
class Answer:
    """What became of a question.

    Parameters
    ----------
    status
        ``sat``: see `values`; ``unsat``: no values satisfy it, of any size; ``limit``: time or
        memory was over before.
    values
        Of all declared names.
    least
        How many of the sums to minimise have their least value for certain, from the first on.
    message
        What the solver says where a limit was reached.
    """

    status: Literal["sat", "unsat", "limit"]
    values: Mapping[str, int] = field(default_factory=dict)
    least: int = 0
    message: str = ""


class Smt:
    """A question in integer arithmetic.

    Parameters
    ----------
    text
        SMT-LIB declarations of integers and assertions.
    limits
        Of all that is asked together; threads are not used.

    Raises
    ------
    InputError
        Where z3 is not installed.
    """

    def __init__(self, text: str, limits: Limits = _NO_LIMITS) -> None:
        self._z3 = z3()
        self._solver: Any = self._z3.SolverFor("QF_LIA")
        if limits.memory_mb is not None:
            self._solver.set("max_memory", limits.memory_mb)
        self._end = None if limits.seconds is None else time.monotonic() + limits.seconds
        self._solver.from_string(text)

    def solve(self) -> Answer:
        """Find values that satisfy all assertions."""
        return self._check()

    def least(self, sums: Sequence[Sequence[str]], base: Smt | None = None) -> Answer:
        """Find values with the least first sum, among these the least second one, and so on.

        Parameters
        ----------
        sums
            Names to add up. No sum is negative: names stand for natural numbers.
        base
            A quick question that has all solutions of this one, of the names of all sums but the
            last: none of their sums is less than there. The last sum then becomes small, and not
            the least where that takes longer than all the others, and five seconds.
        """
        begin = time.monotonic()
        best = self._check()
        if best.status != "sat":
            return best
        proven = 0
        for number, names in enumerate(sums):
            low = 0
            if base is not None and number < len(sums) - 1:
                low = base.lowest(names)
            elif base is not None:
                now = time.monotonic()
                enough = now + max(5.0, now - begin)
                self._end = enough if self._end is None else min(self._end, enough)
            total: Any = self._z3.Sum([self._z3.Int(name) for name in names])
            best, reached = self._least(total, names, best, low)
            proven += reached and proven == number
            bound = total <= _value(names, best)
            self._solver.add(bound)
            if base is not None:
                base._solver.add(bound)
        return Answer("sat", best.values, proven)

    def lowest(self, names: Sequence[str]) -> int:
        """Give the least sum of some names; 0 where that is not known in time."""
        self._solver.push()
        answer = self.least([names])
        self._solver.pop()
        return _value(names, answer) if answer.least else 0

    def _least(
        self,
        total: Any,  # noqa: ANN401
        names: Sequence[str],
        best: Answer,
        low: int,
    ) -> tuple[Answer, bool]:
        """Ask for the lowest, then halve the interval between what is excluded and known."""
        middle = low
        while low < _value(names, best):
            self._solver.push()
            self._solver.add(total <= middle)
            answer = self._check()
            self._solver.pop()
            if answer.status == "limit":
                return best, False
            if answer.status == "sat":
                best = answer
            else:
                low = middle + 1
            middle = (low + _value(names, best)) // 2
        return best, True

    def _check(self) -> Answer:
        if self._end is not None:
            left = self._end - time.monotonic()
            if left <= 0:
                return Answer("limit", message="time limit")
            self._solver.set("timeout", max(1, int(1000 * left)))
        try:
            status = str(self._solver.check())
        except self._z3.Z3Exception as error:
            return Answer("limit", message=str(error))
        if status == "unsat":
            return Answer("unsat")
        if status != "sat":
            return Answer("limit", message=str(self._solver.reason_unknown()))
        model = self._solver.model()
        return Answer("sat", {str(d.name()): model[d].as_long() for d in model.decls()})


def z3() -> Any:  # noqa: ANN401
    """Give the library; InputError where it is not installed."""
    if find_spec("z3") is None:
        raise InputError("all", "z3", "needs the extra smt: pip install milpbft[smt]")
    return import_module("z3")


def _value(names: Sequence[str], answer: Answer) -> int:
    return sum(answer.values.get(name, 0) for name in names)
