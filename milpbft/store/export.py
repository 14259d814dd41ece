"""Export: results as tables for other programs, CSV and Parquet."""

from __future__ import annotations

import csv
import json
from importlib import import_module
from typing import TYPE_CHECKING, Any

from milpbft.errors import InputError
from milpbft.store.record import BLOBS, Record

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

SUFFIXES = (".csv", ".parquet")
_NUMBERS = {
    **dict.fromkeys(("value", "bound", "executable", "variables", "binaries", "integers"), int),
    **dict.fromkeys(("rows", "equalities", "inequalities", "nonzeros", "nodes"), int),
    **dict.fromkeys(("build_seconds", "solve_seconds", "seconds", "time_limit"), float),
    "memory_limit": int,
}


def flat(record: Record) -> dict[str, Any]:
    """Return a record as a row: numbers and texts, and a column ``field.NAME`` for each field."""
    row = record.model_dump(exclude={*BLOBS, "fields"})
    row["checks"] = "; ".join(f"{name} {status}" for name, status, _ in record.checks)
    row["notes"] = "; ".join(record.notes)
    for name, value in record.fields.items():
        plain = value is None or isinstance(value, int | float | str)
        row[f"field.{name}"] = value if plain else json.dumps(value)
    return row


def export(records: Iterable[Record], path: Path) -> int:
    """Write results as CSV or Parquet, by the suffix; return how many.

    Raises
    ------
    InputError
        Where the suffix is another one, or the packages for Parquet are missing.
    OSError
        Where the file cannot be written.
    """
    if path.suffix not in SUFFIXES:
        raise InputError("export", str(path), f"a file ending in {' or '.join(SUFFIXES)}")
    rows = [flat(record) for record in records]
    own = [name for name in Record.model_fields if name not in {*BLOBS, "fields"}]
    extra = sorted({name for row in rows for name in row} - set(own))
    if path.suffix == ".csv":
        _write_csv(rows, [*own, *extra], path)
    else:
        _write_parquet(rows, [*own, *extra], path)
    return len(rows)


def _write_csv(rows: Sequence[dict[str, Any]], columns: list[str], path: Path) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(rows)


def _write_parquet(rows: Sequence[dict[str, Any]], columns: list[str], path: Path) -> None:
    try:
        arrow: Any = import_module("pyarrow")
        parquet: Any = import_module("pyarrow.parquet")
    except ImportError:
        allowed = "its packages are missing: pip install 'milpbft[parquet]'"
        raise InputError("export", str(path), allowed) from None
    kinds = {int: arrow.int64(), float: arrow.float64(), str: arrow.string()}
    arrays, fields = [], []
    for name in columns:
        kind = _NUMBERS.get(name) or (_kind(rows, name) if name.startswith("field.") else str)
        values = [None if row.get(name) is None else kind(row[name]) for row in rows]
        arrays.append(arrow.array(values, kinds[kind]))
        fields.append(arrow.field(name, kinds[kind]))
    parquet.write_table(arrow.Table.from_arrays(arrays, schema=arrow.schema(fields)), path)


def _kind(rows: Sequence[dict[str, Any]], name: str) -> type:
    """Return the one type of a column of fields; text where there are several."""
    kinds = {type(row[name]) for row in rows if row.get(name) is not None}
    return int if kinds and kinds <= {int, bool} else str
