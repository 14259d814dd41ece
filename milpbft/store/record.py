"""Record: what is kept of one solve; rows of a store are read back through it, and tested."""

from __future__ import annotations

import json
import zlib
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Self, get_args

import numpy as np
from pydantic import ConfigDict, Field, ValidationError

from milpbft.errors import InputError
from milpbft.milp.solution import Status as Said  # noqa: TC001  (Pydantic reads it)
from milpbft.question.part import Part
from milpbft.schedule import Schedule
from milpbft.verdict import Status  # noqa: TC001  (Pydantic reads it)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

Outcome = Literal["optimal", "infeasible", "feasible", "limit", "failed"]
"""``optimal`` and ``infeasible`` are proven and no check speaks against them; ``feasible`` has a
value, ``limit`` has none; of a ``failed`` solve nothing is believed."""
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
_LARGEST = 64 * 2**20  # bytes of what a blob holds when it is unpacked
_JSON = ("fields", "checks", "notes")
BLOBS = ("schedule", "log", "point")


class Key(NamedTuple):
    """What a result is of: no two results of a store share it."""

    instance: str
    encoding: str
    solver: str
    version: str
    code: str


class Record(Part):
    """One result.

    Parameters
    ----------
    instance, encoding, solver, version, code
        The key: name of the instance, its encoding, who solved it, and milpbft's own version with
        a digest of what decides values.
    protocol, semantics, objective, fields
        The instance: `fields` are all of them.
    outcome
        What it is worth.
    status
        What the solver said, after its point was tested.
    sense, value, bound, executable
        As in :class:`milpbft.result.Result`.
    implied
        The instance from whose result the bound follows; empty where the solver proved it.
    variables, binaries, integers, rows, equalities, inequalities, nonzeros, nodes
        Dimensions of the problem, and nodes of the search; None where it did not get so far.
    build_seconds, solve_seconds, seconds
        Times of building, of the solver, and of all with checks.
    verdict, reason
        The verdict on all of it, and why.
    checks
        Name, status and reason of each check.
    message, notes
        A line on a limit or an error, and what to know of the instance.
    time_limit, memory_limit
        Limits that it ran under, in seconds and MiB.
    ended
        When, in UTC, as ISO 8601.
    schedule, log
        Compressed: the schedule as JSON, and the end of the log of a solver that failed.
    point
        Compressed: as JSON, the numbers of the variables that are not zero, and their values.
    """

    model_config = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")

    instance: str = Field(max_length=1000)
    encoding: str = Field(max_length=100)
    solver: str = Field(max_length=100)
    version: str = Field(max_length=200)
    code: str = Field(max_length=100)
    protocol: str
    semantics: str
    objective: str
    fields: dict[str, Any]
    outcome: Outcome
    status: Said
    sense: Literal["max", "min"]
    value: int | None = None
    bound: int | None = None
    executable: int | None = None
    implied: str = ""
    variables: int | None = None
    binaries: int | None = None
    integers: int | None = None
    rows: int | None = None
    equalities: int | None = None
    inequalities: int | None = None
    nonzeros: int | None = None
    nodes: int | None = None
    build_seconds: float | None = None
    solve_seconds: float | None = None
    seconds: float = 0.0
    verdict: Status
    reason: str = ""
    checks: tuple[tuple[str, Status, str], ...] = ()
    message: str = ""
    notes: tuple[str, ...] = ()
    time_limit: float | None = None
    memory_limit: int | None = None
    ended: str
    schedule: bytes | None = None
    log: bytes | None = None
    point: bytes | None = None

    @classmethod
    def of_row(cls, row: Mapping[str, Any]) -> Self:
        """Test a row of a store, which may be anybody's.

        Raises
        ------
        InputError
            Where it holds what is not allowed.
        """
        try:
            values = {name: json.loads(row[name]) if name in _JSON else row[name]
                      for name in cls.model_fields}  # fmt: skip
            return cls.model_validate(values)
        except ValidationError as error:
            raise InputError.from_pydantic(error, cls.model_fields) from None
        except (ValueError, TypeError, RecursionError) as error:
            raise InputError("store", str(error), "rows as milpbft writes them") from None

    def row(self) -> dict[str, Any]:
        """Return the values of its columns."""
        values = self.model_dump()
        return values | {name: json.dumps(values[name]) for name in _JSON}

    @property
    def key(self) -> Key:
        """What it is a result of."""
        return Key(self.instance, self.encoding, self.solver, self.version, self.code)

    @property
    def proven(self) -> bool:
        """Whether the answer is final."""
        return self.outcome in ("optimal", "infeasible")

    @property
    def answer(self) -> str:
        """Such as ``optimal 3``, ``infeasible`` or ``feasible 2, bound 4``."""
        if self.outcome == "optimal":
            return f"optimal {self.value}"
        if self.outcome in ("infeasible", "failed"):
            return self.outcome
        shown = ["unknown" if one is None else str(one) for one in (self.value, self.bound)]
        return f"{self.outcome} {shown[0]}, bound {shown[1]}"

    def unpacked(self) -> Schedule | None:
        """Return the schedule; None where none was kept.

        Raises
        ------
        InputError
            Where the blob is none, or too large.
        """
        if self.schedule is None:
            return None
        return Schedule.from_json(unpack(self.schedule))

    def point_of(self, variables: int) -> NDArray[np.int64] | None:
        """Return the point of a problem with so many variables; None where none was kept.

        Raises
        ------
        InputError
            Where the blob is none, or of another problem.
        """
        if self.point is None:
            return None
        found = np.zeros(variables, dtype=np.int64)
        try:
            places, values = json.loads(unpack(self.point))
            if len(places) != len(values) or {type(one) for one in places + values} - {int}:
                raise TypeError
            if any(place < 0 for place in places):
                raise IndexError
            found[np.array(places, dtype=np.int64)] = np.array(values, dtype=np.int64)
        except (ValueError, TypeError, IndexError, OverflowError, RecursionError) as error:
            if isinstance(error, InputError):
                raise
            raise InputError("store", "a point", f"one of {variables} variables") from None
        return found


def pack_point(values: NDArray[np.int64]) -> bytes:
    """Compress a point."""
    places = values.nonzero()[0]
    return pack(json.dumps([places.tolist(), values[places].tolist()]))


def pack(text: str) -> bytes:
    """Compress a text."""
    return zlib.compress(text.encode(), 6)


def unpack(data: bytes) -> str:
    """Return a text that :func:`pack` compressed; of others, at most 64 MiB are looked at.

    Raises
    ------
    InputError
        Where it is none, or larger.
    """
    reader = zlib.decompressobj()
    try:
        found = reader.decompress(data, _LARGEST)
        if reader.unconsumed_tail:
            raise InputError("store", "a blob", f"at most {_LARGEST} bytes when unpacked")
        return found.decode()
    except (zlib.error, UnicodeDecodeError) as error:
        raise InputError("store", "a blob", f"a compressed text ({error})") from None
