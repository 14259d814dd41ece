"""Part: an immutable, validated piece of an instance file."""

from __future__ import annotations

from typing import Any, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from milpbft.errors import InputError


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
