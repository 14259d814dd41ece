"""Searches of which some never end; they run in the search's process."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, cast

from solvers.certify import search
from solvers.certify.worker import run

if TYPE_CHECKING:
    from solvers.certify.task import Kind, ProofTask
    from solvers.task import Task, Tell


def only_tree(task: Task, tell: Tell):
    """Answer by the branch and bound alone."""
    return _only("tree", task, tell)


def only_planes(task: Task, tell: Tell):
    """Answer by cutting planes alone."""
    return _only("planes", task, tell)


def only_learning(task: Task, tell: Tell):
    """Answer by learning alone; the branch and bound gives up, others hang."""
    if cast("ProofTask", task).kind == "tree":
        return run(replace(task, seconds=0), tell)
    return _only("learning", task, tell)


def split_at_once(task: Task, tell: Tell):
    """Split the tree from the first node on."""
    search._WITHOUT_CUTS = 0
    return run(task, tell)


def _only(kind: Kind, task: Task, tell: Tell):
    if cast("ProofTask", task).kind != kind:
        time.sleep(600)
    return run(replace(task), tell)
