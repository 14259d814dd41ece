"""Every lock that the replicas can reach with a liar at n = 4, in as few acts as the MILP says.

Locks are told apart by who is where: how many correct nodes are committed in each view, and how
many are in each view and not committed. The enumeration knows no rule table.
"""

from __future__ import annotations

from itertools import combinations_with_replacement

import pytest

from milpbft.dbft.returns import ReturnRule
from milpbft.question.files import parse_instance
from milpbft.solve import solve
from tests.dbft.model.locked_states import PLACES, fewest_acts, text


@pytest.mark.parametrize(
    ("returns", "byzantine"),
    [
        (ReturnRule.NEVER, 2),
        *[
            pytest.param(returns, byzantine, marks=pytest.mark.slow)
            for returns in (ReturnRule.NEVER, ReturnRule.OWN_VIEW, ReturnRule.ANY_VIEW)
            for byzantine in (1, 2)
            if (returns, byzantine) != (ReturnRule.NEVER, 2)
        ],
    ],
)
def test_locks_and_their_fewest_acts_agree(returns: ReturnRule, byzantine: int):
    """Each state of the correct nodes is a lock of the replicas if and only if it is in the MILP.

    Where liars help nodes back, replays confirm what the MILP found too.
    """
    found = fewest_acts(4, byzantine, returns)
    assert found
    word = "" if returns is ReturnRule.ANY_VIEW else f"-{returns.value}"
    for places in combinations_with_replacement(PLACES, 4 - byzantine):
        state = text(places)
        name = f"dbft2-strict-n4-v2-b{byzantine}-e2-steps_state{word}-{state}"
        result = solve(parse_instance(name))
        if state in found:
            assert (result.solution.status, result.solution.objective) == ("optimal", found[state])
            assert result.verdict("replay"), state
        else:
            assert result.solution.status == "infeasible", state


def test_lies_of_the_own_view_stay_and_make_a_block():
    """Two nodes committed in view 0 by a lie that one of them was shown to return: one is done.

    With commits of all views the lie is of another view, and the lock is there.
    """
    name = "dbft2-strict-n4-v2-b1-e2-steps_state{}-2c0.0c1.0v0.1v1"
    assert solve(parse_instance(name.format("-own-view"))).solution.status == "infeasible"
    result = solve(parse_instance(name.format("")))
    assert result.solution.objective == 8
    assert result.verdict("replay")
