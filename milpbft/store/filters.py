"""Filters: which results of a store are looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from milpbft.errors import InputError
from milpbft.family.arithmetic import Expression

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from milpbft.store.record import Record

_HIDDEN = {"fields", "checks", "notes", "schedule", "log", "point"}


def values_of(record: Record) -> dict[str, Any]:
    """Return the names that a condition may speak of: columns of a result, fields of its instance.

    Where a field and a column share a name, it is the column's.
    """
    found = dict(record.fields)
    n = found.get("n")
    if type(n) is int:
        found.setdefault("f", (n - 1) // 3)
    return found | {name: getattr(record, name)
                    for name in type(record).model_fields if name not in _HIDDEN}  # fmt: skip


def chosen(records: Iterable[Record], text: str = "", where: str = "True") -> Iterator[Record]:
    """Yield the results that are asked for.

    Parameters
    ----------
    text
        Only those with this in the name of the instance.
    where
        Only those that meet this condition, such as ``n >= 7 and outcome == 'failed'``; those that
        lack a name in it do not.

    Raises
    ------
    InputError
        Where the condition is none, or no result has a name in it.
    """
    condition = Expression(where)
    missing: set[str] = set(condition.names)
    seen: set[str] = set()
    for record in records:
        known = values_of(record)
        missing -= known.keys()
        seen |= known.keys()
        has_all = all(known.get(name) is not None for name in condition.names)
        if text in record.instance and has_all and condition.value(known):
            yield record
    if missing and seen:
        raise InputError("where", where, f"names of {', '.join(sorted(seen))}")
