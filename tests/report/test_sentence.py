"""Sentences say what an optimum means, and what it rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from milpbft.cases import Case, shipped
from milpbft.question.named import NamedQuestion
from milpbft.question.objective import PUBLISHED, Objective
from milpbft.registry import BUILT_IN, load
from milpbft.room import room_of

if TYPE_CHECKING:
    from milpbft.question.part import Question

MEANT = [
    ("dbft2-strict-n4-v2-c1-undecided", 0, ["No: with one crash", "views 0 and 1", "any view"]),
    ("dbft2-strict-n4-v2-c1-undecided", 2, ["Yes: ", "2 correct nodes undecided", "any length"]),
    ("dbft2-strict-n4-v2-undecided-never", 1, ["without faults", "never returns"]),
    ("dbft2-strict-n4-v2-b1-forks", 1, ["No: ", "one block at most"]),
    ("dbft2-strict-n4-v2-b1-forks", 0, ["No: ", "not even one"]),
    ("dbft2-strict-n7-v3-b2-e2-forks", 2, ["Yes: ", "views 0 to 2", "two proposals compete"]),
    ("dbft2-strict-n4-v2-c1-faults_lock", 0, ["no fault at all", "liveness lock"]),
    ("dbft2-strict-n4-v2-b1-faults_fork", None, ["No: with at most one Byzantine", "no fork"]),
    ("pbft-n4-v2-b1-steps_lock-asked", 7, ["7 acts", "once they asked"]),
    ("pbft-n4-v2-b1-steps_lock-nofetch", None, ["no liveness lock", "no block fetch"]),
    ("dbft2-strict-n7-v2-steps_state-4c0.3v1", 20,
     ["which 4 nodes are committed in view 0 and 3 nodes are in view 1", "20 acts"]),
    ("pbft-n4-v2-t9-ticks_lock", 4, ["by tick 4", "none comes earlier"]),
    ("pbft-n4-v2-c1-t9-delay_last-gst0-delta1-timer4", 10, ["by tick 9", "may not have come"]),
    ("pbft-n4-v2-c1-t9-delay_last-gst0-delta1-timer4", 8, ["by tick 8", "up to 9 ticks"]),
    ("pbft-n4-v2-t9-ticks_lock-overlay-r4k2s0", 4, ["over overlay r4k2s0"]),
    ("pbft-n4-v2-c1-t9-faults_lock-gst0-delta1-timer4-overlay-r4k2s0h2", None,
     ["within one tick per hop of overlay r4k2s0h2"]),
    ("dbft2-strict-n4-v2-p3", 1100, ["At 1000 a block and 100 a view", "least", "1100"]),
    ("dbft2-n4-t5-p1-d34", 1400, ["greatest", "published", "3, 4", "1400"]),
    ("povround-nc4-nb3-tb5-t15-bb1-cycles-delta1", 5, ["tick 15 it may be that no correct"]),
    ("povround-nc4-nb3-tb5-t15-bb1-last-delta1", 2, ["2 packing cycles", "every correct node"]),
    ("povround-nc4-nb3-tb5-t15-bb1-blocks", 0, ["No valid block", "any delays"]),
    ("povround-nc4-nb3-tb5-t15-bb1-blocks-lock", 1, ["never adopt two", "lock"]),
    ("povround-nc4-nb3-tb5-t15-bb1-last-delta1", 5, ["some correct node lacks a block"]),
    ("povround-nc4-nb3-tb5-t15-bb1-faults_stop-delta1", 1, ["to let no block come by tick 15"]),
    ("povround-nc4-nb3-tb5-t15-bb1-faults_stop-delta1", None, ["one Byzantine butler cannot"]),
    ("povelection-nc5-nb4-n12-k4-a1-d6-commissioners-same", None, ["No: ", "all alike", "cannot"]),
    ("povelection-nc5-nb4-n12-k4-a1-d6-seats", 0, ["can seat none of 6 friends"]),
    ("povelection-nc5-nb4-n12-k4-a1-d6-seats-dropped2-lost", 1, ["2 ballots left", "lose ties"]),
    ("hgfrr-n12-r4-k2-s0-b1-faults_half", None, ["No: one silent relay cannot keep"]),
    ("hgfrr-n12-r4-k2-s0-messages", 20, ["Without faults", "20 messages at most"]),
    ("powmcut-g2-d1-e1-t12-w2-twice-rates-1x2", 0, ["no nonce is granted twice", "after it"]),
    ("powmcut-g2-d1-e1-t12-w2-twice-rates-1x2", 1, ["one nonce is granted more than once"]),
    ("powmfail-g3-d1-e1-t8-m1-b1-lost-rates-2_1", 0, ["Every granted nonce is hashed"]),
    ("powmelect-w5-k1-share", 3, ["if it may drop no solution"]),
    ("v2vmatch-matched-lossenergy", 0, ["No pair of market lossenergy"]),
    ("v2vorder-p0-blocking-d2", 0, ["cannot leave a blocking pair"]),
    ("v2vstable-pairs-d2", 0, ["no blocking pair at best"]),
    ("dbft21-strict-n4-v2-undecided", 0, ["run of dBFT 2.1 with 4 nodes"]),
    ("sbft-n7-f1-v2-b2-e2-forks", 2, ["quorums made for f = 1"]),
    ("sbft-n6-r1-v1-c2-t14-delay_first-calm-gst0-delta1-collector3", 6,
     ["c = 1", "the collector waits 3 ticks for its fast path", "in some run no sooner"]),
    ("pbft-n4-v2-b2-e2-faults_fork", 2, ["takes 2 Byzantine nodes, and none"]),
    ("pbft-n4-v2-c2-faults_lock", 2, ["takes 2 crashes, and none"]),
    ("pbft-n4-v2-c2-b1-faults_lock", 1,
     ["takes one faulty node (of at most 2 crashes and one Byzantine node)"]),
    ("pbft-n5-v1-b1-e2-forks-quorum-2f+1", 2, ["quorums of 2f+1"]),
    ("povround-nc4-nb3-tb5-t15-illegal", 0, ["without Byzantine nodes", "forged"]),
    ("pbft-n4-v3-b1-t22-delay_first-gst3-delta1-timer4", 19, ["With one Byzantine node, the"]),
    ("pbft-n4-v2-b1-e2-steps_fork-viewquorum-1", 10, ["a quorum of 1 opens a view"]),
    ("dbft2-strict-n4-v1-losses_lock-lossy4", 2, ["lost at most; blocks are fetched; asking"]),
    ("dbft2-n4-t5-p3-d3", 200, ["and 5 instants a view, where delivery property 3 holds, is"]),
    ("povround-nc4-nb3-tb5-t15-bc1-bb1-faults_stop-delta1", 1,
     ["one Byzantine node (of at most one Byzantine commissioner and one Byzantine butler) at"]),
    ("povround-nc4-nb3-tb5-t15-bc2-faults_stop-delta1", 2, ["2 Byzantine commissioners at least"]),
    ("povround-nc4-nb3-tb5-t15-bc2-faults_stop-delta1", 0, ["takes no Byzantine node to let no"]),
    ("povchain-nc4-nb3-h3-bb1-halt-fetch", 1,
     ["With one Byzantine butler, a chain", "(fetch) can stop for ever after one block, and not"]),
    ("povchain-nc4-nb3-h3-bb3-halt", 0, ["can stop for ever before its first block"]),
    ("povchain-nc4-nb3-h3-halt", 3, ["Without Byzantine nodes, a chain", "gets 3 blocks at least"]),
    ("povchain-nc4-nb3-h3-branches", 1, ["No: without Byzantine nodes", "never adopt two"]),
    ("povchain-nc4-nb3-h3-bb1-branches", 6, ["Yes: with one", "can adopt 6 different blocks at"]),
    ("povchain-nc4-nb3-h3-bc1-duties", 0, ["Byzantine butlers make none of 3 blocks"]),
    ("povchain-nc4-nb3-h3-bb2-faults_halt", 1, ["one Byzantine butler at least to let nobody get"]),
    ("povchain-nc4-nb3-h3-bb2-faults_halt", None, ["No: in a chain", "2 Byzantine butlers cannot"]),
    ("povelection-nc20-nb50-n200-k81-d150-seats-scores-trusted50", 31,
     ["the correct ones by scores, for 50 seats, 31 of 150 friends at most can get a seat"]),
    ("besttree-n10-p1-k3-ticks-kary", 4, ["on a tree of base 3, one message"]),
    ("powmfail-g2-d1-e1-t8-m1-b1-twice-rates-1x2", 8, ["At most 8 nonces are granted more"]),
    ("powmfail-g2-d1-e1-x8-ec3-m0-time-rates-1x2", 4, ["no support manager and no failure"]),
    ("v2vworst-n1-pairs-lots", 0, ["loses no pair against"]),
]  # fmt: skip


def meaning(name: str, value: int | None) -> str:
    """Say what an optimum of the instance of that name means."""
    instance = Case.of(name).instance
    return room_of(instance.protocol).meaning(instance, value)


@pytest.mark.parametrize(("name", "value", "words"), MEANT)
def test_a_meaning_says_verdict_faults_views_and_options(
    name: str, value: int | None, words: list[str]
):
    """Whoever has not read the name knows what was asked and what it rests on."""
    said = meaning(name, value)
    assert [word for word in words if word not in said] == []
    assert not said.endswith(".")


@pytest.mark.parametrize(
    ("value", "words"),
    [(9, "can make sellers t5, t9, t10, t20, t30 gain 9"), (0, "cannot make sellers t5, t9,")],
)
def test_several_are_said_to_be_several(value: int, words: str):
    """And what comes to nothing is said to."""
    instance = Case.read(next(shipped().rglob("v2vorder-p0-gain-c3.toml"))).instance
    assert words in room_of("v2vorder").meaning(instance, value)


def questions() -> list[type[Question]]:
    """Return the classes of instances that are built in."""
    return sorted(
        {load(place) for entry in BUILT_IN.values() for place in entry.questions.values()},
        key=lambda question: question.__name__,
    )


@pytest.mark.parametrize("question", questions(), ids=lambda question: question.__name__)
def test_every_objective_has_a_meaning_of_its_own(question: type[Question]):
    """No value of a named objective comes without words."""
    if not issubclass(question, NamedQuestion):
        return
    protocol = question.example.partition("-")[0]
    room = room_of(protocol)
    known = {name for cls, name in getattr(room, "meanings", {}) if cls is question}
    assert known == set(question.objectives)


def test_weights_are_written_as_sums():
    """Signs stand where one reads them."""
    assert PUBLISHED["p4"].sum() == "1000 blocks + 100 views - 1 messages"
    assert Objective(sense="min", views=-100, messages=2).sum() == "-100 views + 2 messages"
    assert Objective(sense="min").sum() == "nothing"
