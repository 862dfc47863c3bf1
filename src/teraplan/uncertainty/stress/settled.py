"""What is settled when a shock begins that nobody saw coming: the past, and the orders that were placed.

The base that every cell of a stress test starts from is the case with this settled, and without a shock.
"""

from dataclasses import dataclass, replace

import polars as pl

from teraplan.case.case import Case
from teraplan.case.settings import Keep
from teraplan.model.build import build_problem
from teraplan.results.derive import BALANCES
from teraplan.results.keep import kept_bounds
from teraplan.results.results import Results
from teraplan.solver import Options, Solution, solve

PAST = ("retire", "activity", "sliced_activity", "ship", "sliced_ship", "stock", "level", "season_level", "shortage")
PLACED = ("order", "blocks")
FLOORS = ("activity_fall", "order_fall", "activity_min", "order_min", "capacity_min")
"""Kinds of limits that hold people to what they promised."""
SITE = ("process", "region", "period")
DEMAND = ("commodity", "region", "period")
UNPRICED = "unpriced"
"""Buyer and step of what the case says must be met, and a shock may make impossible to meet."""
FORBIDDING = 1000.0
"""How many times its highest price without a shock it costs to miss such demand: others go without first [1]."""
MOMENT = 1e-9
"""Two dates nearer than this are one [year]."""


Prices = tuple[tuple[str, str, float], ...]
"""commodity, region, price [money / commodity] of what must be met."""


@dataclass(frozen=True)
class Moments:
    """When a shock begins, from when on new orders are placed, and until when nobody is held to a floor."""

    start: float
    """[decimal year]."""
    reacted: float
    """Start of the first period whose orders are free [decimal year]."""
    waived: float
    """[decimal year]."""


@dataclass(frozen=True)
class Base:
    """What every cell starts from: the settled case without a shock, and the plan that it was settled from."""

    plain: Case
    """The case of the plan."""
    case: Case
    """The settled case."""
    results: Results
    """The plan."""
    moments: Moments
    prices: Prices


def base_of(case: Case, results: Results, moments: Moments, options: Options) -> Base:
    """Return what every cell starts from: settled, with prices for what must be met, from one solve without a shock."""
    first = settled(case, results, moments)
    solution = solve(build_problem(first), options)
    prices: Prices = tuple(highest_prices(first, solution).iter_rows())
    return Base(case, resettled(replace(case, kept=first.kept), moments, priced(prices)), results, moments, prices)


def settled(case: Case, results: Results, moments: Moments) -> Case:
    """Return the case in which what was settled when the shock begins is held, and no shock happens.

    Held at the plan's values: everything of the periods that end before the start, and the orders of the periods that
    begin before `reacted`. Of these, orders that are not yet built at the start, so that they need parts from then on,
    may fall short where parts do: they are at most what was ordered. Retirements that were planned may be left out.
    """
    ended = _last(case, pl.col("end") <= moments.start + MOMENT)
    placed = _last(case, pl.col("start") < moments.reacted - MOMENT)
    ahead = moments.start - MOMENT if ended is None else ended + MOMENT
    plan = {"plan": results}
    orders = kept_bounds(case, [] if placed is None else [Keep(run="plan", variables=PLACED, until=placed)], plan)
    unbuilt = _unbuilt(case, moments)
    held = [
        kept_bounds(case, [] if ended is None else [Keep(run="plan", variables=PAST, until=ended)], plan),
        orders.join(unbuilt, on=list(SITE), how="anti"),
        orders.join(unbuilt, on=list(SITE), how="semi").with_columns(lower=0.0),
    ]
    if placed is not None and placed > ahead:
        retired = Keep.model_validate({"run": "plan", "variables": ("retire",), "from": ahead, "until": placed})
        held.append(kept_bounds(case, [retired], plan).with_columns(lower=0.0))
    return resettled(replace(case, kept=pl.concat(held, how="diagonal_relaxed")), moments)


def resettled(case: Case, moments: Moments, unpriced: pl.DataFrame | None = None) -> Case:
    """Return a case, whose `kept` is that of a settled one, with the rest of what is settled.

    The money of orders that are not yet built is spent either way: it is left out of the objective, which from the
    start on is that of least cost. Floors (take-or-pay, orders that keep builders busy, least shares and amounts) are
    waived in the periods between the start and `waived`. unpriced: commodity, region, price [money / commodity]: what
    demand without a price, and what finishes earlier orders, may be missed for.
    """
    unbuilt = _unbuilt(case, moments)
    parts = case.build_inputs.join(unbuilt, on=list(SITE), how="semi")["commodity"].unique()
    lying = pl.when(pl.col("commodity").is_in(parts.implode())).then(pl.lit("free")).otherwise("disposal")
    settings = case.tables.settings.model_copy(update={"objective": "least_cost"})
    now = pl.col("period").is_in(_between(case, moments.start, moments.waived).implode())
    steps = case.demand_steps if unpriced is None else pl.concat([case.demand_steps, _unpriced(case, unpriced)])
    return replace(
        case,
        tables=replace(case.tables, settings=settings),
        programme=None,
        payments=case.payments.join(unbuilt, on=list(SITE), how="anti"),
        commodities=case.commodities.with_columns(disposal=lying),
        usable_existing=_run_in_the_past(case, unbuilt, moments),
        limits=case.limits.filter(~(now & pl.col("kind").is_in(FLOORS))),
        shares=case.shares.filter(~(now & (pl.col("sense") == "at_least"))),
        demand_steps=steps,
    )


def priced(prices: Prices) -> pl.DataFrame:
    """Return prices as a table: commodity, region, price."""
    return pl.DataFrame(prices, schema={"commodity": pl.String, "region": pl.String, "price": pl.Float64}, orient="row")


def highest_prices(case: Case, solution: Solution) -> pl.DataFrame:
    """Return the highest price of each good that must be met at a place: commodity, region, price [money / commodity].

    Of all periods; at that price, or above it, nobody would rather do without: the plan is the same where it may be
    missed. Goods that cost nothing in any period are left out.
    """
    rows = solution.problem.rows.with_columns(dual=pl.Series(solution.row_dual))
    balances = rows.filter(pl.col("equation").is_in(BALANCES)).select("commodity", "place", "period", "slice", "dual")
    shaped = balances.join(case.load_shape, on=["commodity", "place", "period", "slice"], how="left")
    yearly = shaped.group_by("commodity", "place", "period").agg(
        dual=(pl.col("dual") * pl.col("value").fill_null(1.0)).sum()
    )
    priced = yearly.join(case.periods, on="period").with_columns(
        price=pl.col("dual") / (pl.col("years") * pl.col("shortage_factor"))
    )
    highest = priced.group_by("commodity", region="place").agg(pl.col("price").max())
    asked = _must(case).select("commodity", "region").unique()
    return highest.join(asked, on=["commodity", "region"], how="semi").filter(pl.col("price") > 0).sort(DEMAND[:2])


def _must(case: Case) -> pl.DataFrame:
    """Demand that no step of a curve lets be missed, and what finishes earlier orders: DEMAND, width."""
    curves = case.demand_steps.group_by(DEMAND).agg(there=pl.col("width").sum())
    asked = case.demand.join(curves, on=list(DEMAND), how="left")
    rest = asked.select(*DEMAND, width=pl.col("value") - pl.col("there").fill_null(0.0))
    finishing = case.existing_build.select("commodity", "period", region="place", width="value").select(rest.columns)
    whole = pl.concat([rest, finishing]).group_by(DEMAND).agg(pl.col("width").sum())
    return whole.filter(pl.col("width") > 1e-9)


def _unpriced(case: Case, prices: pl.DataFrame) -> pl.DataFrame:
    """A step for what must be met, at a forbidding price: rows of `demand_steps`."""
    asked = _must(case).join(prices, on=["commodity", "region"])
    steps = asked.with_columns(buyer=pl.lit(UNPRICED), step=pl.lit(UNPRICED), price=FORBIDDING * pl.col("price"))
    return steps.select(case.demand_steps.columns).sort(DEMAND)


def _run_in_the_past(case: Case, unbuilt: pl.DataFrame, moments: Moments) -> pl.DataFrame:
    """Existing capacity with what ran in the past of orders that may now fall short, which the past did have."""
    ordered = case.kept.filter(pl.col("variable") == "order").join(unbuilt, on=list(SITE), how="semi")
    placed = ordered.select("process", "region", order_period="period", ordered="upper")
    past = case.periods.filter(pl.col("end") <= moments.start + MOMENT)["period"]
    ran = case.service.filter(pl.col("period").is_in(past.implode())).join(
        placed, on=["process", "region", "order_period"]
    )
    both = pl.concat([case.usable_existing, ran.select(*SITE, value=pl.col("value") * pl.col("ordered"))])
    return both.group_by(SITE, maintain_order=True).agg(pl.col("value").sum())


def _last(case: Case, chosen: pl.Expr) -> float | None:
    """The start of the last of the chosen periods [decimal year]."""
    found = case.periods.filter(chosen)
    return None if found.is_empty() else float(found["start"].max())  # type: ignore[arg-type]


def _between(case: Case, first: float, last: float) -> pl.Series:
    """The periods that touch the time between two dates."""
    return case.periods.filter((pl.col("end") > first + MOMENT) & (pl.col("start") < last - MOMENT))["period"]


def _unbuilt(case: Case, moments: Moments) -> pl.DataFrame:
    """Orders placed that need parts from the start of the shock on: process, region, period."""
    late = _between(case, moments.start, case.horizon_end)
    placed = case.periods.filter(pl.col("start") < moments.reacted - MOMENT)["period"]
    needing = case.build_inputs.filter(
        pl.col("use_period").is_in(late.implode()) & pl.col("period").is_in(placed.implode())
    )
    return needing.select(SITE).unique()
