"""What the HGFRR report claims of its overlay, and what is known of it.

The report gives no sizes. Rings have at most 16 members here where nothing else is said, and one
contact node, as in its figure 3.2. Claims quote what the report assumes; what it does not claim is
none: that the tree is the fastest there could be, or what consensus does on rings that never change
their contacts.
"""

from __future__ import annotations

from math import ceil, log2

from milpbft.claims import Claim, Measured, Reading, at_least, at_most
from milpbft.hgfrr.coverage import average
from milpbft.hgfrr.formulas import largest_base, levels_most, messages_most, ticks_most
from milpbft.hgfrr.reference.build import topology_of
from milpbft.hgfrr.reference.engine import Engine
from milpbft.hgfrr.reference.repair import repair
from milpbft.hgfrr.reference.world import silence
from milpbft.hgfrr.sizes import Sizes
from milpbft.hgfrr.spread import Spread

PAPER = "HGFRR"
SIZES = Sizes(16)
SPREAD = Spread(2)
NS = (100, 1000, 10_000, 100_000)
RUNS = 200


def messages_are_linear() -> Measured:
    """Broadcast from node 0 in networks of up to 100 000 nodes, without failures."""
    found = {n: Engine(topology_of(n, SIZES, 0), SPREAD).run(0).messages for n in NS}
    holds = all(n - 1 <= count <= messages_most(n, SIZES) for n, count in found.items())
    words = ", ".join(f"{n}: {count} ({count / n:.3f} n)" for n, count in found.items())
    return Measured(holds, f"messages per broadcast, {words}")


def ticks_are_logarithmic() -> Measured:
    """Likewise; the bound per level is one tick up and floor(log2 16) + 1 down."""
    found, holds = {}, True
    for n in NS:
        found[n] = Engine(topology_of(n, SIZES, 0), SPREAD).run(0).ticks
        holds &= found[n] <= ticks_most(levels_most(n, SIZES), SIZES.most, 2)
    words = ", ".join(f"{n}: {ticks} ({ticks / log2(n):.2f} log2 n)" for n, ticks in found.items())
    return Measured(holds, f"ticks per broadcast with k = 2, {words}")


def any_base_will_do() -> Measured:
    """Look for the largest k such that no tree of a base up to it is deeper than 2 log2 N."""
    found = {size: largest_base(size, 2 * ceil(log2(size))) for size in (16, 64, 256, 1024)}
    words = ", ".join(f"{size}: k <= {k}" for size, k in found.items())
    return Measured(
        all(k is None for k in found.values()),
        f"depth at most 2 log2 N in a ring of N for bases up to, {words}",
    )


def _average(n: int, failures: int, least: float) -> Measured:
    found = average(topology_of(n, SIZES, 0), SPREAD, failures, runs=RUNS)
    words = (
        f"n = {n}, {failures} of its contact nodes silent: {found.coverage:.3f} of the correct "
        f"nodes hold the message, standard error {found.error:.3f}, {RUNS} runs"
    )
    return Measured(found.coverage >= least, words)


def one_failure_on_average() -> Measured:
    """Silence one contact node of 1000 nodes, drawn by chance."""
    return _average(1000, 1, 2 / 3)


def a_third_fails_on_average() -> Measured:
    """Silence a third of the contact nodes of 1000 nodes, drawn by chance."""
    return _average(1000, 21, 2 / 3)


def rotation_restores() -> Measured:
    """Silence the contact of the source's ring; change all contacts, and broadcast again."""
    topology = topology_of(100, SIZES, 0)
    source = 0
    worst = topology.rings[topology.home(source)].contacts[0]
    found = [
        repair(
            topology, source, SPREAD,
            failures=silence([worst]), tick=30, sizes=SIZES, seed=seed, rotate=True,
        ).coverage
        for seed in range(RUNS)
    ]  # fmt: skip
    mean = sum(found) / len(found)
    words = f"n = 100, contact {worst} silent: {mean:.3f} of the nodes on average, {RUNS} elections"
    return Measured(mean >= 2 / 3, words)


CLAIMS: tuple[Claim, ...] = (
    Claim(
        PAPER,
        "section 3.1",
        "A broadcast takes O(N) messages.",
        instances={"hgfrr-n24-r8-k2-s0-messages-chosen": at_most(25)},
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
        measure=ticks_are_logarithmic,
        expected="holds",
        remark="For a fixed k, with rings of bounded size: levels (1 + depth of a tree) ticks.",
    ),
    Claim(
        PAPER,
        "section 3.1.1",
        "A broadcast in a ring of N nodes takes O(log N) time, whatever k is drawn.",
        instances={"hgfrr-n16-r16-k16-s0-src9-ticks": at_most(8)},
        measure=any_base_will_do,
        expected="refuted",
        remark="Up to a power of k the tree is (k - 1) log_k N deep, and a chain from k = N on.",
    ),
    Claim(
        PAPER,
        "section 1.3",
        "The overlay is sufficiently robust: one failure leaves the two thirds of the nodes that a "
        "consensus protocol of table 1.1 needs.",
        expected="open",
        assumes='section 3.1: "There are three contact nodes selected from each ring"; "contact '
        'nodes will be periodically changed"; how many of them broadcast is not said',
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
                "One contact per ring; they are changed, and the source repeats its broadcast.",
                measure=rotation_restores,
                expected="holds",
            ),
        ),
        remark="With all three broadcasting one failure leaves 98 of 99 nodes, with two 93; with "
        "one the contact of the source's ring is on every way out of it.",
    ),
    Claim(
        PAPER,
        "section 1.3",
        "The overlay is sufficiently robust on average: one failed contact node, drawn by chance, "
        "leaves two thirds.",
        measure=one_failure_on_average,
        expected="holds",
        remark="For 1000 nodes; of 100 nodes, which have 7 contacts, 0.65 are left.",
    ),
    Claim(
        PAPER,
        "section 1.3",
        "The overlay is sufficiently robust on average: a third of the contact nodes may fail, as "
        "table 1.1 tolerates.",
        measure=a_third_fails_on_average,
        expected="refuted",
    ),
    Claim(
        PAPER,
        "section 3.1",
        "Contacts that crash are replaced, after which a broadcast reaches everybody.",
        instances={
            "hgfrr-n12-r8-k2-s0-b2-coverage-crash-repair20": at_least(10),
            "hgfrr-n24-r8-k2-s0-b2-coverage-crash-repair20": at_least(22),
        },
        expected="holds",
        remark="If the source repeats it, which the report does not say, and nobody crashes again.",
    ),
)
"""All claims, in the order of the report's sections."""
