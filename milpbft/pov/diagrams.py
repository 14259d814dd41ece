"""Figures 1 to 5 of the Proof of Vote paper, drawn from a run of the reference.

The paper draws them by hand. Here roles, conversions, blocks and messages are those of a run of two
tenures in which a user joins and is elected, another joins and resigns, and every message takes a
tick; so each figure can be held against the text that it illustrates.
"""

from __future__ import annotations

from collections import Counter
from functools import cache
from itertools import pairwise
from math import cos, pi, sin
from typing import TYPE_CHECKING

import plotly.graph_objects as go

from milpbft.pov.figures import BLUE, GREEN, GREY, ORANGE, lay_out
from milpbft.pov.reference.adversaries import Prompt
from milpbft.pov.reference.rules import Rules
from milpbft.pov.reference.transactions import Apply, Deposit, Letter, Register, Resign
from milpbft.pov.reference.world import World
from milpbft.report.style import styles
from milpbft.schedule import Deliver, Send

if TYPE_CHECKING:
    from collections.abc import Sequence

    from milpbft.pov.reference.transactions import Action

RULES = Rules(4, 3, cycle=8, others=3, ordinary=3, rounds=8, votes=3, designated=1)
"""Commissioners 0 to 3, butlers 4 to 6, the time server 7, users 8 to 10; three ordinary blocks."""
HORIZON = 70
ROLES = ("commissioner", "butler", "candidate", "user")
_SHADES = dict(zip(ROLES, (BLUE, GREEN, ORANGE, GREY), strict=True))
_PLACES = {"user": (0.0, 0.0), "candidate": (1.0, 0.0), "butler": (2.0, 0.0)}


@cache
def tenures() -> World:
    """Run two tenures: user 8 becomes a butler, and user 9 a candidate who resigns."""
    world = World(RULES)
    letters = {node: Letter.signed(0, node, 0, world.keys) for node in (8, 9)}
    agenda: dict[int, list[tuple[int, Action]]] = {
        0: [(node, act) for node in (8, 9)
            for act in (Register(), Apply(letters[node]), Deposit(RULES.deposit))],
        20: [(9, Resign())],
    }  # fmt: skip
    world = World(RULES, agenda=agenda, favourites=dict.fromkeys(range(4), (8,)))
    world.run(Prompt(), HORIZON)
    return world


def roles(height: int) -> dict[int, str]:
    """Return the role of each node but the time server after the block of a height."""
    ledger = tenures().nodes[0].chain.ledgers[height]
    found = {node: ledger.roles(node) for node in range(RULES.n) if node != RULES.server}
    return {node: next(role for role in ROLES if role in had) for node, had in found.items()}


def conversions() -> Counter[tuple[str, str]]:
    """Count the conversions of roles in the run, from one block to the next."""
    tops = [roles(height) for height in range(tenures().nodes[0].chain.height + 1)]
    return Counter(
        (before[node], after[node])
        for before, after in pairwise(tops)
        for node in before
        if before[node] != after[node]
    )


def figure1() -> go.Figure:
    """Draw the four roles, and who hands messages to whom in the first tenure (figure 1)."""
    found, chain = roles(2), tenures().nodes[0].chain
    spots, figure = {}, go.Figure()
    for radius, some in (
        (1.0, ("commissioner",)),
        (2.0, ("butler",)),
        (3.0, ("candidate", "user")),
    ):
        ring = [node for node, role in found.items() if role in some]
        for place, node in enumerate(ring):
            angle = 2 * pi * place / len(ring) + radius / 2
            spots[node] = radius * cos(angle), radius * sin(angle)
    ends = chain.blocks[2].timestamp
    ways = {
        tuple(sorted((event.sender, event.node)))
        for event in tenures().events
        if isinstance(event, Deliver) and event.tick <= ends and RULES.server not in
        {event.sender, event.node} and event.kind.startswith(("Proposal", "Signature", "Block"))
    }  # fmt: skip
    lines = [
        point for way in sorted(ways) for point in (*(spots[node] for node in way), (None, None))
    ]
    figure.add_scatter(x=[x for x, _ in lines], y=[y for _, y in lines], mode="lines",
                       line={"color": GREY, "width": 0.6}, name="messages")  # fmt: skip
    for role in ROLES:
        nodes = [node for node, had in found.items() if had == role]
        if nodes:
            figure.add_scatter(
                x=[spots[node][0] for node in nodes], y=[spots[node][1] for node in nodes],
                mode="markers+text", text=[str(node) for node in nodes], name=role,
                textfont={"color": "white"}, marker={"size": 26, "color": _SHADES[role]},
            )  # fmt: skip
    lay_out(figure, "Figure 1: roles, and who sends whom proposals, signatures and blocks")
    figure.update_xaxes(visible=False)
    figure.update_yaxes(visible=False)
    return figure


def figure2() -> go.Figure:
    """Draw the conversions between roles, with how often the run has each (figure 2)."""
    counts, figure = conversions(), go.Figure()
    for (before, after), count in sorted(counts.items()):
        (x, _), (u, _) = _PLACES[before], _PLACES[after]
        bend = 0.22 if u > x else -0.22
        step = 0.16 if u > x else -0.16
        _arrow(figure, (x + step, bend / 2), (u - step, bend / 2))
        figure.add_annotation(x=(x + u) / 2, y=bend, text=f"{_reason(before, after)} ({count})",
                              showarrow=False)  # fmt: skip
    for role, (x, y) in _PLACES.items():
        figure.add_scatter(x=[x], y=[y], mode="markers+text", text=[role], showlegend=False,
                           textfont={"color": "white"},
                           marker={"size": 78, "color": _SHADES[role]})  # fmt: skip
    figure.add_scatter(x=[1], y=[0.62], mode="markers+text", text=["commissioner"],
                       showlegend=False, textfont={"color": "white"},
                       marker={"size": 100, "color": _SHADES["commissioner"]})  # fmt: skip
    _arrow(figure, (1, 0.42), (1, 0.18))
    figure.add_annotation(x=1.32, y=0.36, text="recommends, votes", showarrow=False)
    lay_out(figure, "Figure 2: conversions between roles, and how many the run has")
    figure.update_xaxes(visible=False, range=[-0.5, 2.5])
    figure.update_yaxes(visible=False, range=[-0.5, 0.95])
    return figure


def _arrow(figure: go.Figure, start: tuple[float, float], end: tuple[float, float]) -> None:
    figure.add_annotation(
        x=end[0], y=end[1], ax=start[0], ay=start[1], xref="x", yref="y", axref="x", ayref="y",
        showarrow=True, arrowhead=2, text="",
    )  # fmt: skip


def _reason(before: str, after: str) -> str:
    words = {
        ("user", "candidate"): "letter and deposit",
        ("candidate", "butler"): "wins the election",
        ("butler", "candidate"): "tenure is over",
        ("candidate", "user"): "resigns",
        ("butler", "user"): "resigns",
    }
    return words[before, after]


def figure3() -> go.Figure:
    """Draw the blocks of two tenures: when, by whom, and the R that names the next (figure 3)."""
    chain, figure = tenures().nodes[0].chain, go.Figure()
    for kind, colour in (("ordinary block", BLUE), ("special block", ORANGE)):
        blocks = [
            (below, block)
            for below, block in pairwise(chain.blocks)
            if RULES.special(block.header.height) == (kind == "special block")
        ]
        figure.add_bar(
            y=[f"butler {block.header.producer}" for _, block in blocks],
            x=[block.timestamp - below.timestamp for below, block in blocks],
            base=[below.timestamp for below, _ in blocks], orientation="h", name=kind,
            marker={"color": colour, "line": {"color": "white", "width": 2}},
            text=[f"{block.header.height}: R = {block.random}" for _, block in blocks],
        )  # fmt: skip
    for height in range(RULES.ordinary + 1, chain.height + 1, RULES.ordinary + 1):
        figure.add_vline(x=chain.blocks[height].timestamp, line={"dash": "dot", "color": GREY})
    lay_out(
        figure, f"Figure 3: tenures of B_w = {RULES.ordinary} ordinary blocks and a special one"
    )
    figure.update_layout(barmode="overlay")
    figure.update_xaxes(title_text="ticks, by the time server's timestamps")
    return figure


def figure4() -> go.Figure:
    """Draw the messages of the first block, from proposal to publication (figure 4)."""
    return _sequence(("Proposal", "Signature", "StampRequest", "Timestamp", "Block"),
                     "Figure 4: generation of a valid block")  # fmt: skip


def figure5() -> go.Figure:
    """Draw how its butler obtains the timestamp (figure 5)."""
    return _sequence(("Signature", "StampRequest", "Timestamp"),
                     "Figure 5: signatures, request and timestamp")  # fmt: skip


def steps(kinds: Sequence[str]) -> list[tuple[str, int, int, int, int]]:
    """Return messages of the first block: kind, sender, when it is sent, receiver, when it comes.

    Those that nobody is waiting for are left out: a proposal is for commissioners, a signature for
    the butler.
    """
    events, maker = tenures().events, tenures().nodes[0].chain.blocks[1].header.producer
    wanted = {
        "Proposal": range(RULES.commissioners), "Signature": (maker,), "Timestamp": (maker,),
        "StampRequest": (RULES.server,), "Block": range(RULES.server),
    }  # fmt: skip
    sent = {(e.node, e.kind): e.tick for e in events if isinstance(e, Send) and e.view == 0}
    return [
        (event.kind, event.sender, sent[event.sender, event.kind], event.node, event.tick)
        for event in events
        if isinstance(event, Deliver) and event.kind in kinds and event.view == 0
        and event.node in wanted[event.kind]
    ]  # fmt: skip


def _sequence(kinds: Sequence[str], title: str) -> go.Figure:
    figure, found, looks = go.Figure(), steps(kinds), styles(kinds)
    shown = sorted({node for _, one, _, other, _ in found for node in (one, other)})
    names = {node: f"{roles(0).get(node, 'time server')} {node}" for node in shown}
    for kind in kinds:
        some = [step for step in found if step[0] == kind]
        points = [
            point
            for _, sender, since, receiver, tick in some
            for point in ((since, names[sender]), (tick, names[receiver]), (None, None))
        ]
        figure.add_scatter(x=[x for x, _ in points], y=[y for _, y in points], name=kind,
                           mode="lines+markers", line={"color": f"#{looks[kind].colour}"},
                           marker={"symbol": "arrow", "angleref": "previous", "size": 10},
                           )  # fmt: skip
    lay_out(figure, title)
    figure.update_xaxes(title_text="ticks", dtick=1)
    figure.update_yaxes(categoryorder="array", categoryarray=[names[node] for node in shown])
    return figure
