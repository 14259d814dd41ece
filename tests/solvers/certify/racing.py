"""Searches of which one never ends; they run in the search's process."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, cast

from solvers.certify.worker import run

if TYPE_CHECKING:
    from solvers.certify.task import ProofTask
    from solvers.task import Task, Tell


def plain_hangs(task: Task, tell: Tell):
    """Answer only by looking ahead."""
    return _hangs(task, tell, ahead=False)


def ahead_hangs(task: Task, tell: Tell):
    """Answer only without looking ahead."""
    return _hangs(task, tell, ahead=True)


def _hangs(task: Task, tell: Tell, *, ahead: bool):
    if cast("ProofTask", task).ahead == ahead:
        time.sleep(600)
    return run(replace(task), tell)
