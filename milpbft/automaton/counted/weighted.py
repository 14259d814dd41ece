"""Weighted objectives in the counted encoding: blocks, views and messages of runs at rest.

What is counted is said once, in `milpbft.question.objective.Objective`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.automaton.counted import goal
from milpbft.milp.problem import EQ, GE, LE

if TYPE_CHECKING:
    from milpbft.automaton.counted.encoding import Counted, Terms
    from milpbft.automaton.counted.losses import Losses
    from milpbft.automaton.rule import Rule
    from milpbft.automaton.table import Table
    from milpbft.question.objective import Objective


def weigh(
    encoded: Counted, table: Table, objective: Objective, *, fetch: bool, losses: int = 0
) -> tuple[int, Losses | None]:
    """Optimise a weighted sum of blocks, views and messages over runs at rest.

    Parameters
    ----------
    encoded
        The encoding of the table's automaton, without objective.
    table
        The protocol.
    fetch
        Whether blocks are fetched.
    losses
        Most messages that are lost for good.

    Returns
    -------
    tuple
        Number of the binary variable that says that the run ends quiescent, as it always does
        where blocks are not fetched; and what is lost, None where nothing may be.
    """
    quiet, lost = _rest(encoded, table, fetch=fetch, losses=losses)
    totals = {
        "blocks": (_blocks(encoded, table), len(table.done), 0),
        "views": (_views(encoded, table), _last_view(table) + 1, 1),
        "messages": (_messages(encoded, table), _most_messages(encoded, table), 0),
    }
    for name, (terms, upper, constant) in totals.items():
        total = int(encoded.builder.variables(name, upper=upper).index)
        encoded.row(name, [(1, total), *((-c, number) for c, number in terms)], EQ, constant)
        weight = getattr(objective, name)
        if weight:
            encoded.optimise([(weight, total)])
    return quiet, lost


def _rest(encoded: Counted, table: Table, *, fetch: bool, losses: int) -> tuple[int, Losses | None]:
    """Nobody leaves the modelled views; ``quiet + sum x[K, done] >= 1`` where blocks are fetched.

    Where a correct node is done and blocks are fetched, the others owe nothing: they get its block.
    """
    quiet = int(encoded.builder.variables("quiet").index)
    lost = goal.quiescent(encoded, table, quiet, losses)
    encoded.row("in_model", goal.final(encoded, table.left), LE, 0)
    done = tuple(place for places in table.done.values() for place in places)
    encoded.row("at_rest", [(1, quiet), *(goal.final(encoded, done) if fetch else [])], GE, 1)
    return quiet, lost


def _blocks(encoded: Counted, table: Table) -> Terms:
    """``accepted[B] <= sum x[K, done with B] <= n accepted[B]``; their sum is the blocks."""
    terms = goal.blocks(encoded, table)
    for (_, accepted), places in zip(terms, table.done.values(), strict=True):
        slack = (-encoded.bounds.nodes, accepted)
        encoded.row("accepted", [*goal.final(encoded, places), slack], LE, 0)
    return terms


def _views(encoded: Counted, table: Table) -> Terms:
    """``entered[v] <= nodes that enter view v <= n entered[v]``; one more than these are used."""
    last = _last_view(table)
    if last == 0:
        return []
    entered = encoded.builder.variables("entered", last, base=1)
    for view in range(1, last + 1):
        here = int(entered.index[view - 1])
        names = [rule.name for rule in table.automaton.rules if _entered(table, rule) == view]
        flows = [(1, int(number)) for name in names for number in encoded.flow[name].index]
        encoded.row("entered", [(1, here), *((-1, number) for _, number in flows)], LE, 0)
        encoded.row("entered", [*flows, (-encoded.bounds.nodes, here)], LE, 0)
    return [(1, int(number)) for number in entered.index]


def _messages(encoded: Counted, table: Table) -> Terms:
    return [
        (count, int(number))
        for rule in table.automaton.rules
        if (count := broadcasts(table, rule))
        for number in encoded.flow[rule.name].index
    ]


def _most_messages(encoded: Counted, table: Table) -> int:
    most = max(broadcasts(table, rule) for rule in table.automaton.rules)
    return most * encoded.bounds.steps


def broadcasts(table: Table, rule: Rule) -> int:
    """Return how many messages a correct node broadcasts when it takes a rule.

    One where a counter grows, unless the table lists what its rules send.
    """
    if rule.source in table.tokens:
        return 0
    return len(table.sends.get(rule.name, ())) if table.sends else int(bool(rule.increments))


def _entered(table: Table, rule: Rule) -> int | None:
    """Return the view that a rule leads to, where it is another modelled one."""
    return None if rule.target in table.left else table.enters(rule.name, rule.target)


def _last_view(table: Table) -> int:
    views = (_entered(table, rule) for rule in table.automaton.rules)
    return max((view for view in views if view is not None), default=0)
