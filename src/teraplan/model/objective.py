"""What decisions cost: one function a cost term. Each line is also a line of the ledger.

A line has the column it follows (null for money that no decision changes), the labels of what it pays for, the year of
payment where it is not spread over the period, and per unit of the column: `paid` (undiscounted), `charged` (as the
objective takes it, before the view), `beyond` (discounted, left out by the horizon's end).
"""

from collections.abc import Callable

import polars as pl

from teraplan.case.case import Case
from teraplan.model.coded import joined, kind
from teraplan.model.quantities import SITE, capacity, run
from teraplan.model.remembered import Remembered
from teraplan.model.variables import Variables

LINE = ("term", "item", "process", "commodity", "region", "period", "year", "column", "paid", "charged", "beyond")
IDLE = "idle"
SHORTAGE = "shortage"


def order_cost(case: Case, v: Variables) -> pl.DataFrame:
    """What orders pay between order and start: overnight cost, grants, credits, by calendar year of payment."""
    return v.order.terms.join(case.payments, on=[*SITE, "period"])


def existing_cost(case: Case, v: Variables) -> pl.DataFrame:
    """What is still to be paid for capacity ordered before; no decision changes it."""
    return case.existing_payments.with_columns(period=pl.lit(None, kind(case)), column=pl.lit(None, pl.Int64))


def fixed_cost(case: Case, v: Variables) -> pl.DataFrame:
    """Fixed cost of ordered capacity in service: rate x years."""
    return _over_period(case, (capacity(case, v) * case.fixed_costs).terms)


def existing_fixed_cost(case: Case, v: Variables) -> pl.DataFrame:
    """Fixed cost of capacity that was there: rate x years; no decision changes it."""
    there = case.capacity_existing.rename({"value": "capacity"}).join(case.fixed_costs, on=[*SITE, "period"])
    lines = there.with_columns(column=pl.lit(None, pl.Int64), coefficient=pl.col("capacity") * pl.col("value"))
    return _over_period(case, lines.drop("capacity", "value"))


def running_cost(case: Case, v: Variables) -> pl.DataFrame:
    """Cost of activity: variable, fuel, mark-up, tariffs and charges: rate x years."""
    return _over_period(case, (run(v) * case.running_costs).terms)


def freight_cost(case: Case, v: Variables) -> pl.DataFrame:
    """Cost of what is sent on routes: rate x years, booked where it is sent from."""
    labels = ["commodity", "origin", "destination", "period"]
    rates = case.ship_routes.select(*labels, value="cost").filter(pl.col("value") != 0)
    sliced = case.sliced_ship_routes.select(*labels, "slice", value="cost").filter(pl.col("value") != 0)
    sent = (v.ship * rates).by(*labels) + (v.sliced_ship * sliced).by(*labels)
    return _over_period(case, sent.terms.rename({"origin": "region"}).with_columns(item=pl.lit("freight")))


def carrying_cost(case: Case, v: Variables) -> pl.DataFrame:
    """Cost of keeping stocks: rate x stock x years."""
    rates = case.stock_places.select("commodity", "region", "period", value="carrying_cost").filter(
        pl.col("value") != 0
    )
    return _over_period(case, (v.stock * rates).terms.with_columns(item=pl.lit("carrying")))


def idle_cost(case: Case, v: Variables) -> pl.DataFrame:
    """A tiny charge on every activity and shipment keeps idle machines idle; nobody pays it."""
    tiny = case.tables.settings.activity_cost_floor
    sent = [ship.terms.rename({"origin": "region"}) for ship in (v.ship, v.sliced_ship)]
    moved = [terms if tiny else terms.clear() for terms in (run(v).terms, *sent)]
    lines = _over_period(
        case, pl.concat(moved, how="diagonal").with_columns(item=pl.lit(IDLE), coefficient=pl.lit(tiny))
    )
    return lines.with_columns(paid=pl.lit(0.0))


def shortage_value(case: Case, v: Variables) -> pl.DataFrame:
    """What demand that is not served would have been worth: the price of its step x years; nobody pays it."""
    price = case.demand_steps.select("commodity", "region", "buyer", "period", "step", value="price")
    worth = (v.shortage * price).terms.join(case.periods.select("period", "years", "shortage_factor"), on="period")
    charged = pl.col("coefficient") * pl.col("years") * pl.col("shortage_factor")
    return worth.with_columns(item=pl.lit(SHORTAGE), charged=charged, paid=pl.lit(0.0))


COST_TERMS: tuple[Callable[[Case, Variables], pl.DataFrame], ...] = (
    order_cost,
    existing_cost,
    fixed_cost,
    existing_fixed_cost,
    running_cost,
    freight_cost,
    carrying_cost,
    idle_cost,
    shortage_value,
)


def cost_terms(case: Case, v: Variables, remembered: Remembered | None = None) -> pl.DataFrame:
    """Return every cost line of a case: LINE, `transfer`, and `in_view` (whether the objective takes it)."""
    made = remembered or Remembered()
    lines = pl.concat([made(term.__name__, _lines, term, case, v) for term in COST_TERMS])
    extra = pl.DataFrame({"item": [IDLE, SHORTAGE], "transfer": [False, False], "in_view": [True, True]})
    viewed = lines.join(pl.concat([case.cost_items, extra]), on="item", how="left", maintain_order="left")
    if case.tables.settings.objective != "most_compute":
        return viewed
    return viewed.with_columns(in_view=pl.col("in_view") & ~_never_counts(case))


def target_terms(case: Case, v: Variables) -> pl.DataFrame:
    """Return what most_compute maximises: column, weight per unit of shortage (below zero), constant.

    Weights: `demand_curve`, the discounted price of each step; `discounted`, the discount factor; or a table of years.
    The constant is the amount at no shortage, so constant + sum of weight x shortage is the weighted amount served.
    """
    settings = case.tables.settings
    mine = v.shortage.only(pl.col("commodity") == settings.target.commodity).terms
    steps = mine.join(case.demand_steps, on=["commodity", "region", "buyer", "period", "step"])
    factors = case.periods.select("period", "years", "shortage_factor").with_columns(chosen=_chosen_years(case))
    weights = settings.target.weights
    per_unit = pl.col("chosen") if not isinstance(weights, str) else pl.col("shortage_factor")
    worth = per_unit * pl.col("years") * (pl.col("price") if weights == "demand_curve" else 1.0)
    return steps.join(factors, on="period").select("column", weight=-worth, constant=worth * pl.col("width"))


def _never_counts(case: Case) -> pl.Expr:
    """Shortage of the target has no price in most_compute: it is what the plan makes as small as it can."""
    return (pl.col("item") == SHORTAGE) & (pl.col("commodity") == case.tables.settings.target.commodity)


def _chosen_years(case: Case) -> pl.Series:
    weights = case.tables.settings.target.weights
    chosen = {} if isinstance(weights, str) else {int(year): float(weight) for year, weight in weights.items()}
    given = pl.DataFrame(
        {"year": list(chosen), "weight": list(chosen.values())}, schema={"year": pl.Int32, "weight": pl.Float64}
    )
    means = (
        case.period_years.join(given, on="year", how="left")
        .group_by("period")
        .agg(value=(pl.col("part") * pl.col("weight").fill_null(0.0)).sum())
    )
    return case.periods.join(means, on="period", how="left", maintain_order="left")["value"]


def _over_period(case: Case, terms: pl.DataFrame) -> pl.DataFrame:
    """Money that runs with time: coefficient x years, discounted by the period's factor, all inside the horizon."""
    dated = joined(terms, case.periods.select("period", "years", "running_factor"), ["period"], how="left")
    paid = pl.col("coefficient") * pl.col("years")
    return dated.with_columns(paid=paid, charged=paid * pl.col("running_factor"))


def _lines(term: Callable[[Case, Variables], pl.DataFrame], case: Case, v: Variables) -> pl.DataFrame:
    labels = kind(case)
    given = term(case, v).with_columns(term=pl.lit(term.__name__))
    kinds = {"process": labels, "commodity": labels, "year": pl.Int32(), "beyond": pl.Float64()}
    for column, dtype in kinds.items():
        if column not in given.columns:
            given = given.with_columns(pl.lit(None if column != "beyond" else 0.0, dtype).alias(column))
    return given.select(LINE)
