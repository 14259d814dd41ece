"""Benches of our own references, by protocol."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, cast

from milpbft.errors import InputError
from milpbft.room import room_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from milpbft.sim.bench import Bench, Setup


class Drivable(Protocol):
    """A room whose nodes can be driven."""

    def bench(self, setup: Setup) -> Bench:
        """Return nodes to be driven."""
        ...


def bench_of(setup: Setup) -> Bench:
    """Return nodes of a protocol to be driven.

    Raises
    ------
    InputError
        Where the protocol, its profile or an option does not exist, or its nodes cannot be driven.
    """
    room = room_of(setup.protocol)
    if not hasattr(room, "bench"):
        raise InputError("protocol", setup.protocol, "a protocol whose nodes can be driven")
    return cast("Drivable", room).bench(setup)


def options_of(words: Iterable[str]) -> dict[str, str]:
    """Read options, each ``NAME=VALUE``.

    Raises
    ------
    InputError
        For any other word.
    """
    found = {}
    for word in words:
        name, mark, value = word.partition("=")
        if not (mark and name and value):
            raise InputError("set", word, "NAME=VALUE")
        found[name] = value
    return found
