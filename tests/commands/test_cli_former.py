"""The command line: one vocabulary for faults, and help that explains every protocol."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner, Result

import cli
from milpbft.cases import Case
from milpbft.errors import InputError, Renamed
from milpbft.family import Family
from milpbft.question.about import fields_of, objectives_of
from milpbft.question.files import InstanceFile, make_instance, question_of
from milpbft.registry import PROTOCOLS

if TYPE_CHECKING:
    from pathlib import Path

ROUND = "povround-nc4-nb3-tb5-t15-blocks-delta1"
VOTE = "povelection-nc20-nb50-n200-k81-a7-d50-seats"
FORMER = {
    (ROUND, "crooks"): "byzantine_butlers",
    (ROUND, "dishonest"): "byzantine_commissioners",
    (VOTE, "dishonest"): "byzantine_commissioners",
    ("powmfail-g2-d1-e1-x8-m1-time-managers-rates-1x2", "failures"): "crashes",
    ("dbft2-strict-n4-v2-b1-undecided", "faults"): "tolerated",
    ("sbft-n4-v2-b1-forks", "faults"): "tolerated",
}
"""Former names of fields, and those of now, by an instance that has them."""

KINDS = {"byzantine", "byzantine_butlers", "byzantine_commissioners", "crashes", "faults"}


def run(*args: str) -> Result:
    return CliRunner(env={"COLUMNS": "100"}).invoke(cli.app, args)


def lines(result: Result) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", result.stdout)


def classes() -> list[tuple[str, str]]:
    return [(name, kind) for name in PROTOCOLS for kind in PROTOCOLS[name].questions]


@pytest.mark.parametrize(("name", "former"), FORMER)
def test_former_names_of_fields_are_taken(name: str, former: str, tmp_path: Path):
    """In files, in fields that override a name, and of an instance: the same question as now."""
    now = FORMER[name, former]
    with pytest.warns(Renamed, match=f"^{former} is called {now} now$"):
        instance = Case.of(name, **{former: 1}).instance
    assert instance == Case.of(name, **{now: 1}).instance
    told = instance.model_dump()
    told[former] = told.pop(now)
    with pytest.warns(Renamed):
        assert make_instance(told) == instance
    path = tmp_path / "instance.toml"
    InstanceFile(instance=instance).write(path)
    path.write_text(re.sub(rf"^{now} =", f"{former} =", path.read_text(), flags=re.M))
    with pytest.warns(Renamed):
        assert InstanceFile.read(path).instance == instance
    with pytest.raises(InputError, match=f"{former}: 1 is not allowed; {now} alone"):
        make_instance({**told, now: 1})


def test_a_family_may_use_former_names(tmp_path: Path):
    """As fields, and in the expressions of its condition."""
    path = tmp_path / "family.toml"
    path.write_text(
        'title = "t"\n[[instances]]\nprotocol = "povround"\ncommissioners = 4\nbutlers = 3\n'
        'cycle = 5\nhorizon = 15\ncrooks = [0, 1, 2]\nwhere = "crooks < 2"\nobjective = "blocks"\n'
    )
    with pytest.warns(Renamed, match="crooks is called byzantine_butlers now"):
        found = [task.instance for task in Family.read(path).tasks()]
    assert sorted(one.model_dump()["byzantine_butlers"] for one in found) == [0, 1]


def test_the_command_line_says_the_present_name_once(recwarn: pytest.WarningsRecorder):
    """One line on standard error, whatever else is printed; no warning of Python's."""
    args = ("generate", ROUND, "--set", "crooks=1", "--json", "--set", "dishonest=9")
    result = run(*args)
    assert result.stderr.splitlines()[:2] == [
        "note: dishonest is called byzantine_commissioners now",
        "note: crooks is called byzantine_butlers now",
    ]
    assert not recwarn.list


def test_former_options_are_taken():
    """With a value of their own or after a mark; present ones are not spoken of."""
    told = "note: --dishonest is called --byzantine now\n"
    common = ("pov", "simulate", "--commissioners", "4", "--runs", "1")
    old, marked = run(*common, "--dishonest", "5"), run(*common, "--dishonest=5")
    new = run(*common, "--byzantine", "5")
    assert old.stdout == marked.stdout == new.stdout
    assert (old.exit_code, old.stderr, marked.stderr, new.stderr) == (0, told, told, "")
    shown = lines(run("market", "clock", "--help"))
    assert "--byzantine" in shown
    assert "--lying" not in shown


def test_a_field_given_as_an_option_is_explained():
    """Who asks for ``--crashes 1`` hears how fields are given."""
    result = run("solve", "dbft2-strict-n4-v2-undecided", "--crashes", "1")
    assert result.exit_code == 2
    assert "--set crashes=VALUE" in result.stderr


@pytest.mark.parametrize(("protocol", "semantics"), classes())
def test_fields_for_faults_have_the_common_words(protocol: str, semantics: str):
    """How many nodes fail, and how: `b` and `c` of names are never another word."""
    for field in fields_of(question_of(protocol, semantics)):
        if re.search(r"-b[bc]?K", field.spelled) and "batch" not in field.name:
            assert field.name in KINDS
        assert not {"dishonest", "crooks", "failures", "silent", "faulty"} & {field.name}


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_help_explains_every_protocol(protocol: str):
    """``milpbft PROTOCOL --help``: every field with values, meaning and default; objectives."""
    result = run(protocol, "--help")
    text = lines(result)
    assert result.exit_code == 0
    assert PROTOCOLS[protocol].title in text
    for semantics in PROTOCOLS[protocol].questions:
        question = question_of(protocol, semantics)
        for field in fields_of(question):
            assert re.search(rf"^  {field.name}\b.*: {re.escape(field.allowed)}", text, re.M)
            assert field.text in text
        assert all(f"  {name}: " in text for name in objectives_of(question))
        assert "--set FIELD=VALUE" in text
    assert lines(run("solve", protocol, "-h")) in text


def test_a_protocol_alone_is_its_help():
    """Without ``--help`` as with it; but what it does not know is refused."""
    assert run("dbft2").stdout == run("dbft2", "--help").stdout == run("dbft2", "-h").stdout
    assert run("dbft2", "--n", "4").exit_code == 2
    assert "No such command 'dbft3'. Did you mean" in run("dbft3", "--help").stderr
