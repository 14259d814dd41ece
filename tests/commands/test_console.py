"""The progress display: on a terminal, after a while, and never in the way of the output."""

from __future__ import annotations

import io
import time

import pytest

from milpbft.commands.console import Display, paint


class Terminal(io.StringIO):
    """Says that it is one."""

    def isatty(self) -> bool:
        """Say so."""
        return True


@pytest.mark.parametrize(
    ("stream", "delay", "shown"),
    [(Terminal(), 0.0, True), (Terminal(), 60.0, False), (io.StringIO(), 0.0, False)],
    ids=["terminal", "too-short", "pipe"],
)
def test_progress_is_shown_on_a_terminal_after_a_while(
    monkeypatch: pytest.MonkeyPatch, stream: io.StringIO, delay: float, shown: bool
):
    """Only a terminal sees it, and only if the work takes longer than the delay."""
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr("sys.stderr", stream)
    with Display("solving", delay):
        time.sleep(0.15)
    assert ("solving" in stream.getvalue()) is shown


def test_lines_are_printed_beside_the_display(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    """Standard output has the line and nothing of the display."""
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr("sys.stderr", Terminal())
    with Display("0 of 2", 0.0) as display:
        time.sleep(0.15)
        display.update("1 of 2")
        display.print("a line")
    assert capsys.readouterr().out == "a line\n"


def test_verdicts_are_painted_and_padded():
    """The colour does not count into the width."""
    assert paint("ok", 5) == "\x1b[32mok   \x1b[0m"
