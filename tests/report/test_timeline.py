from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from milpbft.report.timeline import timeline
from milpbft.schedule import Deliver, Schedule, Send

if TYPE_CHECKING:
    import plotly.graph_objects as go


def arrow_traces(figure: go.Figure):
    """Return the trace of arrows of each kind: the one whose segments end in None."""
    return {trace.name: trace for trace in figure.data if trace.x and None in trace.x[1:]}


@pytest.mark.parametrize("name", ["good", "views", "one_clock"])
def test_one_segment_per_delivery(name: str, request: pytest.FixtureRequest):
    """Each kind has one trace of arrows, with as many segments as the kind has deliveries."""
    schedule = request.getfixturevalue(name)
    deliveries = Counter(e.kind for e in schedule.events if isinstance(e, Deliver))
    segments = {kind: t.x.count(None) for kind, t in arrow_traces(timeline(schedule)).items()}
    assert segments == deliveries


def test_segments_run_between_lanes(good: Schedule):
    """The first request runs from the primary at tick 2 to node 1 at tick 3, less the gap."""
    trace = arrow_traces(timeline(good))["PrepareRequest"]
    assert trace.x[:3] == pytest.approx((2, 3, None), abs=0.1)
    assert trace.y[:3] == pytest.approx((0, 1, None), abs=0.1)


def test_hover_says_what_was_sent_by_whom(views: Schedule):
    """The text of an arrow has kind, view, both nodes, and the ticks as the view counts them."""
    text = arrow_traces(timeline(views))["ChangeView"].hovertext[-2]
    assert text == (
        "<b>ChangeView</b>, view 2<br>node 3 (Byzantine) → node 2<br>sent at tick 6, delivered at 7"
    )


def test_hover_of_a_late_message_names_the_view_it_arrives_in(views: Schedule) -> None:
    """Ticks start anew in every view, so a delivery in another view than the send's says which."""
    late = replace(views, events=(*views.events, Deliver(33, 1, 0, "Commit", 0)))
    texts = arrow_traces(timeline(late))["Commit"].hovertext
    assert any(text.endswith("sent at tick 4, delivered at 3 of view 3") for text in texts)


def test_narrow_views_have_short_names(views: Schedule) -> None:
    """Where views are many, their names are short and do not run into each other."""
    many = replace(views, primaries=(0, 1, 2, 3) * 5, horizon=200)
    names = [note.text for note in timeline(many).layout.annotations]
    assert names[-1] == "<b>v19</b><br>P 3"


def test_legend_has_each_kind_and_event_once(views: Schedule):
    """The legend names each kind that occurs, and toggles its arrows and sends together."""
    figure = timeline(views)
    shown = [trace.name for trace in figure.data if trace.showlegend is not False]
    kinds = ["PrepareRequest", "PrepareResponse", "Commit", "ChangeView"]
    assert shown == [*kinds, "reached nobody", "timeout", "block"]
    assert all(trace.legendgroup == trace.name for trace in figure.data)


def test_lanes_and_views_are_named(views: Schedule):
    """The axis names nodes and the ticks of each view; above it stand views and primaries."""
    figure = timeline(views)
    assert figure.layout.yaxis.ticktext == ("node 0", "node 1", "node 2", "node 3 (Byzantine)")
    assert figure.layout.xaxis.ticktext[8:12] == ("9", "10", "1", "2")
    names = [note.text for note in figure.layout.annotations]
    assert names[0] == "<b>view 0</b><br>primary: node 0"
    assert names.count("<b>P</b>") == 4


def test_lost_send_is_an_empty_circle(views: Schedule):
    """The three commits that nobody gets are circles, not the diamonds of other commits."""
    lost = [t for t in timeline(views).data if t.marker.symbol == "circle-open" and any(t.x)]
    assert [(trace.name, trace.x) for trace in lost] == [("Commit", (4, 14, 24))]


def test_many_arrows_are_drawn_by_webgl():
    """A schedule of thousands of messages has few traces, which the graphics processor draws."""
    events = [Send(i, i, "Vote", 0) for i in range(60)]
    events += [Deliver(60, j, i, "Vote", 0) for i in range(60) for j in range(60) if i != j]
    figure = timeline(Schedule("toy", 60, (), (0,), tuple(events), 60))
    assert arrow_traces(figure)["Vote"].type == "scattergl"
    assert len(figure.data) < 10


def test_axis_of_a_long_run_has_few_numbers(good: Schedule):
    """However long the run, the numbers of the axis do not run into each other."""
    long = Schedule("toy", 1, (), (), (Send(700, 0, "Vote", 0),), 700)
    assert timeline(long).layout.xaxis.ticktext[:3] == ("0", "20", "40")


def test_empty_schedule_is_drawn():
    """A run in which nothing happens is an empty picture, not an error."""
    assert timeline(Schedule("toy", 1, (), (), (), 3)).layout.title.text
