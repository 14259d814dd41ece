"""Table III, hashes per second of 1 to 8 nodes, and three curves fitted to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

TABLE3 = (339.00, 670.54, 1005.47, 1326.30, 1659.87, 1994.06, 2329.66, 2653.34)
"""Hashes per second for 1 to 8 nodes; the paper's figures."""

NODES = np.arange(1, len(TABLE3) + 1)


def linear(n: NDArray[np.float64], epsilon: float) -> NDArray[np.float64]:
    """R (1 + epsilon (n-1)): the first node has no way to go, each other loses c/G."""
    return TABLE3[0] * (1 + epsilon * (n - 1))


def even(n: NDArray[np.float64], eta: float) -> NDArray[np.float64]:
    """Eta n r from two nodes on."""
    return np.where(n > 1, eta * n * TABLE3[0], TABLE3[0])


def contention(n: NDArray[np.float64], kappa: float) -> NDArray[np.float64]:
    """N r/(1 + kappa (n-1)), the same curve as Amdahl's with serial share kappa."""
    return n * TABLE3[0] / (1 + kappa * (n - 1))


@dataclass(frozen=True)
class Fit:
    """A curve fitted by least squares.

    Parameters
    ----------
    name
        Of the curve.
    value
        Of its parameter.
    residuals
        Measured less fitted, per number of nodes, in hashes per second.
    """

    name: str
    value: float
    residuals: tuple[float, ...]

    @property
    def rmse(self) -> float:
        """Root of the mean square of the residuals, in hashes per second."""
        return float(np.sqrt(np.mean(np.square(self.residuals))))


CURVES: dict[str, Callable[[NDArray[np.float64], float], NDArray[np.float64]]] = {
    "linear": linear,
    "even": even,
    "contention": contention,
}


def fit(name: str) -> Fit:
    """Fit a curve of `CURVES` to Table III; one node is exact in each of them."""
    from scipy.optimize import minimize_scalar  # noqa: PLC0415  (it takes long to import)

    curve, n = CURVES[name], NODES.astype(float)
    measured = np.array(TABLE3)

    def error(value: float) -> float:
        return float(np.sum((measured - curve(n, value)) ** 2))

    bounds = (0, 0.5) if name == "contention" else (0.5, 1)
    found = minimize_scalar(error, bounds=bounds, method="bounded", options={"xatol": 1e-12})
    return Fit(name, float(found.x), tuple((measured - curve(n, found.x)).tolist()))


def speedups() -> list[float]:
    """Rates by that of one node."""
    return [rate / TABLE3[0] for rate in TABLE3]


def efficiencies() -> list[float]:
    """Speed-ups per node, from 1 node on."""
    return [rate / (TABLE3[0] * n) for n, rate in enumerate(TABLE3, start=1)]
