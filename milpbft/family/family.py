"""Families: many instances in one TOML file, by ranges, lists, expressions and conditions."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, get_args, get_origin

from pydantic import Field

from milpbft.errors import InputError
from milpbft.family.arithmetic import Expression
from milpbft.question.files import make_instance, question_of
from milpbft.question.part import Part, Question

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MOST = 100_000
"""Instances of a family at most."""
_TRIED = 1_000_000  # assignments that are looked at, with those that no condition lets through
_LARGEST_FILE = 1_000_000  # bytes
_RANGE = {"from", "to", "step"}
_FIRST = ("protocol", "semantics", "where")


class Family(Part):
    """A family of instances, and how they are solved.

    Parameters
    ----------
    title
        What it is about.
    instances
        Blocks of fields: each value is fixed, a list of values, a range ``{from, to, step}``, or,
        for a number, an expression over the fields above it and ``f = (n - 1) // 3``. ``where`` is
        a condition that an instance must meet.
    solvers
        Each instance is given to each; none for the one that suits it best.
    second
        Another solver, which must find the same.
    time_limit
        Seconds that a solve may take; None for no limit.
    memory_limit
        MiB that the process of a solve may hold; None for no limit.
    threads
        Threads of each solver.
    """

    title: str = ""
    instances: tuple[dict[str, Any], ...] = Field(min_length=1)
    solvers: tuple[str, ...] = ()
    second: str | None = None
    time_limit: float | None = Field(default=None, ge=0)
    memory_limit: int | None = Field(default=None, ge=1)
    threads: int = Field(default=1, ge=1)

    @classmethod
    def read(cls, path: Path) -> Family:
        """Read a TOML file.

        Raises
        ------
        InputError
            Where the file cannot be read, is not TOML, or holds a field that is not allowed.
        """
        try:
            if path.stat().st_size > _LARGEST_FILE:
                raise InputError("file", str(path), f"a family of at most {_LARGEST_FILE} bytes")
            return cls.make(tomllib.loads(path.read_text(encoding="utf-8")))
        except (OSError, UnicodeDecodeError) as error:
            raise InputError.unreadable("file", path, error) from None
        except (tomllib.TOMLDecodeError, RecursionError) as error:
            raise InputError("file", str(path), f"TOML ({error})") from None

    def tasks(self) -> list[Task]:
        """Return every instance with every solver that it is given to, each once.

        Raises
        ------
        InputError
            Where a field or a value of one is not allowed, there are too many, or there is none.
        """
        found: dict[tuple[str, str, str | None], Task] = {}
        tried = [0]
        for number, block in enumerate(self.instances, start=1):
            try:
                for instance in _members(block, tried):
                    for solver in self.solvers or (None,):
                        key = instance.name, instance.encoding, solver
                        found.setdefault(key, Task(instance, solver))
                    if len(found) > MOST:
                        raise InputError("family", len(found), f"at most {MOST} instances")
            except InputError as error:
                raise error.within(f"instances.{number}") from None
        if not found:
            raise InputError("family", 0, "a family with at least one instance")
        return list(found.values())


@dataclass(frozen=True)
class Task:
    """An instance, and the name of the solver that it is given to; None for what suits it."""

    instance: Question
    solver: str | None = None


def _members(block: dict[str, Any], tried: list[int]) -> Iterator[Question]:
    where = block.get("where", "True")
    if not isinstance(where, str):
        raise InputError("where", where, "an expression such as n == 3*f + 1")
    condition = Expression(where)
    protocols = block.get("protocol")
    for protocol in protocols if isinstance(protocols, list) else [protocols]:
        said = {"protocol": protocol}
        if isinstance(block.get("semantics"), str):
            said["semantics"] = block["semantics"]
        question = question_of(protocol, said.get("semantics"))
        rest = [*question.renamed({k: v for k, v in block.items() if k not in _FIRST}).items()]
        for fields in _assigned(question, rest, said, condition, tried):
            try:
                yield make_instance(fields)
            except InputError as error:
                told = ", ".join(f"{name} = {value}" for name, value in fields.items())
                allowed = f"{error.allowed} (of {told[:300]})"
                raise InputError(error.field, error.value, allowed) from None


def _assigned(
    question: type[Question],
    rest: list[tuple[str, Any]],
    said: dict[str, Any],
    condition: Expression,
    tried: list[int],
) -> Iterator[dict[str, Any]]:
    """Yield every assignment of the fields `rest` to what is `said` that the condition allows."""
    known = _known(question, said)
    if condition.names <= known.keys() or not rest:
        if not condition.value(known):
            return
        condition = Expression("True")
    if not rest:
        yield said
        return
    (name, value), *others = rest
    for one in _values(question, name, value, known):
        tried[0] += 1
        if tried[0] > _TRIED:
            raise InputError(name, value, f"a family of which at most {_TRIED} are looked at")
        yield from _assigned(question, others, said | {name: one}, condition, tried)


def _known(question: type[Question], said: dict[str, Any]) -> dict[str, Any]:
    """Return what expressions may name: f, and fields that are said, by former names too."""
    n = said.get("n")
    former = {name: said[now] for name, now in question.former.items() if now in said}
    return ({"f": (n - 1) // 3} if isinstance(n, int) else {}) | former | said


def _values(
    question: type[Question],
    name: str,
    value: Any,  # noqa: ANN401
    known: dict[str, Any],
) -> Iterator[Any]:
    """Yield the values that a field has in turn."""
    info = question.model_fields.get(name)
    kinds = set(_kinds(info.annotation)) if info else set()
    number = int in kinds and str not in kinds
    if isinstance(value, list) and not (tuple in kinds and not any(map(_many, value))):
        if not value:
            raise InputError(name, value, "a list with a value")
        for one in value:
            yield from _values(question, name, one, known) if not _many(one) else (one,)
    elif isinstance(value, dict) and number:
        yield from _range(name, value, known)
    elif isinstance(value, str) and number:
        yield _number(name, value, known)
    else:
        yield value


def _many(value: object) -> bool:
    return isinstance(value, list)


def _range(name: str, value: dict[str, Any], known: dict[str, Any]) -> range:
    if not {"from", "to"} <= value.keys() <= _RANGE:
        raise InputError(name, value, "a range such as {from = 4, to = 100, step = 3}")
    ends = {end: _number(f"{name}.{end}", one, known) for end, one in value.items()}
    if ends.setdefault("step", 1) < 1:
        raise InputError(f"{name}.step", ends["step"], "a number from 1 on")
    return range(ends["from"], ends["to"] + 1, ends["step"])


def _number(name: str, value: object, known: dict[str, Any]) -> int:
    found = Expression(value, name).value(known) if isinstance(value, str) else value
    if not isinstance(found, int) or isinstance(found, bool):
        raise InputError(name, value, "a number, or an expression that is one")
    return found


def _kinds(annotation: Any) -> Iterator[Any]:  # noqa: ANN401  (whatever fields are annotated with)
    """Yield the plain types that an annotation is made of; tuples are not looked into."""
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is tuple or not parts:
        yield origin or annotation
    for part in parts if origin is not tuple else ():
        yield from _kinds(part) if isinstance(part, type) or get_args(part) else (type(part),)
