"""Table 1.1 and the figures of the report: shares, costs of a decision, and a tree by hand."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from milpbft.errors import InputError
from milpbft.hgfrr.figures import draw_tree, figures
from milpbft.hgfrr.reference.build import topology_of
from milpbft.hgfrr.reference.world import broadcast
from milpbft.hgfrr.sizes import Sizes
from milpbft.hgfrr.spread import Spread
from milpbft.hgfrr.tolerance import TABLE, confirmations, tolerances
from tests.hgfrr.test_overlay_command import invoke

if TYPE_CHECKING:
    from pathlib import Path


def test_shares_are_those_of_the_report():
    """Six algorithms, and the most contacts below each percentage."""
    topology = topology_of(100, Sizes(16), 0)
    rows = tolerances(topology, Spread(2), runs=5)
    assert [row.algorithm for row in rows] == list(TABLE)
    assert [row.silent for row in rows] == [1, 3, 2, 3, 1, 2]
    assert {row.contacts for row in rows} == {7}
    for row in rows:
        assert row.silent / row.contacts < row.algorithm.percent / 100
        assert (row.silent + 1) / row.contacts >= row.algorithm.percent / 100
        assert row.needed == pytest.approx((100 - row.algorithm.percent) * 100 / (100 - row.silent))


def test_a_network_that_reaches_all_is_enough():
    """With contacts in plenty a fifth of them, or less, costs little."""
    rows = tolerances(topology_of(100, Sizes(16, 3), 0), Spread(2, serving=3), runs=30)
    assert next(row for row in rows if row.algorithm.name == "Ripple").enough
    assert not tolerances(topology_of(100, Sizes(16), 0), Spread(2), runs=30)[1].enough


def test_a_decision_costs_what_its_broadcasts_do():
    """Two broadcasts per node, and over the mesh no link twice as long as needed."""
    mesh, overlay = confirmations(10, Sizes(4), Spread(2), 50)
    topology = topology_of(10, Sizes(4), 0)
    runs = [broadcast(topology, node, Spread(2), latency=50) for node in range(10)]
    assert mesh.messages == 2 * 10 * 9
    assert overlay.messages == 2 * sum(run.messages for run in runs)
    assert mesh.milliseconds < overlay.milliseconds <= 3 * max(run.ticks for run in runs)


def test_delays_follow_the_length_of_links():
    """A message takes the ticks that its link is long; hops of a tick are the least."""
    topology = topology_of(30, Sizes(6), 1)
    run = broadcast(topology, 0, Spread(2), latency=20)
    for sent in run.transmissions:
        ends = topology.positions[sent.sender], topology.positions[sent.receiver]
        assert sent.takes == max(1, int(np.ceil(20 * np.linalg.norm(ends[0] - ends[1]))))
    assert broadcast(topology, 0, Spread(2)).ticks <= run.ticks


@pytest.mark.parametrize(("n", "unit", "field"), [(3, 1, "n"), (301, 1, "n"), (10, 0, "unit")])
def test_sizes_out_of_range_are_refused(n: int, unit: int, field: str):
    """A line that names the field."""
    with pytest.raises(InputError, match=field):
        confirmations(n, Sizes(4), Spread(2), unit)


def test_figure_3_3_is_that_of_the_report():
    """0 sends to 1, 2, 4 and 8; 1 to 3, 5 and 9; 2 to 6; 3 to 7."""
    lines, nodes = draw_tree(10, 2).data
    places = list(zip(nodes.x, nodes.y, strict=True))
    ends = list(zip(lines.x, lines.y, strict=True))
    arcs = {(places.index(a), places.index(b)) for a, b in zip(ends[::3], ends[1::3], strict=True)}
    assert arcs == {(0, 1), (0, 2), (0, 4), (0, 8), (1, 3), (1, 5), (1, 9), (2, 6), (3, 7)}
    assert len(set(places)) == 10


def test_the_commands(tmp_path: Path):
    """The table in both forms, and a page per figure."""
    result = invoke("table", "--n", "20", "--ring", "6", "--runs", "3")
    assert result.exit_code == 0, result.output
    assert "Practical BFT" in result.stdout
    assert "ms per unit of distance" in result.stdout
    found = json.loads(invoke("table", "--n", "20", "--runs", "3", "--json").stdout)
    assert len(found["rows"]) == len(TABLE)
    assert [time["carrier"] for time in found["confirmations"]] == ["mesh", "hgfrr"]
    assert invoke("figures", "--out", str(tmp_path)).exit_code == 0
    assert {path.stem for path in tmp_path.iterdir()} == set(figures())


@pytest.mark.parametrize("n", ["20", "400"])
def test_a_unit_below_a_millisecond_is_refused_at_every_size(n: str):
    """Also where no decision is timed, since the network is too large."""
    refused = invoke("table", "--n", n, "--unit", "-1")
    assert refused.exit_code == 2
    assert "--unit" in refused.output
