"""Drivers that die, hang or talk nonsense cost one run each, and get one clear line."""

from __future__ import annotations

import re

import pytest

from milpbft.driver.client import Driver, DriverError
from milpbft.driver.conform import conform
from milpbft.errors import InputError
from milpbft.sim.bench import Setup
from tests.driver.drivers import script

SETUP = Setup("dbft2", 4, 40, 1000, "neo-go")
START = (
    "import sys, json\n"
    "state = {'view': 0, 'done': False}\n"
    "sys.stdin.readline()\n"
    "print(json.dumps({'states': [state] * 4}), flush=True)\n"
)
AFTER = {
    "dies": ("raise SystemExit('out of luck')", "ended with exit code 1 at .*: out of luck"),
    "panics": (
        "sys.stderr.write('panic: no request\\n\\ngoroutine 1:\\nmain.go:9 +0x2d\\n'); sys.exit(2)",
        "ended with exit code 2 at .*: panic: no request$",
    ),
    "closes": ("pass", "ended with exit code 0 at"),
    "hangs": ("import time; time.sleep(60)", "no answer to .* within 2 s"),
    "babbles": ("sys.stdin.readline(); print('hello', flush=True)", "no JSON in the answer to"),
    "halves": (
        "sys.stdin.readline()\n"
        "sent = {'id': 0, 'kind': 'Commit\\ud800', 'view': 0, 'sender': 0}\n"
        "print(json.dumps({'sent': [sent], 'state': state}), flush=True)",
        "no JSON in the answer to",
    ),
    "lies": (
        "sys.stdin.readline(); print('[1, 2]', flush=True)",
        "nonsense in the answer to",
    ),
    "skips": (
        "sys.stdin.readline()\n"
        "print(json.dumps({'sent': [{'id': 7, 'kind': 'X', 'view': 0, 'sender': 0}],"
        " 'state': state}), flush=True)",
        "message 7 after -1",
    ),
    "complains": (
        "sys.stdin.readline(); print(json.dumps({'error': 'no such node'}), flush=True)",
        "error at .*: no such node",
    ),
    "forgets": ("sys.stdin.readline(); print('{}', flush=True)", "no state in the answer to"),
}


@pytest.mark.parametrize("fault", AFTER)
def test_a_broken_driver_costs_a_run_and_gets_a_line(fault):
    text, line = AFTER[fault]
    report = conform(script(START + text), SETUP, range(2), patience=2.0)
    assert (report.runs, report.agreeing, report.findings) == (2, 0, [])
    assert len(report.faults) == 2
    for number, told in enumerate(report.faults):
        assert told.startswith(f"seed {number}: the driver ")
        assert "\n" not in told
        assert re.search(line, told), told


def test_too_few_states_are_nonsense():
    text = START.replace("* 4", "* 3")
    with Driver(script(text), SETUP, 5.0) as driver, pytest.raises(DriverError, match="3 states"):
        driver.start()


@pytest.mark.parametrize("words", ["", "   ", "'", "/no/such/driver"])
def test_a_command_that_cannot_start_is_unusable_input(words):
    with pytest.raises(InputError, match="driver"):
        Driver(words, SETUP)
