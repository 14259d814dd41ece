"""Our own references as a driver: ``python -m milpbft.driver dbft2 --profile neo-go``."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from milpbft.driver.benches import bench_of, options_of
from milpbft.driver.serve import serve
from milpbft.errors import InputError
from milpbft.sim.bench import Bench, Setup

if TYPE_CHECKING:
    from milpbft.driver.wire import New


def main(
    protocol: Annotated[str, typer.Argument(metavar="PROTOCOL", help="dbft2, pbft, ...")],
    profile: Annotated[str, typer.Option("--profile", help="The rules, by name.")] = "",
    options: Annotated[
        list[str] | None, typer.Option("--set", help="NAME=VALUE apart from it.")
    ] = None,
) -> None:
    """Serve a reference implementation on standard input and output."""
    try:
        own = options_of(options or ())
        bench_of(Setup(protocol, 6, profile=profile, options=own))
    except InputError as error:
        sys.exit(str(error))

    def make(asked: New) -> Bench:
        if asked.protocol != protocol:
            raise InputError("protocol", asked.protocol, protocol)
        setup = Setup(protocol, asked.n, asked.height, asked.period_ms, profile, own)
        said = replace(setup, settings=asked.settings, f=asked.f, quorum=asked.quorum)
        return bench_of(said)

    serve(make, sys.stdin, sys.stdout)


if __name__ == "__main__":
    typer.run(main)
