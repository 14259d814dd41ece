"""What the thesis on energy sharing claims of PBFT, Linear BFT and SBFT, and what is known of it.

Implementation of a Blockchain-based V2V Energy Sharing Application using Byzantine Fault Tolerant
Consensus Algorithms, University of Edinburgh, 2023. What it measured is not decided here, but what
follows from the protocols as its chapter 3 describes them.
"""

from __future__ import annotations

from functools import partial

from milpbft.claims import Claim, Condition, Reading, at_least, at_most
from milpbft.pbft.measured import (
    every_view_stalls,
    fast_path_is_cheaper,
    fewer_messages_each,
    it_takes_more_than_3f_plus_1,
    latency_in_delays,
    linear_is_linear,
    pbft_is_quadratic,
    skipping_a_step_saves_time,
    three_f_plus_1_are_enough,
    threshold_will_do,
)

PAPER = "V2V thesis"

CLAIMS: tuple[Claim, ...] = (
    Claim(
        PAPER,
        "section 3.3.1",
        '"if there are f byzantine generals [...] then there must be greater than 3f + 1 generals '
        'in total to reach the correct decision".',
        expected="open",
        assumes='Section 3.3.1: "There is no guarantee that the messengers will reach the other '
        'general"; section 4.4.1: "up to f byzantine nodes in a network of 3f + 1 nodes"',
        remark="The thesis says both. That one Byzantine node can lock replicas without gossip is "
        "no matter of their number: see section 3.3.2.",
        readings=(
            Reading(
                "more than 3f + 1, as it is printed",
                measure=it_takes_more_than_3f_plus_1,
                expected="refuted",
            ),
            Reading(
                "3f + 1, as section 4.4.1 has it established here",
                measure=three_f_plus_1_are_enough,
                expected="holds",
            ),
        ),
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
        assumes='"given that no more than (n - 1)/3 replicas are faulty and delay(t) does not grow '
        'faster than t indefinitely"',
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
        '"The collector can then create a (n, 2f + 1)-threshold signature [...] from all the '
        'individual signatures that were received from other replicas."',
        expected="open",
        assumes='"an (n, t)-threshold signature [...] only succeeds in verification if at least '
        't + 1 participants sign m"; "This signature will only pass verification if there were at '
        "least (n, 2f + 1) replicas who sent a Prepare or Commit message, since that is what the "
        'threshold was set to"; section 4.4.1: up to f of 3f + 1 nodes may be Byzantine',
        remark="By the first of these sentences t = 2f + 1 asks for 2f + 2 shares, by the second "
        "for 2f + 1.",
        readings=(
            Reading(
                "t + 1 = 2f + 2 shares, by the definition",
                measure=partial(threshold_will_do, 1),
                expected="refuted",
            ),
            Reading(
                "2f + 1 shares, by the sentence after it",
                measure=partial(threshold_will_do, 0),
                expected="holds",
            ),
        ),
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
        '"Linear BFT allows for larger network size without sacrificing the latency and '
        'throughput of consensus".',
        expected="open",
        assumes='"This version of BFT has additional communication steps, but makes the '
        "communication much more efficient. This is because, when the network size grows, having "
        'a quadratic complexity [...] becomes increasingly inefficient"',
        remark="What it costs to send many messages at a time is not modelled, so that latency in "
        "seconds is not decided.",
        readings=(
            Reading(
                "latency in delays of messages, whatever they cost to send",
                measure=latency_in_delays,
                expected="refuted",
            ),
            Reading(
                "latency by what each node has to send and take, as the sentence before has it",
                measure=fewer_messages_each,
                expected="holds",
            ),
        ),
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
        '"malicious parties would need to obtain access to a majority of nodes to manipulate '
        'consensus results."',
        instances={"pbft-n31-v2-b11-e2-faults_fork": at_least(16)},
        expected="refuted",
        assumes='Section 4.4.1: "up to f byzantine nodes in a network of 3f + 1 nodes"',
        remark='f + 1 make correct nodes decide differently; the thesis itself says "at least f '
        'nodes" in section 4.4.1.',
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
