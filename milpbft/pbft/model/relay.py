"""Relay: what one correct node was shown of Byzantine nodes is in the end everybody's.

Without, a guard is on for ``count + F >= threshold``: Byzantine nodes help whom they like, and owe
nobody anything. With gossip they have sent a message or they have not: tokens count those that
have, in ``zcount``, and a guard is on, and in the end owed, for ``count + zcount >= threshold``.
What they put into a certificate of theirs need not be sent.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, product
from typing import TYPE_CHECKING

from milpbft.automaton.condition import all_of, at_least
from milpbft.automaton.linear import Linear
from milpbft.pbft.model.viewchange import commit, new_view, prepare
from milpbft.table import BYZANTINE, Act, Need, Token
from milpbft.table.maker import Forging
from milpbft.table.need import equivocator, forged

if TYPE_CHECKING:
    from collections.abc import Iterator

    from milpbft.automaton.condition import Condition
    from milpbft.pbft.model.state import State
    from milpbft.pbft.model.variant import Variant
    from milpbft.table import Move

LIE = "lie"
"""What Byzantine nodes do that send a message which needs no backing."""
ASKING = "z_vc"
"""Where the view changes of each Byzantine node begin."""


def relayed(move: Move[State]) -> Move[State]:
    """Return a move with guards over what was sent, by whomever."""
    needs = (Need(_by_all(need.shown), _by_all(need.sent)) for need in move.needs)
    return replace(move, needs=tuple(needs))


def _by_all(condition: Condition) -> Condition:
    (atoms,) = condition.dnf()
    return all_of(at_least(_counting(atom.linear)) for atom in atoms)


def _counting(linear: Linear) -> Linear:
    """``count + F - threshold`` becomes ``count + zcount - threshold``."""
    sizes = {"N", "T", "C"}
    helps = {name for name, _ in linear.terms if name[0] in "Fz"}
    counters = linear.names - sizes - helps
    if not counters:
        return linear
    kept = [(name, by) for name, by in linear.terms if name not in helps]
    lies = sorted({_lied(name) for name in counters})
    return Linear.combine([*kept, *((name, 1) for name in lies)], linear.constant)


def _lied(counter: str) -> str:
    """Name the counter of Byzantine senders; of view changes, whatever they carry."""
    kind, _, rest = counter.partition("_")
    return forged(f"vc_{rest.partition('_')[0]}" if kind == "vc" else counter)


def votes(variant: Variant, *, led: bool, commits: bool) -> Iterator[Token]:
    """Yield the votes, view changes and first proposals that Byzantine nodes can send.

    Parameters
    ----------
    variant
        What the table is made for.
    led
        Whether the primary's proposal is its vote, as in PBFT.
    commits
        Whether there are commits.
    """
    for value in range(variant.values):
        yield proposing(Token.of_primary(Act(LIE, 0, value), new_view(0, value), [()]), led=led)
    for view, value in product(range(variant.views), range(variant.values)):
        voters = BYZANTINE - equivocator(view) if led else BYZANTINE
        yield _vote(prepare(view, value), Act(LIE, view, value), voters)
        if commits:
            yield _vote(commit(view, value), Act(LIE, view, value), BYZANTINE)
    yield _view_changes(variant)


def proposing(token: Token, *, led: bool) -> Token:
    """Count the primary's proposal as its vote as well, where it is one."""
    steps = []
    for step in token.forgings:
        names = (n.replace("zprop_", "zprep_") for n in step.grows if n.startswith("zprop_"))
        steps.append(step._replace(grows=(*step.grows, *names)) if led else step)
    return replace(token, forgings=tuple(steps))


def _vote(counter: str, act: Act, number: Linear) -> Token:
    start = f"z_{counter}"
    return Token(start, number, (Forging(act, start, f"{start}_sent", (), (forged(counter),)),))


def _view_changes(variant: Variant) -> Token:
    """Return the view changes: each Byzantine node asks for any views, in their order.

    For the view after the last one as well: who follows it there is lost to the model.
    """
    views = range(1, variant.views + 2)
    steps = []
    for count in range(len(views)):
        for said in combinations(views, count):
            last = max(said, default=0)
            for view in views[last:]:
                ahead = range(last + 1, view + 1) if variant.ranked else ()
                grows = (forged(f"vc_{view}"), *(forged(f"ahead_{later}") for later in ahead))
                act = Act(LIE, view)
                steps.append(Forging(act, _asked(said), _asked((*said, view)), (), grows))
    return Token(_asked(()), BYZANTINE, tuple(steps))


def _asked(said: tuple[int, ...]) -> str:
    return ASKING + "".join(f"_{view}" for view in said)
