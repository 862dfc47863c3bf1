"""Named quantities that are read off a plan: what calibration records and headlines of a case may ask for by name.

A quantity is written `name` or `name:argument` in a table. Every reader takes the results, the argument and a region
(WLD: all of them) and returns `period, value`; READERS says its unit. A period longer than a year carries its mean.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import polars as pl

from teraplan.results.ledger import real_money
from teraplan.results.results import Results
from teraplan.results.sums import grouped

WORLD = "WLD"
SITES, CLUSTERS, CHIPS = "sites", "clusters", "accelerators"
RUN = ("running_cost", "freight_cost", "carrying_cost")


@dataclass(frozen=True)
class Reader:
    """How a named quantity is read, and what it means; `unit` holds {} where the unit is that of the argument."""

    read: Callable[[Results, str, str], pl.DataFrame]
    unit: str
    meaning: str


def target_in_service(results: Results, argument: str, region: str) -> pl.DataFrame:
    """Return what is served of the target, as a mean of the period [target / year]."""
    mine = results.frame("demand").filter(pl.col("commodity") == str(results.run["target"]))
    return _summed(_in(mine, region), "served")


def target_sold_to_date(results: Results, argument: str, region: str) -> pl.DataFrame:
    """Return the performance of all that was ever sold, at the end of the period: what was there and all made since."""
    made = _summed(_counted(results, region), "value")
    opening = _performance_at_start(results)
    return (
        _ordered(results, made)
        .with_columns(value=opening + (pl.col("value") * pl.col("years")).cum_sum())
        .select("period", "value")
    )


def units_made_by_maker(results: Results, argument: str, region: str) -> pl.DataFrame:
    """Return chips made by one maker [chip / year]; plants that stand in the world pool count for every region."""
    makers = results.frame("processes").filter((pl.col("stage") == CHIPS) & (pl.col("maker") == argument))
    mine = results.frame("activity").join(makers.select("process"), on="process", how="semi")
    return _summed(mine.filter(pl.col("region").is_in([region, WORLD]) | (region == WORLD)), "value")


def share_of_performance_by_maker(results: Results, argument: str, region: str) -> pl.DataFrame:
    """Return the share of one maker in the performance made in the period [1]."""
    made = _counted(results, region)
    return _ratio(_summed(made.filter(pl.col("maker") == argument), "value"), _summed(made, "value"))


def revenue_share_of_maker(results: Results, argument: str, region: str) -> pl.DataFrame:
    """Return the share of one maker in the money paid for chips: parts, own cost and mark-up [1]."""
    paid = _paid_for_chips(results)
    return _ratio(_summed(paid.filter(pl.col("maker") == argument), "value"), _summed(paid, "value"))


def output_of_commodity(results: Results, argument: str, region: str) -> pl.DataFrame:
    """Return what is made of a commodity [commodity / year]."""
    flows = results.frame("flows").filter((pl.col("commodity") == argument) & (pl.col("flow") == "out"))
    return _summed(_in(flows, region), "value")


def share_of_chips_in_use(results: Results, argument: str, region: str) -> pl.DataFrame:
    """Return the part of a commodity, or of a group of them, that goes into the plan's own processes [1].

    The rest is served to other users (demand rows).
    """
    goods = _members(results, argument)
    used = results.frame("flows").filter(pl.col("commodity").is_in(goods) & pl.col("flow").is_in(["in", "build"]))
    other = results.frame("demand").filter(pl.col("commodity").is_in(goods))
    mine = _summed(used, "value")
    whole = pl.concat([mine, _summed(other, "served")]).pipe(grouped, "period").agg(pl.col("value").sum())
    return _ratio(mine, whole)


def sites_in_use(results: Results, argument: str, region: str) -> pl.DataFrame:
    """Return space in service at the end of the period: the mean of its mean level and the next one's [GW]."""
    return _at_end(results, _in(results.frame("capacity").filter(pl.col("stage") == SITES), region))


def capacity_at_end(results: Results, argument: str, region: str) -> pl.DataFrame:
    """Return capacity of a process in service at the end of the period, as `sites_in_use` does [capacity]."""
    return _at_end(results, _in(results.frame("capacity").filter(pl.col("process") == argument), region))


def share_of_output_in_region(results: Results, argument: str, region: str) -> pl.DataFrame:
    """Return the share of a region in what is made of a commodity [1]."""
    return _ratio(output_of_commodity(results, argument, region), output_of_commodity(results, argument, WORLD))


def performance_made_by_maker(results: Results, argument: str, region: str) -> pl.DataFrame:
    """Return the performance of the chips that a maker makes in the period [count / year]."""
    return _summed(_counted(results, region).filter(pl.col("maker") == argument), "value")


def money_paid_to_maker(results: Results, argument: str, region: str) -> pl.DataFrame:
    """Return what is paid for the chips of a maker: parts, own cost and mark-up [money / year]."""
    return _summed(_paid_for_chips(results).filter(pl.col("maker") == argument), "value")


def cost_of_new_compute(results: Results, argument: str, region: str) -> pl.DataFrame:
    """Return the cost of an hour of one H100e from what the plan orders, mark-ups included [currency / hour].

    The frame `cost_of_compute`; empty for a target in other units.
    """
    costs = results.frame("cost_of_compute").filter((pl.col("region") == region) & (pl.col("value") > 0))
    marked_up = pl.col("usd_per_hour") * (1 + pl.col("transfers") / pl.col("value"))
    return costs.select("period", value=marked_up).drop_nulls("value")


def power_of_clusters(results: Results, argument: str, region: str) -> pl.DataFrame:
    """Return the mean power that clusters and their sites draw: what they use of goods of the stage power [GW]."""
    flows = results.frame("flows").filter(pl.col("stage").is_in([SITES, CLUSTERS]) & (pl.col("flow") == "in"))
    power = results.frame("commodities").filter(pl.col("stage") == "power").select("commodity")
    return _summed(_in(flows.join(power, on="commodity", how="semi"), region), "value")


def money_for_clusters_and_sites(results: Results, argument: str, region: str) -> pl.DataFrame:
    """Return what owners of compute invest: capital of sites and clusters as it is paid, chips at prices paid [money].

    The nearest a plan comes to the capital spending of clouds, who also build for other things and are not all owners.
    """
    capital = real_money(results.ledger).filter(
        pl.col("stage").is_in([SITES, CLUSTERS]) & pl.col("term").is_in(["order_cost", "existing_cost"])
    )
    years = results.frame("periods").select("period", first=pl.col("start").floor(), end="end", years="years")
    dated = capital.pipe(grouped, "year").agg(pl.col("paid").sum()).join(years, how="cross")
    inside = dated.filter((pl.col("year") >= pl.col("first")) & (pl.col("year") < pl.col("end")))
    spent = inside.pipe(grouped, "period").agg(value=pl.col("paid").sum() / pl.col("years").first())
    chips = _summed(_paid_for_chips(results), "value")
    return pl.concat([spent, chips]).pipe(grouped, "period").agg(pl.col("value").sum())


READERS: Mapping[str, Reader] = {
    "compute_in_service": Reader(target_in_service, "{target}/year", "target served, mean of the year"),
    "compute_sold_to_date": Reader(target_sold_to_date, "{count}", "performance of all that was sold, end of the year"),
    "units_made_by_maker": Reader(units_made_by_maker, "{chip}/year", "chips made by a maker"),
    "share_of_compute_by_maker": Reader(share_of_performance_by_maker, "1", "share of a maker in performance made"),
    "revenue_share_of_maker": Reader(revenue_share_of_maker, "1", "share of a maker in money paid for chips"),
    "output_of_commodity": Reader(output_of_commodity, "{argument}/year", "what is made of a commodity"),
    "share_of_ai_in_wafers": Reader(share_of_chips_in_use, "1", "part of a good that the plan's own processes use"),
    "sites_in_use": Reader(sites_in_use, "GW", "space in service, end of the year"),
    "capacity_at_end": Reader(capacity_at_end, "{capacity}", "capacity of a process in service, end of the year"),
    "share_of_output": Reader(share_of_output_in_region, "1", "share of a region in what is made of a commodity"),
    "performance_made_by_maker": Reader(performance_made_by_maker, "{count}/year", "performance of the chips made"),
    "money_paid_to_maker": Reader(money_paid_to_maker, "{money}/year", "money paid for the chips of a maker"),
    "cost_of_new_compute": Reader(
        cost_of_new_compute, "USD/hour", "cost of an H100e-hour from new plants, mark-ups in"
    ),
    "ai_power": Reader(power_of_clusters, "GW", "mean power that clusters and their sites draw"),
    "money_for_clusters_and_sites": Reader(
        money_for_clusters_and_sites, "{money}/year", "capital of sites and clusters, and chips"
    ),
}


def unit_of(results: Results, quantity: str) -> str:
    """Return the unit in which a quantity is read; raises KeyError for one that no reader knows."""
    name, _, argument = quantity.partition(":")
    words = {
        "target": _unit(results, pl.col("commodity") == str(results.run["target"])),
        "count": _unit(results, pl.col("kind") == "count"),
        "chip": _unit(results, (pl.col("stage") == CHIPS) & (pl.col("kind") == "good")),
        "argument": _unit(results, pl.col("commodity") == argument),
        "capacity": _capacity_unit(results, argument),
        "money": str(results.run["money_unit"]),
    }
    return READERS[name].unit.format_map({word: f"({unit})" if "*" in unit else unit for word, unit in words.items()})


def read_quantity(results: Results, quantity: str, region: str = WORLD) -> pl.DataFrame:
    """Return a named quantity by period: period, value; raises KeyError for a name that no reader knows."""
    name, _, argument = quantity.partition(":")
    return READERS[name].read(results, argument, region)


def _unit(results: Results, chosen: pl.Expr) -> str:
    units = results.frame("commodities").filter(chosen)["unit"]
    return str(units[0]) if units.len() else "1"


def _capacity_unit(results: Results, process: str) -> str:
    units = results.frame("processes").filter(pl.col("process") == process)["capacity_unit"].drop_nulls()
    return str(units[0]) if units.len() else "1"


def _at_end(results: Results, held: pl.DataFrame) -> pl.DataFrame:
    """Capacity at the end of the period: the mean of its mean level and the next one's; none for the last period."""
    ordered = _ordered(results, _summed(held, "in_service"))
    return (
        ordered.with_columns(value=(pl.col("value") + pl.col("value").shift(-1)) / 2)
        .drop_nulls("value")
        .select("period", "value")
    )


def _in(frame: pl.DataFrame, region: str) -> pl.DataFrame:
    return frame if region == WORLD else frame.filter(pl.col("region") == region)


def _summed(frame: pl.DataFrame, column: str) -> pl.DataFrame:
    return frame.pipe(grouped, "period").agg(value=pl.col(column).sum())


def _ratio(part: pl.DataFrame, whole: pl.DataFrame) -> pl.DataFrame:
    both = whole.rename({"value": "whole"}).join(part, on="period", how="left")
    return both.filter(pl.col("whole") > 0).select("period", value=pl.col("value").fill_null(0.0) / pl.col("whole"))


def _ordered(results: Results, frame: pl.DataFrame) -> pl.DataFrame:
    periods = results.frame("periods").select("period", "index", "years")
    return periods.join(frame, on="period", how="left").sort("index").with_columns(pl.col("value").fill_null(0.0))


def _counted(results: Results, region: str) -> pl.DataFrame:
    """Performance put out by chip plants: flows of commodities of kind count."""
    flows = results.frame("flows").filter(
        (pl.col("kind") == "count") & (pl.col("flow") == "out") & (pl.col("stage") == CHIPS)
    )
    return _in(flows, region)


def _performance_at_start(results: Results) -> float:
    """What the clusters that were there when the first period began can give of the target, at full use."""
    first = results.frame("periods").sort("index")["period"][0]
    flows = results.frame("flows").filter(
        (pl.col("commodity") == str(results.run["target"])) & (pl.col("flow") == "out") & (pl.col("period") == first)
    )
    held = results.frame("capacity").filter((pl.col("period") == first) & (pl.col("existing") > 0))
    run = (
        results.frame("activity")
        .filter(pl.col("period") == first)
        .pipe(grouped, "process", "region")
        .agg(run=pl.col("value").sum())
    )
    rates = results.frame("processes").select("process", "rate")
    joined = held.join(flows, on=["process", "region"]).join(run, on=["process", "region"]).join(rates, on="process")
    return float(
        joined.filter(pl.col("run") > 0)
        .select((pl.col("value") / pl.col("run") * pl.col("existing") * pl.col("rate")).sum())
        .item()
        or 0.0
    )


def _paid_for_chips(results: Results) -> pl.DataFrame:
    """Money paid for chips by maker and period: their own running money and that of their parts [money / year]."""
    years = results.frame("periods").select("period", "years")
    running = real_money(results.ledger).filter(pl.col("term").is_in(RUN))
    by_process = running.pipe(grouped, "process", "period").agg(pl.col("paid").sum()).join(years, on="period")
    rate = by_process.select("process", "period", money=pl.col("paid") / pl.col("years"))
    flows = results.frame("flows")
    out = flows.filter((pl.col("flow") == "out") & (pl.col("kind") != "count"))
    made = out.pipe(grouped, "process", "commodity", "period").agg(made=pl.col("value").sum())
    worth = (
        made.join(rate, on=["process", "period"])
        .pipe(grouped, "commodity", "period")
        .agg(value=pl.col("money").sum(), made=pl.col("made").sum())
    )
    each = worth.select("commodity", "period", price=pl.col("value") / pl.col("made"))
    chips = results.frame("processes").filter(pl.col("stage") == CHIPS).select("process", "maker")
    parts = (
        flows.filter(pl.col("flow") == "in")
        .drop("maker")
        .join(chips, on="process")
        .join(each, on=["commodity", "period"])
    )
    own = rate.join(chips, on="process").select("maker", "period", value="money")
    return pl.concat([parts.select("maker", "period", value=pl.col("value") * pl.col("price")), own])


def _members(results: Results, name: str) -> list[str]:
    groups = results.frame("groups").filter((pl.col("group") == name) & (pl.col("kind") == "commodity"))
    return groups["member"].to_list() or [name]
