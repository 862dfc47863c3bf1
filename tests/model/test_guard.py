"""No row that was asked for is lost, none that cannot hold is hidden, no term goes astray."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from model.golden_case import golden_case
from model.small_cases import Tables, cost, demand, existing, goods, limit, plant, process, site, small_case
from teraplan.case.case import Case
from teraplan.errors import CaseError, Infeasible
from teraplan.model import build
from teraplan.model.algebra import Expression, Rows
from teraplan.model.build import build_problem, numbered
from teraplan.model.equations import EQUATIONS
from teraplan.model.problem import Problem
from teraplan.model.variables import Variables, declare_variables
from teraplan.solver import solve

TWO = [(2025, 2027, 1)]


@pytest.fixture(scope="module")
def golden(tmp_path_factory: pytest.TempPathFactory) -> tuple[Case, Problem]:
    case = golden_case(tmp_path_factory.mktemp("golden"))
    return case, build_problem(case)


def fab(lead: float = 0, **columns: object) -> tuple[Tables, ...]:
    return (plant("fab", {"compute": 1}), site("fab", lead=lead, **columns), cost("fab", "capex", 1))


def rows(left: list[tuple[str, int, float]], right: list[tuple[str, float]], where: list[str]) -> Rows:
    """Rows labelled by a good: terms (good, column, coefficient), numbers (good, value)."""
    terms = pl.DataFrame(left, schema=["good", "column", "coefficient"], orient="row")
    numbers = pl.DataFrame(right, schema={"good": pl.String, "value": pl.Float64}, orient="row")
    return Rows(Expression(("good",), terms), ">=", numbers, pl.DataFrame({"good": where}))


def test_a_row_whose_variables_are_all_absent_and_that_cannot_hold_is_a_fault_with_its_labels(tmp_path: Path) -> None:
    """4 are wanted in 2025 and the first fab starts in 2026."""
    case = small_case(tmp_path, goods("compute"), *fab(lead=12), demand("compute", 4), period=TWO)
    with pytest.raises(CaseError) as raised:
        build_problem(case)
    [fault] = raised.value.faults
    assert fault.where == "commodity_balance, commodity compute, place USA, period 2025"
    assert "0 >= 4" in fault.what


def test_a_sum_that_became_empty_is_found(tmp_path: Path) -> None:
    """In 2025 only a loop runs, which gives back as much as it takes: 1 - 1 = 0 of anything against a demand of 5."""
    case = small_case(
        tmp_path,
        goods("compute"),
        process("loop", {"compute": 1}, {"compute": 1}),
        {"sites": [{"process": "loop", "region": "USA"}]},
        *fab(lead=12),
        demand("compute", 5),
        period=TWO,
    )
    with pytest.raises(CaseError, match=r"commodity_balance, commodity compute, place USA, period 2025\n.*0 >= 5"):
        build_problem(case)


def test_everything_that_cannot_hold_is_said_at_once(tmp_path: Path) -> None:
    """Neither the demand of 2025 nor an order in 2026, when the window is closed, nor capacity that cannot be there."""
    case = small_case(
        tmp_path,
        goods("compute"),
        *fab(lead=6, last_year=2025),
        limit("order_min", "fab", 1, year=2026),
        limit("capacity_min", "fab", 2),
        demand("compute", {2025: 0, 2026: 1}),
        period=[(2025, 2027, 0.5)],
    )
    with pytest.raises(CaseError) as raised:
        build_problem(case)
    assert [fault.where for fault in raised.value.faults] == [
        "orders_at_least, limit of_fab, group fab, place *, period 2026H1",
        "orders_at_least, limit of_fab, group fab, place *, period 2026H2",
        "capacity_at_least, limit of_fab, group fab, place *, period 2025H1",
    ]


def test_a_row_without_variables_that_holds_is_no_fault(tmp_path: Path) -> None:
    case = small_case(
        tmp_path,
        goods("compute"),
        plant("fab", {"compute": 1}),
        existing("fab", 4),
        limit("capacity_max", "fab", 5),
        demand("compute", 4),
        period=TWO,
    )
    problem = build_problem(case)
    at = (problem.rows["equation"] == "capacity_at_most").to_numpy()
    assert problem.program.matrix[at].nnz == 0
    assert problem.program.row_upper[at] == pytest.approx([1, 1])


def test_the_matrix_has_every_row_that_was_asked_for(golden: tuple[Case, Problem]) -> None:
    case, problem = golden
    v = declare_variables(case)
    wanted = [(equation.__name__, equation(case, v).where.unique().height) for equation in EQUATIONS]
    counted = problem.rows.group_by("equation", maintain_order=True).agg(pl.len()).rows()
    assert counted == wanted
    assert problem.program.matrix.shape == (sum(count for _, count in wanted), problem.columns.height)


def test_every_column_has_its_labels_and_its_bounds(golden: tuple[Case, Problem]) -> None:
    problem = golden[1]
    assert problem.columns["column"].to_list() == list(range(problem.columns.height))
    assert not problem.columns.drop("column").is_duplicated().any()
    assert (problem.program.column_lower == 0).all()
    assert not np.isnan(problem.program.column_upper).any()


def test_what_is_kept_of_another_plan_bounds_its_columns(golden: tuple[Case, Problem]) -> None:
    """Fixed at 2, a floor of 1.5, a ceiling of 0.25 below the width of the step; a floor above a ceiling by less than a
    millionth is rounding, and the floor holds.
    """
    case = golden[0]
    kept = pl.DataFrame(
        [
            ("order", "fab", "USA", "2025", None, None, None, 2.0, 2.0),
            ("order", "fab", "TWN", "2025", None, None, None, 1.5, None),
            ("order", "fab", "USA", "2026", None, None, None, 3.0, 3.0 - 1e-7),
            ("shortage", None, "USA", "2025", "chip", "all", "1", None, 0.25),
        ],
        schema=["variable", "process", "region", "period", "commodity", "buyer", "step", "lower", "upper"],
        orient="row",
    )
    problem = build_problem(replace(case, kept=kept))
    bounds = problem.columns.with_columns(
        lower=pl.Series(problem.program.column_lower), upper=pl.Series(problem.program.column_upper)
    )
    labels = kept.columns[:-2]
    found = kept.select(labels).join(bounds, on=labels, how="left", nulls_equal=True, maintain_order="left")
    assert found.select("lower", "upper").rows() == [(2.0, 2.0), (1.5, float("inf")), (3.0, 3.0), (0.0, 0.25)]


def test_a_kept_plan_that_asks_for_more_than_there_is_is_infeasible_and_named(tmp_path: Path) -> None:
    """5 of activity are kept; of the capacity that is there only 4 can run."""
    case = small_case(
        tmp_path, goods("compute"), plant("fab", {"compute": 1}), existing("fab", 4), demand("compute", 1), period=TWO
    )
    key = {"variable": "activity", "process": "fab", "mode": "main", "region": "USA", "period": "2025"}
    kept = pl.DataFrame([{**key, "lower": 5.0, "upper": 5.0}])
    with pytest.raises(Infeasible) as raised:
        solve(build_problem(replace(case, kept=kept)))
    [culprit] = raised.value.culprits
    assert (culprit.equation, culprit.amount) == ("activity", pytest.approx(1))


def test_every_cost_line_is_in_the_view_or_out_of_it(golden: tuple[Case, Problem]) -> None:
    lines = golden[1].cost_terms
    assert lines.select("in_view", "transfer").null_count().row(0) == (0, 0)
    assert lines.select("paid", "charged", "beyond").null_count().row(0) == (0, 0, 0)


@pytest.mark.parametrize(
    ("stray", "message"),
    [
        (rows([("chip", 0, 1.0), ("tool", 1, 1.0)], [("chip", 5.0)], ["chip"]), "no row has: {'good': 'tool'}"),
        (rows([("chip", 0, 1.0)], [("tool", 5.0)], ["chip"]), "no row has: {'good': 'tool'}"),
        (rows([("chip", 0, float("nan"))], [("chip", 5.0)], ["chip"]), "not a finite number"),
    ],
)
def test_a_term_or_a_number_without_a_row_stops_the_build(stray: Rows, message: str) -> None:
    with pytest.raises(AssertionError, match=message):
        numbered("equation", stray, 0)


def test_a_sum_that_was_forgotten_stops_the_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Terms that have a label more than the rows would be added up in silence."""

    def forgetful(case: Case, v: Variables) -> Rows:
        sites = case.order_sites.select("process").unique()
        return Rows(v.order, "<=", sites.with_columns(value=1.0), sites)

    monkeypatch.setattr(build, "EQUATIONS", (forgetful,))
    case = small_case(tmp_path, goods("compute"), *fab(), demand("compute", 4), period=TWO)
    with pytest.raises(AssertionError, match="forgetful: terms are labelled"):
        build_problem(case)


def test_two_numbers_for_one_row_are_a_fault() -> None:
    with pytest.raises(CaseError, match="equation, good chip\n    the case gives two numbers for this row"):
        numbered("equation", rows([("chip", 0, 1.0)], [("chip", 5.0), ("chip", 6.0)], ["chip"]), 0)


def test_a_row_asked_for_twice_is_one_row_and_a_number_left_out_is_zero() -> None:
    stated = numbered("equation", rows([("chip", 7, 2.0)], [], ["tool", "chip", "chip"]), 10)
    assert stated.rows.rows() == [(10, "chip", 0.0), (11, "tool", 0.0)]
    assert stated.entries.rows() == [(10, 7, 2.0)]
