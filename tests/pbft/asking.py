"""Values of the PBFT family, held against the enumeration of its replicas."""

from __future__ import annotations

from milpbft.pbft.enumerate.asked import ask
from milpbft.pbft.instance import PbftInstance
from milpbft.question.files import parse_instance
from milpbft.question.objective import parse_aim
from tests.proven import as_enumerated, proven

FAULTS = ("crashes", "byzantine", "amnesia", "reloads")


def agrees(name: str, limit: int, solver: str | None = None) -> tuple[int | None, bool]:
    """Hold a proven value; return it, and whether the enumeration saw all that matters.

    Parameters
    ----------
    name
        Of an instance of the counted encoding that is not calm.
    limit
        Most states that each enumeration sees.
    solver
        Who proves it.
    """
    instance = parse_instance(name)
    assert isinstance(instance, PbftInstance)
    aim = parse_aim(instance.objective.name.replace("faults", "steps"))

    def enumerated(*faults: int) -> tuple[int | None, bool]:
        fields = dict(zip(FAULTS, faults, strict=True)) | {"objective": aim}
        answer = ask(instance.model_copy(update=fields), limit)
        return answer.value, answer.enumeration.capped

    value = proven(name, solver)
    most = [getattr(instance, fault) for fault in FAULTS]
    return value, as_enumerated(instance, value, most, enumerated)
