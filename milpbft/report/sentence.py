"""Sentence: what solving an instance says, for who has not read the name of the instance."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.milp.solution import shown
from milpbft.room import room_of

if TYPE_CHECKING:
    from milpbft.question.files import Expected
    from milpbft.question.part import Question
    from milpbft.result import Result


def sentence(result: Result) -> str:
    """Say in one sentence what was found, what it rests on, and how far it is proven."""
    solution, instance = result.solution, result.instance
    message = f": {solution.message}" if solution.message else ""
    match solution.status:
        case "optimal" | "infeasible":
            said = room_of(instance.protocol).meaning(instance, solution.objective)
            return f"{said}{_replayed(result)}."
        case "feasible":
            best = {"max": "most", "min": "least"}[instance.objective.sense]
            bound = f"the bound is {shown(solution.bound)}"
            return (
                f"Not settled{message}; the {best} found for {instance.name} is "
                f"{solution.objective}, {bound}{_replayed(result)}."
            )
        case "limit":
            return f"Not settled, nothing was found for {instance.name}{message}."
        case _:
            return f"{instance.name} was not solved{message}."


def expected_sentence(instance: Question, expected: Expected) -> str:
    """Say in one sentence what is known of an instance that was not solved."""
    if expected.status == "open":
        best = f"{shown(expected.objective)}, the bound is {shown(expected.bound)}"
        return f"Open: the best known is {best}."
    value = None if expected.status == "infeasible" else expected.objective
    return f"{room_of(instance.protocol).meaning(instance, value)}."


def _replayed(result: Result) -> str:
    replay = result.verdict("replay")
    if replay is None:
        return ""
    if replay:
        return "; replayed on the reference implementation"
    return f"; but the replay is {replay.status}: {replay.reason}"
