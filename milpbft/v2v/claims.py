"""What the thesis on V2V energy sharing claims of its market, and what is known of it.

What it says of the three protocols themselves is among the claims of the room ``pbft``.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from milpbft.claims import Claim, Measured, Reading, at_least, at_most
from milpbft.v2v.evidence import matching, performance, protocol

if TYPE_CHECKING:
    from collections.abc import Callable

PAPER = "V2V energy market"


def _said(
    place: str,
    sentence: str,
    expected: Literal["holds", "refuted"],
    measure: Callable[[], Measured] | None = None,
    remark: str = "",
    **instances: Any,  # noqa: ANN401
) -> Claim:
    return Claim(PAPER, place, sentence, measure=measure, expected=expected, remark=remark,
                 **instances)  # fmt: skip


MATCHING: tuple[Claim, ...] = (
    _said("sections 4.2 and 8.1", "Replicas that execute the same requests match the same pairs, "
          "as implemented with hash tables.", "refuted", matching.tables_agree,
          "State transfer makes tables anew, which list their entries otherwise."),
    _said("sections 4.2 and 5.4.1", "Replicas that execute the same requests match the same pairs, "
          "with integers and ties by id.", "holds", protocol.replicas_agree,
          "On three protocols, with a lying node or one that was cut off."),
    _said("sections 5.4.1 and 6.3.1", "Without random functions, execution is deterministic.",
          "refuted", matching.floats_agree, "Sums of floats depend on their order."),
    _said("section 6.5", "If an eligible pair exists, a match is made, by the rule as printed.",
          "refuted", matching.printed_matches, "`return nil` at the first pair that is no better."),
    _said("section 6.5", "If an eligible pair exists, a match is made, by the rule as meant.",
          "holds", matching.meant_matches),
    _said("sections 4.1 and 6.5", "The match has the lowest UC and the highest UP of all pairs.",
          "refuted", matching.lowest_and_highest, "Both at once need not exist."),
    _said("section 5.1.1", "The match has the lowest UC, and of those the highest UP.", "holds",
          matching.lexicographic),
    _said("section 4.2", "Providers never sell at a loss, by the profit as printed.", "refuted",
          partial(matching.losses, energy=False), "(5.8) leaves out what the energy was bought "
          "for.", instances={"v2vmatch-matched-loss": at_most(0)}),
    _said("section 4.2", "Providers never sell at a loss, the purchase of the energy counted.",
          "holds", partial(matching.losses, energy=True),
          instances={"v2vmatch-matched-lossenergy": at_most(0)}),
    _said("section 5.1.1", "Matches with a negative UP are discarded by algorithms 2 and 3.",
          "refuted", matching.printed_discards, "They do not test it."),
    _said("section 4.2", "An arriving consumer gets the best deal on the market.", "holds",
          matching.best_deal_on_arrival),
    _said("section 4.2", "A consumer whose order waits gets the best deal that comes.", "refuted",
          matching.best_deal_for_who_waits),
    _said("section 4.2", "Matching satisfies both sides: nobody could leave to mutual gain.",
          "refuted", remark="In D2, if b2's request comes before b1's.",
          instances={"v2vorder-p0-blocking-d2swap": at_most(0)}),
    _said("section 5.4.3", "A request costs O(m n).", "holds", matching.evaluations),
    _said("none: a question", "No seller gains by asking for more.", "refuted",
          matching.asks_more, "Strategy-proofness, which the thesis does not claim."),
)  # fmt: skip

REPLICATION: tuple[Claim, ...] = (
    _said("section 4.2", "Malicious parties cannot change the content of a request.", "holds",
          protocol.requests_cannot_be_changed),
    _said("section 4.2", "Malicious parties cannot tamper with the outcome.", "refuted",
          remark="One Byzantine primary of four orders requests, and keeps its view.",
          instances={"v2vorder-p3-victim-c1": at_most(10), "v2vorder-p1-gain-c3": at_most(0)}),
    _said("section 4.2", "Malicious parties cannot tamper with the outcome, with batches of three.",
          "refuted", remark="Even without patience a batch lets the colluder in.",
          instances={"v2vorder-p0-gain-batch3-c3": at_most(0)}),
    _said("sections 4.2 and 8.1", "The consensus is interchangeable without touching the "
          "application.", "holds", protocol.interchangeable),
    _said("section 4.3", "There is no single point of failure.", "refuted",
          protocol.master_can_do_anything, "The master's key."),
    _said("section 5.2.4", "Reads may skip consensus: f + 1 equal answers show every write that "
          "f + 1 replies vouched for.", "refuted",
          partial(protocol.reads_are_fresh, writes_at_quorum=False), "It takes all n."),
    _said("section 5.2.4", "Reads may skip consensus: f + 1 equal answers show every write that "
          "n - f replies vouched for.", "refuted",
          partial(protocol.reads_are_fresh, writes_at_quorum=True), "It takes n - f."),
    _said("section 3.2", "Requests may be repeated, without numbers.", "refuted",
          protocol.repeats_without_numbers),
    _said("section 3.2", "Requests may be repeated, with numbers.", "holds",
          protocol.repeats_with_numbers),
    _said("section 6.3.4", "No account is overdrawn, whatever orders are open.", "holds",
          protocol.replicas_agree, "Checked on every replica of the same runs.",
          instances={"v2vmatch-matched-a4": at_most(1)}),
    _said("section 5", "Money is neither created nor lost.", "holds", protocol.replicas_agree,
          "Checked on every replica of the same runs."),
    _said("section 8.1", "Every confirmed transaction is in the ledger.", "refuted",
          partial(protocol.all_confirmed_are_in_blocks, seal=False), "Not before a block is full."),
    _said("section 8.1", "Every confirmed transaction is in the ledger, once it is sealed.",
          "holds", partial(protocol.all_confirmed_are_in_blocks, seal=True)),
    _said("section 5.4.4", "A changed block is detected, by the file alone.", "refuted",
          partial(protocol.changes_are_detected, head=False), "It can be rewritten to its end."),
    _said("section 5.4.4", "A changed block is detected, with the head from f + 1 replicas.",
          "holds", partial(protocol.changes_are_detected, head=True)),
    _said("sections 3.3.2 and 7.1", "2f + 1 of n is a safe quorum at every n of chapter 7.",
          "refuted", protocol.quorums_are_safe, "n - f is."),
    _said("sections 7.1 and 8.2", "SBFT cannot run more than 2000 requests.", "refuted",
          protocol.sbft_stops, "The implementation at hand could not."),
)  # fmt: skip

PERFORMANCE: tuple[Claim, ...] = (
    Claim(
        PAPER,
        "section 7.3.1",
        "8 B and 1 kB differ little, and 10 kB almost doubles latency for some n.",
        expected="open",
        remark="It hangs on what a byte costs, which the thesis does not say.",
        readings=(
            Reading("a byte costs 2.5 ns at each end", expected="refuted",
                    measure=partial(performance.sizes_matter, byte=2.5e-9)),
            Reading("a byte costs 6 ns at each end", expected="holds",
                    measure=partial(performance.sizes_matter, byte=6e-9)),
        ),
    ),
    _said("sections 7.3.1 and 7.3.2", "Latency almost doubles while throughput stays the same.",
          "refuted", performance.throughput_stays, "Little's law, for clients that wait."),
    _said("section 7.3.4", "Linear BFT outperforms BFT from 8 nodes on, on one machine.",
          "refuted", partial(performance.outperform, "linear"),
          "At 16 and more it does. At 8 the collector has more to do than all cores have."),
    _said("section 7.3.4", "Linear BFT outperforms BFT from 8 nodes on, on one machine, if shares "
          "come in messages that are not signed besides.", "refuted",
          partial(performance.outperform, "linear", costs=performance.ALONE), "Likewise."),
    _said("section 7.3.4", "Linear BFT outperforms BFT from 8 nodes on, on one machine, with "
          "threshold signatures over pairings.", "refuted",
          partial(performance.outperform, "linear", costs=performance.PAIRINGS),
          "A share takes 0.7 ms."),
    _said("section 7.3.4", "Linear BFT outperforms BFT from 8 nodes on, a processor per node.",
          "refuted", partial(performance.outperform, "linear", "separate", performance.ALONE),
          "The collector handles 5 (n - 1) messages, a node of PBFT 4 (n - 1)."),
    Claim(
        PAPER,
        "section 7.3.4",
        "SBFT outperforms BFT from 8 nodes on, on one machine.",
        expected="open",
        remark="At 8 nodes it hangs on whether shares come in messages that are signed besides.",
        readings=(
            Reading("messages with shares are signed by their senders", expected="refuted",
                    measure=partial(performance.outperform, "sbft")),
            Reading("shares alone are verified", expected="holds",
                    measure=partial(performance.outperform, "sbft", costs=performance.ALONE)),
        ),
    ),
    _said("section 7.3.2", "The gap in throughput is widest at 8 to 32 nodes, as a difference.",
          "holds", partial(performance.widest_gap, ratio=False)),
    _said("section 7.3.2", "The gap in throughput is widest at 8 to 32 nodes, as a ratio.",
          "refuted", partial(performance.widest_gap, ratio=True)),
    _said("section 7.3.1", "With few nodes the difference is negligible.", "holds",
          performance.negligible_at_four),
    _said("section 7.3.2", "At 64 nodes throughput is low for all three.", "holds",
          performance.falls_with_nodes),
    _said("section 7.3.4", "SBFT's fast path and Linear BFT perform alike.", "refuted",
          performance.alike, "Of the protocols: a phase less."),
)  # fmt: skip

WORST: tuple[Claim, ...] = (
    _said("none: a question", "First come, first served travels 2^n - 1 times as far at worst, of "
          "n pairs.", "holds", remark="Kalyanasundaram and Pruhs 1993, at n = 2 and 3.",
          instances={"v2vworst-n2-l2-worst-k1": at_most(3),
                     "v2vworst-n3-l4-worst-k1": at_least(7)}),
)  # fmt: skip

CLAIMS = (*MATCHING, *REPLICATION, *PERFORMANCE, *WORST)
