"""Whether a specification of a threshold automaton holds for all parameters, by z3."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from milpbft.automaton.allsizes.rows import Slots, Whole, complete
from milpbft.automaton.allsizes.smtlib import script
from milpbft.automaton.obligations.obligations import Obligations, placed, turning
from milpbft.automaton.temporal.normal import open_ended, searches, task_of
from milpbft.automaton.temporal.resting import rests
from milpbft.check.finding import Candidate, decidable, settle
from milpbft.errors import InputError
from milpbft.solvers import Limits, Smt

if TYPE_CHECKING:
    from milpbft.automaton.automaton import Automaton
    from milpbft.automaton.condition import Atom
    from milpbft.automaton.obligations.obligations import Mode
    from milpbft.automaton.specification import Specification
    from milpbft.automaton.temporal.normal import Last, Task
    from milpbft.check.finding import Finding

_NO_LIMITS = Limits()


def decide_all(
    automaton: Automaton,
    specification: Specification,
    *,
    limits: Limits = _NO_LIMITS,
    slots: int | None = None,
    scope: str = "",
) -> Finding:
    """Decide a specification for all parameters that the automaton's assumptions allow.

    A violation has the least parameters: the first of them, then the second, and so on; among
    those with the least, one with few steps, if they are found soon. It was replayed.

    Parameters
    ----------
    limits
        Of each search; there are two, and more where what is to last rises and falls.
    slots
        Fewer slots than a proof takes find violations sooner and prove nothing.
    scope
        The assumptions in other words.

    Raises
    ------
    InputError
        Where the specification is not supported, no size admits a start, or z3 is not installed.
    """
    decidable(specification)
    if not inhabited(automaton, limits):
        raise InputError("assumptions", str(automaton.assumptions), "sizes at which a run starts")
    task = task_of(~specification.claimed)
    needed = complete(automaton, times(task))

    def search(slots: int, mode: Mode, pinned: tuple[Atom, ...]) -> Candidate | str:
        return find(automaton, task, slots, mode, limits=limits, pinned=pinned)

    found = settle(
        automaton,
        specification,
        search,
        slots or needed,
        complete=needed,
        pins=turning(task, automaton),
        scope=scope or scope_of(automaton),
    )
    if found.status == "holds" and automaton.cycles and not rests(~specification.claimed):
        reason = f"no run that rests violates it; {automaton.cycle} can be gone round without end"
        return replace(found, status="undecided", reason=reason)
    return found


@lru_cache(maxsize=16)
def inhabited(automaton: Automaton, limits: Limits) -> bool:
    """Say whether there is a start at all: a proof about no run would be none. True if unknown."""
    starts = (placed(condition, automaton, 0) for condition in
              (automaton.assumptions, automaton.initial))  # fmt: skip
    return Smt(script(starts), limits).solve().status != "unsat"


def times(task: Task) -> int:
    """Return at how many times besides start and end a task looks at a run."""
    found = searches(task)
    return found - 1 if found and open_ended(task) else found


def scope_of(automaton: Automaton) -> str:
    """Say which sizes a verdict for all parameters is about."""
    names = ", ".join(automaton.parameters)
    return f"all {names} with {automaton.assumptions}" if names else "the one size that there is"


def find(
    automaton: Automaton,
    task: Task,
    slots: int,
    mode: Mode,
    *,
    limits: Limits = _NO_LIMITS,
    pinned: tuple[Atom, ...] = (),
) -> Candidate | str:
    """Look for a run that shows a task; ``none`` is a proof that there is none."""
    run, asked = Slots(automaton, slots), Obligations(automaton, slots, mode, pinned)
    asked.ask(task)
    question = Smt(script([*run.rows(), *asked.conditions]), limits)
    taken = [name for k in range(slots) for name in run.numbers(k)]
    sizes = Smt(script([automaton.assumptions]), limits)
    answer = question.least([*([name] for name in automaton.parameters), taken], sizes)
    if answer.status != "sat":
        return "none" if answer.status == "unsat" else answer.message
    values = answer.values
    return Candidate(
        {name: values.get(name, 0) for name in automaton.parameters},
        run.start(values),
        tuple(run.flows(values, k) for k in range(slots)),
        answer.least >= len(automaton.parameters),
    )


def excluded(automaton: Automaton, task: Last, limits: Limits = _NO_LIMITS) -> str:
    """Ask whether numbers of acts alone exclude that a run ends so, in whatever order they are.

    Returns
    -------
    str
        ``none`` is a proof that there is no such run; else why that is open.
    """
    asked = Obligations(automaton, 1, "necessary", ())
    asked.ask(task)
    answer = Smt(script([*Whole(automaton).rows(), *asked.conditions]), limits).solve()
    if answer.status == "sat":
        return "numbers of acts alone do not exclude it, and in which order they are was not asked"
    return "none" if answer.status == "unsat" else answer.message
