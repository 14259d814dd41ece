"""What a class of instances has: its fields, how names say them, and its objectives.

Everything is read from the class itself: annotations say what is allowed, docstrings what it means.
"""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, get_args, get_origin

from milpbft.question.named import NamedQuestion
from milpbft.question.objective import GOALS, PUBLISHED, Goal
from milpbft.question.strict import StrictInstance

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic.fields import FieldInfo

    from milpbft.question.part import Question

_GIVEN = ("protocol", "semantics", "objective")
"""Fields that are described elsewhere."""


class Field(NamedTuple):
    """A field of an instance.

    Parameters
    ----------
    name
        As files, ``--set`` and the Python API have it.
    spelled
        How names of instances say it, e.g. ``-cK``; empty where they do not.
    allowed
        Values that are allowed, in words.
    default
        Its default; empty where it must be given.
    text
        What it means.
    """

    name: str
    spelled: str
    allowed: str
    default: str
    text: str


def fields_of(question: type[Question]) -> list[Field]:
    """Return the fields of a class of instances, without protocol, semantics and objective."""
    texts, spelled = documented(question), question.spelled()
    return [
        Field(
            name,
            spelled.get(name, ""),
            _allowed(info),
            "" if info.is_required() else _word(info.default),
            texts.get(name, ""),
        )
        for name, info in question.model_fields.items()
        if name not in _GIVEN
    ]


def objectives_of(question: type[Question]) -> dict[str, str]:
    """Return the objectives of a class of instances by name, with what they mean."""
    if issubclass(question, NamedQuestion):
        said = _items(documented(question).get("objective", ""))
        return {name: said.get(name, "") for name in question.objectives}
    weighted = {name: f"{aim.sense} {aim.sum()}" for name, aim in PUBLISHED.items()}
    if not issubclass(question, StrictInstance):
        return weighted
    goals = {name: _goal(goal) for name, goal in GOALS.items()}
    return goals | weighted if question.weighs else goals


def documented(thing: object) -> dict[str, str]:
    """Return what the docstring of a class or a function says of each parameter.

    Those of base classes count as well.
    """
    found: dict[str, str] = {}
    for one in reversed(inspect.getmro(thing) if isinstance(thing, type) else (thing,)):
        doc = inspect.cleandoc(one.__doc__ or "")
        _, _, rest = doc.partition("Parameters\n----------\n")
        section = re.split(r"\n[A-Z]\w+\n-+\n", rest)[0]
        for names, text in re.findall(r"^(\w[\w, ]*)\n((?:[ ]+.*\n?|\n)+)", section, re.M):
            for name in names.split(","):
                found[name.strip()] = _plain(text)
    return found


def _plain(text: str) -> str:
    """Drop the marks of docstrings."""
    text = re.sub(r":\w+:`~?([\w.]+\.)?(\w+)`", r"\2", " ".join(text.split()))
    return text.replace("``", "`")


def _items(text: str) -> dict[str, str]:
    """Split ```name`: text``; several names may share one."""
    parts = re.split(r"((?:`\w+`(?:, | and )?)+: )", text)
    found: dict[str, str] = {}
    for names, said in zip(parts[1::2], parts[2::2], strict=True):
        found |= dict.fromkeys(re.findall(r"`(\w+)`", names), said.strip())
    return found


def _goal(goal: Goal) -> str:
    said = _items(documented(Goal)["kind"])[goal.kind].rstrip(".")
    if goal.kind == "delay":
        return said.replace("the first or the last", f"the {goal.of}")
    about = {"lock": "a liveness lock", "fork": "a fork", "state": "the lock that `state` says"}
    what = about.get(str(goal.of), "")
    return said.replace("`of`", what) if "`of`" in said else re.sub(r"\bit\b", what, said, count=1)


def _allowed(info: FieldInfo) -> str:
    """Say what a field may be."""
    kinds = _kinds(info.annotation)
    low = [m.ge for m in info.metadata if hasattr(m, "ge")]
    high = [m.le for m in info.metadata if hasattr(m, "le")]
    if "a number" in kinds and low and high:
        kinds = [f"{low[0]} to {high[0]}" if kind == "a number" else kind for kind in kinds]
    elif "a number" in kinds and low:
        kinds = [f"{low[0]} or more" if kind == "a number" else kind for kind in kinds]
    return ", ".join(kinds)


def _kinds(annotation: Any) -> list[str]:  # noqa: ANN401  (whatever fields are annotated with)
    if get_origin(annotation) is Literal:
        return [str(value) for value in get_args(annotation)]
    if get_args(annotation) and get_origin(annotation) is not tuple:
        return [kind for one in get_args(annotation) for kind in _kinds(one)]
    words = {int: "a number", str: "a text", bool: "true or false", type(None): "nothing"}
    return [words.get(annotation, "a table")]


def _word(value: object) -> str:
    words = {None: "nothing", True: "true", False: "false", (): "none"}
    return words[value] if isinstance(value, bool | tuple | None) and value in words else str(value)


def parts_of(instance: Question) -> Iterator[tuple[str, Field, object]]:
    """Yield what each field of an instance is, as its name says it, where it does."""
    name, values = f"{instance.name}-", instance.model_dump()
    for field in fields_of(type(instance)):
        value = values[field.name]
        word = "".join(map(str, value)) if isinstance(value, tuple) else value
        for spelled in field.spelled.split(", ") if field.spelled else []:
            letter = re.sub(r"[A-Z_]+$", "", spelled)
            said = f"{letter}{word}" if letter != spelled else spelled
            if f"{said}-" in name:
                yield said, field, value
