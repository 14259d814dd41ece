"""Canonical bytes of requests, replies and state, and a decoder that takes nothing else."""

from __future__ import annotations

from dataclasses import fields
from functools import cache
from itertools import chain, repeat
from operator import attrgetter
from struct import Struct
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_INT = 2**63 - 1
_SIZE = 8

Item = int | bytes | str | tuple["Item", ...]


class DecodeError(ValueError):
    """Bytes that are not what :func:`encode` writes."""


def encode(value: Item) -> bytes:
    """Write a value so that no two values give the same bytes.

    Parameters
    ----------
    value
        A number from 0 to 2^63 - 1, bytes, a string, or a tuple of such.

    Raises
    ------
    OverflowError
        Where a number is outside its range.
    """
    parts: list[bytes] = []
    _write(value, parts.append)
    return b"".join(parts)


_HEAD = Struct(">cQ").pack


def _write(value: Item, put: Callable[[bytes], None]) -> None:
    if isinstance(value, int):
        if not 0 <= value <= MAX_INT:
            raise OverflowError(value)
        put(_HEAD(b"i", value))
    elif isinstance(value, bytes):
        put(_HEAD(b"b", len(value)))
        put(value)
    elif isinstance(value, str):
        raw = value.encode()
        put(_HEAD(b"s", len(raw)))
        put(raw)
    else:
        put(_HEAD(b"t", len(value)))
        if set(map(type, value)) == _INTEGERS:
            numbers = cast("tuple[int, ...]", value)
            if min(numbers) < 0 or max(numbers) > MAX_INT:
                raise OverflowError(value)
            put(_numbers(len(numbers))(*chain.from_iterable(zip(_TAGS, numbers, strict=False))))
            return
        for item in value:
            _write(item, put)


_INTEGERS = {int}
_TAGS = repeat(b"i")


@cache
def _numbers(count: int) -> Callable[..., bytes]:
    """Return what writes so many numbers at once: most tuples hold nothing else."""
    return Struct(">" + "cQ" * count).pack


def values(item: Any) -> tuple[Any, ...]:  # noqa: ANN401
    """Return the fields of a flat dataclass, as they are: `astuple` copies each of them deeply."""
    kind: Any = type(item)
    found: tuple[Any, ...] = _getter(kind)(item)
    return found


@cache
def _getter(kind: Any) -> Callable[[Any], tuple[Any, ...]]:  # noqa: ANN401
    names = [field.name for field in fields(kind)]
    if len(names) > 1:
        return attrgetter(*names)
    return lambda item: tuple(getattr(item, name) for name in names)


def decode(data: bytes) -> Item:
    """Read what :func:`encode` wrote.

    Raises
    ------
    DecodeError
        Where the bytes are anything else: they would not be written like that.
    """
    value, stop = _read(data, 0, 0)
    if stop != len(data):
        raise DecodeError("bytes after the value")
    return value


_DEEPEST = 16


def _read(data: bytes, at: int, depth: int) -> tuple[Item, int]:
    tag, start = data[at : at + 1], at + 1 + _SIZE
    if start > len(data) or depth > _DEEPEST:
        raise DecodeError("cut off, or nested too deeply")
    number = int.from_bytes(data[at + 1 : start], "big")
    if tag == b"i":
        if number > MAX_INT:
            raise DecodeError("a number out of range")
        return number, start
    if number > len(data):
        raise DecodeError("longer than the bytes")
    if tag == b"t":
        items: list[Item] = []
        for _ in range(number):
            item, start = _read(data, start, depth + 1)
            items.append(item)
        return tuple(items), start
    raw = data[start : start + number]
    if len(raw) < number or tag not in (b"b", b"s"):
        raise DecodeError("cut off, or of no known kind")
    if tag == b"b":
        return raw, start + number
    try:
        return raw.decode(), start + number
    except UnicodeDecodeError:
        raise DecodeError("a string that is no UTF-8") from None
