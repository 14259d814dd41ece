"""Arithmetic of families: small expressions over the fields of an instance, read without eval.

What may stand in one: integers, texts in quotes, ``True`` and ``False``, names of fields, ``+``,
``-``, ``*``, ``//``, ``%``, comparisons, ``in`` a list, ``and``, ``or``, ``not``, ``min`` and
``max``. Nothing else is looked at, and nothing is ever executed.
"""

from __future__ import annotations

import ast
import operator
from typing import TYPE_CHECKING, Any, NoReturn

from milpbft.errors import InputError, meant

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

LONGEST = 300
"""Characters of an expression at most."""
LARGEST = 10**12
"""No number on the way may be larger."""
_ALLOWED = "an expression such as n == 3*f + 1"
_BINARY: dict[type[ast.AST], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}
_COMPARED: dict[type[ast.AST], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda one, many: one in many,
    ast.NotIn: lambda one, many: one not in many,
}
_CALLED: dict[str, Callable[..., Any]] = {"min": min, "max": max}


class Expression:
    """An expression over names.

    Parameters
    ----------
    text
        At most :data:`LONGEST` characters.
    field
        What it stands in, for messages.

    Raises
    ------
    InputError
        Where it is no such expression.
    """

    def __init__(self, text: str, field: str = "where") -> None:
        self.text, self.field = text, field
        if len(text) > LONGEST:
            self._refuse(f"at most {LONGEST} characters")
        try:
            self._body = ast.parse(text.strip(), mode="eval").body
            names = [self._look(node) for node in ast.walk(self._body)]
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            if isinstance(error, InputError):
                raise
            self._refuse(_ALLOWED)
        self.names = frozenset(filter(None, names)) - _CALLED.keys()

    def value(self, known: Mapping[str, Any]) -> Any:  # noqa: ANN401  (number, text or truth)
        """Work the expression out.

        Parameters
        ----------
        known
            Values of the names.

        Raises
        ------
        InputError
            Where a name is not known, a number is too large, or the kinds do not fit.
        """
        try:
            return self._work(self._body, known)
        except ZeroDivisionError:
            self._refuse(f"a divisor that is not 0 ({_shown(self.names, known)})")
        except (TypeError, RecursionError):
            self._refuse(f"numbers with numbers, texts with texts ({_shown(self.names, known)})")

    def _look(self, node: ast.AST) -> str:
        """Return the name that a node is; refuse what may not stand in an expression."""
        match node:
            case ast.Name(id=name):
                return name
            case ast.Constant(value=bool() | int() | str()):
                return ""
            case ast.Call(func=ast.Name(id=name), args=[_, *_], keywords=[]) if name in _CALLED:
                return ""
            case ast.BoolOp() | ast.Compare() | ast.List() | ast.Tuple() | ast.expr_context():
                return ""
            case ast.BinOp() | ast.UnaryOp() | ast.boolop() | ast.Not() | ast.USub():
                return ""
        if type(node) not in _BINARY.keys() | _COMPARED.keys():
            self._refuse(_ALLOWED)
        return ""

    def _work(  # noqa: PLR0911  (a kind of node each)
        self, node: ast.expr, known: Mapping[str, Any]
    ) -> Any:  # noqa: ANN401
        match node:
            case ast.Constant(value=value):
                return self._bounded(value)
            case ast.Name(id=name):
                if name not in known:
                    self._refuse(f"names known by then: {', '.join(known)}{meant(name, known)}")
                return known[name]
            case ast.BoolOp(op=op, values=values):
                test = all if isinstance(op, ast.And) else any
                return test(bool(self._work(one, known)) for one in values)
            case ast.UnaryOp(op=op, operand=inner):
                value = self._work(inner, known)
                return not value if isinstance(op, ast.Not) else -value
            case ast.BinOp(left=left, op=op, right=right):
                numbers = self._work(left, known), self._work(right, known)
                if not all(isinstance(one, int) for one in numbers):
                    raise TypeError
                return self._bounded(_BINARY[type(op)](*numbers))
            case ast.Compare(left=left, ops=ops, comparators=others):
                values = [self._work(one, known) for one in (left, *others)]
                pairs = zip(ops, values, values[1:], strict=False)
                return all(_COMPARED[type(op)](one, other) for op, one, other in pairs)
            case ast.List(elts=items) | ast.Tuple(elts=items):
                return [self._work(item, known) for item in items]
            case ast.Call(func=ast.Name(id=name), args=items):
                return _CALLED[name](*(self._work(item, known) for item in items))
        raise TypeError

    def _bounded(self, value: Any) -> Any:  # noqa: ANN401
        if isinstance(value, int) and abs(value) > LARGEST:
            self._refuse(f"numbers up to {LARGEST}")
        return value

    def _refuse(self, allowed: str) -> NoReturn:
        raise InputError(self.field, self.text, allowed) from None


def _shown(names: frozenset[str], known: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} = {known[name]!r}" for name in sorted(names) if name in known)
