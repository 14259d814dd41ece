"""What an automaton must be, so that counting its nodes loses nothing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Protocol

from milpbft.automaton.rule import guard_kind
from milpbft.errors import InputError, UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from milpbft.automaton.condition import Condition
    from milpbft.automaton.rule import Rule
    from milpbft.automaton.specification import Specification

IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
MIXED = "a mixed guard, counters of both signs, may turn on and off again: not supported"
# Words that mean something else where the .ta format expects a name.
RESERVED = frozenset({"true", "false", "unchanged", "reset"})


class Shape(Protocol):
    """What is looked at: the fields of an :class:`milpbft.automaton.automaton.Automaton`."""

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def parameters(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def counters(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def locations(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def assumptions(self) -> Condition: ...  # noqa: D102
    @property
    def initial(self) -> Condition: ...  # noqa: D102
    @property
    def rules(self) -> tuple[Rule, ...]: ...  # noqa: D102
    @property
    def specifications(self) -> tuple[Specification, ...]: ...  # noqa: D102


def validate(automaton: Shape) -> None:
    """Refuse an automaton that the encodings do not cover.

    Refused are: names that are no identifiers, unknown or used twice; guards over locations;
    guards that may turn on and off again (counters with both signs), since between two changes of
    guards the encoding lets nodes go any distance at once; increments below 1.

    Raises
    ------
    InputError
        With what is wrong, and where.
    """
    _check_names(automaton)
    parameters = frozenset(automaton.parameters)
    counters = frozenset(automaton.counters)
    everything = parameters | counters | frozenset(automaton.locations)
    _check_condition("assumptions", automaton.assumptions, parameters, "parameters only")
    _check_condition("initial", automaton.initial, everything, "known names only")
    for rule in automaton.rules:
        _check_rule(rule, automaton, parameters | counters)
    for spec in automaton.specifications:
        where = f"specification {spec.name}"
        _check_condition(where, spec.premise, everything, "known names only")
        _check_condition(where, spec.invariant, everything, "known names only")
        for condition in spec.claim.conditions if spec.claim else ():
            _check_condition(where, condition, everything, "known names only")


def _check_names(automaton: Shape) -> None:
    for name in (automaton.name, *(spec.name for spec in automaton.specifications)):
        _check_identifier(name)
    _check_unique("name", (*automaton.parameters, *automaton.counters, *automaton.locations))
    _check_unique("specification", (spec.name for spec in automaton.specifications))
    _check_unique("rule", (rule.name for rule in automaton.rules))
    if not automaton.locations:
        raise InputError("locations", (), "an automaton has at least one location")


def _check_identifier(name: str) -> None:
    if not IDENTIFIER.fullmatch(name) or name in RESERVED:
        allowed = "a name is letters, digits and _, does not start with a digit, and is no keyword"
        raise InputError(f"name {name}"[:80], name, allowed)


def _check_unique(what: str, names: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in names:
        _check_identifier(name)
        if name in seen:
            raise InputError(f"{what} {name}", name, "a name is used once")
        seen.add(name)


def _check_condition(
    where: str, condition: Condition, known: Collection[str], allowed: str
) -> None:
    unknown = sorted(condition.names - frozenset(known))
    if unknown:
        raise InputError(where, unknown[0], allowed)


def _check_rule(rule: Rule, automaton: Shape, known: Collection[str]) -> None:
    where = f"rule {rule.name}"
    for location in (rule.source, rule.target):
        if location not in automaton.locations:
            allowed = f"locations are {', '.join(automaton.locations)}"
            raise InputError(where, location, allowed)
    for counter, by in rule.increments:
        if counter not in automaton.counters:
            raise InputError(where, counter, "a rule increments shared counters")
        if by < 1:
            allowed = "an increment is at least 1: counters that fall are not supported"
            raise InputError(where, f"{counter} + {by}", allowed)
    if list(rule.increments) != sorted(dict(rule.increments).items()):
        raise InputError(where, rule.increments, "increments are sorted, one per counter")
    for atom in rule.guard:
        if atom.comparison != ">=":
            raise InputError(where, str(atom), "guards are bounds; split_rule makes them")
        _check_condition(where, atom, known, "guards compare counters and parameters")
        if guard_kind(atom, automaton.counters) == "mixed":
            raise UnsupportedError(where, str(atom), MIXED)
