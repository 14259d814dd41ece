"""Measurements of what the thesis on energy sharing claims of the family.

They are runs of the references, and proofs by tables of their own.
"""

from __future__ import annotations

from dataclasses import replace

from milpbft.claims import Measured
from milpbft.pbft.counting import count_messages
from milpbft.pbft.frontier import frontier
from milpbft.pbft.normal import decide_normally
from milpbft.pbft.reference.linear_reference import LinearReference
from milpbft.pbft.reference.rules import Rules
from milpbft.pbft.reference.sbft_reference import SbftFastReference
from milpbft.sim.adversary import RandomAdversary
from milpbft.sim.faults import Faults
from milpbft.sim.synchronous import SynchronousAdversary
from milpbft.sim.world import World

NS = (4, 31, 100)
_VIEWS = 3


def it_takes_more_than_3f_plus_1() -> Measured:
    """Prove the fewest nodes that make PBFT with 3f + 1 nodes decide otherwise, or not at all.

    To decide otherwise takes Byzantine ones; the others are silent, in two views and in a calm one.
    """
    rows = list(frontier(("pbft", f, 0) for f in (1, 10)))
    words = ", ".join(
        f"n = {row.n}: {row.fork} fork, {row.silent} silent lock, {row.stall} stall a calm view"
        for row in rows
    )
    fewest = [(row.f, min(row.fork, row.silent, row.stall)) for row in rows]
    broken = any(least <= f for f, least in fewest) or not all(row.confirmed for row in rows)
    return Measured(broken, f"fewest faulty nodes, {words}")


def three_f_plus_1_are_enough() -> Measured:
    """Prove that with 3f + 1 nodes f of them do neither."""
    found = it_takes_more_than_3f_plus_1()
    return replace(found, holds=not found.holds)


def latency_in_delays() -> Measured:
    """Run PBFT and Linear BFT without faults, every message taking a tick."""
    pbft, linear = (decide_normally(protocol, 31) for protocol in ("pbft", "linear"))
    words = f"n = 31: PBFT decides in {pbft.last} delays, Linear BFT in {linear.last}"
    return Measured(linear.last <= pbft.last, words)


def fewer_messages_each() -> Measured:
    """Count the messages per decision and node, on whom the section's next sentence lays the cost.

    Linear BFT has five at any n, PBFT 2(n - 1).
    """
    found = {n: [count_messages(p, n).most / n for p in ("pbft", "linear")] for n in NS}
    holds = all(linear <= pbft for pbft, linear in found.values())
    words = ", ".join(f"{n}: {linear:.1f} of {pbft:.1f}" for n, (pbft, linear) in found.items())
    return Measured(holds, f"messages per node and decision, by n, Linear BFT of PBFT, {words}")


def _counts(
    protocol: str, each: int, *, quadratic: bool = False, fastpath: bool = False
) -> Measured:
    """Prove that all runs of a calm view have ``each (n - 1)`` messages, times n if quadratic."""
    found = {n: count_messages(protocol, n, fastpath=fastpath) for n in NS}
    holds = all(
        one.least == one.most == each * (n - 1) * (n if quadratic else 1)
        for n, one in found.items()
    )
    words = ", ".join(f"{n}: {one.most}" for n, one in found.items())
    return Measured(holds, f"messages per decision, by n, {words}")


def pbft_is_quadratic() -> Measured:
    """Count the messages of PBFT: 2n(n - 1)."""
    return _counts("pbft", 2, quadratic=True)


def linear_is_linear() -> Measured:
    """Count the messages of Linear BFT: 5(n - 1)."""
    return _counts("linear", 5)


def fast_path_is_cheaper() -> Measured:
    """Count the messages of SBFT's fast path: 3(n - 1)."""
    return _counts("sbft", 3, fastpath=True)


def threshold_will_do(more: int) -> Measured:
    """Run Linear BFT with f silent backups, and certificates of 2f + 1 shares, or more."""
    found = {}
    for f in (1, 2, 3):
        n, shares = 3 * f + 1, 2 * f + 1 + more
        rules = replace(Rules.of(n), prepare_quorum=shares, commit_quorum=shares)
        silent = Faults(crashes=dict.fromkeys(range(n - f, n), 0))
        adversary = RandomAdversary(0, deliver=1, expire=0)
        run = World(LinearReference(rules), adversary, 12, faults=silent).run()
        found[n, shares] = sum(map(bool, run.decisions.values()))
    words = ", ".join(f"n = {n}, {k} shares: {count} decide" for (n, k), count in found.items())
    return Measured(all(found.values()), f"f backups silent, {words}")


def skipping_a_step_saves_time() -> Measured:
    """Run SBFT and Linear BFT without faults, every message taking a tick."""
    fast, linear = (decide_normally(protocol, 31) for protocol in ("sbft", "linear"))
    words = f"n = 31: SBFT {fast.last} ticks and {fast.messages} messages, Linear BFT "
    return Measured(
        fast.last < linear.last and fast.messages < linear.messages,
        f"{words}{linear.last} and {linear.messages}",
    )


def every_view_stalls() -> Measured:
    """Run SBFT without its slow path in a synchronous network, the last of 4 or 31 nodes silent."""
    views, decided = {}, 0
    for n in (4, 31):
        reference = SbftFastReference(Rules.sbft(n, execution=False))
        silent = Faults(crashes={n - 1: 0})
        run = World(reference, SynchronousAdversary(0), 60, faults=silent).run()
        decided += sum(map(bool, run.decisions.values()))
        views[n] = max(run.replicas[node].view for node in range(n - 1))
    words = ", ".join(f"n = {n}: view {view} after 60 ticks" for n, view in views.items())
    return Measured(
        decided == 0 and min(views.values()) >= _VIEWS,
        f"one node silent, {words}, {decided} decide",
    )
