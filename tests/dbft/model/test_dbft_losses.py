"""Messages of dBFT 2.0 that are lost for good: tables, replicas, enumeration."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path

import pytest

from milpbft.question.files import InstanceFile, parse_instance
from milpbft.solve import solve
from tests.dbft import asking
from tests.proven import refused

WORDS = ("", "never", "own-view", "agreement", "nofetch")
GOALS = ("steps_lock", "losses_lock", "undecided", "faults_lock", "forks")
ONE, TWO = (
    [
        f"dbft2-strict-n4-v{views}{crash}-{goal}{'-' * bool(word)}{word}-lossy{most}"
        for crash, word, most, goal in product(("", "-c1"), WORDS, numbers, GOALS)
    ]
    for views, numbers in ((1, (1, 2, 4)), (2, (1, 2, 4, 6)))
)
LIMIT = 250_000
QUICK = {
    "dbft2-strict-n4-v2-losses_lock-agreement-lossy6": 1,
    "dbft2-strict-n4-v2-steps_lock-agreement-lossy6": 5,
}


def agrees(name: str) -> int | None:
    """Hold a proven and replayed value against the enumeration of everything."""
    value, ended = asking.agrees(name, LIMIT, "cpsat")
    assert ended
    return value


@pytest.mark.parametrize("name", ONE[::13])
def test_one_view_is_as_enumerated(name: str):
    """A sample of one view of four nodes."""
    agrees(name)


@pytest.mark.parametrize(("name", "value"), QUICK.items())
def test_two_views_are_as_enumerated(name: str, value: int):
    """Three ask, the fourth announces view 1 and asks there: five acts; one loss is enough."""
    assert agrees(name) == value


@pytest.mark.slow
@pytest.mark.parametrize("name", ONE + TWO)
def test_every_option_and_objective_is_as_enumerated(name: str):
    """All of one view and of two."""
    agrees(name)


def test_one_lost_message_locks_four_nodes_in_two_views():
    """It takes sixteen acts; with two it takes seven."""
    for most, steps in ((1, 16), (2, 7)):
        result = solve(parse_instance(f"dbft2-strict-n4-v2-steps_lock-lossy{most}"), solver="cpsat")
        assert (result.solution.status, result.solution.objective) == ("optimal", steps)
        assert all(result.checks)


def test_no_fewer_than_two_lost_messages_lock_four_nodes():
    """The number is a minimum, and the schedule says which they are."""
    result = solve(parse_instance("dbft2-strict-n4-v1-losses_lock-lossy4"), solver="cpsat")
    assert (result.solution.status, result.solution.objective) == ("optimal", 2)
    assert result.schedule is not None
    assert result.schedule.settings["lost"].count(">") == 2
    assert all(result.checks)
    one = solve(parse_instance("dbft2-strict-n4-v1-steps_lock-lossy1"), solver="cpsat")
    assert one.solution.status == "infeasible"


@pytest.mark.parametrize(("faults", "value"), [("", None), ("-c1", 0)])
def test_locks_without_losses_take_none(faults: str, value: int | None):
    """Where the network loses nothing, the fewest is 0 or there is none."""
    assert agrees(f"dbft2-strict-n4-v1{faults}-losses_lock") == value


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("dbft2-strict-n4-v3-steps_lock-lossy1", "views"),
        ("dbft1-strict-n4-v3-steps_lock-lossy1", "views"),
        ("dbft1-strict-n4-v3-t8-steps_lock-lossy1", "views"),
        ("dbft21-strict-n4-v3-steps_lock-lossy1", "views"),
        ("dbft21-strict-n4-v2-t8-steps_lock-lossy1", "views"),
        ("dbft21-strict-n4-v1-steps_lock-lossy1-pool", "reading"),
        ("dbft2-strict-n4-v1-steps_fork-neo-go-lossy1", "objective"),
        ("dbft2-strict-n4-v1-steps_lock-committed-or-lost-lossy1", "returns"),
    ],
)
def test_what_was_not_compared_is_refused(name: str, field: str):
    """One line says which field."""
    assert refused(name) == field


def test_the_table_of_return_rules_is_that_of_the_files():
    """Every cell of the table in the docs is the proven value of an instance file."""
    root = Path(__file__).parents[3]
    text = (root / "docs" / "losses.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| [^|]+, `(dbft2-strict-n\d+-v2)` \|(.+)\|$", text, re.M)
    assert [name for name, _ in rows] == [f"dbft2-strict-n{n}-v2" for n in (4, 7, 31, 100)]
    for name, cells in rows:
        for word, cell in zip(
            ("", "-agreement", "-own-view", "-never"), cells.split("|"), strict=True
        ):
            path = root / "instances/strict/dbft2" / f"{name}-losses_lock{word}-lossy4.toml"
            file = InstanceFile.read(path)
            assert file.expected is not None
            assert (file.expected.status, file.expected.objective) == ("optimal", int(cell)), (
                path.stem
            )
