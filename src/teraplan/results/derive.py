"""What is read off one plan: prices, quantities, money, cost per unit. Small pure functions.

Nothing here solves or rounds. Tables in, tables out; every table names its unit.
"""

import polars as pl

from teraplan.case.case import Case
from teraplan.case.resolve import money_factor
from teraplan.results.ledger import real_money
from teraplan.results.results import Results
from teraplan.results.sums import grouped
from teraplan.results.unit_cost import MONEY, placed, run_of, spending_of, unit_costs
from teraplan.units import UnitError, factor

NEGLIGIBLE = 1e-9
SMALL = 1e-6
"""What is made or ordered below this has no cost per unit."""
TOLD_YEARS = (2030, 2034)
WORLD = "WLD"
SITES = "sites"
SITE = ("process", "region")
COST = ("region", "period", "cost", "made", "value", "transfers", "usd_per_hour")
BALANCES = (
    "commodity_balance",
    "commodity_balance_without_disposal",
    "sliced_commodity_balance",
    "sliced_commodity_balance_without_disposal",
)


def money_per_dual(case: Case, rows: pl.DataFrame) -> float | None:
    """Return what one unit of the duals' objective is worth: 1 for a cost, 1 / the budget's dual for an amount [money].

    None where the budget does not bind, or there is none: duals then stay in units of the weighted target.
    """
    if case.tables.settings.objective != "most_compute":
        return 1.0
    budget = rows.filter(pl.col("equation") == "programme_within_budget")["dual"]
    return None if not budget.len() or abs(float(budget[0])) < NEGLIGIBLE else 1.0 / abs(float(budget[0]))


def dual_factor(case: Case) -> pl.Expr:
    """Return by what a dual of a period is divided: discount factor x years for a cost, years for an amount [year]."""
    if case.tables.settings.objective == "most_compute":
        return pl.col("years")
    return pl.col("running_factor") * pl.col("years")


def per_year(unit: pl.Expr) -> pl.Expr:
    """Return the unit of a yearly flow: `kchip` -> `kchip/year`; `GW*year` in a year is a mean of `GW`."""
    return pl.when(unit.str.ends_with("*year")).then(unit.str.strip_suffix("*year")).otherwise(unit + "/year")


def prices_of(case: Case, rows: pl.DataFrame) -> pl.DataFrame:
    """Return prices: commodity, place, period, slice, price [money of the base year / commodity], unit.

    least_cost: dual / (discount factor x years); most_compute: dual / (years x dual of the budget). Without a binding
    budget the price is in units of the target and `unit` says so.
    """
    worth = money_per_dual(case, rows)
    sign = -1.0 if case.tables.settings.objective == "most_compute" else 1.0
    unit = case.tables.settings.money_unit if worth is not None else "target"
    priced = rows.filter(pl.col("equation").is_in(BALANCES)).join(case.periods, on="period")
    labels = ["commodity", "place", "period", "slice"]
    return (
        priced.with_columns(price=sign * pl.col("dual") * (1.0 if worth is None else worth) / dual_factor(case))
        .join(case.commodities.select("commodity", good="unit"), on="commodity")
        .select(*labels, "price", unit=pl.lit(unit) + "/(" + pl.col("good") + ")")
        .filter(pl.col("price").abs() > NEGLIGIBLE)
        .sort(labels)
    )


# --- quantities -------------------------------------------------------------------------------------------------------


def served(results: Results, commodity: str, region: str | None = None) -> pl.DataFrame:
    """Return what is served of a commodity by period: period, value [commodity / year], unit."""
    mine = results.frame("demand").filter(pl.col("commodity") == commodity)
    chosen = mine if region is None else mine.filter(pl.col("region") == region)
    return _by_period(results, chosen.pipe(grouped, "period", "unit").agg(value=pl.col("served").sum()))


def output(results: Results, commodity: str, by: tuple[str, ...] = ()) -> pl.DataFrame:
    """Return what processes make of a commodity by period and the labels in `by`: period, value [commodity / year]."""
    flows = results.frame("flows").filter((pl.col("commodity") == commodity) & (pl.col("flow") == "out"))
    return _by_period(results, flows.pipe(grouped, "period", *by, "unit").agg(pl.col("value").sum()))


def used(results: Results, commodity: str, by: tuple[str, ...] = ()) -> pl.DataFrame:
    """Return what processes use of a commodity, running and building: period, value [commodity / year], unit."""
    flows = results.frame("flows").filter((pl.col("commodity") == commodity) & pl.col("flow").is_in(["in", "build"]))
    return _by_period(results, flows.pipe(grouped, "period", *by, "unit").agg(pl.col("value").sum()))


def made_of_stage(results: Results, stage: str, by: tuple[str, ...] = ()) -> pl.DataFrame:
    """Return activity of capacity-less or one-product processes of a stage: period, value [activity / year], unit."""
    words = results.frame("processes").filter(pl.col("stage") == stage).select("process", "maker", unit="activity_unit")
    run = results.frame("activity").join(words, on="process")
    return _by_period(results, run.pipe(grouped, "period", *by, "unit").agg(pl.col("value").sum()))


def capacity_of(results: Results, pattern: str, what: str = "in_service", by: tuple[str, ...] = ()) -> pl.DataFrame:
    """Return capacity of the processes that match a pattern by period: period, value [capacity], unit."""
    mine = results.frame("capacity").filter(pl.col("process").str.contains("^" + pattern.replace("*", ".*") + "$"))
    return _by_period(results, mine.pipe(grouped, "period", *by, "unit").agg(value=pl.col(what).sum()))


def utilisation(results: Results) -> pl.DataFrame:
    """Return activity / (rate x availability x usable) by process, region, period [1]; none where nothing could run.

    Storage counts what it takes in and what it gives out.
    """
    here = ["process", "region", "period"]
    frames = [results.frame(name).select(*here, "value") for name in ("activity", "sliced_activity")]
    run = pl.concat(frames).pipe(grouped, *here).agg(pl.col("value").sum())
    rates = results.frame("processes").select("process", "rate")
    joined = results.frame("capacity").join(run, on=here, how="left").join(rates, on="process")
    could = pl.col("rate") * pl.col("available")
    return joined.filter(could > NEGLIGIBLE).select(*here, value=pl.col("value").fill_null(0.0) / could).sort(here)


def told_periods(periods: pl.DataFrame) -> list[str]:
    """Return the periods that headlines name: those of TOLD_YEARS; where not all are shown, the middle and the last."""
    shown = periods.filter("shown").sort("index")
    held = [shown.filter((pl.col("start") <= year) & (pl.col("end") > year))["period"].to_list() for year in TOLD_YEARS]
    if all(held):
        return list(dict.fromkeys(period for found in held for period in found))
    return list(dict.fromkeys([shown["period"][shown.height // 2], shown["period"][-1]]))


def cumulative(frame: pl.DataFrame, periods: pl.DataFrame) -> pl.DataFrame:
    """Return a flow summed over time to the end of each period: period, value."""
    joined = frame.join(periods.select("period", "years"), on="period", how="left", maintain_order="left")
    return joined.with_columns(value=(pl.col("value") * pl.col("years")).cum_sum()).drop("years")


# --- money ------------------------------------------------------------------------------------------------------------


def money(results: Results, by: tuple[str, ...], kind: str = "paid") -> pl.DataFrame:
    """Return money summed by labels (stage, item, region, year, transfer) [money]; undiscounted unless `charged`."""
    lines = real_money(results.ledger)
    return lines.pipe(grouped, *by).agg(value=pl.col(kind).sum()).filter(pl.col("value").abs() > NEGLIGIBLE).sort(by)


def cost_of_compute(results: Results, case: Case) -> pl.DataFrame:
    """Return the cost of the target in real resources, and the transfers on top, from what the plan orders to make it.

    region (WLD: all of them), period, cost [money / year], made [target / year], value, transfers [money / target],
    usd_per_hour [unit of currency / (H100e hour); null for a target in other units]. cost, value and usd_per_hour are
    real resources all the way down, without mark-ups and rents; transfers are what mark-ups, taxes and credits add.
    What makers are built from and their capital become a level charge: present value over the discounted years of
    service of the whole life. Makers that existed before are left out with what they make: their capital is sunk.
    """
    target = case.tables.settings.target.commodity
    makers = case.outputs.filter(pl.col("commodity") == target).select("process").unique()
    run, held, orders = _of_the_plan(results, case, makers)
    spending = spending_of(case, {"order": orders}, run, held)
    unit = unit_costs(case, results.frames).rename({"period": "use_period"})
    inputs = spending.uses.join(unit, on=["commodity", "place", "use_period"])
    paid = [
        spending.own.select("region", "period", *MONEY),
        inputs.select("region", "period", *(pl.col(m) * pl.col("amount") for m in MONEY)),
    ]
    labels = ["region", "period"]
    made = case.outputs.filter(pl.col("commodity") == target).join(run, on=[*SITE, "mode", "period"])
    amounts = made.pipe(grouped, *labels).agg(made=(pl.col("value") * pl.col("run")).sum())
    joined = pl.concat(paid).pipe(grouped, *labels).agg(pl.col(MONEY).sum()).join(amounts, on=labels)
    whole = joined.pipe(grouped, "period").agg(pl.col(*MONEY, "made").sum(), region=pl.lit(WORLD))
    regions = pl.concat([joined, whole.select(joined.columns)]).filter(pl.col("made") > SMALL)
    per_target = regions.with_columns(
        cost="real", value=pl.col("real") / pl.col("made"), transfers=pl.col("transfers") / pl.col("made")
    )
    hourly = per_target.with_columns(usd_per_hour=pl.col("value") * pl.lit(_currency_per_hour(case), pl.Float64))
    return _by_period(results, hourly.select(COST))


def money_per_gigawatt(results: Results, case: Case) -> pl.DataFrame:
    """Return what it takes to build what one GW of sites can hold, by region and period of the order.

    region (WLD: all of them), period, stage (that of the target's makers, and `sites`), ordered [GW], value, transfers
    [money / GW]: undiscounted capital and what is built in, real resources and transfers apart. Clusters count by the
    space that they use.
    """
    here = [*SITE, "period"]
    sites = case.processes.filter(pl.col("stage") == SITES).select("process")
    space = case.outputs.join(sites, on="process", how="semi").select("commodity").unique()
    makers = (
        case.outputs.filter(pl.col("commodity") == case.tables.settings.target.commodity).select("process").unique()
    )
    used = case.inputs.join(space, on="commodity", how="semi").join(makers, on="process", how="semi")
    need = (
        used.join(case.rate.rename({"value": "rate"}), on="process")
        .pipe(grouped, *here)
        .agg(size=(pl.col("value") * pl.col("rate")).mean())
    )
    one = case.order_sites.join(sites, on="process", how="semi").select(*here, size=pl.lit(1.0))
    orders = (
        placed(results.frame("order"))
        .join(pl.concat([need, one]), on=here)
        .join(_paid_per_unit(results, case), on=here)
    )
    scaled = orders.with_columns(pl.col("size", *MONEY) * pl.col("ordered"))
    lines = scaled.join(case.processes.select("process", "stage"), on="process")
    every = pl.concat([lines, lines.with_columns(region=pl.lit(WORLD))])
    summed = (
        every.pipe(grouped, "region", "period", "stage")
        .agg(pl.col("size", *MONEY).sum())
        .filter(pl.col("size") > SMALL)
    )
    per_size = {"value": pl.col("real") / pl.col("size"), "transfers": pl.col("transfers") / pl.col("size")}
    return _by_period(results, summed.select("region", "period", "stage", ordered="size", **per_size))


def _of_the_plan(results: Results, case: Case, makers: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """What ordered capacity of these processes runs (`run`), how much of it there is (`held`), and its orders."""
    here = [*SITE, "period"]
    run = run_of(results.frames).join(makers, on="process", how="semi")
    there = results.frame("capacity").join(case.usable_existing.rename({"value": "was_usable"}), on=here, how="left")
    new = 1.0 - pl.col("was_usable").fill_null(0.0) / pl.col("usable")
    share = there.filter(pl.col("usable") > NEGLIGIBLE).select(*here, share=new.clip(0.0, 1.0))
    scaled = run.join(share, on=here, how="left").with_columns(run=pl.col("run") * pl.col("share").fill_null(1.0))
    held = there.join(makers, on="process", how="semi").select(*here, held=pl.col("in_service") - pl.col("existing"))
    orders = results.frame("order").join(makers, on="process", how="semi")
    return scaled.select("process", "mode", "region", "period", "run"), held, orders


def _paid_per_unit(results: Results, case: Case) -> pl.DataFrame:
    """Undiscounted capital and goods built in, per unit ordered: process, region, period, real, transfers [money]."""
    here = [*SITE, "period"]
    capital = case.payments.join(case.cost_items.select("item", "transfer"), on="item").select(
        *here,
        real=pl.col("paid") * (~pl.col("transfer")),
        transfers=pl.col("paid") * pl.col("transfer"),
    )
    unit = unit_costs(case, results.frames).join(case.periods.select("period", "years"), on="period")
    parts = case.build_inputs.join(unit.rename({"period": "use_period"}), on=["commodity", "place", "use_period"])
    amount = pl.col("value") * pl.col("years")
    built = parts.select(*here, *((amount * pl.col(name)).alias(name) for name in MONEY))
    summed = [capital, built.select(capital.columns)]
    return pl.concat(summed).pipe(grouped, *here).agg(pl.col(MONEY).sum())


def _currency_per_hour(case: Case) -> float | None:
    """How many units of currency an H100e-hour costs for each unit of money that a unit of the target costs."""
    unit = case.commodities.filter(pl.col("commodity") == case.tables.settings.target.commodity)["unit"][0]
    try:
        return 1.0 / (money_factor(case.tables.settings) * factor(str(unit), "H100e*hour"))
    except UnitError:
        return None


def _by_period(results: Results, frame: pl.DataFrame) -> pl.DataFrame:
    """Keep the periods that are shown, in order."""
    shown = results.frame("periods").filter("shown").select("period", "index")
    labels = [label for label in frame.columns if label not in ("period", "value", "unit")]
    return frame.join(shown, on="period").sort("index", *labels).drop("index")
