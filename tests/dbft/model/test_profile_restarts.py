"""Forks among nodes of a profile that start again without memory: table, replicas, every run."""

from __future__ import annotations

from functools import cache

import pytest

from milpbft.check.replay import replay
from milpbft.dbft.enumerate.profiles.explore import explore_profile
from milpbft.dbft.enumerate.profiles.remaining import Remaining
from milpbft.dbft.enumerate.quiescence import MissedError
from milpbft.dbft.reference.production.profile import PROFILES
from milpbft.dbft.reference.production.reference import ProductionReference
from milpbft.dbft.room import DBFT2 as ROOM
from milpbft.question.files import parse_instance
from milpbft.schedule import Fault, Schedule, Send
from tests.proven import proven, refused, solved

PREFIX = "dbft2-strict-"
BOTH = ("neo-go", "neo-cs")


@cache
def shortest(profile: str) -> Schedule:
    """Return the shortest fork of four nodes in one view, proven and replayed."""
    result = solved(f"{PREFIX}n4-v1-steps_fork-{profile}-amnesia2", "cpsat")
    assert result.solution.objective == 16
    assert result.schedule is not None
    return result.schedule


def test_two_restarts_fork_four_nodes_in_one_view():
    """Sixteen acts: the primary is one of the two, and proposes another block."""
    schedule = shortest("neo-cs")
    again = [e.node for e in schedule.events if isinstance(e, Fault) and e.fault == "restart"]
    assert len(again) == 2
    proposed = [
        e for e in schedule.events if isinstance(e, Send) and e.kind[:14] == "PrepareRequest"
    ]
    assert [e.kind for e in proposed] == ["PrepareRequest", "PrepareRequest#1"]
    assert {e.node for e in proposed} <= set(again)


def test_who_starts_again_in_neo_cs_asks_for_recovery():
    """As its code does at its start; in neo-go nothing is said."""
    for profile, asks in (("neo-cs", True), ("neo-go", False)):
        events = shortest(profile).events
        again = {(e.node, e.tick) for e in events if isinstance(e, Fault) and e.fault == "restart"}
        asked = {
            (e.node, e.tick)
            for e in events
            if isinstance(e, Send) and e.kind.startswith("RecoveryRequest")
        }
        assert (again <= asked) == asks


class Remembering(ProductionReference):
    """A mutant of the reference: nodes that start again are as they were."""

    def replicas(self):
        """Return the replicas, and keep them."""
        self._present = dict(super().replicas())
        return self._present

    def restarted(self, node, lives, now=0):
        """Return the one that there was."""
        return self._present[node]


@pytest.mark.parametrize("profile", BOTH)
def test_nodes_that_remember_do_not_fork(profile: str):
    """The fork needs that nodes forget what they promised."""
    schedule = shortest(profile)
    assert replay(schedule, ROOM.reference(schedule))
    assert not replay(schedule, Remembering(4, profile, height=4))


def test_a_restart_more_or_less_is_another_question():
    """Acts and restarts are counted again from the events."""
    schedule = shortest("neo-cs")
    name = f"{PREFIX}n4-v1-steps_fork-neo-cs-amnesia2"
    assert ROOM.recount(parse_instance(name), schedule, 16)
    assert not ROOM.recount(parse_instance(name), schedule, 15)
    assert not ROOM.recount(parse_instance(name.replace("amnesia2", "amnesia1")), schedule, 16)


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("n4-v2-b1-forks-neo-go-amnesia1", "values"),
        ("n4-v2-b1-e2-forks-neo-go-reload1", "byzantine"),
        ("n4-v2-t9-ticks_fork-gst0-delta1-timer6-neo-go-amnesia1", "objective"),
        ("n4-v2-t9-delay_first-gst0-delta1-timer6-neo-go-guard=hold-reload1", "options"),
        ("n4-v2-b1-t9-delay_first-gst0-delta1-timer6-neo-go-amnesia1", "byzantine"),
        ("n4-v3-forks-neo-go-amnesia1", "views"),
    ],
)
def test_what_the_tables_do_not_have_is_refused(name: str, field: str):
    """One line says which field."""
    assert refused(PREFIX + name) == field


def test_a_liar_takes_the_place_of_a_restart():
    """Four nodes fork with one of each, by five acts fewer: those of the liar are none."""
    assert proven(f"{PREFIX}n4-v1-b1-e2-steps_fork-neo-cs-amnesia1", "cpsat") == 11


@pytest.mark.slow
@pytest.mark.parametrize("profile", BOTH)
def test_a_liar_takes_the_place_of_a_restart_in_every_run(profile: str):
    """The search of replicas, whoever lies, comes to the same acts; without a restart to none."""
    for restarts, acts in ((1, 11), (0, None)):
        found = explore_profile(
            PROFILES[profile],
            views=1,
            restarts=restarts,
            byzantine=1,
            until="fork",
            hurried=True,
            limit=20_000,
        )
        assert found.lock == acts


def test_no_number_of_logs_locks_neo_cs_in_one_view():
    """All may miss what was under way: recovery messages bring it again."""
    assert proven(f"{PREFIX}n4-v1-faults_lock-neo-cs-reload4", "cpsat") is None


@pytest.mark.slow
@pytest.mark.parametrize(("profile", "acts"), [("neo-cs", 7), ("neo-go", 5)])
def test_locks_by_a_restart_without_memory_take_some_acts(profile: str, acts: int):
    """No table has them; the search of replicas says that none has fewer."""
    found = explore_profile(PROFILES[profile], restarts=1, limit=6_000)
    assert (found.lock, found.acts) == (None, acts)


@pytest.mark.slow
@pytest.mark.parametrize(("crashes", "reloads", "value"), [(0, 4, None), (1, 1, 7)])
def test_reloads_in_one_view_are_as_in_every_run(crashes: int, reloads: int, value: int | None):
    """Every state of four replicas of neo-cs, of whom some are owed nothing said before."""
    found = explore_profile(
        PROFILES["neo-cs"], views=1, crashes=crashes, reloads=reloads, limit=4_000
    )
    assert found.lock == value
    assert found.whole == (value is None)
    crashed = f"-c{crashes}" if crashes else ""
    name = f"{PREFIX}n4-v1{crashed}-faults_lock-neo-cs-reload{reloads}"
    assert (proven(name, "cpsat") is None) == (value is None)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("n4-v2-faults_lock-neo-cs-reload4", None),
        ("n7-v2-faults_lock-neo-cs-reload7", None),
        ("n4-v2-faults_lock-neo-go-reload1", 0),
        ("n4-v2-undecided-neo-go-reload1", 4),
        ("n4-v2-c1-faults_lock-neo-cs-reload1", 1),
        ("n4-v2-faults_lock-neo-go-failed=nobody+guard=preparations-reload4", None),
    ],
)
def test_reloads_in_two_views(name: str, value: int | None):
    """Proven, and replayed where there is a run."""
    assert proven(PREFIX + name, "cpsat") == value


@pytest.mark.slow
@pytest.mark.parametrize("views", [1, 2])
@pytest.mark.parametrize("profile", BOTH)
def test_the_shortest_fork_is_that_of_every_run(profile: str, views: int):
    """The search of replicas, which shares no code with the table, comes to the same acts."""
    value = proven(f"{PREFIX}n4-v{views}-steps_fork-{profile}-amnesia2", "cpsat")
    found = explore_profile(
        PROFILES[profile], views=views, restarts=2, until="fork", hurried=True, limit=20_000
    )
    assert found.lock == value == 16


@pytest.mark.slow
def test_a_search_that_takes_too_many_acts_to_be_left_stops(monkeypatch: pytest.MonkeyPatch):
    """Were a commit more needed than is, a step would take away more acts than it has."""
    init = Remaining.__init__
    monkeypatch.setattr(Remaining, "__init__", lambda one, blocks, quorum: init(one, blocks, 4))
    with pytest.raises(MissedError):
        explore_profile(
            PROFILES["neo-cs"], views=1, restarts=4, until="fork", hurried=True, limit=20_000
        )


@pytest.mark.slow
@pytest.mark.parametrize("profile", BOTH)
@pytest.mark.parametrize(
    ("question", "value"),
    [
        ("n4-v2-faults_fork-{}-amnesia2", 2),
        ("n4-v2-c1-faults_fork-{}-amnesia2", 2),
        ("n7-v2-faults_fork-{}-amnesia3", 3),
        ("n7-v2-steps_fork-{}-amnesia3", 25),
        ("n4-v2-forks-{}-amnesia1", 1),
        ("n7-v2-forks-{}-amnesia2", 1),
        ("n4-v2-b1-e2-steps_fork-{}-amnesia1", 11),
        ("n7-v2-b1-e2-steps_fork-{}-amnesia2", 20),
        ("n7-v2-b2-e2-steps_fork-{}-amnesia1", 15),
        ("n4-v2-b1-e2-faults_fork-{}-amnesia2", 2),
        ("n7-v2-b1-e2-forks-{}-amnesia1", 1),
    ],
)
def test_two_views(profile: str, question: str, value: int):
    """Optima of two views, proven and replayed."""
    assert proven(PREFIX + question.format(profile), "cpsat") == value
