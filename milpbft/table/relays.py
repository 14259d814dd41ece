"""Relays: tables of nodes that may also crash once they have decided.

What such a node sent stays sent, and what it has accepted counts as accepted where blocks are
counted: two nodes have forked though one of them crashes afterwards. Whoever waits for a decision
no longer has it from that node. In a full mesh nothing depends on the crash; over an overlay the
node is a relay of what others say. Counted tables leave it out: they have no relays.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import networkx as nx

from milpbft.automaton.rule import Rule
from milpbft.automaton.table import Act

if TYPE_CHECKING:
    from milpbft.automaton.table import Table


def falling(table: Table) -> Table:
    """Return a table with a rule by which nodes crash from each location of a decision.

    It leads to where the other nodes of that class crash; classes have no location in common.
    """
    rules = table.automaton.rules
    classes = nx.Graph((rule.source, rule.target) for rule in rules)
    ends = set(table.crashed)
    known = {rule.source for rule in rules if rule.target in ends}
    decided = {place for places in table.done.values() for place in places} - known
    added, meaning = list[Rule](), dict[str, Act]()
    for place in sorted(decided):
        # A location keeps its view; one that nothing has left so far is of no later one.
        come = min(table.meaning[rule.name].view for rule in rules if rule.target == place)
        view = table.views.get(place, come)
        for end in sorted(nx.node_connected_component(classes, place) & ends):
            rule = Rule(f"fall_{place}", place, end)
            added.append(rule)
            meaning[rule.name] = Act("crash", view)
    automaton = replace(table.automaton, rules=(*rules, *added))
    return replace(table, automaton=automaton, meaning=table.meaning | meaning)
