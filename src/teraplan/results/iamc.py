"""The main figures of a plan in the format of the Integrated Assessment Modeling Consortium: wide, by calendar year.

Names are `Quantity|what|more of it`, regions are those of the case, and `World` is their sum where one can be made.
Values hold in every year of their period; where periods are parts of a year, a year has their mean weighted by time.
Money is in that of the base year. Format: https://pyam-iamc.readthedocs.io/en/stable/data.html.
"""

from collections.abc import Sequence

import polars as pl

from teraplan.results.ledger import real_money
from teraplan.results.results import Results

INDEX = ("Model", "Scenario", "Region", "Variable", "Unit")
TOTAL, PRICE = "World", "Price"
CELL = ["region", "variable", "unit"]


def iamc_of(results: Results) -> pl.DataFrame:
    """Return Model, Scenario, Region, Variable, Unit and a column for each calendar year of the periods that are shown.

    Capacity (in service), orders, production and use of goods, emissions, demand and what is served of it, trade,
    prices by commodity and slice, and expenditure by stage and item. An amount that a plan does not have is 0; a cell
    without a price is empty.
    """
    summed = [
        _capacity(results), _orders(results), *_flows(results), *_demand(results), _trade(results),
        _expenditure(results),
    ]  # fmt: skip
    amounts = pl.concat(summed).group_by([*CELL, "year"]).agg(pl.col("value").sum())
    world = amounts.with_columns(region=pl.lit(TOTAL)).group_by([*CELL, "year"]).agg(pl.col("value").sum())
    named = amounts.filter(pl.col("region") != TOTAL)
    long = pl.concat([named, world, _prices(results)]).sort(*CELL, "year")
    run = results.run
    label = run.get("name") or "-".join(str(run[key]) for key in ("case", "scenario") if run.get(key))
    years = [str(year) for year in sorted(set(_years(results)["year"].to_list()))]
    wide = long.with_columns(pl.col("year").cast(pl.String)).pivot("year", on_columns=years, index=CELL, values="value")
    priced = pl.col("variable").str.starts_with(f"{PRICE}|")
    return wide.select(
        pl.lit(f"Teraplan {run.get('teraplan_version', '')}".strip()).alias("Model"),
        pl.lit(str(label)).alias("Scenario"),
        pl.col("region").alias("Region"),
        pl.col("variable").alias("Variable"),
        pl.col("unit").alias("Unit"),
        *(pl.when(priced).then(pl.col(year)).otherwise(pl.col(year).fill_null(0.0)).alias(year) for year in years),
    )


def _years(results: Results) -> pl.DataFrame:
    """Each shown period with its calendar years and what part of a year it is there: period, years, year, part."""
    shown = results.frame("periods").filter("shown").select("period", "start", "end", "years")
    spans = shown.with_columns(
        year=pl.int_ranges(pl.col("start").floor().cast(pl.Int32), pl.col("end").ceil().cast(pl.Int32), dtype=pl.Int32)
    ).explode("year")
    part = pl.min_horizontal("end", pl.col("year") + 1) - pl.max_horizontal("start", pl.col("year"))
    return spans.select("period", "years", "year", part=part)


def _by_year(results: Results, frame: pl.DataFrame) -> pl.DataFrame:
    """Values of periods as means of calendar years: region, variable, unit, year, value."""
    dated = frame.join(_years(results), on="period")
    covered = _years(results).group_by("year").agg(covered=pl.col("part").sum())
    weighted = dated.join(covered, on="year").with_columns(pl.col("value") * pl.col("part") / pl.col("covered"))
    return weighted.group_by([*CELL, "year"]).agg(pl.col("value").sum())


def _named(quantity: str, *parts: str) -> pl.Expr:
    """`Quantity|part|part`, what is a bar inside a part made a stroke."""
    words = [pl.col(part).fill_null("other").str.replace_all("|", "/", literal=True) for part in parts]
    return pl.concat_str([pl.lit(quantity), *words], separator="|").alias("variable")


def _a_year(unit: str) -> pl.Expr:
    """A unit of amounts as one of rates, in brackets where it is a product or a quotient."""
    word = pl.col(unit)
    return (pl.when(word.str.contains(r"[*/]")).then("(" + word + ")").otherwise(word) + "/year").alias("unit")


def _capacity(results: Results) -> pl.DataFrame:
    mine = results.frame("capacity")
    return _by_year(
        results, mine.select("region", "period", _named("Capacity", "stage", "process"), "unit", value="in_service")
    )


def _orders(results: Results) -> pl.DataFrame:
    words = results.frame("processes").select("process", "stage", "capacity_unit")
    mine = results.frame("order").join(words, on="process").join(results.frame("periods"), on="period")
    return _by_year(
        results,
        mine.select(
            "region", "period", _named("Orders", "stage", "process"), _a_year("capacity_unit"),
            value=pl.col("value") / pl.col("years"),
        ),
    )  # fmt: skip


def _flows(results: Results) -> list[pl.DataFrame]:
    """Goods made and used by process, emissions by process, where the process runs."""
    flows = results.frame("flows")
    emitted, made = pl.col("kind") == "emission", pl.col("flow") == "out"
    parts = (("Emissions", made & emitted), ("Production", made & ~emitted), ("Use", ~made))
    return [
        _by_year(
            results,
            flows.filter(mine).select(
                "region", "period", _named(quantity, *labels), _a_year("unit"), "value"
            ),
        )
        for quantity, mine in parts
        for labels in (("commodity",), ("commodity", "process"))
    ]  # fmt: skip


def _demand(results: Results) -> list[pl.DataFrame]:
    mine = results.frame("demand")
    return [
        _by_year(results, mine.select("region", "period", _named(quantity, "commodity"), _a_year("unit"), value=column))
        for quantity, column in (("Demand", "top"), ("Demand Served", "served"))
    ]


def _trade(results: Results) -> pl.DataFrame:
    """What regions send, by where it goes."""
    columns = ["commodity", "origin", "destination", "period", "value"]
    sent = pl.concat([results.frame(name).select(columns) for name in ("ship", "sliced_ship")])
    words = results.frame("commodities").select("commodity", "unit")
    named = sent.join(words, on="commodity").select(
        "period", "value", _named("Exports", "commodity", "destination"), _a_year("unit"), region="origin"
    )
    return _by_year(results, named)


def _expenditure(results: Results) -> pl.DataFrame:
    """Money by date of payment, without what nobody pays (the worth of demand that is not served)."""
    run = results.run
    shown: Sequence[int] = _years(results)["year"].unique().to_list()
    paid = real_money(results.frame("ledger")).filter(pl.col("year").is_in(shown))
    return paid.select(
        pl.col("region").fill_null(TOTAL),
        _named("Expenditure", "stage", "item"),
        unit=pl.lit(f"{run['money_unit']}_{run['base_year']}/year"),
        year=pl.col("year").cast(pl.Int32),
        value="paid",
    ).group_by([*CELL, "year"]).agg(pl.col("value").sum())  # fmt: skip


def _prices(results: Results) -> pl.DataFrame:
    """Prices by place, in each slice where the commodity has slices; no sum of them means anything."""
    prices = results.frame("prices")
    whole, sliced = pl.col("slice").is_null(), pl.col("slice").is_not_null()
    parts = [
        prices.filter(mine).select("period", _named(PRICE, *labels), "unit", region="place", value="price")
        for mine, labels in ((whole, ("commodity",)), (sliced, ("commodity", "slice")))
    ]
    return _by_year(results, pl.concat(parts))
