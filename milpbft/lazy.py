"""Lazy packages: what a package offers is imported when it is first used, and not before."""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


class LazyPackage(ModuleType):
    """A package with offers; see :func:`offer`."""

    _offers: Mapping[str, str]

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  (whatever it offers)
        place = self.__dict__.get("_offers", {}).get(name)
        if place is None:
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        module, _, inner = place.partition(":")
        value = import_module(module)
        if inner:
            value = getattr(value, inner)
        self.__dict__[name] = value
        return value

    def __setattr__(self, name: str, value: object) -> None:
        # Python sets a module that it imports as an attribute of its package: it must not take the
        # place of a function of the same name.
        is_taken = ":" in self._offers.get(name, "") or name in self.__dict__
        if not (isinstance(value, ModuleType) and is_taken):
            super().__setattr__(name, value)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *self._offers})


def offer(package: str, places: Mapping[str, str]) -> None:
    """Let a package offer names.

    Parameters
    ----------
    package
        Its name, ``__name__`` in its ``__init__.py``.
    places
        By name: where it stands, as ``module:name``, or ``module`` for a module.
    """
    module = sys.modules[package]
    module.__dict__["_offers"] = places
    module.__class__ = LazyPackage
