"""Canonical bytes of requests, replies and state, and a decoder that takes nothing else."""

from __future__ import annotations

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
    match value:
        case int():
            if value > MAX_INT:
                raise OverflowError(value)
            return b"i" + value.to_bytes(_SIZE, "big")
        case bytes():
            return b"b" + len(value).to_bytes(_SIZE, "big") + value
        case str():
            raw = value.encode()
            return b"s" + len(raw).to_bytes(_SIZE, "big") + raw
    return b"t" + len(value).to_bytes(_SIZE, "big") + b"".join(map(encode, value))


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
