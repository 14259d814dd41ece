"""The errors: one that unusable input raises, and one that keeps what an interrupt cuts short."""

from __future__ import annotations

from reprlib import Repr
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pydantic import ValidationError


_SHORT = Repr()
_SHORT.maxstring = _SHORT.maxother = 80


class InputError(ValueError):
    """Input that cannot be used: one line with the field, what it holds, and what is allowed."""

    def __init__(self, field: str, value: object, allowed: str) -> None:
        super().__init__(f"{field}: {_SHORT.repr(value)} is not allowed; {allowed}")
        self.field = field
        self.value = value
        self.allowed = allowed

    def within(self, part: str) -> InputError:
        """Return the error with the name of the part that the field belongs to."""
        inner = InputError(f"{part}.{self.field}", self.value, self.allowed)
        inner.args = (f"{part}.{self.args[0]}",)
        return inner

    @classmethod
    def from_pydantic(cls, error: ValidationError) -> InputError:
        """Turn the first finding of a Pydantic validation into one line."""
        finding = error.errors(include_url=False)[0]
        cause = finding.get("ctx", {}).get("error")
        if isinstance(cause, InputError):
            return cause
        field = ".".join(str(part) for part in finding["loc"]) or "input"
        if finding["type"] == "missing":
            missing = cls(field, None, "the field is required")
            missing.args = (f"{field}: missing; the field is required",)
            return missing
        return cls(field, finding["input"], finding["msg"].lower())


class Interrupted(KeyboardInterrupt):
    """Ctrl-C came during a solve; `found` is what there was by then.

    From :func:`solvers.solve` a solution, from :func:`milpbft.solve.solve` a result.
    """

    def __init__(self, found: Any) -> None:  # noqa: ANN401  (of the floor that raises it)
        super().__init__("interrupted")
        self.found = found
