"""Profiles of dBFT 2.0: every rule in which paper and implementations differ, as an option."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Literal, get_args, get_type_hints

from pydantic import TypeAdapter

from milpbft.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Profile:
    """A complete row of options; the defaults are the row `paper`.

    `options.py` has the source of each value. A node is *committed* to another that has a Commit of
    it. The *count* is of nodes that are committed or failed; a node *refuses* while it has asked
    for a view change and its count is at most f.

    Parameters
    ----------
    rotation
        Primary of view v at height h: node ``v mod n`` (``view``) or ``(h - v) mod n``
        (``height``).
    guard
        What a node that refuses does with preparations of its view: it keeps them and neither
        responds nor commits (``hold``); drops responses alone, and responds and commits where a
        request comes (``responses``); or drops request and responses (``preparations``).
    failed
        Who counts as failed: ``nobody``; nodes not committed of which no message of the node's own
        view or a later one is known (``view``); nodes of which no message of this height or the one
        below is known (``height``).
    expiry
        What an expired timer of a node that has not committed asks for: a ``view-change``, or a
        recovery where the count is above f (``counted``).
    repeats
        What it asks for where the node has asked for a view change already: a ``recovery``, or the
        same as before (``again``).
    helpers
        How many nodes after the asker answer a request for recovery: ``f`` or ``f+1``. All that
        committed do as well.
    calls
        Which ChangeView is answered as if it asked for recovery, beside one for a view that the
        node has reached: each that a node gets which has ``committed``, or ``none``.
    once
        Whether the same message is answered ``always`` or ``once``.
    carries
        Which change views a RecoveryMessage carries: those for the sender's view or a later one
        that it knows now (``known``), those that it knew as it entered (``led-here``), or M of
        these, of the nodes with the lowest numbers (``quorum``).
    word
        Whether a recovered message proves that its author is up, or only that the sender of the
        recovery is: ``author`` or ``sender``.
    recovered
        Which recovered messages are taken: ``all``; or ``fitting``: change views from a later view,
        preparations of the own view unless the node refuses or has committed, commits from views up
        to its own.
    entry
        How views are entered: one after the other (``step``), or that which M nodes ask for at
        once (``jump``).
    agreement
        Whether a node that is moved to a view says that it wants it: where it has not asked for it
        (``unless-asked``), or only where it has asked for an earlier one (``if-behind``).
    forgets
        Which change views a node forgets as it enters a view: ``none`` or ``all``.
    stale
        What a node does with a ChangeView for a view that it has reached, beside answering it:
        ``dropped`` or ``counted`` for what the sender asks for.
    regained
        What a primary does that gets its own request back: it is ``kept``, or ``answered`` by a
        response in its place, after which the node cannot commit in this view.
    later
        What is kept of later views: ``all`` at once; the ``newest`` preparation and commit of each
        sender, taken on entry; or ``commits`` at once and nothing else.
    commits
        How many commits of a node are kept: one of each ``view``, or the ``first``.
    early
        Whether commits that came before the request are ``verified`` as it comes, or ``kept`` and
        counted whatever they sign.
    stray
        What a primary that proposes does with responses to another proposal, and commits to one,
        which it has already: they are ``dropped``, ``counted``, or counted once it gets a response
        (``later``). Only a primary that started again without memory, or liars, can bring that
        about.
    same
        What a node does with another ChangeView for the view that its sender asked for last: it
        looks whether M nodes ask for that view (``checked``), or not (``dropped``).
    acts
        When a node responds, commits and accepts: ``enabled`` (as soon as it may), or
        ``triggered`` (commits are counted when one comes or is sent, preparations likewise).
    lengths
        What the timer of view v runs as the view is entered, t being a block's time: ``paper``:
        2^(v+1) t, and a primary proposes at once; ``neo-go``: the same for backups, t for the
        primary of view 0, nothing for a later one; ``neo-cs``: t for every primary. In both of
        these a primary that enters by a recovery waits as backups do.
    rearms
        When a timer is set: as a view is ``entered``, or also by ``acts``: proposing, committing,
        and what an expired timer does.
    extends
        Whether preparations and commits that come put it off: ``no`` or ``yes``; with ``own``, what
        the node itself responds does as well.
    inputs
        Whether a node takes the inputs of an instant ``together`` and acts then, or ``one`` by one.
    done
        What a node with its block takes: ``all``, requests for ``recovery`` alone, or ``nothing``.
    start
        What a node does that starts again without memory: ``nothing``, it asks for ``recovery``,
        or, as the primary of view 0, it sends its ``proposal`` at once.
    """

    rotation: Literal["view", "height"] = "view"
    guard: Literal["hold", "responses", "preparations"] = "hold"
    failed: Literal["nobody", "view", "height"] = "nobody"
    expiry: Literal["view-change", "counted"] = "view-change"
    repeats: Literal["recovery", "again"] = "recovery"
    helpers: Literal["f", "f+1"] = "f"
    calls: Literal["committed", "none"] = "committed"
    once: Literal["always", "once"] = "always"
    carries: Literal["known", "led-here", "quorum"] = "known"
    word: Literal["sender", "author"] = "sender"
    recovered: Literal["all", "fitting"] = "all"
    entry: Literal["step", "jump"] = "step"
    agreement: Literal["unless-asked", "if-behind"] = "unless-asked"
    forgets: Literal["none", "all"] = "none"
    stale: Literal["dropped", "counted"] = "dropped"
    regained: Literal["kept", "answered"] = "kept"
    later: Literal["all", "newest", "commits"] = "all"
    commits: Literal["view", "first"] = "view"
    early: Literal["verified", "kept"] = "verified"
    stray: Literal["dropped", "counted", "later"] = "dropped"
    same: Literal["checked", "dropped"] = "checked"
    acts: Literal["enabled", "triggered"] = "enabled"
    lengths: Literal["paper", "neo-go", "neo-cs"] = "paper"
    rearms: Literal["entered", "acts"] = "entered"
    extends: Literal["no", "yes", "own"] = "no"
    inputs: Literal["together", "one"] = "together"
    done: Literal["all", "recovery", "nothing"] = "all"
    start: Literal["nothing", "recovery", "proposal"] = "nothing"

    def varied(self, options: Mapping[str, str]) -> Profile:
        """Return the row with some options set otherwise.

        Raises
        ------
        InputError
            Where there is no such option, or an option has no such value.
        """
        known = values()
        for name, value in options.items():
            if name not in known:
                raise InputError("option", name, "one of " + ", ".join(known))
            if value not in known[name]:
                raise InputError(name, value, "one of " + ", ".join(known[name]))
        return TypeAdapter(Profile).validate_python({**asdict(self), **options})


def values() -> dict[str, tuple[str, ...]]:
    """Return the values that each option may have, in the order of the fields."""
    hints = get_type_hints(Profile)
    return {field.name: get_args(hints[field.name]) for field in fields(Profile)}


PAPER = Profile()
NEO_GO = Profile(
    rotation="height",
    guard="responses",
    failed="view",
    expiry="counted",
    repeats="again",
    helpers="f+1",
    carries="led-here",
    word="author",
    recovered="fitting",
    entry="jump",
    agreement="if-behind",
    forgets="all",
    regained="answered",
    later="newest",
    commits="first",
    early="kept",
    stray="counted",
    acts="triggered",
    lengths="neo-go",
    rearms="acts",
    extends="yes",
    inputs="one",
    done="recovery",
)
NEO_CS = Profile(
    rotation="height",
    guard="preparations",
    failed="height",
    expiry="counted",
    repeats="again",
    helpers="f+1",
    calls="none",
    once="once",
    carries="quorum",
    word="author",
    recovered="fitting",
    entry="jump",
    agreement="unless-asked",
    forgets="none",
    stale="counted",
    later="commits",
    commits="first",
    stray="later",
    same="dropped",
    acts="triggered",
    lengths="neo-cs",
    rearms="acts",
    extends="own",
    inputs="one",
    done="nothing",
    start="recovery",
)


def options_in(text: str) -> dict[str, str]:
    """Read the setting ``options`` of a schedule, such as ``failed=nobody,guard=hold``."""
    return dict(part.partition("=")[::2] for part in text.split(",") if part)


PROFILES = {"paper": PAPER, "neo-go": NEO_GO, "neo-cs": NEO_CS}


def profile(name: str) -> Profile:
    """Return the profile `name`.

    Raises
    ------
    InputError
        Where there is none.
    """
    try:
        return PROFILES[name]
    except KeyError:
        raise InputError("profile", name, "one of " + ", ".join(PROFILES)) from None
