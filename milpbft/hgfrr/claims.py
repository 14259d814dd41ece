"""What the HGFRR report claims of its overlay, and what is known of it.

The report gives no sizes. Rings have at most 16 members here where nothing else is said, and one
contact node, as in its figure 3.2. Claims quote what the report assumes; what it does not claim is
none: that the tree is the fastest there could be.
"""

from __future__ import annotations

from milpbft.claims import Claim, Reading, at_least, at_most
from milpbft.hgfrr.measured import (
    a_third_fails_on_average,
    any_base_will_do,
    messages_are_linear,
    nobody_is_of_lower_order,
    nobody_takes_fewer,
    one_failure_on_average,
    rotation,
    rotation_never_fails,
    ticks_are_logarithmic,
    tree_with_any_base,
)

PAPER = "HGFRR"

LINEAR = 'section 3.1: "message complexity will be (O(N))"'
LOGARITHMIC = 'section 3.1: "the time complexity of broadcast will be O(log N)"'
DRAWN = (
    'section 3.1.1: "generate a random number k, form a k-ary spanning tree"; "The overall time '
    'complexity of this method will be O(log N), where N is the number of nodes in the ring"; '
    "from what k is drawn is not said"
)
ROBUST = (
    'section 1: "the robustness of Gossip exceeds too much of the requirement from the consensus '
    'protocols in most blockchain systems (see Table 1.1)"; section 1.3: "sufficiently robust"; '
    'table 1.1: "Practical BFT", "33.3%"'
)
UNAFFECTED = (
    'section 1.1.2: "the property required by the blockchain application on top of the network '
    'should not be affected"; table 1.1: "Practical BFT", "33.3%"; section 3.1: "If the missing '
    'node is the contact node, then the next generation of contact node(s) will be elected", '
    '"contact nodes will be periodically changed"; how soon, and what becomes of messages that '
    "were lost, is not said"
)
REPLACED = (
    'section 3.1: "If the missing node is the contact node, then the next generation of contact '
    'node(s) will be elected"; "periodically changed and the election process is done randomly"'
)

WHOLE = (
    'section 3.1: "Broadcast is the process of disseminating a message from one node to the whole '
    'network"; "contact nodes will be periodically changed"; what becomes of messages under way '
    "then is not said"
)

_CRASH = "pbft-n4-v2-c1-t20-faults_lock-gst0-delta1-timer8-overlay-r4k2s0"
_LIAR = _CRASH.replace("-c1-", "-b1-")
_SEVEN = "pbft-n7-v2-c1-t20-faults_lock-gst0-delta1-timer9-overlay-r6k2s0c2w2"

CLAIMS: tuple[Claim, ...] = (
    Claim(
        PAPER,
        "section 3.1",
        "A broadcast takes O(N) messages.",
        instances={"hgfrr-n24-r8-k2-s0-messages-chosen": at_most(25)},
        assumes=LINEAR,
        measure=messages_are_linear,
        expected="holds",
        remark="The constant is 1: n - 1 messages and at most one per level, whoever is elected.",
    ),
    Claim(
        PAPER,
        "section 3.1",
        "A broadcast takes O(log N) time.",
        instances={
            "hgfrr-n24-r8-k2-s0-ticks-chosen": at_most(8),
            "hgfrr-n24-r8-k3-s0-ticks-chosen": at_most(8),
        },
        assumes=LOGARITHMIC,
        measure=ticks_are_logarithmic,
        expected="holds",
        remark="For a fixed k, with rings of bounded size: levels (1 + depth of a tree) ticks.",
    ),
    Claim(
        PAPER,
        "section 3.1",
        "O(N) messages and O(log N) time are currently the best among related works.",
        expected="open",
        assumes=f'{LOGARITHMIC} "and message complexity will be (O(N)), which are currently the '
        'best among related works"; section 1.1.2 counts structured tree-based broadcast [23] '
        "among them; whether orders or numbers are compared is not said",
        readings=(
            Reading(
                "No related work is of a lower order.",
                measure=nobody_is_of_lower_order,
                expected="holds",
            ),
            Reading(
                "No related work takes fewer messages, or fewer ticks.",
                measure=nobody_takes_fewer,
                expected="refuted",
            ),
        ),
        remark="Every broadcast takes n - 1 messages. Trees over Chord or Kademlia take no more, "
        "and fewer ticks than rings of 16.",
    ),
    Claim(
        PAPER,
        "section 3.1.1",
        "A broadcast in a ring of N nodes takes O(log N) time, where k is random.",
        expected="open",
        assumes=DRAWN,
        readings=(
            Reading(
                "k is drawn from 2 to 4, however large the ring is; on average.",
                measure=tree_with_any_base(lambda _: 4, "k drawn from 2 to 4"),
                expected="holds",
            ),
            Reading(
                "k is drawn from 2 to N; on average.",
                measure=tree_with_any_base(lambda size: size, "k drawn from 2 to N"),
                expected="refuted",
            ),
            Reading(
                "Whatever k is drawn.",
                instances={"hgfrr-n16-r16-k16-s0-src9-ticks": at_most(8)},
                measure=any_base_will_do,
                expected="refuted",
            ),
        ),
        remark="Up to a power of k the tree is (k - 1) log_k N deep, and a chain from k = N on.",
    ),
    Claim(
        PAPER,
        "section 1.3",
        "The overlay is sufficiently robust: one failure leaves the two thirds of the nodes that a "
        "consensus protocol of table 1.1 needs.",
        expected="open",
        assumes=f'{ROBUST}; section 3.1: "There are three contact nodes selected from each ring"; '
        '"contact nodes will be periodically changed"; how many of them broadcast is not said',
        readings=(
            Reading(
                "Three contacts per ring, who all broadcast.",
                instances={"hgfrr-n100-r16-k2-c3-w3-s0-b1-coverage": at_least(67)},
                expected="holds",
            ),
            Reading(
                "Three contacts per ring, of whom two broadcast.",
                instances={"hgfrr-n100-r16-k2-c3-w2-s0-b1-coverage": at_least(67)},
                expected="holds",
            ),
            Reading(
                "Three contacts per ring, of whom one broadcasts.",
                instances={"hgfrr-n100-r16-k2-c3-s0-b1-coverage": at_least(67)},
                expected="refuted",
            ),
            Reading(
                "One contact per ring, as in figure 3.2.",
                instances={
                    "hgfrr-n100-r16-k2-s0-b1-coverage": at_least(67),
                    "hgfrr-n100-r16-k2-s0-src95-b1-coverage": at_least(67),
                },
                expected="refuted",
            ),
            Reading(
                "One contact per ring, or three; they are changed, the source repeats its "
                "broadcast, and whoever is silent knows the draws.",
                instances={
                    "hgfrr-n100-r16-k2-s0-b1-coverage-change40": at_least(67),
                    "hgfrr-n100-r16-k2-c3-s0-b1-coverage-change40": at_least(67),
                    "hgfrr-n100-r16-k2-c3-w2-s0-b1-coverage-change40": at_least(67),
                    "hgfrr-n100-r16-k2-c3-w3-s0-b1-coverage-change40": at_least(67),
                },
                measure=rotation(1, 1),
                expected="holds",
            ),
        ),
        remark="With all three broadcasting one failure leaves 98 of 99 nodes, with two 93; with "
        "one the contact of the source's ring is on every way out of it.",
    ),
    Claim(
        PAPER,
        "section 1.3",
        "The overlay is sufficiently robust with three contacts per ring: as many failures as "
        "contacts broadcast leave two thirds.",
        expected="open",
        assumes=f'{ROBUST}; section 3.1: "There are three contact nodes selected from each ring"; '
        '"periodically changed and the election process is done randomly"; what becomes of a '
        "message that was lost is not said",
        readings=(
            Reading(
                "All three broadcast; contacts stay.",
                instances={"hgfrr-n60-r12-k2-c3-w3-s0-b3-coverage": at_least(38)},
                expected="refuted",
            ),
            Reading(
                "Two broadcast; contacts stay.",
                instances={"hgfrr-n60-r12-k2-c3-w2-s0-b2-coverage": at_least(39)},
                expected="refuted",
            ),
            Reading(
                "One broadcasts; contacts are changed, the source repeats; on average.",
                measure=rotation(3, 1),
                expected="holds",
            ),
            Reading(
                "Two broadcast; contacts are changed, the source repeats; on average.",
                measure=rotation(3, 2),
                expected="holds",
            ),
            Reading(
                "All three broadcast; contacts are changed, the source repeats; on average.",
                measure=rotation(3, 3),
                expected="holds",
            ),
            Reading(
                "All three broadcast; contacts are changed, the source repeats; every election.",
                measure=rotation_never_fails,
                expected="refuted",
            ),
        ),
        remark="Contacts that stay bear one failure less than broadcast. A change bears more with "
        "luck: silent relays answer heartbeats, stay on their rings, and may be elected again.",
    ),
    Claim(
        PAPER,
        "section 1.3",
        "The overlay is sufficiently robust on average: one failed contact node, drawn by chance, "
        "leaves two thirds.",
        assumes=ROBUST,
        measure=one_failure_on_average,
        expected="holds",
        remark="For 1000 nodes; of 100 nodes, which have 7 contacts, 0.65 are left.",
    ),
    Claim(
        PAPER,
        "section 1.3",
        "The overlay is sufficiently robust on average: a third of the contact nodes may fail, as "
        "table 1.1 tolerates.",
        assumes=f'{ROBUST}; section 1.1.2: "the property required by the blockchain application '
        'on top of the network should not be affected"',
        measure=a_third_fails_on_average,
        expected="refuted",
        remark="One contact per ring, and no repair between failure and broadcast.",
    ),
    Claim(
        PAPER,
        "section 1.1.2",
        "Consensus over the overlay is not affected: as in a full mesh, PBFT does not lock with "
        "one of four or seven nodes faulty.",
        expected="open",
        assumes=UNAFFECTED,
        readings=(
            Reading(
                "One contact per ring; heartbeats find a crash after two ticks, or four, and the "
                "next contact takes over; timers run for eight.",
                instances={
                    f"{_CRASH}h2": at_least(2),
                    f"{_CRASH}h4": at_least(2),
                },
                expected="holds",
            ),
            Reading(
                "One contact per ring; heartbeats find a crash after six ticks.",
                instances={f"{_CRASH}h6": at_least(2)},
                expected="refuted",
            ),
            Reading(
                "Two contacts per ring, who both broadcast; nobody is replaced; a crash of seven.",
                instances={_SEVEN: at_least(2)},
                expected="holds",
            ),
            Reading(
                "One contact per ring, changed every four ticks; the faulty node is Byzantine, and "
                "answers heartbeats.",
                instances={f"{_LIAR}o4": at_least(2)},
                expected="refuted",
            ),
        ),
        remark="No node sends a message again. Of rings that never change, which the report does "
        "not have, one crashed relay of four locks PBFT.",
    ),
    Claim(
        PAPER,
        "section 3.1",
        "A broadcast reaches the whole network, also where contacts are changed under way.",
        expected="open",
        assumes=WHOLE,
        readings=(
            Reading(
                "Who gets a message as a contact that it no longer is keeps it; one contact per "
                "ring of 100 nodes, changed every four ticks.",
                instances={"churn-n100-r16-k2-s0-t30-coverage-period4": at_least(100)},
                expected="refuted",
            ),
            Reading(
                "It hands it on to the contacts of its ring.",
                instances={"churn-n100-r16-k2-s0-t30-coverage-handover-period4": at_least(100)},
                expected="holds",
            ),
            Reading(
                "It keeps it; two of three contacts broadcast.",
                instances={"churn-n100-r16-k2-c3-w2-s0-t30-coverage-period4": at_least(100)},
                expected="holds",
            ),
        ),
        remark="Elections as seed 0 draws them, from node 0, without faults. A tree goes on over "
        "the ring as it was begun.",
    ),
    Claim(
        PAPER,
        "section 3.1",
        "Contacts that crash are replaced, after which a broadcast reaches everybody.",
        assumes=REPLACED,
        instances={
            "hgfrr-n12-r8-k2-s0-b2-coverage-crash-repair20": at_least(10),
            "hgfrr-n24-r8-k2-s0-b2-coverage-crash-repair20": at_least(22),
            "hgfrr-n24-r9-k2-c3-s0-b2-coverage-crash-repair20": at_least(22),
            "hgfrr-n24-r9-k2-c3-w3-s0-b1-coverage-crash-repair20": at_least(23),
        },
        expected="holds",
        remark="If the source repeats it, which the report does not say, and nobody crashes again.",
    ),
)
"""All claims, in the order of the report's sections."""
