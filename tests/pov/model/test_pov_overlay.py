"""Rounds over an overlay: hops, relays that lose messages, and what Byzantine nodes hear."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, pairwise
from math import inf
from pathlib import Path

import pytest

from milpbft.cases import Case
from milpbft.check.carriage import Carriage
from milpbft.errors import InputError
from milpbft.pov.instance import RoundInstance
from milpbft.pov.model import overlay
from milpbft.pov.model.round import RoundModel
from milpbft.question.files import parse_instance
from milpbft.schedule import Deliver
from milpbft.solve import replay_schedule, solve
from tests.pov.exhausted import exhausted

INSTANCES = Path(__file__).parents[3] / "instances" / "overlay"
NAME = "povround-nc5-nb2-tb{cycle}-t{last}-{asks}-delta1-overlay-r4k2s0"


def optimum(cycle: int, asks: str) -> int | None:
    """Return the optimum of two cycles over an overlay of 8 nodes on rings of 4."""
    result = solve(parse_instance(NAME.format(cycle=cycle, last=2 * cycle - 1, asks=asks)))
    assert result.solution.status in {"optimal", "infeasible"}
    assert all(result.checks), result.checks
    return result.solution.objective


def test_the_cycle_needs_room_for_all_hops():
    """A cycle that is too short for proposal, signature and timestamp over the rings fails."""
    values = [optimum(cycle, "cycles") for cycle in (3, 16)]
    assert values[0] == 3
    assert values[1] == 1


def test_a_relay_stops_a_round_that_a_mesh_brings_to_an_end():
    """One Byzantine contact stops both cycles; in a mesh it takes a butler of each, or a quorum."""
    assert optimum(16, "bc2-bb1-faults_stop") == 1
    mesh = solve(parse_instance("povround-nc5-nb2-tb16-t31-bc2-bb1-faults_stop-delta1"))
    assert mesh.solution.status == "infeasible"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("povround-nc3-nb2-tb8-t9-bc1-faults_stop-delta1-overlay-g2s5", 1),
        ("povround-nc4-nb2-tb10-t12-bc1-last-once-delta1-overlay-r9k2s7c3w2", 3),
    ],
)
def test_any_relay_may_be_byzantine(name: str, value: int):
    """Commissioners have places on an overlay: here another than the last stops everything."""
    assert exhausted(name) == value


def stopped(overlay: str | None) -> int:
    """Return the fewest of nine commissioners who stop two butlers' cycles of 16 ticks.

    Every set of them is tried, who sign nothing and lose what passes them. Nothing is late.
    """
    carriage, server = Carriage(12, overlay), 11

    def hops(sender: int, receiver: int, lost: frozenset[int]) -> float:
        found = carriage.open(sender, receiver, lost)
        return inf if found is None else found

    def succeeds(butler: int, lost: frozenset[int]) -> bool:
        honest = set(range(9)) - lost
        signed = sorted(hops(butler, c, lost) + hops(c, butler, lost) for c in honest)
        asked = signed[4] if len(signed) > 4 else inf
        stamped = asked + hops(butler, server, lost)
        return stamped < 16 and hops(server, butler, lost) < inf

    sets = (frozenset(lost) for k in range(10) for lost in combinations(range(9), k))
    return next(len(lost) for lost in sets if not any(succeeds(b, lost) for b in (9, 10)))


@pytest.mark.parametrize(
    ("overlay", "value"),
    [
        (None, 5),
        ("r4k2s0", 2),
        ("r9k2s0c3", 1),
        ("r9k2s0c3w2", 2),
        ("r9k2s0c3w3", 3),
        ("r6k2s0c2w2", 2),
        ("g2s0", 1),
        ("g3s0", 2),
    ],
)
def test_fewest_who_stop_a_round_are_those_of_every_set(overlay: str | None, value: int):
    """The column of docs/overlay-consensus.md, and the files that it names."""
    over = f"-overlay-{overlay}" if overlay else ""
    name = f"povround-nc9-nb2-tb16-t31-bc9-faults_stop-delta1{over}"
    assert stopped(overlay) == value
    expected = Case.read(INSTANCES / f"{name}.toml").expected
    assert expected is not None
    assert expected.objective == value


def test_hops_are_replayed():
    """A message that comes sooner than the overlay's own relays take is refuted."""
    schedule = solve(parse_instance(NAME.format(cycle=16, last=17, asks="cycles"))).schedule
    assert schedule is not None
    assert replay_schedule(schedule)
    far = max(
        (event for event in schedule.events if isinstance(event, Deliver)
         and event.kind == "Proposal"), key=lambda event: event.tick,
    )  # fmt: skip
    assert far.tick > 1
    events = tuple(replace(event, tick=1) if event == far else event for event in schedule.events)
    verdict = replay_schedule(replace(schedule, events=events))
    assert verdict.status == "refuted"


@pytest.mark.parametrize("rows", ["_comes", "_heard"])
def test_a_model_without_hops_is_refuted(rows: str, monkeypatch: pytest.MonkeyPatch):
    """Without the rows of hops the optimum is not that of the reference."""
    asks = "cycles" if rows == "_comes" else "bb1-blocks"
    right = solve(parse_instance(NAME.format(cycle=6, last=11, asks=asks))).solution.objective
    monkeypatch.setattr(overlay, rows, lambda *_: None)
    result = solve(parse_instance(NAME.format(cycle=6, last=11, asks=asks)))
    assert result.solution.objective != right or not all(result.checks)


def test_what_is_not_modelled_is_refused():
    """Neither a partition nor forwarding nor counted commissioners go with an overlay."""
    for text in ("blocks-forwarding-overlay-r4k2s0", "blocks-side2-overlay-r4k2s0"):
        with pytest.raises(InputError, match="overlay"):
            RoundInstance.parse(f"povround-nc4-nb2-tb6-t11-{text}")
    with pytest.raises(InputError, match="overlay"):
        RoundInstance.parse("povround-nc4-nb2-tb6-t11-blocks-overlay-r4k2s0", encoding="counted")


@pytest.mark.parametrize("seed", range(3))
def test_no_variable_stands_twice_in_a_row(seed: int):
    """Walks may come by their sender again; HiGHS refuses a row that has a variable twice."""
    instance = parse_instance(f"povround-nc4-nb3-tb7-t13-bb1-cycles-delta1-overlay-r4k2s{seed}")
    assert isinstance(instance, RoundInstance)
    matrix = RoundModel(instance).problem.matrix
    for start, end in pairwise(matrix.indptr):
        row = matrix.indices[start:end].tolist()
        assert len(set(row)) == len(row)
