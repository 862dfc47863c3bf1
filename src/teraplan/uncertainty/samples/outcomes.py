"""What is read off the solution of each draw: compute served, money, prices, capacity in service, and the objective.

The figures are those of `results.compare.headline`, worked out without the tables of a whole plan and in a fixed order
of sums, so that a draw gives the same figures to the last bit wherever it is solved.
"""

import polars as pl

from teraplan.case.case import Case
from teraplan.results.derive import per_year, prices_of
from teraplan.results.ledger import NOT_MONEY
from teraplan.results.sums import grouped
from teraplan.solver import Solution

OUTCOME = {"quantity": pl.String, "period": pl.String, "value": pl.Float64, "unit": pl.String}
OBJECTIVE, MONEY, TRANSFERS, PRICE = "objective", "money", "transfers", "price of "
SERVED, SERVICE, WORKS = " served", " in service", "works for "
SITE = ["process", "region"]


def outcomes_of(case: Case, solution: Solution) -> pl.DataFrame:
    """Return the figures of a solved draw: quantity, period (null: of the whole plan), value, unit.

    The target served, money and transfers a year by date of payment, the mean price of the target over what is served
    and the prices of goods traded worldwide (none for most_compute, whose duals are no money), capacity in service by
    stage, for the periods shown; and the objective in money units, or in units of the target.
    """
    columns = solution.problem.columns.with_columns(value=pl.Series(solution.value))
    rows = solution.problem.rows.with_columns(dual=pl.Series(solution.row_dual))
    served = _served(case, columns)
    shown = case.periods.filter("shown").select("period", "index")
    priced = case.tables.settings.objective != "most_compute"
    parts = [_total(served, case), *_money(case, solution), *([_prices(case, rows, served)] if priced else [])]
    parts.append(_in_service(case, columns))
    dated = pl.concat([part.select(list(OUTCOME)) for part in parts])
    kept = dated.join(shown, on="period", how="inner", maintain_order="left").drop("index")
    unit = case.tables.settings.money_unit if priced else "target"
    whole = pl.DataFrame([(OBJECTIVE, None, solution.objective, unit)], schema=OUTCOME, orient="row")
    return pl.concat([whole, kept])


def _served(case: Case, columns: pl.DataFrame) -> pl.DataFrame:
    """What is served of the target: region, period, served."""
    target = case.tables.settings.target.commodity
    key = ["region", "period"]
    missing = columns.filter((pl.col("variable") == "shortage") & (pl.col("commodity") == target))
    missed = missing.select(*key, "value").pipe(grouped, *key).agg(missed=pl.col("value").sum())
    asked = case.demand.filter(pl.col("commodity") == target).join(missed, on=key, how="left", maintain_order="left")
    return asked.select(*key, served=pl.col("value") - pl.col("missed").fill_null(0.0))


def _total(served: pl.DataFrame, case: Case) -> pl.DataFrame:
    target = case.tables.settings.target.commodity
    summed = served.pipe(grouped, "period").agg(value=pl.col("served").sum())
    unit = case.commodities.filter(pl.col("commodity") == target)["unit"][0]
    return summed.select(
        pl.lit(target + SERVED).alias("quantity"), "period", "value", per_year(pl.lit(unit)).alias("unit")
    )


def _money(case: Case, solution: Solution) -> list[pl.DataFrame]:
    """Undiscounted money a year, and transfers apart, in the period in which they are paid."""
    terms = solution.problem.cost_terms.filter(~pl.col("item").is_in(NOT_MONEY))
    value = pl.Series("_value", solution.value)
    amount = terms.select(pl.col("column").is_null(), at=pl.col("column").fill_null(0))
    times = pl.select(pl.when(amount["column"]).then(1.0).otherwise(value.gather(amount["at"]))).to_series()
    paid = terms.select("transfer", "period", "year", paid=pl.col("paid") * times)
    running = paid.filter(pl.col("year").is_null())
    summed = running.pipe(grouped, "transfer", "period").agg(pl.col("paid").sum())
    dated = paid.filter(pl.col("year").is_not_null())
    yearly = dated.pipe(grouped, "transfer", "year").agg(pl.col("paid").sum())
    start, end, year = pl.col("start"), pl.col("end"), pl.col("year").cast(pl.Float64)
    overlap = (pl.min_horizontal(end, year + 1.0) - pl.max_horizontal(start, year)).clip(lower_bound=0.0)
    crossed = case.periods.join(yearly, how="cross").with_columns(paid=pl.col("paid") * overlap)
    placed = crossed.pipe(grouped, "transfer", "period").agg(pl.col("paid").sum())
    both = pl.concat([summed, placed.select(summed.columns)])
    total = both.pipe(grouped, "transfer", "period").agg(pl.col("paid").sum())
    rated = total.join(case.periods.select("period", "years"), on="period", maintain_order="left")
    unit = pl.lit(f"{case.tables.settings.money_unit}/year")
    return [
        rated.filter(pl.col("transfer") == transfer).select(
            pl.lit(name).alias("quantity"),
            "period",
            (pl.col("paid") / pl.col("years")).alias("value"),
            unit.alias("unit"),
        )
        for transfer, name in ((False, MONEY), (True, TRANSFERS))
    ]


def _prices(case: Case, rows: pl.DataFrame, served: pl.DataFrame) -> pl.DataFrame:
    """Prices of goods traded worldwide, and the mean price of the target over what is served."""
    target = case.tables.settings.target.commodity
    prices = prices_of(case, rows)
    goods = case.commodities.filter((pl.col("scope") == "world") & pl.col("kind").is_in(["good", "service"]))
    traded = prices.join(goods.select("commodity"), on="commodity", how="semi", maintain_order="left")
    weights = case.slices.select("slice", "weight")
    mine = prices.filter(pl.col("commodity") == target).join(weights, on="slice", how="left", maintain_order="left")
    at = mine.join(served.rename({"region": "place"}), on=["place", "period"], maintain_order="left")
    weight = pl.col("weight").fill_null(1.0) * pl.col("served")
    mean = at.pipe(grouped, "period", "unit").agg(value=(pl.col("price") * weight).sum() / weight.sum())
    priced = mean.select(pl.lit(PRICE + target).alias("quantity"), "period", "value", "unit")
    others = traded.filter(pl.col("commodity") != target).select(
        (pl.lit(PRICE) + pl.col("commodity")).alias("quantity"), "period", pl.col("price").alias("value"), "unit"
    )
    # A price of 0 is not among the prices, and a draw without it would count for less than it is.
    return pl.concat([priced, others]).filter(pl.col("value").is_finite())


def _in_service(case: Case, columns: pl.DataFrame) -> pl.DataFrame:
    """Capacity in service by stage: what was there, what was ordered, less what was retired."""
    here = [*SITE, "period"]
    orders = columns.filter(pl.col("variable") == "order").select(*SITE, order_period="period", amount="value")
    placed = case.in_service.join(orders, on=[*SITE, "order_period"], maintain_order="left")
    retired = columns.filter(pl.col("variable") == "retire").select(*SITE, "order_period", "period", amount="value")
    lost = case.retired_in_service.join(retired, on=[*SITE, "order_period", "period"], maintain_order="left")
    parts = [
        case.capacity_existing.select(*here, "value"),
        placed.select(*here, pl.col("value") * pl.col("amount")),
        lost.select(*SITE, period="later", value=-pl.col("value") * pl.col("amount")),
    ]
    words = case.processes.select("process", "stage", unit="capacity_unit")
    told = pl.concat(parts).join(words, on="process", maintain_order="left")
    summed = told.pipe(grouped, "stage", "unit", "period").agg(pl.col("value").sum())
    works = pl.col("unit").str.ends_with("/year")
    name = pl.when(works).then(WORKS + pl.col("stage")).otherwise("stage") + SERVICE
    return summed.select(name.alias("quantity"), "period", "value", "unit")
