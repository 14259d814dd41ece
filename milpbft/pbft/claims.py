"""What the thesis on energy sharing claims of PBFT, Linear BFT and SBFT, and what is known of it.

Implementation of a Blockchain-based V2V Energy Sharing Application using Byzantine Fault Tolerant
Consensus Algorithms, University of Edinburgh, 2023. What it measured is not decided here, but what
follows from the protocols as its chapter 3 describes them.
"""

from __future__ import annotations

from dataclasses import replace

from milpbft.claims import Claim, Condition, Measured, Reading, at_least, at_most
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

PAPER = "V2V thesis"
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


def the_printed_threshold_will_do() -> Measured:
    """Run Linear BFT with f silent backups, and certificates of as many shares as is printed.

    An (n, t)-threshold signature takes t + 1 shares by the definition of the section, so that t =
    2f + 1 asks for 2f + 2.
    """
    found = {}
    for f in (1, 2, 3):
        n = 3 * f + 1
        for shares in (2 * f + 1, 2 * f + 2):
            rules = replace(Rules.of(n), prepare_quorum=shares, commit_quorum=shares)
            silent = Faults(crashes=dict.fromkeys(range(n - f, n), 0))
            adversary = RandomAdversary(0, deliver=1, expire=0)
            run = World(LinearReference(rules), adversary, 12, faults=silent).run()
            found[n, shares] = sum(map(bool, run.decisions.values()))
    words = ", ".join(f"n = {n}, {k} shares: {count} decide" for (n, k), count in found.items())
    holds = all(count for (n, k), count in found.items() if k == 2 * (n // 3) + 2)
    return Measured(holds, f"f backups silent, {words}")


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


CLAIMS: tuple[Claim, ...] = (
    Claim(
        PAPER,
        "section 3.3.1",
        "With f Byzantine generals, it takes more than 3f + 1 in total to decide correctly.",
        measure=it_takes_more_than_3f_plus_1,
        expected="refuted",
        remark="3f + 1 are enough, as sections 3.3.2 and 4.4.1 have it. That one Byzantine node "
        "can lock replicas without gossip is no matter of their number: see section 3.3.2.",
    ),
    Claim(
        PAPER,
        "section 3.3.2",
        "PBFT is safe while no more than (n - 1)/3 of its nodes are faulty.",
        instances={
            "pbft-n4-v2-b1-e2-forks": at_most(1),
            "pbft-n31-v2-b10-e2-forks": at_most(1),
            "pbft-n100-v2-b33-e2-forks": at_most(1),
        },
        expected="holds",
    ),
    Claim(
        PAPER,
        "section 3.3.2",
        "PBFT is live while no more than (n - 1)/3 of its nodes are faulty.",
        expected="open",
        remark="In the first reading a Byzantine primary of view 1 shows its new view to f nodes "
        "that have not left view 0 and keeps its view change to itself, so that the others never "
        "know n - f view changes. Neither OSDI'99 nor the thesis says which reading is meant.",
        readings=(
            Reading(
                "nodes follow a new view without having asked for it, the timer between views "
                "counts view changes for exactly that view, and nobody passes on what others sent",
                {
                    "pbft-n4-v2-b1-e2-undecided": at_most(0),
                    "pbft-n31-v2-c11-b1-faults_lock": at_least(11),
                },
                expected="refuted",
            ),
            Reading(
                "nodes follow a new view only after asking for it, and who is behind f + 1 others "
                "asks for the lowest view of theirs, whichever it skips",
                {
                    "pbft-n4-v2-b1-e2-undecided-asked": at_most(0),
                    "pbft-n7-v2-b2-undecided-asked": at_most(0),
                    "pbft-n31-v2-b11-faults_lock-asked": at_least(11),
                },
                expected="refuted",
            ),
            Reading(
                "the same, and who is behind others asks for one view after the other",
                {
                    "pbft-n7-v2-b2-undecided-asked-stepwise": at_most(0),
                    "pbft-n31-v2-b11-faults_lock-asked-stepwise": at_least(11),
                },
                expected="holds",
            ),
            Reading(
                "the timer between views counts view changes for that view or later ones",
                {
                    "pbft-n4-v2-b1-undecided-later": at_most(0),
                    "pbft-n31-v2-b11-faults_lock-later": at_least(11),
                },
                expected="holds",
            ),
            Reading(
                "what one correct node was given, all are",
                {
                    "pbft-n4-v2-b1-undecided-gossip": at_most(0),
                    "pbft-n31-v2-b11-faults_lock-gossip": at_least(11),
                },
                expected="holds",
            ),
        ),
    ),
    Claim(
        PAPER,
        "section 3.3.2",
        "PBFT is live while no more than (n - 1)/3 of its nodes are faulty, all of them silent.",
        instances={
            "pbft-n4-v2-c2-faults_lock": at_least(2),
            "pbft-n31-v2-c11-faults_lock": at_least(11),
            "pbft-n4-v2-c1-t13-delay_last-gst0-delta1-timer6": at_most(10),
        },
        expected="holds",
        remark="No state of two views from which nothing happens any more; and once delays have a "
        "bound, all decide in time.",
    ),
    Claim(
        PAPER,
        "section 3.3.2, figure 3.3",
        "One Byzantine node of four does not keep PBFT from deciding.",
        instances={"pbft-n4-v1-c2-b1-faults_lock-calm": at_least(2)},
        expected="holds",
        remark="In a view whose primary is correct, which nobody leaves, as in the figure.",
    ),
    Claim(
        PAPER,
        "section 3.3.2",
        "Pre-prepare and prepare make correct nodes agree within a view.",
        instances={
            "pbft-n4-v1-b1-e2-forks": at_most(1),
            "pbft-n31-v1-b10-e2-forks": at_most(1),
        },
        expected="holds",
    ),
    Claim(
        PAPER,
        "section 3.3.2",
        "Commit phase and view change make correct nodes agree, even if they decide in different "
        "views.",
        instances={"pbft-n7-v2-b2-e2-forks": at_most(1), "pbft-n7-v3-b2-e2-forks": at_most(1)},
        expected="holds",
        remark="With a view change that ignores certificates, nodes fork without any fault: "
        "pbft-n4-v2-e2-steps_fork-blind.",
    ),
    Claim(
        PAPER,
        "section 3.3.2",
        "Prepare and commit take messages of the order of n^2.",
        measure=pbft_is_quadratic,
        expected="holds",
        remark="2n(n - 1) with the proposal.",
    ),
    Claim(
        PAPER,
        "section 3.3.3",
        "Linear BFT reduces the messages from the order of n^2 to that of n.",
        measure=linear_is_linear,
        expected="holds",
        remark="5(n - 1) with the proposal. Section 7.3.1 prints O(n^2) for it.",
    ),
    Claim(
        PAPER,
        "section 3.3.3",
        "The collector makes an (n, 2f + 1)-threshold signature, also with f nodes silent.",
        measure=the_printed_threshold_will_do,
        expected="refuted",
        remark="By the section's own definition that takes t + 1 shares; t must be 2f.",
    ),
    Claim(
        PAPER,
        "section 3.3.3",
        "Splitting prepare and commit adds two steps.",
        instances={
            "pbft-n4-v2-t6-delay_last-gst0-delta1-timer6": Condition("==", 3),
            "linear-n4-v2-t9-delay_last-gst0-delta1-timer8": Condition("==", 5),
        },
        expected="holds",
        remark="The collector decides a step before the others.",
    ),
    Claim(
        PAPER,
        "section 3.3.3",
        "Linear BFT does not sacrifice latency.",
        instances={"linear-n4-v2-t9-delay_last-gst0-delta1-timer8": at_most(3)},
        expected="refuted",
        remark="Counted in delays of messages, five against PBFT's three; what it costs to send "
        "many at a time is not modelled.",
    ),
    Claim(
        PAPER,
        "section 3.3.4",
        "Without redundant nodes, the fast path takes all 3f + 1: one that is silent ends it.",
        instances={
            "sbft-n4-v1-c2-b1-faults_lock-calm-fastpath": Condition("==", 1),
            "sbft-n31-v1-c2-b1-faults_lock-calm-fastpath": Condition("==", 1),
        },
        expected="holds",
    ),
    Claim(
        PAPER,
        "section 3.3.4",
        "The fast path takes fewer messages.",
        measure=fast_path_is_cheaper,
        expected="holds",
        remark="3(n - 1) instead of 5(n - 1).",
    ),
    Claim(
        PAPER,
        "section 3.3.4",
        "The slow path makes progress with up to f Byzantine nodes.",
        instances={
            "sbft-n4-v1-c2-b1-faults_lock-calm": at_least(2),
            "sbft-n31-v1-c11-b1-faults_lock-calm": at_least(11),
        },
        expected="holds",
        remark="In a view whose primary is correct, which nobody leaves.",
    ),
    Claim(
        PAPER,
        "section 3.3.4",
        "With 2c redundant nodes, the fast path is open with c Byzantine nodes.",
        instances={
            "sbft-n6-r1-v1-c3-b1-faults_lock-calm-fastpath": Condition("==", 2),
            "sbft-n11-r2-v1-c4-b1-faults_lock-calm-fastpath": Condition("==", 3),
            "sbft-n8-r2-v1-c4-b1-faults_lock-calm-fastpath": Condition("==", 3),
        },
        expected="holds",
        remark="And not with c + 1. The primary must be correct; c may even be more than f.",
    ),
    Claim(
        PAPER,
        "section 4.3",
        "It takes a majority of the nodes to manipulate what is decided.",
        instances={"pbft-n31-v2-b11-e2-faults_fork": at_least(16)},
        expected="refuted",
        remark="f + 1 make correct nodes decide differently.",
    ),
    Claim(
        PAPER,
        "section 4.4.1",
        "It takes at least f nodes to tamper with what is decided.",
        instances={
            "pbft-n31-v2-b11-e2-faults_fork": at_least(10),
            "linear-n31-v2-b11-e2-faults_fork": at_least(10),
            "sbft-n31-v2-b11-e2-faults_fork": at_least(10),
        },
        expected="holds",
        remark="It takes one more: f + 1.",
    ),
    Claim(
        PAPER,
        "section 7.3.1",
        "SBFT should outperform Linear BFT, since its fast path skips a step.",
        measure=skipping_a_step_saves_time,
        expected="holds",
        remark="Of the protocols; the thesis measured them to be alike, and suspects its code.",
    ),
    Claim(
        PAPER,
        "section 8.1",
        "64 nodes allow for up to 21 corrupt ones.",
        instances={
            "pbft-n64-v2-b22-e2-faults_fork": Condition("==", 22),
            "pbft-n64-v2-c23-faults_lock": Condition("==", 22),
        },
        expected="holds",
        remark="22 Byzantine nodes fork, and 22 silent ones lock. It does not hold of locks by "
        "Byzantine nodes without gossip: see section 3.3.2.",
    ),
    Claim(
        PAPER,
        "section 8.2",
        "Without a switch to the slow path, SBFT gets stuck when a node fails.",
        instances={
            "sbftfast-n4-v1-c2-b1-faults_lock-calm": at_most(1),
            "sbftfast-n64-v1-c2-b1-faults_lock-calm": at_most(1),
        },
        measure=every_view_stalls,
        expected="holds",
        remark="One silent node of 64, in each view anew; with 2c redundant nodes, c + 1.",
    ),
)
"""All claims, in the order of the thesis."""
