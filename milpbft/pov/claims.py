"""What the Proof of Vote paper claims, and what is known of it.

Rounds are synchronous with a delay of one tick where an instance says ``delta1``; a block then
takes 5 ticks from its proposal until everybody has it, and a packing cycle has 6. Where an instance
says nothing of delays, there is no bound on them.

Each claim quotes what the paper assumes for it. A run refutes one only where it keeps to that: what
the paper does not claim is none, and what it leaves open is decided for each reading.
"""

from __future__ import annotations

import itertools
from collections import Counter

from milpbft.claims import Claim, Condition, Measured, Reading, at_most
from milpbft.pov import formulas
from milpbft.pov.formulas import least_votes, smallest_k
from milpbft.pov.reference.rules import Rules
from milpbft.pov.steered import steered
from milpbft.pov.steering import rounds
from milpbft.pov.tenures import Society, mandate, reliability

PAPER = "Proof of Vote"
SEEDS = range(20)
_TENURES = 12
_PATIENCE = 6
_CHI_SQUARED = 21.7
"""Exceeded by 1 % of fair draws of ten numbers, with 9 degrees of freedom."""


def mean_reliability(society: Society) -> list[float]:
    """Return the share of reliable butlers per tenure, the mean over 20 seeds."""
    runs = [reliability(society, _TENURES, seed) for seed in SEEDS]
    return [float(sum(values) / len(runs)) for values in zip(*runs, strict=True)]


def bad_butlers_go() -> Measured:
    """Simulate candidates of whom 30 % miss every block."""
    return _gets_more_reliable(Society())


def patient_butlers_go() -> Measured:
    """Simulate the same 30 % working well for six tenures first; look at what comes then."""
    return _gets_more_reliable(Society(conduct="patient", patience=_PATIENCE), _PATIENCE)


def the_team_never_gets_worse() -> Measured:
    """Simulate the same, and look at all tenures."""
    return _gets_more_reliable(Society(conduct="patient", patience=_PATIENCE))


def butlers_come_at_random() -> Measured:
    """Make 2000 blocks by honest butlers, and compare how often each is drawn, by chi-squared."""
    rules, count = Rules(5, 10), 2000
    made = Counter(rounds(rules, 0, count, times=3, steer=False).makers)
    expected = count / rules.butlers
    statistic = sum((made[b] - expected) ** 2 / expected for b in range(rules.butlers))
    words = f"10 butlers made {min(made.values())} to {max(made.values())} of {count} blocks each"
    return Measured(statistic < _CHI_SQUARED, f"{words}; chi-squared {statistic:.1f}")


def _gets_more_reliable(society: Society, since: int = 0) -> Measured:
    shares = mean_reliability(society)[since:]
    grows = all(late >= early for early, late in itertools.pairwise(shares))
    words = ", ".join(f"{share:.2f}" for share in shares)
    return Measured(grows, f"reliable share per tenure, mean of {len(SEEDS)} seeds: {words}")


def a_butler_has_half() -> Measured:
    """Hold 2000 random elections with the K of figure 6, and look at each elected butler."""
    sizes = 20, 50, 200
    k = smallest_k(*sizes)
    found = {
        reading: mandate(*sizes, k, least=least_votes(sizes[0], reading), elections=2000)
        for reading in (formulas.Reading.MORE_THAN_HALF, formulas.Reading.AT_LEAST_HALF)
    }
    other = smallest_k(*sizes, formulas.Reading.MORE_THAN_HALF)
    repaired = mandate(*sizes, other, least=sizes[0] // 2 + 1, elections=2000)
    more, least = found[formulas.Reading.MORE_THAN_HALF], found[formulas.Reading.AT_LEAST_HALF]
    words = (
        f"K = {k}: all elected have more than half of the votes in {more.whole:.1%} of 2000 "
        f"elections ({more.butlers:.1%} of elected butlers do), half or more in {least.whole:.1%}; "
        f"K = {other}: more than half in {repaired.whole:.1%}"
    )
    return Measured(more.butlers > 0.5, words)


def butlers_cannot_keep_the_duty() -> Measured:
    """Let 3 of 10 butlers choose among the signatures of 5 honest commissioners, for 10 rounds."""
    friends = frozenset({0, 1, 2})
    rules = Rules(5, 10, cycle=8, rounds=10)
    schedule = steered(rules, friends)
    makers = {event.node for event in schedule.events if event.event == "send" and
              event.kind.startswith("Block")}  # fmt: skip
    kept = makers <= {rules.first_team[number] for number in friends}
    done = sum(event.event == "decide" and event.node == 0 for event in schedule.events)
    words = f"butlers {sorted(friends)} of 10 made {done if kept else 'not all'} of 10 blocks"
    return Measured(not (kept and done == rules.rounds), words, schedule)


_THREAT = (
    "section II: \"We assume that some (less than half) of the union members' machine have been "
    "attacked. [...] Adversaries may forge transactions or act like a normal one. Networks may be "
    'partitioned. However, the adversary cannot crack and forged the signatures."'
)
_HONEST_BUTLER = 'Lemma 4.3: "As long as at least one of the butler nodes is honest"'
_APART = (
    'Lemma 4.4: "we assume that the network environment is divided into two completely isolated '
    'parts, A and B", with no node in common'
)
_VOTES = 'section IV B: "we assume that the votes are random without any abandonment"'

CLAIMS: tuple[Claim, ...] = (
    Claim(
        PAPER,
        "Lemma 4.1",
        "While more than half of the commissioners are honest, no block with a forged transaction "
        "is valid.",
        instances={
            "povround-nc5-nb3-tb6-t11-bc2-bb3-illegal-delta1": at_most(0),
            "povround-nc4-nb3-tb6-t11-bc1-bb3-illegal-delta1": at_most(0),
            "povround-nc5-nb2-tb5-t9-bc2-bb2-illegal": at_most(0),
        },
        expected="holds",
        assumes='Lemma 4.1: "As long as more than N_c/2 + 1 commissioners are working effectively"',
        remark="It takes a quorum of Byzantine commissioners, and a Byzantine butler.",
    ),
    Claim(
        PAPER,
        "Lemma 4.2",
        "The butler team is getting more reliable.",
        expected="open",
        assumes='Lemma 4.2: "If block production did not consistent with the system rules, the '
        "block cannot pass the commissioners' verification, and the butler's scores will go down."
        '"',
        readings=(
            Reading(
                "Butlers who miss their blocks do so from the first tenure on.",
                measure=bad_butlers_go,
                expected="holds",
            ),
            Reading(
                "They begin later; the team gets more reliable from then on.",
                measure=patient_butlers_go,
                expected="holds",
            ),
            Reading(
                "They begin later; no team is less reliable than the one before.",
                measure=the_team_never_gets_worse,
                expected="refuted",
            ),
        ),
        remark="A score tells nothing of who is to misbehave later. Commissioners are honest.",
    ),
    Claim(
        PAPER,
        "Section II",
        "The system can tolerate less than half of the commissioners being attacked: 9 of 20 do "
        "not elect the majority of the butlers.",
        expected="open",
        assumes=f"{_THREAT}; how honest commissioners vote, section III F leaves to them",
        readings=(
            Reading(
                "Honest commissioners all vote for the same candidates.",
                instances={"povelection-nc20-nb50-n200-k81-a9-d81-seats-same": at_most(25)},
                expected="holds",
            ),
            Reading(
                "Honest votes are spread evenly over honest candidates.",
                instances={"povelection-nc20-nb50-n200-k81-a9-d81-seats": at_most(25)},
                expected="refuted",
            ),
            Reading(
                "Honest votes are random, as equation 3 has it.",
                instances={"povelection-nc20-nb50-n200-k81-a9-d81-seats-random-seed1": at_most(25)},
                expected="refuted",
            ),
        ),
        remark="Honest votes that are spread are beaten by few concentrated ones: where they are "
        "spread evenly, and ties go to the lower number, 8 of 20 elect 30 of 50.",
    ),
    Claim(
        PAPER,
        "Lemma 4.3",
        "As long as one butler is honest, a valid block comes within N_b packing cycles.",
        instances={
            "povround-nc4-nb3-tb6-t35-bb2-cycles-delta1": at_most(3),
            "povround-nc5-nb4-tb6-t41-bc2-bb3-cycles-delta1": at_most(4),
        },
        expected="holds",
        assumes=f"{_HONEST_BUTLER}; section III C excepts failures of the network",
        remark="With N_c - b_c a quorum, and delays that T_b has room for.",
    ),
    Claim(
        PAPER,
        "Section III C",
        "After N_b cycles without a block, one comes as soon as the network is restored.",
        expected="open",
        assumes='section III C: "the generation of the block will fall into a dead circle until '
        'network is restored"',
        readings=(
            Reading(
                "m of T_cut starts at 1 again, as M is said to.",
                instances={
                    "povround-nc3-nb2-tb6-t41-cycles-again-delta1-gst11": at_most(3),
                },
                expected="refuted",
            ),
            Reading(
                "m of T_cut counts on.",
                instances={"povround-nc3-nb2-tb6-t41-cycles-delta1-gst11": at_most(3)},
                expected="holds",
            ),
        ),
        remark="Where m starts again T_cut is past, and no timestamp is ever in time.",
    ),
    Claim(
        PAPER,
        "Lemma 4.3",
        "A valid block is unique, all nodes being honest.",
        expected="open",
        assumes=f"{_HONEST_BUTLER}; nothing is said of delays",
        readings=(
            Reading(
                "T_b has room for five delays.",
                instances={
                    "povround-nc4-nb3-tb6-t17-blocks-delta1": at_most(1),
                    "povround-nc3-nb2-tb11-t22-blocks-delta3": at_most(1),
                },
                expected="holds",
            ),
            Reading(
                "T_b has that room and a tick more, and clocks are up to a tick off.",
                instances={
                    "povround-nc4-nb3-tb6-t17-blocks-delta1-skew1": at_most(1),
                    "povround-nc3-nb2-tb12-t24-blocks-delta3-skew1": at_most(1),
                },
                expected="holds",
            ),
            Reading(
                "T_b has room for five delays, and clocks are up to a tick off.",
                instances={"povround-nc3-nb2-tb11-t22-blocks-delta3-skew1": at_most(1)},
                expected="refuted",
            ),
            Reading(
                "Delays have no bound.",
                instances={"povround-nc4-nb3-tb6-t11-blocks": at_most(1)},
                expected="refuted",
            ),
        ),
        remark="With d the bound on delays and 1 tick the least, T_b >= 5d - 4 suffices, and S "
        "ticks more where clocks are up to S off. A late "
        "block does not keep commissioners who signed it from signing the next butler's.",
    ),
    Claim(
        PAPER,
        "Lemma 4.3",
        "A valid block is unique with one dishonest butler of three, in a synchronous network.",
        instances={
            "povround-nc4-nb3-tb6-t11-bb1-blocks-delta1": at_most(1),
            "povround-nc4-nb3-tb6-t17-bb1-blocks-delta1-forwarding": at_most(1),
        },
        expected="refuted",
        assumes=_HONEST_BUTLER,
        remark="It gets its timestamp in time and publishes together with the next butler; "
        "forwarding does not help.",
    ),
    Claim(
        PAPER,
        "Section III B",
        "Only one block can have a quorum of signatures in one packing cycle.",
        instances={"povround-nc5-nb2-tb6-t5-bc1-bb1-e2-blocks-delta1": at_most(1)},
        expected="refuted",
        assumes=f"{_THREAT}; {_HONEST_BUTLER}",
        remark="One commissioner who signs twice is enough for odd N_c; it takes two for even N_c.",
    ),
    Claim(
        PAPER,
        "Lemma 4.3",
        "Each valid block is unique by verifying the timestamp and T_cut.",
        instances={
            "povround-nc5-nb2-tb7-t6-bb1-s2-blocks-delta1": at_most(1),
            "povround-nc3-nb2-tb4-t6-bb1-s2-blocks-delta1": at_most(1),
        },
        expected="refuted",
        assumes=f"{_HONEST_BUTLER}; all commissioners are honest",
        remark="A butler may ask for two timestamps, at two ticks, or at one with other signers.",
    ),
    Claim(
        PAPER,
        "Lemma 4.4",
        "Blockchains never bifurcate where the network is split into two isolated parts.",
        expected="open",
        assumes=_APART,
        readings=(
            Reading(
                "They are apart from the first tick on.",
                instances={
                    "povround-nc5-nb3-tb6-t23-blocks-isolated-delta1-side3-cut0": at_most(1),
                    "povround-nc4-nb3-tb6-t23-blocks-isolated-delta1-side2-cut0": at_most(1),
                },
                expected="holds",
            ),
            Reading(
                "They part at any tick.",
                instances={"povround-nc5-nb3-tb6-t17-blocks-isolated-delta1-side3": at_most(1)},
                expected="refuted",
            ),
        ),
        remark="No node is Byzantine, and the time server is in part A alone. A block that is "
        "valid, but known to one part only, does not stop the other.",
    ),
    Claim(
        PAPER,
        "Lemma 4.4",
        "In the part with a quorum of commissioners blocks can still be generated and validated.",
        instances={
            "povround-nc5-nb3-tb6-t23-cycles-isolated-delta1-side3-cut0-posted1": at_most(3)
        },
        expected="holds",
        assumes=f"{_APART}; that a butler and the time server are in that part, the text implies",
    ),
    Claim(
        PAPER,
        "Lemma 4.4",
        "Where commissioners are split into equal halves, no block comes.",
        instances={
            "povround-nc4-nb3-tb6-t23-blocks-isolated-delta1-side2-cut0": Condition("==", 0),
            "povround-nc4-nb3-tb6-t23-blocks-delta1-side2-cut0": Condition("==", 0),
        },
        expected="holds",
        assumes=_APART,
    ),
    Claim(
        PAPER,
        "Section III H",
        "Butlers generate blocks in a random order.",
        measure=butlers_come_at_random,
        expected="holds",
        assumes='section III H: "Each block generates a random number that determines who will be '
        'the next butler"',
        remark="With honest butlers, and signatures that come in an order which nobody chooses.",
    ),
    Claim(
        PAPER,
        "Section III H",
        "Butlers cannot unite to make R appear in a pattern.",
        measure=butlers_cannot_keep_the_duty,
        expected="refuted",
        assumes='section III H: "Since the value of each block header is unpredictable, we can '
        "obtain an unpredictable R_source [...], preventing the possibility that butlers may "
        'unite"',
        remark="The butler on duty tries all sets of signatures before it asks for its timestamp.",
    ),
    Claim(
        PAPER,
        "Section IV B",
        "With the smallest K of P1 > P2, a butler who wins the election probably has more than "
        "half of the votes.",
        measure=a_butler_has_half,
        expected="holds",
        assumes=_VOTES,
        remark="55 % of elected butlers have; that all of a team have is rare. The printed sum "
        "counts half; for more than half, K = 91 where the paper has 81.",
    ),
)
"""All claims, in the order of the paper's lemmas."""
