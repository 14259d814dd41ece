"""Parts: immutable, validated pieces of an instance file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from pydantic import BaseModel, ConfigDict, ValidationError, field_serializer, field_validator

from milpbft.errors import InputError
from milpbft.registry import PROTOCOLS

if TYPE_CHECKING:
    from milpbft.objective import Goal, Objective


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
            raise InputError.from_pydantic(error) from None


class Question(Part):
    """What instances of both semantics share: a protocol that has models of the semantics."""

    protocol: str

    @field_validator("protocol")
    @classmethod
    def _known(cls, value: str) -> str:
        if value not in PROTOCOLS:
            raise InputError("protocol", value, f"one of {', '.join(PROTOCOLS)}")
        return value

    @field_serializer("objective", check_fields=False)
    def _name_objective(self, value: Objective | Goal) -> str:
        return value.name

    def check_offered(self, semantics: str) -> None:
        """Refuse a semantics that the protocol has no model of."""
        offers = PROTOCOLS[self.protocol].encodings
        if semantics not in offers:
            allowed = f"{self.protocol} has {', '.join(offers) or 'no model yet'}"
            raise InputError("semantics", semantics, allowed)
