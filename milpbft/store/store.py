"""Store: the results of sweeps in one SQLite file, which several sweeps may fill at a time.

The write-ahead log lets others read while a sweep writes. Each result is a transaction, on disk
when :meth:`Store.put` returns: whoever is killed loses only what he was working on.
"""

from __future__ import annotations

import json
import os
import socket
import sqlite3
import time
import uuid
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from milpbft.errors import InputError
from milpbft.places import is_file
from milpbft.store.record import BLOBS, Key, Record
from milpbft.store.schema import APPLICATION, SINCE, STEPS, TABLES, VERSION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PATIENCE = 10.0
"""Seconds for which a store that another program has locked is waited for."""
STALE = 30.0
"""Seconds without a beat after which a sweep elsewhere is taken for dead."""
_LONGEST = 128 * 2**20  # bytes of a value
_KEY = " AND ".join(f"{name} = ?" for name in Key._fields)
_COLUMNS = tuple(Record.model_fields)


class Store:
    """A store of results.

    Parameters
    ----------
    path
        The file; made where it is not there, unless `writable` is false.
    writable
        Whether results are added. A file that is only read may be on a disk that is read-only.
    patience
        Seconds to wait for another program that has locked the file.

    Raises
    ------
    InputError
        Where the file cannot be opened, is no store, or is of a newer version.
    """

    def __init__(self, path: Path, *, writable: bool = False, patience: float = PATIENCE) -> None:
        self.path = path
        self._open: list[sqlite3.Cursor] = []
        if not writable and not is_file(path):
            raise InputError("store", str(path), "a file that `milpbft sweep` wrote")
        with self._told():
            self._sql = _connect(path, writable, patience)
            self._sql.row_factory = sqlite3.Row
            self._sql.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST)
            try:
                self._prepare(writable)
            except BaseException:
                self._sql.close()
                raise

    def _prepare(self, writable: bool) -> None:
        self._sql.execute("PRAGMA trusted_schema = OFF")
        self._examine()
        if not writable:
            return
        self._sql.execute("PRAGMA journal_mode = WAL")
        self._sql.execute("PRAGMA synchronous = FULL")
        with self._writing():
            version = self._version()  # another sweep may have been here meanwhile
            for number, step in enumerate(STEPS[version:], start=version + 1):
                for statement in filter(str.strip, step.split(";")):
                    self._sql.execute(statement)
                self._sql.execute(f"PRAGMA user_version = {number}")
            self._sql.execute(f"PRAGMA application_id = {APPLICATION}")
        self._examine()

    def _version(self) -> int:
        return int(self._sql.execute("PRAGMA user_version").fetchone()[0])

    def _examine(self) -> None:
        """Refuse a file that is no store of a version that is known here."""
        master = self._sql.execute("SELECT type, name FROM sqlite_master").fetchall()
        found = {(row["type"], row["name"]) for row in master
                 if not row["name"].startswith("sqlite_")}  # fmt: skip
        application = self._sql.execute("PRAGMA application_id").fetchone()[0]
        version = self._version()
        if version > VERSION and application == APPLICATION:
            allowed = f"version {VERSION} or older: it is of a newer milpbft"
            raise InputError("store", f"{self.path}, version {version}", allowed)
        wanted = {("table", name) for name in TABLES} if version else set()
        if found != wanted or (version and application != APPLICATION):
            raise InputError("store", str(self.path), "a file that `milpbft sweep` wrote")

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Turn what SQLite complains of into one line."""
        try:
            yield
        except sqlite3.Error as error:
            raise InputError("store", str(self.path), _allowed(str(error))) from error
        except UnicodeDecodeError as error:
            # SQLite's own complaint quotes bytes of a torn file, which are no text.
            raise InputError("store", str(self.path), _allowed("malformed")) from error

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Make one transaction of what is done inside."""
        with self._told():
            self._sql.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._sql.execute("COMMIT")
            except BaseException:
                # After an error of the disk, SQLite may have rolled back itself.
                if self._sql.in_transaction:
                    self._sql.execute("ROLLBACK")
                raise

    def close(self) -> None:
        """Close the file, also while rows are being read: else SQLite leaves its log there."""
        for rows in self._open:
            rows.close()
        self._sql.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def records(self, *, blobs: bool = False) -> Iterator[Record]:
        """Yield every result in the order of being added; without `blobs`, the small columns only.

        Raises
        ------
        InputError
            Where a row is none that milpbft writes.
        """
        with self._told():
            columns = _selected(self._version(), blobs)
            rows = self._sql.execute(f"SELECT {columns} FROM results ORDER BY id")
            self._open.append(rows)
            for row in rows:
                yield Record.of_row(row)

    def get(self, key: Key) -> Record | None:
        """Return a result; None where there is none."""
        with self._told():
            row = self._sql.execute(f"SELECT * FROM results WHERE {_KEY}", key).fetchone()
        return None if row is None else Record.of_row(row)

    def put(self, records: list[Record], release: Key | None = None) -> None:
        """Add results in one transaction; what is proven is not replaced by what is not.

        Parameters
        ----------
        records
            The results; an older one of the same key is replaced.
        release
            What is no longer taken.
        """
        names = ", ".join(_COLUMNS)
        marks = ", ".join(f":{name}" for name in _COLUMNS)
        news = ", ".join(f"{name} = excluded.{name}" for name in _COLUMNS)
        known = "results.outcome NOT IN ('optimal', 'infeasible')"
        with self._writing():
            for record in records:
                self._sql.execute(
                    f"INSERT INTO results ({names}) VALUES ({marks}) "
                    f"ON CONFLICT ({', '.join(Key._fields)}) DO UPDATE SET {news} "
                    f"WHERE {known} OR excluded.outcome IN ('optimal', 'infeasible', 'failed')",
                    record.row(),
                )
            if release is not None:
                self._sql.execute(f"DELETE FROM taken WHERE {_KEY}", release)

    # What follows is for sweeps that run at the same time.

    def enter(self) -> str:
        """Announce a sweep; return its number."""
        sweep = uuid.uuid4().hex
        with self._writing():
            self._sql.execute(
                "INSERT INTO sweeps VALUES (?, ?, ?, ?, ?)",
                (sweep, _host(), os.getpid(), _born(os.getpid()), time.time()),
            )
        return sweep

    def beat(self, sweep: str) -> None:
        """Say that a sweep is alive."""
        with self._writing():
            self._sql.execute("UPDATE sweeps SET beat = ? WHERE id = ?", (time.time(), sweep))

    def leave(self, sweep: str) -> None:
        """Take leave; what the sweep has taken is free again."""
        with self._writing():
            self._sql.execute("DELETE FROM taken WHERE sweep = ?", (sweep,))
            self._sql.execute("DELETE FROM sweeps WHERE id = ?", (sweep,))

    def take(self, key: Key, sweep: str, done: Callable[[Record], bool]) -> Record | bool:
        """Take a solve for a sweep.

        Parameters
        ----------
        done
            Whether a result that is there will do.

        Returns
        -------
        Record or bool
            True where it is taken; False where another sweep that is alive has it; or the result
            that is there.
        """
        with self._writing():
            row = self._sql.execute(f"SELECT * FROM results WHERE {_KEY}", key).fetchone()
            if row is not None and done(record := Record.of_row(row)):
                return record
            owner = self._sql.execute(
                f"SELECT sweeps.* FROM taken LEFT JOIN sweeps ON taken.sweep = sweeps.id "
                f"WHERE {_KEY}", key
            ).fetchone()  # fmt: skip
            if owner is not None and owner["id"] not in (None, sweep) and _alive(owner):
                return False
            self._sql.execute(f"DELETE FROM taken WHERE {_KEY}", key)
            self._sql.execute("INSERT INTO taken VALUES (?, ?, ?, ?, ?, ?)", (*key, sweep))
        return True


def _connect(path: Path, writable: bool, patience: float) -> sqlite3.Connection:
    place = path.absolute().as_uri()
    if not writable and not os.access(path, os.W_OK):
        # Where nothing can be written beside the file, its log cannot be shared.
        fixed = "" if os.access(path.absolute().parent, os.W_OK) else "&immutable=1"
        return sqlite3.connect(f"{place}?mode=ro{fixed}", patience, uri=True, isolation_level=None)
    if not writable:
        # Who may not write leaves the log's files behind, so ask for more than reading takes.
        return sqlite3.connect(f"{place}?mode=rw", patience, uri=True, isolation_level=None)
    return sqlite3.connect(f"{place}?mode=rwc", patience, uri=True, isolation_level=None)


def _allowed(complaint: str) -> str:
    known = {
        "locked": "a file that no other program has locked",
        "readonly": "a file that can be written to",
        "unable to open": "a file in a directory that can be written to",
        "full": "a disk that has room: what was stored is safe, go on when there is some",
        "disk I/O": "a disk that can be written to: what was stored is safe, go on when it can",
        "not a database": "a file that `milpbft sweep` wrote",
        "malformed": "a file that is whole",
    }
    meaning = next((text for word, text in known.items() if word in complaint), "a store")
    return f"{meaning} (SQLite: {complaint})"


def _selected(version: int, blobs: bool) -> str:
    """Return the columns to read, as a store of a version has them."""
    found = []
    for name in _COLUMNS:
        since, instead = SINCE.get(name, (1, ""))
        instead = instead if since > version else "NULL" if name in BLOBS and not blobs else ""
        found.append(f"{instead} AS {name}" if instead else name)
    return ", ".join(found)


def _host() -> str:
    boot = Path("/proc/sys/kernel/random/boot_id")
    return socket.gethostname() + (f" {boot.read_text().strip()}" if boot.exists() else "")


def _born(pid: int) -> str:
    """Return when a process began, where the system says: numbers of processes come again."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[19]
    except (OSError, IndexError):
        return ""


def _alive(owner: Any) -> bool:  # noqa: ANN401  (a row)
    if owner["host"] != _host():
        return bool(time.time() - owner["beat"] < STALE)
    try:
        os.kill(owner["pid"], 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return bool(_born(owner["pid"]) == owner["born"])


def as_json(record: Record) -> dict[str, Any]:
    """Return what ``--json`` prints of a result: everything but the blobs."""
    found: dict[str, Any] = json.loads(record.model_dump_json(exclude=set(BLOBS)))
    return found
