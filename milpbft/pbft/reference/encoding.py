"""Canonical bytes of messages, and whether their fields are of the declared types.

Both go through the fields of a dataclass, so that a message is no more than its declaration.
"""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

HASH_BYTES = 32
MAX_INT = 2**63 - 1

Digest = Annotated[bytes, HASH_BYTES]
"""A SHA-256 hash."""

_HINTS: dict[type[Any], tuple[tuple[str, Any], ...]] = {}


def encode(value: object) -> bytes:
    """Write a value so that no two values give the same bytes.

    Parameters
    ----------
    value
        A number from 0 to 2^63 - 1, bytes, a string, None, a tuple of such, or a dataclass, which
        is written as its name and its signed fields.

    Raises
    ------
    TypeError, OverflowError
        For anything else.
    """
    match value:
        case None:
            return b"n"
        case bool():
            raise TypeError("truth values are not part of messages")
        case int():
            return b"i" + value.to_bytes(8, "big")
        case bytes():
            return b"b" + len(value).to_bytes(8, "big") + value
        case str():
            return b"s" + encode(value.encode())
        case tuple():
            return b"t" + len(value).to_bytes(8, "big") + b"".join(map(encode, value))
    if isinstance(value, type) or not is_dataclass(value):
        raise TypeError(f"{type(value).__name__} is not part of messages")
    signed = (getattr(value, f.name) for f in fields(value) if f.metadata.get("signed", True))
    return encode((type(value).__name__, *signed))


def fits(value: object, hint: Any) -> bool:  # noqa: ANN401, PLR0911  (a case per kind of type)
    """Whether `value` is what the type hint of a field declares, all the way down."""
    if hint is int:
        return type(value) is int and 0 <= value <= MAX_INT
    if hint is bytes or hint is str or hint is NoneType:
        return isinstance(value, hint)
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        length = arguments[1]
        return isinstance(value, bytes) and len(value) == length
    if origin is tuple:
        return isinstance(value, tuple) and all(fits(item, arguments[0]) for item in value)
    if origin in (UnionType, Union):
        return any(fits(value, item) for item in arguments)
    if not isinstance(hint, type) or not isinstance(value, hint):
        return False
    return all(fits(getattr(value, name), item) for name, item in _hints(type(value)))


def _hints(kind: type[Any]) -> tuple[tuple[str, Any], ...]:
    """Return names and types of a dataclass' fields, read once."""
    if kind not in _HINTS:
        hints = get_type_hints(kind, include_extras=True)
        _HINTS[kind] = tuple((field.name, hints[field.name]) for field in fields(kind))
    return _HINTS[kind]
