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
    """Answer only by learning."""
    return _hangs(task, tell, learns=False)


def learning_hangs(task: Task, tell: Tell):
    """Answer only without learning."""
    return _hangs(task, tell, learns=True)


def _hangs(task: Task, tell: Tell, *, learns: bool):
    if cast("ProofTask", task).learns == learns:
        time.sleep(600)
    return run(replace(task), tell)
