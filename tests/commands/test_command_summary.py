"""The list of commands says of each what the command's own help begins with."""

from __future__ import annotations

import pytest
import typer

from cli import COMMANDS
from milpbft.commands.summary import summary
from milpbft.registry import load


@pytest.mark.parametrize("place", COMMANDS.values())
def test_what_is_listed_is_the_first_line_of_the_help(place: str):
    """What is read from the source is what an import gives."""
    found = load(place)
    text = found.info.help if isinstance(found, typer.Typer) else found.__doc__
    assert summary(place) == text.strip().splitlines()[0]


@pytest.mark.parametrize("place", ["milpbft.errors:InputErrors", "no_such_module:app", "sys:path"])
def test_what_no_source_says_is_not_guessed(place: str):
    """The command is imported then."""
    assert summary(place) is None
