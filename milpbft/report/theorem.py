"""What was found for all sizes, in words and as JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from milpbft.check.everywhere import Theorem
    from milpbft.check.quorums import Quorums


def theorem_lines(theorem: Theorem, paint: Callable[[str], str]) -> Iterator[tuple[str, str]]:
    """Yield names and texts, in the order in which they are printed."""
    yield "answer", theorem_answer(theorem)
    yield "claim", f"no {theorem.about}, whatever the size"
    words = {"holds": "confirmed", "violated": "refuted"}
    yield "verdict", paint(words.get(theorem.status, theorem.status))
    for text in theorem.scope:
        yield "sizes", text
    if theorem.parameters:
        values = ", ".join(f"{name} = {value}" for name, value in theorem.parameters.items())
        yield "smallest" if theorem.least else "size", values
    for step in theorem.run:
        yield "", f"{step.count:>4} take {step.rule}"
    if theorem.replay is not None:
        reason = f": {theorem.replay.reason}" if theorem.replay.reason else ""
        yield "replay", paint(theorem.replay.status) + reason
    elif theorem.run:
        yield "replay", "in the rule table alone: the protocol has no instance of this size"
    for note in theorem.notes:
        yield "note", note


def theorem_answer(theorem: Theorem) -> str:
    """Say in one sentence what was found for all sizes."""
    about = f"{theorem.about} {theorem.given}".strip()
    if theorem.status == "holds":
        return f"No: whatever the size, there is no {about}; proven by z3."
    if theorem.status == "contradicted":
        return f"Not settled: z3 and the MILP disagree on whether some size has a {about}."
    if theorem.status != "violated":
        return f"Not settled: whether some size has a {about}."
    values = ", ".join(f"{name} = {value}" for name, value in theorem.parameters.items())
    least = "and no smaller size has one" if theorem.least else "smaller sizes are open"
    return f"Yes: there is a {about} at {values}, {least}."


def theorem_summary(theorem: Theorem, instance: str, kept: str | None) -> dict[str, Any]:
    """Return the object that is printed as JSON."""
    parts = asdict(theorem)
    said = theorem_answer(theorem)
    return {"answer": said, "instance": instance, **parts, "schedule": kept}


_WHY = {
    "fork": "a fork",
    "lock": "a lock without faults",
    "silence": "fewer than a quorum speak",
    "range": "no number that the table takes",
}


def quorum_lines(found: dict[str, Quorums]) -> Iterator[tuple[str, str]]:
    """Yield names and texts of what became of quorums, by the sizes that were asked."""
    for name, quorums in found.items():
        yield name, quorums.scope
        yield "  tried", f"{quorums.tried} of the form a n + b f + c"
        yield "  safe", ", ".join(quorums.found) or "none"
        if quorums.undecided:
            yield "  undecided", ", ".join(quorums.undecided)
        for about, words in _WHY.items():
            these = [one for one in quorums.excluded if one.about == about]
            if these:
                first = these[0]
                number = len(these) + sum(one.others for one in these)
                at = ", ".join(f"{key} = {first.sizes[key]}" for key in ("N", "T"))
                yield "  excluded", f"{number} by {words}, as {first.quorum} at {at}"
