"""Bundles: a command shows the options of its bundles and is called with what they make."""

from __future__ import annotations

import inspect
from typing import Annotated

from milpbft.commands.bundles import Bundle, bundled


def pair(*, low: int = 1, high: int = 2) -> range:
    return range(low, high + 1)


@bundled
def command(name: str, *, numbers: Annotated[range, Bundle(pair)], loud: bool = False) -> int:
    """Count."""
    return len(numbers) + len(name) + loud


def test_options_stand_in_place_of_the_bundle():
    """In its place and with their defaults; the rest is as it was."""
    shown = inspect.signature(command).parameters
    assert list(shown) == ["name", "low", "high", "loud"]
    assert [shown[name].default for name in ("low", "high", "loud")] == [1, 2, False]
    assert command.__doc__ == "Count."


def test_the_command_gets_what_the_bundle_makes():
    """The options themselves do not reach it."""
    assert command(name="ab", low=3, high=7, loud=True) == 5 + 2 + 1
