"""How a number is spread between its 5th and 95th percentile, and where in that spread each draw of a sample lies.

Every draw gives each input a quantile between 0 and 1; a quantile function turns it into a value. Nothing here knows
of cases.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from teraplan.errors import ArgumentError, Fault, did_you_mean

Floats = NDArray[np.float64]
Method = Literal["latin", "sobol", "monte-carlo", "morris", "saltelli"]
SPREAD: tuple[Method, ...] = ("latin", "sobol", "monte-carlo")
"""Designs that fill the whole spread; the other two are made for sensitivity indices."""
METHODS: tuple[Method, ...] = (*SPREAD, "morris", "saltelli")
LOW, HIGH = 0.05, 0.95
"""What `low` and `high` of a number are: its 5th and 95th percentile."""
USUAL = "triangular"
"""The distribution of a number that names none."""
EDGE = 1e-9
"""Quantiles are kept this far from 0 and 1, where a lognormal or normal number has no value."""
HALVINGS = 60
MOST_INPUTS = 21_201
"""How many inputs a Sobol sequence of scipy has at most."""


def quantile_values(
    quantile: Floats, value: Floats, low: Floats, high: Floats, distribution: NDArray[np.str_]
) -> Floats:
    """Return the values of numbers at quantiles, by elements of arrays of one shape.

    low, high: 5th and 95th percentile; at these quantiles the value is exactly low and high. distribution: names of
    DISTRIBUTIONS. Raises ArgumentError for low above high, a value outside of them where it is the mode, a lognormal
    number whose low is not above 0, and an unknown distribution.
    """
    _check(value, low, high, distribution)
    at = np.clip(quantile, EDGE, 1.0 - EDGE)
    found = np.array(value, dtype=np.float64)
    for name in np.unique(distribution):
        mine = distribution == name
        found[mine] = DISTRIBUTIONS[str(name)](at[mine], value[mine], low[mine], high[mine])
    # The ends to the last bit, whatever the arithmetic between them.
    ends = distribution != "fixed"
    found = np.where(ends & (quantile == LOW), low, found)
    return np.where((ends & (quantile == HIGH)) | (low == high) & ends, high, found)


def _fixed(at: Floats, value: Floats, low: Floats, high: Floats) -> Floats:
    """The value itself, whatever the quantile."""
    return value


def _uniform(at: Floats, value: Floats, low: Floats, high: Floats) -> Floats:
    """x = low + (q - 0.05) (high - low) / 0.9; its median is the middle of low and high."""
    return low + (at - LOW) / (HIGH - LOW) * (high - low)


def _normal(at: Floats, value: Floats, low: Floats, high: Floats) -> Floats:
    """x = (low + high) / 2 + z(q) (high - low) / (2 z(0.95)), with z the quantiles of the standard normal."""
    return np.asarray((low + high) / 2.0 + ndtri(at) / ndtri(HIGH) * (high - low) / 2.0, dtype=np.float64)


def _lognormal(at: Floats, value: Floats, low: Floats, high: Floats) -> Floats:
    """x = exp of a normal number whose 5th and 95th percentiles are ln low and ln high; its median is their mean."""
    return np.exp(_normal(at, value, np.log(low), np.log(high)))


def _triangular(at: Floats, value: Floats, low: Floats, high: Floats) -> Floats:
    """The triangle from a to b with its peak at the value, such that 5 % lie below low and 5 % above high.

    With the width W = b - a and the share t = (value - a) / W of it below the peak,

        value - low  = W (t - sqrt(0.05 t))
        high - value = W (1 - t - sqrt(0.05 (1 - t)))

    so that their ratio gives t, between 0.05 and 0.95, and their sum W. Below the peak x = a + W sqrt(q t), above it
    x = b - W sqrt((1 - q) (1 - t)).
    """
    span = high - low
    wide = span > 0
    below = np.divide(value - low, span, out=np.full_like(span, 0.5), where=wide)
    first, last = np.full_like(span, LOW), np.full_like(span, HIGH)
    for _ in range(HALVINGS):
        middle = (first + last) / 2.0
        under, over = middle - np.sqrt(LOW * middle), 1.0 - middle - np.sqrt(LOW * (1.0 - middle))
        early = under < below * (under + over)
        first, last = np.where(early, middle, first), np.where(early, last, middle)
    peak = (first + last) / 2.0
    width = span / (1.0 - np.sqrt(LOW * peak) - np.sqrt(LOW * (1.0 - peak)))
    start = value - peak * width
    return np.where(
        at <= peak, start + width * np.sqrt(at * peak), start + width * (1.0 - np.sqrt((1.0 - at) * (1.0 - peak)))
    )


DISTRIBUTIONS: Mapping[str, Callable[[Floats, Floats, Floats, Floats], Floats]] = {
    "fixed": _fixed,
    "triangular": _triangular,
    "uniform": _uniform,
    "lognormal": _lognormal,
    "normal": _normal,
}


def _check(value: Floats, low: Floats, high: Floats, distribution: NDArray[np.str_]) -> None:
    known = tuple(DISTRIBUTIONS)
    faults = [
        Fault("distribution", f"there is no distribution {str(name)!r}", did_you_mean(str(name), known))
        for name in np.unique(distribution)
        if name not in known
    ]
    for at in np.flatnonzero(~(low <= high))[:1]:
        faults.append(Fault("low, high", f"low {low[at]:g} is above high {high[at]:g}", "put low <= high"))
    for at in np.flatnonzero((distribution == "triangular") & (low <= high) & ~((low <= value) & (value <= high)))[:1]:
        what = f"value {value[at]:g}, the peak of a triangle, is not between low {low[at]:g} and high {high[at]:g}"
        faults.append(Fault("value", what, "put low <= value <= high"))
    for at in np.flatnonzero((distribution == "lognormal") & ~(low > 0))[:1]:
        what = f"low {low[at]:g} of a lognormal number is not above 0"
        faults.append(Fault("low", what, "name another distribution, such as triangular"))
    if faults:
        raise ArgumentError("quantile_values", tuple(faults))


@dataclass(frozen=True)
class Design:
    """How draws are spread: the method, and the seed of its random numbers, from which the same draws come again.

    latin: in every input each of n equal parts of its spread is met once. sobol: a scrambled Sobol sequence, of a power
    of two draws; the first draws of a larger one are those of a smaller one. monte-carlo: independent draws.
    morris and saltelli are laid out for sensitivity indices (see `sensitivity`): of them n is the number of
    trajectories, and of base points.
    """

    method: Method = "latin"
    seed: int = 1

    def __post_init__(self) -> None:
        """Check the method and the seed; raises ArgumentError."""
        faults = []
        if self.method not in METHODS:
            fix = did_you_mean(str(self.method), METHODS)
            faults.append(Fault("method", f"there is no method {self.method!r}", fix))
        if self.seed < 0:
            faults.append(Fault("seed", f"{self.seed} is below 0", "give a whole number from 0 on"))
        if faults:
            raise ArgumentError("draws", tuple(faults))


def count_of(n: int, method: Method) -> int:
    """Return how many draws, or base points, a design has: n, or for Sobol sequences the next power of two.

    Raises ArgumentError for an n that is not above 0.
    """
    if n < 1:
        raise ArgumentError("draws", (Fault("n", f"{n} draws are none", "give a whole number from 1 on"),))
    return 1 << (n - 1).bit_length() if method in ("sobol", "saltelli") else n


def quantiles(n: int, inputs: int, design: Design) -> Floats:
    """Return quantiles of a design that fills the whole spread, shape (draws, inputs), each between 0 and 1.

    draws: count_of(n, method). Raises ArgumentError for other designs, and for more inputs than a Sobol sequence has.
    """
    from scipy.stats import qmc  # here, because it takes 34 MB and half a second to load and only samples need it

    draws = count_of(n, design.method)
    rng = np.random.default_rng(design.seed)
    if not inputs:
        return np.empty((draws, 0))
    if design.method == "latin":
        return np.asarray(qmc.LatinHypercube(inputs, rng=rng).random(draws), dtype=np.float64)
    if design.method == "sobol" and inputs <= MOST_INPUTS:
        return np.asarray(qmc.Sobol(inputs, rng=rng).random(draws), dtype=np.float64)
    if design.method == "monte-carlo":
        return np.asarray(rng.random((draws, inputs)), dtype=np.float64)
    many = f"a Sobol sequence has at most {MOST_INPUTS} inputs, not {inputs}"
    what = many if design.method == "sobol" else f"{design.method} is laid out by factors, in `sensitivity`"
    raise ArgumentError("quantiles", (Fault("method", what, "use latin"),))
