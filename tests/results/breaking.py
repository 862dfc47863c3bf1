"""Ways to break a plan: another number in one of its tables, or a case that allows less than its own did."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import wraps

import polars as pl

from teraplan.case.case import Case
from teraplan.model.algebra import Rows
from teraplan.model.variables import Variables
from teraplan.results.results import Results

Break = Callable[[Case, Results], tuple[Case, Results]]


def with_frame(results: Results, name: str, frame: pl.DataFrame) -> Results:
    return replace(results, frames={**results.frames, name: frame})


def chosen(frame: pl.DataFrame, labels: Mapping[str, object]) -> pl.Expr:
    wanted = pl.lit(True)
    for label, text in labels.items():
        wanted = wanted & (pl.col(label) == text)
    assert frame.filter(wanted).height, f"nothing has {labels}"
    return wanted


def scaled(variable: str, factor: float, column: str = "value", **labels: object) -> Break:
    """The values of a table, those with these labels, times a factor."""

    def apply(case: Case, results: Results) -> tuple[Case, Results]:
        frame = results.frame(variable)
        mine = chosen(frame, labels)
        changed = pl.when(mine).then(pl.col(column) * factor).otherwise(pl.col(column))
        return case, with_frame(results, variable, frame.with_columns(changed.alias(column)))

    return apply


def added(variable: str, value: float, **labels: object) -> Break:
    """A row more in a variable's table."""

    def apply(case: Case, results: Results) -> tuple[Case, Results]:
        frame = results.frame(variable)
        row = pl.DataFrame([{**labels, "value": value, "reduced_cost": 0.0}])
        return case, with_frame(results, variable, pl.concat([frame, row], how="diagonal"))

    return apply


def allowed(field: str, value: float, column: str = "value", **labels: object) -> Break:
    """The case with another number where a table of it has these labels."""

    def apply(case: Case, results: Results) -> tuple[Case, Results]:
        frame: pl.DataFrame = getattr(case, field)
        mine = chosen(frame, labels)
        changed = pl.when(mine).then(pl.lit(value)).otherwise(pl.col(column))
        return replace(case, **{field: frame.with_columns(changed.alias(column))}), results  # type: ignore[arg-type]

    return apply


def run_says(**facts: object) -> Break:
    def apply(case: Case, results: Results) -> tuple[Case, Results]:
        return case, replace(results, run={**results.run, **facts})

    return apply


def kept(variable: str, lower: float | None, upper: float | None, **labels: str) -> Break:
    """The case with a place where a stored plan fixes, floors or caps a variable."""

    def apply(case: Case, results: Results) -> tuple[Case, Results]:
        row = {"variable": variable, **labels, "lower": lower, "upper": upper}
        schema = {"lower": pl.Float64, "upper": pl.Float64}
        return replace(case, kept=pl.DataFrame([row], schema_overrides=schema)), results

    return apply


def without_rows(equation: Callable[[Case, Variables], Rows]) -> Callable[[Case, Variables], Rows]:
    """The equation, asking for no row at all; of balances, for none but those of compute, so that some is made."""
    left = pl.col("commodity") == "compute" if equation.__name__ == "commodity_balance" else pl.lit(False)

    @wraps(equation)
    def fewer(case: Case, v: Variables) -> Rows:
        rows = equation(case, v)
        terms = rows.left.terms.filter(left)
        return Rows(replace(rows.left, terms=terms), rows.sense, rows.right.filter(left), rows.where.filter(left))

    return fewer
