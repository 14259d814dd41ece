"""Objects cross a pipe whole or not at all."""

from __future__ import annotations

import io
import os

import numpy as np
import pytest

from solvers.frames import receive, send
from solvers.task import Claim


def test_round_trip():
    """Arrays of any type, also empty and strided ones, arrive as they were."""
    sent = {
        "point": np.array([1.5, np.inf]),
        "none": np.zeros(0, dtype=np.int32),
        "every other": np.arange(10)[::2],
    }
    pipe = io.BytesIO()
    send(pipe, sent)
    send(pipe, Claim("limit"))
    pipe.seek(0)
    got = receive(pipe)
    for name, array in sent.items():
        assert got[name].dtype == array.dtype
        assert got[name].tolist() == array.tolist()
    assert receive(pipe) == Claim("limit")


def test_half_a_frame():
    """A stream that ends anywhere is an end of file, not half an object."""
    pipe = io.BytesIO()
    send(pipe, np.arange(100))
    whole = pipe.getvalue()
    for length in (0, 5, len(whole) // 2, len(whole) - 1):
        with pytest.raises(EOFError):
            receive(io.BytesIO(whole[:length]))


def test_short_reads():
    """A pipe that gives a few bytes at a time is read to the end of the frame."""
    read, write = os.pipe()
    with os.fdopen(write, "wb") as out, os.fdopen(read, "rb", buffering=0) as back:
        send(out, np.arange(1000))
        assert receive(back).tolist() == list(range(1000))
