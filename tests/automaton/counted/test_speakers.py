"""Kinds of senders, by what they said that counts for the same."""

from __future__ import annotations

from milpbft.automaton.counted.speakers import Speaker, several, speakers
from milpbft.dbft.instance import DbftInstance
from milpbft.dbft.model import strict
from milpbft.pbft.instance import PbftInstance
from milpbft.pbft.model.strict import table_of
from milpbft.question.files import parse_instance


def kinds_of(name: str) -> tuple[dict[str, set[int]], dict[tuple[str, str], set[str]]]:
    """Return what counts for the same, and by what was said and may be lost: where nodes are."""
    instance = parse_instance(name)
    assert isinstance(instance, PbftInstance)
    table = table_of(instance)
    shared = {counter: set(views) for counter, views in several(table).items()}
    return shared, {_text(kind): set(count.names) for kind, count in speakers(table).items()}


def _text(kind: Speaker) -> tuple[str, str]:
    said, lossy = ("".join(map(str, sorted(views))) for views in kind[1:])
    return said, lossy


def test_in_one_view_everything_counts_by_one_message():
    """There is one view change that anybody sends."""
    assert kinds_of("pbft-n4-v1-losses_lock-lossy3") == ({}, {})


def test_who_asked_for_both_views_counts_twice_for_the_first():
    """All that was said may be lost; a location is there for one kind alone."""
    shared, kinds = kinds_of("pbft-n4-v2-losses_lock-lossy3")
    assert shared == {"ahead_1": {1, 2}}
    assert kinds.keys() == {("1", "1"), ("2", "2"), ("12", "12")}
    assert sum(map(len, kinds.values())) == len(set.union(*kinds.values()))


def test_a_table_may_count_who_said_what():
    """Of dBFT: who asked in view 0 alone, in view 1 alone, and in both."""
    instance = parse_instance("dbft2-strict-n4-v2-losses_lock-lossy3")
    assert isinstance(instance, DbftInstance)
    table = strict.table_of(instance)
    assert set(several(table)) == {"ask_0"}
    assert {_text(kind): str(count) for kind, count in speakers(table).items()} == {
        ("0", "0"): "ask_0 - ask_1",
        ("1", "1"): "-ask_0_1 + ask_1",
        ("01", "01"): "ask_0_1",
    }


def test_what_is_said_again_is_not_lost():
    """In its view a node says its view change again; who has crashed says nothing."""
    _, kinds = kinds_of("pbft-n4-v2-c1-losses_lock-asked-resent-lossy3")
    waiting = {place for place in kinds["12", "1"] if "left" not in place}
    assert waiting
    assert all("_2W" in place for place in waiting)
    assert all("_1" in place for place in kinds["1", ""])
    for said in ("1", "12"):
        assert all("crashed" in place for place in kinds[said, said])
