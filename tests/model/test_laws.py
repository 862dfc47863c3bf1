"""Laws that hold in every plan, whatever the numbers: tried on a chain from wafers to compute in two countries."""

import random
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.small_cases import (
    Tables,
    cost,
    curve,
    demand,
    existing,
    goods,
    largest,
    limit,
    plant,
    process,
    recipe,
    same_problem,
    site,
    small_case,
    solved,
    under,
    values,
)
from teraplan.case.case import Case, Programme
from teraplan.model.build import build_problem
from teraplan.model.problem import Problem
from teraplan.plan import edit
from teraplan.solver import Solution, solve

FEW = settings(max_examples=4, deadline=None, derandomize=True, database=None)
FEWER = settings(FEW, max_examples=3)
PERIODS = [(2025, 2027, 1), (2027, 2029, 2)]


def chain() -> tuple[Tables, ...]:
    """Wafers, then chips with a loss on the way, then compute; power by day and night; nothing may be thrown away."""
    both = ("USA", "TWN")
    return (
        goods("compute"),
        goods("wafer", "chip", disposal="none"),
        goods("power", clock="sliced"),
        {
            "slices": [
                {"slice": s, "day_type": "any", "order": n, "weight": 0.5} for n, s in enumerate(("day", "night"))
            ]
        },
        {**process("wafers", {"wafer": 1}), "sites": [{"process": "wafers", "region": region} for region in both]},
        cost("wafers", "variable", 0.1),
        plant("fab", {"chip": 1}, life=8),
        {"recipes": [recipe("fab", "in", "wafer", 2, offset_month=6)]},
        *(site("fab", region, lead=12) for region in both),
        *(existing("fab", amount, region) for region, amount in (("USA", 1), ("TWN", 3))),
        {"availability": [{"process": "fab", "year": year, "value": 0.9} for year in range(2025, 2029)]},
        cost("fab", "capex", 6),
        cost("fab", "fixed", 0.2),
        {"routes": [{"commodity": "chip", "origin": "TWN", "destination": "USA", "loss": 0.1, "cost": 0.05}]},
        {"stocks": [{"commodity": "chip", "region": "USA", "kind": "carried", "opening": 0.5, "carrying_cost": 0.02}]},
        plant("cluster", {"compute": 2}, {"chip": 1, "power": 0.5}, life=4),
        site("cluster"),
        cost("cluster", "capex", 3),
        plant("turbine", {"power": 1}, clock="sliced", life=30),
        site("turbine", lead=12),
        existing("turbine", 2),
        cost("turbine", "capex", 4),
        cost("turbine", "fuel", 0.3),
        limit("growth", "fab", 0.5, unit="1/year"),
        limit("seed", "fab", 0.4),
        limit("order_max", "cluster", 9),
        {"rules": [_licence(6)]},
        demand("compute", {2025: 9, 2029: 30}),
        curve("compute", [(0.5, 8), (0.5, 2)]),
    )


CHAIN = {"order_timing": "even", "horizon_end": "annuity", "discount_rate": 0.07}


@dataclass(frozen=True, repr=False)
class Chain:
    """The case of the chain and its plan; without a text of its own, which would be told for every example."""

    case: Case
    plan: Solution


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Chain:
    case = small_case(tmp_path_factory.mktemp("chain"), *chain(), period=PERIODS, **CHAIN)
    return Chain(case, solved(case))


def test_the_chain_is_a_plan_worth_testing(known: Chain) -> None:
    """It orders all three, ships, keeps a stock and misses some demand."""
    plan = known.plan
    assert {labels[0] for labels in values(plan, "order")} == {"fab", "cluster", "turbine"}
    assert values(plan, "ship") and values(plan, "stock") and values(plan, "shortage")


@FEW
@given(factor=st.floats(0.01, 100))
def test_a_world_twice_as_large_costs_twice_as_much(known: Chain, factor: float) -> None:
    larger = edit(
        known.case,
        f"demand[item=quantity] *= {factor}",
        f"capacity[] *= {factor}",
        f"stocks[].opening *= {factor}",
        f"limits[kind=seed] *= {factor}",
        f"limits[kind=order_max] *= {factor}",
        f"rules[] *= {factor}",
    )
    assert solved(larger).objective == pytest.approx(factor * known.plan.objective, rel=1e-6)


@FEWER
@given(licence=st.floats(0, 6))
def test_a_tighter_licence_is_never_better(known: Chain, licence: float) -> None:
    banned = edit(known.case, "rules[rule=licence] = 0").rules
    tighter = replace(known.case, rules=banned.with_columns(value=pl.lit(licence)))
    assert known.plan.objective - 1e-6 <= solved(tighter).objective
    assert solved(tighter).objective <= solved(replace(known.case, rules=banned)).objective + 1e-6


@FEW
@given(left=st.floats(0, 1), region=st.sampled_from(["USA", "TWN"]), year=st.integers(2025, 2028))
def test_an_outage_is_never_better(known: Chain, left: float, region: str, year: int) -> None:
    outage = edit(known.case, f"availability[process=fab,region={region},year={year}] *= {left}")
    assert solved(outage).objective >= known.plan.objective - 1e-6


@FEWER
@given(price=st.floats(0.1, 30))
def test_dearer_money_for_one_item_is_never_better(known: Chain, price: float) -> None:
    """The objective is concave in a price and rises with it."""
    objective = [
        solved(edit(known.case, f"costs[process=fab,item=capex] = {p}")).objective
        for p in (price, (price + 40) / 2, 40)
    ]
    assert objective[0] - 1e-6 <= objective[1] <= objective[2] + 1e-6
    assert objective[1] >= (objective[0] + objective[2]) / 2 - 1e-6


@FEW
@given(quantity=st.floats(0.2, 5), price=st.floats(0.5, 20))
def test_what_is_made_is_used_sent_kept_or_served(known: Chain, quantity: float, price: float) -> None:
    """Recomputed from the recipes as they stand above: wafers 2 a chip, half a year ahead, chips 1 a cluster, compute
    2.

    Half of the chips of a year draw their wafers in the year before; of those of 2027-2028 a quarter draws them in
    2026, which is one a year there, and the rest 3/4 a year.
    """
    changed = edit(known.case, f"demand[item=quantity] *= {quantity}", f"demand[item=step_price] *= {price}")
    solution = solved(changed)
    run = {labels: value for labels, value in values(solution, "activity").items()}
    sent, stock, missed = (values(solution, name) for name in ("ship", "stock", "shortage"))
    periods = ("2025", "2026", "2027-2028")

    def of(process: str, region: str) -> list[float]:
        return [run.get((process, "main", region, period), 0.0) for period in periods]

    for region in ("USA", "TWN"):
        a, b, c = of("fab", region)
        assert of("wafers", region) == pytest.approx([a + b, b + c, 1.5 * c], abs=1e-6)
    kept = [0.5, *(stock.get(("chip", "USA", period), 0.0) for period in periods)]
    moved = [sent.get(("chip", "TWN", "USA", period), 0.0) for period in periods]
    assert moved == pytest.approx(of("fab", "TWN"), abs=1e-6)
    for n, years in enumerate((1, 1, 2)):
        put = (kept[n + 1] - kept[n]) / years
        assert of("fab", "USA")[n] + 0.9 * moved[n] == pytest.approx(of("cluster", "USA")[n] + put, abs=1e-6)
        asked = changed.demand.filter(pl.col("period") == periods[n])["value"].sum()
        left_out = sum(value for labels, value in missed.items() if labels[3] == periods[n])
        assert 2 * of("cluster", "USA")[n] >= asked - left_out - 1e-6


@FEW
@given(quantity=st.floats(0.2, 5), rate=st.floats(0, 0.3))
def test_cost_equals_what_limits_are_worth(known: Chain, quantity: float, rate: float) -> None:
    """Strong duality: the objective is the sum of duals x right-hand sides, reduced costs x bounds, and constants."""
    changed = edit(known.case, f"demand[item=quantity] *= {quantity}", f"costs[process=turbine,item=fuel] = {rate}")
    solution = solved(changed)
    program = solution.problem.program
    total = program.offset
    for dual, lower, upper in (
        (solution.row_dual, program.row_lower, program.row_upper),
        (solution.reduced_cost, program.column_lower, program.column_upper),
    ):
        pulls = np.abs(dual) > 1e-9
        total += float(dual[pulls] @ np.where(dual > 0, lower, upper)[pulls])
    assert total == pytest.approx(solution.objective, rel=1e-6)


@FEWER
@given(budget=st.floats(0, 60), more=st.floats(0, 60))
def test_more_money_never_buys_less_and_buys_less_and_less(known: Chain, budget: float, more: float) -> None:
    """The largest weighted amount rises with the budget, is concave in it, and its dual lies between the secants."""
    target = known.case.tables.settings.model_copy(update={"objective": "most_compute"})
    goal = replace(known.case, tables=replace(known.case.tables, settings=target))
    none = pl.DataFrame(schema={"process": pl.String, "region": pl.String, "period": pl.String, "value": pl.Float64})
    first, middle, last = (
        largest(replace(goal, programme=Programme(money, 2025.0, 2027.0, none, running_baseline=20.0)))
        for money in (budget, budget + more / 2, budget + more)
    )
    assert first.objective <= middle.objective + 1e-6 <= last.objective + 2e-6
    assert middle.objective >= (first.objective + last.objective) / 2 - 1e-6
    at = (middle.problem.rows["equation"] == "programme_within_budget").to_numpy()
    worth = float(middle.row_dual[at][0])
    assert worth * more / 2 <= middle.objective - first.objective + 1e-6
    assert worth * more / 2 >= last.objective - middle.objective - 1e-6


@FEWER
@given(seed=st.integers(0, 10_000))
def test_the_order_of_rows_in_the_tables_does_not_matter(
    tmp_path_factory: pytest.TempPathFactory, known: Chain, seed: int
) -> None:
    shuffled = [{name: random.Random(seed).sample(rows, len(rows)) for name, rows in part.items()} for part in chain()]
    random.Random(seed).shuffle(shuffled)
    other = small_case(tmp_path_factory.mktemp("shuffled"), *shuffled, period=PERIODS, **CHAIN)
    problem = build_problem(other)
    assert same_problem(build_problem(known.case), problem)
    assert solve(problem).objective == pytest.approx(known.plan.objective, rel=1e-12)


@pytest.fixture(scope="module")
def years_and_quarters(tmp_path_factory: pytest.TempPathFactory) -> tuple[Case, Case]:
    """The same tables, planned by the year and by the quarter."""
    parts = (
        goods("compute"),
        plant("fab", {"compute": 1}, life=6),
        site("fab", lead=15, last_year=2028),
        cost("fab", "capex", 10, year=2025),
        cost("fab", "capex", 7, year=2027),
        cost("fab", "variable", 0.3),
        existing("fab", 3, end=2040),
        demand("compute", 2),
    )
    folder = tmp_path_factory.mktemp("years")
    return tuple(small_case(folder / str(step), *parts, period=[(2025, 2031, step)], **CHAIN) for step in (1, 0.25))  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("horizon_end", "rate", "tolerance"),
    [("none", 0.07, 1e-9), ("salvage", 0.07, 1e-9), ("annuity", 0.0, 1e-9), ("annuity", 0.07, 5e-4)],
)
def test_a_year_in_quarters_discounts_and_charges_as_the_year(
    years_and_quarters: tuple[Case, Case], horizon_end: str, rate: float, tolerance: float
) -> None:
    """An order of a year is one of its quarters, a quarter each, and costs their mean. Running money of the quarters
    adds up to that of the year, and so does a plan that orders nothing.

    With an annuity and a discount rate both money and service depend on the date of an order. The charge of an even
    order is the product of two means, which is the mean of the products but for the spread inside a year.
    """
    shape = {"horizon_end": horizon_end, "discount_rate": rate}
    whole, split = (build_problem(under(case, **shape)) for case in years_and_quarters)
    ordered, quarterly = (_cost_by_year(problem, "order", "mean") for problem in (whole, split))
    assert ordered.keys() >= {"2025", "2026"}
    assert [ordered[year] for year in ("2025", "2026")] == pytest.approx(
        [quarterly[year] for year in ("2025", "2026")], rel=tolerance
    )
    assert _cost_by_year(whole, "activity", "sum") == pytest.approx(_cost_by_year(split, "activity", "sum"))
    assert solve(whole).objective == pytest.approx(solve(split).objective)


def test_a_year_in_quarters_gives_the_service_of_the_year(years_and_quarters: tuple[Case, Case]) -> None:
    """Capacity-years in every year that one unit ordered in 2025 or 2026 gives: the mean of its quarters."""
    whole, split = (_service_by_year(case) for case in years_and_quarters)
    early = [at for at in whole if at[0] in ("2025", "2026")]
    assert len(early) == 9
    assert [whole[at] for at in early] == pytest.approx([split[at] for at in early])


def test_units_change_nothing(tmp_path: Path) -> None:
    """The same plant in GW and in MW, in GUSD and in USD, in years and in months."""

    def parts(rows: Tables) -> tuple[Tables, ...]:
        power = {"commodities": [{"commodity": "power", "unit": "GW*year", "kind": "good"}]}
        turbine = plant("turbine", {"power": 1}, capacity_unit="GW", activity_unit="GW*year")
        return (goods("compute"), power, turbine, {"sites": [{"process": "turbine", "region": "USA"}]}, rows)

    def rows(power: tuple[float, str], money: tuple[float, str], month: tuple[float, str]) -> Tables:
        (p, watt), (m, dollar), (t, time) = power, money, month
        key = {"process": "turbine", "region": "USA"}
        wanted = {"commodity": "power", "region": "USA"}
        return {
            "capacity": [{**key, "start": 2020, "value": 2 * p, "unit": watt}],
            "costs": [
                {**key, "item": "capex", "value": 1.5 * m / p, "unit": f"{dollar}/{watt}"},
                {**key, "item": "fixed", "value": 0.1 * m / p, "unit": f"{dollar}/{watt}/year"},
                {**key, "item": "variable", "value": 0.2 * m / p, "unit": f"{dollar}/({watt}*year)"},
            ],
            "lead_times": [{**key, "value": 6 * t, "unit": time}],
            "demand": [
                {**wanted, "item": "quantity", "value": 9 * p, "unit": watt},
                {**wanted, "item": "step_width", "step": 1, "value": 1},
                {**wanted, "item": "step_price", "step": 1, "value": 8 * m / p, "unit": f"{dollar}/({watt}*year)"},
            ],
            "limits": [
                _limit("order_max", 4 * p, f"{watt}/year"),
                _limit("growth", 50, "percent/year"),
                _limit("seed", 1 * p, f"{watt}/year"),
                _limit("activity_max", 8 * p, watt),
            ],
        }

    one = rows((1, "GW"), (1, "GUSD"), (1, "month"))
    other = rows((1000, "MW"), (1e9, "USD"), (1 / 12, "year"))
    problems = [
        build_problem(small_case(tmp_path / str(n), *parts(table), period=PERIODS, **CHAIN))
        for n, table in enumerate((one, other))
    ]
    assert same_problem(*problems)
    assert solve(problems[0]).objective == pytest.approx(solve(problems[1]).objective)


def _licence(value: float) -> dict[str, object]:
    key = {"rule": "licence", "commodity_group": "chip", "destination_group": "USA", "of": "use"}
    return {**key, "year": 2025, "value": value}


def _limit(kind: str, value: float, unit: str) -> dict[str, object]:
    return {"limit": "turbines", "kind": kind, "group": "turbine", "year": 2025, "value": value, "unit": unit}


def _cost_by_year(problem: Problem, variable: str, how: str) -> dict[str, float]:
    """Cost of one unit of a variable by calendar year: the mean or the sum over its periods."""
    costs = problem.columns.with_columns(cost=pl.Series(problem.program.cost)).filter(pl.col("variable") == variable)
    year = pl.col("period").str.slice(0, 4)
    by_year = costs.group_by(year=year).agg(mean=pl.col("cost").mean(), sum=pl.col("cost").sum())
    return {row["year"]: row[how] for row in by_year.iter_rows(named=True)}


def _service_by_year(case: Case) -> dict[tuple[str, str], float]:
    """Capacity-years of service that one unit ordered in a year gives in a year."""
    years = case.periods.select("period", "years")
    count = case.order_sites.group_by(order_year=pl.col("period").str.slice(0, 4)).agg(count=pl.len())
    served = case.service.join(years, on="period").with_columns(
        order_year=pl.col("order_period").str.slice(0, 4), year=pl.col("period").str.slice(0, 4)
    )
    total = served.group_by("order_year", "year").agg(value=(pl.col("value") * pl.col("years")).sum())
    mean = total.join(count, on="order_year").with_columns(pl.col("value") / pl.col("count"))
    return {(row["order_year"], row["year"]): row["value"] for row in mean.iter_rows(named=True)}
