"""Schedules in the Informal Trace Format (ITF), which Apalache, Quint and their viewers read.

A trace has one state per tick at which something happens. The parameters (sizes, primaries, clock)
stand in the first state, as ITF asks; each kind of event has a variable of its own, a sequence of
records of one type, so that a typed reader accepts the trace. What an event does not say is -1, or
empty. What a driver needs beside the events stands in the description of the trace.

References
----------
.. [1] Apalache ADR-015, "Informal Trace Format in JSON",
   https://apalache-mc.org/docs/adr/015adr-trace.html
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from itertools import groupby
from typing import TYPE_CHECKING, Any, TypeGuard, TypeVar

from milpbft.errors import InputError
from milpbft.schedule.schedule import Schedule

if TYPE_CHECKING:
    from milpbft.schedule.events import Event

T = TypeVar("T")

_PARAMS = ("n", "byzantine", "primaries", "horizon", "view_ticks")
_META = ("protocol", "source", "settings", "detail")

# Variable of a state, the event that it lists, the type of its records.
_VARIABLES = {
    "faults": ("fault", "{ node: Int, fault: Str }"),
    "deliveries": ("deliver", "{ node: Int, sender: Int, kind: Str, view: Int, msg: Int }"),
    "timeouts": ("timeout", "{ node: Int, view: Int }"),
    "sends": (
        "send",
        "{ node: Int, kind: Str, view: Int, id: Int, about: Int, nonce: Int, new_view: Int,"
        " reason: Str, carries: Seq(Int) }",
    ),
    "decisions": ("decide", "{ node: Int, view: Int }"),
}
_UNSAID = {"msg": -1, "id": -1, "about": -1, "nonce": -1, "new_view": -1, "reason": ""}
"""How a record says that its event does not say something; `carries` is then [-1]."""
_CARRIES, _NOTHING = "carries", (-1,)
_TYPES = {
    "n": "Int",
    "byzantine": "Seq(Int)",
    "primaries": "Seq(Int)",
    "horizon": "Int",
    "view_ticks": "Int",
    "tick": "Int",
    **{name: f"Seq({record})" for name, (_, record) in _VARIABLES.items()},
}


def to_itf(schedule: Schedule) -> str:
    """Write `schedule` as an ITF trace, one line per state; :func:`from_itf` reads it back."""
    header = asdict(schedule)
    ticks = groupby(schedule.events, key=lambda event: event.tick)
    states = [_state(i, tick, list(events)) for i, (tick, events) in enumerate(ticks)]
    # Parameters need a first state, also where nothing happens.
    states = states or [_state(0, 0, [])]
    states[0] |= {name: _encode(header[name]) for name in _PARAMS}
    meta = {
        "format": "ITF",
        "format-description": "https://apalache-mc.org/docs/adr/015adr-trace.html",
        "description": "Schedule of a consensus protocol, written by milpbft",
        "schedule-format": schedule.format,
        **{name: header[name] for name in _META},
        "varTypes": _TYPES,
    }
    lines = ",\n".join(json.dumps(state) for state in states)
    return (
        f'{{"#meta": {json.dumps(meta)},\n"params": {json.dumps(_PARAMS)},\n'
        f'"vars": {json.dumps(["tick", *_VARIABLES])},\n"states": [\n{lines}\n]}}\n'
    )


def _state(index: int, tick: int, events: list[Event]) -> dict[str, Any]:
    state: dict[str, Any] = {"#meta": {"index": index}, "tick": _encode(tick)}
    for name, (what, _) in _VARIABLES.items():
        state[name] = [_record(event) for event in events if event.event == what]
    return state


def _record(event: Event) -> dict[str, Any]:
    fields = asdict(event)
    unsaid = {**_UNSAID, _CARRIES: _NOTHING}
    said = {k: unsaid[k] if v is None else v for k, v in fields.items()}
    # The state has the tick, and the variable says which event it is.
    return {name: _encode(said[name]) for name in said if name not in ("tick", "event")}


def _encode(value: object) -> object:
    if isinstance(value, int):
        return {"#bigint": str(value)}
    return [_encode(entry) for entry in value] if isinstance(value, tuple) else value


def from_itf(text: str) -> Schedule:
    """Read what :func:`to_itf` wrote, also after another ITF tool wrote it anew.

    Raises
    ------
    InputError
        Where the text is not JSON, not an ITF trace, or not the trace of a schedule.
    """
    trace = _parse(text)
    meta = _get(trace, "#meta", dict)
    states = [_decode(state) for state in _get(trace, "states", list)]
    if not states:
        raise InputError("states", [], "a trace has at least one state, which has its parameters")
    header = {name: meta[name] for name in _META if name in meta}
    header["format"] = meta.get("schedule-format")
    header |= {name: states[0].get(name) for name in _PARAMS} if _is_record(states[0]) else {}
    events = [event for i, state in enumerate(states) for event in _events(i, state)]
    return Schedule.from_json(json.dumps({**header, "events": events}))


def _parse(text: str) -> dict[str, Any]:
    try:
        trace = json.loads(text)
    except (ValueError, RecursionError) as error:
        # The message only: the text itself may be megabytes.
        raise InputError("ITF trace", text[:40], f"JSON is expected: {error}") from None
    if not isinstance(trace, dict):
        raise InputError("ITF trace", type(trace).__name__, "a JSON object is expected")
    return trace


def _get(record: dict[str, Any], name: str, kind: type[T]) -> T:
    value = record.get(name)
    if not isinstance(value, kind):
        allowed = "an object" if kind is dict else "a list"
        raise InputError(name, type(value).__name__, f"{allowed} is expected in an ITF trace")
    return value


def _is_record(value: object) -> TypeGuard[dict[str, Any]]:
    return isinstance(value, dict)


def _events(index: int, state: object) -> list[dict[str, Any]]:
    where = f"states.{index}"
    if not _is_record(state):
        raise InputError(where, type(state).__name__, "a state is an object")
    events = []
    for name, (what, _) in _VARIABLES.items():
        records = state.get(name)
        if not isinstance(records, list) or not all(map(_is_record, records)):
            raise InputError(f"{where}.{name}", records, "a sequence of records is expected")
        known = {"event": what, "tick": state.get("tick")}
        events += [{**_said(record), **known} for record in records]
    return events


def _said(record: dict[str, Any]) -> dict[str, Any]:
    """Leave out what a record does not say."""
    unsaid = {**_UNSAID, _CARRIES: list(_NOTHING)}
    return {k: v for k, v in record.items() if k not in unsaid or v != unsaid[k]}


def _decode(value: object) -> object:
    """Turn an ITF expression into plain JSON; a set or tuple becomes a list."""
    if isinstance(value, list):
        return [_decode(entry) for entry in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {"#bigint"}:
        digits = value["#bigint"]
        if not isinstance(digits, str) or not re.fullmatch(r"-?[0-9]{1,4000}", digits):
            raise InputError("#bigint", digits, "at most 4000 decimal digits in a string")
        return int(digits)
    for sequence in ("#tup", "#set"):
        if set(value) == {sequence}:
            return _decode(value[sequence])
    return {name: _decode(entry) for name, entry in value.items()}
