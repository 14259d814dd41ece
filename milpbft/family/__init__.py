"""Families of instances: a file that says many at once, and the arithmetic in it."""

from .arithmetic import Expression
from .family import Family, Task

__all__ = ["Expression", "Family", "Task"]
