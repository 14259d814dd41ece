"""What is asked of a rule table for all sizes at once: no fork, or no lock, with so many faults."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING

from milpbft.automaton.condition import Condition, all_of, any_of, at_least, equal
from milpbft.automaton.linear import Linear
from milpbft.automaton.temporal.normal import Last
from milpbft.errors import InputError
from milpbft.question.objective import Goal

if TYPE_CHECKING:
    from milpbft.automaton.automaton import Automaton
    from milpbft.automaton.table import Table
    from milpbft.question.strict import StrictInstance

_T, _F = Linear.of("T"), Linear.of("F")
# Guards with such a coefficient are on where a Byzantine node is not: for so many nodes at most.
_LARGE = 1000


@dataclass(frozen=True)
class Sized:
    """A rule table, and the sizes that it is the protocol's for.

    Parameters
    ----------
    table
        With the guards of any size.
    sizes
        Condition on its parameters.
    usual
        A narrower condition, for the sizes of the protocol as it is printed.
    quorum
        Correct nodes that must be done, where blocks are not fetched.
    """

    table: Table
    sizes: Condition
    usual: Condition
    quorum: Linear


@dataclass(frozen=True)
class Query:
    """What no run of any size is to show.

    Parameters
    ----------
    automaton
        The table's, its assumptions with the sizes and the number of faults.
    task
        How a run that violates it ends.
    about
        ``fork`` or ``lock``.
    crashes
        How many nodes may crash and start again, in words.
    """

    automaton: Automaton
    task: Last
    about: str
    crashes: str = ""

    @property
    def scope(self) -> str:
        """The sizes and faults that an answer is about."""
        return f"{self.automaton.assumptions}; {self.crashes}"


def query(sized: Sized, instance: StrictInstance, *, usual: bool = False) -> Query:
    """Ask whether an instance's objective can be reached at any size.

    The faults of the instance are counted from its f: with f Byzantine nodes, T of any size; with
    f + 1, T + 1; with none, none. Where all its other nodes may start again, any number may.

    Parameters
    ----------
    usual
        Only the sizes of the protocol as it is printed.

    Raises
    ------
    InputError
        Where the objective is neither about forks nor about locks, or the table has one block only;
        or where nodes reload their logs or messages are lost, which no table of all sizes has.
    """
    table, aim = sized.table, instance.objective
    for field in ("reloads", "losses"):
        if count := getattr(instance, field):
            raise InputError(field, count, "0 for all sizes at once")
    if not isinstance(aim, Goal) or aim.timed or aim.of == "state":
        allowed = "forks, undecided, or faults or steps to a fork or a lock"
        raise InputError("objective", aim.name, allowed)
    lock = aim.kind == "undecided" or aim.of == "lock"
    crashed, reborn = _count(table.crashed), _count(table.reborn)
    assumed = [table.automaton.assumptions, sized.usual if usual else sized.sizes, *_lies(table)]
    few = []
    if not lock and len(table.done) < 2:
        raise InputError(
            "values", instance.values, "a second view or value, or no fork is possible"
        )
    if aim.kind == "faults":
        faulty = _count((*table.crashed, *table.reborn))
        few += [at_least(_T - _F - faulty), *([] if instance.crashes else [equal(crashed)])]
        assumed.append(at_least(_T - _F) if instance.byzantine else equal(_F))
    else:
        assumed.append(_budget(_F, instance.byzantine, instance.f))
        few.append(_budget(crashed, instance.crashes, instance.f))
        if instance.amnesia and not instance.all_again:
            few.append(_budget(reborn, instance.amnesia, instance.f))
    owed = (atom.linear for atoms in table.owed.values() for atom in atoms)
    if any(abs(c) >= _LARGE for linear in owed for _, c in linear.terms):
        assumed.append(at_least(-Linear.of("N") + _LARGE))
    automaton = replace(table.automaton, assumptions=all_of(assumed), specifications=())
    quorum = None if instance.fetch else sized.quorum
    end = _lock(table, quorum) if lock else _fork(table)
    about = "lock" if lock else "fork"
    return Query(automaton, Last(all_of([end, *few])), about, _spoken(instance))


def _count(places: tuple[str, ...]) -> Linear:
    """Count the nodes in some locations."""
    return Linear.combine((place, 1) for place in dict.fromkeys(places))


def _spoken(instance: StrictInstance) -> str:
    """Say how many nodes may crash, and start again."""
    if instance.objective.name.startswith("faults"):
        kinds = {"crashed nodes": instance.crashes, "nodes that start again": instance.amnesia}
        said = [kind for kind, count in kinds.items() if count]
        return f"{', '.join(said)} and F are at most T" if said else "nobody crashes"
    crashes = f"{_most(instance.crashes, instance)} crash" if instance.crashes else "nobody crashes"
    if not instance.amnesia:
        return crashes
    again = "any number" if instance.all_again else _most(instance.amnesia, instance)
    return f"{crashes}, {again} start again"


def _most(count: int, instance: StrictInstance) -> str:
    beyond = count - instance.f
    return f"at most T{f' {beyond:+d}' if beyond else ''}"


def _budget(count: Linear, faults: int, f: int) -> Condition:
    """At most as many as the instance has, beside T what it has beside f."""
    return at_least(_T + (faults - f) - count) if faults else equal(count)


def _lies(table: Table) -> list[Condition]:
    """Lies of a node's own view count up to T + 1: more change no guard."""
    lies = [name for name in table.automaton.parameters if name.startswith("L_")]
    return [at_least(_T + 1 - Linear.of(name)) for name in lies]


def _fork(table: Table) -> Condition:
    """Some two blocks are accepted."""
    accepted = [
        at_least(Linear.combine(((place, 1) for place in places), -1))
        for places in table.done.values()
    ]
    return any_of(one & other for one, other in combinations(accepted, 2))


def _lock(table: Table, quorum: Linear | None) -> Condition:
    """At rest, nobody beyond the modelled views, and too few done: nobody, or fewer than a quorum.

    A node may stay where a rule leads out that it owes only if what correct nodes sent does not
    allow the rule.
    """
    rest = [
        any_of([equal(Linear.of(table.automaton.rule(name).source)), *(~atom for atom in atoms)])
        for name, atoms in table.owed.items()
    ]
    done = Linear.combine((place, 1) for places in table.done.values() for place in places)
    beyond = Linear.combine((place, 1) for place in table.left)
    few = equal(done) if quorum is None else at_least(quorum - 1 - done)
    return all_of([*rest, few, equal(beyond)])
