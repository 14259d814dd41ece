"""Which checkpoint a new view starts from, and whether a view is ever opened."""

from __future__ import annotations

import pytest

from milpbft.errors import InputError
from milpbft.pbft.enumerate.watermarks import LEAVE, never_opened


def test_low_watermarks_counted_in_the_wrong_set_keep_every_view_closed():
    """Four nodes, two numbers: the primary and a backup got to the first, another backup did not.

    Two view changes hold checkpoint 1, which is f + 1 but no quorum, and one holds checkpoint 0.
    """
    found = never_opened(starts="matching")
    assert found.stuck is not None
    taken = [("Commit", 1) in steps for steps in found.stuck]
    assert sorted(taken) == [False, True, True]
    assert all(LEAVE in steps for steps in found.stuck)


@pytest.mark.parametrize("starts", ["vouched", "proven"])
def test_counted_among_all_view_changes_a_view_is_opened(starts: str):
    """Of one sequence number, in all 150 states."""
    found = never_opened(last=1, starts=starts)
    assert (found.stuck, found.capped) == (None, False)
    assert (found.states, found.left) == (150, 14)


@pytest.mark.slow
@pytest.mark.parametrize("starts", ["vouched", "proven"])
def test_of_two_numbers_a_view_is_opened_from_every_state(starts: str):
    """In all states with the right set counted, and where checkpoints are proven."""
    found = never_opened(starts=starts)
    assert (found.stuck, found.capped) == (None, False)
    assert (found.states, found.left) == (16497, 3893)


def test_few_states_are_a_limit():
    """A search that stopped early says so, and finds nothing."""
    found = never_opened(limit=20)
    assert found.capped
    assert found.stuck is None


@pytest.mark.parametrize("options", [{"n": 3}, {"last": 3}, {"starts": "latest"}])
def test_other_options_are_refused(options: dict[str, int | str]):
    """Names the field that is wrong."""
    with pytest.raises(InputError, match=next(iter(options))):
        never_opened(**options)
