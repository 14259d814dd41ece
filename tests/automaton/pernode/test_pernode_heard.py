"""What Byzantine nodes have heard over relays, against walks counted by hand."""

from __future__ import annotations

from itertools import combinations, permutations
from random import Random

import pytest

from milpbft.automaton.pernode.encoding import PerNode
from milpbft.automaton.pernode.network import Network
from milpbft.automaton.pernode.paths import Paths
from milpbft.automaton.pernode.rows import Affine
from milpbft.automaton.table import Backing
from milpbft.check.carriage import Carriage
from solvers import solve
from tests.automaton.pernode.test_pernode import table as crashing
from tests.automaton.pernode.test_pernode_backed import ECHO, table

N, LAST = 4, 5
Ways = dict[tuple[int, int], tuple[tuple[int, ...], ...]]


def drawn(seed: int) -> Ways:
    """Draw walks of one to three hops, one or two between two nodes."""
    random = Random(seed)
    walks: Ways = {}
    for one, other in permutations(range(N), 2):
        relays = [k for k in range(N) if k not in (one, other)]
        some = {tuple(random.sample(relays, random.randrange(3))) for _ in range(2)}
        walks[one, other] = tuple(sorted(some, key=len))
    return walks


def first_shown(walks: Ways, quorum: int, liars: int) -> int:
    """Return the first tick at which a correct node can be shown a proof of so many echoes.

    All echo at tick 0.
    """
    found = [LAST + 1]
    for lying in combinations(range(N), liars):
        heard = sorted(
            min(len(way) + 1 for liar in lying for way in walks[k, liar])
            for k in range(N)
            if k not in lying
        )
        missing = quorum - liars
        found.append(1 + (heard[missing - 1] if missing > 0 else 0))
    return min(found)


def shown(walks: Ways, quorum: int, liars: int) -> int:
    """Return the same of the encoding."""
    encoded = PerNode(
        "heard", "min", table(Backing((ECHO,), quorum)), ("idle",) * N, {"N": N}, horizon=LAST,
        network=Network(paths=Paths(walks)), byzantine=liars,
    )  # fmt: skip
    encoded.nodes.fix_byzantine()
    rows, nodes = encoded.rows, encoded.nodes
    waits = [encoded.binary(f"z_{tick}") for tick in range(LAST + 1)]
    for tick, one in enumerate(waits):
        done = Affine.total(nodes.done(i, tick) for i in range(N))
        rows.at_most("z", -one - done, -1)
    encoded.optimise(Affine.total(waits))
    value = solve(encoded.build(), "cpsat").objective
    assert value is not None
    return value


@pytest.mark.parametrize(
    ("quorum", "liars"), [(3, 1), (4, 1), pytest.param(4, 2, marks=pytest.mark.slow)]
)
@pytest.mark.parametrize(
    "seed", [0, 1, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(2, 12))]
)
def test_a_proof_is_shown_once_its_signatures_were_heard(quorum: int, liars: int, seed: int):
    """A tick per hop to the nearest liar, and one to whom that shows it, past all relays."""
    walks = drawn(seed)
    assert shown(walks, quorum, liars) == first_shown(walks, quorum, liars)


def heard(crash: int | None) -> int:
    """Return the first tick at which node 2 has heard node 0's echo over node 1, 6 for never."""
    encoded = PerNode(
        "heard", "min", crashing(4), ("idle",) * 3, {"N": 3}, horizon=LAST, crashes=1, byzantine=1,
        network=Network(paths=Paths({(0, 2): ((1,),)})),
    )  # fmt: skip
    rows, nodes, hearing = encoded.rows, encoded.nodes, encoded.traffic.hearing
    rows.equal("lies", nodes.liar(2), 1)
    rows.equal("sent", encoded.traffic.sent(0, ECHO, 0), 1)
    rows.equal("crashed", nodes.crashed(1, LAST), int(crash is not None))
    if crash is not None:
        rows.equal("crashed", nodes.crashed(1, crash), 1)
    if crash:
        rows.equal("crashed", nodes.crashed(1, crash - 1), 0)
    waits = [encoded.binary(f"z_{tick}") for tick in range(LAST + 1)]
    for tick, one in enumerate(waits):
        rows.at_most("z", -one - hearing.by(0, ECHO, tick), -1)
    encoded.optimise(Affine.total(waits))
    value = solve(encoded.build(), "cpsat").objective
    assert value is not None
    return value


@pytest.mark.parametrize(("crash", "tick"), [(None, 2), (0, 6), (1, 6), (2, 2)])
def test_what_a_relay_loses_nobody_hears(crash: int | None, tick: int):
    """Two hops over a relay, which has at tick 1 what is sent at tick 0."""
    assert heard(crash) == tick


@pytest.mark.parametrize(("liars", "tick", "heard"), [
    ({1}, 1, False), ({1}, 2, True), ({1, 5}, 1, True), ({5}, 1, True),
])  # fmt: skip
def test_a_replay_knows_what_liars_have_heard(liars: set[int], tick: int, heard: bool):
    """On this gossip what node 6 sends at tick 0 is two hops from node 1, and one from node 5."""
    assert Carriage(7, "g3s2").heard(6, 0, liars, tick) is heard


@pytest.mark.parametrize(("crash", "heard"), [(0, False), (1, False), (2, True)])
def test_a_replay_knows_what_relays_lost(crash: int, heard: bool):
    """On these rings node 2 relays from node 0 to node 1: it has at tick 1 what 0 sends at 0."""
    assert Carriage(4, "r4k2s0", {2: crash}).heard(0, 0, {1}, 5) is heard
