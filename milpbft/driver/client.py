"""A bench in another process: the driver of some implementation."""

from __future__ import annotations

import json
import shlex
import subprocess
from queue import Empty, Queue
from threading import Thread
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ValidationError

from milpbft.driver.wire import LONGEST, Answer, Started, line_of, new
from milpbft.errors import InputError

if TYPE_CHECKING:
    from types import TracebackType

    from milpbft.sim.bench import Json, Lie, Setup

T = TypeVar("T", bound=BaseModel)
PATIENCE = 10.0
"""Seconds that a driver may take to answer."""
START = 60.0
"""Seconds that it may take to start and give its first answer, where its patience is not longer."""
CAUSES = ("panic:", "fatal error:", "Unhandled exception")
"""How lines begin that say why Go or .NET ended a process; what follows them is a stack."""
_LONGEST = 10**9
"""What clocks of every platform can wait for."""


class DriverError(Exception):
    """A driver that died, hung or talked nonsense: one line says which, and when."""


class Driver:
    """A driver that runs; a context manager, which ends it.

    Parameters
    ----------
    words
        The command that starts it, as a shell would split it; no shell is used.
    setup
        What its nodes are; may be set anew before :meth:`start`.
    patience
        Seconds that it may take to answer, more than 0, to 1 000 000 000.

    Raises
    ------
    InputError
        Where the command is empty or cannot be started, or `patience` is out of range.
    """

    def __init__(self, words: str, setup: Setup, patience: float = PATIENCE) -> None:
        self.setup = setup
        if not 0 < patience <= _LONGEST:
            raise InputError("patience", patience, f"more than 0, to {_LONGEST} seconds")
        try:
            split = shlex.split(words)
        except ValueError as error:
            raise InputError("driver", words, f"a command ({error})") from None
        if not split:
            raise InputError("driver", words, "a command")
        self._patience = patience
        self._wait = max(patience, START)
        self._count = 0
        self._lines: Queue[str | None] = Queue()
        self._complaint = ""
        try:
            self._process = subprocess.Popen(
                split,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                encoding="utf-8",
                errors="replace",
            )
        except OSError as error:
            raise InputError("driver", words, f"a command that starts ({error.strerror})") from None
        Thread(target=self._read, daemon=True).start()
        self._listener = Thread(target=self._listen, daemon=True)
        self._listener.start()

    def __enter__(self) -> Driver:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the driver: its input ends, and if that does not end it, it is killed."""
        assert self._process.stdin is not None, "a pipe"
        try:
            self._process.stdin.close()
            self._process.wait(1.0)
        except (OSError, subprocess.TimeoutExpired):
            self._process.kill()
            self._process.wait()

    # ---- the bench

    @property
    def kinds(self) -> tuple[str, ...]:
        """None: what Byzantine nodes say is chosen by who drives."""
        return ()

    def start(self) -> Json:
        """Start all nodes."""
        self._count = 0
        answer = self._ask(new(self.setup), Started)
        if len(answer["states"]) != self.setup.n:
            raise DriverError(
                f"gave {len(answer['states'])} states of {self.setup.n} nodes, after new"
            )
        answer["sent"] = answer.get("sent") or []
        return answer

    def deliver(self, node: int, msg: int, *, more: bool = False) -> Json:
        """Give a node a message."""
        return self._input({"op": "deliver", "node": node, "msg": msg} | _marked(more))

    def timeout(self, node: int, *, more: bool = False) -> Json:
        """Let the timer of a node expire."""
        return self._input({"op": "timeout", "node": node} | _marked(more))

    def restart(self, node: int) -> Json:
        """Start a node again without memory."""
        return self._input({"op": "restart", "node": node})

    def forge(self, lie: Lie) -> Json:
        """Have a Byzantine node say something."""
        asked = {"node": lie.node, "kind": lie.kind, "view": lie.view}
        asked |= {"about": lie.about, "nonce": lie.nonce}
        asked |= {} if lie.carries is None else {"carries": list(lie.carries)}
        answer = self._ask({"op": "forge", **asked}, Answer)
        if len(answer.get("sent") or ()) != 1:
            raise DriverError("gave no single message as the answer to forge")
        return answer

    def now(self, milliseconds: int) -> None:
        """Set the clock."""
        self._ask({"op": "now", "now_ms": milliseconds}, Answer)

    def states(self) -> list[Json]:
        """Return the state of every node."""
        states: list[Json] = self._ask({"op": "states"}, Started)["states"]
        return states

    # ---- the wire

    def _input(self, asked: Json) -> Json:
        answer = self._ask(asked, Answer)
        if answer.get("state") is None:
            raise DriverError(f"gave no state in the answer to {asked['op']}")
        answer["sent"] = answer.get("sent") or []
        return answer

    def _ask(self, asked: Json, form: type[T]) -> Json:
        op = str(asked["op"])
        assert self._process.stdin is not None, "a pipe"
        try:
            self._process.stdin.write(line_of(asked))
            self._process.stdin.flush()
        except (OSError, ValueError):
            raise DriverError(self._ended(op)) from None
        try:
            line = self._lines.get(timeout=self._wait)
        except Empty:
            self._process.kill()
            raise DriverError(f"gave no answer to {op} within {self._wait:g} s") from None
        self._wait = self._patience
        if line is None:
            raise DriverError(self._ended(op))
        answer = _parse(line, op, form)
        for message in answer.get("sent") or ():
            if message["id"] != self._count:
                raise DriverError(f"sent message {message['id']} after {self._count - 1}, in {op}")
            self._count += 1
        return answer

    def _ended(self, op: str) -> str:
        try:
            code = self._process.wait(1.0)
        except subprocess.TimeoutExpired:
            return f"closed its output at {op}"
        # What it said before it ended may still be on its way.
        self._listener.join(1.0)
        said = f": {self._complaint.strip()[:200]}" if self._complaint else ""
        return f"ended with exit code {code} at {op}{said}"

    def _read(self) -> None:
        assert self._process.stdout is not None, "a pipe"
        while line := self._process.stdout.readline(LONGEST):
            self._lines.put(line)
        self._lines.put(None)

    def _listen(self) -> None:
        assert self._process.stderr is not None, "a pipe"
        for line in self._process.stderr:
            if line.strip() and not self._complaint.startswith(CAUSES):
                self._complaint = line


def _marked(more: bool) -> Json:
    return {"more": True} if more else {}


def _parse(line: str, op: str, form: type[T]) -> Json:
    try:
        answer: Any = json.loads(line)
        # Half of a surrogate pair is JSON, and no text that can be shown.
        json.dumps(answer, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise DriverError(f"gave no JSON in the answer to {op}: {line.strip()[:80]!r}") from None
    if isinstance(answer, dict) and "error" in answer:
        raise DriverError(f"said there was an error at {op}: {str(answer['error'])[:200]}")
    try:
        form.model_validate(answer)
    except ValidationError as error:
        raise DriverError(
            f"gave nonsense in the answer to {op}: {InputError.from_pydantic(error)}"
        ) from None
    answered: Json = answer
    return answered
