"""The picture of the resilience frontier."""

from __future__ import annotations

import pytest

from milpbft.report.frontier import draw_frontier

MINIMA = {
    "PBFT, n = 7": {"fork": 3, "stall": 3},
    "SBFT, n = 9": {"fork": 3, "stall": 4, "slow": 2},
}


def test_every_property_ends_at_its_minimum():
    """A line per size from 0 to the minimum, marked there; none for what a size lacks."""
    figure = draw_frontier(MINIMA, "a subtitle")
    lines = {trace.name: trace for trace in figure.data if trace.mode == "lines"}
    marks = {trace.name: trace for trace in figure.data if trace.mode == "markers"}
    assert {name: list(trace.x) for name, trace in lines.items()} == {
        "fork": [0, 3, None, 0, 3, None],
        "stall": [0, 3, None, 0, 4, None],
        "slow": [0, 2, None],
    }
    for name, trace in marks.items():
        ends = list(zip(lines[name].x, lines[name].y, strict=True))[1::3]
        assert list(zip(trace.x, trace.y, strict=True)) == ends
    assert marks["slow"].hovertext == ("<b>SBFT, n = 9</b><br>slow: 2",)
    assert figure.layout.yaxis.ticktext == tuple(MINIMA)
    assert "a subtitle" in figure.layout.title.text


def test_lines_of_a_size_do_not_overlap():
    """They stand apart, nearer to their size than to another; the first size is on top."""
    figure = draw_frontier(MINIMA)
    heights = [set(trace.y) for trace in figure.data if trace.mode == "markers"]
    assert len(set.union(*heights)) == sum(map(len, heights)) == 5
    assert {round(y) for y in heights[0]} == {0, 1}
    assert {round(y) for y in heights[2]} == {1}
    bottom, top = figure.layout.yaxis.range
    assert bottom > top


def test_looks_tell_properties_apart():
    """Each has a colour and a symbol of its own, and one entry in the legend."""
    marks = [trace for trace in draw_frontier(MINIMA).data if trace.showlegend is not False]
    assert len({trace.marker.color for trace in marks}) == 3
    assert len({trace.marker.symbol for trace in marks}) == 3
    assert [trace.name for trace in marks] == ["fork", "stall", "slow"]


@pytest.mark.parametrize(("minima", "most"), [({}, 1), (MINIMA, 4)])
def test_the_axis_has_room_for_the_largest_minimum(minima: dict[str, dict[str, int]], most: int):
    """And there is an axis where there is nothing to draw."""
    left, right = draw_frontier(minima).layout.xaxis.range
    assert left < 0
    assert most < right < most + 1
