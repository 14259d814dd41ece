"""Conform: random runs on a driver and on the reference side by side."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from milpbft.driver.benches import bench_of
from milpbft.driver.client import Driver, DriverError
from milpbft.driver.recording import Difference, Recording, compare, differing
from milpbft.driver.runs import CLOCKED, KINDS, STEPS, Chooser
from milpbft.driver.serve import act
from milpbft.driver.shrink import shrunk
from milpbft.driver.wire import Step

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from milpbft.sim.bench import Bench, Json, Setup

SHRINKING = 20.0
"""Seconds that are spent on making the run of a difference shorter."""


@dataclass(frozen=True)
class Outcome:
    """One run.

    Parameters
    ----------
    seed
        It was made of.
    recording
        What the reference did, up to the difference.
    difference
        The first, None where there is none.
    fault
        One line where the driver died, hung or talked nonsense, and the run told nothing.
    """

    seed: int
    recording: Recording
    difference: Difference | None = None
    fault: str = ""

    @property
    def agrees(self) -> bool:
        """Whether both sides did the same to the end."""
        return self.difference is None and not self.fault


@dataclass
class Finding:
    """A kind of difference: how often, and the shortest run that shows it."""

    kind: str
    runs: int
    shortest: Recording
    difference: Difference


@dataclass
class Report:
    """What runs found.

    Parameters
    ----------
    runs, agreeing
        How many were made, and agreed.
    faults
        Lines about the driver, a run each.
    findings
        A kind of difference each, the most frequent first.
    """

    runs: int = 0
    agreeing: int = 0
    faults: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def add(self, outcome: Outcome) -> None:
        """Count a run."""
        self.runs += 1
        self.agreeing += outcome.agrees
        if outcome.fault:
            self.faults.append(f"seed {outcome.seed}: the driver {outcome.fault}")
        if (difference := outcome.difference) is None:
            return
        for known in self.findings:
            if known.kind == difference.kind:
                known.runs += 1
                if len(outcome.recording.steps) < len(known.shortest.steps):
                    known.shortest, known.difference = outcome.recording, difference
                break
        else:
            self.findings.append(Finding(difference.kind, 1, outcome.recording, difference))
        self.findings.sort(key=lambda finding: -finding.runs)


def conform(
    words: str,
    setup: Setup,
    seeds: Sequence[int],
    *,
    patience: float = 10.0,
    steps: int = STEPS,
    keep: Callable[[Recording], None] | None = None,
) -> Report:
    """Compare a driver with the reference.

    Parameters
    ----------
    words
        The command that starts the driver.
    setup
        What the nodes are; heights differ from run to run, as do the kinds of runs.
    seeds
        A run each.
    patience
        Seconds that the driver may take to answer.
    steps
        Inputs of a run.
    keep
        Takes the recording of each run, as the reference did it.
    """
    report = Report()
    with Drivers(words, setup, patience) as drivers:
        for seed in seeds:
            outcome = _once(setup, seed, drivers, steps)
            report.add(outcome)
            if keep is not None:
                keep(outcome.recording)
        for finding in report.findings:
            shrink(finding, setup, drivers)
    return report


class Drivers:
    """A driver that is started again after it failed; a context manager, which ends it."""

    def __init__(self, words: str, setup: Setup, patience: float) -> None:
        self._words, self._setup, self._patience = words, setup, patience
        self._driver: Driver | None = Driver(words, setup, patience)

    def __enter__(self) -> Drivers:
        return self

    def __exit__(self, *_: object) -> None:
        self.drop()

    def get(self, setup: Setup) -> Driver:
        """Return a driver that lives, for nodes of `setup`."""
        if self._driver is None:
            self._driver = Driver(self._words, setup, self._patience)
        self._driver.setup = setup
        return self._driver

    def drop(self) -> None:
        """End the driver; the next run starts another."""
        if self._driver is not None:
            self._driver.close()
        self._driver = None


def record(setup: Setup, seeds: Sequence[int], steps: int = STEPS) -> Iterator[Recording]:
    """Make random runs of the reference alone."""
    for seed in seeds:
        yield _once(setup, seed, None, steps).recording


def _once(setup: Setup, seed: int, drivers: Drivers | None, steps: int) -> Outcome:
    ours, setup = _ours(setup, seed)
    begun = ours.start()
    clocked = "due_ms" in begun["states"][0]
    kinds = [kind for kind in KINDS if clocked or kind not in CLOCKED]
    if not ours.kinds:
        kinds.remove("byzantine")
    kind = kinds[seed % len(kinds)]
    chooser = Chooser(seed, kind, setup, ours.kinds)
    chooser.start(begun["states"], begun["sent"])
    made = Recording(
        kind=kind,
        n=setup.n,
        height=setup.height,
        period_ms=setup.period_ms,
        protocol=setup.protocol,
        start=begun["states"],
        steps=[],
    )
    if chooser.liars:
        made = made.model_copy(update={"byzantine": sorted(chooser.liars)})
    try:
        theirs = drivers.get(setup) if drivers else None
        difference = _at_start(begun, theirs.start()) if theirs else None
        while difference is None and len(made.steps) < steps:
            if (step := chooser.next()) is None:
                break
            answer = act(ours, Step.model_validate(step))
            made.steps.append({**step, **answer})
            chooser.note(step, answer)
            if theirs is not None:
                said = act(theirs, Step.model_validate(step))
                difference = compare(len(made.steps) - 1, made.steps[-1], said)
    except DriverError as error:
        assert drivers is not None, "it failed"
        drivers.drop()
        return Outcome(seed, made, fault=str(error))
    return Outcome(seed, made, difference)


def _ours(setup: Setup, seed: int) -> tuple[Bench, Setup]:
    # Heights differ, so that every node is primary of view 0 in some run.
    setup = replace(setup, height=setup.height + seed % setup.n)
    return bench_of(setup), setup


def _at_start(ours: Json, theirs: Json) -> Difference | None:
    for node, (one, other) in enumerate(zip(ours["states"], theirs["states"], strict=True)):
        if fields := differing(one, other):
            told = ", ".join(f"{name} {other[name]}, expected {one[name]}" for name in fields)
            what = f"node {node} starts with {told}"
            return Difference(at=-1, what=what, kind="start: " + ",".join(fields))
    return compare(-1, {"op": "new", "sent": ours["sent"]}, theirs)


def shrink(finding: Finding, setup: Setup, drivers: Drivers) -> None:
    """Make the run of a finding shorter, as long as it shows a difference of its kind."""
    setup = replace(setup, height=finding.shortest.height)
    until = time.monotonic() + SHRINKING

    def fails(steps: list[Json]) -> tuple[Recording, Difference] | None:
        if time.monotonic() > until:
            return None
        try:
            found = rerun(finding.shortest, steps, bench_of(setup), drivers.get(setup))
        except DriverError:
            drivers.drop()
            return None
        return found if found is not None and found[1].kind == finding.kind else None

    finding.shortest, finding.difference = shrunk(finding.shortest, finding.difference, fails)


def _renumbered(before: Iterable[Json], after: Iterable[Json]) -> dict[int, int]:
    """Return by the number of each message the one of the first like it that is left."""
    left, found = list(after), {}
    for one in before:
        like = next((other for other in left if other["kind"] == one["kind"]), None)
        if like is not None:
            left.remove(like)
            found[one["id"]] = like["id"]
    return found


def rerun(
    original: Recording, steps: list[Json], ours: Bench, theirs: Bench
) -> tuple[Recording, Difference] | None:
    """Run some of the steps of a recording on both sides, up to the first difference.

    Messages are meant as they were in the recording; what was not sent is not delivered.
    """
    begun, told = ours.start(), theirs.start()
    made = original.model_copy(update={"start": begun["states"], "steps": []})
    if (difference := _at_start(begun, told)) is not None:
        return made, difference
    numbers = {message["id"]: message["id"] for message in begun["sent"]}
    for step in steps:
        asked = {k: v for k, v in step.items() if k not in ("sent", "state")}
        if "msg" in asked and asked["msg"] not in numbers:
            continue
        for name in ("msg", "about"):
            if asked.get(name, -1) >= 0:
                asked[name] = numbers.get(asked[name], -1)
        if "carries" in asked:
            asked["carries"] = [numbers[one] for one in asked["carries"] if one in numbers]
        answer = act(ours, Step.model_validate(asked))
        made.steps.append({**asked, **answer})
        numbers |= _renumbered(step.get("sent") or (), answer.get("sent") or ())
        said = act(theirs, Step.model_validate(asked))
        difference = compare(len(made.steps) - 1, made.steps[-1], said)
        if difference is not None:
            return made, difference
    return None
