from __future__ import annotations

from dataclasses import replace

from milpbft.report.diagram import Band
from milpbft.report.spacetime import lay_out
from milpbft.schedule import Decide, Deliver, Schedule, Send, Timeout


def test_every_delivery_is_an_arrow_from_its_send(good: Schedule):
    """Arrows run from the tick and node of the send to those of the delivery, one for each."""
    arrows = lay_out(good).arrows
    ends = [(a.sent, a.sender, a.delivered, a.receiver, a.kind) for a in arrows]
    deliveries = [event for event in good.events if isinstance(event, Deliver)]
    assert ends == [(d.tick - 1, d.sender, d.tick, d.node, d.kind) for d in deliveries]


def test_views_lie_end_to_end(views: Schedule):
    """View v covers the ticks from v * view_ticks + 1 on, half a tick of room on either side."""
    bands = lay_out(views).bands
    assert bands == tuple(Band(v, v, 10 * v + 0.5, 10 * v + 10.5) for v in range(4))


def test_clock_starts_anew_in_every_view(views: Schedule, one_clock: Schedule):
    """Ticks are counted within the view where views have clocks, and through where there is one."""
    assert [lay_out(views).clock(tick) for tick in (0, 1, 10, 11, 40)] == [0, 1, 10, 1, 10]
    assert lay_out(one_clock).clock(11) == 11


def test_view_on_one_clock_begins_with_its_first_act(one_clock: Schedule):
    """On one clock, a view takes the time from its first act to the next view's first act."""
    assert lay_out(one_clock).bands == (Band(0, 0, -0.5, 8.5), Band(1, 1, 8.5, 14.5))


def test_view_that_nobody_acts_in_takes_no_time(one_clock: Schedule):
    """A silent view between two others is left out, and the next keeps its own begin."""
    events = tuple(
        replace(event, view=2) if isinstance(event, Send | Decide) and event.view == 1 else event
        for event in one_clock.events
    )
    bands = lay_out(replace(one_clock, events=events, primaries=(0, 1, 1))).bands
    assert bands == (Band(0, 0, -0.5, 8.5), Band(2, 1, 8.5, 14.5))


def test_view_that_was_not_entered_says_so(good: Schedule):
    """A Byzantine node may act in a view that has no primary: the view is drawn as not entered."""
    stray = replace(good, events=(*good.events, Send(13, 3, "Commit", 1)), horizon=20)
    diagram = lay_out(stray)
    assert [diagram.role(band) for band in diagram.bands] == ["primary: node 0", "not entered"]


def test_send_that_reached_nobody_is_lost(views: Schedule):
    """The commits of the first three primaries are the only messages that no node gets."""
    lost = [(m.kind, m.node, m.tick) for m in lay_out(views).marks if m.lost]
    assert lost == [("Commit", 0, 4), ("Commit", 1, 14), ("Commit", 2, 24)]


def test_second_send_of_a_kind_takes_later_deliveries():
    """Of two sends of one kind and view, a delivery belongs to the latest before it."""
    events = (
        Send(1, 0, "Vote", 0),
        Deliver(2, 1, 0, "Vote", 0),
        Send(3, 0, "Vote", 0),
        Deliver(5, 1, 0, "Vote", 0),
    )
    diagram = lay_out(Schedule("toy", 2, (0,), (0,), events, 5))
    assert [arrow.sent for arrow in diagram.arrows] == [1, 3]
    assert not any(mark.lost for mark in diagram.marks)


def test_message_without_send_comes_with_the_first_of_its_view():
    """A primary's PrepareResponse, which its PrepareRequest brings, starts at that request."""
    events = (Send(2, 0, "PrepareRequest", 0), Deliver(5, 1, 0, "PrepareResponse", 0))
    diagram = lay_out(Schedule("dbft2", 2, (), (0,), events, 5))
    assert diagram.arrows[0].sent == 2
    assert diagram.marks[0].lost


def test_marks_of_one_tick_do_not_coincide(good: Schedule):
    """Request and response of the primary stand above each other around its lane."""
    ys = [mark.y for mark in lay_out(good).marks if (mark.tick, mark.node) == (2, 0)]
    assert len(set(ys)) == 2
    assert sum(ys) == 0


def test_byzantine_fault_marks_the_lane_and_no_tick(views: Schedule, one_clock: Schedule):
    """A Byzantine node is in its lane's name; a crash is a mark at its tick."""
    assert lay_out(views).node_name(3) == "node 3 (Byzantine)"
    assert not [mark for mark in lay_out(views).marks if mark.what == "fault"]
    faults = [mark for mark in lay_out(one_clock).marks if mark.what == "fault"]
    assert [(mark.kind, mark.tick, mark.node) for mark in faults] == [("crash", 1, 2)]


def test_span_leaves_out_views_that_nobody_entered(good: Schedule):
    """A horizon of four views does not make the picture of one view four times as wide."""
    assert lay_out(replace(good, horizon=40)).span == (0.5, 10.5)


def test_span_reaches_what_happened_before_the_first_view(good: Schedule):
    """A timeout at tick 0 is inside the picture, although view 0 begins at tick 1."""
    early = replace(good, events=(*good.events, Timeout(0, 1, 0)))
    assert lay_out(early).span == (-0.5, 10.5)


def test_title_counts_decisions(views: Schedule):
    """Of correct nodes; node 3, Byzantine, decides too. The title says who it is."""
    assert (
        lay_out(views).title
        == "dBFT 2.0 · 4 nodes · Byzantine: node 3 · 2 of 3 correct nodes decided"
    )


def test_title_of_what_decides_nothing(good: Schedule):
    """Nodes of a broadcast do not decide, and no count says so; a lock says 0."""
    tree = lay_out(replace(good, protocol="besttree", events=()))
    assert tree.title == "Best broadcast tree · 4 nodes"
    assert (
        lay_out(replace(good, events=())).title
        == "dBFT 2.0 · 4 nodes · 0 of 4 correct nodes decided"
    )


def test_each_decision_has_its_own_letter(good: Schedule):
    """The last letters are of the last decisions; one decision has all that its node accepted."""
    twice = (Decide(1, 0, 0), Decide(2, 0, 0), Decide(2, 1, 0), Decide(2, 2, 0), Decide(3, 2, 0))
    marks = lay_out(replace(good, events=twice), {0: "AB", 1: "AB", 2: "B"}).marks
    told = {(mark.node, mark.tick): mark.kind for mark in marks if mark.what == "decide"}
    assert told == {(0, 1): "A", (0, 2): "B", (1, 2): "AB", (2, 2): "", (2, 3): "B"}
