"""Console: what every command keeps to, from error lines and exit codes to progress."""

from __future__ import annotations

import json
import os
import sys
import threading
from contextlib import ExitStack, contextmanager, nullcontext, redirect_stdout, suppress
from pathlib import Path
from tempfile import TemporaryFile
from time import monotonic
from typing import TYPE_CHECKING, Any, NoReturn, TextIO, TypeVar

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from typer.core import TyperGroup

from milpbft.commands.former import told
from milpbft.errors import InputError, UnsupportedError
from milpbft.places import stands

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from milpbft.verdict import Status

T = TypeVar("T")
OK, FAILED, UNUSABLE, LIMIT, INTERRUPTED = 0, 1, 2, 3, 130
EXIT_CODES: dict[Status, int] = {"confirmed": OK, "refuted": FAILED, "undecided": LIMIT}
_COLOURS = {
    **dict.fromkeys(("confirmed", "ok"), "green"),
    **dict.fromkeys(("refuted", "FAIL", "error"), "red"),
    **dict.fromkeys(("undecided", "limit"), "yellow"),
    "new": "cyan",
}
# Module of an extra that is met only when it is needed -> the extra.
_EXTRAS = {"plotly": "plot"}
# The common ancestor of Typer's errors of usage, whose module Typer does not export.
_UsageError: type[Exception] = typer.BadParameter.__bases__[0]


class Commands(TyperGroup):
    """Ends with the exit code that a command returns; an error of the user is one line."""

    def main(self, *args: Any, **kwargs: Any) -> NoReturn:  # noqa: ANN401
        """Run the command that the arguments name."""
        words = kwargs.get("args", args[0] if args else None)
        quiet = (
            _only_the_object if "--json" in (sys.argv if words is None else words) else nullcontext
        )
        try:
            with quiet(), told():
                code = super().main(*args, **{**kwargs, "standalone_mode": False})
        except InputError as error:
            code = complain(str(error), LIMIT if isinstance(error, UnsupportedError) else UNUSABLE)
        except _UsageError as error:
            code = _explain(error)
        except ModuleNotFoundError as error:
            code = complain(_missing(error))
        except OSError as error:
            code = _refused(error)
        except MemoryError:
            code = complain("memory: it does not suffice; take a smaller instance", LIMIT)
        except (typer.Abort, KeyboardInterrupt):
            code = INTERRUPTED
        sys.exit(code)


def complain(line: str, code: int = UNUSABLE) -> int:
    """Print an error in one line; return the exit code."""
    typer.echo(f"error: {' '.join(line.split())}", err=True)
    return code


def _refused(error: OSError) -> int:
    """Tell what the system refuses, such as a full disk; what is left in buffers is let go."""
    where = error.filename or "output"
    with suppress(OSError, ValueError), Path(os.devnull).open("wb") as nowhere:
        if sys.stdout.fileno() == 1:
            os.dup2(nowhere.fileno(), 1)
    return complain(f"{where}: {error.strerror or error}")


def _missing(error: ModuleNotFoundError) -> str:
    """Name the extra that brings a missing module; raise the error again where none does."""
    module = (error.name or "").partition(".")[0]
    if module not in _EXTRAS:
        raise error
    return f"{module}: it is not installed; pip install 'milpbft[{_EXTRAS[module]}]'"


def _explain(error: Any) -> int:  # noqa: ANN401
    # Without arguments, help says more than a line can.
    if type(error).__name__ == "NoArgsIsHelpError":
        error.show()
        return UNUSABLE
    line, option = error.format_message(), getattr(error, "option_name", None)
    takes = {name for one in error.ctx.command.params for name in one.opts} if error.ctx else ()
    if option and option.startswith("--") and "--set" in takes:
        field = option.removeprefix("--").replace("-", "_")
        line += f"; a field of the instance is given as --set {field}=VALUE"
    return complain(line)


def exit_code(*, failed: int, undecided: int = 0) -> int:
    """Return the exit code where so many failed and so many reached a limit."""
    return FAILED if failed else LIMIT if undecided else OK


def paint(word: str, width: int = 0) -> str:
    """Colour a verdict or an outcome; the colour is dropped where the output is no terminal."""
    return typer.style(word.ljust(width), fg=_COLOURS.get(word))


def print_json(value: dict[str, Any]) -> None:
    """Print the one object of ``--json``."""
    print(json.dumps(value, indent=2), file=_OBJECTS[-1] if _OBJECTS else sys.stdout, flush=True)


_OBJECTS: list[TextIO] = []
"""Where the object of ``--json`` goes: standard output, kept from everything else."""


@contextmanager
def _only_the_object() -> Iterator[None]:
    """Send to standard error what is printed, by libraries in C too; not what is the object."""
    if sys.stdout is None:  # closed before the start: there is no place for an object
        yield
        return
    sys.stdout.flush()
    with ExitStack() as stack, suppress(BrokenPipeError):
        kept = sys.stdout
        with suppress(OSError, ValueError):
            real = kept.fileno() == 1
            saved = os.dup(1)
            stack.callback(os.close, saved)
            if real:
                kept = stack.enter_context(os.fdopen(os.dup(1), "w", encoding=kept.encoding))
            os.dup2(2, 1)
            stack.callback(_return, saved)
        _OBJECTS.append(kept)
        stack.callback(_OBJECTS.pop)
        stack.enter_context(redirect_stdout(sys.stderr))
        yield


def _return(saved: int) -> None:
    """Give standard output back; what C libraries have in their buffers is not for it."""
    with suppress(OSError, AttributeError):
        # Imported here: only who asks for an object pays.
        import ctypes  # noqa: PLC0415

        ctypes.CDLL(None).fflush(None)
    os.dup2(saved, 1)


@contextmanager
def writing(option: str, path: Path) -> Iterator[None]:
    """Turn a failed write into the one-line error of the option that named the path."""
    try:
        yield
    except OSError as error:
        allowed = f"a path that can be written to ({error.strerror or error})"
        raise InputError(option, str(path), allowed) from None


def make_directory(path: Path | None, names: Iterable[str] = ()) -> None:
    """Make the directory of ``--out`` before the work is done, not after it.

    Parameters
    ----------
    names
        Files in it that will be written.

    Raises
    ------
    InputError
        Where the directory cannot be made, or nothing or one of the files not be written.
    """
    if path is None:
        return
    with writing("out", path):
        path.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=path):
            pass
    for name in names:
        try_file("out", path / name)


def try_file(option: str, path: Path | None) -> None:
    """Find out before the work is done that a file can be written; leave no trace.

    Raises
    ------
    InputError
        Where it cannot.
    """
    if path is None:
        return
    new = not stands(path)
    with writing(option, path):
        with path.open("ab"):
            pass
        if new:
            path.unlink()


class Display:
    """Progress on standard error, if that is a terminal: a spinner, a text and the time.

    Parameters
    ----------
    text
        What is being done.
    delay
        Seconds before it is shown: what takes less needs no display.
    """

    def __init__(self, text: str, delay: float = 1.0) -> None:
        columns = SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn()
        # Standard output may be a pipe: what is printed there stays out of the display's hands.
        self._progress = Progress(
            *columns,
            console=Console(stderr=True),
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
            # Rich would also take FORCE_COLOR, which CI systems set, for a terminal.
            disable=not sys.stderr.isatty(),
        )
        self._task = self._progress.add_task(text, total=None)
        self._timer = threading.Timer(delay, self._show)
        self._timer.daemon = True
        # The timer's thread must not show what this one has just ended.
        self._lock = threading.Lock()
        self._ended = False

    def _show(self) -> None:
        with self._lock:
            if not self._ended:
                self._progress.start()

    def update(self, text: str) -> None:
        """Show another text."""
        self._progress.update(self._task, description=text)

    def print(self, line: str, *, err: bool = False) -> None:
        """Print a line above the display."""
        with self._lock:
            shown = self._progress.live.is_started
            self._progress.stop()
            typer.echo(line, err=err)
            if shown:
                self._progress.start()

    def __enter__(self) -> Display:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        with self._lock:
            self._ended = True
            self._progress.stop()


class Teller:
    """Says how far a solve is: in the display on a terminal, elsewhere in a line now and then.

    Parameters
    ----------
    display
        Where it is shown.
    title
        What is being done.
    often
        Seconds between two lines where there is no terminal.
    """

    def __init__(self, display: Display, title: str, often: float = 10.0) -> None:
        self._display, self._title, self._often = display, title, often
        self._lines = not sys.stderr.isatty()
        self._last = monotonic()

    def tell(self, progress: object) -> None:
        """Show a :class:`milpbft.solvers.Progress`."""
        text = f"{self._title}: {progress}"
        self._display.update(text)
        if self._lines and monotonic() - self._last > self._often:
            self._last = monotonic()
            typer.echo(text, err=True)


def each_run(simulate: Callable[[int], T], seeds: range, *, as_json: bool) -> Iterator[T]:
    """Simulate with each seed; print each run as a line, on standard error for `as_json`."""
    with Display(f"run 1 of {len(seeds)}") as display:
        for number, seed in enumerate(seeds, start=1):
            display.update(f"run {number} of {len(seeds)}")
            one = simulate(seed)
            display.print(str(one), err=as_json)
            yield one
