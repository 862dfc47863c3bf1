"""The headline figures of a plan, and what they are in other plans: differences first, the largest on top.

Nothing here names a good or a process of one case: the target is the one that the run names, stages and units are those
of its words.
"""

from collections.abc import Sequence

import polars as pl

from teraplan.errors import StoreError
from teraplan.results.derive import NEGLIGIBLE, WORLD, output, per_year, served, told_periods
from teraplan.results.ledger import real_money
from teraplan.results.results import Results
from teraplan.results.sums import grouped

HEADLINE = {"quantity": pl.String, "period": pl.String, "value": pl.Float64, "unit": pl.String}
ROUNDING = 1e-6
"""What differs by less than this share of the quantity's largest value does not differ."""
KEY = ("quantity", "period", "unit")
PRICE = "price of "


def headline_periods(results: Results) -> list[str]:
    """Return the periods that headlines name: those of 2030 and 2034, or in a plan without them its middle and last."""
    return told_periods(results.frame("periods"))


def headline(results: Results, periods: Sequence[str] | None = None) -> pl.DataFrame:
    """Return the headline figures of a plan: quantity, period, value, unit; each (quantity, period, unit) once.

    The target served, what is counted of it, capacity in service by stage, output of goods traded worldwide by stage,
    prices of the target and of what its makers run on [money / good], money a year with transfers apart, in the periods
    given (none: those of headline_periods); and, without a period, money by stage over all years shown [money].
    """
    chosen = headline_periods(results) if periods is None else list(periods)
    parts = [
        _served(results),
        _counted(results),
        _in_service(results),
        _outputs(results),
        _prices(results),
        *(_money_by_period(results, transfer) for transfer in (False, True)),
    ]
    order = results.frame("periods").filter("shown").select("period", "index")
    dated = pl.concat([part.select(list(HEADLINE)) for part in parts]).with_row_index("at")
    told = dated.filter(pl.col("period").is_in(chosen)).join(order, on="period")
    first = pl.col("at").min().over("quantity", "unit")
    rows = told.sort(first, "quantity", "unit", "index").select(list(HEADLINE))
    return pl.concat([rows, *(_money_by_stage(results, transfer) for transfer in (False, True))])


def compare(runs: Sequence[Results]) -> pl.DataFrame:
    """Return what differs between the first run and each other one, the largest difference first.

    quantity, period (null: all years shown), run (the other one), baseline, value, difference, relative [1; null where
    the baseline is 0], unit. Size is measured by the largest value that the quantity has in either run in any period.
    What one run does not have is 0 there. Left out are periods that not both runs show, and prices that are not in the
    same unit in both (without a budget that binds they are not in money) or of periods of which one run tells none (the
    path of a hedge, where several futures share its orders). Raises StoreError for less than
    two runs, for a run that is no plan, and where two have no period in common.
    """
    if len(runs) < 2:
        raise StoreError("there is nothing to compare: name two runs or more")
    for run in runs:
        if "ledger" not in run.frames:
            raise StoreError(f"{_name(run)} is no plan: compare plans")
    cases = {str(run.run["case"]): None for run in runs}
    if len(cases) > 1:
        raise StoreError(f"{' and '.join(cases)} are different cases: compare plans of one case")
    names, figures = _names(runs), [headline(run, _shown(run)) for run in runs]
    parts = [
        _differences(figures[0], figures[at], _common(runs[0], runs[at])).with_columns(run=pl.lit(names[at]))
        for at in range(1, len(runs))
    ]
    columns = ["quantity", "period", "run", "baseline", "value", "difference", "relative", "unit"]
    return (
        pl.concat(parts)
        .sort("size", "quantity", "unit", "period", "run", descending=[True, False, False, False, False])
        .select(columns)
    )


def _differences(baseline: pl.DataFrame, other: pl.DataFrame, periods: Sequence[str]) -> pl.DataFrame:
    first, second = (
        figures.filter(_comparable(against)) for figures, against in ((baseline, other), (other, baseline))
    )
    both = first.rename({"value": "baseline"}).join(second, on=KEY, how="full", coalesce=True, nulls_equal=True)
    common = both.filter(pl.col("period").is_null() | pl.col("period").is_in(periods))
    filled = common.with_columns(pl.col("baseline", "value").fill_null(0.0))
    difference = pl.col("value") - pl.col("baseline")
    peak = pl.max_horizontal(pl.col("value").abs(), pl.col("baseline").abs()).max()
    top = peak.over("quantity", "unit", pl.col("period").is_null())
    real = pl.when(difference.abs() > ROUNDING * top).then(difference).otherwise(0.0)
    told = pl.col("baseline").abs() > ROUNDING * top
    return filled.with_columns(
        difference=real,
        size=real.abs() / top,
        relative=pl.when(told).then(real / pl.col("baseline").abs()),
    )


def _comparable(against: pl.DataFrame) -> pl.Expr:
    """Whether a figure is no price, or a price in a unit in which the other plan has it, of a period that it prices."""
    prices = against.filter(pl.col("quantity").str.starts_with(PRICE))
    known = pl.struct("quantity", "unit").is_in(prices.select("quantity", "unit").unique().to_struct().implode())
    dated = pl.col("period").is_in(prices["period"].unique().implode())
    return ~pl.col("quantity").str.starts_with(PRICE) | (known & dated)


# --- quantities -------------------------------------------------------------------------------------------------------


def _served(results: Results) -> pl.DataFrame:
    target = str(results.run["target"])
    return _flow(served(results, target), pl.lit(f"{target} served"))


def _counted(results: Results) -> pl.DataFrame:
    """What is put out of commodities that are only counted, such as the performance of chips."""
    counts = results.frame("commodities").filter(pl.col("kind") == "count")["commodity"].sort()
    made = [_flow(output(results, count), pl.lit(f"{count} made")) for count in counts]
    return pl.concat([pl.DataFrame(schema=HEADLINE), *made])


def _in_service(results: Results) -> pl.DataFrame:
    capacity = results.frame("capacity").pipe(grouped, "stage", "unit", "period").agg(value=pl.col("in_service").sum())
    return capacity.sort("stage", "unit").select(
        "period",
        "value",
        "unit",
        quantity=pl.when(_of_works()).then("works for " + pl.col("stage")).otherwise("stage") + " in service",
    )


def _of_works() -> pl.Expr:
    """Capacity in units a year is that of works that make goods for a stage, not of the stage itself."""
    return pl.col("unit").str.ends_with("/year")


def _outputs(results: Results) -> pl.DataFrame:
    """Goods that are traded worldwide, by the stage that makes them."""
    flows = results.frame("flows").filter(
        (pl.col("flow") == "out") & (pl.col("place") == WORLD) & pl.col("kind").is_in(["good", "service"])
    )
    made = flows.pipe(grouped, "stage", "unit", "period").agg(pl.col("value").sum()).sort("stage", "unit")
    return _flow(made, pl.lit("output of ") + pl.col("stage"))


def _prices(results: Results) -> pl.DataFrame:
    """Prices of the target and of what its makers run on: means over places and slices, by use."""
    target = str(results.run["target"])
    flows = results.frame("flows")
    makers = flows.filter((pl.col("commodity") == target) & (pl.col("flow") == "out")).select("process").unique()
    needs = flows.join(makers, on="process", how="semi").filter(pl.col("flow") == "in")["commodity"].unique().sort()
    used = flows.filter(pl.col("flow").is_in(["in", "build"])).select("commodity", "place", "period", "value")
    asked = results.frame("demand").select("commodity", "period", place="region", value="served")
    here = ["commodity", "place", "period"]
    amounts = pl.concat([used, asked.select(used.columns)]).pipe(grouped, *here).agg(amount=pl.col("value").sum())
    weights = results.frame("slices").select("slice", "weight")
    sliced = results.prices.join(weights, on="slice", how="left").with_columns(pl.col("weight").fill_null(1.0))
    yearly = sliced.pipe(grouped, *here, "unit").agg(price=(pl.col("price") * pl.col("weight")).sum())
    joined = yearly.join(amounts, on=here).filter(pl.col("amount") > NEGLIGIBLE)
    mean = (pl.col("price") * pl.col("amount")).sum() / pl.col("amount").sum()
    means = joined.pipe(grouped, "commodity", "period", "unit").agg(value=mean)
    goods = pl.DataFrame({"commodity": [target, *(need for need in needs if need != target)]})
    told = goods.join(means, on="commodity", maintain_order="left")
    return told.select("period", "value", "unit", quantity=pl.lit(PRICE) + pl.col("commodity"))


# --- money ------------------------------------------------------------------------------------------------------------


def _money_by_period(results: Results, transfer: bool) -> pl.DataFrame:
    """Undiscounted money of each period by date of payment, as money a year."""
    paid = _dated(results, transfer).pipe(grouped, "period", "years").agg(pl.col("part").sum())
    unit = f"{results.run['money_unit']}/year"
    name = "transfers" if transfer else "money"
    return paid.select("period", value=pl.col("part") / pl.col("years"), unit=pl.lit(unit), quantity=pl.lit(name))


def _money_by_stage(results: Results, transfer: bool) -> pl.DataFrame:
    """Undiscounted money paid in all years that are shown, by stage; what has no stage goes by its item."""
    paid = _dated(results, transfer).pipe(grouped, "stage").agg(value=pl.col("part").sum()).sort("stage")
    name = pl.lit("transfers in " if transfer else "money for ") + pl.col("stage")
    unit = pl.lit(str(results.run["money_unit"]))
    return paid.select(name.alias("quantity"), pl.lit(None, pl.String).alias("period"), "value", unit.alias("unit"))


def _dated(results: Results, transfer: bool) -> pl.DataFrame:
    """What is paid in each shown period: stage, period, years, part; a year's money is spread evenly over its days."""
    lines = real_money(results.ledger).filter(pl.col("transfer") == transfer)
    stage = pl.coalesce("stage", "item")
    yearly = lines.pipe(grouped, "year", stage.alias("stage")).agg(pl.col("paid").sum())
    shown = results.frame("periods").filter("shown").select("period", "start", "end", "years")
    crossed = yearly.join(shown, how="cross")
    overlap = pl.min_horizontal("end", pl.col("year") + 1.0) - pl.max_horizontal(
        "start", pl.col("year").cast(pl.Float64)
    )
    inside = crossed.with_columns(part=pl.col("paid") * overlap).filter(overlap > NEGLIGIBLE)
    return inside.filter(pl.col("part").abs() > NEGLIGIBLE)


# --- private ----------------------------------------------------------------------------------------------------------


def _flow(frame: pl.DataFrame, name: pl.Expr) -> pl.DataFrame:
    return frame.select(name.alias("quantity"), "period", "value", unit=per_year(pl.col("unit")))


def _shown(results: Results) -> list[str]:
    return results.frame("periods").filter("shown").sort("index")["period"].to_list()


def _common(one: Results, other: Results) -> list[str]:
    both = [period for period in _shown(one) if period in _shown(other)]
    if not both:
        raise StoreError("the runs have no period in common: compare plans over the same years")
    return both


def _names(runs: Sequence[Results]) -> list[str]:
    """A name for each run that no other has: its folder's, else its scenario's, else its case's."""
    said = [_name(run) for run in runs]
    return [name if said.count(name) == 1 else f"{name} ({said[:at].count(name) + 1})" for at, name in enumerate(said)]


def _name(run: Results) -> str:
    return str(run.run.get("name") or run.run.get("scenario") or run.run["case"])
