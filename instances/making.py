"""Making: instance files from names, with values that solvers prove and replicas confirm."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from milpbft.question.files import Expected, InstanceFile, parse_instance
from milpbft.solve import solve
from milpbft.solvers import Limits
from milpbft.suite import digest

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from pathlib import Path

    from milpbft.question.part import Question

LIMITS = Limits(seconds=900)
TITLES = {"cbc": "CBC", "cpsat": "CP-SAT", "highs": "HiGHS"}


def expect(instance: Question, solvers: tuple[str, ...] = ("cpsat", "highs")) -> Expected:
    """Solve with each solver, replay each run, and write down what they agree on."""
    results = [solve(instance, name, LIMITS) for name in solvers]
    said = {(result.solution.status, result.solution.objective) for result in results}
    if len(said) > 1 or results[0].solution.status not in {"optimal", "infeasible"}:
        raise SystemExit(f"{instance.name}: {', '.join(solvers)} say {sorted(map(str, said))}")
    for result in results:
        replayed = result.verdict("replay")
        if replayed is not None and not replayed:
            raise SystemExit(f"{instance.name}, {result.solution.solver}: {replayed.reason}")
    by = " and ".join(TITLES[name] for name in solvers)
    source = f"proven by milpbft with {by}, {instance.encoding} encoding"
    ((status, value),) = said
    if status == "infeasible":
        return Expected(status="infeasible", source=source)
    return Expected(status="optimal", objective=value, replay="confirmed", source=source)


def rewrite(path: Path, instance: Question, expected: Expected) -> None:
    """Write an instance file, with the evidence that is there if it is of this value and model."""
    made = InstanceFile(instance=instance, expected=expected)
    evidence = None
    if path.exists():
        before = InstanceFile.read(path)
        said, evidence = before.expected, before.evidence
        same = said is not None and (said.status, said.objective, said.replay) == (
            expected.status, expected.objective, expected.replay)  # fmt: skip
        if not same or evidence is None or evidence.model != digest(instance):
            evidence = None
    made.write(path)
    if evidence is not None:
        evidence.write_into(path)


def make(
    places: Iterable[tuple[Path, str]],
    purpose: str | None,
    *,
    second: bool = True,
    first: Collection[str] = (),
    solvers: tuple[str, ...] = ("cpsat", "highs"),
) -> None:
    """Make the files of `places`, folders and names, or those that the command line asks for.

    Each of `solvers` must prove the same. Without `second`, only CP-SAT solves what is about ticks,
    and alone it solves the names of `first`: others take too long.
    """
    parser = argparse.ArgumentParser(description=purpose)
    parser.add_argument("--only", default="", help="make those whose name holds this text")
    only = parser.parse_args().only
    for folder, name in places:
        if only not in name:
            continue
        instance = parse_instance(name)
        alone = (instance.encoding == "compact" and not second) or name in first
        expected = expect(instance, ("cpsat",) if alone else solvers)
        folder.mkdir(parents=True, exist_ok=True)
        rewrite(folder / f"{instance.name}.toml", instance, expected)
        print(f"{instance.name:64} {expected.status} {expected.objective}", flush=True)
