"""Writer of threshold automata in the .ta format of ByMC and TACO."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from milpbft.automaton.condition import AllOf, Condition
from milpbft.automaton.rule import numbered

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from milpbft.automaton.automaton import Automaton
    from milpbft.automaton.rule import Rule

_NUMBERED = re.compile(r"r(0|[1-9][0-9]*)(?:[b-z]|_[0-9]+)?")


def write_ta(automaton: Automaton) -> str:
    """Write an automaton so that reading it back gives an equal one.

    The format numbers rules and does not name them. Names that the reader gives (``r3``, ``r3b``)
    come back as they were; where an automaton has others, its rules are numbered in order, and
    their names stand in comments.
    """
    return "\n".join(_lines(automaton)) + "\n"


def _numbers(automaton: Automaton) -> list[str]:
    """Give the number of each rule: the one in its name where all come back by that."""
    taken: Counter[str] = Counter()
    numbers = []
    for rule in automaton.rules:
        match = _NUMBERED.fullmatch(rule.name)
        if match is None or numbered(f"r{match[1]}", taken[match[1]]) != rule.name:
            return [str(index) for index in range(len(automaton.rules))]
        taken[match[1]] += 1
        numbers.append(match[1])
    return numbers


def _lines(automaton: Automaton) -> Iterator[str]:
    yield f"skel {automaton.name} {{"
    yield f"  local {_free_name('pc', automaton)};"
    if automaton.counters:
        yield f"  shared {', '.join(automaton.counters)};"
    if automaton.parameters:
        yield f"  parameters {', '.join(automaton.parameters)};"
    yield from _section("assumptions", _statements(automaton.assumptions))
    places = [f"{name}: [{index}];" for index, name in enumerate(automaton.locations)]
    yield from _section("locations", places)
    yield from _section("inits", _statements(automaton.initial))
    yield from _section("rules", _rules(automaton), len(automaton.rules))
    specs = [f"{spec.name}: {spec.formula};" for spec in automaton.specifications]
    yield from _section("specifications", specs)
    yield "}"


def _section(name: str, lines: Iterable[str], size: int | None = None) -> Iterator[str]:
    content = list(lines)
    yield ""
    yield f"  {name} ({len(content) if size is None else size}) {{"
    yield from (f"    {line}" for line in content)
    yield "  }"


def _statements(condition: Condition) -> list[str]:
    parts = condition.parts if isinstance(condition, AllOf) else (condition,)
    return [f"{part};" for part in parts]


def _rules(automaton: Automaton) -> Iterator[str]:
    for number, rule in zip(_numbers(automaton), automaton.rules, strict=True):
        if not _NUMBERED.fullmatch(rule.name):
            yield f"/* {rule.name} */"
        yield f"{number}: {rule.source} -> {rule.target}"
        yield f"  when ({rule.condition})"
        yield f"  do {{ {_updates(rule, automaton.counters)} }};"


def _updates(rule: Rule, counters: tuple[str, ...]) -> str:
    grown = dict(rule.increments)
    parts = [f"{name}' == {name} + {by};" for name, by in grown.items()]
    kept = [name for name in counters if name not in grown]
    if kept:
        parts.append(f"unchanged({', '.join(kept)});")
    return " ".join(parts)


def _free_name(name: str, automaton: Automaton) -> str:
    taken = {*automaton.parameters, *automaton.counters, *automaton.locations}
    while name in taken:
        name += "_"
    return name
