"""Present values and internal rates of return of many cash flows at once."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from teraplan.errors import ArgumentError, Fault
from teraplan.floats import finite_floats, within_floats

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
NEWTON, WIDENINGS = 200, 12
LARGEST_EXPONENT = 600.0
"""Logarithm of the largest discount factor that is tried."""
REAL = 1e-7
"""How far from real, relative to its size, a root of the polynomial may be and be taken for a real one."""
SMALLEST = 1e-60
"""Share of the largest flow below which a flow is none."""
CLOSE = 4e-16
"""Last step of Newton's method, relative to 1 or the log rate."""


@dataclass(frozen=True)
class Irr:
    """Rates of return of cash flows (scenarios), and how many rates there are.

    rate: the rate at which the net present value is zero, NaN unless there is exactly one [1 / year].
    count: 0 there is none, 1 there is one, 2 there are several (there is no answer: use a net present value).
    """

    rate: Floats
    count: Whole


@within_floats("finance.present_value")
def present_value(cash_flow: ArrayLike, rate: ArrayLike, times: ArrayLike | None = None) -> Floats:
    """Return the sum of cash_flow / (1 + rate) ^ times over the last axis [currency].

    cash_flow: (years) or (scenarios, years); rate: one or (scenarios) [1 / year]; times: 0, 1, 2, ... if none [year].
    Raises ArgumentError for what is no finite number, times that are not as many as flows, and rates of -1 or less.
    """
    here = "finance.present_value"
    flow, when = _flow_and_times(here, cash_flow, times)
    (at,) = finite_floats(here, {"rate": rate})
    if at.ndim > 1 or not at.size or (flow.ndim == 2 and at.size not in (1, len(flow))) or (at <= -1.0).any():
        what = f"has the shape {at.shape}, or is -1 or less somewhere"
        raise ArgumentError(here, (Fault("rate", what, "give one above -1, or one a scenario"),))
    return discounted(flow.T, at, when)


def discounted(flow: Floats, rate: Floats, times: Floats) -> Floats:
    """Return the present value of flows with years first."""
    total = np.zeros(flow.shape[1:])
    for row, time in zip(flow, times, strict=True):
        total = total + row / (1.0 + rate) ** time
    return total


@within_floats("finance.irr")
def irr(cash_flow: ArrayLike, times: ArrayLike | None = None) -> Irr:
    """Return the internal rate of return of each cash flow, or that there is none or no single one.

    A flow whose signs change once has exactly one. Of others, one whose running total changes sign once has one
    that is not negative, and that one is given (Norstrom 1972); for the rest the real roots of the polynomial in
    1 / (1 + rate) are counted. cash_flow: (years) or (scenarios, years); times as in present_value.
    Raises ArgumentError for flows that are no finite numbers, and times that do not rise by halves or wholes.
    """
    flow, when = _flow_and_times("finance.irr", cash_flow, times)
    if (np.diff(when) <= 0).any() or (2 * when % 1 != 0).any():
        raise ArgumentError(
            "finance.irr", (Fault("times", "do not rise, or not by halves of a year", "give 0, 1, 2, ..."),)
        )
    found = rates_of(np.atleast_2d(flow).T, when)
    return Irr(found.rate.reshape(flow.shape[:-1]), found.count.reshape(flow.shape[:-1]))


def _flow_and_times(function: str, cash_flow: ArrayLike, times: ArrayLike | None) -> tuple[Floats, Floats]:
    """The flow and its times as arrays that fit each other."""
    given = {"cash_flow": cash_flow} if times is None else {"cash_flow": cash_flow, "times": times}
    flow, *at = finite_floats(function, given)
    years = flow.shape[-1] if flow.ndim else 0
    when = at[0] if at else np.arange(years, dtype=float)
    if flow.ndim not in (1, 2) or not flow.size or when.shape != (years,):
        what = f"has the shape {flow.shape} with times {when.shape}"
        raise ArgumentError(function, (Fault("cash_flow", what, "give finite (years) or (scenarios, years)"),))
    return flow, when


def rates_of(flow: Floats, times: Floats) -> Irr:
    """Return the rates of flows with years first, (years, scenarios)."""
    largest = np.abs(flow).max(axis=0)
    scaled = flow / np.where(largest > 0.0, largest, 1.0)
    scaled = np.where(np.abs(scaled) < SMALLEST, 0.0, scaled)
    count = np.minimum(_changes(scaled), 2)
    low = np.full(count.shape, -np.inf)
    total = np.cumsum(scaled, axis=0)
    norstrom = (count == 2) & (_changes(total) == 1) & (_first(scaled) * total[-1] < 0.0)
    low[norstrom], count[norstrom] = 0.0, 1
    guess = np.full(count.shape, 0.1)
    unclear = np.flatnonzero(count == 2)
    count[unclear], guess[unclear] = _counted(scaled[:, unclear], times)
    rate = np.full(count.shape, np.nan)
    one = np.flatnonzero(count == 1)
    log_rate = _root(scaled[:, one], times, low[one], guess[one])
    rate[one] = np.expm1(log_rate)
    count[one[np.isnan(log_rate)]] = 0
    return Irr(rate, count)


def _changes(values: Floats) -> Whole:
    """How often the sign changes down the first axis; zeros have none."""
    changes = np.zeros(values.shape[1], dtype=np.int64)
    last = np.zeros(values.shape[1])
    for row in values:
        changes += (row * last) < 0.0
        last = np.where(row != 0.0, np.sign(row), last)
    return changes


def _first(values: Floats) -> Floats:
    """The first entry of each column that is not zero."""
    first: Floats = np.take_along_axis(values, (values != 0.0).argmax(axis=0)[None], axis=0)[0]
    return first


def _root(flow: Floats, times: Floats, low: Floats, guess: Floats) -> Floats:
    """The log rate at which the present value is zero: Newton, held within a bracket by halving; NaN without bracket.

    low: the lowest log rate to look at, -inf for no bound.
    """
    sign = np.sign(_first(flow)) if flow.size else np.zeros(0)
    low, high = _bracket(flow, times, low, sign)
    at = np.clip(guess, low, high)
    done = np.isnan(low)
    for _ in range(NEWTON):
        value, slope = _value_and_slope(flow, times, at)
        above = value * sign > 0.0
        low, high = np.where(above, low, at), np.where(above, at, high)
        with np.errstate(divide="ignore", invalid="ignore"):
            newton = at - value / slope
        inside = (newton >= low) & (newton <= high)
        after = np.where(value == 0.0, at, np.where(inside, newton, 0.5 * (low + high)))
        step = np.abs(after - at)
        at = np.where(done, at, after)
        done = done | (step <= CLOSE * np.maximum(1.0, np.abs(at)))
        if done.all():
            break
    return at


def _bracket(flow: Floats, times: Floats, low: Floats, sign: Floats) -> tuple[Floats, Floats]:
    """Log rates below and above the root, widened from -0.5 and 0.5 by doubling; NaN where they are out of reach."""
    most = LARGEST_EXPONENT / max(times[-1] - times[0], 1.0)
    bounded = np.isfinite(low)
    low, high = np.where(bounded, low, -0.5), np.full(low.shape, 0.5)
    for _ in range(WIDENINGS):
        short = _value_and_slope(flow, times, high)[0] * sign < 0.0
        long = (_value_and_slope(flow, times, low)[0] * sign > 0.0) & ~bounded
        if not (short | long).any():
            return low, high
        high = np.where(short, np.minimum(2.0 * high, most), high)
        low = np.where(long, np.maximum(2.0 * low, -most), low)
    return np.where(short | long, np.nan, low), np.where(short | long, np.nan, high)


def _value_and_slope(flow: Floats, times: Floats, log_rate: Floats) -> tuple[Floats, Floats]:
    """The present value at the first of the times, and its derivative by the log rate (Horner's scheme)."""
    factor = np.exp(-log_rate)
    value, slope = np.zeros_like(log_rate), np.zeros_like(log_rate)
    for row, gap in zip(flow[::-1], [*np.diff(times)[::-1], 0.0], strict=True):
        value = value + row
        if gap:
            over = factor if gap == 1.0 else factor**gap
            slope = (slope - gap * value) * over
            value = value * over
    return value, slope


def _counted(flow: Floats, times: Floats) -> tuple[Whole, Floats]:
    """How many rates there are, at most 2, and the log of one: from the roots of the polynomial in 1 / (1 + rate)."""
    steps = np.rint(2.0 * (times - times[0])).astype(int)
    unit = int(np.gcd.reduce(steps)) or 1
    powers = steps // unit
    coefficients = np.zeros((flow.shape[1], powers[-1] + 1))
    coefficients[:, powers] = flow.T
    count, log_rate = np.zeros(flow.shape[1], dtype=np.int64), np.full(flow.shape[1], 0.1)
    for at, polynomial in enumerate(coefficients):
        roots = np.roots(np.trim_zeros(polynomial[::-1]))
        real = np.sort(roots.real[(np.abs(roots.imag) <= REAL * np.abs(roots)) & (roots.real > 0.0)])
        apart = real[np.concatenate([[True], np.diff(real) > 1e-6 * real[:-1]])] if len(real) else real
        count[at] = min(len(apart), 2)
        if len(apart):
            log_rate[at] = -np.log(apart[0]) * 2.0 / unit
    return count, log_rate
