"""Replicas of the market that start again: they end as the others, and bind a primary as before."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from milpbft.errors import InputError
from milpbft.question.files import parse_instance
from milpbft.v2v.catalogue import market_of
from milpbft.v2v.command import app
from milpbft.v2v.reference.staged import Staged
from milpbft.v2v.replicated import NODES, STEPS, Played, Script, play
from milpbft.v2v.traffic import Again, differences, served

if TYPE_CHECKING:
    from milpbft.v2v.market import MarketData

PROTOCOLS = tuple(STEPS)


@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_replica_that_starts_again_ends_as_the_others(protocol: str, log: bool):
    """Any node at some tick, the primary too: all are served, and no state differs."""
    for seed, tick in enumerate((3, 9, 22, 41)):
        again = [Again(seed % 4, tick, log=log)]
        service = served(protocol, seed, count=5, ticks=1500, again=again)
        assert service.served
        assert differences(service, list(range(4))) == ""
        heights = [service.executed(node)[-1].sequence for node in range(4)]
        assert max(heights) - min(heights) <= 8, "as far as a checkpoint behind at most"


@pytest.mark.slow
@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_replica_that_starts_again_at_any_tick_ends_as_the_others(protocol: str, log: bool):
    """Every node at every tick, one run each."""
    for node in range(4):
        for tick in range(60):
            service = served(protocol, 7, count=4, ticks=1500, again=[Again(node, tick, log=log)])
            assert service.served, (node, tick)
            assert differences(service, list(range(4))) == "", (node, tick)


# ---- a Byzantine primary


@cache
def market() -> MarketData:
    return market_of("c1")


def held(protocol: str, again: tuple[Again, ...]) -> Played:
    """Hold s1 for a slot more than P = 2 allows, while others are served."""
    by_name = {order.name: order for order in market().orders}
    slots = {2: by_name["s2"], 3: by_name["b"], 4: by_name["s1"]}
    return play(protocol, Script(Staged(market(), first=NODES), slots, 2, 5, again))


def deposed(played: Played) -> bool:
    """Whether the primary has lost its view: n - f nodes have left it."""
    return sum(view > 0 for view in played.views) >= NODES - 1


@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_one_backup_that_starts_again_buys_no_slot(protocol: str, log: bool):
    """Whichever it is and whenever: where the two others, f + 1, have left, no quorum goes on."""
    assert deposed(held(protocol, ()))
    for node in (1, 2, 3):
        for tick in range(node, 5 * STEPS[protocol] + 1, 7):
            assert deposed(held(protocol, (Again(node, tick, log=log),))), (node, tick)


@pytest.mark.slow
@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_one_backup_that_starts_again_at_any_tick_buys_no_slot(protocol: str, log: bool):
    """The same at every tick."""
    for node in (1, 2, 3):
        for tick in range(1, 5 * STEPS[protocol] + 1):
            assert deposed(held(protocol, (Again(node, tick, log=log),))), (node, tick)


@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_two_backups_that_start_again_let_the_primary_go_on(protocol: str, log: bool):
    """As many as f + 1: at some tick their timers start anew together, and the view stays."""
    ticks = range(2, 5 * STEPS[protocol] + 1, 4)
    pairs = [tuple(Again(node, tick, log=log) for node in (1, 2)) for tick in ticks]
    kept = [held(protocol, pair) for pair in pairs]
    assert any(not deposed(played) and played.orders == ("s2", "b", "s1") for played in kept)


# ---- questions and commands


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("v2vorder-p3-victim-amnesia1-c1", "timers of f"),
        ("v2vmatch-cost-reload1-a1", "no node"),
        ("v2vworst-n3-l4-worst-amnesia1-k1", "no node"),
        ("besttree-n10-p1-ticks-kary-amnesia1", "hgfrr has"),
        ("powmcut-g2-t12-w6-twice-amnesia1-rates-1x2", "powmfail has"),
        ("dissemination-n12-f2-s0-b1-coverage-reload1", "no ticks"),
        ("churn-n12-r4-k2-s0-b1-t12-coverage-leave-amnesia1", "rings that change"),
    ],
)
def test_questions_without_nodes_that_start_again_say_why(name: str, why: str):
    """One line, with the reason of the family."""
    with pytest.raises(InputError, match=why) as error:
        parse_instance(name)
    assert error.value.field == "instance"
    assert "\n" not in str(error.value)


def test_the_command_lets_a_replica_start_again():
    """All are served; two nodes, or one beside a liar, are refused."""
    runner = CliRunner()
    run = ["run", "--seed", "1", "--requests", "4"]
    assert runner.invoke(app, [*run, "--restart", "2@12"]).exit_code == 0
    assert runner.invoke(app, [*run, "--reload", "1@12"]).exit_code == 0
    for wrong in (["--restart", "1@9", "--reload", "2@9"], ["--restart", "4@9"],
                  ["--restart", "1@9", "--byzantine", "3"]):  # fmt: skip
        result = runner.invoke(app, [*run, *wrong])
        assert isinstance(result.exception, InputError)
