"""Which inputs of a sample move its outcomes: variance shares and conditional means, read off the draws themselves.

No further solves: any design that fills the whole spread will do. `sensitivity` has designs made for the purpose.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from teraplan.errors import ArgumentError, Fault
from teraplan.results.results import Results
from teraplan.uncertainty.samples.draws import Floats

SHUFFLES = 200
"""How often outcomes are shuffled to see what chance alone would show."""
CHANCE = 0.99
TAIL = 0.2
"""Share of the draws, at either end of an input, whose mean outcome is told."""


@dataclass(frozen=True)
class Importance:
    """How far each input moves an outcome, arrays over inputs.

    share: of the outcome's variance, the part that goes with the input, Var(E[y | x]) / Var(y) [1]. noise: the share
    that the most moving input would show by chance alone in 99 of 100 samples of this size [1]. low, high: mean outcome
    in the fifth of the draws in which the input is lowest, and highest. mean: of all draws.
    """

    share: Floats
    noise: float
    low: Floats
    high: Floats
    mean: float


def importance(inputs: Floats, outcome: Floats, seed: int = 0) -> Importance:
    """Return how far each input moves an outcome; inputs: shape (draws, inputs), outcome: (draws,).

    The draws are put into equal bins by the input; the share is the variance between the means of the bins, less what
    bins of noise would show (the epsilon squared of an analysis of variance). Raises ArgumentError for shapes that do
    not fit, numbers that are not finite, and less than 10 draws.
    """
    _check(inputs, outcome)
    draws, bins = len(outcome), _bins(len(outcome))
    rank = np.argsort(np.argsort(inputs, axis=0, kind="stable"), axis=0, kind="stable")
    at = rank * bins // draws
    rng = np.random.default_rng(seed)
    shuffled = np.stack([outcome, *(rng.permutation(outcome) for _ in range(SHUFFLES))], axis=1)
    shares = _shares(at, shuffled, bins)
    edge = max(1, round(TAIL * draws))
    low, high = (np.where(end, outcome[:, None], 0.0).sum(axis=0) / edge for end in (rank < edge, rank >= draws - edge))
    noise = float(np.quantile(shares[:, 1:].max(axis=0), CHANCE)) if inputs.shape[1] else 0.0
    return Importance(np.clip(shares[:, 0], 0.0, 1.0), noise, low, high, float(outcome.mean()))


def fact_quantiles(drawn: Results) -> Floats:
    """Return the quantiles of every draw of a sample, shape (draws, facts)."""
    return drawn.frame("draws")["quantile"].to_numpy().reshape(-1, drawn.frame("facts").height)


def factor_quantiles(drawn: Results, draws: Sequence[int]) -> tuple[tuple[str, ...], Floats]:
    """Return the factors of a sample and their quantiles in these draws, shape (draws, factors).

    Facts that are correlated are one factor: the mean of their quantiles stands for them.
    """
    facts, spread = drawn.frame("facts"), fact_quantiles(drawn)[list(draws)]
    factors = tuple(facts["factor"].unique(maintain_order=True))
    places = [np.flatnonzero((facts["factor"] == factor).to_numpy()) for factor in factors]
    return factors, np.stack([spread[:, place].mean(axis=1) for place in places], axis=1)


def _bins(draws: int) -> int:
    """As many bins as the cube root of the draws and a half, at least 3: few enough that each has its mean."""
    return max(3, int(round(1.5 * float(np.cbrt(draws)))))


def _shares(at: NDArray[np.int64], outcomes: Floats, bins: int) -> Floats:
    """Epsilon squared of each input (rows) and outcome (columns)."""
    draws = len(outcomes)
    centred = outcomes - outcomes.mean(axis=0)
    total = (centred**2).sum(axis=0)
    between = np.zeros((at.shape[1], outcomes.shape[1]))
    for one in range(bins):
        member = (at == one).astype(np.float64)
        between += (member.T @ centred) ** 2 / member.sum(axis=0)[:, None]
    within = (total - between) / (draws - bins)
    beyond = between - (bins - 1) * within
    return np.where(total > 0, beyond / np.where(total > 0, total, 1.0), 0.0)


def _check(inputs: Floats, outcome: Floats) -> None:
    faults = []
    if inputs.ndim != 2 or outcome.shape != inputs.shape[:1]:
        what = f"shapes {inputs.shape} and {outcome.shape} do not fit"
        faults.append(Fault("inputs, outcome", what, "give (draws, inputs) and (draws,)"))
    if not (np.isfinite(inputs).all() and np.isfinite(outcome).all()):
        faults.append(
            Fault("inputs, outcome", "hold numbers that are not finite", "leave out the draws without a plan")
        )
    if len(outcome) < 10:
        faults.append(Fault("outcome", f"{len(outcome)} draws show nothing", "give 10 or more"))
    if faults:
        raise ArgumentError("importance", tuple(faults))
