"""Figures 6, 7 and 8 of the Proof of Vote paper, drawn from the formulas."""

from __future__ import annotations

from dataclasses import dataclass

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from milpbft.pov.formulas import Reading, admits, p1, p2, p3, smallest_k

# Okabe and Ito, as everywhere in milpbft.
BLUE, ORANGE, GREEN, GREY = "#0072B2", "#D55E00", "#009E73", "#7F7F7F"
COLOURS = ("#D55E00", "#E69F00", "#CC79A7", "#000000", "#56B4E9", "#0072B2", "#009E73")

ALPHAS = (-0.3, -0.2, -0.1, 0.0, 0.1, 0.2, 0.3)
"""The values of alpha in figure 7."""


def figure6(
    commissioners: int = 20,
    butlers: int = 50,
    candidates: int = 200,
    reading: Reading = Reading.AT_LEAST_HALF,
) -> go.Figure:
    """Draw P1 and P2 against K, and beside it what is near their intersection (figure 6).

    Parameters are those of :func:`milpbft.pov.formulas.smallest_k`; defaults are the paper's.
    """
    best = smallest_k(commissioners, butlers, candidates, reading)
    near = range(max(0, best - 5), min(candidates, best + 5) + 1)
    titles = (f"K = 0 to {candidates}", f"near K = {best}")
    figure = make_subplots(cols=2, subplot_titles=titles, horizontal_spacing=0.1)
    for column, ks in enumerate((range(candidates + 1), near), start=1):
        mode = "lines" if column == 1 else "lines+markers"
        first = [p1(commissioners, k, candidates, reading) for k in ks]
        second = [float(p2(butlers, candidates))] * len(ks)
        for name, chances, colour in (("P1", first, BLUE), ("P2", second, ORANGE)):
            line = go.Scatter(x=list(ks), y=chances, name=name, mode=mode, legendgroup=name)
            line.update(line={"color": colour}, showlegend=column == 1)
            figure.add_trace(line, row=1, col=column)
        figure.add_vline(x=best, line={"dash": "dot", "color": GREY}, row=1, col=column)
    sizes = f"N_c = {commissioners}, N_b = {butlers}, N_bc = {candidates}"
    lay_out(figure, f"Smallest K with P1 > P2: {best} ({sizes}, {reading})")
    figure.update_xaxes(title_text="K, votes of each commissioner")
    figure.update_yaxes(title_text="probability", col=1)
    return figure


def figure7(
    commissioners: int = 20,
    candidates: int = 200,
    alphas: tuple[float, ...] = ALPHAS,
    reading: Reading = Reading.AT_LEAST_HALF,
) -> go.Figure:
    """Draw P3 against K, a curve per alpha over the K that admit it (figure 7)."""
    figure = go.Figure()
    for place, alpha in enumerate(alphas):
        ks = [k for k in range(candidates + 1) if admits(k, candidates, alpha)]
        chances = [p3(commissioners, k, candidates, alpha, reading) for k in ks]
        line = {"color": COLOURS[place % len(COLOURS)]}
        figure.add_trace(go.Scatter(x=ks, y=chances, name=f"α = {alpha:g}", line=line))
    lay_out(figure, f"P3 by score (N_c = {commissioners}, N_bc = {candidates}, {reading})")
    figure.update_xaxes(title_text="K, votes of each commissioner")
    figure.update_yaxes(title_text="probability")
    return figure


@dataclass(frozen=True, slots=True)
class Chain:
    """A blockchain as section IV E compares it: `interval` in seconds, and `confirmations`."""

    name: str
    interval: float
    confirmations: int

    @property
    def minutes(self) -> float:
        """Minutes until a transaction is final."""
        return self.interval * self.confirmations / 60


CHAINS = (
    Chain("Bitcoin", 600, 6),
    Chain("Ethereum", 25, 37),
    Chain("Litecoin", 150, 28),
    Chain("Dogecoin", 60, 47),
    Chain("Proof of Vote", 15, 1),
)
"""The paper's figures, most of them from Gervais et al., CCS 2016; 15 s is the paper's T_b."""


def figure8(chains: tuple[Chain, ...] = CHAINS) -> go.Figure:
    """Draw the time until a transaction is final, which is interval times confirmations (figure 8).

    The text calls this figure 9. For Proof of Vote it is one packing cycle, so M = 1.
    """
    minutes = [chain.minutes for chain in chains]
    figure = go.Figure(
        go.Bar(
            x=[chain.name for chain in chains],
            y=minutes,
            marker={"color": [GREEN if c.name == "Proof of Vote" else BLUE for c in chains]},
            text=[f"{value:.3g} min" for value in minutes],
            textposition="outside",
            cliponaxis=False,
        )
    )
    lay_out(figure, "Time until a transaction is final")
    figure.update_yaxes(title_text="minutes", type="log")
    return figure


def lay_out(figure: go.Figure, title: str) -> None:
    """Give a figure of the paper its title and its looks."""
    figure.update_layout(title={"text": title, "x": 0.01}, template="plotly_white", height=420)
