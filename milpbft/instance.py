"""Instance: one problem, and the TOML file that holds it with its expected optimum."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Any, Literal, Self

import tomli_w
from pydantic import (
    Field,
    field_validator,
    model_validator,
)

from milpbft.errors import InputError
from milpbft.objective import Objective
from milpbft.part import Part, Question
from milpbft.strict import StrictInstance

if TYPE_CHECKING:
    from pathlib import Path

Encoding = Literal["direct", "compact"]


class Instance(Question):
    """One problem under published semantics: protocol, sizes, network, encoding and objective.

    Parameters
    ----------
    protocol
        Name of a protocol in the registry, e.g. ``dbft2``.
    n
        Number of nodes, 4 to 100; also the number of views in the published semantics.
    horizon
        Number of instants, 2 to 1000; of each view in the published semantics, where the first
        instant is empty.
    objective
        What is minimised or maximised; a name such as ``p1`` or a table with sense and weights.
    delivery
        Which delivery properties hold, of (1) PrepareRequest, (2) PrepareResponse, (3) Commit and
        (4) ChangeView: what one honest node sends reaches every other (paper, section 4.5).
    semantics
        Which executions count: ``published``.
    encoding
        How they are written as a MILP.
    """

    n: int = Field(ge=4, le=100)
    horizon: int = Field(ge=2, le=1000)
    objective: Objective
    delivery: tuple[Literal[1, 2, 3, 4], ...] = ()
    semantics: Literal["published"] = "published"
    encoding: Encoding = "compact"

    @field_validator("objective", mode="before")
    @classmethod
    def _named(cls, value: object) -> object:
        return Objective.parse(value) if isinstance(value, str) else value

    @field_validator("delivery")
    @classmethod
    def _sorted(cls, value: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(sorted(set(value)))

    @model_validator(mode="after")
    def _offered(self) -> Self:
        self.check_offered(self.semantics)
        return self

    @property
    def name(self) -> str:
        """Name that reads like the paper's, e.g. ``dbft2-n4-t5-p3-d34``."""
        suffix = "-d" + "".join(map(str, self.delivery)) if self.delivery else ""
        return f"{self.protocol}-n{self.n}-t{self.horizon}-{self.objective.name}{suffix}"

    @classmethod
    def parse(cls, name: str, **fields: Any) -> Instance:  # noqa: ANN401
        """Read an instance name; `fields` that are not None override what it says.

        Raises
        ------
        InputError
            Where the text is no instance name or a field is not allowed.
        """
        pattern = r"([a-z0-9]+)-n(\d{1,9})-t(\d{1,9})-([a-z0-9_-]+?)(?:-d([0-9]+))?"
        match = re.fullmatch(pattern, name)
        if match is None:
            raise InputError("instance", name, "a TOML file, a name such as dbft2-n4-t5-p1 or "
                             "dbft2-n4-t5-p3-d34, or a protocol with --n, --horizon and "
                             "--objective")  # fmt: skip
        protocol, n, horizon, objective, delivery = match.groups()
        said = {
            "protocol": protocol,
            "n": int(n),
            "horizon": int(horizon),
            "objective": objective,
            "delivery": tuple(int(digit) for digit in delivery or ""),
        }
        return cls.make(said | {key: value for key, value in fields.items() if value is not None})


AnyInstance = Instance | StrictInstance
"""An instance of either semantics."""


def make_instance(fields: dict[str, Any]) -> AnyInstance:
    """Validate the fields of an instance of either semantics.

    Raises
    ------
    InputError
        With the first field that is not allowed.
    """
    kind = StrictInstance if fields.get("semantics") == "strict" else Instance
    return kind.make(fields)


def parse_instance(name: str, **fields: Any) -> AnyInstance:  # noqa: ANN401
    """Read the name of an instance of either semantics; `fields` override what it says.

    Raises
    ------
    InputError
        Where the text is no instance name or a field is not allowed.
    """
    if "-strict-" in name:
        return StrictInstance.parse(name, **fields)
    if fields.get("semantics") == "strict":
        allowed = "strict instances have names such as dbft2-strict-n4-v2-undecided"
        raise InputError("semantics", "strict", allowed)
    return Instance.parse(name, **fields)


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
        Where the value is from: the paper, or a proof by milpbft, with solver and encoding.
    """

    status: Literal["optimal", "infeasible", "open"]
    objective: int | None = None
    bound: int | None = None
    replay: Literal["confirmed", "refuted"] | None = None
    executable: int | None = None
    source: str

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if (self.objective is None) != (self.status == "infeasible") and self.status != "open":
            raise InputError("expected.objective", self.objective, "an integer where optimal, "
                             "nothing where infeasible")  # fmt: skip
        return self


class InstanceFile(Part):
    """An instance file: the instance and, where known, the expected optimum."""

    instance: AnyInstance
    expected: Expected | None = None

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
            raise InputError("file", str(path), f"a readable file ({error})") from None
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
