"""The audit passes a right plan and names what is wrong in a broken one, check by check.

Two ways of breaking: change a number of the plan, or hold the plan against a case that allows less than the one it was
made for. Either way one guarantee breaks, and it must be the one that the audit names.
"""

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from results.breaking import Break, added, allowed, kept, run_says, scaled, with_frame, without_rows
from results.busy_case import busy_case
from teraplan.case.case import Case, Programme
from teraplan.errors import AuditFailed
from teraplan.model.equations import EQUATIONS
from teraplan.plan import edit, plan
from teraplan.results.recompute import plan_of
from teraplan.results.results import Results
from teraplan.results.verify import audit
from teraplan.results.verify_duality import duality_gaps
from teraplan.results.verify_money import recomputed_ledger

CHECKS = ("balance", "limits", "ledger", "duality")


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> tuple[Case, Results]:
    case = busy_case(tmp_path_factory.mktemp("busy"))
    return case, plan(case)


@pytest.fixture(scope="module")
def most(tmp_path_factory: pytest.TempPathFactory) -> tuple[Case, Results]:
    """The largest plan with few clusters, and the cheapest that is as large."""
    wide = busy_case(
        tmp_path_factory.mktemp("most"),
        objective="most_compute",
        target={"commodity": "compute", "weights": "discounted"},
    )
    case = edit(wide, "limits[kind=capacity_max] = 6")
    return case, plan(case)


def found(planned: tuple[Case, Results], breaking: Break, check: str) -> str:
    """Audit a broken plan: what it says of the check that must have failed."""
    case, results = breaking(*planned)
    said = audit(case, results)
    worst, gap = said["worst"], said[check]
    assert isinstance(worst, dict) and isinstance(gap, float)
    assert said["passed"] is False
    assert gap > 1e-6
    return str(worst[check])


# --- a right plan -----------------------------------------------------------------------------------------------------


def test_a_right_plan_passes_with_gaps_of_rounding(planned: tuple[Case, Results]) -> None:
    said = audit(*planned)
    assert set(said) == {*CHECKS, "passed", "worst"}
    assert said["passed"] is True
    assert all(0.0 <= said[check] < 1e-12 for check in CHECKS)  # type: ignore[operator]
    again = planned[1].run["audit"]
    assert isinstance(again, dict) and again["passed"]
    assert [again[check] for check in CHECKS] == pytest.approx([said[check] for check in CHECKS], abs=1e-12)


@pytest.mark.parametrize(
    "settings",
    [
        {"order_timing": "start"},
        {"horizon_end": "none"},
        {"view": "buyer"},
        {"timing": {"capex": "start", "running": "end", "shortage": "start"}},
        {"objective": "most_compute"},
        {"objective": "most_compute", "target": {"commodity": "compute", "weights": "discounted"}},
    ],
)
def test_right_plans_of_other_settings_pass(tmp_path: Path, settings: dict[str, object]) -> None:
    said = plan(busy_case(tmp_path, **settings)).run["audit"]
    assert isinstance(said, dict) and said["passed"]
    assert all(said[check] < 1e-8 for check in CHECKS)


def test_a_right_plan_with_salvage_passes(tmp_path: Path) -> None:
    said = plan(edit(busy_case(tmp_path, horizon_end="salvage"), "lead_times[process=*] = 0")).run["audit"]
    assert isinstance(said, dict) and said["passed"]


def test_the_busy_case_uses_what_it_is_there_for(planned: tuple[Case, Results]) -> None:
    results = planned[1]
    for name in ("order", "activity", "sliced_activity", "ship", "sliced_ship", "stock", "level", "shortage"):
        assert results.frame(name)["value"].max() > 1e-4, name  # type: ignore[operator]


# --- a wrong model ----------------------------------------------------------------------------------------------------


def as_it_is(case: Case, results: Results) -> tuple[Case, Results]:
    return case, results


@pytest.mark.parametrize(
    ("equation", "binding", "named"),
    [
        ("activity_within_usable", as_it_is, "activity_within_usable ["),
        ("sliced_activity_within_usable", as_it_is, "sliced_activity_within_usable ["),
        ("yearly_sum_within_availability", allowed("yearly_availability", 0.05), "yearly_sum_within_availability [gas"),
        ("commodity_balance", as_it_is, "commodity_balance [chip, WLD"),
        ("commodity_balance_without_disposal", as_it_is, "commodity_balance without disposal [heat"),
        ("sliced_commodity_balance", as_it_is, "sliced_commodity_balance [power"),
        ("sliced_commodity_balance_without_disposal", as_it_is, "sliced_commodity_balance without disposal [steam"),
        ("early_use_within_pipeline", allowed("pipeline", 0.1), "pipeline [part]"),
        ("closing_stock_at_least_opening", as_it_is, "closing stock [chip"),
        ("orders_grow_no_faster", allowed("limits", -3.0, kind="growth"), "orders_grow_no_faster [of_cluster"),
        ("orders_fall_no_faster", allowed("limits", 9.0, kind="order_fall"), "orders_fall_no_faster [of_cluster"),
        ("activity_falls_no_faster", allowed("limits", 9.0, kind="activity_fall"), "activity_falls_no_faster ["),
        ("orders_at_most", allowed("limits", 0.5, kind="order_max"), "orders at most ["),
        ("orders_at_least", allowed("limits", 30.0, kind="order_min"), "orders at least ["),
        ("cumulative_orders_at_most", allowed("limits", 1.0, kind="order_cumulative_max"), "orders together at most ["),
        ("capacity_at_most", allowed("limits", 1.0, kind="capacity_max"), "capacity at most ["),
        ("capacity_at_least", allowed("limits", 40.0, kind="capacity_min"), "capacity at least ["),
        ("activity_at_most", allowed("limits", 1.0, kind="activity_max"), "activity at most ["),
        ("activity_at_least", allowed("limits", 40.0, kind="activity_min"), "activity at least ["),
        (
            "cumulative_activity_at_most",
            allowed("limits", 9.0, kind="activity_cumulative_max"),
            "activity together at most [",
        ),
        (
            "cumulative_activity_at_least",
            allowed("limits", 900.0, kind="activity_cumulative_min"),
            "activity together at least [",
        ),
        ("emissions_at_most", allowed("limits", 0.1, kind="emission_max"), "emissions at most [air, co2"),
        (
            "cumulative_emissions_at_most",
            allowed("limits", 0.1, kind="emission_cumulative_max"),
            "emissions together at most [sky, co2",
        ),
        ("share_at_most", allowed("shares", 0.001, share="green"), "share at most [green"),
        ("share_at_least", allowed("shares", 0.99, share="at_home"), "share at least [at_home"),
        ("served_at_home", allowed("local_share", 0.999), "served_at_home [compute, USA"),
        ("use_within_licence", allowed("rules", 0.01, rule="chips_in_use"), "licence [chips_in_use"),
        ("storage_level", as_it_is, "storage_level [battery"),
        ("level_within_hours", as_it_is, "level_within_hours [battery"),
        ("reserve_margin", allowed("reserve_margin", 9.0), "reserve_margin [power"),
        ("output_within_cover", allowed("reserve_cover", 9.0), "output_within_cover [power, TWN"),
    ],
)
def test_a_model_that_lacks_an_equation_makes_plans_that_fail(
    planned: tuple[Case, Results], monkeypatch: pytest.MonkeyPatch, equation: str, binding: Break, named: str
) -> None:
    """Nothing of the audit comes from the equations: a plan of a model without one is caught where it matters."""
    rest = tuple(without_rows(one) if one.__name__ == equation else one for one in EQUATIONS)
    assert rest != EQUATIONS
    monkeypatch.setattr("teraplan.model.build.EQUATIONS", rest)
    case, _ = binding(*planned)
    with pytest.raises(AuditFailed) as caught:
        plan(case)
    assert named in str(caught.value)


# --- balance ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("breaking", "named"),
    [
        (scaled("activity", 0.9, process="fab"), "commodity_balance [chip, WLD"),
        (scaled("activity", 0.9, process="cluster", period="2026"), "commodity_balance [compute, "),
        (scaled("order", 1.1, process="cluster", region="TWN"), "commodity_balance [chip, WLD"),
        (scaled("sliced_activity", 0.9, process="gas", slice="cool_night"), "sliced_commodity_balance [power, "),
        (scaled("ship", 0.5), "commodity_balance [compute, USA"),
        (scaled("sliced_ship", 0.5), "sliced_commodity_balance [power, TWN"),
        (scaled("shortage", 0.5), "commodity_balance [compute"),
        (scaled("stock", 0.5, period="2026"), "commodity_balance [chip, WLD"),
        (scaled("activity", 1.1, process="heat_user"), "commodity_balance without disposal [heat, TWN"),
        (scaled("activity", 0.9, process="heat_user"), "commodity_balance without disposal [heat, TWN"),
        (
            scaled("sliced_activity", 0.9, process="cooler", slice="cool_night"),
            "sliced_commodity_balance without disposal [steam, ",
        ),
        (scaled("level", 1.1, slice="warm_day"), "storage_level [battery, "),
        (scaled("sliced_activity", 0.5, process="battery", mode="charge"), "storage_level [battery, "),
        (allowed("pipeline", 0.01), "pipeline [part]"),
        (scaled("stock", 0.5, period="2029-2030"), "closing stock [chip, WLD, 2029-2030]"),
        (allowed("demand", 90.0, commodity="power", region="TWN"), "sliced_commodity_balance [power, TWN"),
        (allowed("load_shape", 0.9, slice="warm_day"), "sliced_commodity_balance [power, TWN"),
    ],
)
def test_a_balance_that_does_not_hold_is_named(planned: tuple[Case, Results], breaking: Break, named: str) -> None:
    assert named in found(planned, breaking, "balance")


def test_what_finishes_earlier_orders_is_used(planned: tuple[Case, Results]) -> None:
    row = pl.DataFrame([{"commodity": "chip", "place": "WLD", "period": "2026", "value": 2.0}])

    def asking(case: Case, results: Results) -> tuple[Case, Results]:
        return replace(case, existing_build=row), results

    assert "commodity_balance [chip, WLD, 2026]" in found(planned, asking, "balance")


# --- limits -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("breaking", "named"),
    [
        (allowed("limits", 0.01, kind="order_max"), "orders at most [of_cluster, cluster, *"),
        (allowed("limits", 99.0, kind="order_min"), "orders at least [of_cluster, cluster, *"),
        (allowed("limits", 0.01, kind="order_cumulative_max"), "orders together at most [of_cluster, cluster, *, 2029"),
        (allowed("limits", 0.01, kind="capacity_max"), "capacity at most [of_cluster, cluster, *"),
        (allowed("limits", 99.0, kind="capacity_min"), "capacity at least [of_cluster, cluster, *"),
        (allowed("limits", 0.01, kind="activity_max"), "activity at most [of_cluster, cluster, *"),
        (allowed("limits", 99.0, kind="activity_min"), "activity at least [of_cluster, cluster, *"),
        (allowed("limits", 0.01, kind="activity_cumulative_max"), "activity together at most [of_cluster, cluster, *"),
        (allowed("limits", 9e3, kind="activity_cumulative_min"), "activity together at least [of_cluster, cluster, *"),
        (allowed("limits", 0.01, kind="emission_max"), "emissions at most [air, co2, *"),
        (allowed("limits", 0.01, kind="emission_cumulative_max"), "emissions together at most [sky, co2, *"),
        (allowed("limits", -9.0, kind="seed"), "orders_grow_no_faster [of_cluster, cluster, *"),
        (allowed("limits", -9.0, kind="growth"), "orders_grow_no_faster [of_cluster, cluster, *"),
        (allowed("limits", 99.0, kind="order_fall"), "orders_fall_no_faster [of_cluster, cluster, *"),
        (allowed("limits", 99.0, kind="activity_fall"), "activity_falls_no_faster [of_cluster, cluster, *"),
        (allowed("shares", 0.999, share="at_home"), "share at least [at_home, cluster, USA"),
        (allowed("shares", 0.001, share="not_all"), "share at most [not_all, cluster, USA"),
        (allowed("shares", 0.001, share="busy"), "share at most [busy, cluster, USA"),
        (allowed("shares", 0.001, share="green"), "share at most [green, sun, *"),
        (allowed("shares", 0.999, share="thirst"), "share at least [thirst, cluster, TWN"),
        (allowed("rules", 0.0, rule="chips_in_use"), "licence [chips_in_use, chip, TWN"),
        (allowed("rules", 0.0, rule="power_used"), "licence [power_used, power, TWN"),
        (allowed("rules", 0.0, rule="compute_abroad"), "licence [compute_abroad, compute, USA"),
        (allowed("local_share", 0.99), "served_at_home [compute, USA"),
        (allowed("reserve_margin", 99.0, region="TWN"), "reserve_margin [power, TWN"),
        (allowed("reserve_cover", 99.0), "output_within_cover [power, TWN"),
        (allowed("availability", 0.001, process="cluster"), "activity_within_usable [cluster, "),
        (allowed("availability", 0.001, process="old_fab"), "activity_within_usable [old_fab, TWN"),
        (
            allowed("sliced_availability", 0.001, process="sun", slice="warm_day"),
            "sliced_activity_within_usable [sun, ",
        ),
        (allowed("sliced_availability", 0.001, process="battery"), "sliced_activity_within_usable [battery, "),
        (allowed("yearly_availability", 0.001), "yearly_sum_within_availability [gas, "),
        (allowed("usable_existing", 0.001, process="gas", region="USA"), "within_usable [gas, USA"),
        (allowed("storage", 0.001, column="hours"), "level_within_hours [battery, "),
        (allowed("ship_routes", 0.001, column="capacity"), "upper bound of ship [compute, TWN, USA"),
        (allowed("sliced_ship_routes", 0.001, column="capacity"), "upper bound of sliced_ship [power, USA, TWN"),
        (allowed("demand_steps", 0.0001, column="width"), "upper bound of shortage [compute, "),
        (
            kept("order", 99.0, None, process="cluster", region="TWN", period="2026"),
            "lower bound of order [cluster, TWN",
        ),
        (
            kept("order", None, 0.0, process="cluster", region="TWN", period="2026"),
            "upper bound of order [cluster, TWN",
        ),
        (kept("order", 2.0, 2.0, process="fab", region="USA", period="2026"), "lower bound of order [fab, USA, 2026]"),
        (
            kept("activity", 50.0, None, process="cluster", mode="main", region="TWN", period="2026"),
            "lower bound of activity [cluster, main, TWN, 2026]",
        ),
        (added("order", -1.0, process="sun", region="WLD", period="2026"), "lower bound of order [sun, WLD, 2026]"),
        (added("order", 1.0, process="fab", region="USA", period="2026"), "upper bound of order [fab, USA, 2026]"),
        (
            added("activity", 9.0, process="fab", mode="main", region="USA", period="2026"),
            "upper bound of activity [fab, main, USA, 2026]",
        ),
        (
            added("stock", 9.0, commodity="compute", region="USA", period="2026"),
            "upper bound of stock [compute, USA, 2026]",
        ),
        (scaled("stock", -1.0), "lower bound of stock [chip, WLD"),
        (scaled("level", -1.0), "lower bound of level [battery"),
        (scaled("shortage", -1.0), "lower bound of shortage [compute"),
        (scaled("ship", -1.0), "lower bound of ship [compute, TWN, USA"),
        (scaled("sliced_ship", -1.0), "lower bound of sliced_ship [power, USA, TWN"),
        (scaled("sliced_activity", -1.0, process="cooler"), "lower bound of sliced_activity [cooler"),
    ],
)
def test_a_limit_that_does_not_hold_is_named(planned: tuple[Case, Results], breaking: Break, named: str) -> None:
    assert named in found(planned, breaking, "limits")


def test_take_or_pay_is_lowered_where_availability_is_lost(planned: tuple[Case, Results]) -> None:
    """All of last year's activity is asked for; with a tenth of the availability, a tenth of it."""
    case, results = planned
    asked, _ = allowed("limits", 1.5, kind="activity_fall")(case, results)
    assert "activity_falls_no_faster" in audit(asked, results)["worst"]["limits"]  # type: ignore[index]
    lost = case.availability.with_columns(
        value=pl.when(pl.col("period") == "2025").then(pl.col("value")).otherwise(0.0)
    )
    assert "activity_falls_no_faster" not in audit(replace(asked, availability=lost), results)["worst"]["limits"]  # type: ignore[index]


def test_what_may_no_longer_be_ordered_is_not_asked_for(planned: tuple[Case, Results]) -> None:
    case, results = planned
    asked, _ = allowed("limits", 9.0, kind="order_fall")(case, results)
    assert "orders_fall_no_faster" in audit(asked, results)["worst"]["limits"]  # type: ignore[index]
    closed = asked.order_sites.filter(pl.col("period") == "2025")
    assert "orders_fall_no_faster" not in audit(replace(asked, order_sites=closed), results)["worst"]["limits"]  # type: ignore[index]


def budget_of(case: Case, results: Results) -> float:
    """What the plan pays for its orders of 2026 and later, and to run from then on, undiscounted."""
    lines = recomputed_ledger(case, plan_of(case, results)).filter(pl.col("period").fill_null("2025") != "2025")
    bought = lines.filter(pl.col("item").is_in(["capex"]) & pl.col("period").is_not_null())["paid"].sum()
    return float(bought + lines.filter("running")["paid"].sum())


@pytest.mark.parametrize(("share", "passed"), [(1.0, True), (1.0 + 1e-3, True), (1.0 - 1e-3, False)])
def test_a_programme_that_spends_more_than_its_budget_is_named(
    planned: tuple[Case, Results], share: float, passed: bool
) -> None:
    case, results = planned
    nothing = results.frame("order").select("process", "region", "period", "value").clear()
    programme = Programme(
        budget=share * budget_of(case, results), first=2026.0, last=2029.0, kept_orders=nothing, running_baseline=0.0
    )
    said = audit(replace(case, programme=programme), results)
    assert said["passed"] is passed
    assert passed or "programme_within_budget" in said["worst"]["limits"]  # type: ignore[index]


def test_what_a_baseline_orders_and_runs_is_not_on_the_programme(planned: tuple[Case, Results]) -> None:
    case, results = planned
    running = recomputed_ledger(case, plan_of(case, results)).filter("running")["paid"].sum()
    same = Programme(
        budget=0.0, first=2025.0, last=2029.0, kept_orders=results.frame("order"), running_baseline=float(running)
    )
    assert audit(replace(case, programme=same), results)["passed"]


def test_a_plan_that_falls_short_of_the_largest_amount_is_named(most: tuple[Case, Results]) -> None:
    larger = run_says(
        most_compute={**most[1].run["most_compute"], "value": 1.01 * most[1].run["most_compute"]["value"]}
    )  # type: ignore[dict-item,index]
    assert "target_reached [compute]" in found(most, larger, "limits")


# --- ledger -----------------------------------------------------------------------------------------------------------


def without_line(item: str) -> Break:
    """The ledger without its largest line of an item."""

    def apply(case: Case, results: Results) -> tuple[Case, Results]:
        mine = results.ledger.filter(pl.col("item") == item).sort(pl.col("charged").abs(), descending=True)
        lost = mine.head(1).select("item", "process", "commodity", "region", "period", "year")
        rest = results.ledger.join(lost, on=lost.columns, how="anti", nulls_equal=True)
        assert rest.height == results.ledger.height - 1
        return case, with_frame(results, "ledger", rest)

    return apply


@pytest.mark.parametrize(
    ("item", "payer"),
    [
        ("capex", ""),
        ("fixed", "cluster"),
        ("fuel", "gas"),
        ("margin", "fab"),
        ("freight", ""),
        ("carrying", "chip"),
        ("idle", ""),
        ("shortage", "compute"),
    ],
)
def test_a_line_that_is_not_in_the_ledger_is_named(planned: tuple[Case, Results], item: str, payer: str) -> None:
    said = found(planned, without_line(item), "ledger")
    assert said.startswith("ledger, ")
    assert f"[{item}, {payer}" in said


def test_a_line_that_the_objective_is_charged_twice_is_named(planned: tuple[Case, Results]) -> None:
    twice = scaled("ledger", 2.0, column="charged", item="fuel", region="USA")
    assert "ledger, charged [fuel, gas, USA" in found(planned, twice, "ledger")


def test_an_objective_that_is_not_the_sum_of_its_lines_is_named(planned: tuple[Case, Results]) -> None:
    value = planned[1].run["objective"]
    assert isinstance(value, float)
    assert "objective [least_cost]" in found(planned, run_says(objective=1.001 * value), "ledger")


def test_payments_that_do_not_add_up_to_charged_and_beyond_are_named(planned: tuple[Case, Results]) -> None:
    lost = allowed("payments", 0.0, column="beyond")
    assert "discounted payments of an order [" in found(planned, lost, "ledger")


# --- duality ----------------------------------------------------------------------------------------------------------


def row_with(results: Results, predicate: pl.Expr) -> dict[str, object]:
    """Labels of the row with the largest dual among some."""
    mine = results.frame("rows").filter(predicate).sort(pl.col("dual").abs(), descending=True)
    labels = mine.drop("value", "lower", "upper", "dual").row(0, named=True)
    return {label: text for label, text in labels.items() if text is not None}


def test_a_dual_that_is_another_is_named(planned: tuple[Case, Results]) -> None:
    labels = row_with(planned[1], (pl.col("equation") == "commodity_balance") & (pl.col("lower") > 1))
    said = found(planned, scaled("rows", 1.1, column="dual", **labels), "duality")
    assert said.startswith("strong duality, plan [plan] is off by ")


def test_a_reduced_cost_that_is_another_is_named(planned: tuple[Case, Results]) -> None:
    """Steps of demand that are not served at all lie at their upper bound."""
    said = found(planned, scaled("shortage", 1.5, column="reduced_cost"), "duality")
    assert said.startswith("strong duality, plan")


def test_a_dual_of_a_row_that_is_not_at_its_limit_is_named(planned: tuple[Case, Results]) -> None:
    case, results = planned
    rows = results.frame("rows")
    mine = (pl.col("equation") == "capacity_at_least") & (pl.col("period") == "2026")
    priced = rows.with_columns(dual=pl.when(mine).then(1e-3).otherwise("dual"))
    assert rows.filter(mine).height == 1

    def breaking(case: Case, results: Results) -> tuple[Case, Results]:
        return case, with_frame(results, "rows", priced)

    said = found(planned, breaking, "duality")
    assert said.startswith("limit not reached though it has a dual, plan [capacity_at_least, ")
    assert "2026" in said


def test_a_dual_that_pulls_at_a_limit_that_is_not_there_is_named(planned: tuple[Case, Results]) -> None:
    labels = row_with(planned[1], (pl.col("equation") == "commodity_balance") & (pl.col("lower") == 0))
    said = found(planned, scaled("rows", -1.0, column="dual", **labels), "duality")
    assert said.startswith("dual of a limit that is not there, plan [commodity_balance, ")


def test_capacity_that_no_order_can_add_to_has_its_dual_on_the_column(planned: tuple[Case, Results]) -> None:
    """Old fabs are a bound on their column: with more of them the same reduced costs would be worth more."""
    case, results = planned
    rents = results.frame("activity").filter((pl.col("process") == "old_fab") & (pl.col("reduced_cost") < -1e-9))
    assert rents.height > 0
    more = allowed("usable_existing", 30.0, process="old_fab")
    assert "strong duality" in found(planned, more, "duality") or "limit not reached" in found(planned, more, "duality")


@pytest.mark.parametrize(("column", "step"), [("dual", "first"), ("second_dual", "second")])
def test_both_steps_of_most_compute_have_duals_that_are_checked(
    most: tuple[Case, Results], column: str, step: str
) -> None:
    lower = pl.col("lower").is_finite() & (pl.col("lower") != 0) & (pl.col(column).abs() > 1e-6)
    labels = most[1].frame("rows").filter(lower).sort(pl.col(column).abs()).drop(
        "value", "lower", "upper", "dual", "second_dual"
    ).row(-1, named=True)  # fmt: skip
    named = {label: text for label, text in labels.items() if text is not None}
    said = found(most, scaled("rows", 1.5, column=column, **named), "duality")
    assert said.startswith(f"strong duality, {step} step")


def test_duals_of_the_first_step_must_fit_the_plan_of_the_second(most: tuple[Case, Results]) -> None:
    """A plan with a tenth less capacity leaves a limit open to which the first step gives a worth."""
    fitting = {gap.check: gap.size for gap in duality_gaps(*most)}
    assert fitting["open limits with duals, first step"] < 1e-12
    less = scaled("rows", 0.9, column="value", equation="capacity_at_most")(*most)
    assert {gap.check: gap.size for gap in duality_gaps(*less)}["open limits with duals, first step"] > 1e-3


def test_a_number_that_is_none_fails_the_audit(planned: tuple[Case, Results]) -> None:
    said = audit(*scaled("order", float("nan"), process="cluster", region="TWN", period="2026")(*planned))
    assert said["passed"] is False
    assert said["balance"] == said["limits"] == said["ledger"] == float("inf")
