"""What is read off one plan: prices, the bottleneck ladder, quantities, money, cost per unit. Small pure functions.

Nothing here solves or rounds. Tables in, tables out; every table names its unit.
"""

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from teraplan.case.case import Case
from teraplan.results.ledger import real_money

if TYPE_CHECKING:
    from teraplan.results.results import Results

NEGLIGIBLE = 1e-9
HOURS = 8766.0
"""Hours in a year of 365.25 days."""
LIMIT_ROWS = (
    "orders_at_most",
    "cumulative_orders_at_most",
    "capacity_at_most",
    "activity_at_most",
    "emissions_at_most",
    "orders_grow_no_faster",
    "share_at_most",
    "use_within_licence",
    "served_at_home",
    "early_use_within_pipeline",
)
BALANCES = (
    "commodity_balance",
    "commodity_balance_without_disposal",
    "sliced_commodity_balance",
    "sliced_commodity_balance_without_disposal",
)


def money_per_dual(case: Case, rows: pl.DataFrame) -> float | None:
    """Return what one unit of the duals' objective is worth in discounted money: 1 for a cost; 1 / the budget's dual
    for most_compute; None where the budget does not bind and duals stay in units of the target."""
    if case.tables.settings.objective != "most_compute":
        return 1.0
    budget = rows.filter(pl.col("equation") == "programme_within_budget")["dual"]
    return None if not budget.len() or abs(float(budget[0])) < NEGLIGIBLE else -1.0 / float(budget[0])


def prices_of(case: Case, rows: pl.DataFrame) -> pl.DataFrame:
    """Return prices: commodity, place, period, slice, price [money of the base year / commodity], unit.

    least_cost: dual / (discount factor x years); most_compute: dual / (years x dual of the budget). Without a binding
    budget the price is in units of the target and `unit` says so.
    """
    worth = money_per_dual(case, rows)
    factor = pl.col("running_factor") if case.tables.settings.objective != "most_compute" else pl.lit(1.0)
    unit = pl.lit(case.tables.settings.money_unit) if worth is not None else pl.lit("target")
    priced = rows.filter(pl.col("equation").is_in(BALANCES)).join(case.periods, on="period")
    labels = ["commodity", "place", "period", "slice"]
    with_slice = priced if "slice" in priced.columns else priced.with_columns(slice=pl.lit(None, pl.String))
    return (
        with_slice.with_columns(price=pl.col("dual") * (-1.0 if worth is None else worth) / (factor * pl.col("years")))
        .join(case.commodities.select("commodity", good="unit"), on="commodity")
        .select(*labels, "price", unit=unit + "/(" + pl.col("good") + ")")
        .filter(pl.col("price").abs() > NEGLIGIBLE)
        .sort(labels)
    )


def bottlenecks_of(
    case: Case, problem: object, columns: pl.DataFrame, rows: pl.DataFrame, first_step: bool
) -> pl.DataFrame:
    """Return the bottleneck ladder: what 1 % more of each limit is worth by period, to first order.

    Limits are the rows of LIMIT_ROWS, and existing or announced capacity in periods that no order can reach; what is
    limited is the sum of a row's positive terms. worth = dual x 1 % of it / (discount factor x years), per year, in
    money of the base year; a balance is a price, not a bottleneck.
    """
    worth = money_per_dual(case, rows) if first_step or case.tables.settings.objective != "most_compute" else 1.0
    sign = -1.0 if case.tables.settings.objective == "least_cost" else 1.0
    ladder = pl.concat([_row_rents(problem, columns, rows), _capacity_rents(case, columns)], how="diagonal")
    scale = pl.col("running_factor") if case.tables.settings.objective != "most_compute" else pl.lit(1.0)
    value = sign * pl.col("rent") * abs(worth or 1.0) / (scale * pl.col("years"))
    return (
        ladder.join(case.periods, on="period")
        .with_columns(worth=value * 0.01)
        .filter(pl.col("worth") > NEGLIGIBLE)
        .select("period", "equation", "what", "place", "amount", "worth")
        .sort("period", "worth", descending=[False, True])
    )


def _row_rents(problem: object, columns: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    matrix = problem.program.matrix  # type: ignore[attr-defined]
    amount = matrix.maximum(0) @ np.maximum(columns["value"].to_numpy(), 0.0)
    named = [label for label in ("limit", "share", "rule", "group", "commodity") if label in rows.columns]
    what = pl.concat_str([pl.col(label) for label in named], separator=" ", ignore_nulls=True)
    period = "period" if "period" in rows.columns else pl.lit(None, pl.String).alias("period")
    limits = rows.with_columns(pl.Series("amount", amount)).filter(pl.col("equation").is_in(LIMIT_ROWS))
    first = rows["period"].drop_nulls().min() if "period" in rows.columns else None
    return limits.select(
        "equation",
        period,
        "amount",
        what=what,
        place=pl.col("place") if "place" in rows.columns else pl.lit(None),
        rent=pl.col("dual") * pl.col("amount"),
    ).with_columns(pl.col("period").fill_null(pl.lit(first)))


def _capacity_rents(case: Case, columns: pl.DataFrame) -> pl.DataFrame:
    """Rents of existing and announced capacity where no order can add to it: reduced cost x activity, over regions."""
    sized = case.processes.filter(pl.col("capacity_unit").is_not_null()).select("process")
    fixed = columns.filter(pl.col("variable").is_in(["activity", "sliced_activity"])).join(
        sized, on="process", how="semi"
    )
    alone = fixed.join(case.service, on=["process", "region", "period"], how="anti")
    rents = alone.with_columns(rent=pl.col("reduced_cost") * pl.col("value"))
    summed = rents.group_by("process", "period").agg(pl.col("rent").sum(), amount=pl.col("value").sum())
    return summed.select(
        "period",
        "amount",
        "rent",
        equation=pl.lit("capacity that cannot be added yet"),
        what="process",
        place=pl.lit("*"),
    )


# --- quantities -------------------------------------------------------------------------------------------------------


def served(results: "Results", commodity: str, region: str | None = None) -> pl.DataFrame:
    """Return what is served of a commodity by period: period, value [commodity / year], unit."""
    mine = results.frame("demand").filter(pl.col("commodity") == commodity)
    chosen = mine if region is None else mine.filter(pl.col("region") == region)
    return _by_period(results, chosen.group_by("period", "unit").agg(value=pl.col("served").sum()))


def output(results: "Results", commodity: str, by: tuple[str, ...] = ()) -> pl.DataFrame:
    """Return what processes make of a commodity by period and the labels in `by`: period, value [commodity / year], unit."""
    flows = results.frame("flows").filter((pl.col("commodity") == commodity) & (pl.col("flow") == "out"))
    return _by_period(results, flows.group_by("period", *by, "unit").agg(pl.col("value").sum()))


def used(results: "Results", commodity: str, by: tuple[str, ...] = ()) -> pl.DataFrame:
    """Return what processes use of a commodity, running and building: period, value [commodity / year], unit."""
    flows = results.frame("flows").filter((pl.col("commodity") == commodity) & pl.col("flow").is_in(["in", "build"]))
    return _by_period(results, flows.group_by("period", *by, "unit").agg(pl.col("value").sum()))


def made_of_stage(results: "Results", stage: str, by: tuple[str, ...] = ()) -> pl.DataFrame:
    """Return activity of capacity-less or one-product processes of a stage: period, value [activity / year], unit."""
    words = results.frame("processes").filter(pl.col("stage") == stage).select("process", "maker", unit="activity_unit")
    run = results.frame("activity").join(words, on="process")
    return _by_period(results, run.group_by("period", *by, "unit").agg(pl.col("value").sum()))


def capacity_of(results: "Results", pattern: str, what: str = "in_service", by: tuple[str, ...] = ()) -> pl.DataFrame:
    """Return capacity of the processes that match a pattern by period: period, value [capacity], unit."""
    mine = results.frame("capacity").filter(pl.col("process").str.contains("^" + pattern.replace("*", ".*") + "$"))
    return _by_period(results, mine.group_by("period", *by, "unit").agg(value=pl.col(what).sum()))


def utilisation(results: "Results") -> pl.DataFrame:
    """Return activity / (rate x usable) by process, region, period [1]: 1 is nameplate, before availability."""
    run = (
        pl.concat(
            [
                results.frame(name).select("process", "region", "period", "value")
                for name in ("activity", "sliced_activity")
            ]
        )
        .group_by("process", "region", "period")
        .agg(pl.col("value").sum())
    )
    rates = results.frame("processes").select("process", "rate")
    joined = (
        results.frame("capacity").join(run, on=["process", "region", "period"], how="left").join(rates, on="process")
    )
    return joined.filter(pl.col("usable") > NEGLIGIBLE).select(
        "process", "region", "period", value=pl.col("value").fill_null(0.0) / (pl.col("rate") * pl.col("usable"))
    )


def cumulative(frame: pl.DataFrame, periods: pl.DataFrame) -> pl.DataFrame:
    """Return a flow summed over time to the end of each period: period, value."""
    joined = frame.join(periods.select("period", "years"), on="period", how="left", maintain_order="left")
    return joined.with_columns(value=(pl.col("value") * pl.col("years")).cum_sum()).drop("years")


# --- money ------------------------------------------------------------------------------------------------------------


def money(results: "Results", by: tuple[str, ...], kind: str = "paid") -> pl.DataFrame:
    """Return money summed by labels (stage, item, region, year, transfer, ...) [money unit]; undiscounted unless `charged`."""
    lines = real_money(results.ledger)
    return lines.group_by(by).agg(value=pl.col(kind).sum()).filter(pl.col("value").abs() > NEGLIGIBLE).sort(by)


def cost_of_compute(results: "Results", case: Case) -> pl.DataFrame:
    """Return the full cost of compute by region and period: region, period, value [money / target], usd_per_hour.

    A cluster's cost at the prices of the plan: space and electricity it uses x their price, its running and fixed cost,
    and for every order in service its yearly charge, (capital + build inputs x price) spread over its discounted life.
    usd_per_hour is per H100e-hour where the unit is GUSD per MH100e*year.
    """
    target = case.tables.settings.target.commodity
    makers = case.outputs.filter(pl.col("commodity") == target).select("process").unique()
    price = _yearly_price(case, results.prices)
    site = ["process", "region", "period"]
    run = pl.concat(
        [
            results.frame(n).select("process", "mode", "region", "period", "value")
            for n in ("activity", "sliced_activity")
        ]
    )
    mine = run.join(makers, on="process", how="semi").rename({"value": "run"})
    bought = case.inputs.join(mine, on=[*site, "mode"]).join(price, on=["commodity", "place", "use_period"], how="left")
    inputs = bought.select("region", "period", value=pl.col("run") * pl.col("value") * pl.col("price").fill_null(0.0))
    run_cost = case.running_costs.join(case.cost_items.filter("in_view"), on="item", how="semi").join(
        mine, on=[*site, "mode"]
    )
    held = results.frame("capacity").select(*site, "in_service")
    fixed = case.fixed_costs.join(makers, on="process", how="semi").join(held, on=site)
    parts = [
        inputs,
        run_cost.select("region", "period", value=pl.col("run") * pl.col("value")),
        fixed.select("region", "period", value=pl.col("in_service") * pl.col("value")),
        _capital_charge(results, case, makers, price),
    ]
    total = pl.concat(parts).group_by("region", "period").agg(cost=pl.col("value").sum())
    out = case.outputs.filter(pl.col("commodity") == target).join(mine, on=[*site, "mode"])
    made = out.group_by("region", "period").agg(made=(pl.col("value") * pl.col("run")).sum())
    unit = (
        total.join(made, on=["region", "period"])
        .filter(pl.col("made") > 1e-6)
        .with_columns(value=pl.col("cost") / pl.col("made"))
    )
    shown = unit.join(results.frame("periods").filter("shown").select("period"), on="period", how="semi")
    return shown.with_columns(usd_per_hour=pl.col("value") * 1e3 / HOURS).sort("period", "region")


def _capital_charge(results: "Results", case: Case, makers: pl.DataFrame, price: pl.DataFrame) -> pl.DataFrame:
    """Yearly charge of clusters in service: present value of capital and parts over discounted years of life."""
    site = ["process", "region", "period"]
    settings = case.tables.settings
    orders = (
        results.frame("order")
        .join(makers, on="process", how="semi")
        .filter(pl.col("value") > NEGLIGIBLE)
        .select(*site, ordered="value")
    )
    view = case.payments.join(case.cost_items.filter("in_view"), on="item", how="semi")
    capital = view.group_by(site).agg(money=(pl.col("charged") + pl.col("beyond")).sum())
    dated = case.periods.select(use_period="period", use_years="years", use_factor="running_factor")
    parts = case.build_inputs.join(price, on=["commodity", "place", "use_period"], how="inner").join(
        dated, on="use_period"
    )
    worth = parts.group_by(site).agg(
        parts=(pl.col("value") * pl.col("price") * pl.col("use_years") * pl.col("use_factor")).sum()
    )
    life = case.processes.select("process", "life")
    start = case.order_sites.select(*site, start=(pl.col("a") + pl.col("b")) / 2 + pl.col("lead"))
    rate = float(np.log1p(settings.discount_rate))
    lived = pl.col("life") if rate == 0 else (1 - (-rate * pl.col("life")).exp()) / rate
    factor = (-rate * (pl.col("start") - settings.base_year)).exp()
    charge = (
        orders.join(start, on=site)
        .join(life, on="process")
        .join(capital, on=site, how="left")
        .join(worth, on=site, how="left")
    )
    yearly = (pl.col("money").fill_null(0.0) + pl.col("parts").fill_null(0.0)) / (factor * lived)
    held = case.in_service.rename({"period": "in_period", "order_period": "period"})
    joined = held.join(charge.with_columns(yearly=yearly), on=site)
    return joined.select("region", period="in_period", value=pl.col("value") * pl.col("ordered") * pl.col("yearly"))


def _yearly_price(case: Case, prices: pl.DataFrame) -> pl.DataFrame:
    """Prices by commodity, place, use_period; a sliced good's is the mean of its slices by weight."""
    weighted = prices.join(case.slices.select("slice", "weight"), on="slice", how="left", nulls_equal=False)
    mean = (pl.col("price") * pl.col("weight").fill_null(1.0)).sum()
    return weighted.group_by("commodity", "place", use_period="period").agg(price=mean)


def _by_period(results: "Results", frame: pl.DataFrame) -> pl.DataFrame:
    """Keep the periods that are shown, in order."""
    shown = results.frame("periods").filter("shown").select("period", "index")
    labels = [label for label in frame.columns if label not in ("period", "value", "unit")]
    return frame.join(shown, on="period").sort("index", *labels).drop("index")
