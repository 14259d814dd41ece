"""What DeNio and Ludwig claim of parallel proof of work, and what is known of it.

Places are numbered as the paper does, with the number of the claim behind them. Where the text
leaves open what it is read for, each reading has its verdict.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from milpbft.claims import Claim, Condition, Measured, Reading, at_least, at_most
from milpbft.powm import measures, runs

PAPER = "Parallel proof of work"
B = "powmfail-g2-d1-e1"
C = "powmcut-g2-d1-e1-t12-w6-twice"
B5 = "powmfail-g4-a2-d1-e1-x16-ec3-m1-b1-f1-time-managers-rates-1x2"
B7 = f"{B}-t8-m1-b1-twice"
HM = "powmfail-g5-d1-e1-x70-ec3-m0-b1-time-managers-solo-rates-1x7"


Verdict = Literal["holds", "refuted"]
By = dict[str, Condition] | Callable[[], Measured]


def _claim(  # noqa: PLR0917  (a table's columns)
    number: int, place: str, sentence: str, expected: Verdict, by: By, remark: str = ""
) -> Claim:
    instances, measure = (by, None) if isinstance(by, dict) else ({}, by)
    where = f"section {place} [{number}]"
    return Claim(PAPER, where, sentence, instances, measure, expected, remark)


def _read(  # noqa: PLR0917
    number: int, place: str, sentence: str, expected: Verdict | Literal["open"],
    readings: dict[str, tuple[Verdict, By]], remark: str = "",
) -> Claim:  # fmt: skip
    found = []
    for words, (verdict, by) in readings.items():
        instances, measure = (by, None) if isinstance(by, dict) else ({}, by)
        found.append(Reading(words, instances, measure, verdict))
    where = f"section {place} [{number}]"
    return Claim(PAPER, where, sentence, expected=expected, remark=remark, readings=tuple(found))


CLAIMS: tuple[Claim, ...] = (
    _claim(1, "III.1, III-E", "Without faults no two grants of a height share a nonce.", "holds",
           {f"{B}-t8-m1-twice-rates-1x2": at_most(0)}, "One cursor."),
    _claim(2, "III.1, IV", "Nor across a takeover after a crash.", "refuted",
           {f"{B7}-rates-1x2": at_most(0)},
           "With sync after the grant, as in the test set-up: the grant is sent, its Sync is not."),
    _claim(3, "III.1", "Nor where supports store a grant before it is sent, or the term is in "
           "the nonce.", "holds",
           {f"{name}-{word}-rates-{r}": at_most(0) for word in ("before", "stride")
            for name, r in ((B7, "1x2"), (C, "1x2"), (f"{C}-eclipse", "1x3"))},
           "It costs a round trip per grant, or space of nonces."),
    _claim(4, "III.1, III-A", "Nor while the network is split.", "refuted",
           {f"{C}-rates-1x2": at_most(0)}, "Both sides issue from one cursor."),
    _claim(5, "III-A.1", "Nor while the manager is cut off from its team alone.", "refuted",
           {f"{C}-eclipse-rates-1x3": at_most(0)},
           "The grants of D + E ticks are unknown to the successor."),
    _claim(6, "III-A.1", "No interruption can occur as a manager fails.", "refuted",
           {f"{B}-x8-ec3-m1-b1-time-managers-rates-1x2": at_most(4)},
           "Miners that are out of nonces are idle for D + E ticks; the ideal is 4."),
    _claim(7, "III-A.1", "No interruption, if miners ask a ticks ahead with a >= b(D+E) + c, "
           "G > a, m >= b, and no failure comes at tick 0.", "holds",
           {B5: at_most(8),
            "powmfail-g5-a4-d1-e1-x16-ec3-m2-b2-f1-time-managers-rates-1x2": at_most(8)},
           "A condition of ours. With a a tick short it takes 9."),
    _claim(8, "IV-B, Fig. 5", "With 8 nodes, one failed manager costs a small increase: the lost "
           "support's share of the work, and D + E.", "holds",
           {"powmfail-g5-d1-e1-x70-ec3-m1-b1-time-managers-hashing-rates-1x6": at_most(14)},
           "ceil(70/6) + 2; the ideal is 10."),
    _claim(9, "IV-B, Fig. 5", "Only a small increase, at most half, in any network.", "refuted",
           {"powmfail-g5-d1-e1-x20-ec3-m1-b1-time-managers-hashing-rates-1": at_most(15)},
           "Three nodes with a hashing support lose half of their rate; the ideal is 10."),
    _claim(10, "IV-B, Fig. 5", "Without supports the rest of a block is mined at solo speed, 7 "
           "times for 8 nodes.", "holds", {HM: Condition("==", 71)}, "D + 70 ticks, not 10."),
    _claim(11, "III.1", "There is never a failure that removes all managers at once: m + 1 "
           "failures cost m + 1 gaps.", "refuted",
           {f"{B}-x8-ec3-m1-b2-time-managers-rates-1x2": at_most(8)},
           "A miner is elected and stops hashing; where an election waits for a new node, no "
           "block ever comes."),
    _read(12, "III-K.3", "A miner that leaves has minimal impact, at most a quarter.", "open", {
        "However few miners there are.":
            ("refuted", {f"{B}-x8-ec3-m1-b1-time-rates-1x2": at_most(5)}),
        "From five equal miners on.":
            ("holds", {f"{B}-x20-m1-b1-time-miners-rates-1x5": at_most(5)}),
        }, "Of two miners one is half; in general R/(R - r_i)."),
    _claim(13, "III-E", "Sets by rate finish in the fewest ticks.", "refuted",
           {"powmassign-u6-p2-ticks-costs-1_10": at_least(10),
            "powmassign-u8-p1-c1-ticks-costs-1x4": at_least(6)},
           "The rule takes 10 and 6 ticks."),
    _read(14, "IV-B, Fig. 1", "Solo time does not depend on the number of nodes.", "open", {
        "All scan one record from one nonce.": ("holds", measures.solo_is_flat),
        "Each has its own record, as in Bitcoin.":
            ("refuted", measures.solo_is_flat_with_own_records),
        }, "With own records it is 1/(p sum r)."),
    _read(15, "IV-B, Fig. 2", "From 3 nodes on managers help, below not.", "open", {
        "Against solo mining of one record.": ("holds", measures.managers_help_from_three),
        "Against solo mining of own records.":
            ("refuted", measures.managers_help_against_own_records),
        }, "The manager does not hash: (n-1)/n of the rate."),
    _read(16, "I, abstract", "Fewer hashes per block than when all compete.", "open", {
        "All compete on one record.": ("holds", measures.fewer_hashes),
        "Each competes on its own record.": ("refuted", measures.fewer_hashes_than_own_records),
        }, "1/p together; n/p on one record, 1/p on own ones."),
    _claim(17, "IV-B, Fig. 3", "Doubling the nodes never doubles the rate.", "refuted",
           measures.doubling_never_doubles, "Table III says otherwise of 4 and 8 nodes."),
    _claim(18, "IV-B.2, Fig. 3", "Overhead per node grows with the number of nodes.", "refuted",
           measures.overhead_grows, "No contention is visible up to 8 nodes."),
    _claim(19, "IV-B", "The more leading zeros, the fewer hashes per second.", "refuted",
           runs.zeros_slow_hashing, "What a block costs beside hashes weighs less."),
    _claim(20, "IV-B, eq. (1)", "A block takes D 2^32 hashes for D up to 2^(256-1).", "refuted",
           measures.bitcoin_equation),
    _read(21, "III-D, algorithm 2", "A valid successor is accepted, a replay of the tip is not.",
          "open", {
        "As printed.": ("refuted", runs.printed_validation),
        "As meant.": ("holds", runs.meant_validation),
        }, "As printed, refuted twice."),
    _read(22, "III-D, algorithm 1", "A list is used up before the next request.", "open", {
        "As printed.": ("refuted", runs.printed_list),
        "As meant.": ("holds", runs.meant_list),
        }, "As printed, a request per hash."),
    _claim(23, "III-K.4", "Asking early does no damage and lowers the miner's chance.",
           "refuted", runs.asking_early, "Twice: where pay is by nonces handed out, it is more."),
    _read(24, "III-J", "Pay is proportional to work.", "open", {
        "By nonces handed out.": ("refuted", runs.pay_by_sets),
        "By hashes below an easier target, without overlap.": ("holds", measures.shares_are_fair),
        }, "Overlap is paid twice; shares are fair in the mean."),
    _claim(25, "III.1, III-C", "Nobody outside can predict the manager better than 1/n.",
           "refuted", measures.unpredictable),
    _claim(26, "III", "Nothing can be done to force a specific node to become a manager: a "
           "coalition manages its share of the work.", "refuted",
           {"powmelect-w2-a1-k1-v1-managed": at_most(8),
            "powmelect-w2-a1-k2-v1-managed": at_most(64)},
           "With the block hash as beacon it drops solutions that elect others."),
    _read(27, "III-C", "No node gains excessive influence.", "refuted", {
        "A manager lies of the others' work.":
            ("refuted", {"powmelect-w3-a1-k2-l1-managed": at_most(54)}),
        "The manager decides whose solution counts (III-K.1).":
            ("refuted", {"powmelect-w4-a1-k2-v1-l1-managed-final": at_most(2048)}),
        }, "With unlimited redraws one election is enough for ever, in the second reading."),
    _claim(28, "III-D", "Each miner has an equal opportunity to become a manager.", "refuted",
           measures.equal_opportunity, "III-C gives more chances to more work."),
    _claim(29, "V", "Less than half of the work never manages half of the epochs.", "refuted",
           {"powmelect-w5-k1-v2-share": at_least(3)},
           "With unlimited redraws from 38.2 % on, (3 - sqrt 5)/2."),
    _claim(30, "V, IV-B.2", "Less than half of the nodes never out-hash the rest.", "refuted",
           measures.never_outhashed, "Where supports are idle."),
    _claim(31, "III.1", "The corrupted manager is expelled, honest ones are not.", "refuted",
           runs.only_the_corrupt_are_expelled,
           "By more than half of the other managers: k liars expel anyone if k > m/2."),
    _claim(32, "III-D", "Pay comes every epoch while a majority of managers is honest.",
           "refuted", runs.pay_comes, "Full consensus: one silent or lying manager stops it."),
    _read(33, "III-K.5", "The rule leaves somebody to elect.", "open", {
        "The manager decides whose solution counts.": ("refuted", runs.somebody_to_elect),
        "Peers validate, and the block is final.": ("holds", runs.peers_finalise),
        }, "For one support."),
    _claim(34, "III-H", "The network scales without limit, messages being linear in nodes.",
           "refuted", measures.scales, "With m = phi n supports they grow as n^2."),
    _read(35, "III-F, V", "Confirmation gets faster with nodes.", "open", {
        "At one difficulty.": ("holds", measures.faster_with_nodes),
        "Difficulty follows the network, as IV-B says.":
            ("refuted", measures.faster_where_difficulty_follows),
        }),
    _claim(36, "III-G", "With bounds, a fee is at most 2 % of any amount.", "refuted",
           measures.fee_is_low, "Not below low/0.02."),
)  # fmt: skip
"""The 36 claims, in 46 readings."""
