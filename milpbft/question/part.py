"""Parts: immutable, validated pieces of an instance file."""

from __future__ import annotations

import warnings
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, ValidationError, field_serializer, field_validator

from milpbft.errors import InputError, Renamed
from milpbft.registry import find

if TYPE_CHECKING:
    from milpbft.question.objective import Aim


class Part(BaseModel):
    """A piece of an instance file; unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @classmethod
    def make(cls, fields: dict[str, Any]) -> Self:
        """Validate `fields`.

        Raises
        ------
        InputError
            With the first field that is not allowed.
        """
        try:
            return cls.model_validate(fields)
        except ValidationError as error:
            raise InputError.from_pydantic(error, cls.model_fields) from None


class Question(Part, ABC):
    """What all instances share; each protocol's own classes are named in the registry.

    Parameters
    ----------
    protocol
        Name of a protocol in the registry, e.g. ``dbft2``.
    semantics
        Which executions count.
    encoding
        How they are written as a MILP. Encodings of one semantics have equal optima.
    objective
        What is minimised or maximised.
    """

    former: ClassVar[dict[str, str]] = {}
    """Names that fields had before, and the names that they have now."""

    protocol: str
    semantics: str
    encoding: str
    if TYPE_CHECKING:  # a field of every subclass, each of its own type
        objective: Aim

    @classmethod
    def make(cls, fields: dict[str, Any]) -> Self:
        """Validate `fields`; those that have a former name are taken under the present one.

        Raises
        ------
        InputError
            With the first field that is not allowed.
        """
        return super().make(cls.renamed(fields))

    @classmethod
    def renamed(cls, fields: dict[str, Any]) -> dict[str, Any]:
        """Return `fields` with their present names; :class:`Renamed` tells who gave former ones.

        Raises
        ------
        InputError
            Where a field is given under both.
        """
        old = {name: now for name, now in cls.former.items() if name in fields}
        for name, now in old.items():
            if now in fields:
                raise InputError(name, fields[name], f"{now} alone, which is its name now")
            warnings.warn(f"{name} is called {now} now", Renamed, stacklevel=3)
        return {old.get(name, name): value for name, value in fields.items()}

    @field_validator("protocol")
    @classmethod
    def _known(cls, value: str) -> str:
        find(value)
        return value

    @field_serializer("objective", check_fields=False)
    def _name_objective(self, value: Aim) -> str:
        return value.name

    @property
    @abstractmethod
    def name(self) -> str:
        """Name that says every field but the encoding; :meth:`parse` reads it back."""

    @classmethod
    def spelled(cls) -> dict[str, str]:
        """Return how names say fields, e.g. ``-nN``; several ways are separated by commas."""
        return {}

    @classmethod
    @abstractmethod
    def parse(cls, name: str, **fields: Any) -> Self:  # noqa: ANN401
        """Read an instance name; `fields` that are not None override what it says.

        Raises
        ------
        InputError
            Where the text is no such name or a field is not allowed.
        """
