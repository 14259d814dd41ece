"""Bundles: options that several commands share, as one parameter of each."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any, get_args

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True)
class Bundle:
    """Stands in ``Annotated[T, Bundle(make)]``: `make` has the options, and returns a T."""

    make: Callable[..., Any]


def bundled(command: Callable[..., int]) -> Callable[..., int]:
    """Let a command have, in place of a parameter that is a bundle, the options of the bundle."""
    makers: dict[str, Callable[..., Any]] = {}
    shown: list[inspect.Parameter] = []
    for name, parameter in inspect.signature(command, eval_str=True).parameters.items():
        bundle = next((x for x in get_args(parameter.annotation) if isinstance(x, Bundle)), None)
        if bundle is None:
            shown.append(parameter)
            continue
        makers[name] = bundle.make
        shown += inspect.signature(bundle.make, eval_str=True).parameters.values()

    @wraps(command)
    def run(**given: Any) -> int:  # noqa: ANN401
        for name, make in makers.items():
            options = inspect.signature(make).parameters
            given[name] = make(**{option: given.pop(option) for option in options})
        return command(**given)

    vars(run)["__signature__"] = inspect.Signature(shown)
    return run
