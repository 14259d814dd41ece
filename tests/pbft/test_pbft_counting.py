"""Messages per decision: the model's count equals what the replicas send, and the formulas."""

from __future__ import annotations

import pytest

from milpbft.pbft.counting import Count, count_messages
from milpbft.pbft.reference.linear_reference import LinearReference
from milpbft.pbft.reference.pbft_reference import PbftReference
from milpbft.pbft.reference.rules import Rules
from milpbft.pbft.reference.sbft_reference import SbftFastReference, SbftReference
from milpbft.schedule import Decide, Send
from milpbft.sim.adversary import RandomAdversary
from milpbft.sim.world import World


def measured(protocol: str, n: int, *, switch: bool = False) -> int:
    """Run replicas until nothing is left to say, and count messages from point to point.

    Every message takes a tick. `switch`: the collector's timer expires at once.
    """
    fast = Rules.sbft(n, execution=False)
    made = {
        "pbft": PbftReference(Rules.of(n)),
        "linear": LinearReference(Rules.of(n)),
        "sbft": SbftReference(fast),
        "sbftfast": SbftFastReference(fast),
    }[protocol]
    adversary = RandomAdversary(0, deliver=1, expire=0, propose=float(switch))
    schedule = World(made, adversary, 12).run().schedule
    assert len({e.node for e in schedule.events if isinstance(e, Decide)}) == n
    return sum(made.copies(e.kind) for e in schedule.events if isinstance(e, Send))


@pytest.mark.parametrize("n", [4, 7, 10, 31])
def test_the_model_counts_what_replicas_send(n: int):
    """Quadratic, linear, linear: 2n(n-1), 5(n-1), and 3(n-1) on the fast path."""
    formulas = {"pbft": 2 * n * (n - 1), "linear": 5 * (n - 1), "sbftfast": 3 * (n - 1)}
    for protocol, count in formulas.items():
        assert count_messages(protocol, n) == Count(protocol, n, count, count)
        assert measured(protocol, n) == count
    both = count_messages("sbft", n)
    assert (both.least, both.most) == (3 * (n - 1), 5 * (n - 1))
    assert (measured("sbft", n), measured("sbft", n, switch=True)) == (both.least, both.most)


def test_the_fast_path_alone_is_the_cheap_one():
    """Where its timer does not expire, the collector has no choice; redundant nodes cost as any."""
    assert count_messages("sbft", 6, 1, fastpath=True) == Count("sbft", 6, 15, 15)
