"""Record in every instance file which checks its value has passed.

    python instances/make_evidence.py [--only TEXT] [--seconds S] [--prove S] [--search KIND]
                                      [--attain S]
                                      [--enumerate S] [--attack RUNS] [--mutants RUNS]
                                      [--stale] [--list]

A file is solved and replayed, a second solver asked, the optimum proven in a certificate that is
verified, and the replicas enumerated and run under random adversaries where that is possible, and
so are replicas with a known fault, which must reach more. What passes is written; what reaches a
limit is not, and is tried again by the next run, as is nothing that has passed. With `--seconds 0`
nothing is solved.
`--prove` goes on where that gave no certificate, and `--attain` where no run was replayed: both
from the expected value, without optimising, on two cores. `--search` names the one kind of search
that `--prove` uses.
`--stale` only drops what was shown of another model than the instance has now, and `--list` only
writes the tables of docs/evidence.md.
"""

from __future__ import annotations

import argparse
from collections import Counter
from contextlib import suppress
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, get_args

from attacking import NotAttackedError, attacked
from enumerating import NotEnumeratedError, enumerated
from mutating import mutated

from milpbft.cases import Case
from milpbft.certify import certify_value
from milpbft.errors import InputError
from milpbft.question.files import Evidence, Kind
from milpbft.solve import attain, solver_for
from milpbft.solvers import Limits, search_kind
from milpbft.suite import Settings, digest, find, run

if TYPE_CHECKING:
    from collections.abc import Iterable

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "evidence.md"
MARK = "<!-- python instances/make_evidence.py --list -->\n"
ENOUGH = 3


def checks_of(case: Case) -> tuple[Kind, ...]:
    """Return the checks that a file says its value has passed."""
    return case.evidence.checks if case.evidence else ()


def possible(case: Case) -> set[str]:
    """Return the checks that a solve can show; where there is no point, there is none to check."""
    assert case.expected is not None, "values of shipped files are known"
    kinds = {"certificate", "second-solver"}
    if case.expected.status == "optimal":
        kinds.add("rows")
    if case.expected.replay == "confirmed":
        kinds.add("replay")
    return kinds


def solved(case: Case, seconds: float, folder: Path) -> None:
    """Solve, replay, ask a second solver and certify, and record what passed."""
    second = "highs" if solver_for(case.instance) != "highs" else "cpsat"
    settings = Settings(limits=Limits(seconds), second=second, certificates=folder)
    outcome = run(case, settings)
    outcome.record()
    for path in folder.iterdir():
        path.unlink()
    if outcome.word == "FAIL":
        raise SystemExit(f"{case.path}: {outcome.verdict}")


def proven(case: Case, seconds: float, folder: Path, search: str | None = None) -> None:
    """Prove the expected value as a cutoff, without optimising, and record what was verified."""
    assert case.expected is not None, "values of shipped files are known"
    path, value = folder / "known.vipr.gz", case.expected.objective
    limits, kind = Limits(seconds, threads=2), search_kind(search)
    found = certify_value(case.instance, value, path, limits, search=kind)
    if found.verdict.status == "refuted":
        raise SystemExit(f"{case.path}: {found.verdict}")
    if found.verdict:
        path.unlink()
        # The certificate has a point of that value, which satisfies every row.
        kinds: tuple[Kind, ...] = ("certificate",) if value is None else ("rows", "certificate")
        shown(case, *kinds, nodes=found.nodes, size=found.size)


def attained(case: Case, seconds: float) -> None:
    """Look for a run of the expected value, and record what it passed; none is a limit."""
    assert case.expected is not None, "values of shipped files are known"
    value = case.expected.objective
    assert value is not None, "there is a point"
    found = attain(case.instance, value, "cpsat", Limits(seconds, threads=2))
    if wrong := [verdict for verdict in found if verdict.status == "refuted"]:
        raise SystemExit(f"{case.path}: {wrong[0]}")
    passed = {verdict.check for verdict in found if verdict}
    kinds: list[Kind] = [kind for kind in get_args(Kind) if kind in passed]
    if kinds:
        shown(case, *kinds)


def counted(case: Case, seconds: int) -> None:
    """Enumerate, and record it where the value is the expected one."""
    assert case.expected is not None, "values of shipped files are known"
    try:
        value = enumerated(case.instance, seconds)
    except NotEnumeratedError:
        return
    if value != case.expected.objective:
        raise SystemExit(f"{case.path}: {value} by enumeration")
    shown(case, "enumeration")


def withstood(case: Case, runs: int) -> None:
    """Run random adversaries, and record it where none of them beats the expected value.

    Where none of their runs does what is asked for, as where nothing does, only if replicas with a
    known fault do under the very same adversaries: else they may be too tame to tell.
    """
    assert case.expected is not None, "values of shipped files are known"
    best = case.expected.objective
    try:
        values = attacked(case.instance, range(runs))
    except (NotAttackedError, InputError):
        return
    better = max if case.instance.objective.sense == "max" else min
    known = [] if best is None else [best]
    if values and (most := better([*values, *known])) != best:
        raise SystemExit(f"{case.path}: {most} by a random adversary")
    if values:
        shown(case, "adversaries")
    elif beaten(case, runs):
        shown(case, "adversaries", "mutants")


def beaten(case: Case, runs: int) -> bool:
    """Run replicas with a known fault; say whether one of them does what sound ones may not."""
    assert case.expected is not None, "values of shipped files are known"
    best = case.expected.objective
    sign = 1 if case.instance.objective.sense == "max" else -1
    with suppress(NotAttackedError, InputError):
        values = mutated(case.instance, range(runs))
        return any(best is None or (value - best) * sign > 0 for value in values)
    return False


def caught(case: Case, runs: int) -> None:
    """Record that replicas with a known fault reach more than the expected value."""
    if beaten(case, runs):
        shown(case, "mutants")


def shown(case: Case, *kinds: Kind, nodes: int | None = None, size: int | None = None) -> None:
    """Write that a value has passed checks; nodes and bytes are those of a certificate."""
    assert case.path is not None, "it was read from a file"
    evidence = Evidence(checks=kinds, nodes=nodes, size=size, model=digest(case.instance))
    (case.evidence or evidence).joined(evidence).write_into(case.path)


def dropped(case: Case) -> bool:
    """Drop the evidence of a file, where it is of another model than the instance has now."""
    assert case.path is not None, "it was read from a file"
    if case.evidence is None or case.evidence.model == digest(case.instance):
        return False
    text = case.path.read_text(encoding="utf-8").partition("\n[evidence]\n")[0]
    case.path.write_text(text.rstrip("\n") + "\n", encoding="utf-8")
    return True


def weak(cases: Iterable[Case]) -> list[str]:
    """Return the table of values with fewer than three checks, or that there are none."""
    found = [(checks_of(case), case.instance.name) for case in cases]
    few = sorted({checks for checks, _ in found if len(checks) < ENOUGH})
    if not few:
        return ["Every value has passed three checks or more."]
    rows = ["| passed | values | which |", "|---|---|---|"]
    for checks in few:
        names = [f"`{name}`" for passed, name in found if passed == checks]
        rows.append(f"| {', '.join(checks) or 'none'} | {len(names)} | {', '.join(names)} |")
    return rows


def totals(cases: list[Case]) -> list[str]:
    """Return the rows of a table: how many values have passed each check."""
    counts = Counter(chain.from_iterable(checks_of(case) for case in cases))
    rows = ["| check | values that have passed it |", "|---|---|"]
    return rows + [f"| `{kind}` | {counts[kind]} of {len(cases)} |" for kind in get_args(Kind)]


def written(cases: list[Case]) -> str:
    """Return what stands below the mark of docs/evidence.md."""
    return "\n".join([*totals(cases), "", *weak(cases), ""])


def main() -> None:
    """Record, or write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="those whose name or file holds this text")
    parser.add_argument("--seconds", type=float, default=10.0, help="of each solver and proof")
    parser.add_argument("--prove", type=float, default=0, help="of a proof of the expected value")
    parser.add_argument("--search", help="the kind of search of such a proof: tree, learning, ...")
    parser.add_argument("--attain", type=float, default=0, help="of a run of the expected value")
    parser.add_argument("--enumerate", type=int, default=10, help="seconds of each enumeration")
    parser.add_argument("--attack", type=int, default=30, help="runs of random adversaries")
    parser.add_argument("--mutants", type=int, default=30, help="runs of replicas with a fault")
    parser.add_argument("--stale", action="store_true", help="only drop what is of another model")
    parser.add_argument("--list", action="store_true", help="only write the table")
    options = parser.parse_args()
    if options.list:
        before = PAGE.read_text(encoding="utf-8").partition(MARK)[0]
        PAGE.write_text(f"{before}{MARK}{written(find([HERE]))}", encoding="utf-8")
        return
    if options.stale:
        print("\n".join(one.instance.name for one in find([HERE], options.only) if dropped(one)))
        return
    with TemporaryDirectory() as scratch:
        for case in find([HERE], options.only):
            assert case.path is not None, "it was read from a file"
            if options.seconds and possible(case) - set(checks_of(case)):
                solved(case, options.seconds, Path(scratch))
            now = Case.read(case.path)
            known = now.expected is not None and now.expected.status != "open"
            if known and "certificate" not in checks_of(now) and options.prove:
                proven(now, options.prove, Path(scratch), options.search)
            now = Case.read(case.path)
            if options.attain and "replay" in possible(now) - set(checks_of(now)):
                attained(now, options.attain)
            now = Case.read(case.path)
            if "enumeration" not in checks_of(now) and options.enumerate:
                counted(now, options.enumerate)
            now = Case.read(case.path)
            if "adversaries" not in checks_of(now) and options.attack:
                withstood(now, options.attack)
            now = Case.read(case.path)
            if "mutants" not in checks_of(now) and options.mutants:
                caught(now, options.mutants)
            now = Case.read(case.path)
            print(f"{now.instance.name:64} {' '.join(checks_of(now))}", flush=True)


if __name__ == "__main__":
    main()
