"""The tables of a store, and the steps from one version of them to the next."""

from __future__ import annotations

APPLICATION = 0x6D696C70
"""SQLite's number for the program that a file belongs to: ``milp``."""

STEPS = (
    # 1: results, the sweeps that run, and what each of them has taken.
    """
    CREATE TABLE results (
        id INTEGER PRIMARY KEY,
        instance TEXT NOT NULL,
        encoding TEXT NOT NULL,
        solver TEXT NOT NULL,
        version TEXT NOT NULL,
        code TEXT NOT NULL,
        protocol TEXT NOT NULL,
        semantics TEXT NOT NULL,
        objective TEXT NOT NULL,
        fields TEXT NOT NULL,
        outcome TEXT NOT NULL,
        status TEXT NOT NULL,
        sense TEXT NOT NULL,
        value INTEGER,
        bound INTEGER,
        variables INTEGER,
        binaries INTEGER,
        integers INTEGER,
        rows INTEGER,
        equalities INTEGER,
        inequalities INTEGER,
        nonzeros INTEGER,
        nodes INTEGER,
        build_seconds REAL,
        solve_seconds REAL,
        seconds REAL NOT NULL,
        verdict TEXT NOT NULL,
        reason TEXT NOT NULL,
        checks TEXT NOT NULL,
        message TEXT NOT NULL,
        notes TEXT NOT NULL,
        time_limit REAL,
        memory_limit INTEGER,
        ended TEXT NOT NULL,
        schedule BLOB,
        log BLOB,
        UNIQUE (instance, encoding, solver, version, code)
    );
    CREATE TABLE sweeps (
        id TEXT PRIMARY KEY,
        host TEXT NOT NULL,
        pid INTEGER NOT NULL,
        born TEXT NOT NULL,
        beat REAL NOT NULL
    );
    CREATE TABLE taken (
        instance TEXT NOT NULL,
        encoding TEXT NOT NULL,
        solver TEXT NOT NULL,
        version TEXT NOT NULL,
        code TEXT NOT NULL,
        sweep TEXT NOT NULL,
        UNIQUE (instance, encoding, solver, version, code)
    );
    """,
    # 2: where a bound is from that another instance implies; the executable optimum.
    """
    ALTER TABLE results ADD COLUMN implied TEXT NOT NULL DEFAULT '';
    ALTER TABLE results ADD COLUMN executable INTEGER;
    """,
    # 3: the point itself, because not every model reads one back from a schedule.
    """
    ALTER TABLE results ADD COLUMN point BLOB;
    """,
)
"""What makes version k + 1 of version k."""

SINCE = {"implied": (2, "''"), "executable": (2, "NULL"), "point": (3, "NULL")}
"""Columns that came later: with which version, and what stands for them in an older store."""

VERSION = len(STEPS)
TABLES = frozenset({"results", "sweeps", "taken"})
