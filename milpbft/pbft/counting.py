"""Messages per decision: counted by the model, over all runs of one view in which all decide."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from milpbft.automaton.counted import goal
from milpbft.automaton.counted.bounds import bound
from milpbft.automaton.counted.dependence import complete_slots
from milpbft.automaton.counted.encoding import Counted
from milpbft.milp.problem import EQ
from milpbft.pbft.instance import PbftInstance
from milpbft.pbft.model.strict import parameters_of, table_of
from milpbft.solvers import prover
from milpbft.solvers import solve as solve_problem

if TYPE_CHECKING:
    from milpbft.automaton.table import Label
    from milpbft.milp.problem import Sense


SHARES = frozenset({"PrepareShare", "SignShare", "CommitShare"})
"""Kinds that go to the collector and to nobody else."""


@dataclass(frozen=True)
class Count:
    """Messages from point to point until nothing is left to say, all nodes being correct.

    Parameters
    ----------
    protocol
        Its name in the registry.
    n
        Number of nodes.
    least, most
        Over all runs at rest in which every node decides; both proven. They differ where SBFT may
        take either path. Replies to clients and execution certificates are not counted.
    """

    protocol: str
    n: int
    least: int
    most: int


def count_messages(
    protocol: str, n: int, c: int = 0, *, fastpath: bool = False, solver: str | None = None
) -> Count:
    """Count the messages of a decision in a calm view 0.

    Parameters
    ----------
    c
        Redundant nodes of SBFT, as in n = 3f + 2c + 1.
    fastpath
        Whether SBFT's collector keeps to the fast path.
    solver
        Name of a solver; None for CP-SAT, or HiGHS where that is missing.

    Raises
    ------
    InputError
        Where the protocol has no such size.
    """
    words = {"redundant": c, "fastpath": fastpath, "calm": True}
    instance = PbftInstance.parse(f"{protocol}-n{n}-v1-undecided", **words)
    least, most = (_optimum(instance, sense, solver) for sense in ("min", "max"))
    return Count(protocol, n, least, most)


def _optimum(instance: PbftInstance, sense: Sense, solver: str | None) -> int:
    """Optimise ``sum copies(r) y[k,r]`` over quiescent runs in which everybody is done."""
    table = table_of(instance)
    automaton = table.automaton
    (initial,) = automaton.initial.dnf()
    bounds = bound(automaton, initial, parameters_of(instance))
    assert bounds is not None, "a strict instance has a start"
    encoded = Counted(automaton, bounds, complete_slots(automaton), sense)
    encoded.start(initial)
    goal.quiescent(encoded, table)
    done = [place for places in table.done.values() for place in places]
    everybody = [(1, int(encoded.located[place].index[encoded.slots])) for place in done]
    encoded.row("decided", everybody, EQ, instance.n)
    for rule in automaton.rules:
        if rule.source in table.tokens:
            continue
        if sent := sum(_copies(label, instance.n) for label in table.sends.get(rule.name, ())):
            encoded.optimise([(sent, int(number)) for number in encoded.flow[rule.name].index])
    chosen = solver or prover()
    solution = solve_problem(encoded.build(), chosen)
    assert solution.status == "optimal", "a calm view decides"
    assert solution.objective is not None, "an optimum has a value"
    return solution.objective


def _copies(label: Label, n: int) -> int:
    """Return how many messages from point to point a message is."""
    return 1 if label.kind in SHARES else n - 1
