"""The strict models of dBFT: which table an instance asks for, in which sizes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from milpbft.automaton.counted.idle import without_idle
from milpbft.dbft.model.production.forks import ForkTable
from milpbft.dbft.model.production.restarts import RestartTable
from milpbft.dbft.model.production.table import ProductionTable
from milpbft.dbft.model.production.timed.model import TimedModel
from milpbft.dbft.model.production.unfold import ProductionUnfolding
from milpbft.dbft.model.table import Dbft2
from milpbft.dbft.model.unfold import DbftUnfolding
from milpbft.dbft.model.v1.table import Dbft1
from milpbft.dbft.model.v21.table import Dbft21
from milpbft.dbft.model.v21.unfold import Dbft21Unfolding
from milpbft.dbft.model.variant import Variant
from milpbft.dbft.returns import ReturnRule
from milpbft.question.objective import Goal
from milpbft.table import (
    CRASHED,
    DONE,
    LEFT,
    USUAL,
    Thresholds,
    Unfolding,
    counted_model,
    per_node_model,
    ranges_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from milpbft.automaton.counted.bounds import Ranges
    from milpbft.automaton.counted.model import CountedModel
    from milpbft.automaton.pernode.model import PerNodeModel
    from milpbft.automaton.pernode.paths import Paths
    from milpbft.dbft.instance import DbftInstance
    from milpbft.dbft.model.family import FamilyTable
    from milpbft.dbft.model.state import State
    from milpbft.question.objective import Objective
    from milpbft.table import Groups, Table

TABLES: dict[str, type[FamilyTable]] = {table.name: table for table in (Dbft1, Dbft2, Dbft21)}


def variant_of(instance: DbftInstance) -> Variant:
    """Return the variant that an instance is about, its guards as its encoding has them."""
    equivocates = _equivocates(instance)
    return Variant(
        instance.views,
        ReturnRule(instance.returns),
        instance.agreement,
        1 if equivocates else _proposals(instance),
        "given" if instance.encoding == "compact" else instance.reading,
        liars=instance.byzantine > 0,
        rests=_rests(instance.objective),
        equivocates=equivocates,
        profile=instance.profile,
        options=tuple(instance.varied.items()),
        misses=_misses(instance) and _rests(instance.objective),
        reloads=instance.reloads > 0 or (instance.losses > 0 and instance.profile != "paper"),
        tight=instance.agreeing == instance.f + 2,
        thresholds=_thresholds(instance),
    )


def _misses(instance: DbftInstance) -> bool:
    """Whether a counted table says what nodes have that miss messages, and who asked when."""
    if (instance.profile, instance.encoding) != ("paper", "counted"):
        return False
    return instance.losses > 0 or (instance.reloads > 0 and instance.protocol == "dbft2")


def _proposals(instance: DbftInstance) -> int:
    """Return how many proposals of a view there may be.

    A primary of a profile proposes something new once it has started again.
    """
    again = instance.profile != "paper" and instance.amnesia > 0
    return max(instance.values, 2) if again else instance.values


def _rests(aim: Goal | Objective) -> bool:
    """Whether an objective is about runs that come to rest; a fork is one whatever follows."""
    return not isinstance(aim, Goal) or (aim.kind != "forks" and aim.of != "fork")


def _equivocates(instance: DbftInstance) -> bool:
    """Whether nobody commits to second proposals: f Byzantine nodes, and no messages counted."""
    aim = instance.objective
    counts = not isinstance(aim, Goal) and aim.messages != 0
    plain = (instance.protocol, instance.encoding) == ("dbft2", "counted")
    plain = plain and instance.profile == "paper"
    proven = plain and instance.returns != "committed-or-lost" and instance.byzantine <= instance.f
    proven &= 2 * instance.agreeing > instance.n + instance.byzantine
    return proven and instance.values > 1 and _rests(aim) and not counts


def _thresholds(instance: DbftInstance) -> Thresholds:
    """Return M; that of change views is the same where nothing else is said."""
    own = Thresholds.of(instance, USUAL.quorum, USUAL.view)
    return own if instance.view_quorum else replace(own, view=own.quorum)


def rules_of(instance: DbftInstance) -> FamilyTable:
    """Return the rules that an instance is about."""
    variant = variant_of(instance)
    if variant.profile != "paper":
        return _profile_table(instance)(variant)
    rules = TABLES[instance.protocol](variant)
    rules.restarting = instance.amnesia > 0 and instance.encoding == "counted"
    return rules


def _profile_table(instance: DbftInstance) -> type[ProductionTable]:
    """Return the rules of a profile: nodes that start again have those of forks, or of locks."""
    if not instance.amnesia:
        return ProductionTable
    return RestartTable if _rests(instance.objective) else ForkTable


def table_of(instance: DbftInstance) -> Table:
    """Return the rule table of an instance."""
    return rules_of(instance).table


def parameters_of(instance: DbftInstance) -> Ranges:
    """Return ranges of the table's parameters: sizes are fixed, who is Byzantine is not."""
    lies = (0, min(instance.byzantine, instance.f + 1))
    rules = rules_of(instance)
    return ranges_of(instance, rules) | dict.fromkeys(rules.false_counts, lies)


def strict_model(instance: DbftInstance) -> CountedModel:
    """Return the counted model of an instance."""
    rules, ranges = rules_of(instance), parameters_of(instance)
    state = state_of(instance, rules)
    back = _unfolding_of(instance)
    model = counted_model(instance, rules, unfolding=back, ranges=ranges, state=state)
    automaton = without_idle(model.table.automaton, ranges)
    missing = 0 if instance.profile == "paper" else min(instance.losses, instance.n)
    return replace(model, table=replace(model.table, automaton=automaton), missing=missing)


def _unfolding_of(instance: DbftInstance) -> Callable[[Any, dict[str, int]], Unfolding]:
    if instance.profile != "paper":
        return ProductionUnfolding
    return Dbft21Unfolding if instance.protocol == "dbft21" else DbftUnfolding


def state_of(instance: DbftInstance, rules: FamilyTable) -> Groups:
    """Return the locations that an instance's state is about, and how many nodes end in each."""
    assert rules.table, "the states are those of the table"
    return tuple(
        (tuple(k for k, state in rules.states.items() if _stands(state, phase, view)), count)
        for count, phase, view in instance.groups
    )


def _stands(state: State, phase: str, view: int) -> bool:
    """Whether a node is committed in a view, or in it and neither committed, done nor crashed."""
    committed = state.phase.startswith("C")
    inside = not committed and state.phase not in (DONE, CRASHED, LEFT)
    return state.view == view and (committed if phase == "c" else inside)


def pernode_model(instance: DbftInstance, paths: Paths | None = None) -> PerNodeModel:
    """Return the per-node model of an instance.

    Parameters
    ----------
    paths
        Those of its overlay; None for a full mesh.
    """
    rules = rules_of(instance)
    return per_node_model(instance, rules, paths, state=state_of(instance, rules))


def model_of(
    instance: DbftInstance, paths: Paths | None = None
) -> CountedModel | PerNodeModel | TimedModel:
    """Return the model of an instance in its encoding; paths as of :func:`pernode_model`."""
    compact = instance.encoding == "compact"
    if compact and instance.profile != "paper":
        return TimedModel(instance)
    return pernode_model(instance, paths) if compact else strict_model(instance)
