"""What a shock costs: read off the solution of each cell in its worker, and set against that without a shock."""

from dataclasses import dataclass

import polars as pl

from teraplan.case.case import Case
from teraplan.results.bottlenecks import CAPACITY_ROWS, KINDS
from teraplan.results.derive import BALANCES
from teraplan.solver import Solution
from teraplan.uncertainty.stress.settled import FORBIDDING, MOMENT, UNPRICED

RECOVERED = 0.99
"""Share of what is served without the shock at which a plan has recovered."""
NEGLIGIBLE = 1e-9
MONTHS = 12.0
READ = {"measure": pl.String, "what": pl.String, "place": pl.String, "period": pl.String, "value": pl.Float64}
"""Columns of what is read off a solution; see `read`."""
LIMITS = (*KINDS, "orders_grow_no_faster")


@dataclass(frozen=True)
class Loss:
    """What a shock takes from a plan, against the same plan without it."""

    lost: float
    """Target that is not served, all periods in which less is served [target]."""
    lost_share: float
    """Of what is served without the shock from its start until it has recovered, one period at least [1]."""
    peak: float
    """The largest loss of a period [target / year]."""
    peak_share: float
    """The same, of what that period serves without the shock [1]."""
    peak_period: str | None
    """The period of the largest loss; none without a loss."""
    money: float | None
    """What the plan costs more, with what is not served at the price of its demand curve [money, discounted]; none
    where the shock is one of demand."""
    cost: float
    """The part of it that is paid [money, discounted]."""
    unserved: float | None
    """The part of it that is the value of what is not served [money, discounted]."""
    missed: float
    """The part of that which must be met, at its highest price without the shock [money, discounted]."""
    recover: float | None
    """Time until 99 % of what would be served is served again [month]; none: not before the horizon ends."""
    stage: str | None
    """The stage whose scarcity grows most; none where nothing is scarcer."""
    binding: str | None
    """The process or limit of that stage whose scarcity grows most."""


def read(case: Case, solution: Solution) -> pl.DataFrame:
    """Return what the cells of a stress test are judged by: measure, what, place, period, value.

    objective; unserved (commodity) and missed (commodity) [money, discounted]; served (of the target, by period)
    [target / year]; capacity (process, region, period) and limit (stage, limit and group, period): their duals, the
    latter times the limit [money, discounted]; order (process, region, period): what one unit more would cost net
    [money, discounted]; balance (commodity, place, period): the dual [money, discounted, per unit a year].
    """
    columns = solution.problem.columns.with_columns(
        value=pl.Series(solution.value), reduced=pl.Series(solution.reduced_cost)
    )
    program = solution.problem.program
    rows = solution.problem.rows.with_columns(dual=pl.Series(solution.row_dual), upper=pl.Series(program.row_upper))
    parts = [
        pl.DataFrame({"measure": "objective", "value": solution.objective}),
        _unserved(solution, columns),
        _served(case, columns),
        _capacity_duals(case, columns, rows),
        _limit_rents(case, rows),
        _orders(columns),
        _balances(case, rows),
    ]
    whole = pl.concat([pl.DataFrame(schema=READ), *parts], how="diagonal").select(list(READ))
    return whole.with_columns(pl.col("what", "place", "period").fill_null(""))


def loss_of(base: pl.DataFrame, cell: pl.DataFrame, periods: pl.DataFrame, start: float, plan: pl.DataFrame) -> Loss:
    """Return what a shock takes: `read` of the plan without it and with it.

    periods: period, start, end, years. plan: process, region, period, stage, available: capacity of the plan.
    """
    serving = _both(base, cell, "served").join(periods, on="period").filter(pl.col("end") > start + MOMENT)
    serving = serving.sort("start").with_columns(short=(pl.col("before") - pl.col("after")).clip(lower_bound=0.0))
    short = serving.with_columns(
        short=pl.when(pl.col("short") > NEGLIGIBLE * pl.col("before")).then("short").otherwise(0.0)
    )
    lost = float((short["short"] * short["years"]).sum())
    worst = short.sort("short", descending=True).row(0, named=True) if lost > 0 else None
    below = short.filter(pl.col("after") < RECOVERED * pl.col("before"))
    until = float(below["end"].max()) if below.height else start  # type: ignore[arg-type]
    over = until > float(periods["end"].max()) - MOMENT  # type: ignore[arg-type]
    money, unserved, missed = money_of(cell) - money_of(base), *_grown(base, cell, "unserved", "missed")
    stage, binding = _binding(base, cell, plan)
    return Loss(
        lost=lost,
        lost_share=_share(short, max(until, float(short["end"][0]))),
        peak=0.0 if worst is None else worst["short"],
        peak_share=0.0 if worst is None else worst["short"] / worst["before"],
        peak_period=None if worst is None else worst["period"],
        money=money,
        cost=money - unserved - missed,
        unserved=unserved + missed,
        missed=missed,
        recover=None if over else MONTHS * (until - start),
        stage=stage,
        binding=binding,
    )


def money_of(rows: pl.DataFrame) -> float:
    """Return the objective of what was read, with what must be met at its highest price [money, discounted]."""
    return _total(rows, "objective") - (FORBIDDING - 1.0) * _total(rows, "missed")


# --- reading ----------------------------------------------------------------------------------------------------------


def _unserved(solution: Solution, columns: pl.DataFrame) -> pl.DataFrame:
    """Value of what is not served by commodity; of what must be met at its highest price, not the forbidding one."""
    terms = solution.problem.cost_terms.filter(pl.col("term") == "shortage_value").select("column", "charged")
    missed = terms.join(columns.select("column", "commodity", "buyer", "value"), on="column")
    unpriced = pl.col("buyer") == UNPRICED
    worth = missed.with_columns(
        measure=pl.when(unpriced).then(pl.lit("missed")).otherwise(pl.lit("unserved")),
        value=pl.col("charged") * pl.col("value") / pl.when(unpriced).then(FORBIDDING).otherwise(1.0),
    )
    return worth.group_by("measure", what="commodity").agg(pl.col("value").sum()).sort("measure", "what")


def _served(case: Case, columns: pl.DataFrame) -> pl.DataFrame:
    target = case.tables.settings.target.commodity
    mine = columns.filter((pl.col("variable") == "shortage") & (pl.col("commodity") == target))
    missed = mine.group_by("period").agg(missed=pl.col("value").sum())
    top = case.demand.filter(pl.col("commodity") == target).group_by("period").agg(top=pl.col("value").sum())
    served = top.join(missed, on="period", how="left").sort("period")
    return served.select("period", measure=pl.lit("served"), value=pl.col("top") - pl.col("missed").fill_null(0.0))


def _capacity_duals(case: Case, columns: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """What one unit more of available capacity would save over a period, at rows and at bounds of columns."""
    rate = case.processes.select("process", "rate", "capacity_unit").drop_nulls("capacity_unit")
    weight = case.slices.select("slice", "weight")
    at_rows = rows.filter(pl.col("equation").is_in(CAPACITY_ROWS) & (pl.col("dual") < -NEGLIGIBLE))
    at_bounds = columns.filter(
        pl.col("variable").is_in(["activity", "sliced_activity"]) & (pl.col("reduced") < -NEGLIGIBLE)
    ).join(rate, on="process")
    labels = ["process", "region", "period", "slice"]
    both = pl.concat(
        [
            at_rows.select(*labels, saved=-pl.col("dual")),
            at_bounds.select(*labels, saved=-pl.col("reduced") * pl.col("rate")),
        ]
    )
    weighted = both.join(weight, on="slice", how="left").with_columns(pl.col("weight").fill_null(1.0))
    summed = weighted.group_by(what="process", place="region", period="period").agg(
        value=(pl.col("saved") * pl.col("weight")).sum()
    )
    return summed.sort("what", "place", "period").with_columns(measure=pl.lit("capacity"))


def _limit_rents(case: Case, rows: pl.DataFrame) -> pl.DataFrame:
    """The rent of each limit that binds, under the stage of the first process that it counts."""
    stages = case.limit_members.join(case.processes.select("process", "stage"), on="process").sort("process")
    first = stages.group_by("limit", "group", "place").agg(pl.col("stage").first())
    binding = rows.filter(pl.col("equation").is_in(LIMITS) & (pl.col("dual") < -NEGLIGIBLE))
    return binding.join(first, on=["limit", "group", "place"]).select(
        "period",
        measure=pl.lit("limit"),
        what="stage",
        place=pl.col("limit") + " of " + pl.col("group"),
        value=-pl.col("dual") * pl.col("upper"),
    )


def _orders(columns: pl.DataFrame) -> pl.DataFrame:
    mine = columns.filter((pl.col("variable") == "order") & (pl.col("reduced").abs() > NEGLIGIBLE))
    return mine.select("period", measure=pl.lit("order"), what="process", place="region", value="reduced")


def _balances(case: Case, rows: pl.DataFrame) -> pl.DataFrame:
    """The dual of each good over a period; of sliced goods spread over the slices by their weights."""
    mine = rows.filter(pl.col("equation").is_in(BALANCES) & (pl.col("dual").abs() > NEGLIGIBLE))
    weighted = mine.join(case.slices.select("slice", "weight"), on="slice", how="left")
    worth = pl.col("dual") * pl.col("weight").fill_null(1.0)
    summed = weighted.group_by("period", what="commodity", place="place").agg(value=worth.sum())
    return summed.sort("what", "place", "period").with_columns(measure=pl.lit("balance"))


# --- comparing --------------------------------------------------------------------------------------------------------


def _both(base: pl.DataFrame, cell: pl.DataFrame, measure: str) -> pl.DataFrame:
    """A measure without and with the shock: what, place, period, before, after; what one lacks is 0."""
    labels = ["what", "place", "period"]
    one, two = (
        frame.filter(pl.col("measure") == measure).select(*labels, pl.col("value").alias(name))
        for frame, name in ((base, "before"), (cell, "after"))
    )
    return one.join(two, on=labels, how="full", coalesce=True).with_columns(pl.col("before", "after").fill_null(0.0))


def _share(short: pl.DataFrame, until: float) -> float:
    """What is lost until a date of what is served until then without the shock [1]."""
    first = short.filter(pl.col("end") <= until + MOMENT)
    return float((first["short"] * first["years"]).sum()) / float((first["before"] * first["years"]).sum())


def _total(frame: pl.DataFrame, measure: str) -> float:
    return float(frame.filter(pl.col("measure") == measure)["value"].sum())


def _grown(base: pl.DataFrame, cell: pl.DataFrame, *measures: str) -> tuple[float, ...]:
    return tuple(_total(cell, measure) - _total(base, measure) for measure in measures)


def _binding(base: pl.DataFrame, cell: pl.DataFrame, plan: pl.DataFrame) -> tuple[str | None, str | None]:
    """The stage whose scarcity grows most, and what of it: duals times the plan's own capacity, and rents of limits."""
    growth = pl.col("after") - pl.col("before")
    here = plan.select("period", "stage", "available", what="process", place="region")
    scarce = _both(base, cell, "capacity").join(here, on=["what", "place", "period"])
    capacity = scarce.select("stage", what="what", grown=growth * pl.col("available"))
    limits = _both(base, cell, "limit").select(stage="what", what="place", grown=growth)
    each = pl.concat([capacity, limits]).group_by("stage", "what").agg(pl.col("grown").sum())
    stages = each.group_by("stage").agg(pl.col("grown").sum()).sort("grown", "stage", descending=[True, False])
    if not stages.height or stages["grown"][0] <= NEGLIGIBLE:
        return None, None
    stage = str(stages["stage"][0])
    mine = each.filter(pl.col("stage") == stage).sort("grown", "what", descending=[True, False])
    return stage, str(mine["what"][0])
