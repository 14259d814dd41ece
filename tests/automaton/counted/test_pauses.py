"""Pauses: rules that are taken at a slot's start alone, such as those of nodes that start again."""

from __future__ import annotations

import pytest

from milpbft.automaton.counted.dependence import complete_slots, cuts
from milpbft.automaton.counted.model import CountedModel
from milpbft.dbft.model.v21.table import Dbft21
from milpbft.dbft.model.variant import Variant
from milpbft.pbft.instance import PbftInstance
from milpbft.pbft.model.strict import strict_model
from milpbft.question.files import parse_instance
from milpbft.solve import solve


def test_a_slot_for_each_pause_and_each_cut():
    """Guards that precede each other through a restart alone are no cuts."""
    instance = parse_instance("pbft-n4-v2-e2-forks-amnesia2")
    assert isinstance(instance, PbftInstance)
    table = strict_model(instance).table
    assert table.restarting
    assert len(cuts(table.automaton)) > 2
    assert not cuts(table.automaton, table.restarting)
    assert complete_slots(table.automaton, table.restarting, 2) == 3


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("dbft2-strict-n4-v1-forks-amnesia1", 1),
        ("dbft2-strict-n4-v1-undecided-own-view-amnesia1", 0),
        ("dbft2-strict-n4-v1-undecided-never-amnesia2", 4),
        ("pbft-n4-v1-e2-steps_fork-amnesia2", 16),
    ],
)
def test_values_are_as_with_a_slot_for_each_guard(monkeypatch, name: str, value: int):
    """Whether restarts begin slots or guards do is nothing to an optimum."""
    assert solve(parse_instance(name), solver="cpsat").solution.objective == value
    monkeypatch.setattr(CountedModel, "_pauses", frozenset())
    assert solve(parse_instance(name), solver="cpsat").solution.objective == value


def test_no_pauses_where_guards_turn_off():
    """Slots of two kinds have no place for them."""
    automaton = Dbft21(Variant(1, reading="pool")).automaton
    with pytest.raises(ValueError, match="only turn on"):
        complete_slots(automaton, frozenset({"crash"}), 1)
