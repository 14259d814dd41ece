"""What an instance comes to, with its run replayed."""

from __future__ import annotations

from milpbft.instance import parse_instance
from milpbft.solve import solve


def outcome(name: str) -> tuple[str, int | None]:
    """Solve; every run that is found is replayed, and keeps its network's promises."""
    result = solve(parse_instance(name))
    if result.schedule is not None:
        replayed = result.verdict("replay")
        assert replayed, replayed
    return result.solution.status, result.solution.objective
