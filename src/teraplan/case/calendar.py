"""The one place for date arithmetic: what an order sets in motion, and when; what a payment of a date is worth.

Time is in decimal years (2027.5 is 1 July 2027). An order stands for a decision spread evenly over its period (`even`)
or placed at its start (`start`). Whatever follows it by a fixed delay (money, build inputs, service, ramp, end of life)
is an integral of a step function, and has the closed forms below; nothing is sampled by month.
"""

from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

Floats = NDArray[np.float64]
AN_HOUR = 1e-4
"""A lead time shorter than this counts as none [year]."""
INSTANT = 1e-12
"""A way back shorter than this is none, a pace below it a standstill [year, 1]."""


def share_after(order: tuple[Floats, Floats], window: tuple[Floats, Floats], delay: Floats) -> Floats:
    """Return the mean, over an order's dates and over a window of time, of "the order is older than `delay`" [1].

    order, window: (start, end) [year]; an order whose start is its end was placed at once. delay [year]. Arrays
    broadcast.
    With Q(x) = max(x, 0)^2 / 2 the mean is (Q(t1-a-d) - Q(t1-b-d) - Q(t0-a-d) + Q(t0-b-d)) / ((b-a) (t1-t0)).
    """
    (a, b), (t0, t1) = order, window
    spread = np.where(b > a, b - a, 1.0)
    even = (_half_square(t1 - a - delay) - _half_square(t1 - b - delay)) - (
        _half_square(t0 - a - delay) - _half_square(t0 - b - delay)
    )
    at_once = _positive(t1 - a - delay) - _positive(t0 - a - delay)
    return np.where(b > a, even / spread, at_once) / (t1 - t0)


def share_at(order: tuple[Floats, Floats], window: tuple[Floats, Floats], delay: Floats) -> Floats:
    """Return the share of an order's dates, moved by `delay` [year], that falls in the window [1].

    The window is closed at its start and open at its end; the shares over windows without gaps sum to 1.
    """
    (a, b), (t0, t1) = order, window
    spread = np.where(b > a, b - a, 1.0)
    overlap = np.minimum(b + delay, t1) - np.maximum(a + delay, t0)
    at_once = (a + delay >= t0) & (a + delay < t1)
    return np.where(b > a, _positive(overlap) / spread, at_once.astype(np.float64))


def share_in_service(
    order: tuple[Floats, Floats], window: tuple[Floats, Floats], lead: Floats, life: Floats, ramp: Sequence[float] = ()
) -> Floats:
    """Return the mean share of an order that is in service during the window [1].

    lead: order to start [year]; life: start to end [year]; ramp: share of nameplate in the first, second, ... year of
    age, 1 afterwards (empty: no ramp, the capacity that is paid for rather than the one that can be used).
    """
    levels = [*ramp, 1.0]
    total = levels[0] * share_after(order, window, lead)
    for age, (before, after) in enumerate(zip(levels, levels[1:], strict=False), start=1):
        total = total + (after - before) * share_after(order, window, lead + np.minimum(age, life))
    return np.maximum(total - share_after(order, window, lead + life), 0.0)


def share_paid(
    order: tuple[Floats, Floats], window: tuple[Floats, Floats], lead: Floats, profile: Sequence[float] = (1.0,)
) -> Floats:
    """Return the share of an order's overnight cost that is paid in the window [1].

    profile: shares of the money in equal parts of the time between order and start, summing to 1; without a lead time
    the money is paid with the order.
    """
    length = window[1] - window[0]
    part = np.where(lead > AN_HOUR, lead, 1.0) / len(profile)
    total = np.zeros(np.broadcast(order[0], window[0], lead).shape)
    for position, share in enumerate(profile):
        begin, end = position * part, (position + 1) * part
        total = total + share * length * (share_after(order, window, begin) - share_after(order, window, end)) / part
    return np.where(lead > AN_HOUR, total, share_at(order, window, np.zeros_like(lead)))


def share_worn(order: tuple[Floats, Floats], until: float, lead: Floats, life: Floats, rate: float) -> Floats:
    """Return the mean share of an order's overnight cost that is worn out at a date [1].

    until [decimal year]; lead: order to start [year]; life: start to end [year]. At age x it is
    ((1 + rate)^x - 1) / ((1 + rate)^life - 1): what a sinking fund has put aside; x / life at a rate of 0 (straight
    line). Over the dates of an order it is (W(until-a-lead) - W(until-b-lead)) / (b-a) with W its integral over age.
    """
    a, b = order
    young, old = until - b - lead, until - a - lead
    spread = np.where(b > a, b - a, 1.0)
    if rate == 0.0:
        mean = (_half_square(old) - _half_square(old - life) - _half_square(young) + _half_square(young - life)) / life
        return np.where(b > a, mean / spread, np.clip(old, 0.0, life) / life)
    growth, whole = np.log1p(rate), np.expm1(life * np.log1p(rate))

    def integral(age: Floats) -> Floats:
        inside = np.clip(age, 0.0, life)
        put_aside: Floats = (np.expm1(growth * inside) / growth - inside) / whole + _positive(age - life)
        return put_aside

    at_once: Floats = np.expm1(growth * np.clip(old, 0.0, life)) / whole
    return np.where(b > a, (integral(old) - integral(young)) / spread, at_once)


def lost_until(date: Floats, start: float, duration: float, recovery: float) -> Floats:
    """Return how long something has been lost by a date: whole for a duration, then less in a straight line [year].

    start, date [decimal year]; duration, recovery [year]. With x = date - start - duration within 0..recovery it is
    min(date - start, duration) + x - x^2 / (2 recovery); in the end duration + recovery / 2.
    """
    back = np.clip(date - start - duration, 0.0, recovery)
    ramp = back - np.square(back) / (2.0 * recovery if recovery > INSTANT else 1.0)
    whole: Floats = np.clip(date - start, 0.0, duration) + ramp
    return whole


def lead_at_pace(
    order: Floats, lead: Floats, slow: tuple[float, float, float], pace: float, like: Floats | None = None
) -> Floats:
    """Return the time from order to start when building runs at a share of its pace for a while [year].

    order [decimal year]; lead: at full pace [year]; slow: start [decimal year], duration and recovery [year] of the
    slow time; pace: what is left of it while it lasts [1]. The start T is where the time from order to T, less
    (1 - pace) times what is lost of it, is the lead: the inverse of a function that is linear, then quadratic on the
    way back, then linear again. Where nothing is built T jumps: of what would be done just when that begins it is the
    earlier date; `like`, the `due_at_pace` of an order beside it, says on which side of a jump an order is.
    """
    (start, duration, recovery), lost = slow, 1.0 - pace
    due = due_at_pace(order, lead, slow, pace)
    beside = due if like is None else like
    during = start + (due - start) / (pace if pace > INSTANT else 1.0)
    over = np.maximum(due - start - pace * duration, 0.0)
    root = np.sqrt(pace**2 + 2.0 * lost * over / (recovery if recovery > INSTANT else 1.0))
    back = start + duration + 2.0 * over / np.where(over > 0, pace + root, 1.0)
    whole = lost * (duration + recovery / 2.0)
    places = [beside <= start, beside <= start + pace * duration, beside < start + duration + recovery - whole]
    started: Floats = np.maximum(np.select(places, [due, during, back], due + whole), order)
    return started - order


def due_at_pace(order: Floats, lead: Floats, slow: tuple[float, float, float], pace: float) -> Floats:
    """Return when an order would start if the slow time lost nothing after it, all that was lost before it made up.

    See `lead_at_pace`. Orders that start at one date t of the slow time are due at t - (1 - pace) lost_until(t).
    """
    due: Floats = order + lead - (1.0 - pace) * lost_until(order, *slow)
    return due


def discount_factor(year: Floats, rate: float, base_year: int, timing: str = "middle") -> Floats:
    """Return what one unit of money paid in a calendar year is worth in the base year [1].

    (1 + rate)^-(year + offset - base_year), offset 0, 0.5, 1 for a payment at the start, middle, end of the year.
    """
    offset = {"start": 0.0, "middle": 0.5, "end": 1.0}[timing]
    return np.power(1.0 + rate, -(np.asarray(year, dtype=np.float64) + offset - base_year))


def period_years(periods: pl.DataFrame) -> pl.DataFrame:
    """Return which part of each period falls in which calendar year: `period, year, part` (parts sum to 1 a period)."""
    first = int(np.floor(periods["start"].min()))  # type: ignore[arg-type]
    last = int(np.ceil(periods["end"].max()))  # type: ignore[arg-type]
    years = pl.DataFrame({"year": np.arange(first, last, dtype=np.int32)})
    overlap = pl.min_horizontal("end", pl.col("year") + 1.0) - pl.max_horizontal(
        "start", pl.col("year").cast(pl.Float64)
    )
    return (
        periods.join(years, how="cross")
        .with_columns(part=overlap / pl.col("years"))
        .filter(pl.col("part") > 1e-12)
        .select("period", "year", "part")
    )


def shifted_overlap(periods: pl.DataFrame, offset: float) -> pl.DataFrame:
    """Return where flows of a period fall when moved `offset` years earlier: `period, use_period, share`.

    Shares sum to 1 a period; `use_period` is null for the part before the first period.
    """
    moved = periods.select("period", a=pl.col("start") - offset, b=pl.col("end") - offset)
    windows = periods.select(use_period="period", t0="start", t1="end")
    first = float(periods["start"].min())  # type: ignore[arg-type]
    before = pl.DataFrame({"use_period": [None], "t0": [-1.0e9], "t1": [first]}, schema=windows.schema)
    crossed = moved.join(pl.concat([windows, before]), how="cross")
    overlap = pl.min_horizontal("b", "t1") - pl.max_horizontal("a", "t0")
    return (
        crossed.with_columns(share=overlap / (pl.col("b") - pl.col("a")))
        .filter(pl.col("share") > 1e-12)
        .select("period", "use_period", "share")
    )


def _positive(x: Floats) -> Floats:
    return np.maximum(x, 0.0)


def _half_square(x: Floats) -> Floats:
    return np.square(np.maximum(x, 0.0)) / 2.0
