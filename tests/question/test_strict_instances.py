"""Strict instances: their names say every field, and contradictions are refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from milpbft.dbft.instance import DbftInstance
from milpbft.errors import InputError
from milpbft.question.files import InstanceFile, make_instance, parse_instance
from milpbft.question.objective import GOALS, PUBLISHED

if TYPE_CHECKING:
    from pathlib import Path

TIMED = [name for name, goal in GOALS.items() if goal.timed]


@st.composite
def fields(draw: st.DrawFn) -> dict[str, Any]:
    """Draw fields of an instance that fit together."""
    few = st.integers(0, 2)
    found: dict[str, Any] = {
        "protocol": draw(st.sampled_from(["dbft1", "dbft2"])),
        "n": draw(st.integers(4, 1000)),
        "views": draw(st.integers(1, 4)),
        "crashes": draw(few),
        "byzantine": draw(few),
        "values": draw(st.integers(1, 2)),
        "returns": draw(st.sampled_from(["never", "own-view", "any-view"])),
        "agreement": draw(st.booleans()),
        "fetch": draw(st.booleans()),
    }
    return with_state(draw, timed(draw, found))


def timed(draw: st.DrawFn, found: dict[str, Any]) -> dict[str, Any]:
    """Add an objective, and a network and timers where it is about ticks."""
    few = st.integers(0, 2)
    if not draw(st.booleans()):
        found["returns"] = draw(st.sampled_from([found["returns"], "committed-or-lost"]))
        aims = [name for name in [*GOALS, *PUBLISHED, "min_-1_0_2"] if name not in TIMED]
        return found | {"objective": draw(st.sampled_from(aims))}
    gossip = draw(st.booleans())
    if not gossip:
        found["returns"] = draw(st.sampled_from([found["returns"], "committed-or-lost"]))
    network = draw(st.sampled_from(["asynchronous", "reliable", "synchronous"]))
    if network == "synchronous":
        found |= {"gst": draw(few), "delta": draw(st.integers(1, 9))}
    return found | {
        "network": network,
        "overlay": None if gossip or draw(st.booleans()) else f"r{draw(few) + 4}k2s{draw(few)}",
        "horizon": draw(st.integers(1, 1000)),
        "gossip": gossip,
        "timeout": draw(st.integers(0, 9)),
        "objective": draw(st.sampled_from([*GOALS, *PUBLISHED])),
    }


def with_state(draw: st.DrawFn, found: dict[str, Any]) -> dict[str, Any]:
    """Add a state where the objective is of one; only dBFT 2.0 has them."""
    if not found["objective"].endswith("_state"):
        return found
    state = f"{draw(st.integers(0, 99))}c0.{draw(st.integers(0, 99))}v{found['views'] - 1}"
    return found | {"protocol": "dbft2", "state": state}


@given(fields())
def test_a_name_says_every_field(said: dict[str, Any]):
    """Parsing the name of an instance gives the instance."""
    instance = DbftInstance.make(said)
    assert parse_instance(instance.name) == instance


def test_a_file_says_every_field(tmp_path: Path):
    """Writing and reading an instance file gives the instance."""
    instance = parse_instance("dbft2-strict-n7-v2-b2-t20-delay_last-reliable-timer6")
    path = tmp_path / "instance.toml"
    InstanceFile(instance=instance).write(path)
    assert InstanceFile.read(path).instance == instance


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("dbft2-strict-n4-v2-ticks_lock", "horizon"),
        ("dbft2-strict-n4-v2-undecided-reliable", "horizon"),
        ("dbft2-strict-n4-v2-undecided-timer4", "horizon"),
        ("dbft2-strict-n4-v2-t0-undecided", "horizon"),
        ("dbft2-strict-n4-v5-undecided", "views"),
        ("dbft2-strict-n4-v2-c3-b2-undecided", "byzantine"),
        ("dbft2-strict-n4-v2-t9-undecided-delta0", "delta"),
        ("dbft2-strict-n4-v2-n7-undecided", "instance"),
        ("dbft2-strict-n4-v2-undecided-never-own-view", "instance"),
        ("dbft2-strict-n4-v2-t9-undecided-reliable-gst3", "instance"),
    ],
)
def test_contradictions_are_refused(name: str, field: str):
    """The error names the field that is in the way."""
    with pytest.raises(InputError) as caught:
        parse_instance(name)
    assert caught.value.field == field


def test_delays_belong_to_one_network():
    """GST and delay bound are refused elsewhere."""
    with pytest.raises(InputError, match="network"):
        parse_instance("dbft2-strict-n4-v2-t9-undecided", gst=4)


@pytest.mark.parametrize(
    ("fields", "views"),
    [
        ({"timeout": 6, "horizon": 4}, 1),
        ({"timeout": 6, "horizon": 5}, 2),
        ({"timeout": 6, "horizon": 16}, 2),
        ({"timeout": 6, "horizon": 17}, 3),
        ({"timeout": 1, "horizon": 40}, 4),
        ({"timeout": 1, "horizon": 40, "protocol": "sbft"}, 2),
        ({"timeout": 1, "horizon": 40, "views": 3}, 3),
        ({"horizon": 40}, 2),
    ],
)
def test_timers_say_how_many_views_there_can_be(fields: dict[str, Any], views: int):
    """In v views T (2^v - 1) ticks pass, the first of them at tick -1; 2 views without timers."""
    asked = {"protocol": "pbft", "n": 4, "objective": "delay_first", "network": "synchronous"}
    instance = make_instance(asked | fields)
    assert instance.model_dump()["views"] == views
