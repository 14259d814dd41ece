"""What the optimum of a strict question means, in a sentence that says what it rests on."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from milpbft.question.objective import Goal, Objective
from milpbft.registry import find

if TYPE_CHECKING:
    from collections.abc import Sequence

    from milpbft.question.strict import StrictInstance

GLOSSES: dict[tuple[str, object], str] = {
    ("returns", "never"): "who committed or asked never returns",
    ("returns", "own-view"): "asking nodes return to their own view",
    ("returns", "any-view"): "asking nodes return to any view",
    ("returns", "committed-or-lost"): "nodes count who committed or is lost",
    ("agreement", True): "change views carry agreement",
    ("reading", "pool"): "guards count one pool of messages",
    ("fetch", True): "blocks are fetched",
    ("fetch", False): "no block fetch",
    ("gossip", True): "everything is relayed",
    ("calm", True): "nobody leaves the view",
    ("fastpath", True): "the fast path only",
    ("blind", True): "new views ignore certificates",
    ("follows", "freely"): "nodes follow any valid new view",
    ("follows", "asked"): "nodes follow a new view only once they asked for it",
    ("counts", "later"): "timers count view changes for later views too",
    ("joins", "next"): "joins go to the next view",
    ("status", True): "new views are resent on request",
    ("resent", True): "replicas resend what they sent in their view",
    ("values", 1): "a Byzantine primary makes one proposal",
    ("values", 2): "two proposals compete",
}
"""Options in words, by field and value; others are given as they are."""

_WORDED = {
    "collector": "the collector waits {} ticks for its fast path",
    "options": "with {}",
    "quorum": "quorums of {}",
    "view_quorum": "a quorum of {} opens a view",
}
"""Options that have a number or a text."""

AGAIN = "restarts without memory"
_SAID = frozenset({"returns", "follows", "fetch", "values"})
"""Options that are said whatever they are."""


def strict_meaning(instance: StrictInstance, value: int | None) -> str:
    """Say what a proven optimum means.

    Parameters
    ----------
    value
        The optimum; None where there is proven to be none.

    Returns
    -------
    str
        A sentence without its full stop; it names faults, sizes, views, network and options.
    """
    aim = instance.objective
    if isinstance(aim, Objective):
        return _weighted(instance, aim, value)
    match aim.kind:
        case "undecided":
            return _undecided(instance, value or 0)
        case "forks":
            return _forks(instance, value or 0)
        case "delay":
            return _delay(instance, aim, value)
    return _least(instance, aim, value)


def faults(instance: StrictInstance) -> str:
    """Say who may fail, e.g. ``with one crash and 2 Byzantine nodes``."""
    said = [counted(*kind) for kind in _kinds(instance) if kind[0]]
    if not said:
        return "without faults"
    tried = isinstance(instance.objective, Goal) and instance.objective.kind == "faults"
    return f"with {'at most ' if tried else ''}{_and(said)}"


def _kinds(instance: StrictInstance) -> list[tuple[int, str, str]]:
    return [
        (instance.crashes, "crash", "crashes"),
        (instance.amnesia, "restart without memory", AGAIN),
        (instance.reloads, "restart with its log", "restarts with their logs"),
        (instance.byzantine, "Byzantine node", "Byzantine nodes"),
    ]


def tried(value: int, kinds: Sequence[tuple[int, str, str]], one: str) -> str:
    """Say how many of what was tried it takes: of which kind, or of which kinds at most how many.

    Parameters
    ----------
    value
        How many it takes.
    kinds
        Of each kind how many were tried, the name of one, and of several.
    one
        Name of one of any kind.
    """
    kinds = [kind for kind in kinds if kind[0]]
    if len(kinds) == 1:
        return counted(value, *kinds[0][1:])
    most = _and([counted(*kind) for kind in kinds]) if kinds else "none"
    return f"{counted(value, one)} (of at most {most})"


def _state(state: str) -> str:
    """Say where nodes are in a state such as ``4c0.3v1``."""
    does = {"c": "committed in", "v": "in"}
    said = [
        f"{are(int(many), 'node')} {does[letter]} view {view}"
        for many, letter, view in re.findall(r"(\d+)([cv])(\d+)", state)
    ]
    return _and(said) if said else f"the state is {state}"


def _and(said: list[str]) -> str:
    """Join what is said, e.g. ``a, b and c``."""
    return " and ".join(filter(None, [", ".join(said[:-1]), said[-1]]))


def counted(count: int, one: str, more: str | None = None) -> str:
    """Write a number of things, e.g. ``one node`` or ``3 nodes``."""
    return f"one {one}" if count == 1 else f"{count} {more or one + 's'}"


def are(count: int, one: str) -> str:
    """Write that things are or have something done to them, e.g. ``one node is``."""
    return f"{counted(count, one)} {'is' if count == 1 else 'are'}"


def capital(said: str) -> str:
    """Begin with a capital letter; names keep theirs."""
    return said[:1].upper() + said[1:]


def setting(instance: StrictInstance) -> str:
    """Say protocol, size, views, network and options."""
    title = find(instance.protocol).title.partition(",")[0]
    said = "; ".join(
        [
            _network(instance), *_timers(instance), *_made_for(instance), *_options(instance),
        ]
    )  # fmt: skip
    return f"{title} with {instance.n} nodes in {_views(instance)} ({said})"


def _views(instance: StrictInstance) -> str:
    last = instance.views - 1
    return {0: "view 0", 1: "views 0 and 1"}.get(last, f"views 0 to {last}")


def of_any_size(instance: StrictInstance) -> str:
    """Say the views, options and faults of an instance whose faults are counted from its f."""
    aim = instance.objective
    kinds = [(count, more) for count, _, more in _kinds(instance) if count]
    if isinstance(aim, Goal) and aim.kind == "faults" and kinds:
        given = f"at most f {' and '.join(more for _, more in kinds)}"
    else:
        given = " and ".join(_beyond(instance, *kind) for kind in kinds)
    said = "; ".join(_options(instance))
    return f"in {_views(instance)} {f'with {given}' if given else 'without faults'} ({said})"


def _beyond(instance: StrictInstance, count: int, more: str) -> str:
    """Say how many of a kind there are, counted from f, e.g. ``f + 1 crashes``."""
    if more == AGAIN and instance.all_again:
        return f"any number of {more}"
    beyond = count - instance.f
    sign = " + " if beyond > 0 else " - "
    return f"f{sign + str(abs(beyond)) if beyond else ''} {more}"


def _made_for(instance: StrictInstance) -> list[str]:
    """Say for how many faulty nodes quorums are made, where the size does not say it."""
    said = []
    if tolerated := getattr(instance, "tolerated", None):
        said.append(f"quorums made for f = {tolerated}")
    if redundant := getattr(instance, "redundant", 0):
        said.append(f"c = {redundant}")
    return said


def _network(instance: StrictInstance) -> str:
    if instance.network == "synchronous":
        hop = f" per hop of overlay {instance.overlay}" if instance.overlay else ""
        within = f"{counted(instance.delta, 'tick')}{hop}"
        but = f", {counted(instance.losses, 'message')} lost at most" if instance.losses else ""
        return f"messages arrive within {within} from tick {instance.gst}{but}"
    delays = {"asynchronous": "any delays", "reliable": "messages between correct nodes arrive"}
    if instance.losses:
        delays["asynchronous"] += f", {counted(instance.losses, 'message')} lost at most"
    over = f" over overlay {instance.overlay}" if instance.overlay else ""
    return delays[instance.network] + over if instance.network in delays else instance.network


def _timers(instance: StrictInstance) -> list[str]:
    return [f"timers of {counted(instance.timeout, 'tick')}, doubled"] if instance.timeout else []


def _options(instance: StrictInstance) -> list[str]:
    """Say each option that is not the default, and those that matter always."""
    fields = {field for field, _ in instance.words.values()} | {"values"}
    fields |= set(instance.numbers.values()) - {
        "gst",
        "delta",
        "timeout",
        "amnesia",
        "reloads",
        "losses",
    }
    fields |= instance.texts.keys() - {"overlay", "state"}
    # How nodes return is part of a profile, and of dBFT 2.0 alone.
    if getattr(instance, "profile", "paper") != "paper" or instance.protocol != "dbft2":
        fields -= {"returns"}
    if not instance.byzantine:
        fields -= {"values"}
    said = []
    for field in sorted(fields - {"network"}):
        value, default = getattr(instance, field), type(instance).model_fields[field].default
        if value != default or (field in _SAID and (field, value) in GLOSSES):
            known = GLOSSES.get((field, value))
            said.append(
                known or _WORDED.get(field, f"{field.replace('_', ' ')} {{}}").format(value)
            )
    return said


def _proof(instance: StrictInstance) -> str:
    if instance.horizon is None:
        return "proven for runs of any length"
    return f"proven for runs of up to {counted(instance.horizon, 'tick')}"


def _undecided(instance: StrictInstance, value: int) -> str:
    given, run = faults(instance), setting(instance)
    if value == 0:
        return (
            f"No: {given}, no run of {run} leaves a correct node undecided for good; "
            f"{_proof(instance)}"
        )
    nodes = counted(value, "correct node")
    return (
        f"Yes: {given}, a run of {run} leaves {nodes} undecided for good, and none leaves more; "
        f"{_proof(instance)}"
    )


def _forks(instance: StrictInstance, value: int) -> str:
    given, run = faults(instance), setting(instance)
    if value < 2:
        most = "one block at most" if value else "not even one"
        said = f"No: {given}, correct nodes never accept two different blocks in a run of {run}"
        return f"{said}; {most}, {_proof(instance)}"
    return (
        f"Yes: {given}, correct nodes accept {value} different blocks in a run of {run}, and in "
        f"none more; {_proof(instance)}"
    )


def _delay(instance: StrictInstance, aim: Goal, value: int | None) -> str:
    given, run = faults(instance), setting(instance)
    which = f"the {aim.of} decision of a correct node"
    assert instance.horizon is not None, "delays have a horizon"
    if value is None:
        return f"No run of {run} fits the question {given}; {_proof(instance)}"
    if value > instance.horizon:
        return (
            f"{capital(given)}, {which} in {run} may not have come by tick {instance.horizon}: "
            "nodes wait, are locked, or left the views"
        )
    return (
        f"{capital(given)}, {which} in {run} comes by tick {value}, and in some run no sooner; "
        f"{_proof(instance)}"
    )


def _least(instance: StrictInstance, aim: Goal, value: int | None) -> str:
    """Say what a lock, a fork or a state takes: faults, acts, or ticks."""
    what = {"lock": "liveness lock", "fork": "fork"}.get(str(aim.of), "")
    what = what or f"lock in which {_state(getattr(instance, 'state', ''))}"
    given, run = faults(instance), setting(instance)
    if value is None:
        return f"No: {given}, no {what} exists in {run}; {_proof(instance)}"
    if aim.kind == "losses":
        takes = f"takes {counted(value, 'lost message')}"
        return f"A {what} of {run} {given} {takes}, and none takes fewer; {_proof(instance)}"
    if aim.kind == "faults":
        many = tried(value, _kinds(instance), "faulty node")
        takes = f"takes {many}" if value else "takes no fault at all"
        return f"A {what} of {run} {takes}, and none takes fewer; {_proof(instance)}"
    if aim.kind == "steps":
        acts = counted(value, "act")
        return f"A {what} of {run} takes {acts} {given}, and none takes fewer; {_proof(instance)}"
    return (
        f"A {what} of {run} is there by tick {value} {given}, and none comes earlier; "
        f"{_proof(instance)}"
    )


def _weighted(instance: StrictInstance, aim: Objective, value: int | None) -> str:
    given, run = faults(instance), setting(instance)
    if value is None:
        return f"No run of {run} comes to rest {given}; {_proof(instance)}"
    best = {"max": "greatest", "min": "least"}[aim.sense]
    return (
        f"At {aim.rates()}, the {best} value of runs of {run} that come to rest {given} is "
        f"{value}; {_proof(instance)}"
    )
