"""Reader of threshold automata in the .ta format of ByMC and TACO."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

from milpbft.automaton.automaton import Automaton
from milpbft.automaton.condition import all_of
from milpbft.automaton.linear import Linear
from milpbft.automaton.rule import Rule, guard_kind, numbered, split_rule
from milpbft.automaton.ta.expressions import Kind, Scope, condition, linear, ratio
from milpbft.automaton.ta.specification import specification
from milpbft.automaton.ta.syntax import Node, nodes, parse, problem, tokens
from milpbft.automaton.validation import MIXED
from milpbft.errors import InputError, UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from lark import Token

    from milpbft.automaton.condition import Condition
    from milpbft.automaton.specification import Specification

_KINDS: dict[str, Kind] = {"local": "local", "shared": "counter", "parameters": "parameter"}
_SECTIONS = ("assumptions", "locations", "inits", "rules", "specifications")
_UNKNOWN = (
    "an unknown needs a value (--unknown {name}=1), or let `automaton synthesise` find values"
)
_ONLY_INCREMENTS = "a rule may leave a counter unchanged or add a number: x' == x + 1"


Double = Literal["grows", "never"]
"""What a rule does that says that a counter grows and that it stays: see `read_ta`."""


def load_ta(
    path: Path, given: Mapping[str, Linear] | None = None, double: Double = "grows"
) -> Automaton:
    """Read an automaton from a file; see `read_ta`.

    Raises
    ------
    InputError
        If the file cannot be read, is no UTF-8, or holds no automaton that is supported.
    """
    return read_ta(text_of(path), given, double)


def text_of(path: Path) -> str:
    """Read a file.

    Raises
    ------
    InputError
        If the file cannot be read, or is no UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputError("file", str(path), str(error.strerror).lower()) from None
    except UnicodeDecodeError as error:
        raise InputError("file", str(path), f"text is UTF-8; byte {error.start} is not") from None


def read_ta(
    text: str, given: Mapping[str, Linear] | None = None, double: Double = "grows"
) -> Automaton:
    """Read an automaton in the format that ByMC [1]_ introduced and TACO [2]_ inherits.

    Rule ``3:`` is named ``r3``; a rule with a disjunction, and rules of one number, become ``r3``,
    ``r3b`` and so on. A counter that a rule does not assign stays as it is. Self-loops that change
    nothing are left out: no configuration is reached by them that was not there before, so no
    safety specification depends on them. (They give a node leave to stay, which only liveness
    asks about.) What ``inits`` does not mention starts at zero. Sizes in parentheses and local
    variables are read and ignored, definitions are expanded. A rule may say more than once what
    becomes of a counter, if it says the same.

    Parameters
    ----------
    given
        What unknowns and parameters of the file stand for: a number, or a combination that has no
        other name in it than theirs. Every unknown needs one.
    double
        A rule that says of one counter both that it grows and that it is unchanged can be read in
        two ways: the counter ``grows``, or, since both cannot be, the rule is ``never`` taken.

    Raises
    ------
    InputError
        In one line that starts with the place: ``line 12, column 7: …``. What is well-formed and
        not supported is an `UnsupportedError`.

    References
    ----------
    .. [1] I. Konnov, J. Widder. ByMC: Byzantine model checker. ISoLA 2018.
    .. [2] T. Baumeister, P. Eichler, S. Jacobs, M. Sakr, M. Völp. Parameterized verification of
       round-based distributed algorithms via extended threshold automata. FM 2024.
    """
    return Reader(parse(text), given or {}, double).automaton()


def readings(text: str, given: Mapping[str, Linear] | None = None) -> dict[str, Automaton]:
    """Read an automaton in each way in which its text can be read; see `read_ta`.

    Returns
    -------
    dict
        One automaton, called nothing, or one for each reading that is not the same.
    """
    tree = parse(text)
    first = Reader(tree, given or {}, "grows")
    automaton = first.automaton()
    if not first.doubled:
        return {"": automaton}
    return {
        f"{first.doubled} grows": automaton,
        f"{first.doubled} never grows there": Reader(tree, given or {}, "never").automaton(),
    }


class Reader:
    """Makes an automaton of a syntax tree; see `read_ta`.

    Attributes
    ----------
    doubled
        A counter of which a rule says both that it grows and that it stays; empty if there is none.
    """

    def __init__(self, tree: Node, given: Mapping[str, Linear], double: Double = "grows") -> None:
        self.tree = tree
        self.given = given
        self.double = double
        self.doubled = ""
        self.scope = Scope()
        self.declared: dict[Kind, list[str]] = {kind: [] for kind in get_args(Kind)}
        self.places: dict[str, Node | Token] = {}
        self.sections: dict[str, Node] = {}
        for node in nodes(tree):
            if node.data in _SECTIONS:
                if node.data in self.sections:
                    raise problem(node, str(node.data), "a section is written once")
                self.sections[str(node.data)] = node
        for needed in ("locations", "rules"):
            if needed not in self.sections:
                raise problem(tree, "...", f"a section {needed} is required")

    def automaton(self) -> Automaton:
        """Give the automaton; whatever is wrong with it is said with its place."""
        self._declare()
        rules = self._rules()
        try:
            return Automaton(
                str(tokens(self.tree)[1]),
                tuple(self.declared["parameter"]),
                tuple(self.declared["counter"]),
                tuple(self.declared["location"]),
                self._all("assumptions", ("parameter",)),
                self._all("inits", ("location", "counter", "parameter")),
                rules,
                tuple(self._specification(node, rules) for node in self._entries("specifications")),
            )
        except InputError as error:
            raise self._placed(error) from None

    def _declare(self) -> None:
        for node in nodes(self.tree):
            if node.data != "declaration":
                continue
            what, *names = tokens(node)
            for name in names:
                if what == "unknowns" and name not in self.given:
                    raise problem(name, str(name), _UNKNOWN.format(name=name))
                if what in {"unknowns", "parameters"} and name in self.given:
                    self._give(name)
                else:
                    self._add(name, _KINDS[str(what)])
        for node in self._entries("locations"):
            self._add(tokens(node)[0], "location")
        for node in nodes(self.tree):
            if node.data == "define":
                name = tokens(node)[0]
                if name in self.scope.kinds or name in self.scope.macros:
                    raise problem(name, str(name), "a name is used once")
                allowed: tuple[Kind, ...] = ("parameter", "counter", "location")
                self.scope.macros[str(name)] = ratio(nodes(node)[0], self.scope, allowed)

    def _give(self, name: Token) -> None:
        value = self.given[str(name)]
        if name in self.scope.macros:
            raise problem(name, str(name), "a name is used once")
        self.scope.macros[str(name)] = (value, 1)
        if value.names:
            self._add(name, "parameter")

    def _add(self, name: Token, kind: Kind) -> None:
        if name in self.scope.kinds:
            raise problem(name, str(name), "a name is used once")
        self.scope.kinds[str(name)] = kind
        self.declared[kind].append(str(name))
        self.places[f"name {name}"] = name

    def _entries(self, section: str) -> list[Node]:
        return nodes(self.sections[section]) if section in self.sections else []

    def _all(self, section: str, allowed: tuple[Kind, ...]) -> Condition:
        return all_of(condition(node, self.scope, allowed) for node in self._entries(section))

    def _specification(self, node: Node, rules: tuple[Rule, ...]) -> Specification:
        name = str(tokens(node)[0])
        self.places[f"specification {name}"] = self.places[f"name {name}"] = node
        return specification(name, nodes(node)[0], self.scope, rules)

    def _rules(self) -> tuple[Rule, ...]:
        read: list[Rule] = []
        taken: dict[str, int] = {}
        for node in self._entries("rules"):
            name = "r" + (str(tokens(node)[0]).lstrip("0") or "0")
            for rule in self._cases(name, node):
                index = taken.get(name, 0)
                taken[name] = index + 1
                final = numbered(name, index)
                self.places[f"rule {final}"] = node
                read.append(Rule(final, rule.source, rule.target, rule.guard, rule.increments))
        return tuple(read)

    def _cases(self, name: str, node: Node) -> tuple[Rule, ...]:
        _, source, target = tokens(node)
        for place in (source, target):
            if self.scope.kinds.get(place) != "location":
                raise problem(place, str(place), "the name is no location")
        increments = self._increments(node)
        guard = condition(nodes(node)[0], self.scope, ("counter", "parameter"))
        if increments is None or (source == target and not any(increments.values())):
            return ()
        try:
            cases = split_rule(name, str(source), str(target), guard, increments)
        except InputError as error:
            raise problem(node, error.value, error.allowed) from None
        self._check_mixed(nodes(node)[0], cases)
        return cases

    def _check_mixed(self, guard: Node, cases: tuple[Rule, ...]) -> None:
        """Refuse a guard that may turn on and off, at the comparison that says so."""
        counters = self.declared["counter"]
        for atom in (atom for rule in cases for atom in rule.guard):
            if guard_kind(atom, counters) == "mixed":
                allowed: tuple[Kind, ...] = ("counter", "parameter")
                said = guard.find_data("comparison")
                same = (n for n in said if condition(n, self.scope, allowed).names == atom.names)
                first = min(same, key=lambda n: (n.meta.line, n.meta.column), default=guard)
                raise problem(first, str(atom), MIXED, UnsupportedError)

    def _increments(self, node: Node) -> dict[str, int] | None:
        """Give what counters grow by; None where a rule contradicts itself and is never taken."""
        increments: dict[str, int] = {}
        impossible = False
        for action in nodes(node)[1:]:
            if action.data == "reset":
                allowed = f"resets are not supported; {_ONLY_INCREMENTS}"
                raise problem(action, "reset", allowed, UnsupportedError)
            growth = self._growth(action) if action.data == "update" else 0
            for counter in tokens(action):
                if self.scope.kinds.get(counter) != "counter":
                    raise problem(counter, str(counter), "the name is no shared variable")
                said = increments.setdefault(str(counter), growth)
                if said != growth:
                    if said and growth:
                        allowed = "a counter grows by one number in a rule"
                        raise problem(counter, str(counter), allowed)
                    self.doubled = self.doubled or str(counter)
                    increments[str(counter)] = said or growth
                    impossible = self.double == "never"
        return None if impossible else increments

    def _growth(self, action: Node) -> int:
        counter = str(tokens(action)[0])
        if self.scope.kinds.get(counter) != "counter":
            raise problem(action, counter, "the name is no shared variable")
        value = linear(nodes(action)[0], self.scope, ("counter", "parameter"))
        change = value - Linear.of(counter)
        if not change.terms and change.constant >= 0:
            return change.constant
        what = (
            "resets" if not value.terms else "decrements" if not change.terms else "other updates"
        )
        allowed = f"{what} are not supported; {_ONLY_INCREMENTS}"
        raise problem(action, f"{counter}' == {value}", allowed, UnsupportedError)

    def _placed(self, error: InputError) -> InputError:
        if error.field.startswith("line "):
            return error
        section = {"initial": "inits"}.get(error.field, error.field)
        place = self.places.get(error.field, self.sections.get(section, self.tree))
        return problem(place, error.value, error.allowed, type(error))
