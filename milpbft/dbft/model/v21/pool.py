"""What Byzantine nodes can put into the pool of dBFT 2.1: tokens, since the pool counts senders.

Each sends at most one message of a kind in a view; a Byzantine primary's request is its
preparation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.automaton.linear import Linear
from milpbft.table import BYZANTINE, Act, Forging, Token

if TYPE_CHECKING:
    from collections.abc import Iterator

Kinds = tuple[str, ...]
"""Counters that grow with one message."""


def tokens(views: int) -> Iterator[Token]:
    """Yield the tokens of every view: who says any of two things counts in their union too."""
    for view in range(views):
        primary = Linear.of(f"F_{view}")
        yield _token(view, "backup", BYZANTINE - primary, (("cv1",), ("prep",)), ("asked",))
        yield _token(view, "primary", primary, (("cv1",), ("prep", "req")), ("asked",))
        yield _token(view, "second", BYZANTINE, (("cv2",), ("com",)), ("late",))
        yield _token(view, "third", BYZANTINE, (("cv3",),))


def _token(
    view: int, name: str, number: Linear, says: tuple[Kinds, ...], union: Kinds = ()
) -> Token:
    """Make a token that sends one or both of two things."""
    start = _place(view, name)
    steps: list[Forging] = []
    for said in says:
        once = _place(view, name, said)
        steps.append(_send(view, start, once, (*said, *union)))
        steps += [
            _send(view, once, _place(view, name, *says), more) for more in says if more != said
        ]
    return Token(start, number, tuple(steps))


def _place(view: int, name: str, *said: Kinds) -> str:
    """Name a location of tokens."""
    return "_".join(["byz", name, *(kinds[0] for kinds in said), str(view)])


def _send(view: int, source: str, target: str, kinds: Kinds) -> Forging:
    """Let messages come into the pool."""
    grows = tuple(f"{kind}_{view}" for kind in kinds)
    return Forging(Act(f"lie{kinds[0]}", view), source, target, (), grows)
