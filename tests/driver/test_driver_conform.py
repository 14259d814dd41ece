"""Our references as drivers, across a process boundary, and drivers with one wrong rule each."""

from __future__ import annotations

import io
import json

import pytest

from milpbft.dbft.reference.production.profile import NEO_GO, PAPER, values
from milpbft.driver.benches import bench_of
from milpbft.driver.conform import conform, record
from milpbft.driver.recording import play
from milpbft.driver.serve import serve
from milpbft.errors import InputError
from milpbft.sim.bench import Setup
from tests.driver.drivers import ours

GO = Setup("dbft2", 4, 40, 1000, "neo-go")
WRONG = [name for name in values() if getattr(NEO_GO, name) != getattr(PAPER, name)]
RARE = {"regained", "inputs"}
"""What random runs hardly meet: the rules have tests of their own."""


def test_our_reference_agrees_with_itself_in_another_process():
    report = conform(ours("dbft2", "--profile", "neo-go"), GO, range(8), steps=80)
    assert (report.runs, report.agreeing) == (8, 8)
    assert not report.faults


def test_a_wrong_rule_is_found_and_shown_in_a_short_run():
    driver = ours("dbft2", "--profile", "neo-go", "--set", "guard=preparations")
    report = conform(driver, GO, range(12))
    assert 0 < report.agreeing < 12
    finding = report.findings[0]
    assert "PrepareResponse" in finding.kind
    assert len(finding.shortest.steps) < 20
    assert play(finding.shortest, bench_of(GO)) is None
    wrong = Setup("dbft2", 4, finding.shortest.height, 1000, "neo-go", {"guard": "preparations"})
    difference = play(finding.shortest, bench_of(wrong))
    assert difference is not None
    assert difference.kind == finding.kind


@pytest.mark.slow
@pytest.mark.parametrize("option", [name for name in WRONG if name not in RARE])
def test_every_wrong_rule_is_found(option):
    driver = ours("dbft2", "--profile", "neo-go", "--set", f"{option}={getattr(PAPER, option)}")
    report = conform(driver, GO, range(80))
    assert report.findings, option
    assert not report.faults


SLOW = [pytest.param(name, marks=pytest.mark.slow) for name in ("linear", "sbft", "dbft21", "pov")]


@pytest.mark.parametrize("protocol", ["pbft", *SLOW])
def test_other_protocols_are_driven_too(protocol):
    setup = Setup(protocol, 6 if protocol == "pov" else 4)
    report = conform(ours(protocol), setup, range(3), steps=60)
    assert (report.runs, report.agreeing, report.faults) == (3, 3, [])


def test_what_is_recorded_is_reproduced():
    for one in record(GO, range(4)):
        assert one.steps
        assert play(one, bench_of(one.setup("neo-go"))) is None
        assert json.loads(one.line())["kind"] == one.kind


def test_commands_that_make_no_sense_are_answered_with_an_error():
    lines = io.StringIO(
        '{"op":"deliver","node":0,"msg":0}\nxx\n{"op":"new","protocol":"dbft2","n":4}\n'
        '{"op":"deliver","node":0,"msg":9}\n{"op":"timeout","node":9}\n{"op":"states"}\n'
    )
    answers = io.StringIO()
    serve(lambda new: bench_of(Setup("dbft2", new.n, profile="neo-go")), lines, answers)
    told = [json.loads(line) for line in answers.getvalue().splitlines()]
    assert ["error" in answer for answer in told] == [True, True, False, True, True, False]


@pytest.mark.parametrize(
    ("setup", "field"),
    [
        (Setup("dbft2", 4, profile="go"), "profile"),
        (Setup("dbft2", 4, options={"guards": "hold"}), "option"),
        (Setup("dbft2", 4, options={"guard": "none"}), "guard"),
        (Setup("pbft", 4, profile="neo-go"), "profile"),
        (Setup("hgfrr", 4), "protocol"),
        (Setup("pov", 5, profile="neo-go"), "profile"),
    ],
)
def test_setups_that_make_no_sense_are_unusable_input(setup, field):
    with pytest.raises(InputError, match=field):
        bench_of(setup)
