"""Case -> Problem: declare the columns, state the equations in reading order, add up what it costs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse

from teraplan.case.case import Case
from teraplan.errors import CaseError, Fault
from teraplan.model.algebra import Rows, scaled
from teraplan.model.coded import Coded, coded, joined, kind, looked_up, ordered, with_codes
from teraplan.model.equations import EQUATIONS
from teraplan.model.objective import cost_terms, target_terms
from teraplan.model.problem import LinearProgram, Problem
from teraplan.model.quantities import SITE, changeable, one_mode, weights
from teraplan.model.remembered import Remembered
from teraplan.model.variables import VARIABLES, Variables, declare_variables

TOLERANCE = 1e-9
"""A right-hand side this close to zero is zero; so is a coefficient, which HiGHS would leave out."""


@dataclass(frozen=True)
class Stated:
    """The rows of one equation with their numbers in the program.

    rows: `row`, its labels, `value` (right-hand side); entries: `row`, `column`, `coefficient`.
    """

    name: str
    sense: str
    rows: pl.DataFrame
    entries: pl.DataFrame


def build_problem(case: Case, guarded: bool = True, remembered: Remembered | None = None) -> Problem:
    """Return the planning problem of a case; every row carries the name of its equation, every column its labels.

    guarded: whether a row without variables that cannot hold is a fault; who explains why it cannot, wants to see it.
    remembered: what building another case has made already; parts that read nothing that differs are not made again.
    Raises CaseError where a row has no variables and cannot hold, or where a kept plan names what the case lacks.
    """
    made = remembered or Remembered()
    case = coded(case, made)
    v = declare_variables(case, made)
    stated: list[Stated] = []
    for equation in EQUATIONS:
        first = sum(part.rows.height for part in stated)
        stated.append(made(equation.__name__, _stated, equation, case, v, first))
    height = sum(part.rows.height for part in stated)
    matrix, moved = made("matrix", _matrix, [part.entries for part in stated], height, v.count)
    faults = [fault for part in stated for fault in made(f"{part.name} guard", _rows_that_cannot_hold, part, moved)]
    if faults and guarded:
        raise CaseError(case.name, tuple(faults))
    terms = cost_terms(case, v, made)
    column_lower, column_upper = _bounds(case, v, made)
    program = LinearProgram(
        cost=_summed(terms.filter(pl.col("in_view")), "charged", v.count),
        offset=float(terms.filter(pl.col("in_view") & pl.col("column").is_null())["charged"].sum()),
        matrix=matrix,
        row_lower=np.concatenate([_bound(part, part.sense != "<=", -np.inf) for part in stated]),
        row_upper=np.concatenate([_bound(part, part.sense != ">=", np.inf) for part in stated]),
        column_lower=column_lower,
        column_upper=column_upper,
        integer=_whole(v),
    )
    kinds = kind(case), pl.Enum([part.name for part in stated])
    rows = made("rows", _stacked, [made(f"{part.name} names", _row_names, part, *kinds) for part in stated])
    target = made("target", _target, case, v)
    return Problem(program=program, columns=v.listed, rows=rows, cost_terms=Coded(terms), target=target)


def _stated(equation: Callable[[Case, Variables], Rows], case: Case, v: Variables, first: int) -> Stated:
    return numbered(equation.__name__, equation(case, v), first)


def _row_names(part: Stated, labels: pl.DataType, equations: pl.Enum) -> pl.DataFrame:
    named = part.rows.drop("row", "value").with_columns(equation=pl.lit(part.name, equations))
    return with_codes(named, labels) if named.is_empty() else named


def _stacked(parts: Sequence[pl.DataFrame]) -> Coded:
    return Coded(pl.concat(parts, how="diagonal"))


def numbered(name: str, rows: Rows, first: int) -> Stated:
    """Return the rows that an equation asks for, every one and no other, numbered from `first`.

    Raises AssertionError where a term or a number belongs to no row: a mistake of the equation; and CaseError where the
    case gives two numbers for one row.
    """
    labels = rows.where.columns
    if set(rows.left.labels) != set(labels):
        raise AssertionError(f"{name}: terms are labelled {rows.left.labels}, rows {tuple(labels)}")
    terms = rows.left.terms.rechunk()
    if not np.isfinite(terms["coefficient"].to_numpy()).all():
        raise AssertionError(f"{name}: a coefficient is not a finite number")
    where = ordered(rows.where, labels).with_row_index("row", offset=first)
    entries = looked_up(terms, where, labels, "row", "column", "coefficient")
    right = _right(rows.right, where, labels)
    if right.height > where.height:
        twice = rows.right.filter(pl.struct(labels).is_duplicated()).select(labels).unique().sort(labels)
        raise CaseError(name, tuple(_two_numbers(name, row) for row in twice.iter_rows(named=True)))
    if entries.height < terms.height or right["value"].count() < rows.right.height:
        stray = [frame.join(where, on=labels, how="anti", nulls_equal=True) for frame in (terms, rows.right)]
        at = pl.concat([frame.select(labels) for frame in stray]).row(0, named=True)
        raise AssertionError(f"{name}: a term or a number has labels that no row has: {at}")
    return Stated(name, rows.sense, right.with_columns(pl.col("value").fill_null(0.0)), entries)


def _right(right: pl.DataFrame, where: pl.DataFrame, labels: list[str]) -> pl.DataFrame:
    """The rows with their right-hand sides, null where none is given."""
    if right.is_empty():
        return where.with_columns(value=pl.lit(None, pl.Float64))
    return joined(where, right[[*labels, "value"]], labels, how="left")


def _matrix(parts: Sequence[pl.DataFrame], height: int, width: int) -> tuple[sparse.csr_matrix, NDArray[np.bool_]]:
    """Add up the terms that fall on the same row and column; return also which rows have variables."""
    rows, columns = (
        np.concatenate([part[name].to_numpy() for part in parts], dtype=np.int32) for name in ("row", "column")
    )
    numbers = np.concatenate([part["coefficient"].to_numpy() for part in parts])
    matrix = sparse.coo_matrix((numbers, (rows, columns)), shape=(height, width)).tocsr()
    matrix.eliminate_zeros()
    return matrix, _rows_with_variables(matrix)


def _rows_with_variables(matrix: sparse.csr_matrix) -> NDArray[np.bool_]:
    """Return for each row of the matrix whether it has a coefficient that is not nothing."""
    count = np.diff(matrix.indptr)
    tiny = np.flatnonzero((matrix.data <= TOLERANCE) & (matrix.data >= -TOLERANCE))
    lost = np.searchsorted(matrix.indptr, tiny, side="right") - 1
    return np.asarray(count > np.bincount(lost, minlength=count.size))


def _rows_that_cannot_hold(stated: Stated, moved: NDArray[np.bool_]) -> list[Fault]:
    """The guard: a row without variables in the matrix is 0 against its right-hand side; say so where that cannot be.

    moved: which rows of the matrix have variables, all equations together.
    """
    right = stated.rows["value"].to_numpy()
    too_low, too_high = (stated.sense != ">=") & (right < -TOLERANCE), (stated.sense != "<=") & (right > TOLERANCE)
    wrong = (too_low | too_high) & ~moved[stated.rows["row"].to_numpy()]
    if not wrong.any():
        return []
    lost = stated.rows.filter(pl.Series(wrong))
    return [
        Fault(
            where=_at(stated.name, row),
            what=f"asks for 0 {stated.sense} {row['value']:.6g}: nothing in the case can change this row",
            fix="give it a process, a route or a site that can, or take the number out",
        )
        for row in lost.iter_rows(named=True)
    ]


def _two_numbers(name: str, row: dict[str, object]) -> Fault:
    return Fault(_at(name, row), "the case gives two numbers for this row", "keep one of them")


def _at(name: str, row: dict[str, object]) -> str:
    named = (f"{label} {text}" for label, text in row.items() if text is not None and label not in ("row", "value"))
    return ", ".join([name, *named])


def _bound(stated: Stated, bounded: bool, free: float) -> NDArray[np.float64]:
    return stated.rows["value"].to_numpy() if bounded else np.full(stated.rows.height, free)


def _bounds(case: Case, v: Variables, made: Remembered) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    lower, upper = np.zeros(v.count), np.full(v.count, np.inf)
    for bounding in (_existing_only, _steps, _routes):
        bounds = made(bounding.__name__, bounding, case, v)
        upper[bounds["column"].to_numpy()] = bounds["value"].to_numpy()
    kept = _kept_from_another_plan(case, v)
    at = kept["column"].to_numpy()
    np.maximum.at(lower, at, kept["lower"].fill_null(-np.inf).to_numpy())
    np.minimum.at(upper, at, kept["upper"].fill_null(np.inf).to_numpy())
    rounding = 1e-6 * np.maximum(1.0, np.abs(lower))
    return lower, np.where((upper < lower) & (upper > lower - rounding), lower, upper)


def _whole(v: Variables) -> NDArray[np.bool_] | None:
    """Columns that take whole numbers only; None where there are none."""
    names = [variable.name for variable in VARIABLES if variable.whole]
    whole = v.listed.frame["variable"].is_in(names).to_numpy()
    return whole if whole.any() else None


def _existing_only(case: Case, v: Variables) -> pl.DataFrame:
    """One-mode activity whose capacity no decision changes: at most rate x availability x what exists, as bounds."""
    sized = case.processes.filter(pl.col("capacity_unit").is_not_null()).select("process", "rate")
    sliced_share = scaled(case.sliced_availability, weights(case))
    parts = []
    for activity, share in ((v.activity, case.availability), (v.sliced_activity, sliced_share)):
        labels = [label for label in activity.labels if label != "mode"]
        fixed = joined(activity.terms, changeable(case), [*SITE, "period"], how="anti").join(sized, on="process")
        alone = joined(fixed.filter(one_mode(fixed, *labels)), share, labels)
        there = alone.join(case.usable_existing.rename({"value": "existing"}), on=[*SITE, "period"])
        parts.append(there.select("column", value=pl.col("rate") * pl.col("value") * pl.col("existing")))
    return pl.concat(parts)


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
    labels = [label for label in case.kept.columns if label not in ("run", "lower", "upper")]
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
        if text is not None and label not in ("variable", "run", "lower", "upper", "column")
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
    return _summed(terms, "weight", v.count), float(terms["constant"].sum())
