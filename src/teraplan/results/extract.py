"""Solution -> Results: every table of a plan, read off the values and duals of a solved problem."""

from collections.abc import Mapping

import polars as pl

from teraplan.case.case import Case
from teraplan.model.variables import VARIABLES, Variable
from teraplan.results.bottlenecks import bottlenecks_of
from teraplan.results.calibration import calibration_of
from teraplan.results.cite import citations, numbers_by_weight, provenance_of
from teraplan.results.derive import cost_of_compute, money_per_gigawatt, prices_of
from teraplan.results.ledger import ledger_of
from teraplan.results.results import Results
from teraplan.solver import Solution

NEGLIGIBLE = 1e-9
SITE = ("process", "region")


def read_results(
    case: Case, solution: Solution, run: Mapping[str, object], marginal: Solution | None = None
) -> Results:
    """Return the results of a solved problem.

    marginal: the solution whose duals are shown as prices; the first step's for most_compute.
    """
    shown = marginal or solution
    columns = solution.problem.columns.with_columns(
        value=pl.Series(solution.value), reduced_cost=pl.Series(shown.reduced_cost)
    )
    rows = solution.problem.rows.with_columns(
        value=pl.Series(solution.row_value),
        lower=pl.Series(solution.problem.program.row_lower),
        upper=pl.Series(solution.problem.program.row_upper),
        dual=pl.Series(shown.row_dual),
    )
    if marginal is not None:
        columns = columns.with_columns(
            second_reduced_cost=pl.Series(solution.reduced_cost), first_value=pl.Series(marginal.value)
        )
        rows = rows.with_columns(second_dual=pl.Series(solution.row_dual))
    frames = {variable.name: _values(columns, variable) for variable in VARIABLES}
    frames["capacity"] = _capacity(case, frames["order"], frames["retire"])
    frames["flows"] = _flows(case, frames)
    frames["demand"] = _demand(case, frames["shortage"])
    frames["rows"] = _not_negligible(rows, "value", "dual", "second_dual")
    frames["prices"] = prices_of(case, rows)
    frames["bottlenecks"] = bottlenecks_of(case, frames, rows)
    frames["ledger"] = ledger_of(case, solution.problem, solution.value)
    frames |= _words(case)
    frames |= provenance_of(case, solution, frames["ledger"])
    frames["citations"] = citations(case)
    frames["assumptions"] = numbers_by_weight(case, frames["rests_on"])
    results = Results(run=run, frames=frames)
    read = {
        "cost_of_compute": cost_of_compute(results, case),
        "money_per_gigawatt": money_per_gigawatt(results, case),
    }
    units = {variable.name: _with_unit(case, frames[variable.name], variable.name) for variable in VARIABLES}
    whole = Results(run=run, frames={**frames, **read, **units})
    return Results(run=run, frames={**whole.frames, "calibration": calibration_of(case, whole)})


def _values(columns: pl.DataFrame, variable: Variable) -> pl.DataFrame:
    """A variable's numbers; of whole numbers also those of the first step of most_compute, at which its duals hold."""
    kept = ("value", "reduced_cost", "second_reduced_cost", *(("first_value",) if variable.whole else ()))
    numbers = [number for number in kept if number in columns.columns]
    mine = columns.filter(pl.col("variable") == variable.name).select(*variable.labels, *numbers)
    return _not_negligible(mine, *numbers)


def _with_unit(case: Case, frame: pl.DataFrame, variable: str) -> pl.DataFrame:
    """A variable's table with the unit of its values; what is done in a period is by the year."""
    yearly = next(one.unit for one in VARIABLES if one.name == variable).endswith("/ year")
    if variable == "blocks":
        return frame.with_columns(unit=pl.lit("block"))
    commodities = case.commodities.select("commodity", "unit")
    if "commodity" in frame.columns:
        units = commodities
    elif variable in ("level", "season_level"):
        units = case.storage.join(commodities, on="commodity").select("process", "unit")
    else:
        kind = "capacity_unit" if variable in ("order", "retire") else "activity_unit"
        units = case.processes.select("process", unit=kind)
    if yearly:
        units = units.with_columns(unit="(" + pl.col("unit") + ")/year")
    return frame.join(units, on=units.columns[0], how="left", maintain_order="left")


def _not_negligible(frame: pl.DataFrame, *numbers: str) -> pl.DataFrame:
    """The rows in which one of the numbers (of those that there are) is not 0."""
    there = [pl.col(number).abs() > NEGLIGIBLE for number in numbers if number in frame.columns]
    return frame.filter(pl.any_horizontal(there))


def _capacity(case: Case, orders: pl.DataFrame, retired: pl.DataFrame) -> pl.DataFrame:
    """Capacity by process, region, period: in service, usable after ramp, available of that; and what of it existed."""
    here = [*SITE, "period"]
    placed = orders.select(*SITE, order_period="period", ordered="value")
    parts = [
        share.join(placed, on=[*SITE, "order_period"]).select(*here, (pl.col("value") * pl.col("ordered")).alias(name))
        for name, share in (("in_service", case.in_service), ("usable", case.service))
    ]
    taken = retired.select(*SITE, "order_period", "period", taken="value")
    levels_lost = {
        "in_service": case.retired_in_service,
        "usable": case.retired_service,
        "existing": case.retired_in_service.join(case.vintages, on=[*SITE, "order_period"], how="semi"),
    }
    lost = [
        share.join(taken, on=[*SITE, "order_period", "period"]).select(
            *SITE, period="later", **{name: -pl.col("value") * pl.col("taken")}
        )
        for name, share in levels_lost.items()
    ]
    there = [
        case.capacity_existing.select(*here, in_service="value", existing="value"),
        case.usable_existing.select(*here, usable="value"),
    ]
    levels = ("in_service", "usable", "existing")
    summed = pl.concat([*parts, *lost, *there], how="diagonal").group_by(here).agg(pl.col(levels).sum())
    available = pl.col("usable") * pl.col("share").fill_null(1.0)
    units = case.processes.select("process", "stage", unit="capacity_unit")
    return (
        _not_negligible(summed, *levels)
        .join(_availability(case), on=here, how="left")
        .join(units, on="process")
        .select(*here, "in_service", "usable", "existing", "stage", "unit", available=available)
        .sort(here)
    )


def _availability(case: Case) -> pl.DataFrame:
    """Share of usable capacity that could run over the year, 0 of carried storage: process, region, period, share."""
    here = [*SITE, "period"]
    weighted = case.sliced_availability.join(case.slices.select("slice", "weight"), on="slice")
    sliced = weighted.group_by(here).agg(share=(pl.col("value") * pl.col("weight")).sum())
    most = case.yearly_availability.select(*here, most="value")
    capped = sliced.join(most, on=here, how="left").select(*here, share=pl.min_horizontal("share", "most"))
    idle = case.stores.select(SITE).join(case.periods.select("period"), how="cross").with_columns(share=pl.lit(0.0))
    return pl.concat([case.availability.select(*here, share="value"), capped, idle.select(capped.columns)])


def _flows(case: Case, frames: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """What each process makes, uses and is built with: process, region, period, commodity, place, flow, value."""
    run_labels = ["process", "mode", "region", "period"]
    run = pl.concat(
        [frames["activity"].select(*run_labels, "value"), frames["sliced_activity"].select(*run_labels, "value")]
    )
    run = run.group_by(run_labels).agg(rate=pl.col("value").sum())
    keep = ["process", "region", "commodity", "place", "period", "flow", "value"]
    made = case.outputs.join(run, on=run_labels).with_columns(
        value=pl.col("value") * pl.col("rate"), flow=pl.lit("out")
    )
    used = case.inputs.join(run, on=run_labels).with_columns(value=pl.col("value") * pl.col("rate"), flow=pl.lit("in"))
    orders = frames["order"].select(*SITE, "period", ordered="value")
    built = case.build_inputs.join(orders, on=[*SITE, "period"]).with_columns(
        value=pl.col("value") * pl.col("ordered"), flow=pl.lit("build")
    )
    ended = case.releases.join(orders, on=[*SITE, "period"]).with_columns(value=pl.col("value") * pl.col("ordered"))
    retired = frames["retire"].select(*SITE, "order_period", "period", taken="value")
    early = case.retired_releases.join(retired, on=[*SITE, "order_period", "period"])
    early = early.with_columns(value=pl.col("value") * pl.col("taken"))
    released = [part.with_columns(period="use_period", flow=pl.lit("release")).select(keep) for part in (ended, early)]
    parts = [
        *released,
        made.select(keep),
        used.with_columns(period="use_period").select(keep),
        built.with_columns(period="use_period").select(keep),
    ]
    labels = [label for label in keep if label != "value"]
    whole = pl.concat(parts).group_by(labels).agg(pl.col("value").sum()).filter(pl.col("value").abs() > NEGLIGIBLE)
    described = whole.join(case.processes.select("process", "stage", "maker"), on="process", how="left")
    return described.join(case.commodities.select("commodity", "unit", "kind"), on="commodity").sort(labels)


def _demand(case: Case, shortage: pl.DataFrame) -> pl.DataFrame:
    """Demand at the top of its curves, the reference quantity, and what is served: commodity, region, period."""
    labels = ["commodity", "region", "period"]
    missed = shortage.group_by(labels).agg(missed=pl.col("value").sum())
    joined = case.demand.rename({"value": "top"}).join(missed, on=labels, how="left")
    served = joined.with_columns(served=pl.col("top") - pl.col("missed").fill_null(0.0)).drop("missed")
    return served.join(case.commodities.select("commodity", "unit"), on="commodity").sort(labels)


def _words(case: Case) -> dict[str, pl.DataFrame]:
    frames = case.tables.frames
    return {
        "periods": case.periods,
        "slices": case.slices,
        "processes": case.processes.select(
            "process", "name", "stage", "maker", "clock", "capacity_unit", "activity_unit", "rate", "life"
        ),
        "commodities": case.commodities.select("commodity", "name", "unit", "kind", "stage", "clock", "scope", "maker"),
        "regions": frames["regions"].select("region", "name", "latitude", "longitude"),
        "groups": frames["groups"],
        "sources": frames["sources"],
    }
