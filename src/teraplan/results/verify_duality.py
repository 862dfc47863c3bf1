"""Duals of a plan, checked against its objective: strong duality, signs, and limits that bind where a dual says so.

For a program with rows L <= A x <= U and columns l <= x <= u, an optimum and its duals y, reduced costs r satisfy
objective = sum of y times the limit that it pulls at + sum of r times the bound that it pulls at + constant.
Minimising, a dual above zero pulls at the lower limit, one below zero at the upper; maximising, the other way round.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from teraplan.case.case import Case
from teraplan.results.recompute import SITE, Gap, at_most, equal
from teraplan.results.results import Results
from teraplan.results.verify_limits import PLACES, bounds
from teraplan.results.verify_money import fixed_money
from teraplan.results.verify_target import GIVEN_UP, target_at_no_shortage


@dataclass(frozen=True)
class Step:
    """One solve: names of the columns that hold its duals and reduced costs, its sense, objective and constant."""

    name: str
    dual: str
    reduced_cost: str
    maximise: bool
    objective: float
    constant: float


def duality_gaps(case: Case, results: Results) -> list[Gap]:
    """Return the gaps of each solve of a plan.

    strong duality: relative to the objective. dual of a limit that is not there: relative to one, or to the dual if
    that is larger. limit not reached: share of the limit left open times the dual (or 1 if that is less).
    The stored values of most_compute are those of its second step, which may give up a millionth of the first step's
    amount: the duals of the first step are held against them by what all the open limits are worth together, less
    that millionth, relative to the objective; not where whole numbers differ between the steps.
    """
    first = results.run["most_compute"]
    objective = _number(results.run["objective"])
    fixed = fixed_money(case)
    if not isinstance(first, Mapping):
        return _of_step(case, results, Step("plan", "dual", "reduced_cost", False, objective, fixed), True)
    largest = Step("first step", "dual", "reduced_cost", True, _number(first["value"]), target_at_no_shortage(case))
    cheapest = Step("second step", "second_dual", "second_reduced_cost", False, objective, fixed)
    return [*_of_step(case, results, largest, False), *_of_step(case, results, cheapest, True)]


def _of_step(case: Case, results: Results, step: Step, own_values: bool) -> list[Gap]:
    pulls = _pulls(case, results, step)
    there = pulls.filter(pl.col("limit").is_finite())
    worth = float((there["dual"] * there["limit"]).sum()) + step.constant
    missing = pulls.filter(~pl.col("limit").is_finite()).with_columns(left=pl.col("dual").abs(), right=0.0)
    gaps = [
        equal(f"strong duality, {step.name}", _one(step.name, worth, step.objective, abs(step.objective)), ["of"]),
        at_most(f"dual of a limit that is not there, {step.name}", missing, ["named"]),
    ]
    open_part = (pl.col("value") - pl.col("limit")).abs()
    if not own_values and case.block_sites.height:
        return gaps
    if not own_values:
        left_open = float(there.select((pl.col("dual").abs() * open_part).sum()).item())
        allowed = GIVEN_UP * abs(step.objective)
        row = _one(step.name, left_open, allowed, abs(step.objective))
        return [*gaps, at_most(f"open limits with duals, {step.name}", row, ["of"])]
    size = pl.max_horizontal(pl.lit(1.0), pl.col("value").abs(), pl.col("limit").abs())
    slack = there.with_columns(left=open_part / size * pl.min_horizontal(1.0, pl.col("dual").abs()), right=0.0)
    return [*gaps, at_most(f"limit not reached though it has a dual, {step.name}", slack, ["named"])]


def _one(name: str, left: float, right: float, scale: float) -> pl.DataFrame:
    return pl.DataFrame({"of": [name], "left": [left], "right": [right], "scale": [scale]})


def _pulls(case: Case, results: Results, step: Step) -> pl.DataFrame:
    """Every dual and reduced cost that is not 0: named (its row or column), value, dual, limit (where it pulls at)."""
    rows = results.frame("rows")
    words = [name for name, kind in rows.schema.items() if kind == pl.String and name != "equation"]
    parts = [_pull(rows, step.dual, ["equation", *words], step.maximise)]
    for variable, (_, labels) in PLACES.items():
        columns = bounds(case, results, variable)
        if variable == "blocks":
            columns = _held(columns, step)
        if variable in ("activity", "sliced_activity"):
            columns = _with_capacity(case, columns, variable)
        named = columns.with_columns(equation=pl.lit(variable))
        parts.append(_pull(named, step.reduced_cost, ["equation", *labels], step.maximise))
    return pl.concat(parts)


def _pull(frame: pl.DataFrame, dual: str, words: list[str], maximise: bool) -> pl.DataFrame:
    given = frame.filter(pl.col(dual).fill_null(0.0) != 0.0)
    at_lower = (pl.col(dual) < 0) if maximise else (pl.col(dual) > 0)
    return given.select(
        named=pl.concat_str(words, separator=", ", ignore_nulls=True),
        value="value",
        dual=pl.col(dual),
        limit=pl.when(at_lower).then("lower").otherwise("upper"),
    )


def _held(columns: pl.DataFrame, step: Step) -> pl.DataFrame:
    """Whole numbers have duals only where they are held: at their values, in the first step at those that it found."""
    at = "first_value" if step.maximise else "value"
    return columns.with_columns(value=pl.col(at), lower=pl.col(at), upper=pl.col(at))


def _with_capacity(case: Case, columns: pl.DataFrame, variable: str) -> pl.DataFrame:
    """Cap one-mode activity whose capacity no decision changes: rate x availability (x weight) x existing capacity."""
    field, labels = PLACES[variable]
    places: pl.DataFrame = getattr(case, field)
    where = [label for label in labels if label != "mode"]
    share = case.availability if variable == "activity" else case.sliced_availability
    alone = (
        places.select(labels)
        .filter(pl.col("mode").n_unique().over(where) == 1)
        .join(case.service, on=[*SITE, "period"], how="anti")
        .join(case.retired_service.rename({"period": "at", "later": "period"}), on=[*SITE, "period"], how="anti")
        .join(case.processes.filter(pl.col("capacity_unit").is_not_null()).select("process", "rate"), on="process")
        .join(case.usable_existing.rename({"value": "existing"}), on=[*SITE, "period"])
        .join(share.select(*where, share="value"), on=where)
    )
    most = pl.col("rate") * pl.col("share") * pl.col("existing")
    if "slice" in labels:
        alone = alone.join(case.slices.select("slice", "weight"), on="slice")
        most = most * pl.col("weight")
    capped = columns.join(alone.select(*labels, most=most), on=list(labels), how="left")
    return capped.with_columns(upper=pl.min_horizontal("upper", "most"))


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else float("nan")
