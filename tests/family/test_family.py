"""A family is what its file says: ranges, lists, expressions, conditions, over any protocol."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import pytest

from milpbft.errors import InputError
from milpbft.family import Family

if TYPE_CHECKING:
    from pathlib import Path

BLOCK = {"protocol": "dbft2", "semantics": "strict", "n": 4, "objective": "forks"}


def names(*blocks: dict[str, object], **settings: object) -> list[str]:
    tasks = Family.make({"instances": list(blocks), **settings}).tasks()
    return [task.instance.name for task in tasks]


def test_a_file_says_many_instances(tmp_path: Path):
    """The same that nested loops say, in their order."""
    path = tmp_path / "family.toml"
    path.write_text(
        'title = "all splits of f"\n[[instances]]\nprotocol = ["dbft2", "pbft"]\n'
        'semantics = "strict"\nn = {from = 4, to = 11}\nbyzantine = {from = 0, to = "f"}\n'
        'crashes = "f - byzantine"\nobjective = ["forks", "undecided"]\nviews = 1\n'
        'where = "n == 3*f + 1"\n'
    )
    found = {(task.instance.protocol, task.instance.n, task.instance.byzantine,
              task.instance.crashes, task.instance.objective.name)
             for task in Family.read(path).tasks()}  # fmt: skip
    wanted = {
        (protocol, n, b, (n - 1) // 3 - b, goal)
        for protocol, n, goal in product(("dbft2", "pbft"), (4, 7, 10), ("forks", "undecided"))
        for b in range((n - 1) // 3 + 1)
    }
    assert found == wanted


def test_any_protocol_and_any_kind_of_field():
    """Words, texts that look like expressions, tuples of digits, flags and steps."""
    assert names({"protocol": "dbft2", "n": [4], "horizon": {"from": 5, "to": 9, "step": 2},
                  "objective": "p1", "delivery": [[3], [3, 4]]}) == [
        "dbft2-n4-t5-p1-d3", "dbft2-n4-t5-p1-d34", "dbft2-n4-t7-p1-d3", "dbft2-n4-t7-p1-d34",
        "dbft2-n4-t9-p1-d3", "dbft2-n4-t9-p1-d34",
    ]  # fmt: skip
    assert names({"protocol": "dbft2", "n": 4, "horizon": 5, "objective": "p1", "delivery": [3, 4]}
                 ) == ["dbft2-n4-t5-p1-d34"]  # fmt: skip
    costs = ["3_1_1", "2_2"]
    fields = {"protocol": "powmassign", "costs": costs, "units": 6, "ports": [1, 2]}
    assert len(names({**fields, "objective": "ticks"})) == 4
    assert len(names({**BLOCK, "gossip": [True, False], "horizon": "n + f"})) == 2


def test_each_is_there_once():
    """Blocks may overlap; solvers multiply."""
    assert len(names(BLOCK, {**BLOCK, "n": [4, 7]})) == 2
    assert len(names(BLOCK, solvers=["cbc", "highs"])) == 2


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"protocol": "nobody"}, "instances.1.protocol"),
        ({"n": "m + 1"}, "instances.1.n"),
        ({"n": {"from": 4}}, "instances.1.n"),
        ({"n": {"from": 4, "to": 9, "by": 2}}, "instances.1.n"),
        ({"n": {"from": 4, "to": 9, "step": 0}}, "instances.1.n.step"),
        ({"n": []}, "instances.1.n"),
        ({"n": [4, [5]]}, "instances.1.n"),
        ({"n": 3}, "instances.1.n"),
        ({"nodes": 4}, "instances.1.nodes"),
        ({"n": "n"}, "instances.1.n"),
        ({"n": True, "where": 3}, "instances.1.where"),
        ({"where": "n == "}, "instances.1.where"),
        ({"where": "m == 3"}, "instances.1.where"),
        ({"where": "n > 99"}, "family"),
        ({"n": {"from": 4, "to": 10**9}, "where": "n < 0"}, "instances.1.n"),
        ({"byzantine": {"from": 0, "to": "objective"}}, "instances.1.byzantine.to"),
    ],
)
def test_what_is_not_allowed_is_named(change: dict[str, object], field: str):
    """One error, of the field."""
    with pytest.raises(InputError) as caught:
        names({**BLOCK, **change})
    assert caught.value.field == field
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    ["", "title = 3", "instances = []", "instances = 3", "[[instances]]\nx = ", "x = [" * 999],
)
def test_files_that_are_no_family(tmp_path: Path, text: str):
    """One error, whatever it is."""
    path = tmp_path / "family.toml"
    path.write_text(text)
    with pytest.raises(InputError):
        Family.read(path)
    with pytest.raises(InputError, match="readable"):
        Family.read(tmp_path / "none.toml")
