"""Regret: an example worked by hand, then its laws, then what is refused."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from model.small_cases import Tables, cost, curve, demand, goods, limit, plant, site, small_case
from teraplan.case.case import Case
from teraplan.errors import CaseError, Infeasible
from teraplan.plan import edit, plan, read_case
from teraplan.results.results import Results
from teraplan.uncertainty.ensemble import Means
from teraplan.uncertainty.regret import regret


def asking(folder: Path, amount: float, *more: Tables, engine: float = 3, **settings: object) -> Case:
    """So much asked for in 2026. Reactors at 2 must be ordered a year before, engines at 3 come at once."""
    return small_case(
        folder / f"{amount}",
        goods("power"),
        plant("reactor", {"power": 1}),
        site("reactor", lead=12),
        cost("reactor", "capex", 2),
        plant("engine", {"power": 1}),
        site("engine"),
        cost("engine", "capex", engine),
        demand("power", {2025: 0, 2026: amount}),
        *more,
        period=[(2025, 2027, 1)],
        **settings,
    )


@pytest.fixture
def futures(tmp_path: Path) -> dict[str, Case]:
    return {"high": asking(tmp_path, 10), "low": asking(tmp_path, 5)}


def plans_of(cases: dict[str, Case]) -> dict[str, Results]:
    return {name: plan(case) for name, case in cases.items()}


def test_the_worked_example(futures: dict[str, Case], tmp_path: Path) -> None:
    """Reactors for 10, 8 or 5 are ordered in 2025. In the high future the best costs 20; 8 need 2 engines: 16 + 6;
    5 need 5: 10 + 15. In the low one the best costs 10; 10 and 8 have cost 20 and 16 in vain."""
    plans = plans_of({**futures, "middle": asking(tmp_path, 8)})
    found = regret(plans, futures, until=2025)
    costs = {(row["plan"], row["future"]): row for row in found.frame("costs").iter_rows(named=True)}
    expected = {
        ("high", "high"): (20, 0),
        ("high", "low"): (20, 10),
        ("low", "high"): (25, 5),
        ("low", "low"): (10, 0),
        ("middle", "high"): (22, 2),
        ("middle", "low"): (16, 6),
    }
    assert {at: (row["cost"], row["regret"]) for at, row in costs.items()} == {
        at: pytest.approx(pair) for at, pair in expected.items()
    }
    told = {row["plan"]: row for row in found.frame("regrets").iter_rows(named=True)}
    assert [told[name]["largest"] for name in ("high", "low", "middle")] == pytest.approx([10, 5, 6])
    assert [told[name]["mean"] for name in ("high", "low", "middle")] == pytest.approx([5, 2.5, 4])
    assert told["middle"]["where"] == "low"
    assert found.run["minimax"] == "low"


def test_with_one_future_regret_is_the_plain_difference(futures: dict[str, Case]) -> None:
    plans = plans_of(futures)
    found = regret({"low": plans["low"]}, {"high": futures["high"]}, until=2025).frame("costs").row(0, named=True)
    assert found["regret"] == pytest.approx(25 - plans["high"].run["objective"])
    assert found["relative"] == pytest.approx(0.25)


def test_where_a_future_does_not_allow_what_is_held_the_orders_come_as_near_to_it_as_can_be(
    futures: dict[str, Case],
) -> None:
    """Held for good, reactors for 5 leave 5 of the high future unmet. Reactors for 5 more, at 2, are nearer to the plan
    than engines at 3. Each plan has its own year; regret is then that of the orders as moved, here none."""
    found = regret(plans_of(futures), futures, until={"low": 2026})
    row = found.frame("costs").filter(plan="low", future="high").row(0, named=True)
    assert (row["cost"], row["regret"], row["moved"]) == pytest.approx((20, 0, 10))
    assert row["reason"] == "activity_within_usable [engine, USA, 2026] has too much by 5"
    rest = found.frame("costs").filter((pl.col("plan") != "low") | (pl.col("future") != "high"))
    assert rest.select(pl.col("moved").sum(), pl.col("reason").null_count()).row(0) == (0, 3)
    told = {row["plan"]: row for row in found.frame("regrets").iter_rows(named=True)}
    assert (told["low"]["moved"], told["high"]["moved"]) == pytest.approx((10, 0))
    assert (told["low"]["until"], told["high"]["until"]) == (2026, None)
    assert found.run["minimax"] == "low"


def test_of_a_limit_below_what_is_held_no_more_is_let_go_than_must_be(futures: dict[str, Case], tmp_path: Path) -> None:
    """Reactors for 10 are held, at most 7 may stand: 3 at 2 are let go, though none at all would be cheaper here."""
    dear = asking(tmp_path / "limited", 10, limit("capacity_max", "reactor", 7), engine=1)
    found = regret({"high": plan(futures["high"])}, {"limited": dear}, until=2025).frame("costs").row(0, named=True)
    assert (found["moved"], found["cost"], found["best"]) == pytest.approx((6, 7 * 2 + 3 * 1, 10))


def test_an_order_that_a_future_has_no_place_for_is_let_go_and_named(futures: dict[str, Case]) -> None:
    banned = replace(futures["low"], order_sites=futures["low"].order_sites.filter(pl.col("process") != "reactor"))
    found = regret({"low": plan(futures["low"])}, {"banned": banned}, until=2025).frame("costs").row(0, named=True)
    assert (found["cost"], found["moved"]) == pytest.approx((15, 10))
    assert found["reason"] == "order[reactor, USA, 2025] of 5 cannot be made there"


def test_regret_is_never_below_nothing_and_nothing_for_a_plan_in_its_own_future() -> None:
    base = read_case("starter")
    futures = {
        "as it is": base,
        "less": edit(base, "demand[item=quantity] *= 0.6"),
    }
    plans = plans_of(futures)
    costs = regret(plans, futures, 2027).frame("costs")
    assert costs["reason"].null_count() == costs.height
    assert (costs["regret"] >= 0).all()
    assert (costs["cost"] >= costs["best"] * (1 - 1e-6)).all()
    assert (costs.filter(pl.col("plan") == pl.col("future"))["regret"] == 0).all()
    assert costs["regret"].max() > 1


def test_the_number_of_workers_changes_nothing(futures: dict[str, Case]) -> None:
    plans = plans_of(futures)
    here, there = (regret(plans, futures, 2025, means).frame("costs") for means in (None, Means(ThreadPoolExecutor(2))))
    assert here.equals(there)


# --- refused ----------------------------------------------------------------------------------------------------------


def test_everything_that_cannot_be_compared_is_named_at_once(futures: dict[str, Case], tmp_path: Path) -> None:
    mine = plan(futures["low"])
    study = Results(run={"case": "small", "kind": "frontier"}, frames={})
    other = Results(run={**mine.run, "case": "elsewhere"}, frames=mine.frames)
    power = (demand("power", {2025: 0, 2026: 5}), curve("power", [(1.0, 100.0)]))
    parts = (goods("power"), plant("engine", {"power": 1}), site("engine"), cost("engine", "capex", 3))
    most = small_case(tmp_path / "most", *parts, *power, period=[(2025, 2027, 1)], objective="most_compute")
    with pytest.raises(CaseError) as caught:
        regret({"study": study, "other": other, "late": mine}, {**futures, "most": most}, {"late": 2020})
    told = {fault.where: fault.what for fault in caught.value.faults}
    assert told["plan 'study'"] == "is no plan"
    assert told["plan 'other'"].startswith("is a plan of elsewhere")
    assert told["plan 'late'"] == "is held until 2020, before the first period: nothing of it would be held"
    assert told["future 'most'"] == "seeks most_compute: regret is counted in money"


def test_no_plans_or_no_futures_is_a_fault(futures: dict[str, Case]) -> None:
    with pytest.raises(CaseError, match="plans"):
        regret({}, futures)
    with pytest.raises(CaseError, match="futures"):
        regret(plans_of(futures), {})


def test_a_future_that_holds_another_plan_already_is_a_fault(futures: dict[str, Case]) -> None:
    mine = plan(futures["low"])
    held = replace(futures["low"], kept=pl.DataFrame({"variable": ["order"]}))
    with pytest.raises(CaseError, match="holds the orders of another plan already"):
        regret({"low": mine}, {"held": held})


def test_a_future_that_no_plan_can_meet_is_infeasible(futures: dict[str, Case]) -> None:
    """Reactors may be ordered when they come too late, engines never."""
    never = futures["low"].order_sites.filter((pl.col("period") == "2026") & (pl.col("process") == "reactor"))
    with pytest.raises(Infeasible, match="no plan can meet never: commodity_balance .* lacks 5"):
        regret({"low": plan(futures["low"])}, {"never": replace(futures["low"], order_sites=never)}, 2025)
