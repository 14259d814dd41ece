"""What the Proof of Vote paper claims, and what is known of it.

Rounds are synchronous with a delay of one tick where an instance says ``delta1``; a block then
takes 5 ticks from its proposal until everybody has it, and a packing cycle has 6. Where an instance
says nothing of delays, there is no bound on them.
"""

from __future__ import annotations

import itertools

from milpbft.claims import Claim, Condition, Measured, at_least, at_most
from milpbft.pov.formulas import Reading, least_votes, smallest_k
from milpbft.pov.reference.rules import Rules
from milpbft.pov.steered import steered
from milpbft.pov.tenures import Society, mandate, reliability

PAPER = "Proof of Vote"
SEEDS = range(20)
_TENURES = 12
_PATIENCE = 6


def mean_reliability(society: Society) -> list[float]:
    """Return the share of reliable butlers per tenure, the mean over 20 seeds."""
    runs = [reliability(society, _TENURES, seed) for seed in SEEDS]
    return [float(sum(values) / len(runs)) for values in zip(*runs, strict=True)]


def bad_butlers_go() -> Measured:
    """Simulate candidates of whom 30 % miss every block."""
    return _gets_more_reliable(Society())


def patient_butlers_go() -> Measured:
    """Simulate the same 30 % working well for six tenures first."""
    return _gets_more_reliable(Society(conduct="patient", patience=_PATIENCE))


def _gets_more_reliable(society: Society) -> Measured:
    shares = mean_reliability(society)
    grows = all(late >= early for early, late in itertools.pairwise(shares))
    words = ", ".join(f"{share:.2f}" for share in shares)
    return Measured(grows, f"reliable share per tenure, mean of {len(SEEDS)} seeds: {words}")


def team_has_half() -> Measured:
    """Hold 2000 random elections with the K of figure 6."""
    sizes = 20, 50, 200
    k = smallest_k(*sizes)
    found = {
        reading: mandate(*sizes, k, least=least_votes(sizes[0], reading), elections=2000)
        for reading in (Reading.MORE_THAN_HALF, Reading.AT_LEAST_HALF)
    }
    other = smallest_k(*sizes, Reading.MORE_THAN_HALF)
    repaired = mandate(*sizes, other, least=sizes[0] // 2 + 1, elections=2000)
    more, least = found[Reading.MORE_THAN_HALF], found[Reading.AT_LEAST_HALF]
    words = (
        f"K = {k}: all elected have more than half of the votes in {more.whole:.1%} of 2000 "
        f"elections ({more.butlers:.1%} of elected butlers do), half or more in {least.whole:.1%}; "
        f"K = {other}: more than half in {repaired.whole:.1%}"
    )
    return Measured(more.whole > 0.5, words)


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
    ),
    Claim(
        PAPER,
        "Lemma 4.1",
        "It takes a quorum of dishonest commissioners, and a dishonest butler, to make a block "
        "with a forged transaction valid.",
        instances={
            "povround-nc5-nb3-tb6-t11-bc5-bb3-faults_illegal-delta1": at_least(4),
            "povround-nc4-nb3-tb6-t11-bc4-bb3-faults_illegal-delta1": at_least(4),
        },
        expected="holds",
        remark="With an even N_c, half of the commissioners being dishonest is not enough either.",
    ),
    Claim(
        PAPER,
        "Lemma 4.2",
        "Butlers who miss their blocks are voted out: the team gets more reliable.",
        measure=bad_butlers_go,
        expected="holds",
        remark="For butlers who are unreliable from the first tenure on, and honest commissioners.",
    ),
    Claim(
        PAPER,
        "Lemma 4.2",
        "The team gets more reliable, whenever its members begin to misbehave.",
        measure=patient_butlers_go,
        expected="refuted",
        remark="A score tells nothing of who is to misbehave later.",
    ),
    Claim(
        PAPER,
        "Lemma 4.2",
        "A team of butlers with the best score with every honest commissioner is elected again.",
        instances={
            "povelection-nc20-nb50-n200-k81-a1-d150-seats-scores-trusted50-lost": at_most(0),
        },
        expected="refuted",
        remark="K = 81 tickets are more than N_b = 50: the last 31 of each honest ballot go to "
        "candidates without a score, and one dishonest vote puts these ahead.",
    ),
    Claim(
        PAPER,
        "Section II",
        "With less than half of the commissioners dishonest, they do not elect the majority of "
        "the butlers.",
        instances={"povelection-nc20-nb50-n200-k81-a9-d81-seats": at_most(25)},
        expected="refuted",
        remark="Honest votes that are spread evenly are beaten by few concentrated ones; 8 of 20 "
        "dishonest commissioners suffice.",
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
        remark="With N_c - b_c a quorum, and delays that T_b has room for.",
    ),
    Claim(
        PAPER,
        "Lemma 4.3",
        "As long as one butler is honest, all correct nodes have a block within N_b packing "
        "cycles.",
        instances={
            "povround-nc4-nb3-tb6-t35-bb1-last-delta1": at_most(3),
            "povround-nc4-nb3-tb6-t35-bb1-last-forwarding-delta1": at_most(3),
        },
        expected="refuted",
        remark="A dishonest butler shows its block to so many that the others have no quorum any "
        "more, or to the other butlers, who then rest; no node asks for a block that it misses.",
    ),
    Claim(
        PAPER,
        "Lemma 4.3",
        "A block comes within N_b packing cycles, whatever the delays.",
        instances={"povround-nc4-nb3-tb6-t35-cycles": at_most(3)},
        expected="refuted",
    ),
    Claim(
        PAPER,
        "Section III C",
        "After N_b cycles without a block, m starts at 1 again, and a block comes as soon as the "
        "network is restored.",
        instances={"povround-nc3-nb2-tb6-t41-cycles-delta1-gst11-again": at_most(3)},
        expected="refuted",
        remark="T_cut is then past, so that no timestamp is ever in time again. Where m counts on, "
        "a block comes.",
    ),
    Claim(
        PAPER,
        "Section III C",
        "After N_b cycles without a block, m counts on, and a block comes as soon as the network "
        "is restored.",
        instances={"povround-nc3-nb2-tb6-t41-cycles-delta1-gst11": at_most(3)},
        expected="holds",
    ),
    Claim(
        PAPER,
        "Lemma 4.3",
        "A valid block is unique while all nodes are honest and T_b has room for five delays.",
        instances={
            "povround-nc4-nb3-tb6-t17-blocks-delta1": at_most(1),
            "povround-nc3-nb2-tb11-t22-blocks-delta3": at_most(1),
        },
        expected="holds",
        remark="With d the bound on delays and 1 tick the least, T_b >= 5d - 4 suffices.",
    ),
    Claim(
        PAPER,
        "Lemma 4.3",
        "A valid block is unique while all nodes are honest, whatever the delays.",
        instances={"povround-nc4-nb3-tb6-t11-blocks": at_most(1)},
        expected="refuted",
        remark="A butler has signatures and timestamp in time, its block arrives late, and "
        "commissioners who signed it sign the next butler's.",
    ),
    Claim(
        PAPER,
        "Lemma 4.3",
        "A valid block is unique with one dishonest butler, in a synchronous network.",
        instances={
            "povround-nc4-nb3-tb6-t11-bb1-blocks-delta1": at_most(1),
            "povround-nc4-nb3-tb6-t17-bb1-blocks-delta1-forwarding": at_most(1),
        },
        expected="refuted",
        remark="It gets its timestamp in time and publishes together with the next butler; "
        "forwarding does not help.",
    ),
    Claim(
        PAPER,
        "Section III B",
        "Only one block can have a quorum of signatures in one packing cycle.",
        instances={"povround-nc5-nb2-tb6-t5-bc1-bb1-e2-blocks-delta1": at_most(1)},
        expected="refuted",
        remark="One commissioner who signs twice is enough for odd N_c; it takes two for even N_c.",
    ),
    Claim(
        PAPER,
        "Section III B",
        "A proposal becomes one valid block.",
        instances={"povround-nc5-nb2-tb7-t6-bb1-s2-blocks-delta1": at_most(1)},
        expected="refuted",
        remark="A butler may ask for two timestamps, with all commissioners honest.",
    ),
    Claim(
        PAPER,
        "Lemma 4.4",
        "Without dishonest nodes, a two-way partition from the first tick on brings no fork.",
        instances={
            "povround-nc5-nb3-tb6-t23-blocks-delta1-side3-cut0": at_most(1),
            "povround-nc4-nb3-tb6-t23-blocks-delta1-side2-cut0": at_most(1),
        },
        expected="holds",
    ),
    Claim(
        PAPER,
        "Lemma 4.4",
        "Without dishonest nodes, a two-way partition that begins at any time brings no fork.",
        instances={"povround-nc5-nb3-tb6-t17-blocks-delta1-side3": at_most(1)},
        expected="refuted",
        remark="A block that is valid, but known to one side only, does not stop the other side.",
    ),
    Claim(
        PAPER,
        "Lemma 4.4",
        "Less than half of the commissioners being dishonest, a two-way partition brings no fork.",
        instances={"povround-nc5-nb3-tb6-t17-bc1-blocks-delta1-side3-cut0": at_most(1)},
        expected="refuted",
        remark="A dishonest commissioner votes on both sides: one of five is enough.",
    ),
    Claim(
        PAPER,
        "Lemma 4.4",
        "The side with a quorum of commissioners goes on making blocks.",
        instances={"povround-nc5-nb3-tb6-t23-cycles-delta1-side3-cut0": at_most(3)},
        expected="refuted",
        remark="Not where all butlers are on the other side.",
    ),
    Claim(
        PAPER,
        "Lemma 4.4",
        "Where commissioners are split into equal halves, no block comes.",
        instances={"povround-nc4-nb3-tb6-t23-blocks-delta1-side2-cut0": Condition("==", 0)},
        expected="holds",
    ),
    Claim(
        PAPER,
        "Section III H",
        "Butlers cannot unite to make R appear in a pattern, since the header is unpredictable.",
        measure=butlers_cannot_keep_the_duty,
        expected="refuted",
        remark="The butler on duty tries all sets of signatures before it asks for its timestamp.",
    ),
    Claim(
        PAPER,
        "Section III H",
        "Butlers come in a random order: rounds do not all begin where most dishonest butlers are "
        "next, while honest ones make the blocks.",
        instances={"povtenure-nc5-nb6-bb3-r10-tenure": at_most(39)},
        expected="refuted",
        remark="Who delays signatures chooses R without a butler's help: 4 cycles in each round, "
        "where a random order takes 2 on average.",
    ),
    Claim(
        PAPER,
        "Section IV B",
        "With the smallest K of P1 > P2, the elected butlers probably have the votes of more than "
        "half of the commissioners.",
        measure=team_has_half,
        expected="refuted",
        remark="The printed sum counts half; for more than half, K = 91 where the paper has 81.",
    ),
)
"""All claims, in the order of the paper's lemmas."""
