"""What a new view of SBFT may propose: the table's rows against the replica's choice.

Every pool of view changes that correct nodes can have sent for view 2, up to a size, and every set
of them that a primary can rest on, with whatever Byzantine nodes say: the replica chooses per set.
"""

from __future__ import annotations

from itertools import combinations_with_replacement, product
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from milpbft.pbft.model.evidence import SbftViewChange
from milpbft.pbft.model.state import State, waiting
from milpbft.pbft.model.variant import Variant
from milpbft.pbft.reference.messages import Certificate, Certified, Signed
from milpbft.pbft.reference.sbft import SbftReplica
from milpbft.pbft.reference.shares import PREPARE

if TYPE_CHECKING:
    from collections.abc import Iterator

VIEW = 2
SHARES = [None, *product((0, 1), repeat=2)]
PLAIN = [waiting(VIEW, share=share) for share in SHARES]
LOCKED = [waiting(VIEW, lock=(0, 0), share=share) for share in ((0, 0), (1, 1))]
FREE = -1
"""A choice that is the primary's own."""


def chosen(said: tuple[State, ...], enough: int) -> int:
    """Return the value that the replica chooses of what view changes say."""
    claims: list[Signed | Certified] = []
    for state in said:
        if state.share is not None:
            view, value = state.share
            claims.append(Signed(view, 1, bytes([value]), b"", None))
        if state.lock is not None:
            view, value = state.lock
            claims.append(Certified(Certificate(PREPARE, view, 1, bytes([value]), b""), None))
    rules = SimpleNamespace(evidence_quorum=enough, prefers_fast=False)
    replica: Any = SimpleNamespace(rules=rules)
    replica._evidence = lambda signed: SbftReplica._evidence(replica, signed)
    choice = SbftReplica._safest(replica, claims)
    return FREE if choice is None else choice.digest[0]


def reachable(pool: tuple[State, ...], liars: int, quorum: int, enough: int) -> set[int]:
    """Return what the first of a pool can propose as the primary."""
    own, *others = pool
    shown = [waiting(VIEW, lock=(0, 0), share=share) for share in SHARES]
    lies = PLAIN + (shown if any(state.lock for state in pool) else [])
    found = set()
    for count in range(liars + 1):
        for lied in combinations_with_replacement(lies, count):
            for taken in product((False, True), repeat=len(others)):
                some = (s for s, there in zip(others, taken, strict=True) if there)
                said = (own, *some, *lied)
                if len(said) >= quorum:
                    found.add(chosen(said, enough))
    return {0, 1} if FREE in found else found


def modelled(pool: tuple[State, ...], liars: int, n: int, f: int, *, split: bool) -> set[int]:
    """Return the same by the table's rows."""
    change = SbftViewChange(Variant(views=3, values=2, split=split), slow=True)
    sizes = {"N": n, "T": f, "C": 0, "F": liars, "F_0": 0, "F_1": 0}
    counts = {change.counter(state): 0 for state in change.contents(VIEW)}
    for state in pool:
        counts[change.counter(state)] += 1
    made = {f"{z}pc_{view}{value}": 0 for z in ("", "z") for view in (0, 1) for value in "AB"}
    values = made | {"pc_0A": int(any(state.lock for state in pool))} | sizes | counts
    return {
        value
        for value in (0, 1)
        for needs in change.openings("open", VIEW, value, pool[0])
        if all(need.shown.evaluate(values) for need in needs)
    }


def pools(most: int) -> Iterator[tuple[State, ...]]:
    """Yield pools of correct view changes, each of them first once."""
    for size in range(1, most + 1):
        for pool in combinations_with_replacement([*PLAIN, *LOCKED], size):
            for first in dict.fromkeys(pool):
                rest = list(pool)
                rest.remove(first)
                yield first, *rest


@pytest.mark.parametrize(("n", "f", "liars", "split", "step"), [
    (4, 1, 0, False, 5),
    (4, 1, 1, False, 7),
    (5, 1, 0, True, 41),
    (5, 1, 1, True, 97),
    *(pytest.param(*case, marks=pytest.mark.slow) for case in (
        (4, 1, 0, False, 1),
        (4, 1, 2, False, 1),
        (5, 1, 0, True, 3),
        (5, 1, 1, True, 2),
        (5, 1, 2, True, 2),
        (7, 1, 1, True, 40),
        (7, 1, 2, True, 40),
    )),
])  # fmt: skip
def test_a_primary_proposes_what_the_replica_chooses(
    n: int, f: int, liars: int, split: bool, step: int
):
    """In the protocol's own size no two values have evidence; of five or seven nodes they may."""
    quorum, enough = n - f, f + 1
    assert split == (quorum >= 2 * enough)
    for pool in list(pools(n - liars))[::step]:
        expected = reachable(pool, liars, quorum, enough)
        assert modelled(pool, liars, n, f, split=split) == expected, pool
