"""Case -> Problem: declare the columns, state the equations in reading order, add up what it costs."""

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse

from teraplan.case.case import Case
from teraplan.errors import CaseError, Fault
from teraplan.model.algebra import Rows
from teraplan.model.equations import EQUATIONS
from teraplan.model.objective import cost_terms, target_terms
from teraplan.model.problem import LinearProgram, Problem
from teraplan.model.quantities import SITE
from teraplan.model.variables import Variables, declare_variables

TOLERANCE = 1e-9


def build_problem(case: Case) -> Problem:
    """Return the planning problem of a case; every row carries the name of its equation, every column its labels.

    Raises CaseError where a row has no variables and cannot hold, or where a kept plan names what the case lacks.
    """
    v = declare_variables(case)
    statements = [(equation.__name__, equation(case, v)) for equation in EQUATIONS]
    rows, matrix, lower, upper = _matrix(statements, v.columns.height)
    terms = cost_terms(case, v)
    column_lower, column_upper = _bounds(case, v)
    program = LinearProgram(
        cost=_summed(terms.filter(pl.col("in_view")), "charged", v.columns.height),
        offset=float(terms.filter(pl.col("in_view") & pl.col("column").is_null())["charged"].sum()),
        matrix=matrix,
        row_lower=lower,
        row_upper=upper,
        column_lower=column_lower,
        column_upper=column_upper,
        integer=None,
    )
    return Problem(program=program, columns=v.columns, rows=rows, cost_terms=terms, target=_target(case, v))


def _matrix(
    statements: list[tuple[str, Rows]], width: int
) -> tuple[pl.DataFrame, sparse.csr_matrix, NDArray[np.float64], NDArray[np.float64]]:
    """Stack the rows of all equations; the guard lives here: no row that was asked for is lost, none that fails is hidden."""
    tables, row_at, column_at, coefficient, lower, upper, faults = [], [], [], [], [], [], []
    height = 0
    for name, rows in statements:
        labels = rows.where.columns
        numbered = rows.where.unique().sort(labels, nulls_last=False).with_row_index("row", offset=height)
        placed = rows.left.terms.join(numbered, on=labels, how="left", nulls_equal=True)
        right = numbered.join(rows.right, on=labels, how="left", nulls_equal=True, maintain_order="left")[
            "value"
        ].fill_null(0.0)
        if placed["row"].null_count():
            stray = placed.filter(pl.col("row").is_null()).select(labels).row(0, named=True)
            raise AssertionError(f"{name}: a term has labels that no row has: {stray}")
        faults += _rows_that_cannot_hold(name, rows.sense, numbered, right, placed)
        tables.append(numbered.drop("row").with_columns(equation=pl.lit(name)))
        row_at.append(placed["row"].to_numpy())
        column_at.append(placed["column"].to_numpy())
        coefficient.append(placed["coefficient"].to_numpy())
        lower.append(right.to_numpy() if rows.sense != "<=" else np.full(right.len(), -np.inf))
        upper.append(right.to_numpy() if rows.sense != ">=" else np.full(right.len(), np.inf))
        height += numbered.height
    if faults:
        raise CaseError("case", tuple(faults))
    entries = (np.concatenate(coefficient), (np.concatenate(row_at), np.concatenate(column_at)))
    matrix = sparse.coo_matrix(entries, shape=(height, width)).tocsr()
    matrix.eliminate_zeros()
    return pl.concat(tables, how="diagonal"), matrix, np.concatenate(lower), np.concatenate(upper)


def _rows_that_cannot_hold(
    name: str, sense: str, numbered: pl.DataFrame, right: pl.Series, placed: pl.DataFrame
) -> list[Fault]:
    """A row without variables is 0 against its right-hand side: say so where that cannot hold."""
    wrong = {"<=": right < -TOLERANCE, ">=": right > TOLERANCE, "==": right.abs() > TOLERANCE}[sense]
    filled = numbered["row"].is_in(placed.filter(pl.col("coefficient") != 0)["row"].implode())
    lost = numbered.with_columns(value=right).filter(wrong & ~filled).drop("row")
    return [
        Fault(
            where=f"{name}, "
            + ", ".join(f"{label} {text}" for label, text in row.items() if label != "value" and text),
            what=f"asks for 0 {sense} {row['value']:.6g}: nothing in the case can change this row",
            fix="give it a process, a route or a site that can, or take the number out",
        )
        for row in lost.iter_rows(named=True)
    ]


def _bounds(case: Case, v: Variables) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    lower, upper = np.zeros(v.columns.height), np.full(v.columns.height, np.inf)
    for bounds in (_existing_only(case, v), _steps(case, v), _routes(case, v)):
        upper[bounds["column"].to_numpy()] = bounds["value"].to_numpy()
    kept = _kept_from_another_plan(case, v)
    at = kept["column"].to_numpy()
    np.maximum.at(lower, at, kept["lower"].fill_null(-np.inf).to_numpy())
    np.minimum.at(upper, at, kept["upper"].fill_null(np.inf).to_numpy())
    rounding = 1e-6 * np.maximum(1.0, np.abs(lower))
    return lower, np.where((upper < lower) & (upper > lower - rounding), lower, upper)


def _existing_only(case: Case, v: Variables) -> pl.DataFrame:
    """One-mode activity that no order can add to: at most rate x availability x what exists, as a bound on the column."""
    sized = case.processes.filter(pl.col("capacity_unit").is_not_null()).select("process", "rate")
    parts = []
    for activity, share in ((v.activity, case.availability), (v.sliced_activity, _sliced_share(case))):
        labels = [label for label in activity.labels if label != "mode"]
        single = activity.terms.join(sized, on="process").filter(pl.col("mode").n_unique().over(labels) == 1)
        alone = single.join(case.service, on=[*SITE, "period"], how="anti").join(share, on=labels)
        there = alone.join(case.usable_existing.rename({"value": "existing"}), on=[*SITE, "period"])
        parts.append(there.select("column", value=pl.col("rate") * pl.col("value") * pl.col("existing")))
    return pl.concat(parts)


def _sliced_share(case: Case) -> pl.DataFrame:
    weighted = case.sliced_availability.join(case.slices.select("slice", "weight"), on="slice")
    return weighted.with_columns(pl.col("value") * pl.col("weight")).drop("weight")


def _steps(case: Case, v: Variables) -> pl.DataFrame:
    labels = ["commodity", "region", "buyer", "period", "step"]
    return v.shortage.terms.join(case.demand_steps, on=labels).select("column", value="width")


def _routes(case: Case, v: Variables) -> pl.DataFrame:
    parts = []
    for ship, routes in ((v.ship, case.ship_routes), (v.sliced_ship, case.sliced_ship_routes)):
        limited = ship.terms.join(routes, on=list(ship.labels)).filter(pl.col("capacity").is_not_null())
        share = (
            limited.join(case.slices.select("slice", "weight"), on="slice")
            if "slice" in ship.labels
            else limited.with_columns(weight=1.0)
        )
        parts.append(share.select("column", value=pl.col("capacity") * pl.col("weight")))
    return pl.concat(parts)


def _kept_from_another_plan(case: Case, v: Variables) -> pl.DataFrame:
    """Bounds from a stored plan: column, lower, upper. A kept value that has no column here is a fault."""
    labels = [label for label in case.kept.columns if label not in ("lower", "upper")]
    if not case.kept.height:
        return pl.DataFrame(schema={"column": pl.Int64, "lower": pl.Float64, "upper": pl.Float64})
    found = case.kept.join(v.columns.select(*labels, "column"), on=labels, how="left", nulls_equal=True)
    lost = found.filter(pl.col("column").is_null() & (pl.col("lower").fill_null(0.0) > 1e-6))
    if lost.height:
        raise CaseError(case.name, tuple(_lost(row) for row in lost.head(50).iter_rows(named=True)))
    return found.drop_nulls("column").select("column", "lower", "upper")


def _lost(row: dict[str, object]) -> Fault:
    named = ", ".join(
        str(text)
        for label, text in row.items()
        if text is not None and label not in ("variable", "lower", "upper", "column")
    )
    return Fault(
        where=f"kept plan, {row['variable']}[{named}]",
        what=f"the kept plan has {row['lower']:.6g} there and this case has no such decision",
        fix="keep fewer variables or periods, or give the case the site, route or window that the kept plan used",
    )


def _summed(terms: pl.DataFrame, column: str, width: int) -> NDArray[np.float64]:
    lines = terms.drop_nulls("column")
    return np.bincount(lines["column"].to_numpy(), weights=lines[column].to_numpy(), minlength=width).astype(np.float64)


def _target(case: Case, v: Variables) -> tuple[NDArray[np.float64], float] | None:
    if case.tables.settings.objective != "most_compute":
        return None
    terms = target_terms(case, v)
    return _summed(terms, "weight", v.columns.height), float(terms["constant"].sum())
