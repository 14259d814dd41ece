"""Instances of the overlay: names say every field, and files expect what is found."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from milpbft.errors import InputError
from milpbft.hgfrr.elections import elect, places, read_places, write_places
from milpbft.hgfrr.instance import BroadcastInstance, TreeInstance
from milpbft.hgfrr.room import HGFRR, topology_of
from milpbft.hgfrr.sizes import Sizes
from milpbft.question.files import InstanceFile, parse_instance
from milpbft.suite import Case, Settings, run

FOLDER = Path(__file__).parents[2] / "instances"
FILES = sorted([*(FOLDER / "hgfrr").glob("*.toml"), *(FOLDER / "overlay").glob("*.toml")])
QUICK = ("n12-", "n16-", "n9-", "n10-p", "src95-b1", "strict-n4-v1", "pbft-n4-v1")


def _quick(name: str) -> bool:
    """Whether a file takes a second or two; contacts whom the adversary picks may take more."""
    many = any(word in name for word in ("-c3", "-c2-w2", "beat2", "j1-t6"))
    return any(word in name for word in QUICK) and not many


@st.composite
def broadcasts(draw: st.DrawFn) -> dict[str, Any]:
    """Draw fields of a broadcast that fit together."""
    n = draw(st.integers(2, 1000))
    contacts = draw(st.integers(1, 5))
    chosen = draw(st.booleans())
    return {
        "protocol": "hgfrr",
        "n": n,
        "ring": draw(st.integers(15, 1000)),
        "k": draw(st.integers(2, 9)),
        "k_most": draw(st.sampled_from([9, 12])),
        "contacts": contacts,
        "serving": draw(st.integers(1, contacts)),
        "seed": draw(st.integers(0, 99)),
        "source": draw(st.integers(0, n - 1)),
        "faults": draw(st.integers(0, n - 1)),
        "fault": draw(st.sampled_from(["silent", "crash"])),
        "election": "chosen" if chosen else "drawn",
        "horizon": draw(st.none() | st.integers(1, 1000)),
        draw(st.sampled_from(["amnesia", "reloads"])): draw(st.integers(0, n)),
        "objective": draw(st.sampled_from(["coverage", "ticks", "faults_half"])),
    }


@given(broadcasts())
def test_a_name_says_every_field(said: dict[str, Any]):
    """Parsing the name of an instance gives the instance."""
    instance = BroadcastInstance.make(said)
    assert parse_instance(instance.name) == instance


@pytest.mark.parametrize("graph", ["complete", "cycle", "hypercube", "kary", "rings"])
def test_a_tree_is_named_by_its_graph(graph: str):
    """Base, ring and seed are said where the graph has them."""
    fields: dict[str, Any] = {"kary": {"k": 5}, "rings": {"ring": 6, "seed": 3}}.get(graph, {})
    said = {"protocol": "besttree", "n": 16, "graph": graph, "objective": "ticks", **fields}
    instance = TreeInstance.make(said)
    assert parse_instance(instance.name) == instance


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("hgfrr-n12-coverage-r4", "instance"),
        ("hgfrr-n12-n13-coverage", "instance"),
        ("hgfrr-n12-r4-forks", "objective"),
        ("hgfrr-n12-r3-coverage", "ring"),
        ("hgfrr-n12-k1-coverage", "k"),
        ("hgfrr-n12-src12-coverage", "source"),
        ("hgfrr-n12-b12-coverage", "faults"),
        ("hgfrr-n12-c2-w3-coverage", "serving"),
        ("hgfrr-n12-b1-messages-crash", "fault"),
        ("hgfrr-n12-coverage-amnesia13", "amnesia"),
        ("hgfrr-n12-coverage-amnesia1-reload1", "amnesia"),
        ("hgfrr-n12-b1-coverage-crash-repair20-reload1", "reloads"),
        ("hgfrr-n12-b1-coverage-change40-amnesia1", "amnesia"),
        ("hgfrr-n12-p1-ticks-reload1", "reloads"),
        ("hgfrr-n12-messages-reload1", "objective"),
        ("besttree-n10-ticks-hypercube", "n"),
        ("besttree-n10-k3-ticks", "k"),
        ("besttree-n10-r8-ticks", "graph"),
        ("besttree-n10-src10-ticks", "source"),
    ],
)
def test_contradictions_are_refused(name: str, field: str):
    """The error names the field that is in the way."""
    with pytest.raises(InputError) as error:
        parse_instance(name)
    assert error.value.field == field


def test_elections_read_back():
    """Electing on the places of a topology's own contacts changes nothing; others are refused."""
    topology = topology_of(30, Sizes(9, 3), 2)
    text = write_places(places(topology))
    assert elect(topology, read_places(text)).rings == topology.rings
    for bad in ("0", text.replace(".", ";"), text.replace(text[0], "99", 1), "a"):
        with pytest.raises(InputError):
            elect(topology, read_places(bad))


def test_schedules_need_their_settings():
    """A schedule that does not say its rings cannot be replayed."""
    model = HGFRR.model(parse_instance("hgfrr-n12-r4-k2-s0-coverage"))
    bare = model.schedule(model.problem.upper * 0, "nothing")
    bare.settings.pop("ring")
    with pytest.raises(InputError, match="ring"):
        HGFRR.replay(bare)


def test_the_files_are_those_that_the_script_makes():
    """Every name of the script has its file, and no other is there."""
    script = runpy.run_path(str(FOLDER / "make_hgfrr.py"))
    names = [
        name
        for family in (
            "broadcasts",
            "restarts",
            "churn",
            "links",
            "trees",
            "disseminations",
            "consensus",
            "rounds",
        )
        for name in script[family]()
    ]
    assert sorted(path.stem for path in FILES) == sorted(names)
    for path in FILES:
        assert InstanceFile.read(path).instance.name == path.stem


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(
            path,
            marks=[] if _quick(path.stem) else [pytest.mark.slow],
            id=path.stem,
        )
        for path in FILES
    ],
)
def test_files_expect_what_is_found(path: Path):
    """Solved anew, with a replay."""
    assert run(Case.read(path), Settings()).word == "ok"
