"""A store keeps what was put, whatever happens to whoever writes, and refuses what is none."""

from __future__ import annotations

import os
import resource
import sqlite3
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from milpbft.errors import InputError
from milpbft.schedule import Schedule
from milpbft.store import Key, Record, Store, pack, pack_point, unpack
from milpbft.store.schema import STEPS, VERSION

ROOT = Path(__file__).parents[2]


def record(name: str = "one", **changes: Any) -> Record:
    fields: dict[str, Any] = {
        "instance": name, "encoding": "counted", "solver": "cbc", "version": "1", "code": "c",
        "protocol": "dbft2", "semantics": "strict", "objective": "forks", "fields": {"n": 4},
        "outcome": "optimal", "status": "optimal", "sense": "max", "value": 1, "bound": 1,
        "verdict": "confirmed", "checks": (("rows", "confirmed", ""),), "ended": "now",
    }  # fmt: skip
    return Record(**(fields | changes))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "results.db"


def test_what_is_put_is_there(path: Path):
    """Every column and blob comes back, in the order of being added."""
    schedule = Schedule("dbft2", 4, (), (0,), (), 5, source="by hand")
    first = record(schedule=pack(schedule.to_json()), notes=("a", "b"), reason="r", nodes=3)
    second = record("two", outcome="failed", value=None, bound=None, log=pack("died\n"))
    with Store(path, writable=True) as store:
        store.put([first])
        store.put([second])
    with Store(path) as store:
        assert list(store.records(blobs=True)) == [first, second]
        none = dict.fromkeys(("schedule", "log", "point"))
        small = [one.model_copy(update=none) for one in (first, second)]
        assert list(store.records()) == small
        assert store.get(first.key) == first
        assert store.get(Key("x", "", "", "", "")) is None
        found = store.get(first.key)
        assert found is not None
        assert found.unpacked() == schedule


def test_what_is_proven_stays(path: Path):
    """A later limit does not replace a proof; a proof replaces a limit, and a doubt a proof."""
    proof, limit = record(), record(outcome="limit", status="limit", value=None)
    doubt = record(outcome="failed", verdict="refuted")
    with Store(path, writable=True) as store:
        for one, kept in ((limit, limit), (proof, proof), (limit, proof), (doubt, doubt)):
            store.put([one])
            assert list(store.records()) == [kept]


def test_sweeps_share_what_is_to_do(path: Path):
    """What one has taken the other does not get, until it is put, or the other is dead."""
    key = record().key
    with Store(path, writable=True) as one, Store(path, writable=True) as two:
        first, second = one.enter(), two.enter()
        assert one.take(key, first, lambda _: True) is True
        assert two.take(key, second, lambda _: True) is False
        one.put([record()], key)
        assert two.take(key, second, lambda _: True) == record()
        assert two.take(key, second, lambda _: False) is True
        two.leave(second)
        assert one.take(key, first, lambda _: False) is True


def test_what_the_dead_have_taken_is_free(path: Path):
    """A process that was killed holds nothing; nor does a machine that is silent for long."""
    key = record().key
    code = (
        f"import os, sys; sys.path.insert(0, {str(ROOT)!r})\n"
        "from pathlib import Path; from milpbft.store import Key, Store\n"
        f"store = Store(Path({str(path)!r}), writable=True); sweep = store.enter()\n"
        f"assert store.take(Key(*{tuple(key)!r}), sweep, bool) is True\n"
        "os.kill(os.getpid(), 9)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == -9
    with Store(path, writable=True) as store:
        sweep = store.enter()
        assert store.take(key, sweep, lambda _: True) is True
        other = store.enter()
        store._sql.execute("UPDATE sweeps SET host = 'elsewhere', beat = beat - 10 WHERE id = ?",
                           (sweep,))  # fmt: skip
        assert store.take(key, other, lambda _: True) is False
        store._sql.execute("UPDATE sweeps SET beat = beat - 40 WHERE id = ?", (sweep,))
        assert store.take(key, other, lambda _: True) is True


def test_older_stores_are_read_and_brought_up(path: Path):
    """Version 1 had no implied bounds: read as it is, and written to after its steps."""
    sql = sqlite3.connect(path)
    sql.executescript(STEPS[0])
    sql.execute("PRAGMA user_version = 1")
    sql.execute(f"PRAGMA application_id = {0x6D696C70}")
    row = record().row()
    old = [name for name in row if name not in ("implied", "executable", "point")]
    marks = ", ".join(f":{name}" for name in old)
    sql.execute(f"INSERT INTO results ({', '.join(old)}) VALUES ({marks})",
                {name: row[name] for name in old})  # fmt: skip
    sql.commit()
    sql.close()
    with Store(path) as store:
        assert list(store.records()) == [record()]
        assert store._version() == 1
    with Store(path, writable=True) as store:
        assert store._version() == VERSION
        assert store.get(record().key) == record()
        store.put([record("two", implied="one")])
        assert [one.implied for one in store.records()] == ["", "one"]


def refusal(path: Path, **options: Any) -> str:
    def use() -> None:
        with Store(path, **options) as store:
            list(store.records())
            store.put([record("new")])

    with pytest.raises(InputError) as caught:
        use()
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_what_is_no_store_is_refused(path: Path):
    """A newer version, another program's file, a text, half a file, a trigger, none at all."""
    assert "sweep` wrote" in refusal(path)
    with Store(path, writable=True) as store:
        store.put([record()])
    whole = path.read_bytes()
    sql = sqlite3.connect(path)
    sql.execute(f"PRAGMA user_version = {VERSION + 1}")
    assert "newer milpbft" in refusal(path)
    assert "newer milpbft" in refusal(path, writable=True)
    sql.execute(f"PRAGMA user_version = {VERSION}")
    sql.execute("CREATE TRIGGER t AFTER INSERT ON results BEGIN DELETE FROM results; END")
    sql.commit()
    assert "sweep` wrote" in refusal(path, writable=True)
    sql.close()
    path.write_bytes(whole[: len(whole) // 2])
    assert refusal(path, writable=True)
    # SQLite's complaint quotes what it stumbles over, and is no text then.
    path.write_bytes(whole.replace(b"NOT NULL", b"NOT \x80ULL"))
    assert "a file that is whole" in refusal(path)
    path.write_text("no database, but a text that is long enough to be one" * 99)
    assert "sweep` wrote" in refusal(path)
    other = path.with_name("other.db")
    sql = sqlite3.connect(other)
    sql.execute("CREATE TABLE results (x)")
    sql.commit()
    assert "sweep` wrote" in refusal(other, writable=True)
    assert "directory" in refusal(path.parent / "none" / "x.db", writable=True)


@pytest.mark.parametrize(
    ("column", "value"),
    [("outcome", "excellent"), ("value", "many"), ("fields", "{"), ("fields", "[]"), ("nodes", "x"),
     ("checks", "[[1]]"), ("checks", "[" * 5000), ("verdict", b"\0\1"), ("instance", "x" * 2000)],
)  # fmt: skip
def test_rows_of_others_are_tested(path: Path, column: str, value: object):
    """SQLite takes anything in any column; a reader does not."""
    with Store(path, writable=True) as store:
        store.put([record()])
        store._sql.execute(f"UPDATE results SET {column} = ?", (value,))
    assert refusal(path)


def test_blobs_of_others_are_bounded():
    """A bomb is not unpacked, and what is no blob is refused."""
    assert unpack(pack("text")) == "text"
    bomb = zlib.compress(b"0" * (65 * 2**20))
    for blob in (bomb, b"no blob", zlib.compress(b"\xff")):
        with pytest.raises(InputError):
            unpack(blob)


def test_points_of_others_are_tested():
    """A point comes back as it was; of another problem, or nonsense, it is refused."""
    point = np.array([0, 3, 0, -2], dtype=np.int64)
    one = record(point=pack_point(point))
    found = one.point_of(4)
    assert found is not None
    assert found.tolist() == point.tolist()
    assert record().point_of(4) is None
    texts = (
        "[[-1], [1]]",
        "[[0], []]",
        "[1]",
        "{}",
        "[[0], [1e99]]",
        "x",
        "[[0.5], [1]]",
        "[" * 9999,
    )
    for blob in (one.point or b"", *(pack(text) for text in texts)):
        with pytest.raises(InputError):
            record(point=blob).point_of(3)


def test_a_locked_store(path: Path):
    """Whoever waits long enough says who is in the way."""
    with Store(path, writable=True) as store:
        store._sql.execute("BEGIN IMMEDIATE")
        assert "locked" in refusal(path, writable=True, patience=0.1)
        store._sql.execute("ROLLBACK")
        store.put([record()])


def test_a_read_only_file():
    """It can be read, and not be written to, also where nothing can be made beside it."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "results.db"
        with Store(path, writable=True) as store:
            store.put([record()])
        path.chmod(0o444)
        path.parent.chmod(0o555)
        code = (
            f"import os, sys; sys.path.insert(0, {str(ROOT)!r})\n"
            "from pathlib import Path; from milpbft.errors import InputError\n"
            "from milpbft.store import Store\n"
            "os.getuid() or os.setuid(65534)\n"
            f"path = Path({str(path)!r})\n"
            "print(len(list(Store(path).records())))\n"
            "try: Store(path, writable=True)\nexcept InputError as error: print(error)\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=False
        )
        path.parent.chmod(0o755)
    lines = done.stdout.splitlines()
    assert lines[:1] == ["1"], done.stderr
    assert "can be written to" in lines[1]


@pytest.mark.skipif(not hasattr(resource, "RLIMIT_FSIZE"), reason="needs limits of file sizes")
def test_a_full_disk(path: Path):
    """What was put is there; what could not be is refused in a line, and fits in later."""
    with Store(path, writable=True) as store:
        store.put([record()])
        size = max(one.stat().st_size for one in path.parent.iterdir())
    code = (
        f"import sys, resource; sys.path[:0] = [{str(ROOT)!r}, {str(ROOT / 'tests/store')!r}]\n"
        "from pathlib import Path; from milpbft.errors import InputError\n"
        "from milpbft.store import Store\nfrom test_store import record\n"
        f"store = Store(Path({str(path)!r}), writable=True)\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({size} + 40000, {size} + 40000))\n"
        "done = 0\n"
        "try:\n"
        "    for number in range(100):\n"
        "        store.put([record(f'n{number}', log=bytes(5000))]); done += 1\n"
        "except InputError as error: print(done, error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    count, line = done.stdout.split(" ", 1)
    assert "what was stored is safe" in line, done.stderr
    assert 0 < int(count) < 100
    with Store(path, writable=True) as store:
        assert len(list(store.records())) == 1 + int(count)
        store.put([record("last")])
        assert os.path.getsize(path) > 0
