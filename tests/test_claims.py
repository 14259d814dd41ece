"""Claims: what a result means for a condition, and what the command says of it."""

from __future__ import annotations

import json
from importlib import import_module
from types import SimpleNamespace

import pytest
import typer
from typer.testing import CliRunner

from milpbft.claims import (
    Claim,
    Condition,
    Measured,
    Reading,
    at_least,
    at_most,
    decide,
    known_claims,
    weigh,
)
from milpbft.commands import console
from milpbft.commands.claims import claims
from milpbft.errors import InputError
from milpbft.milp.solution import Solution
from milpbft.verdict import Verdict

FORK = "povround-nc4-nb3-tb6-t11-blocks"
NO_FORK = "povround-nc3-nb2-tb6-t8-blocks-delta1"
HALVES = "povround-nc4-nb3-tb6-t11-blocks-delta1-side2-cut0"


def claim(*instances: str, bound: Condition | None = None, **fields: object) -> Claim:
    asked = dict.fromkeys(instances, bound)
    return Claim("A paper", "Lemma 1", "Something holds.", asked, **fields)


AT_MOST_ONE = at_most(1)


def result(
    status: str, value: int | None, bound: int | None, *, sense: str, replay: str | None
) -> SimpleNamespace:
    """Return what weigh() reads of a result, as a stub."""
    verdict = None if replay is None else Verdict("replay", replay)
    return SimpleNamespace(
        solution=Solution(status, "stub", "1", value, bound),
        instance=SimpleNamespace(name="stub", objective=SimpleNamespace(sense=sense)),
        verdict=lambda _: verdict,
        schedule=None,
    )


WEIGHED = [
    (("optimal", 1, 1, "max", "confirmed"), AT_MOST_ONE, "holds"),
    (("optimal", 2, 2, "max", "confirmed"), AT_MOST_ONE, "refuted"),
    (("optimal", 2, 2, "max", "refuted"), AT_MOST_ONE, "undecided"),
    (("optimal", 1, 1, "max", "refuted"), AT_MOST_ONE, "holds"),
    (("feasible", 1, 1.5, "max", "confirmed"), AT_MOST_ONE, "undecided"),
    (("feasible", 2, 9, "max", "confirmed"), AT_MOST_ONE, "refuted"),
    (("limit", None, 9, "max", None), AT_MOST_ONE, "undecided"),
    (("limit", None, 1, "max", None), AT_MOST_ONE, "holds"),
    (("error", None, None, "max", None), AT_MOST_ONE, "undecided"),
    (("infeasible", None, None, "max", None), AT_MOST_ONE, "holds"),
    (("infeasible", None, None, "min", None), at_least(4), "holds"),
    (("infeasible", None, None, "min", None), at_most(4), "refuted"),
    (("optimal", 4, 4, "min", "confirmed"), at_least(4), "holds"),
    (("optimal", 3, 3, "min", "refuted"), at_least(4), "undecided"),
    (("optimal", 0, 0, "max", "refuted"), at_least(1), "refuted"),
    (("optimal", 2, 2, "max", "confirmed"), Condition("==", 2), "holds"),
    (("optimal", 2, 2, "max", "refuted"), Condition("==", 2), "undecided"),
    (("feasible", 2, 3, "max", "confirmed"), Condition("==", 2), "undecided"),
]


@pytest.mark.parametrize(("made", "condition", "status"), WEIGHED)
def test_what_a_result_means(made, condition: Condition, status: str):
    """A bound decides alone; a schedule decides only where its replay is confirmed."""
    *values, sense, replay = made
    assert weigh(result(*values, sense=sense, replay=replay), condition).status == status


def test_a_claim_that_holds_and_one_that_does_not():
    """All instances must hold; the one that does not is the witness."""
    assert decide(claim(NO_FORK, bound=AT_MOST_ONE)).status == "holds"
    decision = decide(claim(NO_FORK, FORK, bound=AT_MOST_ONE))
    assert decision.status == "refuted"
    assert [one.status for one in decision.evidence] == ["holds", "refuted"]
    assert decision.witness is not None
    assert FORK in decision.witness.source


def test_measurements_are_evidence():
    """What is measured decides like an instance; a run that comes with it must replay."""
    assert decide(claim(measure=lambda: Measured(True, "so it is"))).status == "holds"
    found = decide(claim(HALVES, bound=AT_MOST_ONE, measure=lambda: Measured(False, "no")))
    assert found.status == "refuted"
    assert found.witness is None


def test_an_unconfirmed_run_decides_nothing(monkeypatch: pytest.MonkeyPatch):
    """A measured run that the reference does not confirm leaves the claim undecided."""
    monkeypatch.setattr(
        import_module("milpbft.claims"), "replay_schedule", lambda _: Verdict("replay", "refuted")
    )
    measured = Measured(False, "no", SimpleNamespace())
    assert decide(claim(measure=lambda: measured)).status == "undecided"


def test_what_is_no_claim():
    """A claim needs something that decides it."""
    with pytest.raises(InputError, match="instances"):
        claim()
    with pytest.raises(InputError, match="filter"):
        known_claims("no paper says this")


def invoke(*words: str):
    app = typer.Typer(cls=console.Commands)
    app.callback()(lambda: None)
    app.command()(claims)
    return CliRunner().invoke(app, ["claims", *words])


@pytest.fixture
def two(monkeypatch: pytest.MonkeyPatch) -> list[Claim]:
    """Let the command know two claims."""
    found = [
        claim(HALVES, bound=AT_MOST_ONE, expected="holds"),
        claim(FORK, bound=AT_MOST_ONE, expected="refuted", remark="It is late."),
    ]
    monkeypatch.setattr("milpbft.commands.claims.known_claims", lambda _: found)
    return found


def test_the_command_prints_verdicts(two, tmp_path):
    """Known verdicts are no failure; witnesses are kept."""
    done = invoke("--out", str(tmp_path))
    assert done.exit_code == 0, done.output
    assert "1 holds, 1 refuted, 0 open, 0 undecided" in done.output
    assert "It is late." in done.output
    assert (tmp_path / "02" / "schedule.json").exists()
    assert not (tmp_path / "01").exists()


def test_the_command_prints_one_object(two):
    """--json is for machines."""
    done = invoke("--json")
    found = json.loads(done.stdout)
    assert [one["status"] for one in found["claims"]] == ["holds", "refuted"]
    assert found["claims"][1]["evidence"][0]["replay"] == "confirmed"


def test_an_unexpected_verdict_is_a_failure(two):
    """The exit code says so."""
    two[:] = [claim(HALVES, bound=AT_MOST_ONE, expected="refuted")]
    done = invoke()
    assert done.exit_code == 1
    assert "(expected: refuted)" in done.output


# ---- readings of a text


def read(*verdicts: str) -> Claim:
    """A claim with one reading per verdict, each measured."""
    readings = [
        Reading(f"reading {k}", measure=lambda holds=verdict == "holds": Measured(holds, "so"))
        for k, verdict in enumerate(verdicts)
    ]
    return Claim("A paper", "Lemma 1", "Something holds.", readings=tuple(readings))


@pytest.mark.parametrize(
    ("verdicts", "status"),
    [
        (("holds", "holds"), "holds"),
        (("refuted", "refuted"), "refuted"),
        (("holds", "refuted"), "open"),
        (("refuted", "holds", "holds"), "open"),
    ],
)
def test_readings_that_differ_leave_a_claim_open(verdicts: tuple[str, ...], status: str):
    """A text that does not settle a claim is no refutation; each reading has its verdict."""
    decision = decide(read(*verdicts))
    assert decision.status == status
    assert tuple(decision.readings.values()) == verdicts
    assert decision.summary()["readings"] == decision.readings


def test_each_reading_is_held_to_its_verdict():
    """A reading with another verdict than the known one is not as expected."""
    reading = Reading("so", measure=lambda: Measured(True, "so"), expected="refuted")
    wrong = Claim("A paper", "Lemma 1", "Something holds.", readings=(reading,))
    assert not decide(wrong).as_expected


def test_a_claim_has_readings_or_else_its_own_instances():
    """Nothing to decide is refused, and so is both."""
    reading = Reading("so", measure=lambda: Measured(True, "so"))
    with pytest.raises(InputError):
        Claim("A paper", "Lemma 1", "Something holds.")
    with pytest.raises(InputError):
        claim(FORK, bound=AT_MOST_ONE, readings=(reading,))
    with pytest.raises(InputError):
        Reading("so")
