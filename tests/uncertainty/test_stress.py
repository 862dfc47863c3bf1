"""The stress test of a plan against cases worked by hand, and the laws that every stress test keeps."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from model.small_cases import Tables, cost, curve, demand, existing, goods, plant, process, site, small_case
from teraplan.case.case import Case
from teraplan.errors import ArgumentError, StoreError
from teraplan.executor import Store
from teraplan.plan import plan, read_case
from teraplan.results.results import Results
from teraplan.uncertainty.ensemble import Means
from teraplan.uncertainty.stress.stress import Stress, stress
from uncertainty.shock_cases import forge_case

CAPACITY = {"s1": 60.0, "s2": 90.0, "s3": 120.0}
"""Of the published instance in two weeks, which a year of the case stands for: 30, 45 and 60 a week."""
YEAR = Stress(start=2025, months=(12,), survive=12, hedged=0, kinds=("process",), named=False)


@pytest.fixture
def here() -> Means:
    return Means(executor=ThreadPoolExecutor(1))


def suppliers(folder: Path) -> Case:
    """Three suppliers of parts, two products put together without a plant of their own, stocks of both."""
    parts: list[Tables] = [goods("p1", "p2", "part")]
    for name, capacity in CAPACITY.items():
        parts += [plant(name, {"part": 1}), existing(name, capacity)]
    for product, wanted, margin, stock in (("p1", 150, 5000, 20), ("p2", 100, 6500, 25)):
        parts += [
            process(f"make_{product}", {product: 1}, {"part": 1}),
            {"sites": [{"process": f"make_{product}", "region": "USA"}]},
        ]
        parts += [demand(product, wanted), curve(product, [(1.0, margin)])]
        parts += [{"stocks": [{"commodity": product, "region": "USA", "kind": "carried", "opening": stock}]}]
    return small_case(folder, *parts, period=[(2025, 2026, 1)])


def told(found: Results, column: str, months: float = 12.0) -> dict[str, float]:
    cells = found.frame("cells").filter(pl.col("months") == months)
    return {row["node"].split(" ")[0]: row[column] for row in cells.iter_rows(named=True)}


def survive(found: Results) -> dict[str, float]:
    return {row["node"].split(" ")[0]: row["survive"] for row in found.frame("nodes").iter_rows(named=True)}


def test_the_published_instance_as_a_case(tmp_path: Path, here: Means) -> None:
    case = suppliers(tmp_path / "case")
    found = stress(plan(case), case, YEAR, here)
    assert {name: told(found, "money")[name] for name in CAPACITY} == pytest.approx(
        {"s1": 0, "s2": 125_000, "s3": 275_000}
    )
    # The suppliers' indices are over the worst node of all, which is the plant-less assembly of p2: 75 of 100 are lost.
    worst = max(told(found, "money").values())
    assert told(found, "index")["s3"] == pytest.approx(275_000 / worst)
    assert told(found, "lost")["s2"] == pytest.approx(25) and told(found, "peak_share")["s2"] == pytest.approx(25 / 150)
    assert told(found, "recover")["s1"] == 0


def test_within_a_period_what_is_lost_is_made_up_for_in_the_rest_of_it(tmp_path: Path, here: Means) -> None:
    # 270 a year less 90 x t of s2 and 45 of stock meet 250 up to t = 65/90; of s3 up to 65/120; of s1 all the year.
    case = suppliers(tmp_path / "case")
    found = survive(stress(plan(case), case, YEAR, here))
    assert {name: found[name] for name in CAPACITY} == pytest.approx(
        {"s1": 12, "s2": 12 * 65 / 90, "s3": 12 * 65 / 120}, rel=1e-5
    )


def grid(folder: Path, spare: float) -> Case:
    """One plant in each of two countries, that of TWN dearer to run; new ones take a year and cost 10 each."""
    parts = [goods("power", scope="world"), demand("power", 10, "WLD"), curve("power", [(1.0, 50)], "WLD")]
    parts += [plant("mill", {"power": 1}), existing("mill", 6), existing("mill", 4 + spare, "TWN")]
    parts += [site("mill", "USA", lead=12), cost("mill", "capex", 10), cost("mill", "variable", 1, region="USA")]
    parts += [cost("mill", "variable", 1.5, region="TWN")]
    return small_case(folder, *parts, period=[(2025, 2029, 1)])


def test_orders_react_after_their_time_and_what_is_lost_till_then_is_counted(tmp_path: Path, here: Means) -> None:
    # The USA lose 6 of 10 for two years from 2026. Orders of 2027 run from 2028 on, when the 6 are back: none pays.
    case = grid(tmp_path / "case", spare=0)
    asked = Stress(start=2026, months=(3, 24), kinds=("region",), hedged=0, named=False)
    found = stress(plan(case), case, asked, here)
    cell = found.frame("cells").row(by_predicate=(pl.col("node") == "USA") & (pl.col("months") == 24), named=True)
    assert cell["lost"] == pytest.approx(12) and cell["unserved"] == pytest.approx(600)
    assert cell["cost"] == pytest.approx(-12) and cell["money"] == pytest.approx(588)
    assert (cell["peak_share"], cell["recover"]) == (pytest.approx(0.6), 24)
    assert (cell["stage"], cell["binding"]) == ("test", "mill")
    # Three months of twelve are a quarter of the year's 6.
    assert told(found, "lost", 3)["USA"] == pytest.approx(1.5)
    assert found.run["stress"]["reacted"] == 2027  # type: ignore[index]


def test_spare_capacity_covers_a_short_outage_and_is_the_hedge_of_a_long_one(tmp_path: Path, here: Means) -> None:
    # 2 of spare in TWN: of the 6 lost in 2027 only 4 are missed, worth 50 each; 6 are not run at 1, 2 more are at 1.5.
    case = grid(tmp_path / "case", spare=2)
    asked = Stress(start=2027, months=(12,), kinds=("region",), hedged=2, named=False, survive=24)
    found = stress(plan(case), case, asked, here)
    cell = found.frame("cells").row(by_predicate=pl.col("node") == "USA", named=True)
    assert cell["lost"] == pytest.approx(4) and cell["money"] == pytest.approx(4 * 50 - 6 + 3)
    # 12 could be made, 10 are asked for: 2 of 6 may be missing, which is a third of a year.
    assert survive(found)["USA"] == pytest.approx(4.0, rel=1e-4)
    hedge = found.frame("hedges").filter(pl.col("cell") == "region USA, 12 months").row(0, named=True)
    # A stock of a tenth of the 6, made in TWN in 2026 in place of 2027: it costs nothing, and saves 50 - 1.5.
    assert (hedge["hedge"], hedge["period"], hedge["used"]) == ("stock", "2026", "2027")
    assert hedge["size"] == pytest.approx(0.6) and hedge["saved"] == pytest.approx(0.6 * 48.5, rel=1e-5)
    assert hedge["cost"] == pytest.approx(0, abs=1e-6)


@pytest.fixture(scope="module")
def starter() -> tuple[Results, Case]:
    case = read_case("starter")
    return plan(case), case


FEW = ("TWN", "grid in USA", "asm_gpu in TWN")
SHORT = Stress(start=2028, months=(3, 12), nodes=FEW, hedged=0, survive=12)


def test_no_shock_makes_a_plan_better_and_a_longer_one_never_costs_less(starter: tuple[Results, Case]) -> None:
    found = stress(*starter, replace(SHORT, nodes=(), survive=0), Means(executor=ThreadPoolExecutor(1)))
    cells = found.frame("cells")
    assert cells["money"].min() > -1e-6  # type: ignore[operator]
    assert cells["lost"].min() >= 0  # type: ignore[operator]
    by_length = cells.pivot("months", index=["kind", "node"], values="money")
    assert (by_length["12.0"] >= by_length["3.0"] - 1e-6).all()
    assert cells["index"].max() == 1.0
    assert found.frame("unmet").is_empty()


def test_no_depth_loses_nothing_and_is_survived(starter: tuple[Results, Case], here: Means) -> None:
    found = stress(*starter, replace(SHORT, depth=0.0), here)
    assert found.frame("cells")["money"].abs().max() < 1e-6  # type: ignore[operator]
    assert found.frame("nodes")["whole"].all()


def test_half_the_depth_loses_less(starter: tuple[Results, Case], here: Means) -> None:
    asked = replace(SHORT, survive=0)
    whole, half = (stress(*starter, replace(asked, depth=depth), here).frame("cells") for depth in (1.0, 0.5))
    both = whole.join(half, on="cell", suffix="_half")
    assert (both["money_half"] <= both["money"] + 1e-6).all()


def test_workers_and_a_resumed_store_change_nothing(starter: tuple[Results, Case], tmp_path: Path) -> None:
    asked = replace(SHORT, months=(12,), nodes=FEW[:2])
    one = stress(*starter, asked, Means(executor=ThreadPoolExecutor(1)))
    store = Store(tmp_path)
    stress(*starter, replace(asked, nodes=("grid in USA",)), Means(executor=ThreadPoolExecutor(1), store=store))
    two = stress(*starter, asked, Means(executor=2, store=store))
    for name in ("cells", "nodes"):
        assert one.frame(name).equals(two.frame(name))


@pytest.mark.parametrize(
    ("asked", "where"),
    [
        (Stress(start=1990), ["start"]),
        (Stress(months=(-3, 12), reaction=-1), ["months", "reaction"]),
        (Stress(months=()), ["months"]),
        (Stress(depth=1.5, kinds=("proces",)), ["depth", "kinds"]),
        (Stress(nodes=("grid in TWM",)), ["grid in TWM"]),
    ],
)
def test_what_cannot_be_asked_is_told_at_once(starter: tuple[Results, Case], asked: Stress, where: list[str]) -> None:
    with pytest.raises(ArgumentError) as told_of:
        stress(*starter, asked)
    assert [fault.where for fault in told_of.value.faults] == where


def test_a_study_is_no_plan(starter: tuple[Results, Case]) -> None:
    results, case = starter
    study = Results(run={**results.run, "kind": "frontier"}, frames=results.frames)
    with pytest.raises(StoreError, match="frontier, no plan"):
        stress(study, case)


def test_the_case_is_read_again_where_it_is_not_given(starter: tuple[Results, Case]) -> None:
    results, case = starter
    asked = replace(SHORT, months=(12,), nodes=FEW[:1], named=False)
    there = Means(executor=ThreadPoolExecutor(1))
    assert (
        stress(results, asked=asked, means=there)
        .frame("cells")
        .equals(stress(results, case, asked, there).frame("cells"))
    )


def test_a_delay_of_what_is_half_built_is_lost_from_its_start_on(tmp_path: Path, here: Means) -> None:
    """The forge allows 10 mills of 2025, of which 10 / 32 run in 2026, 230 / 32 in 2027 and all from 2028 on. At half
    the pace in 2027 they are 5 in 2027 and 10 x 31 / 32 in 2028: 2.5 of grain are lost, each worth 5.
    """
    late = {"shock": "late", "kind": "delay", "process": "mill", "value": 0.5, "duration_year": 1}
    case = forge_case(tmp_path / "case", {"shocks": [late]})
    asked = replace(YEAR, start=2027, named=True)
    found = stress(plan(case), case, asked, here)
    assert not found.frame("unmet").height
    row = found.frame("shocks").row(0, named=True)
    assert (row["lost"], row["money"], row["peak_period"]) == (pytest.approx(2.5), pytest.approx(12.5), "2027")
