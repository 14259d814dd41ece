"""dBFT 2.1 over one pool: counts, view by view, against all states node by node, and models."""

from __future__ import annotations

from collections import Counter
from itertools import product

import pytest

from milpbft.dbft.enumerate.pool21.plain import Pool, State
from milpbft.dbft.enumerate.pool21.spec import (
    ACCEPT,
    COMMIT,
    CV1,
    CV2,
    CV3,
    KINDS,
    PREPARED,
    Heard,
    Spec,
)
from milpbft.dbft.enumerate.pool21.views import GONE, TooManyError, View, Views
from milpbft.dbft.instance import DbftInstance
from milpbft.question.files import parse_instance
from tests.proven import proven

FAULTS = {
    "none": Spec(4),
    "a quorum of half": Spec(4, quorum=2),
    "a quorum of all": Spec(4, quorum=4),
    "bears all commits": Spec(4, bears=4),
    "bears no commit": Spec(4, bears=0),
    "eager": Spec(4, eager=True),
    "deaf": Spec(4, deaf=True),
    **{f"mute {kind}": Spec(4, mute=kind) for kind in KINDS},
}
Counts = tuple[tuple[tuple[str, ...], Heard], ...]
"""Per view the phases of each class of nodes in it, and what its pool has."""


def counted(state: State, views: int) -> Counts:
    """Forget names, and what nobody reads who is still in a view."""
    lowest = min(node.view for node in state.nodes)
    found = []
    for view in range(views):
        here = [[*state.nodes[k : k + 1]] for k in range(view, views)]
        here.append([*state.nodes[:view], *state.nodes[views:]])
        phases = ("".join(sorted(n.phase for n in part if n.view == view)) for part in here)
        found.append((tuple(phases), state.heard(view) if view >= lowest else Heard()))
    return tuple(found)


def joined(ends: tuple[View, ...]) -> Counts:
    """Put states of all views together, of which each begins with those that the last one left."""
    parts = [tuple(part.replace(GONE, "") for part in end.nodes) for end in ends]
    lowest = next(view for view, part in enumerate(parts) if any(part))
    heard = [end.heard if view >= lowest else Heard() for view, end in enumerate(ends)]
    return tuple(zip(parts, heard, strict=True))


def by_views(spec: Spec, views: int) -> set[Counts]:
    """Return all states without deaths and acceptances, of one view or two."""
    made = Views(spec, views)
    first = made.states(0, (*(1,) * views, spec.n - views))
    if views == 1:
        return {joined((end,)) for end in first}
    gone: dict[tuple[int, ...], list[View]] = {}
    for end in first:
        primary, second, others = (part.count(GONE) for part in end.nodes)
        gone.setdefault((second, primary + others), []).append(end)
    return {
        joined(pair)
        for start, ends in gone.items()
        for pair in product(ends, made.states(1, start))
    }


def node_by_node(spec: Spec, views: int) -> tuple[set[Counts], dict[Counts, int]]:
    """Return the same by all states of nodes with names; and of each how many may act."""
    pool, acting = Pool(spec, views, 0), dict[Counts, int]()
    seen, stack = {pool.start}, [pool.start]
    while stack:
        state = stack.pop()
        acts = [*pool.acts(state)]
        acting[counted(state, views)] = len({i for i, _ in acts})
        for i, after in acts:
            if after.phase != ACCEPT and after.view < views:
                new = pool.put(state, i, after)
                if new not in seen:
                    seen.add(new)
                    stack.append(new)
    return {counted(state, views) for state in seen}, acting


# ---- the guards


@pytest.mark.parametrize(
    ("phase", "heard", "does"),
    [
        ("I", Heard(), "1"),
        ("I", Heard(requested=True), "1P"),
        ("P", Heard(prepared=5, asked=5, requested=True), "C"),
        ("P", Heard(prepared=5, asked=5, third=1, requested=True), ""),
        ("P", Heard(first=1, prepared=4, asked=5, commits=2), "2"),
        ("P", Heard(first=1, prepared=4, asked=5, commits=3), ""),
        ("P", Heard(first=1, prepared=4, asked=5, commits=3, third=1), "2"),
        ("1", Heard(first=1, asked=4), ""),
        ("2", Heard(prepared=5, asked=5, second=3, late=5, commits=2, requested=True), "3"),
        ("2", Heard(prepared=5, asked=5, second=3, late=5, commits=3, requested=True), "C"),
        ("C", Heard(second=1, late=5, commits=2), "3"),
        ("C", Heard(second=0, late=5, commits=2), ""),
        ("3", Heard(commits=5, requested=True), ACCEPT),
        ("3", Heard(commits=5), ""),
        ("3", Heard(third=5), "enter"),
        (ACCEPT, Heard(first=5, commits=5, requested=True), ""),
    ],
)
def test_guards_of_seven_nodes(phase: str, heard: Heard, does: str) -> None:
    """At f = 2 and M = 5, one side of each guard and the other."""
    assert "".join(act.phase for act in Spec(7).acts(phase, heard, proposes=False)) == does


def test_the_primary_proposes_and_does_not_ask_first() -> None:
    """Others wait for its request."""
    assert [*Spec(4).acts("I", Heard(), proposes=True)] == [("P", PREPARED)]


def test_senders_are_counted_once_in_unions() -> None:
    """Whoever sent both counts once, in one go or one after the other."""
    sent = (PREPARED | CV1, CV1, CV2 | COMMIT, CV3, 0)
    heard = Heard.of(sent, requested=True)
    assert heard == Heard(1, 2, 1, 1, 1, 2, 1, requested=True)
    grown = Heard()
    for kinds in sent:
        for kind in KINDS:
            if kinds & kind:
                before = kinds & (kind - 1)
                grown = grown.plus(kind, before, requests=kind == PREPARED)
    assert grown == heard


# ---- the reductions


@pytest.mark.parametrize("fault", FAULTS)
def test_counts_are_those_of_all_states(fault: str) -> None:
    """Four nodes in view 0, whatever they do wrong: the same states, and as many who may act."""
    spec = FAULTS[fault]
    states, acting = node_by_node(spec, 1)
    assert by_views(spec, 1) == states
    few = sorted(Counter(acting.values()).items())[:2]
    ends = Views(spec, 1).explore()
    assert min(end.restless for end in ends.acts) == few[0][0]


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS)
def test_view_by_view_the_same_states_are_found(fault: str) -> None:
    """Four nodes in views 0 and 1: each end of the one goes with each of the other."""
    spec = FAULTS[fault]
    states, acting = node_by_node(spec, 2)
    assert by_views(spec, 2) == states
    ends = Views(spec, 2).explore()
    assert min(end.restless for end in ends.acts) == min(acting.values())


def agree(spec: Spec, views: int, dead: int) -> tuple[bool, bool]:
    """Hold locks and forks against all states; return whether there are any."""
    seen, ends = Pool(spec, views, dead).explore(1_000_000), Views(spec, views).explore()
    assert not seen.capped
    locks, forks = ends.lock(dead) is not None, ends.fork() is not None
    assert (locks, forks) == (seen.locks > 0, seen.forks > 0)
    return locks, forks


@pytest.mark.parametrize("dead", range(4))
@pytest.mark.parametrize("fault", FAULTS)
def test_deaths_may_come_last(fault: str, dead: int) -> None:
    """Of four nodes, in view 0: as many deaths lock as where nodes die anywhere."""
    agree(FAULTS[fault], 1, dead)


@pytest.mark.parametrize(("n", "dead", "locks"), [(5, 1, False), (5, 2, True), (6, 1, False)])
def test_deaths_may_come_last_among_more(n: int, dead: int, locks: bool) -> None:
    """Five and six nodes, of whom one may fail, and two lock five."""
    assert agree(Spec(n), 1, dead) == (locks, False)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fault", "dead"),
    [
        *((fault, 0) for fault in FAULTS),
        *((fault, 1) for fault in ("none", "a quorum of all", "bears no commit", "deaf")),
        ("none", 2),
    ],
)
def test_blocks_may_come_last(fault: str, dead: int) -> None:
    """Four nodes in views 0 and 1: the same locks and forks, of sound nodes and of others."""
    locks, forks = agree(FAULTS[fault], 2, dead)
    if fault == "none":
        assert (locks, forks) == (dead == 2, False)
    assert forks == (fault in {"a quorum of half", "bears all commits", "eager"})


@pytest.mark.slow
@pytest.mark.parametrize(("n", "dead"), [(5, 0), (5, 1), (6, 0)])
def test_more_nodes_in_two_views(n: int, dead: int) -> None:
    """Neither locks nor forks, whoever counts."""
    assert agree(Spec(n), 2, dead) == (False, False)


def test_too_many_states_are_said() -> None:
    """The limit is of all views together."""
    made = Views(Spec(4), 2, limit=2492)
    assert made.explore().states == 2492
    with pytest.raises(TooManyError):
        Views(Spec(4), 2, limit=2491).explore()


@pytest.mark.slow
def test_seven_nodes_keep_the_promise() -> None:
    """In views 0 and 1 nothing locks with up to f dead nodes, and nothing forks."""
    ends = Views(Spec(7), 2).explore()
    assert [ends.lock(dead) for dead in range(4)] == [None, None, None, 7]
    assert ends.fork() is None


# ---- values of models


ACTS = [
    ("dbft21-strict-n4-v1-c1-steps_lock-pool", None),
    ("dbft21-strict-n4-v1-c2-steps_lock-pool", 4),
    ("dbft21-strict-n5-v1-c2-steps_lock-pool", 5),
    ("dbft21-strict-n7-v1-c3-steps_lock-pool", 7),
    ("dbft21-strict-n4-v1-b1-steps_lock-pool", 4),
    ("dbft21-strict-n4-v1-b1-c1-steps_lock-pool", 3),
    *(
        pytest.param(name, value, marks=pytest.mark.slow)
        for name, value in (
            ("dbft21-strict-n4-v1-b2-steps_lock-pool", 2),
            ("dbft21-strict-n4-v2-b1-c1-steps_lock-pool", 3),
            ("dbft21-strict-n4-v2-b1-steps_fork-pool", 20),
            ("dbft21-strict-n5-v1-b1-steps_lock-pool", 5),
            ("dbft21-strict-n6-v1-b1-c1-steps_lock-pool", 5),
            ("dbft21-strict-n7-v1-b1-c1-steps_lock-pool", 7),
        )
    ),
]


@pytest.mark.parametrize(("name", "value"), ACTS)
def test_fewest_acts_are_those_of_the_model(name: str, value: int | None) -> None:
    """Whoever lies, dies or asks: messages, lies, views entered, deaths and blocks."""
    instance = parse_instance(name)
    assert isinstance(instance, DbftInstance)
    ends = Views(Spec(instance.n), instance.views, instance.byzantine).explore()
    fork = instance.objective.name.endswith("fork")
    assert (ends.fork() if fork else ends.lock(instance.crashes)) == value
    assert proven(name) == value
