"""The errors: one that unusable input raises, and one that keeps what an interrupt cuts short."""

from __future__ import annotations

from reprlib import Repr
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from pydantic import ValidationError


_SHORT = Repr()
_SHORT.maxstring = _SHORT.maxother = 80


FAULTS = frozenset(
    [
        "byzantine",
        "byzantine_butlers",
        "byzantine_commissioners",
        "crash",
        "crashes",
        "crooks",
        "dishonest",
        "failures",
        "fault",
        "faults",
        "faulty",
        "liars",
        "redundant",
        "silent",
        "tolerated",
    ]
)
"""Words for who may fail, those of papers among them; instances know which there are."""


class Renamed(FutureWarning):
    """A name that was used before: it is taken, and the user told which one there is now."""


def meant(word: object, known: Iterable[str]) -> str:
    """Return a hint at the nearest of what is known, e.g. ``; did you mean pbft?``; or nothing."""
    # Imported here: only who errs pays.
    from difflib import get_close_matches  # noqa: PLC0415

    known = list(known)
    near = get_close_matches(str(word), known, n=2)
    # Part of a longer word, such as lock of faults_lock, is nearer than any other word.
    near = sorted(name for name in known if f"_{word}" in name)[:3] or near
    if isinstance(word, str) and word in FAULTS:
        near = [name for name in known if name in FAULTS] or near
    return f"; did you mean {' or '.join(near)}?" if near else ""


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

    def read_from(self, path: object) -> Self:
        """Return the error itself, its line headed by the file that holds the field."""
        self.args = (f"{path}: {self.args[0]}",)
        return self

    @classmethod
    def unreadable(cls, field: str, path: Path, error: Exception) -> InputError:
        """Return the error of a file that cannot be read, in plain words where there are any."""
        return cls(field, str(path), f"a readable file ({getattr(error, 'strerror', '') or error})")

    @classmethod
    def from_pydantic(cls, error: ValidationError, fields: Iterable[str] = ()) -> InputError:
        """Turn the first finding of a Pydantic validation into one line.

        Parameters
        ----------
        fields
            Those that there are, for who gives another one.
        """
        finding = error.errors(include_url=False)[0]
        cause = finding.get("ctx", {}).get("error")
        if isinstance(cause, InputError):
            return cause
        field = ".".join(str(part) for part in finding["loc"]) or "input"
        if finding["type"] == "missing":
            missing = cls(field, None, "the field is required")
            missing.args = (f"{field}: missing; the field is required",)
            return missing
        if finding["type"] == "extra_forbidden" and (known := sorted(fields)):
            allowed = f"no such field{meant(field, known)}; fields are {', '.join(known)}"
            return cls(field, finding["input"], allowed)
        return cls(field, finding["input"], finding["msg"].lower())


class UnsupportedError(InputError):
    """Input that makes sense and that is not decided: refused by name, as a limit, not as wrong."""


class Interrupted(KeyboardInterrupt):
    """Ctrl-C came during a solve; `found` is what there was by then.

    From :func:`solvers.solve` a solution, from :func:`milpbft.solve.solve` a result.
    """

    def __init__(self, found: Any) -> None:  # noqa: ANN401  (of the floor that raises it)
        super().__init__("interrupted")
        self.found = found
