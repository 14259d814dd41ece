"""Settings of a schedule, read: numbers and words that are refused by name where they are none."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar, overload

from milpbft.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

W = TypeVar("W", bound=str)
_MOST = 10**9


@overload
def number_in(settings: Mapping[str, str], name: str, default: int) -> int: ...
@overload
def number_in(settings: Mapping[str, str], name: str, default: None = None) -> int | None: ...
def number_in(settings: Mapping[str, str], name: str, default: int | None = None) -> int | None:
    """Read a setting that is a number, 0 to a thousand million; `default` where it is not said.

    Raises
    ------
    InputError
        Where it is no such number.
    """
    return _number(settings[name], name) if name in settings else default


def numbers_in(settings: Mapping[str, str], name: str) -> list[int]:
    """Read a setting that is numbers with commas; empty where it is not said.

    Raises
    ------
    InputError
        Where it is something else.
    """
    return [_number(part, name) for part in settings.get(name, "").split(",") if part]


def word_in(settings: Mapping[str, str], name: str, default: W, allowed: tuple[W, ...]) -> W:
    """Read a setting that is one of a few words; `default` where it is not said.

    Raises
    ------
    InputError
        Where it is none of them.
    """
    text = settings.get(name, default)
    for word in allowed:
        if word == text:
            return word
    raise InputError(f"settings.{name}", text, f"one of {', '.join(allowed)}")


def _number(text: str, name: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(_MOST))):
        raise InputError(f"settings.{name}", text, "a number from 0 on")
    if int(text) > _MOST:
        raise InputError(f"settings.{name}", text, f"a number from 0 to {_MOST}")
    return int(text)
