"""Named questions: instances whose names are made of sizes, an objective, and words."""

from __future__ import annotations

import re
from typing import Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, field_validator

from milpbft.errors import InputError
from milpbft.part import Question

Sense = Literal["max", "min"]


class Wish(BaseModel):
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


class NamedQuestion(Question):
    """A question whose class says how its name is made, e.g. ``hgfrr-n12-r4-b1-coverage-crash``."""

    objective: Wish
    semantics: Literal["strict"] = "strict"

    sizes: ClassVar[dict[str, str]] = {}
    """Letters of the numbers in names, before the objective."""

    words: ClassVar[dict[str, tuple[str, Any]]] = {}
    """Words of names that stand for the value of a field, after the objective."""

    numbers: ClassVar[dict[str, str]] = {}
    """Words of names that are followed by a number, after the objective."""

    wishes: ClassVar[dict[str, Sense]] = {}
    """Objectives by name."""

    example: ClassVar[str] = ""

    @field_validator("objective", mode="before")
    @classmethod
    def _named(cls, value: object) -> object:
        name = value.name if isinstance(value, Wish) else value
        if name not in cls.wishes:
            raise InputError("objective", name, f"one of {', '.join(cls.wishes)}")
        return Wish(name=str(name), sense=cls.wishes[str(name)])

    def _said(self, field: str) -> bool:
        info = type(self).model_fields[field]
        return info.is_required() or getattr(self, field) != info.default

    @property
    def name(self) -> str:
        """Name that says every field but the encoding; :meth:`parse` reads it back."""
        parts = [self.protocol]
        parts += [f"{w}{getattr(self, f)}" for w, f in self.sizes.items() if self._said(f)]
        parts.append(self.objective.name)
        parts += [w for w, (field, value) in self.words.items() if getattr(self, field) == value]
        parts += [f"{w}{getattr(self, f)}" for w, f in self.numbers.items() if self._said(f)]
        return "-".join(parts)

    @classmethod
    def parse(cls, name: str, **fields: Any) -> Self:  # noqa: ANN401
        """Read an instance name; `fields` that are not None override what it says.

        Raises
        ------
        InputError
            Where the text is no such name or a field is not allowed.
        """
        protocol, *parts = name.split("-")
        said: dict[str, Any] = {"protocol": protocol}
        table = cls.sizes
        for part in parts:
            number = re.fullmatch(r"([a-z]+)(\d{1,9})", part)
            if table is cls.sizes and part in cls.wishes:
                said["objective"], table = part, cls.numbers
            elif table is cls.numbers and part in cls.words:
                cls._say(said, *cls.words[part], name)
            elif number and number[1] in table:
                cls._say(said, table[number[1]], int(number[2]), name)
            else:
                raise InputError("instance", name, f"a name such as {cls.example}")
        given = {key: value for key, value in fields.items() if value is not None}
        return cls.make(said | given)

    @classmethod
    def _say(cls, said: dict[str, Any], field: str, value: object, name: str) -> None:
        if field in said:
            raise InputError("instance", name, f"{field} once")
        said[field] = value
