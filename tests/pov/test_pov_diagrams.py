"""Figures 1 to 5: what the run that they are drawn from has, against the paper's text."""

from __future__ import annotations

from itertools import groupby, pairwise

from milpbft.pov import diagrams
from milpbft.pov.diagrams import RULES


def test_figure_1_has_four_roles():
    """Section III A: commissioners, butlers, candidates and ordinary users."""
    names = [trace.name for trace in diagrams.figure1().data]
    assert names == ["messages", "commissioner", "butler", "candidate", "user"]
    drawn = sum(len(trace.x) for trace in diagrams.figure1().data[1:])
    assert drawn == RULES.n - 1


def test_figure_2_has_the_papers_conversions():
    """A user applies and resigns; a candidate wins an election, and is one again after a tenure."""
    assert set(diagrams.conversions()) == {
        ("user", "candidate"), ("candidate", "butler"), ("butler", "candidate"),
        ("candidate", "user"),
    }  # fmt: skip


def test_figure_3_has_tenures_of_one_more_block_than_ordinary_ones():
    """Section III B: B_w + 1 blocks a tenure, the last special; R names the next butler."""
    ordinary, special = diagrams.figure3().data
    assert (len(ordinary.x), len(special.x)) == (2 * RULES.ordinary, 2)
    chain = diagrams.tenures().nodes[0].chain
    for height, (below, block) in enumerate(pairwise(chain.blocks)):
        seat = (below.random + block.header.cycle - 1) % RULES.butlers
        assert chain.ledgers[height].team[seat] == block.header.producer


def test_figure_4_has_the_steps_in_the_papers_order():
    """S4 to S6 of section III C: to all commissioners, back, to the server, back, to everybody."""
    kinds = ("Proposal", "Signature", "StampRequest", "Timestamp", "Block")
    found = sorted(diagrams.steps(kinds), key=lambda step: step[2])
    assert [kind for kind, _ in groupby(step[0] for step in found)] == list(kinds)
    assert [sum(step[0] == kind for step in found) for kind in kinds] == [4, 4, 1, 1, 6]
    assert len(diagrams.figure4().data) == len(kinds)


def test_figure_5_ends_with_the_timestamp():
    """S2 to S4 of section III G: a quorum of signatures comes before the request."""
    found = diagrams.steps(("Signature", "StampRequest", "Timestamp"))
    asked = next(step for step in found if step[0] == "StampRequest")
    signed = [step for step in found if step[0] == "Signature" and step[4] <= asked[2]]
    assert len(signed) >= RULES.quorum
    assert len(diagrams.figure5().data) == 3
