"""Messages lost for good among nodes of a profile, whose recovery messages arrive in the end."""

from __future__ import annotations

import pytest

from milpbft.dbft.enumerate.hunt import Faults, Hunt
from milpbft.dbft.enumerate.profiles.explore import explore_profile
from milpbft.dbft.reference.production.profile import PROFILES
from milpbft.question.files import parse_instance
from milpbft.solve import solve
from tests.proven import proven, refused

PREFIX = "dbft2-strict-"


@pytest.mark.parametrize(
    "name",
    [
        "n4-v1-losses_lock-neo-go-lossy4",
        "n4-v2-losses_lock-neo-cs-lossy4",
        "n7-v1-losses_lock-neo-go-lossy7",
    ],
)
def test_no_number_of_losses_locks(name: str):
    """As many nodes as there are may miss whatever they like."""
    assert proven(PREFIX + name, "cpsat") is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("n4-v1-steps_lock-neo-go-lossy4", None),
        ("n4-v2-undecided-neo-cs-lossy4", 0),
        ("n4-v1-c1-steps_lock-neo-cs-lossy4", 7),
    ],
)
def test_losses_make_no_lock_and_spare_none_an_act(name: str, value: int | None):
    """Beside a crash the lock is that of the crash."""
    assert proven(PREFIX + name, "cpsat") == value


class Losing(Hunt):
    """A run that loses much of what is under way before it settles."""

    def _settle(self) -> None:
        share = self._random.choice((0.2, 0.5, 1.0))
        self._waiting = [one for one in self._waiting if self._random.random() > share]
        super()._settle()


class Silent(Losing):
    """A mutant: what is said again is lost too."""

    def _send(self, envelope, node: int = -1) -> None:
        super()._send(envelope, node)
        if self._is_recovery(len(self.messages) - 1):
            self._waiting = [one for one in self._waiting if one[1] != len(self.messages) - 1]


class Fading(Losing):
    """A run that loses most of what is said as it settles, recovery messages too, 40 in all."""

    settling = False
    left = 40

    def _settle(self) -> None:
        self.settling = True
        super()._settle()

    def _send(self, envelope, node: int = -1) -> None:
        before = len(self._waiting)
        super()._send(envelope, node)
        if self.settling:
            said = self._waiting[before:]
            gone = [one for one in said if self._random.random() < 0.7][: self.left]
            self.left -= len(gone)
            self._waiting = [one for one in self._waiting if one not in gone]

    def _look(self):
        yield (self.left,)
        yield from super()._look()


def locks(run: type[Hunt], profile: str, views: int, seeds: range) -> int:
    """Count the random runs that end in a lock of the first views."""
    count = 0
    for seed in seeds:
        one = run(PROFILES[profile], 4, seed, Faults(), views=views)
        inside = all(name[-1] in "01"[:views] for name in one.run().where.values())
        count += one.found.ending == "lock" and inside
    return count


@pytest.mark.parametrize(("profile", "views"), [("neo-go", 1), ("neo-cs", 2)])
def test_random_runs_that_lose_messages_do_not_lock(profile: str, views: int):
    """However often recovery messages are lost too, unless all are for ever."""
    assert not locks(Losing, profile, views, range(60))
    assert not locks(Fading, profile, views, range(30))
    assert locks(Silent, profile, views, range(60))


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("n4-v2-faults_lock-neo-go-lossy1", "objective"),
        ("n4-v2-forks-neo-cs-lossy1", "objective"),
        ("n4-v2-b1-losses_lock-neo-cs-lossy1", "byzantine"),
    ],
)
def test_what_the_tables_do_not_have_is_refused(name: str, field: str):
    """One line says which field."""
    assert refused(PREFIX + name) == field


@pytest.mark.slow
@pytest.mark.parametrize(("profile", "views"), [("neo-go", 1), ("neo-cs", 2)])
def test_more_random_runs_do_not_lock_either(profile: str, views: int):
    """Of four replicas."""
    assert not locks(Losing, profile, views, range(60, 3000))
    assert not locks(Fading, profile, views, range(30, 1000))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("n4-v2-losses_lock-neo-go-lossy4", 0),
        ("n4-v2-c1-losses_lock-neo-cs-lossy4", 0),
        ("n4-v2-undecided-neo-go-lossy4", 4),
        ("n4-v2-c1-steps_lock-neo-cs-lossy4", 7),
        ("n4-v2-c1-steps_lock-neo-go-lossy4", 7),
        ("n4-v2-c1-undecided-neo-cs-lossy4", 3),
        ("n7-v2-losses_lock-neo-cs-lossy7", None),
        ("n7-v2-undecided-neo-cs-lossy7", 0),
        ("n7-v2-c1-steps_lock-neo-cs-lossy7", 12),
        ("n31-v1-losses_lock-neo-go-lossy31", None),
        ("n31-v2-losses_lock-neo-cs-lossy31", None),
    ],
)
def test_more_nodes_and_where_there_is_a_lock_anyhow(name: str, value: int | None):
    """Go locks two views without a loss, and a crash locks both."""
    assert proven(PREFIX + name, "cpsat") == value


@pytest.mark.slow
def test_no_run_of_neo_go_in_one_view_is_held_still_by_what_is_lost():
    """The search of replicas, all of whom may miss what was under way, saw none this far."""
    found = explore_profile(PROFILES["neo-go"], views=1, reloads=4, limit=10_000)
    assert found.lock is None


@pytest.mark.slow
def test_a_run_that_misses_something_is_no_lock_of_so_many_losses():
    """The table has a run of nine acts whose nodes miss what was under way: only a bound."""
    result = solve(parse_instance(f"{PREFIX}n4-v2-steps_lock-neo-go-lossy4"), "cpsat")
    assert (result.solution.status, result.solution.bound) == ("limit", 9)
    assert not [check for check in result.checks if check.status == "refuted"]


@pytest.mark.slow
@pytest.mark.parametrize(("profile", "views"), [("neo-cs", 1), ("neo-cs", 2)])
def test_seven_acts_beside_a_crash_are_the_fewest_whatever_is_missed(profile: str, views: int):
    """The search of replicas, all of whom may miss what was under way, comes to the same."""
    found = explore_profile(PROFILES[profile], views=views, crashes=1, reloads=4, limit=10_000)
    assert found.lock == 7
