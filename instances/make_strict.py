"""Make the instance files of `instances/strict/`, with verdicts that two solvers prove.

    python instances/make_strict.py [--only TEXT]

Questions about dBFT under strict semantics: the fork of dBFT 1.0; of dBFT 2.0 the liveness locks by
variant of the return rule and by fault, forks by number of Byzantine nodes, fewest faults, fewest
acts. Every optimum is proven by CP-SAT and by HiGHS, and its run is replayed.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from milpbft.instance import Expected, InstanceFile, parse_instance
from milpbft.solve import solve
from solvers import Limits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from milpbft.part import Question

FOLDER = Path(__file__).parent / "strict"
LIMITS = Limits(seconds=900)
SIZES = (4, 7, 10, 22, 100)


def names() -> Iterator[str]:
    """Yield the names of the family."""
    for returns in ("", "-own-view", "-never"):
        for faults in ("", "-c1", "-b1"):
            yield f"dbft2-strict-n4-v2{faults}-undecided{returns}"
    for n in (*SIZES, 31):
        yield f"dbft2-strict-n{n}-v2-steps_lock"
    yield "dbft2-strict-n4-v2-undecided-agreement"
    yield "dbft2-strict-n4-v2-steps_lock-own-view"
    yield "dbft2-strict-n7-v2-steps_lock-own-view"
    for n in SIZES:
        f = (n - 1) // 3
        yield f"dbft2-strict-n{n}-v2-c1-steps_lock"
        yield f"dbft2-strict-n{n}-v2-c1-b1-faults_lock"
        yield f"dbft2-strict-n{n}-v1-b{f}-e2-forks"
        yield f"dbft2-strict-n{n}-v1-b{f + 1}-e2-forks"
        yield f"dbft2-strict-n{n}-v1-b{f + 1}-e2-faults_fork"
    yield "dbft2-strict-n4-v2-b1-e2-forks"
    yield "dbft2-strict-n7-v2-b2-e2-forks"
    for n in (4, 7, 100):
        yield f"dbft1-strict-n{n}-v2-forks"
    yield "dbft1-strict-n4-v2-steps_fork"
    yield "dbft1-strict-n4-v1-forks"


def expect(instance: Question) -> Expected:
    """Solve with two solvers and write down what they agree on."""
    first, second = (solve(instance, name, LIMITS) for name in ("cpsat", "highs"))
    ours = [(result.solution.status, result.solution.objective) for result in (first, second)]
    if ours[0] != ours[1]:
        raise SystemExit(f"{instance.name}: CP-SAT says {ours[0]}, HiGHS says {ours[1]}")
    replayed = first.verdict("replay")
    if replayed is not None and not replayed:
        raise SystemExit(f"{instance.name}: {replayed.reason}")
    source = "proven by milpbft with CP-SAT and HiGHS, counted encoding"
    if first.solution.status == "infeasible":
        return Expected(status="infeasible", source=source)
    value = first.solution.objective
    return Expected(status="optimal", objective=value, replay="confirmed", source=source)


def main() -> None:
    """Make all files, or those whose name holds a text."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="make those whose name holds this text")
    only = parser.parse_args().only
    for name in names():
        if only in name:
            instance = parse_instance(name)
            expected = expect(instance)
            folder = FOLDER / instance.protocol
            folder.mkdir(parents=True, exist_ok=True)
            InstanceFile(instance=instance, expected=expected).write(folder / f"{name}.toml")
            print(f"{name:48} {expected.status} {expected.objective}", flush=True)


if __name__ == "__main__":
    main()
