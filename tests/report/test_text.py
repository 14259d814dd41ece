from __future__ import annotations

from dataclasses import replace

import pytest

from milpbft.report.text import text
from milpbft.schedule import Schedule, Send, Timeout

GOOD = """\
dBFT 2.0 - 4 nodes - 4 of 4 correct nodes decided

       | view 0, primary 0
tick   | 1 2  3 4 5 ..
node 0 > . Rr . C B .
node 1 | . .  r C B .
node 2 | . .  r C B .
node 3 | . .  r C B .

R PrepareRequest, r PrepareResponse, C Commit, B block, > primary
"""

VIEWS = """\
dBFT 2.0 - 4 nodes - Byzantine: node 3 - 2 of 3 correct nodes decided

           | view 0, primary 0 | view 1, primary 1 | view 2, primary 2
tick       | 1 2 3 4  5 6  ..  | 1 2 3 4  5 6  ..  | 1 2 3 4  5 6  ..
node 0     > . R . C~ . .  .   | . . . .  . tV .   | . . . .  . tV .
node 1     | . . . .  . tV .   > . R . C~ . .  .   | . . . .  . tV .
node 2     | . . . .  . tV .   | . . . .  . tV .   > . R . C~ . .  .
node 3 byz | . . . .  . tV .   | . . . .  . tV .   | . . . .  . tV .

           | view 3, primary 3
tick       | 1 2  3 4 5 ..
node 0     | . .  r C B .
node 1     | . .  r C B .
node 2     | . .  . . . .
node 3 byz > . Rr . C B .

R PrepareRequest, r PrepareResponse, C Commit, V ChangeView, B block, t timeout
~ reached nobody, > primary
"""


def test_good_case(good: Schedule):
    """One view, to the letter."""
    assert text(good) == GOOD


def test_views_that_do_not_fit_follow_below(views: Schedule):
    """Four views, to the letter: three beside each other, the last below."""
    assert text(views) == VIEWS


@pytest.mark.parametrize("width", [40, 60, 80, 200])
def test_lines_are_as_narrow_as_asked(views: Schedule, width: int):
    """No line is longer than the terminal is wide."""
    assert max(map(len, text(views, width).splitlines())) <= width


def test_wide_view_is_broken():
    """A view that is wider than the terminal goes on in the next row, under its name."""
    events = tuple(Send(tick, 0, "Vote", 0) for tick in range(60))
    picture = text(Schedule("toy", 1, (), (0,), events, 60))
    assert "| view 0, primary 0\n" in picture
    assert "| view 0, on\n" in picture
    assert max(map(len, picture.splitlines())) <= 80
    assert picture.count("V~") == 60


def test_tick_before_the_first_view_is_printed(good: Schedule):
    """A timeout at tick 0 has a column, although view 0 begins at tick 1."""
    assert "tick   | 0 1 2" in text(replace(good, events=(*good.events, Timeout(0, 1, 0))))


def test_crash_is_marked_on_one_clock(one_clock: Schedule):
    """On one clock, ticks run on from view to view, and a crash is an X at its tick."""
    picture = text(one_clock)
    assert "tick   | 0 1 2 3 4 5 6  7  8 | 9 10 11 12 13 14\n" in picture
    assert "node 2 | . X" in picture


def test_empty_schedule_is_drawn():
    """A run in which nothing happens has lanes, one column of silence, and no letters."""
    assert "tick   | ..\nnode 0 | .\n" in text(Schedule("toy", 1, (), (), (), 20))
