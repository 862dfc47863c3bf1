"""The small tables behind the figures: Results -> frames. Nothing here draws, rounds or solves.

What goes over time has the columns period, start, years [decimal year, year], series, value, unit; money: transfer too.
A table that a plan has nothing for is empty, never an error, so that its section of the page is left out.
"""

from collections.abc import Callable, Mapping, Sequence

import polars as pl

from teraplan.report.words import Names, hourly_cost_unit, maker, names_of, per_year, period_words
from teraplan.results.derive import WORLD, capacity_of, output, served
from teraplan.results.ledger import real_money
from teraplan.results.results import Results

NEGLIGIBLE = 1e-9
STAGES = ("tools", "wafers", "memory", "packaging", "accelerators", "sites", "clusters", "power", "service")
"""The order in which stages are told: along the chain, from tools to service."""
OTHERS = "Others"
OVER_TIME = {
    "period": pl.String,
    "start": pl.Float64,
    "years": pl.Float64,
    "series": pl.String,
    "value": pl.Float64,
    "unit": pl.String,
}


def shown_periods(results: Results) -> pl.DataFrame:
    """Return the periods that are shown, in order: period, start, years, end [decimal year; year]."""
    return results.frame("periods").filter("shown").sort("index").select("period", "start", "years", "end")


def stages_of(frame: pl.DataFrame) -> list[str]:
    """Return the stages in a table's column `stage`, along the chain; stages of a case's own come last."""
    there = sorted(frame["stage"].drop_nulls().unique().to_list()) if "stage" in frame.columns else []
    return [stage for stage in STAGES if stage in there] + [stage for stage in there if stage not in STAGES]


# --- quantities over time ---------------------------------------------------------------------------------------------


def target_served(results: Results) -> pl.DataFrame:
    """Return what is served of the target by period, over time [target / year]; one series, the target's name."""
    target = str(results.run["target"])
    if not _has(results, "demand"):
        return pl.DataFrame(schema=OVER_TIME)
    return _over_time(results, served(results, target).with_columns(series=pl.lit(names_of(results).thing(target))))


def accelerators_by_maker(results: Results) -> pl.DataFrame:
    """Return accelerators made by maker over time: performance where the case counts it, else units [count / year]."""
    if not _has(results, "flows"):
        return pl.DataFrame(schema=OVER_TIME)
    made = results.frame("flows").filter((pl.col("stage") == "accelerators") & (pl.col("flow") == "out"))
    counted = made.filter(pl.col("kind") == "count")["commodity"].unique().to_list()
    goods = counted[:1] or sorted(made.filter(pl.col("kind") == "good")["commodity"].unique().to_list())
    by_maker = [output(results, good, by=("maker",)) for good in goods]
    return _over_time(results, _summed(by_maker, "maker", maker))


def sites_by_region(results: Results) -> pl.DataFrame:
    """Return capacity of sites in service by region over time [capacity, in the unit that most sites have]."""
    if not _has(results, "capacity"):
        return pl.DataFrame(schema=OVER_TIME)
    sites = results.frame("capacity").filter(pl.col("stage") == "sites")
    unit = sites["unit"].mode().sort()[:1]
    processes = sites.filter(pl.col("unit").is_in(unit.implode()))["process"].unique().sort().to_list()
    parts = [capacity_of(results, process, by=("region",)) for process in processes]
    return _over_time(results, _summed(parts, "region", names_of(results).region), flow=False)


def power_by_technology(results: Results) -> pl.DataFrame:
    """Return mean power delivered by technology over time: what stage power puts out per year of a `unit*year`.

    A process that also takes in what it puts out stores it; it is left out, so that nothing counts twice.
    """
    if not _has(results, "flows"):
        return pl.DataFrame(schema=OVER_TIME)
    power = results.frame("flows").filter((pl.col("stage") == "power") & pl.col("unit").str.ends_with("*year"))
    made = power.filter(pl.col("flow") == "out").select("process", "commodity").unique()
    stores = power.filter(pl.col("flow") == "in").select("process", "commodity").unique()
    sources = made.join(stores, on=["process", "commodity"], how="anti")
    parts = [
        output(results, good, by=("process",)).join(
            sources.filter(pl.col("commodity") == good), on="process", how="semi"
        )
        for good in sources["commodity"].unique().sort()
    ]
    return _over_time(results, _summed(parts, "process", names_of(results).thing))


def of_runs(tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Return one table over time from the tables of several runs that have one series each; the series is the run."""
    named = [table.with_columns(series=pl.lit(name)) for name, table in tables.items()]
    return pl.concat(named) if named else pl.DataFrame(schema=OVER_TIME)


def difference(table: pl.DataFrame, baseline: pl.DataFrame) -> pl.DataFrame:
    """Return a table over time less that of the baseline, series by series; what one of them lacks counts as 0."""
    labels = [name for name in table.columns if name != "value"]
    signed = [table, baseline.with_columns(-pl.col("value"))]
    both = pl.concat(signed).group_by(labels, maintain_order=True).agg(pl.col("value").sum())
    return both.select(table.columns).sort("start", maintain_order=True)


def folded(table: pl.DataFrame, most: int, size: pl.DataFrame | None = None) -> pl.DataFrame:
    """Return a table over time with at most `most` series: the largest by |value| x years stay, the rest are `Others`.

    size: the table by which series are ranked, the table itself by default; series come out largest first, Others last.
    """
    ranked = table if size is None else size
    weight = (pl.col("value").abs() * pl.col("years")).sum()
    order = ranked.group_by("series").agg(weight=weight).sort("weight", "series", descending=[True, False])
    kept = order["series"].to_list()[: most - 1 if order.height > most else most]
    return _ranked(table, kept)


def _ranked(table: pl.DataFrame, kept: Sequence[str]) -> pl.DataFrame:
    place = {name: at for at, name in enumerate(kept)}
    inside = pl.col("series").is_in(list(kept))
    merged = table.with_columns(series=pl.when(inside).then("series").otherwise(pl.lit(OTHERS)))
    labels = [name for name in table.columns if name != "value"]
    summed = merged.group_by(labels, maintain_order=True).agg(pl.col("value").sum()).select(table.columns)
    rank = pl.col("series").replace_strict(place, default=len(place), return_dtype=pl.Int64)
    return summed.sort(rank, "start", maintain_order=True)


# --- money ------------------------------------------------------------------------------------------------------------


def money_by_year(results: Results) -> pl.DataFrame:
    """Return money paid by stage and calendar year, over time, transfers apart [money unit / year, undiscounted]."""
    paid = _paid(results).group_by("year", "series", "transfer").agg(value=pl.col("paid").sum())
    dated = paid.select(
        period=pl.col("year").cast(pl.String),
        start=pl.col("year").cast(pl.Float64),
        years=pl.lit(1.0),
        series="series",
        value="value",
        unit=pl.lit(f"{results.run['money_unit']}/year"),
        transfer="transfer",
    )
    return dated.filter(pl.col("value").abs() > NEGLIGIBLE).sort("transfer", _along("series"), "start")


def money_by_item(results: Results) -> pl.DataFrame:
    """Return money paid in the shown years: stage, item, transfer, value [money unit, undiscounted], unit."""
    paid = _paid(results).group_by(stage="series", item="item", transfer="transfer").agg(value=pl.col("paid").sum())
    shown = paid.filter(pl.col("value").abs() > NEGLIGIBLE).sort(_along("stage"), "transfer", "item")
    return shown.with_columns(unit=pl.lit(str(results.run["money_unit"])))


def money_difference(results: Results, baseline: Results) -> pl.DataFrame:
    """Return where money differs, largest first: stage, item, transfer, value, baseline, difference [money], unit."""
    labels = ["stage", "item", "transfer", "unit"]
    both = money_by_item(results).join(
        money_by_item(baseline).rename({"value": "baseline"}), on=labels, how="full", coalesce=True
    )
    filled = both.with_columns(pl.col("value", "baseline").fill_null(0.0))
    compared = filled.with_columns(difference=pl.col("value") - pl.col("baseline"))
    order = pl.col("difference").abs()
    return compared.sort(order, "stage", "item", descending=[True, False, False]).select(
        "stage", "item", "transfer", "value", "baseline", "difference", "unit"
    )


def _paid(results: Results) -> pl.DataFrame:
    """Real lines of the ledger in the shown years, `series` the stage; what belongs to no stage is told by its item."""
    schema = {"year": pl.Int32, "item": pl.String, "transfer": pl.Boolean, "series": pl.String, "paid": pl.Float64}
    if not _has(results, "ledger"):
        return pl.DataFrame(schema=schema)
    shown = shown_periods(results)
    inside = (pl.col("year") >= shown["start"].min()) & (pl.col("year") < shown["end"].max())
    lines = real_money(results.ledger).filter(inside)
    return lines.select("year", "item", "transfer", "paid", series=pl.coalesce("stage", "item"))


def kind_of_worth(results: Results) -> str:
    """Return what the worth of a limit is counted in: `money`, the `target` at its own prices, or `units` of it."""
    found = results.frames.get("bottlenecks", pl.DataFrame())
    unit = str(found["unit"][0]) if "unit" in found.columns and found.height else ""
    return "target" if "of target" in unit else "units" if unit.startswith("target") else "money"


# --- who makes, hosts and uses ----------------------------------------------------------------------------------------


def hosted_and_used(results: Results, period: str) -> pl.DataFrame:
    """Return where the target is made and used: region, hosted, used [target / year], unit; most hosted first."""
    target, names = str(results.run["target"]), names_of(results)
    hosted = (
        _of_period(output(results, target, by=("region",)), period).group_by("region").agg(hosted=pl.col("value").sum())
    )
    asked = results.frame("demand").filter((pl.col("commodity") == target) & (pl.col("period") == period))
    used = asked.group_by("region").agg(used=pl.col("served").sum())
    both = hosted.join(used, on="region", how="full", coalesce=True).with_columns(
        pl.col("hosted", "used").fill_null(0.0)
    )
    named = both.with_columns(region=pl.col("region").map_elements(names.region, return_dtype=pl.String))
    unit = per_year(_unit_of(results, target))
    return (
        named.filter(pl.max_horizontal("hosted", "used") > NEGLIGIBLE)
        .sort("hosted", "used", descending=True)
        .with_columns(unit=pl.lit(unit))
    )


def makers_of_target(results: Results, period: str) -> pl.DataFrame:
    """Return the target made in a period by maker of the machines: maker, value [target / year]; largest first."""
    made = _of_period(output(results, str(results.run["target"]), by=("maker",)), period)
    named = made.with_columns(maker=pl.col("maker").map_elements(maker, return_dtype=pl.String, skip_nulls=False))
    return named.group_by("maker").agg(pl.col("value").sum()).sort("value", descending=True)


def path_of_target(results: Results, period: str, most: int = 6) -> pl.DataFrame:
    """Return the path of the target in one period, all in its one unit: kind, source, target, value, unit.

    Kinds: `maker` (maker of the machines -> region that hosts them), `home` (used where it is made), `out` (host -> the
    pool or region it is sent to) and `in` (pool -> region that uses it). At most `most` labels of a kind are named.
    """
    target = str(results.run["target"])
    made = _of_period(output(results, target, by=("maker", "region")), period)
    sent = results.frame("ship").filter((pl.col("commodity") == target) & (pl.col("period") == period))
    hosts, away = made.group_by("region").agg(pl.col("value").sum()), sent.filter(pl.col("value") > NEGLIGIBLE)
    from_hosts = away.join(hosts, left_on="origin", right_on="region", how="semi")
    shipped = from_hosts.group_by(region="origin").agg(sent=pl.col("value").sum())
    home = hosts.join(shipped, on="region", how="left").with_columns(pl.col("value") - pl.col("sent").fill_null(0.0))
    links = [
        made.select(kind=pl.lit("maker"), source="maker", target="region", value="value"),
        home.select(kind=pl.lit("home"), source="region", target="region", value="value"),
        from_hosts.select(kind=pl.lit("out"), source="origin", target="destination", value="value"),
        away.join(hosts, left_on="origin", right_on="region", how="anti").select(
            kind=pl.lit("in"), source="origin", target="destination", value="value"
        ),
    ]
    named = _named_path(pl.concat(links), names_of(results), most)
    return named.with_columns(unit=pl.lit(per_year(_unit_of(results, target))))


def _named_path(links: pl.DataFrame, names: Names, most: int) -> pl.DataFrame:
    """Links with names for labels, small makers, hosts and users put together as Others."""
    kind = pl.col("kind")
    makers = _large(links.filter(kind == "maker"), "source", most)
    hosts = _large(links.filter(kind == "maker"), "target", most)
    users = _large(links.filter(kind.is_in(["home", "in"])), "target", most)

    def said(column: str, kept: Sequence[str | None], call: Callable[[str | None], str]) -> pl.Expr:
        named = pl.col(column).map_elements(call, return_dtype=pl.String, skip_nulls=False)
        return pl.when(pl.col(column).is_in(list(kept), nulls_equal=True)).then(named).otherwise(pl.lit(OTHERS))

    place = {name: pl.col(name).map_elements(names.region, return_dtype=pl.String) for name in ("source", "target")}
    begin = (
        pl.when(kind == "maker")
        .then(said("source", makers, maker))
        .when(kind == "in")
        .then(place["source"])
        .otherwise(said("source", hosts, names.region))
    )
    end = (
        pl.when(kind == "maker")
        .then(said("target", hosts, names.region))
        .when(kind == "out")
        .then(place["target"])
        .otherwise(said("target", users, names.region))
    )
    labelled = links.filter(pl.col("value") > NEGLIGIBLE).with_columns(source=begin, target=end)
    return labelled.group_by("kind", "source", "target", maintain_order=True).agg(pl.col("value").sum())


def _large(links: pl.DataFrame, column: str, most: int) -> list[str | None]:
    """The labels that are named: all if there are at most `most`, else the largest, one place left for the rest."""
    summed = links.group_by(column).agg(pl.col("value").sum()).sort("value", descending=True)
    labels = summed[column].to_list()
    return labels if len(labels) <= most else labels[: most - 1]


# --- cost of the target -----------------------------------------------------------------------------------------------


def cost_by_region(results: Results) -> pl.DataFrame:
    """Return the cost of the target from new machines: period, region, value, marked_up [money / target hour], made.

    The frame `cost_of_compute`, most made first. value: real resources only; marked_up: with the transfers on top of
    them; made [target]; unit.
    """
    schema = {"period": pl.String, "region": pl.String, "value": pl.Float64, "marked_up": pl.Float64}
    schema |= {"made": pl.Float64, "unit": pl.String}
    if not _has(results, "cost_of_compute"):
        return pl.DataFrame(schema=schema)
    found = results.frame("cost_of_compute").filter(pl.col("usd_per_hour").is_not_null() & (pl.col("value") > 0))
    unit = hourly_cost_unit(str(results.run["money_unit"]), _unit_of(results, str(results.run["target"])))
    marked_up = pl.col("usd_per_hour") * (1 + pl.col("transfers") / pl.col("value"))
    told = found.select("period", "region", "made", value="usd_per_hour", marked_up=marked_up, unit=pl.lit(unit))
    return told.sort("period", "made", descending=[False, True]).select(list(schema))


def cost_over_time(results: Results) -> pl.DataFrame:
    """Return the cost of the target from new machines over time, of all that is made together [money / target hour].

    value: real resources only; marked_up: with the transfers on top of them.
    """
    found = cost_by_region(results)
    costs, whole = ["value", "marked_up"], found.filter(pl.col("region") == WORLD)
    mean = [(pl.col(cost) * pl.col("made")).sum() / pl.col("made").sum() for cost in costs]
    regions = found.filter(pl.col("region") != WORLD).join(whole, on="period", how="anti")
    summed = regions.group_by("period", "unit").agg(mean)
    both = pl.concat([whole.select("period", "unit", *costs), summed.select("period", "unit", *costs)])
    shown = shown_periods(results).select("period", "start", "years")
    target = names_of(results).thing(str(results.run["target"]))
    named = both.join(shown, on="period").with_columns(series=pl.lit(target))
    return named.select(*OVER_TIME, "marked_up").sort("start")


# --- what is in service -----------------------------------------------------------------------------------------------


def in_service(runs: Mapping[str, Results], periods: Sequence[str]) -> pl.DataFrame:
    """Return capacity in service of each kind of plant, all regions: stage, plant, unit, one column per period, run."""
    tables = []
    for name, results in runs.items():
        if not _has(results, "capacity"):
            continue
        mine = results.frame("capacity").filter(pl.col("period").is_in(list(periods)))
        summed = mine.group_by("stage", "process", "unit", "period").agg(value=pl.col("in_service").sum())
        tables.append(summed.with_columns(run=pl.lit(name)))
    if not tables:
        return pl.DataFrame(schema={"stage": pl.String, "plant": pl.String, "unit": pl.String})
    names = names_of(next(iter(runs.values())))
    said = pl.col("period").map_elements(period_words, return_dtype=pl.String)
    long = pl.concat(tables).with_columns(column=said + ", " + pl.col("run"))
    order = [f"{period_words(period)}, {name}" for period in periods for name in runs]
    wide = long.pivot("column", index=["stage", "process", "unit"], values="value")
    there = [column for column in order if column in wide.columns]
    large = wide.filter(pl.max_horizontal(there) > NEGLIGIBLE).sort(_along("stage"), "process")
    named = large.with_columns(plant=pl.col("process").map_elements(names.thing, return_dtype=pl.String))
    return named.select("stage", "plant", "unit", *[pl.col(column).fill_null(0.0) for column in there])


# --- private ----------------------------------------------------------------------------------------------------------


def _has(results: Results, name: str) -> bool:
    return name in results.frames and results.frames[name].height > 0


def _of_period(frame: pl.DataFrame, period: str) -> pl.DataFrame:
    return frame.filter(pl.col("period") == period)


def _unit_of(results: Results, commodity: str) -> str:
    found = results.frame("commodities").filter(pl.col("commodity") == commodity)["unit"].to_list()
    return str(found[0]) if found else ""


def _along(column: str) -> pl.Expr:
    """Order by stage along the chain; what is no stage comes last, by name."""
    return pl.col(column).replace_strict(
        {stage: f"{at}" for at, stage in enumerate(STAGES)}, default="~" + pl.col(column)
    )


def _summed(parts: Sequence[pl.DataFrame], label: str, call: Callable[[str], str]) -> pl.DataFrame:
    """Tables of one quantity by a label as one, the label called by its name: period, series, value, unit."""
    if not parts:
        return pl.DataFrame(schema={"period": pl.String, "series": pl.String, "value": pl.Float64, "unit": pl.String})
    named = pl.concat(parts).with_columns(
        series=pl.col(label).map_elements(call, return_dtype=pl.String, skip_nulls=False)
    )
    return named.group_by("period", "series", "unit").agg(pl.col("value").sum())


def _over_time(results: Results, frame: pl.DataFrame, flow: bool = True) -> pl.DataFrame:
    """The columns of a table over time; a yearly flow gets the unit that it has per year."""
    shown = shown_periods(results).select("period", "start", "years")
    unit = pl.col("unit").map_elements(per_year, return_dtype=pl.String) if flow else pl.col("unit")
    joined = frame.join(shown, on="period").with_columns(unit=unit)
    return joined.select(list(OVER_TIME)).filter(pl.col("value").abs() > NEGLIGIBLE).sort("start", "series")
