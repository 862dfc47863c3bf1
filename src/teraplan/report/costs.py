"""What the target and a GW of machines and sites cost: real resources, and with mark-ups, always side by side."""

from collections.abc import Mapping

import polars as pl

from teraplan.report import plots, tables
from teraplan.report.parts import Grid, Heat, Picture, data_over_time, grid_of
from teraplan.report.words import names_of, period_words, unit_words
from teraplan.results.compare import headline_periods
from teraplan.results.derive import WORLD
from teraplan.results.results import Results

MARKED_UP = "with mark-ups"
NOTE = (
    "Mean over what new machines make. Solid: real resources only. Dotted: with mark-ups, which are transfers. The "
    "rent of what is scarce is in neither."
)


def cost_of_target(runs: Mapping[str, Results]) -> list[Picture | Grid | Heat]:
    """Return the mean cost of the target over time for each plan, and by region in the told periods [money / hour]."""
    costs = {name: tables.cost_over_time(results) for name, results in runs.items()}
    known = {name: table for name, table in costs.items() if table.height}
    if not known:
        return []
    first_name, first = next(iter(known.items()))
    target, unit = first["series"][0].lower(), first["unit"][0]
    ends = first["start"][0], first["start"][-1] + first["years"][-1] - 1e-9
    title = f"Cost of {target} from new machines, {int(ends[0])}–{int(ends[1])}, {unit}"
    both = {}
    for name, table in known.items():
        both[name] = table.drop("marked_up")
        both[f"{name}, {MARKED_UP}"] = table.drop("value").rename({"marked_up": "value"}).select(both[name].columns)
    drawn = tables.of_runs(both)
    picture = Picture(title, NOTE, plots.lines(drawn, unit, pairs=True), data_over_time(drawn, title))
    return [picture, *_by_region(runs[first_name], f"{target} from new machines by region, {first_name}, {unit}")]


def money_per_gigawatt(results: Results, name: str) -> list[Grid]:
    """Return what it takes to build sites of one GW, and the clusters in them, by region and period of the order."""
    found = results.frames.get("money_per_gigawatt", pl.DataFrame())
    told = [period for period in headline_periods(results) if found.height and (found["period"] == period).any()]
    if not told:
        return []
    paid = found.with_columns(marked_up=pl.col("value") + pl.col("transfers"))
    columns = {
        f"{stage}, {period_words(period)}": (pl.col("stage") == stage) & (pl.col("period") == period)
        for stage in tables.stages_of(found)
        for period in told
    }
    unit = f"{unit_words(str(results.run['money_unit']))} of {results.run['base_year']} / GW"
    title = f"Money to build a GW: real resources, and with mark-ups, by region and year of order, {name}, {unit}"
    return [grid_of(_wide(paid, columns, results), title, digits=3)]


def _by_region(results: Results, what: str) -> list[Grid]:
    """The cost by region in the told periods, real resources and with mark-ups."""
    regions = tables.cost_by_region(results)
    told = [period for period in headline_periods(results) if (regions["period"] == period).any()]
    columns = {period_words(period): pl.col("period") == period for period in told}
    title = f"Cost of {what}: real resources, and with mark-ups"
    return [grid_of(_wide(regions, columns, results), title, digits=3)] if told else []


def _wide(table: pl.DataFrame, columns: Mapping[str, pl.Expr], results: Results) -> pl.DataFrame:
    """A row for each region, all of them first; for each column, which rows it holds, value and marked-up."""
    names, told = names_of(results), table.filter(pl.any_horizontal(columns.values()))
    wide = told.select("region").unique(maintain_order=True).sort(pl.col("region") != WORLD, maintain_order=True)
    for name, holds in columns.items():
        mine = table.filter(holds).select(
            "region", pl.col("value").alias(name), pl.col("marked_up").alias(f"{name}, {MARKED_UP}")
        )
        wide = wide.join(mine, on="region", how="left", maintain_order="left")
    place = pl.col("region").map_elements(
        lambda label: "All regions" if label == WORLD else names.region(label), return_dtype=pl.String
    )
    return wide.with_columns(place)
