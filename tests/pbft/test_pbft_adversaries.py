"""Random adversaries on the replicas never beat the bounds that the models prove."""

from __future__ import annotations

import pytest

from milpbft.pbft.counting import count_messages
from milpbft.pbft.reference.family import REFERENCES
from milpbft.pbft.room import ROOM
from milpbft.question.files import parse_instance
from milpbft.schedule import Schedule
from milpbft.sim.adversary import RandomAdversary
from milpbft.sim.faults import Faults
from milpbft.sim.world import World
from milpbft.solve import solve

SIZES = [(4, 12), (7, 6), (13, 2)]
"""Nodes, and how many seeds."""
MANY = [(4, 150), (7, 80), (13, 25)]


def outcomes(protocol: str, n: int, seeds: range) -> list[tuple[int, int]]:
    """Run replicas with f Byzantine nodes, primaries first; values decided, and nodes that did."""
    found = []
    f = (n - 1) // 3
    for seed in seeds:
        adversary = RandomAdversary(seed, deliver=0.6, forge=1, values=2, expire=0.01, propose=0.1)
        reference = ROOM.reference(Schedule(protocol, n, (), (), (), 0))
        liars = frozenset(range(seed % 2, seed % 2 + f))
        run = World(reference, adversary, 25, faults=Faults(liars)).run()
        found.append((len(run.blocks), sum(map(bool, run.decisions.values()))))
    return found


def never_beaten(protocol: str, sizes: list[tuple[int, int]]) -> None:
    """Compare the runs of each size with the proven optimum of its forks."""
    decided = 0
    for n, count in sizes:
        f = (n - 1) // 3
        bound = solve(parse_instance(f"{protocol}-n{n}-v2-b{f}-e2-forks")).solution.bound
        runs = outcomes(protocol, n, range(count))
        assert bound == 1
        assert max(blocks for blocks, _ in runs) <= bound
        decided += sum(nodes > 0 for _, nodes in runs)
    assert decided, "some run decides"


@pytest.mark.parametrize("protocol", REFERENCES)
def test_f_liars_do_not_fork(protocol: str):
    """20 runs of 4, 7 and 13 nodes, seeds from 0."""
    never_beaten(protocol, SIZES)


@pytest.mark.slow
@pytest.mark.parametrize("protocol", REFERENCES)
def test_f_liars_do_not_fork_in_many_runs(protocol: str):
    """255 runs, seeds from 0."""
    never_beaten(protocol, MANY)


def test_no_prompt_run_sends_more_than_the_model_counts():
    """Random delays, no faults, no view change: as many messages as proven, or fewer so far."""
    for protocol in ("pbft", "linear", "sbft"):
        most = count_messages(protocol, 7).most
        for seed in range(5):
            reference = ROOM.reference(Schedule(protocol, 7, (), (), (), 0))
            adversary = RandomAdversary(seed, deliver=0.5, expire=0, propose=0.1)
            run = World(reference, adversary, 30).run()
            sends = [e for e in run.schedule.events if e.event == "send"]
            ours = [e for e in sends if e.kind not in {"SignState", "FullExecuteProof"}]
            assert sum(reference.copies(e.kind) for e in ours) <= most
