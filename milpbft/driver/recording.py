"""Recordings: runs of nodes, input by input, with what was sent and the state after each."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, ValidationError

from milpbft.driver.serve import act
from milpbft.driver.wire import Message, State, Step, normal_message, normal_state
from milpbft.errors import InputError
from milpbft.sim.bench import Bench, Json, Setup

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path


class Recording(BaseModel):
    """One run; `docs/drivers.md` has the format.

    Parameters
    ----------
    kind
        ``crashfree``, ``byzantine``, ``restart``, ``timed``, ``mixed`` or ``late``.
    n, height, period_ms
        As in `Setup`.
    start
        State of each node before the first step.
    steps
        The inputs in order.
    """

    model_config = ConfigDict(extra="allow")
    kind: str
    n: int
    height: int = 1
    period_ms: int = 1000
    protocol: str = "dbft2"
    start: list[dict[str, Any]] = []
    steps: list[dict[str, Any]]

    def setup(self, profile: str = "", options: Mapping[str, str] | None = None) -> Setup:
        """Return what its nodes are."""
        return Setup(
            self.protocol, self.n, self.height, self.period_ms, profile, dict(options or {})
        )

    def line(self) -> str:
        """Write it as a line."""
        return json.dumps(self.model_dump(), separators=(",", ":")) + "\n"


class Difference(BaseModel):
    """The first step after which two sides differ.

    Parameters
    ----------
    at
        Number of the step; -1 for the start.
    what
        One line: the input, and what each side did.
    kind
        What differences of one kind have in common.
    """

    at: int
    what: str
    kind: str


class _Kept(Step):
    """A step in a file: a command, and what answered it."""

    sent: list[Message] | None = None
    state: State | None = None


class _Start(BaseModel):
    """The states before the first step, in a file."""

    start: list[State]


def read_recordings(path: Path) -> Iterator[Recording]:
    """Read a file of recordings, one a line, compressed where its name ends in ``.gz``.

    Raises
    ------
    InputError
        Where the file cannot be read, has no recording, or a line is none.
    """
    number = 0
    try:
        opened = gzip.open if path.suffix == ".gz" else open
        with opened(path, "rt", encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):  # noqa: B007  (also said where one is broken)
                recording = Recording.model_validate_json(line)
                _check(recording)
                yield recording
    except ValidationError as error:
        raise InputError.from_pydantic(error).within(f"line {number}").read_from(path) from None
    except InputError as error:
        raise error.within(f"line {number}").read_from(path) from None
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise InputError.unreadable("recording", path, error) from None
    if not number:
        raise InputError("recording", str(path), "a file with a recording on each line")


def _check(recording: Recording) -> None:
    """Hold a line of a file to the format: what it lacks would be compared with nothing.

    Raises
    ------
    InputError, ValidationError
        Where states or steps are missing, a step or what answered it has another form, an input of
        a node has no state, or messages are not numbered one by one.
    """
    states = _Start.model_validate(recording.model_dump(include={"start"})).start
    if len(states) != recording.n:
        raise InputError("start", len(states), f"states of {recording.n} nodes")
    if not recording.steps:
        raise InputError("steps", [], "at least one step")
    due: int | None = None
    for number, step in enumerate(recording.steps):
        try:
            kept = _Kept.model_validate(step)
        except ValidationError as error:
            raise InputError.from_pydantic(error).within(f"steps.{number}") from None
        if kept.op in ("deliver", "timeout", "restart") and kept.state is None:
            raise InputError(f"steps.{number}.state", None, "the state of the node after the input")
        for message in kept.sent or ():
            if message.id != (message.id if due is None else due):
                raise InputError(f"steps.{number}.sent", message.id, f"message {due}, one by one")
            due = message.id + 1


def play(recording: Recording, bench: Bench) -> Difference | None:
    """Give a bench the inputs of a recording; return the first difference."""
    begun = bench.start()
    for node, (ours, theirs) in enumerate(zip(recording.start, begun["states"], strict=False)):
        if fields := differing(ours, theirs):
            what = f"node {node} starts with {_told(theirs, fields)}, not {_told(ours, fields)}"
            return Difference(at=-1, what=what, kind="start " + ",".join(fields))
    for number, step in enumerate(recording.steps):
        answer = act(bench, Step.model_validate(step))
        if (difference := compare(number, step, answer)) is not None:
            return difference
    return None


def compare(number: int, step: Mapping[str, Any], answer: Mapping[str, Any]) -> Difference | None:
    """Compare what a step has, as `sent` and `state`, with an answer to it."""
    about = {k: v for k, v in step.items() if k not in ("sent", "state")}
    told = " ".join(f"{name} {value}" for name, value in about.items())
    ours = [normal_message(message) for message in step.get("sent") or ()]
    theirs = [normal_message(message) for message in answer.get("sent") or ()]
    if not _same(ours, theirs):
        kinds = f"{_kinds(ours)} != {_kinds(theirs)}"
        what = f"step {number} ({told}): sends {theirs}, expected {ours}"
        return Difference(at=number, what=what, kind=f"{step['op']}: {kinds}")
    fields = differing(step.get("state") or {}, answer.get("state") or {})
    if fields:
        expected, got = _told(step["state"], fields), _told(answer["state"], fields)
        what = f"step {number} ({told}): state {got}, expected {expected}"
        return Difference(at=number, what=what, kind=f"{step['op']}: state {','.join(fields)}")
    return None


def differing(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> list[str]:
    """Return the fields that both states have, and that differ."""
    one, other = normal_state(ours), normal_state(theirs)
    return [name for name in one if name in other and one[name] != other[name]]


def _same(ours: list[Json], theirs: list[Json]) -> bool:
    """Whether messages are the same, in order, in the fields that both sides have."""
    return len(ours) == len(theirs) and not any(
        a.get("kind") != b.get("kind") or differing(a, b) for a, b in zip(ours, theirs, strict=True)
    )


def _kinds(messages: Iterable[Json]) -> str:
    return "+".join(message["kind"] for message in messages) or "nothing"


def _told(state: Mapping[str, Any], fields: Iterable[str]) -> str:
    return ", ".join(f"{name} {state[name]}" for name in fields)
