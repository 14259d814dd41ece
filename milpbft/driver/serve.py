"""Serve a bench: read commands, line by line, and answer each with a line."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from milpbft.driver.wire import FORMAT, New, Step, command, line_of
from milpbft.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from milpbft.sim.bench import Bench, Json


def serve(make: Callable[[New], Bench], lines: TextIO, answers: TextIO) -> None:
    """Answer commands until there are no more.

    Parameters
    ----------
    make
        Makes a bench for each ``new``.
    lines, answers
        Where commands come from, and where answers go.
    """
    bench: Bench | None = None
    for line in lines:
        try:
            asked = command(line)
            if isinstance(asked, New):
                bench = make(asked)
                answer: Json = {"format": FORMAT, **bench.start()}
            elif bench is None:
                raise InputError("op", asked.op, "new comes first")
            else:
                answer = act(bench, asked)
        except InputError as error:
            answer = {"error": str(error)}
        answers.write(line_of(answer))
        answers.flush()


def act(bench: Bench, step: Step) -> Json:
    """Have a bench do one step."""
    match step.op:
        case "deliver":
            return bench.deliver(step.node, step.msg, more=step.more)
        case "timeout":
            return bench.timeout(step.node, more=step.more)
        case "restart":
            return bench.restart(step.node)
        case "forge":
            return bench.forge(step.lie)
        case "now":
            bench.now(step.now_ms)
            return {}
        case "states":
            return {"states": bench.states()}
