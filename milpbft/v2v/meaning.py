"""What optima of the energy market mean; values are in the unit that the notes give."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.question.meaning import counted
from milpbft.v2v.instance import MatchInstance, OrderInstance, StableInstance, WorstInstance

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from milpbft.question.part import Question


def _pairs(i: MatchInstance) -> str:
    return "as many pairs as can be" if i.pairs is None else counted(i.pairs, "pair")


def _matched(i: MatchInstance, value: int) -> str:
    if not value:
        return f"No pair of market {i.market.name} can be matched"
    return f"At most {counted(value, 'pair')} of market {i.market.name} can be matched"


def _cost(i: MatchInstance, value: int) -> str:
    return f"Matching {_pairs(i)} of market {i.market.name} takes travel of {value} at least"


def _consumer(i: MatchInstance, value: int) -> str:
    where = f"where {_pairs(i)} of market {i.market.name} are matched"
    return f"Consumers pay {value} in all at least, {where}"


def _welfare(i: MatchInstance, value: int) -> str:
    return f"The welfare of market {i.market.name} is {value} at most"


def _stable(i: StableInstance, value: int) -> str:
    what = {
        "cost": f"the least travel of a stable matching is {value}",
        "welfare": f"the greatest welfare of a stable matching is {value}",
        "pairs": f"a largest matching leaves {_least(value, 'blocking pair')}",
        "envy": f"a largest matching leaves {_least(value, 'envious buyer')}",
    }
    return f"In market {i.market.name}, {what[i.objective.name]}"


def _least(value: int, noun: str) -> str:
    return f"{counted(value, noun)} at least" if value else f"no {noun} at best"


def _most(value: int, noun: str) -> str:
    return f"{counted(value, noun)} at most" if value else f"no {noun}"


def _order(i: OrderInstance, value: int) -> str:
    about = i.about if i.objective.name in {"victim", "gain"} else ()
    who, many = ", ".join(about), "s" * (len(about) > 1)
    gain = f"can make seller{many} {who} gain {value}, and no more"
    blocking = f"can leave {counted(value, 'blocking pair')}, and no more"
    what = {
        "victim": f"can make buyer{many} {who} pay {value}, and no more",
        "gain": gain if value else f"cannot make seller{many} {who} gain anything",
        "consumers": f"can make consumers pay {value} in all, and no more",
        "matched": f"can bring the number of matched pairs down to {value}, and no further",
        "welfare": f"can bring welfare down to {value}, and no further",
        "blocking": blocking if value else "cannot leave a blocking pair",
    }
    seat = "and may lose its view" if i.seat else "within what keeps its view"
    batch = f", matched in batches of {counted(i.batch, 'slot')}" if i.batch else ""
    return (
        f"A Byzantine primary that orders the requests of market {i.market.name} {seat} (patience "
        f"{i.patience}{batch}) {what[i.objective.name]}"
    )


def _worst(i: WorstInstance, value: int) -> str:
    what = {
        "gap": f"loses at most {value} against the best matching",
        "worst": f"travels {value} at most where {i.most} would do",
        "pairs": f"loses {_most(value, 'pair')} against the best matching",
    }
    length = f" on {i.length} km" if i.length else ""
    orders = f"{counted(i.n, 'sell')} and {counted(i.n, 'buy')}{length}"
    return f"First come, first served with {orders} {what[i.objective.name]}"


MEANINGS: Mapping[tuple[type[Question], str], Callable[..., str]] = {
    (MatchInstance, "matched"): _matched,
    (MatchInstance, "cost"): _cost,
    (MatchInstance, "consumer"): _consumer,
    (MatchInstance, "welfare"): _welfare,
    **{(StableInstance, name): _stable for name in StableInstance.objectives},
    **{(OrderInstance, name): _order for name in OrderInstance.objectives},
    **{(WorstInstance, name): _worst for name in WorstInstance.objectives},
}
"""Sentences by class and objective."""


def _too_many(i: MatchInstance) -> str:
    return f"No: {_pairs(i)} of market {i.market.name} cannot be matched"


UNMET: Mapping[tuple[type[Question], str], Callable[..., str]] = {
    (MatchInstance, name): _too_many for name in MatchInstance.objectives
}
"""The same where there is no such matching."""
