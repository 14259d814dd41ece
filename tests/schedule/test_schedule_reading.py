"""Settings of schedules that others wrote: what is no number, or no known word, is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest

import milpbft
from milpbft.errors import InputError
from milpbft.schedule.reading import number_in, numbers_in, word_in

STRANGE = ("", "x", "-1", "1.5", "²", "٤", "99999999999999999999")


@pytest.mark.parametrize("text", STRANGE)
def test_only_plain_numbers_are_numbers(text: str):
    """The setting is named, as it is where one of several is none."""
    with pytest.raises(InputError, match=r"^settings\.k: "):
        number_in({"k": text}, "k")
    with pytest.raises(InputError, match=r"^settings\.k: "):
        numbers_in({"k": f"1,{text or 'x'}"}, "k")


def test_what_is_not_said_is_the_default():
    """And what is said is read."""
    assert (number_in({}, "k"), number_in({}, "k", 3), number_in({"k": "7"}, "k")) == (None, 3, 7)
    assert (numbers_in({}, "k"), numbers_in({"k": "4,5"}, "k")) == ([], [4, 5])
    assert word_in({}, "k", "a", ("a", "b")) == "a"
    with pytest.raises(InputError, match=r"^settings\.k: 'c' is not allowed; one of a, b"):
        word_in({"k": "c"}, "k", "a", ("a", "b"))


@pytest.mark.parametrize(
    ("protocol", "name"),
    [
        *(("dbft2", name) for name in ("returns", "faults", "quorum", "view_quorum")),
        *(("pbft", name) for name in ("redundant", "faults", "quorum", "requests")),
    ],
)
def test_strange_settings_are_refused_by_name(protocol: str, name: str):
    """Replay ends in a line, whatever the setting holds."""
    run = milpbft.simulate(protocol, ticks=3).schedule
    strange = replace(run, settings={**run.settings, name: "Prepare"})
    with pytest.raises(InputError, match=rf"^settings\.{name}: 'Prepare' is not allowed"):
        milpbft.replay(strange)


@pytest.mark.parametrize("name", ["k", "k_most", "serving", "ring"])
def test_settings_of_a_broadcast_have_a_most(name: str):
    """Numbers past what arrays can hold are refused as well."""
    run = milpbft.solve("hgfrr-n6-r4-k2-s0-b1-coverage").schedule
    assert run is not None
    strange = replace(run, settings={**run.settings, name: "99999999999999999999"})
    with pytest.raises(InputError, match=rf"^settings\.{name}: "):
        milpbft.replay(strange)
