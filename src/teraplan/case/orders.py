"""What an order sets in motion: where it may stand, its service by period, its money by year, what it is built from."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from teraplan.case.calendar import (
    Floats,
    due_at_pace,
    lead_at_pace,
    lost_until,
    share_at,
    share_in_service,
    share_paid,
)
from teraplan.case.resolve import Tables

NEGLIGIBLE = 1e-9
SITE = ("process", "region")
AT_ONCE = 1e-6
"""Starts that are nearer to each other than this are one [year]."""
CHORDS = 16
"""Parts of a way back in each of which starts are spread evenly."""


def lead_and_life(tables: Tables, orders: pl.DataFrame) -> pl.DataFrame:
    """Add to orders (process, region): lead and life [year], spend_profile, ramp; only processes with capacity stay.

    An order with a date `a` [decimal year] takes the lead time of that date, one without the earliest there is.
    """
    times = tables.frames["lead_times"].select(
        *SITE, "spend_profile", "ramp", "ordered_from", "ordered_until", lead=pl.col("value") / 12.0
    )
    lives = tables.frames["processes"].filter(pl.col("capacity_unit").is_not_null()).select("process", "life")
    then = pl.col("a").is_between(pl.col("ordered_from"), pl.col("ordered_until"), closed="left")
    placed = orders if "a" in orders.columns else orders.with_columns(a=pl.lit(-np.inf))
    return (
        placed.join(lives, on="process", how="inner")
        .join(times, on=SITE, how="left")
        .filter(then.fill_null(True))
        .with_columns(
            pl.col("lead").fill_null(0.0), pl.col("spend_profile").fill_null(""), pl.col("ramp").fill_null("")
        )
    )


def order_sites(tables: Tables, periods: pl.DataFrame) -> pl.DataFrame:
    """Return where and when an order may be placed, with its dates a, b and its lead, life, spend_profile, ramp.

    An order belongs to a site when the middle of its start dates lies in the site's window of service years and its
    first start lies before the end of the horizon. Where building is slowed down the lead is longer: that of the last
    of its dates, so that b + lead is when all of it has started (`parts_of` has those of the others); the money is paid
    when it was agreed to be, over `paid_over` [year].
    """
    settings = tables.settings
    even = settings.order_timing == "even"
    end = float(periods["end"].max())  # type: ignore[arg-type]
    sites = tables.frames["sites"].select(*SITE, "first_year", "last_year")
    placed = sites.join(periods.filter(pl.col("start") >= settings.decided_from), how="cross").with_columns(
        a=pl.col("start"), b=pl.col("end") if even else pl.col("start")
    )
    dated = lead_and_life(tables, placed)
    start = (pl.col("a") + pl.col("b")) / 2 + pl.col("lead")
    allowed = (
        (start >= pl.col("first_year").fill_null(-9999))
        & (start < pl.col("last_year").fill_null(9999) + 1)
        & (pl.col("a") + pl.col("lead") < end - NEGLIGIBLE)
    )
    placed = slowed(tables, dated.filter(allowed).with_columns(paid_over="lead"))
    return placed.select(*SITE, "period", "a", "b", "lead", "paid_over", "life", "spend_profile", "ramp").sort(
        *SITE, "a"
    )


def existing_blocks(tables: Tables) -> pl.DataFrame:
    """Return the capacity table with its dates: a block has its own row number, start, end, and a as its order date.

    What was ordered before keeps the lead time that held before any other was known.
    """
    capacity = tables.frames["capacity"]
    timed = lead_and_life(tables, capacity.with_row_index("block"))
    ordered = pl.col("start") - pl.col("lead")
    placed = slowed(tables, timed.with_columns(paid_over="lead", a=ordered, b=ordered))
    late = pl.col("lead") - pl.col("paid_over")
    moved = placed.with_columns(pl.col("start") + late, pl.col("end") + late)
    end = pl.coalesce(pl.col("end"), pl.col("start") + pl.col("life"))
    return moved.with_columns(end=end, life=end - pl.col("start"))


def slowed(tables: Tables, orders: pl.DataFrame) -> pl.DataFrame:
    """Return orders with the lead that the last of their dates has where building is slowed down.

    The frame `slowdowns` says where, from when, for how long, how long the way back takes, and which pace is left.
    """
    for slow, pace, places in _slow_times(tables):
        late = orders.with_columns(late=lead_at_pace(_column(orders, "b"), _column(orders, "lead"), slow, pace))
        here = late.join(places.with_columns(here=True), on=SITE, how="left", maintain_order="left")
        orders = here.with_columns(lead=pl.when("here").then("late").otherwise("lead")).drop("late", "here")
    return orders


def parts_of(tables: Tables, orders: pl.DataFrame) -> pl.DataFrame:
    """Return orders in parts whose starts are spread evenly: a and b of a part are dates of start, and its lead is 0.

    orders: process, region, a, b, paid_over [year], the lead that was agreed; lead. `part` is the share of the order
    [1]. What starts before a slow time begins starts when it would without it: each date of an order has a lead of its
    own, and an order is cut where these begin to change, so that the parts are exact, but for the way back, which is
    cut into CHORDS. An order that nothing slows down is one part, with its dates and lead as they are.
    """
    slow_times = list(_slow_times(tables))
    whole = orders.with_columns(part=pl.lit(1.0))
    if not slow_times:
        return whole
    slow_sites = pl.concat([places for *_, places in slow_times]).unique()
    ready = pl.col("a") + pl.col("paid_over"), pl.col("b") + pl.col("paid_over")
    parts = whole.join(slow_sites, on=SITE, how="semi").with_columns(low="a", high="b", first=ready[0], last=ready[1])
    for slow, pace, places in slow_times:
        here = _slowed_parts(parts.join(places, on=SITE, how="semi"), slow, pace)
        parts = pl.concat([parts.join(places, on=SITE, how="anti"), here])
    spread = (pl.col("high") - pl.col("low")) / (pl.col("b") - pl.col("a"))
    last = pl.when(pl.col("last") - pl.col("first") < AT_ONCE).then("first").otherwise("last")
    dated = parts.with_columns(
        a="first", b=last, lead=pl.lit(0.0), part=pl.when(pl.col("b") > pl.col("a")).then(spread).otherwise(1.0)
    )
    return pl.concat([whole.join(slow_sites, on=SITE, how="anti"), dated.select(whole.columns)])


def together(parts: pl.DataFrame) -> pl.DataFrame:
    """Return the `value` of orders from that of their parts, each counting by its share: without dates and lead."""
    labels = [name for name in parts.columns if name not in ("a", "b", "lead", "part", "value")]
    if (parts["part"] == 1.0).all():
        return parts.select(*labels, "value")
    return parts.group_by(labels, maintain_order=True).agg((pl.col("value") * pl.col("part")).sum())


def _slow_times(tables: Tables) -> Iterator[tuple[tuple[float, float, float], float, pl.DataFrame]]:
    """Each slow time: its start, duration and recovery, the pace that is left, and the sites, each once."""
    key = ["start", "duration", "recovery", "pace"]
    for (*slow, pace), part in tables.frames["slowdowns"].sort(pl.all()).group_by(key, maintain_order=True):
        yield (slow[0], slow[1], slow[2]), pace, part.select(SITE).unique()


def _slowed_parts(parts: pl.DataFrame, slow: tuple[float, float, float], pace: float) -> pl.DataFrame:
    """Parts of orders (low, high: their dates; first, last: their starts) after one slow time, cut where it shows."""
    start, duration, recovery = slow
    way_back = np.linspace(0.0, recovery, CHORDS + 1 if recovery > 0 else 1)
    bends = np.array([start, *(start + duration + way_back)])
    for bend in bends:
        parts = _cut(parts, pl.lit(bend))
    for bend in bends - (1.0 - pace) * lost_until(bends, *slow):
        early, late = _due(parts, "low", "first", slow, pace), _due(parts, "high", "last", slow, pace)
        share = (bend - pl.Series(early)) / pl.Series(late - early)
        parts = _cut(parts, pl.col("low") + share * (pl.col("high") - pl.col("low")))
    early, late = _due(parts, "low", "first", slow, pace), _due(parts, "high", "last", slow, pace)
    low, high = _column(parts, "low"), _column(parts, "high")
    begin = low + lead_at_pace(low, _column(parts, "first") - low, slow, pace, like=(early + late) / 2)
    end = high + lead_at_pace(high, _column(parts, "last") - high, slow, pace, like=(early + late) / 2)
    return parts.with_columns(first=pl.Series(begin), last=pl.Series(np.maximum(begin, end)))


def _due(parts: pl.DataFrame, date: str, start: str, slow: tuple[float, float, float], pace: float) -> Floats:
    order = _column(parts, date)
    return due_at_pace(order, _column(parts, start) - order, slow, pace)


def _cut(parts: pl.DataFrame, date: pl.Expr) -> pl.DataFrame:
    """Parts of which those that hold a date in their midst are cut there."""
    inside = (date > pl.col("low") + NEGLIGIBLE) & (date < pl.col("high") - NEGLIGIBLE)
    cut = parts.with_columns(date=pl.when(inside).then(date)).with_columns(
        at=pl.col("first")
        + (pl.col("date") - pl.col("low")) / (pl.col("high") - pl.col("low")) * (pl.col("last") - pl.col("first"))
    )
    early = cut.with_columns(high=pl.coalesce("date", "high"), last=pl.coalesce("at", "last"))
    late = cut.drop_nulls("date").with_columns(low="date", first="at")
    return pl.concat([early, late]).drop("date", "at")


def service(sites: pl.DataFrame, windows: pl.DataFrame, tables: Tables, ramped: bool) -> pl.DataFrame:
    """Return the mean share of each order in service in each window: the columns of both, but for the dates and the
    lead of the order, and `value`; zeros left out.

    windows: period (or year), t0, t1.
    """

    def share(part: pl.DataFrame, ramp: Sequence[float]) -> Floats:
        return share_in_service(dates(part), window(part), _column(part, "lead"), _column(part, "life"), ramp)

    crossed = parts_of(tables, sites).join(windows, how="cross").filter(pl.col("t1") > pl.col("a") + pl.col("lead"))
    if not ramped:
        return together(_positive(crossed.with_columns(value=pl.Series(share(crossed, ())))))
    return together(_positive(_by_profile(crossed, "ramp", tables, share)))


def paid_by_year(sites: pl.DataFrame, years: pl.DataFrame, tables: Tables) -> pl.DataFrame:
    """Return the share of overnight cost that each order pays in each calendar year: `value`; zeros left out."""

    def share(part: pl.DataFrame, profile: Sequence[float]) -> Floats:
        return share_paid(dates(part), window(part), _column(part, "paid_over"), profile or (1.0,))

    near = (pl.col("t1") > pl.col("a")) & (pl.col("t0") <= pl.col("b") + pl.col("lead"))
    return _positive(_by_profile(sites.join(years, how="cross").filter(near), "spend_profile", tables, share))


def built_from(sites: pl.DataFrame, recipes: pl.DataFrame, windows: pl.DataFrame, tables: Tables) -> pl.DataFrame:
    """Return what each order uses to be built, as an amount per unit of capacity in each window.

    recipes: process, region, period, commodity, offset_month, value (per unit of capacity, in the period of use). It is
    used when as much is left to build as the offset says at full pace, but not before the order is placed: a slow time
    moves nothing that was used before it began.
    """
    needs = recipes.select(*SITE, "commodity", "offset_month").unique()
    until_used = [
        (pl.col(name) - pl.col("offset_month") / 12.0).clip(lower_bound=0.0) for name in ("lead", "paid_over")
    ]
    crossed = parts_of(tables, sites.join(needs, on=SITE).with_columns(until_used)).join(windows, how="cross")
    shares = crossed.with_columns(value=pl.Series(share_at(dates(crossed), window(crossed), _column(crossed, "lead"))))
    amounts = recipes.select(*SITE, "commodity", "offset_month", use_period="period", per_capacity="value")
    joined = together(_positive(shares)).join(amounts, on=[*SITE, "commodity", "offset_month", "use_period"])
    return joined.with_columns(value=pl.col("value") * pl.col("per_capacity")).drop("per_capacity")


def profile_shares(tables: Tables, name: str) -> tuple[float, ...]:
    """Return the shares of a spend profile or ramp in the order of their positions; empty for no name."""
    rows = tables.frames["profiles"].filter(pl.col("profile") == name)
    return tuple(rows.sort(pl.col("position").cast(pl.Int32, strict=False))["value"])


def _by_profile(
    frame: pl.DataFrame,
    column: str,
    tables: Tables,
    share: Callable[[pl.DataFrame, Sequence[float]], NDArray[np.float64]],
) -> pl.DataFrame:
    parts = [
        part.with_columns(value=pl.Series(share(part, profile_shares(tables, str(name)))))
        for (name,), part in _groups(frame, column)
    ]
    return pl.concat(parts) if parts else frame.with_columns(value=pl.lit(0.0)).clear()


def _groups(frame: pl.DataFrame, column: str) -> Iterator[tuple[tuple[object, ...], pl.DataFrame]]:
    yield from frame.group_by(column, maintain_order=True)


def _positive(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.filter(pl.col("value") > NEGLIGIBLE)


def dates(frame: pl.DataFrame) -> tuple[Floats, Floats]:
    """Return the first and last date of each order [decimal year]."""
    return _column(frame, "a"), _column(frame, "b")


def window(frame: pl.DataFrame) -> tuple[Floats, Floats]:
    """Return start and end of the window of each row [decimal year]."""
    return _column(frame, "t0"), _column(frame, "t1")


def lead_and_life_of(frame: pl.DataFrame) -> Floats:
    """Return the time from each order to the end of its life [year]."""
    return _column(frame, "lead") + _column(frame, "life")


def _column(frame: pl.DataFrame, name: str) -> Floats:
    return frame[name].cast(pl.Float64).to_numpy()
