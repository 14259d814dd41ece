"""The MILP beside a theorem on a protocol's table: at each small size both must say the same."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from milpbft.errors import InputError
from milpbft.question.files import make_instance
from milpbft.question.objective import Goal
from milpbft.question.strict import StrictInstance
from milpbft.room import room_of
from milpbft.solvers import prover
from milpbft.solvers import solve as solve_problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from milpbft.check.everywhere import Theorem
    from milpbft.question.part import Question
    from milpbft.solvers import Limits


def cross_sizes(
    theorem: Theorem, instance: Question, most: int, *, solver: str | None, limits: Limits
) -> Theorem:
    """Solve the instance at each n up to `most`, with its faults counted from the f of that n.

    A theorem that holds is contradicted by any size at which the MILP reaches the fork or the lock;
    a violation is contradicted where the MILP does not reach it at the violation's own size, or
    reaches it at a smaller one.

    Returns
    -------
    Theorem
        With a note on what the MILP says; ``contradicted`` where the two cannot both be right.

    Raises
    ------
    InputError
        Where no size up to `most` is one of the protocol's.
    """
    assert isinstance(instance, StrictInstance), "theorems are about strict instances"
    sizes, open_ = [], []
    for there in at_sizes(instance, most):
        problem = room_of(there.protocol).model(there).problem
        solution = solve_problem(problem, solver or prover(), limits)
        reached = reaches(there, solution.status, solution.objective)
        if reached is None:
            open_.append(there.n)
            continue
        sizes.append(there.n)
        wanted = expected(theorem, there)
        if wanted is not None and reached != wanted:
            said = "reaches one" if reached else "reaches none"
            note = f"the MILP {said} at n = {there.n}, z3 says otherwise: a fault of milpbft"
            return replace(theorem, status="contradicted", notes=(*theorem.notes, note))
    if not sizes and not open_:
        raise InputError("cross", most, "a number of nodes that the protocol has, or more")
    note = f"MILP at n = {', '.join(map(str, sizes))}: the same" if sizes else ""
    left = f"MILP at n = {', '.join(map(str, open_))}: undecided" if open_ else ""
    return replace(theorem, notes=(*theorem.notes, *filter(None, (note, left))))


def at_sizes(instance: StrictInstance, most: int) -> Iterator[StrictInstance]:
    """Yield the instance at every n up to `most` that the protocol has."""
    shifts = {name: getattr(instance, name) - instance.f for name in ("byzantine", "crashes")
              if getattr(instance, name)}  # fmt: skip
    for n in range(4, most + 1):
        try:
            plain = make_instance({**instance.model_dump(), "n": n, "byzantine": 0, "crashes": 0})
            assert isinstance(plain, StrictInstance)
            faults = {name: plain.f + by for name, by in shifts.items()}
            found = make_instance({**instance.model_dump(), "n": n, **faults})
        except InputError:
            continue
        assert isinstance(found, StrictInstance)
        yield found


def reaches(instance: StrictInstance, status: str, value: int | None) -> bool | None:
    """Say whether a solution is about a fork or a lock; None where a limit leaves it open."""
    aim = instance.objective
    assert isinstance(aim, Goal), "theorems are about goals"
    if status == "infeasible":
        return False
    if status != "optimal" or value is None:
        return None
    least = {"undecided": 1, "forks": 2}
    if aim.kind in least:
        return value >= least[aim.kind]
    return aim.kind == "steps" or value <= instance.f


def expected(theorem: Theorem, there: StrictInstance) -> bool | None:
    """Say what the theorem says of a size: whether a fork or a lock is reached there.

    Of sizes beyond the least violation it says nothing: what holds there is the MILP's to say.
    """
    if theorem.status == "holds":
        return False
    least = theorem.parameters
    if theorem.status != "violated" or there.n > least["N"]:
        return None
    here = (there.n, there.f) == (least["N"], least["T"])
    return here if here or theorem.least else None
