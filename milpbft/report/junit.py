"""JUnit report of a suite's outcomes, which CI systems show."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from collections.abc import Sequence

    from milpbft.suite import Outcome

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(outcomes: Sequence[Outcome]) -> str:
    """Return the report: a case per instance.

    What failed is a ``failure``, what crashed or is no instance an ``error``, and what a limit or
    an interrupt ended before an answer is ``skipped``: nothing was asserted.
    """
    cases = [_case(outcome) for outcome in outcomes]
    tags = [case[0].tag for case in cases if len(case)]
    suite = ET.Element(
        "testsuite",
        name="milpbft check",
        tests=str(len(cases)),
        failures=str(tags.count("failure")),
        errors=str(tags.count("error")),
        skipped=str(tags.count("skipped")),
        time=f"{sum(outcome.seconds for outcome in outcomes):.3f}",
    )
    suite.extend(cases)
    root = ET.Element("testsuites")
    root.append(suite)
    ET.indent(root)
    # Not ElementTree's declaration: that names the encoding of the locale.
    declaration = '<?xml version="1.0" encoding="UTF-8"?>'
    return f"{declaration}\n{ET.tostring(root, encoding='unicode')}\n"


def _case(outcome: Outcome) -> ET.Element:
    path = outcome.case.path
    case = ET.Element(
        "testcase",
        name=_clean(outcome.name),
        classname=_clean(".".join(path.with_suffix("").parts[:-1]) if path else ""),
        time=f"{outcome.seconds:.3f}",
    )
    if path:
        case.set("file", _clean(str(path)))
    if tag := _tag(outcome):
        ET.SubElement(case, tag, message=_clean(outcome.verdict.reason))
    said = _said(outcome)
    if said:
        ET.SubElement(case, "system-out").text = _clean(said)
    return case


def _tag(outcome: Outcome) -> str:
    if outcome.word == "error":
        return "error"
    if outcome.word == "FAIL":
        return "failure" if outcome.result else "error"
    return "skipped" if outcome.word == "limit" else ""


def _said(outcome: Outcome) -> str:
    """Return value, bound and every check, a line each."""
    if outcome.result is None:
        return ""
    solution = outcome.result.solution
    lines = [
        f"{outcome.word}: {solution.status}, value {solution.objective}, bound {solution.bound}"
    ]
    if outcome.verdict.reason:
        lines.append(outcome.verdict.reason)
    lines += [f"{v.check}: {v.status} {v.reason}".rstrip() for v in outcome.result.checks]
    return "\n".join(lines)


def _clean(text: str) -> str:
    """Drop what XML cannot hold."""
    return _NOT_XML.sub("", text)
