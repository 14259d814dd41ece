"""The pytest plugin: ``pytest instances/`` runs instance files as tests.

It comes with the entry point ``pytest11`` and does nothing until a file or directory that holds
instance files is named on the command line, or ``milpbft_files`` in the configuration names some:
TOML files of others are none of its business.
"""

from __future__ import annotations

import tomllib
from fnmatch import fnmatch
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from milpbft.cases import Case
    from milpbft.suite import Outcome

COSTS = {"milpbft_cheap": 50_000, "milpbft_dear": 1_000_000}
"""Markers by cost: up to how many nonzeros; above the last, ``milpbft_huge``."""
_HUGE = "milpbft_huge"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options, each with the prefix of milpbft."""
    group = parser.getgroup("milpbft", "instance files of milpbft")
    group.addoption("--milpbft-solver", metavar="NAME", help="solve instance files with it")
    group.addoption("--milpbft-second", metavar="NAME", help="another solver, to agree")
    group.addoption("--milpbft-time-limit", metavar="SECONDS", type=float, help="of a solve")
    parser.addini("milpbft_files", "globs of instance files to collect", "args", [])


def pytest_configure(config: pytest.Config) -> None:
    """Describe the markers."""
    for name, most in COSTS.items():
        config.addinivalue_line("markers", f"{name}: instance of at most {most} nonzeros")
    config.addinivalue_line("markers", f"{_HUGE}: a larger instance")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect an instance file that was asked for."""
    if file_path.suffix != ".toml" or not _asked(file_path, parent.config):
        return None
    return InstanceFile.from_parent(parent, path=file_path)


def _asked(path: Path, config: pytest.Config) -> bool:
    if any(fnmatch(str(path), f"*{glob}") for glob in config.getini("milpbft_files")):
        return True
    named = [Path(str(arg).partition("::")[0]) for arg in config.invocation_params.args
             if not str(arg).startswith("-")]  # fmt: skip
    places = [(config.invocation_params.dir / one).resolve() for one in named]
    inside = any(place == path or (place.is_dir() and place in path.parents) for place in places)
    return inside and _is_instance(path)


def _is_instance(path: Path) -> bool:
    """Whether a TOML file has the table of an instance; a broken one that looks so counts."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return False
    if "[instance]" not in text:
        return False
    try:
        return isinstance(tomllib.loads(text).get("instance"), dict)
    except tomllib.TOMLDecodeError:
        return True


class InstanceFile(pytest.File):
    """An instance file: one test."""

    def collect(self) -> Iterator[pytest.Item]:
        """Read the file; one that is no instance is a test that fails."""
        yield InstanceTest.from_parent(self, name=self.path.stem)


class InstanceTest(pytest.Item):
    """Solves an instance and asserts what its file expects."""

    def __init__(self, **kwargs: Any) -> None:  # noqa: ANN401  (pytest's)
        super().__init__(**kwargs)
        if (cost := self._cost()) is not None:
            self.add_marker(cost)

    @cached_property
    def case(self) -> Case:
        """What the file holds."""
        from milpbft.cases import Case  # noqa: PLC0415  (only who runs instances pays)

        return Case.read(self.path)

    def _cost(self) -> str | None:
        """Return the marker of the cost; None where the file is broken.

        Dimensions are read from the model only where they are asked for: with ``-m``.
        """
        if not self.config.getoption("markexpr", ""):
            return None
        from milpbft.errors import InputError  # noqa: PLC0415
        from milpbft.room import room_of  # noqa: PLC0415

        try:
            nonzeros = room_of(self.case.instance.protocol).model(
                self.case.instance
            ).problem.size.nonzeros  # fmt: skip
        except InputError:
            return None
        return next((name for name, most in COSTS.items() if nonzeros <= most), _HUGE)

    def runtest(self) -> None:
        """Solve, replay, and hold against the expectation."""
        from milpbft.solvers import Limits  # noqa: PLC0415
        from milpbft.suite import Settings, run  # noqa: PLC0415

        option = self.config.getoption
        limits = Limits(option("--milpbft-time-limit"))
        settings = Settings(option("--milpbft-solver"), limits, second=option("--milpbft-second"))
        outcome = run(self.case, settings)
        self.user_properties += _properties(outcome)
        if outcome.word == "limit":
            raise ExpectationError(
                _explained(outcome, f"a limit came first: {outcome.verdict.reason}")
            )
        if outcome.word == "FAIL" or (lost := _lost(outcome)):
            raise ExpectationError(_explained(outcome, "" if outcome.word == "FAIL" else lost))

    def repr_failure(
        self,
        excinfo: pytest.ExceptionInfo[BaseException],
        style: Any = None,  # noqa: ANN401
    ) -> Any:  # noqa: ANN401
        """Say what a reviewer needs; no traceback of milpbft."""
        from milpbft.errors import InputError  # noqa: PLC0415

        if isinstance(excinfo.value, ExpectationError | InputError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Return where it is, and what it is called."""
        return self.path, 0, f"instance {self.name}"


class ExpectationError(AssertionError):
    """An expectation does not hold; its text is the report."""


def _properties(outcome: Outcome) -> list[tuple[str, object]]:
    if outcome.result is None:
        return []
    wanted = ("variables", "rows", "nonzeros", "status", "objective", "bound")
    found = outcome.result.summary()
    return [(f"milpbft_{name}", found[name]) for name in wanted]


def _lost(outcome: Outcome) -> str:
    """Say which evidence the file claims that this run has not confirmed again."""
    recorded = getattr(outcome.case, "evidence", None)
    result = outcome.result
    if recorded is None or result is None:
        return ""
    replayable = outcome.expected is not None and outcome.expected.replay == "confirmed"
    for kind in ("rows", "replay"):
        verdict = result.verdict(kind)
        if kind in recorded.checks and (kind == "rows" or replayable) and not verdict:
            if kind == "rows" and result.solution.status == "infeasible":
                continue
            return f"evidence {kind} of the file was not confirmed: {verdict and verdict.reason}"
    return ""


def _explained(outcome: Outcome, lost: str) -> str:
    """Say what was expected and found, where they differ, the rules, and what changed in them."""
    from milpbft.history import changes_since  # noqa: PLC0415

    expected, result = outcome.expected, outcome.result
    lines = [f"{outcome.name}: {lost or outcome.verdict.reason}"]
    if expected is not None:
        best = "" if expected.objective is None else f" {expected.objective}"
        source = f" ({expected.source})" if expected.source else ""
        lines.append(f"  expected   {expected.status}{best}{source}")
    if result is not None:
        lines.append(f"  found      {result.solution}, by {result.solution.solver}"
                     f" {result.solution.version}")  # fmt: skip
        size = result.size
        lines.append(f"  dimensions {size.variables} variables, {size.rows} rows,"
                     f" {size.nonzeros} nonzeros")  # fmt: skip
        for check in result.checks:
            if check.status != "confirmed":
                lines.append(f"  {check.check:<10} {check.status}: {check.reason}")
        fields = result.instance.model_dump(mode="json")
        rules = ", ".join(f"{name} = {value}" for name, value in fields.items() if value)
        lines.append(f"  rules      {rules}")
    if outcome.case.path is not None and result is not None:
        changed = changes_since(outcome.case.path.resolve(), result.instance.protocol)
        lines += [f"  {'changed' if not k else '':<10} {one}" for k, one in enumerate(changed)]
    lines.append(f"  again      milpbft solve {outcome.case.path} --out worst")
    return "\n".join(lines)
