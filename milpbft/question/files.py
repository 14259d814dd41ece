"""Instance: one problem, and the TOML file that holds it with its expected optimum."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any, Literal, Self, get_args

import tomli_w
from pydantic import SerializeAsAny, model_validator

from milpbft.errors import InputError, meant
from milpbft.question.part import Part, Question
from milpbft.registry import PROTOCOLS, find, load

if TYPE_CHECKING:
    from pathlib import Path


def question_of(protocol: object, semantics: str | None = None) -> type[Question]:
    """Import the class of a protocol's instances of a semantics; None for the first.

    Raises
    ------
    InputError
        Where there is no such protocol, or it has no model of that semantics.
    """
    question: type[Question] = load(find(protocol).question(semantics))
    return question


def make_instance(fields: dict[str, Any]) -> Question:
    """Validate the fields of an instance of any protocol.

    Raises
    ------
    InputError
        With the first field that is not allowed.
    """
    return question_of(fields.get("protocol"), fields.get("semantics")).make(fields)


def parse_instance(name: str, **fields: Any) -> Question:  # noqa: ANN401
    """Read the name of an instance of any protocol; `fields` override what it says.

    A protocol that has several semantics says which in its names, unless it is the first:
    ``dbft2-n4-t5-p1``, ``dbft2-strict-n4-v2-undecided``.

    Raises
    ------
    InputError
        Where the text is no instance name or a field is not allowed.
    """
    protocol, *words = name.split("-")
    if not words and protocol not in PROTOCOLS:
        raise InputError("instance", name, "a TOML file, a name such as dbft2-n4-t5-p1 or "
                         "dbft2-strict-n4-v2-undecided, or a protocol with options"
                         + meant(name, PROTOCOLS))  # fmt: skip
    questions = find(protocol).questions
    said = words[0] if words and words[0] in questions else None
    if fields.get("semantics") not in (None, said or next(iter(questions), None)):
        allowed = f"as in the name, or a name such as {protocol}-{fields['semantics']}-n4-v2-forks"
        raise InputError("semantics", fields["semantics"], allowed)
    return question_of(protocol, said).parse(name, **fields)


class Expected(Part):
    """What is known of an instance's optimum, and who says so.

    Parameters
    ----------
    status
        ``optimal``, ``infeasible``, or ``open`` where nobody has proven the optimum.
    objective
        The optimum, or the best known value of an open instance.
    bound
        The best proven bound of an open instance.
    replay
        Verdict of the replay of an optimal schedule.
    executable
        Where the replay is refuted: the optimum over schedules that replicas can produce, if
        proven.
    source
        Where the value is from: the paper, or a proof by milpbft, with solver and encoding. May be
        left out of files of one's own.
    """

    status: Literal["optimal", "infeasible", "open"]
    objective: int | None = None
    bound: int | None = None
    replay: Literal["confirmed", "refuted"] | None = None
    executable: int | None = None
    source: str = ""

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if (self.objective is None) != (self.status == "infeasible") and self.status != "open":
            raise InputError("expected.objective", self.objective, "an integer where optimal, "
                             "nothing where infeasible")  # fmt: skip
        return self


Kind = Literal[
    "rows", "replay", "certificate", "enumeration", "second-solver", "adversaries", "mutants"
]
"""Ways to check a value: exact feasibility of its point, replay with recount, a verified
certificate of the bound, enumeration of the reference, a second solver, random adversaries that
stay below the bound, and mutants of the replicas that are caught."""


class Evidence(Part):
    """Which checks a value has passed, so that a reader knows how much to believe of it.

    Parameters
    ----------
    checks
        Their names, in the order of :data:`Kind`.
    nodes, size
        Nodes of the search that found the certificate, and bytes of its compressed file.
    model
        Digest of the problem that was checked: evidence is of one model.
    """

    checks: tuple[Kind, ...] = ()
    nodes: int | None = None
    size: int | None = None
    model: str | None = None

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        known = [kind for kind in get_args(Kind) if kind in self.checks]
        if list(self.checks) != known:
            raise InputError("evidence.checks", list(self.checks), f"in this order: {known}")
        return self

    def write_into(self, path: Path) -> None:
        """Write it as the last section of an instance file, in place of one that is there."""
        text = path.read_text(encoding="utf-8").partition("\n[evidence]\n")[0].rstrip("\n")
        section = tomli_w.dumps({"evidence": self.model_dump(exclude_none=True)})
        path.write_text(f"{text}\n\n{section}", encoding="utf-8")

    def joined(self, other: Evidence) -> Evidence:
        """Add what another run has shown; the size of its certificate is the newer one.

        What was shown of another model counts no more.
        """
        if self.model != other.model:
            return other
        checks = tuple(kind for kind in get_args(Kind) if kind in self.checks + other.checks)
        newer = other if "certificate" in other.checks else self
        return Evidence(checks=checks, nodes=newer.nodes, size=newer.size, model=self.model)


class InstanceFile(Part):
    """An instance file: the instance and, where known, the expected optimum and its evidence."""

    instance: SerializeAsAny[Question]
    expected: Expected | None = None
    evidence: Evidence | None = None

    @classmethod
    def read(cls, path: Path) -> InstanceFile:
        """Read a TOML file.

        Raises
        ------
        InputError
            Where the file cannot be read, is not TOML, or holds a field that is not allowed.
        """
        try:
            fields = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise InputError.unreadable("file", path, error) from None
        except tomllib.TOMLDecodeError as error:
            raise InputError("file", str(path), f"TOML ({error})") from None
        if isinstance(fields.get("instance"), dict):
            try:
                fields["instance"] = make_instance(fields["instance"])
            except InputError as error:
                raise error.within("instance") from None
        return cls.make(fields)

    def write(self, path: Path) -> None:
        """Write as TOML; :meth:`read` reads it back."""
        path.write_text(tomli_w.dumps(self.model_dump(exclude_none=True)), encoding="utf-8")
