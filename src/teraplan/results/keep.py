"""A stored plan under a new one: which variables it fixes or floors, and the programme on top of it."""

from collections.abc import Mapping, Sequence

import polars as pl

from teraplan.case.case import Case, Programme
from teraplan.case.edit import matches
from teraplan.case.resolve import money_factor
from teraplan.case.settings import Keep, ProgrammeSettings
from teraplan.errors import CaseError, Fault, did_you_mean
from teraplan.model.variables import VARIABLES, Variable
from teraplan.results.ledger import real_money
from teraplan.results.results import Results

SLACK = 1e-6
LABELS = ("process", "mode", "region", "period", "slice", "commodity", "origin", "destination", "buyer", "step")
SITE = ("process", "region")


def kept_bounds(case: Case, keeps: Sequence[Keep], baselines: Mapping[str, Results]) -> pl.DataFrame:
    """Return bounds that hold variables at, or not below, those of stored plans: variable, labels, lower, upper, run.

    What a stored plan does not have is 0. Floors give way by 1e-6 of the value. Fixed values do not give way: a band of
    a millionth around each made the solver call feasible programmes infeasible, and columns that are fixed leave the
    program. Raises CaseError for a variable that there is not, or a label that a variable does not have.
    """
    _check(case, keeps)
    parts = [
        _bounds(case, keep, variable, baselines[keep.run]).with_columns(run=pl.lit(keep.run))
        for keep in keeps
        for variable in VARIABLES
        if variable.name in keep.variables
    ]
    return _stacked(parts)


def programme_bounds(case: Case, programme: ProgrammeSettings, baseline: Results) -> pl.DataFrame:
    """Return the bounds that a programme adds: no orders of its own outside its years and groups, and every other final
    demand served at least as in the baseline."""
    orders = _joined(case, _variable("order"), baseline)
    inside = _window(case, programme.from_, programme.until)
    may = _fundable(case, orders, programme) & pl.col("period").is_in(inside.implode())
    fixed = orders.filter(~may).with_columns(lower=pl.col("value"), upper=pl.col("value"))
    target = case.tables.settings.target.commodity
    others = _joined(case, _variable("shortage"), baseline).filter(pl.col("commodity") != target)
    served = others.with_columns(
        lower=pl.lit(None, pl.Float64), upper=pl.col("value") + SLACK * pl.max_horizontal(1.0, "value")
    )
    return _stacked([fixed.with_columns(variable=pl.lit("order")), served.with_columns(variable=pl.lit("shortage"))])


def programme_of(case: Case, programme: ProgrammeSettings, baseline: Results) -> Programme:
    """Return the programme as the model takes it: budget in the case's money unit, and what the baseline does already.

    Running money of the baseline is every line of its ledger that follows activity or capacity in service, with
    transfers.
    """
    inside = _window(case, programme.from_, programme.until)
    starts = case.periods.filter(pl.col("period").is_in(inside.implode()))["start"]
    lines = real_money(baseline.ledger).filter(
        pl.col("term").is_in(["fixed_cost", "running_cost", "freight_cost", "carrying_cost"])
    )
    running = float(lines.filter(pl.col("period").is_in(inside.implode()))["paid"].sum())
    orders = baseline.frame("order").select(*SITE, "period", "value")
    return Programme(
        budget=programme.budget * money_factor(case.tables.settings),
        first=float(starts.min()),  # type: ignore[arg-type]
        last=float(starts.max()),  # type: ignore[arg-type]
        kept_orders=orders,
        running_baseline=running,
    )


def _check(case: Case, keeps: Sequence[Keep]) -> None:
    """Every variable that is kept is one of the model's, with the labels by which it is chosen, in some period."""
    labels = {variable.name: variable.labels for variable in VARIABLES}
    faults = []
    for keep in keeps:
        where = f"scenario, keep of {keep.run}"
        if _window(case, keep.from_, keep.until).is_empty():
            starts = case.periods["start"].to_list()
            what = f"no period starts from {_year(keep.from_)} to {_year(keep.until)}: nothing is held"
            faults.append(Fault(where, what, f"name a year from {min(starts):g} to {max(starts):g}"))
        for name in keep.variables:
            if name not in labels:
                faults.append(Fault(where, f"there is no variable {name!r}", did_you_mean(name, labels)))
                continue
            for label in keep.where:
                if label not in labels[name]:
                    what = f"{name} has no label {label!r}"
                    faults.append(Fault(where, what, did_you_mean(label, labels[name])))
    if faults:
        raise CaseError(case.name, tuple(faults))


def _bounds(case: Case, keep: Keep, variable: Variable, baseline: Results) -> pl.DataFrame:
    joined = _joined(case, variable, baseline)
    chosen = joined.filter(pl.col("period").is_in(_window(case, keep.from_, keep.until).implode()))
    for label, wanted in keep.where.items():
        chosen = chosen.filter(matches(pl.col(label), wanted))
    value = pl.col("value")
    if keep.as_ == "floor":
        return chosen.with_columns(
            variable=pl.lit(variable.name), lower=value * (1 - SLACK), upper=pl.lit(None, pl.Float64)
        )
    return chosen.with_columns(variable=pl.lit(variable.name), lower=value, upper=value)


def _joined(case: Case, variable: Variable, baseline: Results) -> pl.DataFrame:
    """Every place of a variable in the case, and every place where the baseline has it, with the baseline's value."""
    labels = list(variable.labels)
    places: pl.DataFrame = getattr(case, variable.exists)
    values = baseline.frame(variable.name).select(*labels, "value").filter(pl.col("value") > 1e-9)
    return (
        places.select(labels)
        .unique()
        .join(values, on=labels, how="full", coalesce=True, nulls_equal=True)
        .with_columns(pl.col("value").fill_null(0.0))
    )


def _window(case: Case, first: float | None, last: float | None) -> pl.Series:
    start = pl.col("start")
    chosen = case.periods.filter(
        (start >= (first if first is not None else -9e9)) & (start < (last if last is not None else 9e9) + 1)
    )
    return chosen["period"]


def _fundable(case: Case, orders: pl.DataFrame, programme: ProgrammeSettings) -> pl.Expr:
    """Which orders the programme may fund: all, or those that one of its groups matches label by label."""
    if not programme.groups:
        return pl.lit(True)
    allowed = pl.lit(False)
    for group in programme.groups:
        one = pl.lit(True)
        for label, wanted in group.items():
            one = one & matches(pl.col(label), wanted)
        allowed = allowed | one
    return allowed


def _variable(name: str) -> Variable:
    return next(variable for variable in VARIABLES if variable.name == name)


def _year(year: float | None) -> str:
    return "any time on" if year is None else f"{year:g}"


def _stacked(parts: Sequence[pl.DataFrame]) -> pl.DataFrame:
    empty = pl.DataFrame(
        schema={
            "variable": pl.String,
            **dict.fromkeys(LABELS, pl.String),
            "lower": pl.Float64,
            "upper": pl.Float64,
            "run": pl.String,
        }
    )
    return pl.concat([empty, *[part.drop("value") for part in parts]], how="diagonal")
