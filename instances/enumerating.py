"""Enumerating: values of instances by exhaustive search over the replicas, where that ends.

No model and no solver is asked. An instance with an option that its search does not know is left
out: the answer would be that of another question.
"""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

from exploring import NotEnumeratedError, explored

from milpbft.dbft.instance import DbftInstance
from milpbft.errors import InputError
from milpbft.hgfrr.churn import ChurnInstance
from milpbft.hgfrr.enumerate.broadcasts import best as best_broadcast
from milpbft.hgfrr.enumerate.churn import worst as worst_churn
from milpbft.hgfrr.enumerate.trees import best_tree
from milpbft.hgfrr.instance import BroadcastInstance, TreeInstance
from milpbft.pbft.instance import PbftInstance
from milpbft.pov.enumerate.rounds import TooLarge
from milpbft.pov.enumerate.rounds import best as best_round
from milpbft.pov.instance import RoundInstance
from milpbft.powm.electing import ElectInstance
from milpbft.powm.enumerate.answer import answer
from milpbft.powm.instance import AssignInstance, CutInstance, FailInstance
from milpbft.v2v.enumerate.matchings import best_matching_value, best_stable_value
from milpbft.v2v.enumerate.orders import optimum
from milpbft.v2v.enumerate.worst import worst_value
from milpbft.v2v.instance import MatchInstance, OrderInstance, StableInstance, WorstInstance

if TYPE_CHECKING:
    from collections.abc import Iterator

    from milpbft.question.part import Question

_TICKS = 1_000_000
_MICRO = 10**6
_COUNTED = {"blocking", "matched", "pairs", "envy"}  # goals of the market that are no money


def enumerated(instance: Question, seconds: int) -> int | None:
    """Return the value of an instance; None where nothing is feasible.

    Raises
    ------
    NotEnumeratedError
        Where it is not known.
    """
    try:
        with _within(seconds):
            return _value(instance)
    except (InputError, TooLarge) as error:
        raise NotEnumeratedError(str(error)) from None


def _value(instance: Question) -> int | None:
    match instance:
        case DbftInstance() | PbftInstance():
            value = explored(instance)
        case BroadcastInstance() if not (instance.repair or instance.change):
            value = best_broadcast(instance)
        case ChurnInstance():
            value = worst_churn(instance)
        case TreeInstance():
            value = best_tree(instance)
        case RoundInstance():
            value = best_round(instance, _TICKS)
        case AssignInstance() | CutInstance() | ElectInstance() | FailInstance():
            value = answer(instance)
        case MatchInstance() | StableInstance() | OrderInstance() | WorstInstance():
            value = _market(instance)
        case _:
            raise NotEnumeratedError("there is no search")
    return value


def _market(
    question: MatchInstance | StableInstance | OrderInstance | WorstInstance,
) -> int | None:
    goal = question.objective.name
    match question:
        case WorstInstance():
            return worst_value(question)  # in whole minor units already
        case OrderInstance():
            found = optimum(question)
        case MatchInstance():
            found = best_matching_value(question.market, goal, question.pairs)
        case StableInstance():
            found = best_stable_value(question.market, goal)
    return found if found is None or goal in _COUNTED else found // _MICRO


@contextmanager
def _within(seconds: int) -> Iterator[None]:
    def stop(*_: object) -> None:
        raise NotEnumeratedError("it takes too long")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
