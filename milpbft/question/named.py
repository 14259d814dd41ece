"""Named questions: instances whose names are made of sizes, an objective, and words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, field_validator

from milpbft.errors import InputError, meant
from milpbft.question.part import Question

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Sense = Literal["max", "min"]


class Named(Question):
    """A question whose class says how its name is made, e.g. ``pbft-n4-v2-t9-forks-timer8``."""

    semantics: Literal["strict"] = "strict"

    marked: ClassVar[bool] = False
    """Whether names say the semantics: where the protocol has another one that comes first."""

    sizes: ClassVar[dict[str, str]] = {}
    """Letters of the numbers in names, before the objective."""

    always: ClassVar[frozenset[str]] = frozenset()
    """Numbers that names say also where they are the default."""

    words: ClassVar[dict[str, tuple[str, Any]]] = {}
    """Words of names that stand for the value of a field, after the objective."""

    numbers: ClassVar[dict[str, str]] = {}
    """Words of names that are followed by a number, after the objective."""

    texts: ClassVar[dict[str, tuple[str, str]]] = {}
    """Fields that stand in names last: what comes before the value, and a pattern of it."""

    refused: ClassVar[dict[str, str]] = {}
    """Words of names, as patterns, that are refused with a reason of their own."""

    example: ClassVar[str]

    def _said(self, field: str) -> bool:
        info = type(self).model_fields[field]
        default = not info.is_required() and getattr(self, field) == info.default
        return field in self.always or not default

    @property
    def name(self) -> str:
        """Name that says every field but the encoding; :meth:`parse` reads it back."""
        parts = [self.protocol, *([self.semantics] if self.marked else [])]
        parts += [f"{w}{getattr(self, f)}" for w, f in self.sizes.items() if self._said(f)]
        parts.append(self.objective.name)
        parts += [w for w, (field, value) in self.words.items() if getattr(self, field) == value]
        parts += [f"{w}{getattr(self, f)}" for w, f in self.numbers.items() if self._said(f)]
        parts += [f"{w}{getattr(self, f)}" for f, (w, _) in self.texts.items() if self._said(f)]
        return "-".join(parts)

    @classmethod
    def spelled(cls) -> dict[str, str]:
        """Return how names say fields."""
        said = {field: f"-{letter}K" for letter, field in (cls.sizes | cls.numbers).items()}
        for word, (field, _) in cls.words.items():
            said[field] = ", ".join(filter(None, [said.get(field), f"-{word}"]))
        for field, (before, _) in cls.texts.items():
            said[field] = f"-{before}{field.upper()}"
        return said

    @classmethod
    def parse(cls, name: str, **fields: Any) -> Self:  # noqa: ANN401
        """Read an instance name; `fields` that are not None override what it says.

        Raises
        ------
        InputError
            Where the text is no such name or a field is not allowed.
        """
        given = {key: value for key, value in fields.items() if value is not None}
        return cls.make(cls._read(name) | cls.renamed(given))

    @classmethod
    def _read(cls, name: str) -> dict[str, Any]:
        """Read the fields that a name says."""
        marked = "-strict" if cls.marked else ""
        size = rf"(?:{_any(cls.sizes)})\d{{1,9}}(?![^-])"
        aim = r"[a-z](?:[a-z0-9_]|(?<=_)-)*"
        match = re.match(rf"([a-z0-9]+){marked}((?:-{size})*)-(?!{size})({aim})(?![^-])", name)
        if match is None or not name.isascii():
            raise InputError("instance", name, f"a name such as {cls.example}")
        said: dict[str, Any] = {"protocol": match[1], "objective": match[3]}
        for letter, number in re.findall(r"-([a-z]+)(\d+)", match[2]):
            cls._say(said, cls.sizes[letter], int(number), name)
        cls._read_end(said, name, name[match.end() :])
        return said

    @classmethod
    def _read_end(cls, said: dict[str, Any], name: str, rest: str) -> None:
        """Read what stands after the objective."""
        word, number = rf"(?P<word>{_any(cls.words)})", rf"(?P<number>{_any(cls.numbers)})"
        texts = [rf"{before}(?P<{field}>{text})" for field, (before, text) in cls.texts.items()]
        pattern = "|".join([word, number + r"(?P<value>\d{1,9})", *texts])
        while rest:
            cls._refuse(name, rest[1:].split("-", maxsplit=1)[0])
            match = re.match(rf"-(?:{pattern})(?![^-])", rest)
            if match is None:
                known = [*cls.words, *(f"{word}K" for word in cls.numbers)]
                known += [before + field.upper() for field, (before, _) in cls.texts.items()]
                part = rest[1:].split("-", maxsplit=1)[0]
                allowed = f"{part!r} is no part of it: a name such as {cls.example}, after the "
                allowed += f"objective: {', '.join(known)}{meant(part, known)}"
                raise InputError("instance", name, allowed)
            if match["word"]:
                cls._say(said, *cls.words[match["word"]], name)
            elif match["number"]:
                cls._say(said, cls.numbers[match["number"]], int(match["value"]), name)
            else:
                field = next(field for field in cls.texts if match[field])
                cls._say(said, field, match[field], name)
            rest = rest[match.end() :]

    @classmethod
    def _refuse(cls, name: str, part: str) -> None:
        for pattern, why in cls.refused.items():
            if re.fullmatch(pattern, part):
                raise InputError("instance", name, f"one without {part}: {why}")

    @classmethod
    def _say(cls, said: dict[str, Any], field: str, value: object, name: str) -> None:
        if field in said:
            raise InputError("instance", name, f"{field} once")
        said[field] = value

    def _at_most(self, most: Mapping[str, int]) -> None:
        """Refuse fields that are larger than what they depend on allows."""
        for field, high in most.items():
            if getattr(self, field) > high:
                raise InputError(field, getattr(self, field), f"{high} at most")


def _any(words: Iterable[str]) -> str:
    """Return a pattern of one of some words, the longest that fits; of none, it never fits."""
    return "|".join(sorted(words, key=len, reverse=True)) or "(?!)"


RESTARTS = r"(amnesia|reload|lapse)\d{1,9}"
"""Words of names with nodes that start again."""


class NamedObjective(BaseModel):
    """What the adversary, or a designer, is after.

    Parameters
    ----------
    name
        Its name in names of instances.
    sense
        Whether it is maximised or minimised.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    sense: Sense


class NamedQuestion(Named):
    """A named question with one of a few objectives, e.g. ``hgfrr-n12-r4-b1-coverage-crash``."""

    objective: NamedObjective

    objectives: ClassVar[dict[str, Sense]]
    """Objectives by name."""

    @field_validator("objective", mode="before")
    @classmethod
    def _named(cls, value: object) -> object:
        name = value.name if isinstance(value, NamedObjective) else value
        if name not in cls.objectives:
            allowed = f"one of {', '.join(cls.objectives)}{meant(name, cls.objectives)}"
            raise InputError("objective", name, allowed)
        return NamedObjective(name=str(name), sense=cls.objectives[str(name)])
