"""The command that explains a protocol, an instance, or an objective."""

import re
from typing import Annotated, Any

import typer

from milpbft.cases import Case, shipped
from milpbft.commands import options
from milpbft.commands.bundles import bundled
from milpbft.commands.console import print_json
from milpbft.commands.explained import about_protocol, print_protocol
from milpbft.commands.lazy import example
from milpbft.errors import InputError, meant
from milpbft.places import stands
from milpbft.question.about import objectives_of, parts_of
from milpbft.question.files import question_of
from milpbft.question.part import Question
from milpbft.registry import PROTOCOLS, find
from milpbft.report.sentence import expected_sentence

Target = Annotated[
    str,
    typer.Argument(
        metavar="PROTOCOL|INSTANCE|OBJECTIVE",
        help="A protocol such as pbft, the name or file of an instance, or an objective such as "
        "faults_lock.",
    ),
]


@example("milpbft describe pbft-n4-v2-b1-forks")
@bundled
def describe(target: Target, *, as_json: options.Json = False) -> int:
    """Explain a protocol's fields and objectives, a name part by part, or an objective."""
    if target in PROTOCOLS:
        found = about_protocol(target)
    elif (users := _users(target)) and not stands(target):
        found = {"objective": target, "protocols": users}
    elif re.fullmatch(r"\w+", target) and not stands(target):
        known = [*PROTOCOLS, *_objectives()]
        allowed = f"a protocol, an instance, or an objective{meant(target, known)}"
        raise InputError("target", target, f"{allowed}; `milpbft list` shows the protocols")
    else:
        found = _instance(Case.of(target))
    if as_json:
        print_json(found)
    else:
        _print(found)
    return 0


def _classes() -> dict[tuple[str, str], type[Question]]:
    """Return the classes of instances by protocol and semantics."""
    return {
        (name, semantics): question_of(name, semantics)
        for name in PROTOCOLS
        for semantics in find(name).questions
    }


def _objectives() -> set[str]:
    return {name for question in _classes().values() for name in objectives_of(question)}


def _users(objective: str) -> dict[str, str]:
    """Return who has an objective, with what it means there."""
    found = {}
    for (protocol, semantics), question in _classes().items():
        if text := objectives_of(question).get(objective):
            found[f"{protocol}, {semantics}"] = text
    return found


def _instance(case: Case) -> dict[str, Any]:
    instance = case.instance
    parts = [
        {"part": said, "field": field.name, "value": value, "text": field.text}
        for said, field, value in parts_of(instance)
    ]
    aim = instance.objective.name
    parts.append({"part": aim, "field": "objective", "value": aim,
                  "text": objectives_of(type(instance)).get(aim, "")})  # fmt: skip
    return {
        "instance": instance.name,
        "title": find(instance.protocol).title,
        "semantics": instance.semantics,
        "encoding": instance.encoding,
        "parts": parts,
        "answer": _known(case),
    }


def _known(case: Case) -> str | None:
    """Return what the files that ship say of an instance."""
    expected = case.expected
    if expected is None:
        files = shipped().rglob(f"{case.instance.name}.toml")
        expected = next((Case.read(path).expected for path in files), None)
    return expected_sentence(case.instance, expected) if expected else None


def _print(found: dict[str, Any]) -> None:
    if "models" in found:
        print_protocol(found)
    elif "parts" in found:
        _print_instance(found)
    else:
        typer.secho(found["objective"], bold=True)
        texts: dict[str, list[str]] = {}
        for user, text in found["protocols"].items():
            texts.setdefault(text, []).append(user)
        for text, users in texts.items():
            typer.echo(f"  {text}\n    of {'; '.join(users)}")


def _print_instance(found: dict[str, Any]) -> None:
    about = f"{found['title']}, {found['semantics']}, {found['encoding']}"
    typer.secho(f"{found['instance']}: {about}", bold=True)
    for part in found["parts"]:
        typer.echo(f"  {part['part']:<14}{part['field']} = {part['value']}: {part['text']}")
    typer.echo(found["answer"] or "\nNo file that ships has its answer: milpbft solve finds it.")
