"""What all tests share: no deadlines, what each costs, and which cases are for the slow suite.

``slow_cases.txt`` names cases that cost more than they tell beside others of their function. The
slow suite runs them; ``pytest --costs FILE`` writes what every case costs, for choosing them anew.
"""

from __future__ import annotations

import resource
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from collections.abc import Iterator

# The first call of a property may import.
settings.register_profile("milpbft", deadline=None)
settings.load_profile("milpbft")

SLOW_CASES = Path(__file__).with_name("slow_cases.txt")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the costs be written."""
    parser.addoption("--costs", metavar="FILE", help="add the CPU seconds of each test to FILE")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the cases that are for the slow suite."""
    slow = set(SLOW_CASES.read_text(encoding="utf-8").splitlines())
    for item in items:
        if item.nodeid in slow:
            item.add_marker(pytest.mark.slow)


def cpu_seconds() -> float:
    """Return the CPU time of this process and of its children that ended."""
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in used)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Note what a test costs, with its fixtures."""
    begin = cpu_seconds()
    result = yield
    if (file := item.config.getoption("--costs")) is not None:
        with Path(file).open("a", encoding="utf-8") as costs:
            costs.write(f"{cpu_seconds() - begin:.2f} {item.nodeid}\n")
    return result
