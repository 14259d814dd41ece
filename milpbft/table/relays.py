"""Relays: tables of nodes that may also crash once they have decided.

What such a node sent stays sent, and its decision is no correct one any more. In a full mesh
nothing depends on it; over an overlay it is a relay of what others say. Tables made for counting
leave it out, since they ask nothing of who has decided.
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
    decided = [place for places in table.done.values() for place in places]
    added, meaning = list[Rule](), dict[str, Act]()
    for place in decided:
        ends = nx.node_connected_component(classes, place) & set(table.crashed)
        # It leads to no later view, from whichever one the decision was learnt.
        view = min(table.meaning[rule.name].view for rule in rules if rule.target == place)
        for end in sorted(ends):
            rule = Rule(f"fall_{place}", place, end)
            added.append(rule)
            meaning[rule.name] = Act("crash", view)
    automaton = replace(table.automaton, rules=(*rules, *added))
    return replace(table, automaton=automaton, meaning=table.meaning | meaning)
