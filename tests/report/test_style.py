from __future__ import annotations

from milpbft.report.style import styles


def test_kinds_of_dbft_keep_their_colours():
    """A kind looks the same whichever other kinds a schedule has."""
    assert styles(["Commit", "Vote"])["Commit"] == styles(["Commit", "ChangeView"])["Commit"]


def test_styles_do_not_depend_on_order():
    """Two pictures of one protocol agree, whatever message came first."""
    assert styles(["Vote", "Echo"]) == styles(["Echo", "Vote"])


def test_letters_are_distinct():
    """Kinds with one initial, or the initial of an event, get other letters."""
    kinds = ["Commit", "Confirm", "Block", "timeout", "Reply", "ReplyAll", "1", "2"]
    letters = [style.letter for style in styles(kinds).values()]
    assert len(set(letters)) == len(kinds)
    assert not {"B", "t", "X"} & set(letters)


def test_another_proposal_keeps_the_colour_of_its_kind():
    """Commit#1 is drawn in the colour of Commit, with a marker and a letter of its own."""
    found = styles(["Commit", "Commit#1"])
    assert found["Commit#1"].colour == found["Commit"].colour
    assert found["Commit#1"].symbol != found["Commit"].symbol
    assert found["Commit#1"].letter != found["Commit"].letter


def test_kinds_of_a_view_change_can_be_told_apart():
    """Five kinds beside Commit, some for two proposals: no two look the same."""
    kinds = ["PrePrepare", "Prepare", "ViewChange", "PreparedViewChange", "NewView", "Commit"]
    more = [*kinds, "Prepare#1", "NewView#1", "Commit#1"]
    found = styles(more)
    assert len({found[kind].colour for kind in kinds}) == len(kinds)
    assert len({(style.colour, style.symbol) for style in found.values()}) == len(more)
    assert found["Prepare#1"].colour == found["Prepare"].colour
