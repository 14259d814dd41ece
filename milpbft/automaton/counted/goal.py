"""Goals of the counted encoding: what the adversary wants of a protocol's rule table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.automaton.counted.losses import Losses
from milpbft.automaton.counted.reloads import takes_messages
from milpbft.milp.problem import EQ, LE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from milpbft.automaton.condition import Atom
    from milpbft.automaton.counted.encoding import Counted, Terms
    from milpbft.automaton.table import Groups, Table


def crashes(encoded: Counted, table: Table) -> Terms:
    """Terms that count the nodes that have crashed at the end."""
    return final(encoded, table.crashed)


def faulty(encoded: Counted, table: Table) -> Terms:
    """Terms that count the nodes that have crashed or started again, each once."""
    return final(encoded, tuple(dict.fromkeys((*table.crashed, *table.reborn))))


def restarts(encoded: Counted, table: Table) -> Terms:
    """Terms that count how often nodes start again: ``sum of y[k,r]`` over these rules."""
    rules = [rule for rule in encoded.flow if rule in table.restarting]
    return [(1, int(number)) for rule in rules for number in encoded.flow[rule].index]


def lock(
    encoded: Counted,
    table: Table,
    *,
    quorum: int | None = None,
    only_if: int | None = None,
    losses: int = 0,
    reloaded: Mapping[str, int] | None = None,
) -> Losses | None:
    """Require a liveness lock at the end: quiescent, and yet too few have decided.

    Parameters
    ----------
    encoded
        The encoding of the table's automaton.
    table
        The protocol.
    quorum
        Where blocks are not fetched: at least so many correct nodes would have to be done. None
        for block fetch: no correct node is done, since the others would get its block.
    only_if
        Number of a binary variable that asks for the lock; None to require it.
    losses
        Most messages that are lost for good.
    reloaded
        Nodes that reload their logs, see :mod:`milpbft.automaton.counted.reloads`.

    Returns
    -------
    Losses | None
        What is lost; None where nothing may be.
    """
    lost = quiescent(encoded, table, only_if, losses, reloaded)
    done = final(encoded, tuple(place for places in table.done.values() for place in places))
    _bound(encoded, "undecided", done, 0 if quorum is None else quorum - 1, only_if)
    _bound(encoded, "in_model", final(encoded, table.left), 0, only_if)
    return lost


def state(encoded: Counted, groups: Groups) -> None:
    """Require so many nodes in some locations at the end: ``sum of x[K, group] = count``."""
    for places, count in groups:
        encoded.row("state", final(encoded, places), EQ, count)


def _bound(encoded: Counted, family: str, terms: Terms, most: int, only_if: int | None) -> None:
    """``terms <= most``, or only if a binary variable is 1."""
    slack = encoded.bounds.nodes - most
    extra = [] if only_if is None else [(slack, only_if)]
    encoded.row(family, [*terms, *extra], LE, most if only_if is None else most + slack)


def quiescent(
    encoded: Counted,
    table: Table,
    only_if: int | None = None,
    losses: int = 0,
    reloaded: Mapping[str, int] | None = None,
) -> Losses | None:
    """Require that no correct node owes an act at the end, all that was sent being delivered.

    Where messages may be lost, see :mod:`milpbft.automaton.counted.losses`; all but these are.

    ``a(m[K]) + 1 <= U h[a]`` makes h true wherever the final counts allow atom a; a node may stay
    where a rule leads out only if one of the rule's atoms has h = 0, or the rule takes messages and
    it has reloaded its log.
    """
    if losses:
        return Losses(encoded, table, losses, only_if)
    needed = dict.fromkeys(atom for owed in table.owed.values() for atom in owed)
    atoms = {atom: k for k, atom in enumerate(needed)}
    holds = encoded.builder.variables("h", len(atoms), base=0)
    for atom, k in atoms.items():
        _link(encoded, atom, int(holds.index[k]))
    for rule in encoded.automaton.rules:
        if rule.name not in table.owed:
            continue
        here = int(encoded.located[rule.source].index[encoded.slots])
        most = encoded.bounds.location[rule.source]
        owed = table.owed[rule.name]
        terms = [(1, here), *((most, int(holds.index[atoms[atom]])) for atom in owed)]
        if reloaded and takes_messages(encoded, table, rule.name):
            terms.append((-1, reloaded[rule.source]))
        allowed = most * len(owed)
        if only_if is not None:
            terms.append((most, only_if))
            allowed += most
        encoded.row("quiescent", terms, LE, allowed)
    return None


def _link(encoded: Counted, atom: Atom, holds: int) -> None:
    terms, constant = encoded.terms(atom.linear, encoded.slots)
    highest = -encoded.lowest(-atom.linear)
    encoded.row("owed", [*terms, (-(highest + 1), holds)], LE, -1 - constant)


def undecided(
    encoded: Counted,
    table: Table,
    quorum: int | None = None,
    losses: int = 0,
    reloaded: Mapping[str, int] | None = None,
) -> tuple[Terms, Losses | None]:
    """Add a count of the correct nodes that never decide, 0 where there is no lock.

    Returns
    -------
    tuple
        The terms of the count, and what is lost as of :func:`lock`.
    """
    nodes = encoded.bounds.nodes
    count = encoded.builder.variables("undecided", upper=nodes)
    locked = encoded.builder.variables("locked")
    only = int(locked.index)
    lost = lock(encoded, table, quorum=quorum, only_if=only, losses=losses, reloaded=reloaded)
    here = int(count.index)
    encoded.row("undecided", [(1, here), (-nodes, int(locked.index))], LE, 0)
    out = {place for places in table.done.values() for place in places}
    out |= {*table.crashed, *table.tokens}
    places = tuple(place for place in encoded.automaton.locations if place not in out)
    waiting = [(-1, number) for _, number in final(encoded, places)]
    encoded.row("undecided", [(1, here), *waiting], LE, 0)
    return [(1, here)], lost


def blocks(encoded: Counted, table: Table) -> Terms:
    """Add a count of the different blocks that correct nodes accept.

    Returns
    -------
    list
        The terms of the count: one binary per block, ``accepted[B] <= sum x[K, done with B]``.
    """
    accepted = encoded.builder.variables("accepted", len(table.done), base=0)
    for k, places in enumerate(table.done.values()):
        there = [(-1, number) for _, number in final(encoded, places)]
        encoded.row("accepted", [(1, int(accepted.index[k])), *there], LE, 0)
    return [(1, int(number)) for number in accepted.index]


def final(encoded: Counted, places: tuple[str, ...]) -> Terms:
    """Count the nodes that are in some locations at the end."""
    return [(1, int(encoded.located[place].index[encoded.slots])) for place in places]
