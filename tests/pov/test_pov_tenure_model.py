"""The longest tenure: closed forms, and runs whose numbers are drawn by real hashes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from milpbft.errors import InputError
from milpbft.pov.conductor import replay_tenure
from milpbft.question.files import parse_instance
from milpbft.schedule import Send
from milpbft.solve import solve


@pytest.mark.parametrize(
    ("butlers", "crooks", "rounds"), [(4, 0, 3), (4, 2, 5), (6, 3, 10), (3, 2, 4)]
)
def test_every_round_takes_a_cycle_per_dishonest_butler_and_one_more(
    butlers: int, crooks: int, rounds: int
):
    """(b_b + 1) cycles per round: each number wanted is drawn by signatures that exist."""
    told = f"-bb{crooks}" if crooks else ""
    result = solve(parse_instance(f"povtenure-nc5-nb{butlers}{told}-r{rounds}-tenure"))
    assert result.solution.status == "optimal"
    assert result.solution.objective == rounds * (crooks + 1)
    assert result.verdict("replay"), result.verdict("replay")
    assert result.schedule is not None
    makers = {e.node for e in result.schedule.events if isinstance(e, Send) and "Block" in e.kind}
    assert not makers & set(result.schedule.byzantine)


def test_one_butler_of_ten_makes_ten_blocks():
    """63 sets of signatures and some ticks to choose from draw the same number again and again."""
    result = solve(parse_instance("povtenure-nc7-nb10-bb1-r10-run"))
    assert result.solution.objective == 10
    assert result.verdict("replay"), result.verdict("replay")


def test_honest_butlers_make_no_dishonest_run():
    """Without dishonest butlers the run has no round."""
    result = solve(parse_instance("povtenure-nc5-nb4-r3-run"))
    assert result.solution.objective == 0
    assert result.verdict("replay")


def test_a_wrong_value_is_refuted():
    """The replay counts the cycles of the chain for itself."""
    schedule = solve(parse_instance("povtenure-nc5-nb4-bb1-r3-tenure")).schedule
    assert schedule is not None
    assert replay_tenure(schedule)
    wrong = replace(schedule, settings=schedule.settings | {"value": "7"})
    assert replay_tenure(wrong).reason == "tenure 6 here, 7 in the schedule"
    with pytest.raises(InputError, match=r"settings\.objective"):
        replay_tenure(replace(schedule, settings={"value": "7"}))


def test_names_are_read_back():
    """A name says every field; all butlers dishonest would never end."""
    name = "povtenure-nc5-nb4-bb2-r5-tb20-tenure"
    assert parse_instance(name).name == name
    with pytest.raises(InputError, match="crooks"):
        parse_instance("povtenure-nc5-nb4-bb4-r5-tenure")
