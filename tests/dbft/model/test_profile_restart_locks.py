"""Locks of profiles by restarts without memory: table, replicas at rest, every run, random runs."""

from __future__ import annotations

import pytest

from milpbft.automaton.condition import TRUE
from milpbft.dbft.enumerate.hunt import Faults
from milpbft.dbft.enumerate.profiles.explore import explore_profile
from milpbft.dbft.enumerate.profiles.lone import TIMER
from milpbft.dbft.enumerate.profiles.search import Search
from milpbft.dbft.model.production.restarts import RestartTable
from milpbft.dbft.reference.production.profile import PROFILES
from milpbft.dbft.room import DBFT2 as ROOM
from milpbft.question.files import parse_instance
from tests.dbft.model.restarted_walks import locks, owing
from tests.proven import proven, refused, solved

PREFIX = "dbft2-strict-"
BOTH = ("neo-go", "neo-cs")
ACTS = {"neo-cs": {4: 9, 7: 15, 31: 63}, "neo-go": {4: 8, 7: 13, 31: 53}}


@pytest.mark.parametrize("profile", BOTH)
def test_one_restart_locks_four_nodes_in_one_view(profile: str):
    """Two nodes committed; the primary, which starts again, and the fourth have another block."""
    result = solved(f"{PREFIX}n4-v1-steps_lock-{profile}-amnesia1", "cpsat")
    assert result.solution.objective == ACTS[profile][4]
    assert result.schedule is not None
    assert ROOM.recount(result.instance, result.schedule, ACTS[profile][4])


class Run:
    """One view of replicas, given by hand what a lock takes, and nothing from the table."""

    def __init__(self, profile: str, n: int) -> None:
        self.search = Search(PROFILES[profile], n, 1, restarts=1)
        self.at = list(self.search.lone.starts)
        self.acts = 0

    def give(self, node: int, kind: str, sender: int) -> None:
        """Give a node a message of view 0, or let its timer expire."""
        label = TIMER if kind == TIMER[0] else (kind, sender, 0)
        step = self.search.lone.step(self.at[node], label)
        self.acts += step.acts
        self.at[node] = step.after

    def lock(self, quorum: int, *, unchecked: bool) -> None:
        """Let M - 1 nodes commit, the primary start again, and the others follow it."""
        old, new = range(1, quorum), range(quorum, len(self.at))
        self.give(0, TIMER[0], -1)
        for node in old:
            self.give(node, "PrepareRequest", 0)
        for node in old:
            for other in set(old) - {node}:
                self.give(node, "PrepareResponse", other)
        self.at[0], self.acts = self.search.lone.restart(self.at[0]), self.acts + 1
        for other in old:
            self.give(0, "Commit", other)
        self.give(0, TIMER[0], -1)
        for node in new:
            for other in old if unchecked else ():
                self.give(node, "Commit", other)
            self.give(node, "PrepareRequest#1", 0)
            if not unchecked:
                self.give(node, TIMER[0], -1)

    @property
    def rests(self) -> bool:
        """Whether all stay where they are, whatever is owed."""
        return self.search._locked(tuple(self.at))


@pytest.mark.parametrize("n", [4, 7])
@pytest.mark.parametrize("profile", BOTH)
def test_replicas_rest_after_so_many_acts(profile: str, n: int):
    """Commits that come before the request are not checked in Go: there nobody need ask."""
    run = Run(profile, n)
    run.lock(n - (n - 1) // 3, unchecked=profile == "neo-go")
    assert run.rests
    assert run.acts == ACTS[profile][n]


def test_in_neo_cs_who_follows_asks():
    """It checks the commits that it had as the request comes, and then counts none."""
    run = Run("neo-cs", 4)
    run.lock(3, unchecked=True)
    assert run.acts == 8
    assert not run.rests


@pytest.mark.parametrize("profile", BOTH)
def test_nobody_owes_anything_where_random_runs_end_in_a_lock(profile: str):
    """Nodes start again at any time; what the table says of rest is held to where they stand."""
    assert held(profile, 4, range(150), Faults(restart=2))


def held(profile: str, n: int, seeds: range, faults: Faults) -> int:
    """Hold the table's rest to the locks of random runs; return how many there were."""
    crashed = f"-c{faults.crash}" if faults.crash else ""
    name = f"{PREFIX}n{n}-v1{crashed}-steps_lock-{profile}-amnesia{faults.restart}"
    found = list(locks(profile, n, seeds, faults))
    for walk in found:
        assert not owing(walk, parse_instance(name)), walk.found.seed
    return len(found)


def test_rest_that_asks_too_much_is_seen(monkeypatch: pytest.MonkeyPatch):
    """Were all who know M preparations to commit, some lock of a random run would be none."""
    monkeypatch.setattr(RestartTable, "_certainly_recovering", lambda *_: TRUE)
    with pytest.raises(AssertionError):
        held("neo-go", 4, range(150), Faults(crash=1, restart=1))


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("n4-v2-steps_lock-neo-cs-amnesia1", "views"),
        ("n4-v2-undecided-neo-go-amnesia1", "views"),
        ("n4-v1-steps_state-neo-go-amnesia1-2c0.2v0", "objective"),
        ("n4-v1-b1-steps_lock-neo-go-amnesia1", "byzantine"),
        ("n4-v1-steps_lock-neo-go-failed=nobody-amnesia1", "options"),
    ],
)
def test_what_the_table_does_not_have_is_refused(name: str, field: str):
    """One line says which field."""
    assert refused(PREFIX + name) == field


@pytest.mark.slow
@pytest.mark.parametrize("profile", BOTH)
@pytest.mark.parametrize(
    ("question", "value"),
    [
        ("n4-v1-faults_lock-{}-amnesia1", 1),
        ("n7-v1-faults_lock-{}-amnesia1", 1),
        ("n4-v1-undecided-{}-amnesia1", 4),
        ("n4-v1-c1-steps_lock-{}-amnesia1", 7),
    ],
)
def test_one_view(profile: str, question: str, value: int):
    """Optima of one view, proven and replayed; with a crash besides, that of the crash."""
    assert proven(PREFIX + question.format(profile), "cpsat") == value


@pytest.mark.slow
@pytest.mark.parametrize("n", [7, 31])
@pytest.mark.parametrize("profile", BOTH)
def test_the_fewest_acts_of_more_nodes(profile: str, n: int):
    """6f + 3 in C#, 5f + 3 in Go."""
    assert proven(f"{PREFIX}n{n}-v1-steps_lock-{profile}-amnesia1", "cpsat") == ACTS[profile][n]


@pytest.mark.slow
@pytest.mark.parametrize("profile", BOTH)
def test_the_shortest_lock_is_that_of_every_run(profile: str):
    """The search of replicas shares no code with the table, and comes to the same acts."""
    found = explore_profile(PROFILES[profile], views=1, restarts=1, limit=200_000)
    assert found.lock == ACTS[profile][4]
    assert sorted(found.where) == ["c0", "c0", "v0", "v0"]


@pytest.mark.slow
@pytest.mark.parametrize("profile", BOTH)
@pytest.mark.parametrize(
    ("n", "seeds", "faults"),
    [
        (4, range(150, 5000), Faults(restart=1)),
        (4, range(150, 5000), Faults(restart=3)),
        (4, range(150, 3000), Faults(crash=1, restart=1)),
        (7, range(1500), Faults(restart=2)),
    ],
)
def test_the_same_of_more_random_runs(profile: str, n: int, seeds: range, faults: Faults):
    """As above, of seven nodes and with a crash besides too; those of neo-cs hardly ever lock."""
    assert held(profile, n, seeds, faults) or (profile, n) == ("neo-cs", 7)
