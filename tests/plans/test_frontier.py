"""The frontier: what each budget buys, on one baseline; concave by its own duals."""

from concurrent.futures import ThreadPoolExecutor

import polars as pl
import pytest

from teraplan.errors import CaseError
from teraplan.frontier import POINT, concave, frontier, with_programme
from teraplan.plan import plan, read_case
from teraplan.results.results import Results
from teraplan.scenario import Request

BUDGETS = (1e11, 3e11, 5e11)


@pytest.fixture(scope="module")
def trend() -> Results:
    return plan(read_case("starter", "trend"))


@pytest.fixture(scope="module")
def found(trend: Results) -> Results:
    return frontier(Request("starter"), BUDGETS, known={"trend": trend})


def points(*rows: tuple[float, float, float]) -> pl.DataFrame:
    """budget, value, worth of one more."""
    return pl.DataFrame([(budget, budget, value, worth) for budget, value, worth in rows], schema=POINT, orient="row")


def test_each_budget_is_planned_and_none_as_the_point_to_count_from(found: Results) -> None:
    assert found.frame("points")["budget"].to_list() == pytest.approx([0.0, 100.0, 300.0, 500.0])
    assert found.run["kind"] == "frontier"


def test_money_buys_ever_less_and_the_duals_say_so(found: Results) -> None:
    assert found.run["concave"] is True
    worth = found.frame("points")["worth_of_one_more"].to_list()
    assert worth == sorted(worth, reverse=True)


def test_what_is_bought_is_counted_from_the_baseline(found: Results, trend: Results) -> None:
    none = found.frame("buys").filter(pl.col("budget") == 0)
    target = none.filter(pl.col("quantity") == "compute served")
    assert target["difference"].abs().max() < 1e-4 * target["value"].max()  # type: ignore[operator]
    assert (found.frame("buys")["value"] - found.frame("buys")["baseline"]).equals(found.frame("buys")["difference"])


def test_a_budget_of_nothing_spends_nothing(found: Results) -> None:
    """The second step gives back a millionth of the target, so this plan costs a little less than its baseline."""
    points = found.frame("points")
    assert points.filter(pl.col("budget") == 0)["spent"].to_list() == [0.0]
    paid = found.frame("money").filter(pl.col("budget") == 0)["paid"].sum()
    assert -0.1 < paid < 0.0


def test_the_order_in_which_budgets_are_planned_changes_nothing(found: Results, trend: Results) -> None:
    with ThreadPoolExecutor(1) as pool:
        again = frontier(Request("starter"), BUDGETS[::-1], known={"trend": trend}, executor=pool)
    for name in ("budget", "value", "spent"):
        assert again.frame("points")[name].to_list() == pytest.approx(found.frame("points")[name].to_list(), rel=1e-6)


def test_a_curve_that_bends_upwards_is_not_concave() -> None:
    assert concave(points((0, 0, 3), (1, 2, 1.5), (2, 3, 1)))
    assert not concave(points((0, 0, 1), (1, 1, 1.5), (2, 3, 2)))


def test_a_dual_outside_its_secants_is_found() -> None:
    assert not concave(points((0, 0, 3), (1, 2, 2.5), (2, 3, 1)))
    assert not concave(points((0, 0, 3), (1, 2, 0.5), (2, 3, 0.2)))


def test_a_scenario_without_a_programme_has_no_frontier() -> None:
    with pytest.raises(CaseError, match="has no programme"):
        frontier(Request("starter", "trend"), BUDGETS)
    assert with_programme(Request("starter")).scenario == "half_trillion"
