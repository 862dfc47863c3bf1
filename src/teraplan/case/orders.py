"""What an order sets in motion: where it may stand, its service by period, its money by year, what it is built from."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from teraplan.case.calendar import Floats, lead_at_pace, share_at, share_in_service, share_paid
from teraplan.case.resolve import Tables

NEGLIGIBLE = 1e-9
SITE = ("process", "region")


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
    first start lies before the end of the horizon. Where building is slowed down the lead is longer, by what an order
    in the middle of the dates loses; the money is paid when it was agreed to be, over `paid_over` [year].
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
    """Return orders with the lead that they have where building is slowed down, one slow time after the other.

    The frame `slowdowns` says where, from when, for how long, how long the way back takes, and which pace is left.
    """
    key = ["start", "duration", "recovery", "pace"]
    for (*slow, pace), part in tables.frames["slowdowns"].sort(pl.all()).group_by(key, maintain_order=True):
        middle = (_column(orders, "a") + _column(orders, "b")) / 2
        late = orders.with_columns(late=lead_at_pace(middle, _column(orders, "lead"), tuple(slow), pace))
        here = late.join(part.select(*SITE, here=True).unique(), on=SITE, how="left", maintain_order="left")
        orders = here.with_columns(lead=pl.when("here").then("late").otherwise("lead")).drop("late", "here")
    return orders


def service(sites: pl.DataFrame, windows: pl.DataFrame, tables: Tables, ramped: bool) -> pl.DataFrame:
    """Return the mean share of each order in service in each window: the columns of both and `value`; zeros left out.

    windows: period (or year), t0, t1.
    """

    def share(part: pl.DataFrame, ramp: Sequence[float]) -> Floats:
        return share_in_service(dates(part), window(part), _column(part, "lead"), _column(part, "life"), ramp)

    crossed = sites.join(windows, how="cross").filter(pl.col("t1") > pl.col("a") + pl.col("lead"))
    if not ramped:
        return _positive(crossed.with_columns(value=pl.Series(share(crossed, ()))))
    return _positive(_by_profile(crossed, "ramp", tables, share))


def paid_by_year(sites: pl.DataFrame, years: pl.DataFrame, tables: Tables) -> pl.DataFrame:
    """Return the share of overnight cost that each order pays in each calendar year: `value`; zeros left out."""

    def share(part: pl.DataFrame, profile: Sequence[float]) -> Floats:
        return share_paid(dates(part), window(part), _column(part, "paid_over"), profile or (1.0,))

    near = (pl.col("t1") > pl.col("a")) & (pl.col("t0") <= pl.col("b") + pl.col("lead"))
    return _positive(_by_profile(sites.join(years, how="cross").filter(near), "spend_profile", tables, share))


def built_from(sites: pl.DataFrame, recipes: pl.DataFrame, windows: pl.DataFrame) -> pl.DataFrame:
    """Return what each order uses to be built, as an amount per unit of capacity in each window.

    recipes: process, region, period, commodity, offset_month, value (per unit of capacity, in the period of use). It is
    used offset_month before the order is finished, but not before it is placed.
    """
    needs = recipes.select(*SITE, "commodity", "offset_month").unique()
    crossed = sites.join(needs, on=SITE).join(windows, how="cross")
    delay = np.maximum(_column(crossed, "lead") - _column(crossed, "offset_month") / 12.0, 0.0)
    shares = _positive(crossed.with_columns(value=pl.Series(share_at(dates(crossed), window(crossed), delay))))
    amounts = recipes.select(*SITE, "commodity", "offset_month", use_period="period", per_capacity="value")
    joined = shares.join(amounts, on=[*SITE, "commodity", "offset_month", "use_period"])
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
