"""Consensus over the overlay: routes, names, delays against a closed form, and what crashes do."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from milpbft.check.network import keeps
from milpbft.dbft.room import DBFT2
from milpbft.errors import InputError
from milpbft.hgfrr.carried import paths_of
from milpbft.hgfrr.consensus import (
    all_late_decision,
    broadcast_messages,
    mesh,
    overlay_hops,
    wire_messages,
)
from milpbft.hgfrr.model.layout import Layout
from milpbft.hgfrr.model.routes import routes
from milpbft.hgfrr.reference.forwarding import relays
from milpbft.hgfrr.wiring import Wiring
from milpbft.question.files import parse_instance
from milpbft.schedule import Deliver, Fault, Send
from milpbft.solve import solve
from milpbft.table.carried import carried_by
from tests.hgfrr.overlays import Case, cases
from tests.proven import proven


@settings(max_examples=60, deadline=None)
@given(cases(contacts=1, nodes=40))
def test_routes_are_those_of_the_reference(case: Case):
    """The model's closed form gives the walks that messages take in the reference."""
    found = relays(case.topology, case.source, case.spread)
    walks = routes(Layout(case.topology, case.spread, case.source))
    assert {n: [found.path(n)] for n in case.topology.nodes.tolist()} == walks


@given(st.integers(4, 1000), st.integers(2, 1000), st.integers(0, 10**9 - 1))
def test_wirings_are_words(ring: int, k: int, seed: int):
    """A wiring reads back, alone and in the name of an instance."""
    wiring = Wiring(ring, k, seed)
    assert Wiring.parse(str(wiring)) == wiring
    name = f"dbft2-strict-n7-v1-t9-delay_last-gst0-delta2-timer20-overlay-{wiring}"
    instance = parse_instance(name)
    assert (instance.name, instance.overlay) == (name, str(wiring))


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("dbft2-strict-n4-v1-undecided-overlay-r4k2s0", "horizon"),
        ("dbft2-strict-n4-v1-t9-undecided-gossip-overlay-r4k2s0", "gossip"),
        ("dbft2-strict-n4-v1-t9-undecided-overlay-r3k2s0", "ring"),
        ("dbft2-strict-n4-v1-t9-undecided-overlay-r4k1s0", "k"),
        ("dbft2-strict-n4-v1-t9-undecided-overlay-r4", "instance"),
    ],
)
def test_overlays_that_cannot_be_are_refused(name: str, field: str):
    """Without ticks, with gossip, or of sizes that rings do not have."""
    with pytest.raises(InputError) as error:
        parse_instance(name)
    assert error.value.field == field


@pytest.mark.parametrize(
    ("n", "delta", "overlay"),
    [(4, 1, None), (7, 2, None), (4, 1, "r4k2s0"), (7, 1, "r4k2s0"), (7, 2, "r4k3s1")],
)
def test_the_latest_decision_is_that_of_the_closed_form(n: int, delta: int, overlay: str | None):
    """In these sizes nothing beats the greatest delay of every message."""
    hops = mesh(n) if overlay is None else overlay_hops(n, Wiring.parse(overlay))
    quorum = n - (n - 1) // 3
    latest = all_late_decision(hops, 2, quorum, proposed=delta, delta=delta)
    word = f"-overlay-{overlay}" if overlay else ""
    name = f"dbft2-strict-n{n}-v1-t{latest + 2}-delay_last-delta{delta}-timer60{word}"
    result = solve(parse_instance(name))
    assert (result.solution.status, result.solution.objective) == ("optimal", latest)
    assert result.verdict("replay")


@pytest.mark.parametrize(("n", "overlay"), [(4, None), (4, "r4k2s0"), (7, "r4k3s1")])
def test_the_latest_decision_of_pbft_is_that_of_the_closed_form(n: int, overlay: str | None):
    """Two rounds after the proposal, as in dBFT, and a primary that proposes at once."""
    hops = mesh(n) if overlay is None else overlay_hops(n, Wiring.parse(overlay))
    latest = all_late_decision(hops, 2, n - (n - 1) // 3)
    word = f"-overlay-{overlay}" if overlay else ""
    result = solve(parse_instance(f"pbft-n{n}-v1-t{latest + 2}-delay_last-delta1-timer60{word}"))
    assert (result.solution.status, result.solution.objective) == ("optimal", latest)
    assert result.verdict("replay")


@pytest.mark.slow
def test_a_message_that_is_early_can_make_the_last_decision_later():
    """Node 6 decides on an early quorum and never commits, so node 3 waits for another commit."""
    hops = overlay_hops(7, Wiring.parse("r4k2s0"))
    closed = all_late_decision(hops, 2, 5, proposed=2, delta=2)
    name = "dbft2-strict-n7-v1-t20-delay_last-delta2-timer60-overlay-r4k2s0"
    result = solve(parse_instance(name))
    assert (result.solution.status, result.solution.objective) == ("optimal", closed + 1)
    assert result.verdict("replay")


def test_one_crash_stops_the_overlay_and_not_the_mesh():
    """Synchronous, timers that double: a full mesh decides by tick 11 whoever crashes."""
    on_mesh = solve(parse_instance("dbft2-strict-n4-v2-c1-t14-delay_first-delta1-timer5"))
    assert (on_mesh.solution.status, on_mesh.solution.objective) == ("optimal", 11)
    name = "dbft2-strict-n4-v2-c1-t20-faults_lock-delta1-timer8-overlay-r4k2s0"
    locked = solve(parse_instance(name))
    assert (locked.solution.status, locked.solution.objective) == ("optimal", 1)
    assert locked.verdict("replay")


def solved(name: str):
    """Return the schedule of an optimum."""
    schedule = solve(parse_instance(name)).schedule
    assert schedule is not None
    assert keeps(schedule, DBFT2.reference(schedule))
    return schedule


def test_messages_that_outrun_their_hops_are_refuted():
    """The same run is impossible on an overlay where nodes are further apart."""
    schedule = solved("dbft2-strict-n4-v1-t6-delay_last-delta1-timer20")
    there = replace(schedule, settings={**schedule.settings, "overlay": "r4k2s0"})
    verdict = keeps(there, DBFT2.reference(there))
    assert verdict.status == "refuted"
    assert "ticks at least" in verdict.reason


def test_messages_behind_a_crashed_relay_are_lost():
    """With a crash of a relay of the first message, its delivery is refuted; without it is late."""
    schedule = solved("dbft2-strict-n7-v1-t12-delay_last-delta1-timer40-overlay-r4k2s0")
    paths = carried_by(parse_instance("dbft2-strict-n7-v1-t9-forks-overlay-r4k2s0"))
    assert paths is not None
    far = next(
        event
        for event in schedule.events
        if isinstance(event, Deliver) and paths.between(event.sender, event.node)[0]
    )
    relay = paths.between(far.sender, far.node)[0][0]
    unbounded = {name: text for name, text in schedule.settings.items() if name != "budget"}
    schedule = replace(schedule, settings=unbounded)
    crashed = replace(schedule, events=(Fault(0, relay, "crash"), *schedule.events))
    assert "which had crashed" in keeps(crashed, DBFT2.reference(schedule)).reason
    lost = tuple(event for event in schedule.events if event != far)
    late = keeps(replace(schedule, events=lost), DBFT2.reference(schedule))
    assert "has not arrived" in late.reason
    excused = replace(schedule, events=lost, byzantine=(relay,))
    assert "has not arrived" not in keeps(excused, DBFT2.reference(schedule)).reason


def test_messages_on_the_wire():
    """Each of the 2n broadcasts of a decision costs n - 1 in a mesh, and a few more over rings."""
    schedule = solved("dbft2-strict-n7-v1-t8-delay_last-delta1-timer20")
    wiring = Wiring(4)
    broadcasts = sum(isinstance(event, Send) for event in schedule.events)
    assert broadcasts == 14  # a proposal, 6 responses, 7 commits
    assert wire_messages(schedule, "mesh", wiring) == 14 * 6
    overlay = broadcast_messages(7, "hgfrr", wiring)
    assert all(6 <= cost <= 6 + 2 for cost in overlay.values())
    assert 14 * 6 <= wire_messages(schedule, "hgfrr", wiring) <= 14 * 8
    assert wire_messages(schedule, "gossip", wiring, fanout=3) >= 7 * 3
    with pytest.raises(InputError):
        wire_messages(schedule, "pigeons", wiring)


def test_hops_are_those_of_the_paths():
    """The reference's table and the model's are one."""
    paths = carried_by(parse_instance("dbft2-strict-n10-v1-t9-forks-overlay-r4k2s3"))
    assert paths is not None
    table = overlay_hops(10, Wiring(4, 2, 3))
    for i, j in np.ndindex(10, 10):
        if i != j:
            assert paths.distance(i, j) == table[i, j]


@pytest.mark.parametrize(
    ("rule", "tick"), [("never", 3), pytest.param("own-view", 6, marks=pytest.mark.slow)]
)
def test_a_lock_is_there_at_the_last_tick(rule: str, tick: int):
    """What was sent at the last tick comes over all of its hops, however short the run is."""
    name = "dbft2-strict-n4-v2-t{}-ticks_lock-{}-overlay-r4k2s0"
    assert proven(name.format(tick, rule)) == tick
    assert proven(name.format(tick + 2, rule)) == tick
    assert proven(name.format(tick - 1, rule)) is None


def uncut(seeds: range) -> list[tuple[str, int]]:
    """Return gossips of four nodes on which no node cuts off two others, and when PBFT locks.

    Nodes 2 and 3 ask for view 1 at tick 0, its primary 1 hears of it over relays, and shows node 0,
    the primary of view 0, a new view, past all relays; that one leaves it a tick later.
    """
    found = []
    for seed in seeds:
        word = f"g2s{seed}"
        try:
            walks = paths_of(4, word).walks
        except InputError:
            continue
        ends = {pair: ways for pair, ways in walks.items() if ways != ((),)}
        if not any(set.intersection(*map(set, ways)) for ways in ends.values()):
            heard = max(1 + min(map(len, walks[node, 1])) for node in (2, 3))
            found.append((word, heard + 2))
    return found


@pytest.mark.slow
@pytest.mark.parametrize(("word", "tick"), uncut(range(100)))
def test_a_liar_needs_what_it_carries_and_no_relay(word: str, tick: int):
    """Earliest locks over gossips, by PBFT and Linear BFT, against ticks that are added by hand."""
    for protocol in ("pbft", "linear"):
        assert proven(f"{protocol}-n4-v2-b1-t5-ticks_lock-overlay-{word}") == tick
