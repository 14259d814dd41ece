"""A random adversary of a service: it delays every message, and lies for Byzantine nodes."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from random import Random
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from milpbft.sim.signatures import Signatures


class RandomMeddler:
    """Delays up to a bound, and what Byzantine nodes send: nothing, something else, or twice.

    A lie is the node's own message with one field changed, signed again by the node: other views,
    sequence numbers, digests, states, answers. What others signed in it is changed too, where the
    chance wants it, and then verifies no more. Each receiver is lied to by itself.

    Parameters
    ----------
    seed
        Of its random numbers.
    byzantine
        Nodes that lie.
    delay
        Ticks that a message takes at most.
    lies
        Chance that a message of a Byzantine node is not what its own code would send.
    cut
        Nodes that hear nothing before tick `until`: what was sent to them before is lost.
    """

    def __init__(
        self,
        seed: int,
        byzantine: frozenset[int] = frozenset(),
        *,
        delay: int = 3,
        lies: float = 0.5,
        cut: frozenset[int] = frozenset(),
        until: int = 0,
    ) -> None:
        self.byzantine = byzantine
        self.keys: Signatures | None = None
        self._random = Random(seed)
        self._delay, self._lies = delay, lies
        self._cut, self._until = cut, until
        self._past: list[Any] = []

    def copies(
        self,
        tick: int,
        sender: int,
        receiver: int,
        message: Any,  # noqa: ANN401
    ) -> Sequence[tuple[int, Any]]:
        """Return what arrives in place of a message, and at which ticks."""
        if tick < self._until and receiver in self._cut:
            return []
        sent = [message]
        if sender in self.byzantine and self._random.random() < self._lies:
            sent = self._lie(sender, message)
        return [(tick + self._random.randint(1, self._delay), copy) for copy in sent]

    def _lie(self, sender: int, message: Any) -> list[Any]:  # noqa: ANN401
        self._past.append(message)
        match self._random.randrange(4):
            case 0:
                return []
            case 1:
                return [message, message]
            case 2:
                return [self._random.choice(self._past)]
        return [self._changed(sender, message)]

    def _changed(self, sender: int, message: Any) -> Any:  # noqa: ANN401
        """Change a field of the payload, and sign it as the node may."""
        payload = message.payload
        names = [field.name for field in fields(payload) if field.name != "sender"]
        name = self._random.choice(names)
        try:
            false = replace(payload, **{name: self._other(getattr(payload, name))})
            assert self.keys is not None, "whoever runs the service hands its keys over"
            # A client's request that a node passes on keeps its client's signature.
            own = payload.sender == sender
            signature = self.keys.sign(sender, false.encoded) if own else message.signature
            return replace(message, payload=false, signature=signature)
        except (TypeError, OverflowError):
            return message  # what cannot be written cannot be sent

    def _other(self, value: Any) -> Any:  # noqa: ANN401
        if isinstance(value, int):
            return max(0, value + self._random.choice((-1, 1, 2)))
        if isinstance(value, bytes):
            place = self._random.randrange(max(1, len(value)))
            return value[:place] + bytes([self._random.randrange(256)]) + value[place + 1 :]
        if isinstance(value, tuple):
            return value[: self._random.randrange(len(value) + 1)]
        if is_dataclass(value) and not isinstance(value, type) and hasattr(value, "payload"):
            operation = getattr(value.payload, "operation", b"")
            return replace(value, payload=replace(value.payload, operation=operation + b"x"))
        return value
