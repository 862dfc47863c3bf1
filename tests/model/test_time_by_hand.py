"""Plans small enough to be solved on paper: what an order sets in motion, and when it is paid for. GUSD throughout."""

from pathlib import Path

import polars as pl
import pytest

from model.small_cases import (
    cost,
    curve,
    demand,
    duals,
    existing,
    goods,
    limit,
    plant,
    process,
    recipe,
    site,
    small_case,
    solved,
    under,
    values,
)
from teraplan.case.case import Case
from teraplan.model.build import build_problem

YEARS = [(2025, 2029, 1)]


def test_a_lead_time_spreads_over_periods_of_different_length(tmp_path: Path) -> None:
    """Lead 18 months, orders even over 2025 (x, 10 each) and over 2026-2027 (y, 6 each); 5 are wanted in 2026-2027,
    12 in 2028-2031.

    x starts evenly between July 2026 and July 2027, in the mean at 2027.0: (2028 - 2027) / 2 = 1/2 of 2026-2027. y
    starts between mid 2027 and mid 2029. A quarter starts before 2028, in the mean at 2027.75, and serves 1/4 of a
    year: 1/4 x 1/4 / 2 = 1/32 of 2026-2027. In 2028-2031 that quarter serves all 4 years, the rest from 2028.75 in
    the mean 3.25: (1/4 x 4 + 3/4 x 3.25) / 4 = 55/64. x/2 + y/32 >= 5 and x + 55/64 y >= 12 both bind: x = 10 - y/16,
    so (55/64 - 4/64) y = 2, y = 128/51, x = 502/51. Cost (5020 + 768) / 51; x alone, 12 of it, would cost 120.
    """
    case = small_case(
        tmp_path,
        goods("compute"),
        plant("fab", {"compute": 1}),
        site("fab", lead=18),
        cost("fab", "capex", 10, year=2025),
        cost("fab", "capex", 6, year=2026),
        demand("compute", {2025: 0, 2026: 5, 2027: 5, 2028: 12}),
        period=[(2025, 2026, 1), (2026, 2028, 2), (2028, 2032, 4)],
        order_timing="even",
    )
    solution = solved(case)
    orders = values(solution, "order")
    assert orders["fab", "USA", "2025"] == pytest.approx(502 / 51)
    assert orders["fab", "USA", "2026-2027"] == pytest.approx(128 / 51)
    assert solution.objective == pytest.approx(5788 / 51)


def test_money_is_spent_before_the_start_and_discounted_by_its_own_years(tmp_path: Path) -> None:
    """Two years to build, a fifth of the money in the first of them: an order of 2025, even over the year, pays 0.2
    in the year after it and 0.8 in the year after that, so 0.1 in 2025, 0.1 + 0.4 in 2026, 0.4 in 2027.

    It starts evenly over 2027: half of 2027, all of 2028. Wanted: 1 in 2027, 2 in 2028: an order of 2, 100 each. 10 %
    a year, payments in the middle: 200 x (0.1 x 1.1^-0.5 + 0.5 x 1.1^-1.5 + 0.4 x 1.1^-2.5).
    """
    case = small_case(
        tmp_path,
        goods("compute"),
        plant("fab", {"compute": 1}),
        site("fab", lead=24, spend_profile="late"),
        {"profiles": [{"profile": "late", "position": n, "value": share} for n, share in ((1, 0.2), (2, 0.8))]},
        cost("fab", "capex", 100),
        demand("compute", {2025: 0, 2026: 0, 2027: 1, 2028: 2}),
        period=YEARS,
        order_timing="even",
        discount_rate=0.1,
    )
    solution = solved(case)
    assert values(solution, "order") == {("fab", "USA", "2025"): pytest.approx(2)}
    assert solution.objective == pytest.approx(200 * (0.1 * 1.1**-0.5 + 0.5 * 1.1**-1.5 + 0.4 * 1.1**-2.5))


def test_a_ramp_delays_what_capacity_yields(tmp_path: Path) -> None:
    """40 %, 80 %, then all of it. 2 wanted in 2025: 2 / 0.4 = 5 are ordered, 10 each, and yield 4 in 2026, 5 from 2027.

    One more in 2025 takes 2.5 more capacity: its price is 25. What is wanted later is there anyway: its price is 0.
    """
    case = small_case(
        tmp_path,
        goods("compute"),
        plant("fab", {"compute": 1}),
        site("fab", ramp="slow"),
        {"profiles": [{"profile": "slow", "position": n, "value": share} for n, share in ((1, 0.4), (2, 0.8))]},
        cost("fab", "capex", 10),
        demand("compute", {2025: 2, 2026: 3, 2027: 4, 2028: 4}),
        period=YEARS,
    )
    solution = solved(case)
    assert values(solution, "order") == {("fab", "USA", "2025"): pytest.approx(5)}
    assert solution.objective == pytest.approx(50)
    worth = duals(solution, "commodity_balance", "period")
    assert (worth["2025",], worth["2026",]) == (pytest.approx(25), pytest.approx(0))


def test_build_inputs_are_drawn_at_their_own_time_before_the_start(tmp_path: Path) -> None:
    """A fab takes 2 years and 3 tools, 18 months before its start: 6 months after the order.

    Orders of 2025, even over the year, draw their tools between mid 2025 and mid 2026: half in 2025, half in 2026,
    which is a quarter a year of 2026-2027. 4 fabs: 6 tools in 2025, 3 a year in 2026-2027. They are whole in
    2028-2029, so nothing is ordered later. 4 x 10 for the fabs, 12 x 2 for the tools.
    """
    case = small_case(
        tmp_path,
        goods("compute", "tool"),
        plant("fab", {"compute": 1}),
        {"recipes": [recipe("fab", "build", "tool", 3, offset_month=18)]},
        site("fab", lead=24),
        cost("fab", "capex", 10),
        process("toolworks", {"tool": 1}),
        {"sites": [{"process": "toolworks", "region": "USA"}]},
        cost("toolworks", "variable", 2),
        demand("compute", {2025: 0, 2027: 0, 2028: 4}),
        period=[(2025, 2026, 1), (2026, 2030, 2)],
        order_timing="even",
    )
    solution = solved(case)
    assert values(solution, "order") == {("fab", "USA", "2025"): pytest.approx(4)}
    tools = {labels: value for labels, value in values(solution, "activity").items() if labels[0] == "toolworks"}
    assert tools == {
        ("toolworks", "main", "USA", "2025"): pytest.approx(6),
        ("toolworks", "main", "USA", "2026-2027"): pytest.approx(3),
    }
    assert solution.objective == pytest.approx(64)


def test_parts_are_not_needed_before_the_order_is_placed(tmp_path: Path) -> None:
    """A fab takes 6 months and its tools are asked for 12 months before it starts: they are needed with the order.

    Fabs ordered all through 2025 start from mid 2025 to mid 2026: 7/8 of them serve 2026 on average, so 32/7 are
    ordered for 4, at 10 each, with 3 tools at 2 each, all in 2025.
    """
    case = small_case(
        tmp_path,
        goods("compute", "tool"),
        plant("fab", {"compute": 1}),
        {"recipes": [recipe("fab", "build", "tool", 3, offset_month=12)]},
        site("fab", lead=6),
        cost("fab", "capex", 10),
        process("toolworks", {"tool": 1}),
        {"sites": [{"process": "toolworks", "region": "USA"}]},
        cost("toolworks", "variable", 2),
        demand("compute", {2025: 0, 2026: 4}),
        period=[(2025, 2027, 1)],
        order_timing="even",
    )
    solution = solved(case)
    tools = {labels: value for labels, value in values(solution, "activity").items() if labels[0] == "toolworks"}
    assert tools == {("toolworks", "main", "USA", "2025"): pytest.approx(3 * 32 / 7)}
    assert solution.objective == pytest.approx(32 / 7 * (10 + 3 * 2))


def test_what_finishes_earlier_orders_is_drawn_only_where_the_row_says_so(tmp_path: Path) -> None:
    """4 fabs were ordered for mid 2026. At 12 months before the start they draw 2 tools each: in mid 2025.

    8 tools at 2 each. The same rows without `inputs` draw nothing.
    """
    parts = (
        goods("compute", "tool"),
        plant("fab", {"compute": 1}),
        {"recipes": [recipe("fab", "build", "tool", 2, offset_month=12)]},
        site("fab", lead=24, first_year=2028),
        cost("fab", "capex", 0),
        process("toolworks", {"tool": 1}),
        {"sites": [{"process": "toolworks", "region": "USA"}]},
        cost("toolworks", "variable", 2),
        demand("compute", {2026: 0, 2027: 4}),
    )
    rows = [existing("fab", 4, start=2026.5, status="under_construction", inputs=inputs) for inputs in ("yes", "no")]
    drawn, delivered = (solved(small_case(tmp_path / str(n), *parts, row, period=YEARS)) for n, row in enumerate(rows))
    assert values(drawn, "activity")["toolworks", "main", "USA", "2025"] == pytest.approx(8)
    assert (drawn.objective, delivered.objective) == (pytest.approx(16), pytest.approx(0))


def test_parts_go_into_a_chip_before_it_is_sold_and_the_first_come_from_the_pipeline(tmp_path: Path) -> None:
    """2 wafers half a year before each chip, 10 chips wanted a year, 50 for a chip that is missed, a wafer costs 1.

    Of the chips of 2025 half drew wafers in 2024, 1 for each chip, and the pipeline held 6: so 6 chips, 4 missed (200).
    Wafers: 2025 6 x 1 + 10 x 1 = 16, 2026 20, 2027 10 + nothing for 2028 = 10: 46. Together 246. One more wafer in the
    pipeline would save a missed chip less the wafer of 2025 that it needs: 49.
    """
    case = small_case(
        tmp_path,
        goods("compute", "wafer"),
        process("assembly", {"compute": 1}),
        {"recipes": [recipe("assembly", "in", "wafer", 2, offset_month=6)]},
        process("fab", {"wafer": 1}),
        {"sites": [{"process": name, "region": "USA"} for name in ("assembly", "fab")]},
        cost("fab", "variable", 1),
        {"stocks": [{"commodity": "wafer", "region": "USA", "kind": "pipeline", "opening": 6}]},
        demand("compute", 10),
        curve("compute", [(1, 50)]),
        period=[(2025, 2028, 1)],
    )
    solution = solved(case)
    assert solution.objective == pytest.approx(246)
    assert values(solution, "shortage") == {("compute", "USA", "all", "2025", "1"): pytest.approx(4)}
    wafers = [value for labels, value in values(solution, "activity").items() if labels[0] == "fab"]
    assert wafers == pytest.approx([16, 20, 10])
    assert duals(solution, "early_use_within_pipeline", "commodity") == {("wafer",): pytest.approx(-49)}


@pytest.fixture(scope="module")
def one_order(tmp_path_factory: pytest.TempPathFactory) -> Case:
    """An order of 100 in 2025 that lives 10 years, 4 of them inside the horizon."""
    return small_case(
        tmp_path_factory.mktemp("one_order"),
        goods("compute"),
        plant("fab", {"compute": 1}, life=10),
        site("fab", first_year=2025, last_year=2025),
        cost("fab", "capex", 100),
        demand("compute", 1),
        period=YEARS,
    )


@pytest.mark.parametrize(
    ("horizon_end", "rate", "charged"),
    [
        ("none", 0.0, 100.0),
        ("annuity", 0.0, 40.0),
        ("salvage", 0.0, 40.0),
        ("none", 0.1, 100 * 1.1**-0.5),
        ("annuity", 0.1, 100 * 1.1**-0.5 * (1 - 1.1**-4) / (1 - 1.1**-10)),
        ("salvage", 0.1, 100 * 1.1**-0.5 - 60 * 1.1**-4),
    ],
)
def test_the_end_of_the_horizon_takes_its_share_of_what_lives_on(
    one_order: Case, horizon_end: str, rate: float, charged: float
) -> None:
    """none: all that is paid inside. annuity: its present value x discounted service inside / that of its whole life,
    two geometric sums over 4 and 10 years. salvage: what is paid less 6 tenths of it, back at the end of 2028.
    """
    case = under(one_order, horizon_end=horizon_end, discount_rate=rate)
    assert solved(case).objective == pytest.approx(charged)


def test_an_annuity_counts_the_service_of_even_orders_in_a_period_of_two_years(tmp_path: Path) -> None:
    """Orders even over 2027-2028 live 10 years from their start. The horizon ends with 2028: they serve 1 year of it in
    the mean, a tenth. An order of 2025-2026 serves 3 years in the mean, three tenths."""
    case = small_case(
        tmp_path,
        goods("compute"),
        plant("fab", {"compute": 1}, life=10),
        site("fab"),
        cost("fab", "capex", 100),
        demand("compute", 1),
        period=[(2025, 2029, 2)],
        order_timing="even",
        horizon_end="annuity",
    )
    problem = build_problem(case)
    orders = problem.columns.filter(pl.col("variable") == "order")
    charged = {row["period"]: problem.program.cost[row["column"]] for row in orders.iter_rows(named=True)}
    assert charged == {"2025-2026": pytest.approx(30), "2027-2028": pytest.approx(10)}


def test_what_was_ordered_before_is_charged_by_the_same_share(tmp_path: Path) -> None:
    """4 fabs of 100 start at 2026.0, a quarter of the money is spent. They live 8 years, 2 of them before 2028: of
    the 300 that are left a quarter is charged. No decision changes it: it is in the objective of a plan that does
    nothing.
    """
    case = small_case(
        tmp_path,
        goods("compute"),
        plant("fab", {"compute": 1}, life=8),
        site("fab", lead=12, first_year=2027),
        cost("fab", "capex", 100),
        existing("fab", 4, start=2026, status="under_construction", spent_share=0.25),
        demand("compute", {2025: 0, 2026: 4, 2027: 4}),
        period=[(2025, 2028, 1)],
    )
    for horizon_end, charged in (("none", 300), ("annuity", 75), ("salvage", 75)):
        solution = solved(under(case, horizon_end=horizon_end))
        assert values(solution, "order") == {}
        assert solution.objective == pytest.approx(charged)
        assert solution.problem.program.offset == pytest.approx(charged)


def test_fixed_cost_runs_as_long_as_capacity_is_in_service(tmp_path: Path) -> None:
    """An order even over 2025 is in service for half of it: 2 wanted in the mean of 2025 take 4. Fixed cost 3 a year:
    4 x 3 x (1/2 + 1); what existed, 1, costs 3 a year too: 6."""
    case = small_case(
        tmp_path,
        goods("compute"),
        plant("fab", {"compute": 1}),
        site("fab"),
        cost("fab", "capex", 0),
        cost("fab", "fixed", 3),
        existing("fab", 1),
        demand("compute", 3),
        period=[(2025, 2027, 1)],
        order_timing="even",
    )
    solution = solved(case)
    assert values(solution, "order") == {("fab", "USA", "2025"): pytest.approx(4)}
    assert solution.objective == pytest.approx(18 + 6)


def test_growth_starts_from_what_is_there_and_counts_years(tmp_path: Path) -> None:
    """Growth 0.5 a year, seed 1 a year, 4 existed. 2025: 1 + 0.5 x 4 = 3, so 7 in service. 2026: 1 + 0.5 x 7 = 4.5,
    so 11.5. 2027-2028: 1 + 0.5 x 11.5 = 6.75 a year, 13.5 in two years, so 25. All of it is wanted: 100 at a price
    of 1.
    """
    case = small_case(
        tmp_path,
        goods("compute"),
        plant("fab", {"compute": 1}),
        site("fab"),
        cost("fab", "capex", 0),
        existing("fab", 4),
        limit("growth", "fab", 0.5, unit="1/year"),
        limit("seed", "fab", 1),
        demand("compute", 100),
        curve("compute", [(1, 1)]),
        period=[(2025, 2027, 1), (2027, 2029, 2)],
    )
    solution = solved(case)
    assert [value for _, value in sorted(values(solution, "order").items())] == pytest.approx([3, 4.5, 13.5])
    assert solution.objective == pytest.approx((100 - 7) + (100 - 11.5) + 2 * (100 - 25))
