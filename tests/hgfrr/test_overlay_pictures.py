"""Pictures of the overlay."""

from __future__ import annotations

import numpy as np

from milpbft.hgfrr.pictures import draw_coverage, draw_messages, draw_ticks, draw_topology
from milpbft.hgfrr.reference.forwarding import relays
from milpbft.hgfrr.study import Series
from milpbft.hgfrr.topology import Ring, Topology

LINES = (
    Series("HGFRR, contacts silent", (1, 10), (0.5, 0.25), (0.01, 0.02)),
    Series("HGFRR, any nodes silent", (1, 10), (0.9, 0.8)),
    Series("gossip, fanout 8", (1, 10), (1, 1)),
    Series("HGFRR, bound", (1, 10), (0.4, 0.1), bound=True),
)


def test_lines_have_their_points_and_looks():
    """Bounds come first and dashed; a method keeps its colour whatever else is drawn."""
    for draw in (draw_coverage, draw_ticks, draw_messages):
        figure = draw(LINES, "a subtitle")
        assert [trace.name for trace in figure.data] == [
            LINES[3].name,
            *(s.name for s in LINES[:3]),
        ]
        assert [tuple(trace.y) for trace in figure.data[1:]] == [line.y for line in LINES[:3]]
        assert [trace.line.dash for trace in figure.data] == ["dash", "solid", "solid", "solid"]
        colours = [trace.line.color for trace in figure.data]
        assert len(set(colours)) == 4
        assert draw(LINES[2:3]).data[0].line.color == colours[3]
        assert "a subtitle" in figure.layout.title.text
    assert tuple(draw_coverage(LINES).data[1].error_y.array) == (0.02, 0.04)
    assert draw_messages(LINES).layout.yaxis.type == "log"


def test_the_topology_shows_rings_and_who_is_not_reached():
    """Nine nodes; 6 is silent, so 7 and 8 are drawn as not reached."""
    places = np.array([(x, y) for x in range(3) for y in range(3)], dtype=float)
    below = tuple(Ring(0, (i, i + 1, i + 2), (i,), 3) for i in (0, 3, 6))
    topology = Topology(places, (*below, Ring(1, (0, 3, 6), (3,), -1)))
    figure = draw_topology(topology, relays(topology, 1), [6])
    traces = {trace.name: trace for trace in figure.data}
    # Three rings of three, each closed and followed by a gap.
    assert len(traces["rings of level 0"].x) == 15
    assert list(zip(traces["not reached"].x, traces["not reached"].y, strict=True)) == [
        (2, 1),
        (2, 2),
    ]
    assert list(traces["silent"].x) == [2]
    assert list(traces["source"].y) == [1]
    assert "9 nodes, 4 rings on 2 levels, 78% of nodes reached" in figure.layout.title.text
    assert traces["silent"].hovertext[0].startswith("<b>node 6</b>, on rings 2, 3<br>contact of 2")
    assert {trace.name for trace in draw_topology(topology).data} == {
        "rings of level 0",
        "rings of level 1",
        "nodes",
        "contact nodes up to level 1",
    }
