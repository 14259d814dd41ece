"""Cases: instances that a user names, and what the files that hold them expect."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from milpbft.errors import InputError
from milpbft.places import stands
from milpbft.question.files import Evidence, Expected, InstanceFile, make_instance, parse_instance
from milpbft.question.part import Question
from milpbft.registry import BUILT_IN, PROTOCOLS

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Case:
    """An instance, what is expected of it, and the file that says so, if any."""

    instance: Question
    expected: Expected | None = None
    path: Path | None = None
    evidence: Evidence | None = None

    @classmethod
    def of(cls, target: str | Path | Question, **fields: Any) -> Case:  # noqa: ANN401
        """Find the instance that a user names.

        Parameters
        ----------
        target
            An instance name, an instance file, a protocol, or an instance.
        fields
            Fields of :class:`milpbft.question.files.Instance` that override what the target says;
            those that are None do not. What a file expects is dropped with any change but of the
            encoding.

        Raises
        ------
        InputError
            Where there is no such instance or file, or a field is not allowed.
        """
        fields = {name: value for name, value in fields.items() if value is not None}
        if isinstance(target, Question):
            return cls(target).changed(fields)
        if isinstance(target, Path) or target.endswith(".toml"):
            return cls.read(Path(target)).changed(fields)
        if target in BUILT_IN:
            return cls(make_instance({"protocol": target, **fields}))
        if stands(target):
            return cls.read(Path(target)).changed(fields)
        if "-" not in target and target in PROTOCOLS:
            return cls(make_instance({"protocol": target, **fields}))
        return cls(parse_instance(target, **fields))

    @classmethod
    def read(cls, path: Path) -> Case:
        """Read an instance file.

        Raises
        ------
        InputError
            With the name of the file and the field that is not allowed.
        """
        try:
            file = InstanceFile.read(path)
        except InputError as error:
            if error.field == "file":
                raise
            raise error.read_from(path) from None
        return cls(file.instance, file.expected, path, file.evidence)

    def changed(self, fields: dict[str, Any]) -> Case:
        """Return the case with other fields of the instance."""
        if not fields:
            return self
        given = type(self.instance).renamed(fields)
        instance = make_instance(self.instance.model_dump() | given)
        # Encodings of one semantics have equal optima.
        kept = instance.model_copy(update={"encoding": self.instance.encoding}) == self.instance
        if kept:
            return replace(self, instance=instance)
        return replace(self, instance=instance, expected=None, evidence=None)


@dataclass(frozen=True)
class Broken:
    """A file that is no instance, and what is wrong with it."""

    path: Path
    error: InputError


def shipped() -> Path:
    """Return the directory of the instance files that come with milpbft."""
    inside = Path(__file__).with_name("instances")
    return inside if inside.is_dir() else Path(__file__).parents[1] / "instances"


def parse_fields(texts: Sequence[str]) -> dict[str, Any]:
    """Read ``FIELD=VALUE`` texts; a value is an integer, ``true``, ``false`` or any other word.

    Raises
    ------
    InputError
        For any other text, and where a field is given twice.
    """
    fields: dict[str, Any] = {}
    for text in texts:
        name, mark, value = text.partition("=")
        if not (name.isidentifier() and mark and value):
            raise InputError("set", text, "FIELD=VALUE such as crashes=1")
        if name in fields:
            raise InputError("set", text, f"{name} once")
        number = re.fullmatch(r"-?[0-9]{1,18}", value)
        words = {"true": True, "false": False}
        fields[name] = int(value) if number else words.get(value, value)
    return fields
