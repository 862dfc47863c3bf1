"""What facts are worth to know before deciding: a choice worked out by hand, laws, kept answers, what cannot be asked.

Compute is asked for in 2026 alone: a uniform number D, 5 and 15 its 5th and 95th percentile. `early` costs 1 a unit and
must be ordered a year ahead, `rush` costs 3 and comes at once. So an order of q costs q + 3 max(0, D - q). Heat costs
ten of a lognormal number K between 1 and 4, whatever is ordered: K moves money far more than D, and is worth nothing.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from numpy.testing import assert_allclose

from model.small_cases import cost, demand, existing, goods, plant, site, small_case, under
from teraplan.case.case import Case
from teraplan.errors import ArgumentError
from teraplan.executor import Store
from teraplan.report.sample import sentences
from teraplan.report.worth import worth_of_facts
from teraplan.results.results import Results
from teraplan.results.store import load, save
from teraplan.uncertainty.ensemble import Means
from teraplan.uncertainty.samples.candidates import judge
from teraplan.uncertainty.samples.draws import Design
from teraplan.uncertainty.samples.importance import factor_quantiles, importance
from teraplan.uncertainty.samples.sample import sample, totals
from teraplan.uncertainty.samples.worth import check_worth, with_worth
from uncertainty.chance import CAPEX

DRAWS = 12
FRAMES = ("candidates", "candidate_orders", "candidate_costs", "candidate_failures", "worth")


def now_or_later(folder: Path) -> Case:
    return small_case(
        folder,
        goods("compute", "heat"),
        plant("early", {"compute": 1.0}), site("early", lead=12), cost("early", "capex", 1.0),
        plant("rush", {"compute": 1.0}), site("rush"), cost("rush", "capex", 3.0),
        demand("compute", {2025: 0.0}),
        demand("compute", {2026: 10.0}, low=5.0, high=15.0, distribution="uniform"),
        plant("boiler", {"heat": 1.0}), site("boiler"), cost("boiler", "capex", 2.0, **CAPEX),
        demand("heat", 10.0),
        period=[(2025, 2027, 1)],
    )  # fmt: skip


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    return now_or_later(tmp_path_factory.mktemp("worth") / "case")


@pytest.fixture(scope="module")
def drawn(case: Case) -> Results:
    with ThreadPoolExecutor(1) as pool:
        return sample(case, DRAWS, Design("latin", 3), means=Means(pool))


@pytest.fixture(scope="module")
def judged(case: Case, drawn: Results) -> Results:
    with ThreadPoolExecutor(1) as pool:
        return with_worth(case, drawn, 2025, DRAWS, Means(pool))


def quantile_of(drawn: Results, table: str) -> np.ndarray:
    fact = drawn.frame("facts").filter(pl.col("table") == table)["fact"][0]
    return drawn.frame("draws").filter(pl.col("fact") == fact).sort("draw")["quantile"].to_numpy()


def costs_by_hand(drawn: Results) -> tuple[np.ndarray, np.ndarray]:
    """Orders of the four candidates, and the cost of each in every draw, shape (draws, plans)."""
    quantile = quantile_of(drawn, "demand")
    asked = 5.0 + (quantile - 0.05) / 0.9 * 10.0
    by_rank, fifth = np.sort(asked), round(len(asked) / 5)
    orders = np.array([10.0, asked.mean(), by_rank[:fifth].mean(), by_rank[-fifth:].mean()])
    capital = np.exp(_normal_between(quantile_of(drawn, "costs"), np.log(1.0), np.log(4.0)))
    return orders, 10.0 * capital[:, None] + orders + 3.0 * np.maximum(0.0, asked[:, None] - orders)


def _normal_between(quantile: np.ndarray, low: float, high: float) -> np.ndarray:
    from scipy.stats import norm

    return (low + high) / 2 + norm.ppf(quantile) / norm.ppf(0.95) * (high - low) / 2


def test_each_candidate_costs_in_each_draw_what_pencil_and_paper_say(drawn: Results, judged: Results) -> None:
    orders, costs = costs_by_hand(drawn)
    early = judged.frame("candidate_orders").filter(process="early")
    assert_allclose(early["value"], orders, rtol=1e-6)
    assert early["plan"].to_list() == [
        "as written", "mean of all draws", "20 % of draws with least compute", "20 % of draws with most compute",
    ]  # fmt: skip
    wide = judged.frame("candidate_costs").pivot("plan", index="draw", values="cost").sort("draw")
    assert_allclose(wide.drop("draw").to_numpy(), costs, rtol=1e-6)
    told = judged.run["worth"]
    means, best = costs.mean(axis=0), int(costs.mean(axis=0).argmin())
    assert told["best"] == early["plan"][best] and told["cost"] == pytest.approx(means[best])
    assert told["perfect"] == pytest.approx(means[best] - costs.min(axis=1).mean())
    candidates = judged.frame("candidates")
    assert_allclose(candidates["beyond"], np.sort(means) - means.min(), atol=1e-6)
    assert candidates["best_in"].sum() >= len(costs) and candidates["cannot_meet"].sum() == 0


def test_the_fact_that_changes_the_order_is_worth_something_and_the_one_that_moves_most_money_nothing(
    judged: Results,
) -> None:
    asked, heat = (judged.frame("facts").filter(table=name)["factor"][0] for name in ("demand", "costs"))
    money = totals(judged).filter(outcome="money").sort("draw")["value"].to_numpy()
    factors, inputs = factor_quantiles(judged, range(len(money)))
    share = dict(zip(factors, importance(inputs, money).share, strict=True))
    assert share[heat] > 0.5 > 0.2 > share[asked]
    worth = dict(judged.frame("worth").select("factor", "worth").iter_rows())
    chance = judged.run["worth"]["chance"]
    assert worth[asked] > chance > worth[heat]
    # D alone says which candidate is best, so that knowing it is worth nearly all that can be known.
    assert worth[asked] > 0.8 * judged.run["worth"]["perfect"]
    assert worth_of_facts(judged)["factor"][0] == asked
    assert "Worth most to know before deciding, each alone: demand: compute" in sentences(judged)[-1]


def test_a_fact_is_worth_no_more_than_all_of_them_and_no_plan_beats_foresight(drawn: Results, judged: Results) -> None:
    told, worth = judged.run["worth"], judged.frame("worth")["worth"]
    assert worth.min() >= 0.0 and worth.max() <= told["perfect"] <= told["foresight"]
    alone = drawn.frame("outcomes").filter(pl.col("quantity") == "objective").select("draw", alone="value")
    held = judged.frame("candidate_costs").join(alone, on="draw")
    assert (held["cost"] >= held["alone"] - 1e-6).all()
    assert set(judged.frame("worth")["unit"]) == {"GUSD"} == set(judged.frame("candidates")["unit"])


def test_neither_workers_nor_an_interrupt_changes_a_bit(
    case: Case, drawn: Results, judged: Results, tmp_path: Path
) -> None:
    """What a store has of an earlier, shorter judgement is not made again."""
    store = Store(tmp_path / "draws")
    with ThreadPoolExecutor(1) as pool:
        with_worth(case, drawn, 2025, 10, Means(pool, store))
    before = {path.name: path.stat().st_mtime_ns for path in store.folder.iterdir()}
    assert len(before) == 4 + 10 * 4
    with ThreadPoolExecutor(2) as pool:
        resumed = with_worth(case, drawn, 2025, DRAWS, Means(pool, store))
    assert all(judged.frame(name).equals(resumed.frame(name)) for name in FRAMES)
    assert judged.run["worth"] == resumed.run["worth"]
    assert {path.name: path.stat().st_mtime_ns for path in store.folder.iterdir() if path.name in before} == before
    again = load(save(resumed, tmp_path / "run"))
    assert all(judged.frame(name).equals(again.frame(name)) for name in FRAMES)


def test_orders_of_years_that_are_past_are_history_and_no_choice(case: Case, drawn: Results) -> None:
    """At the end of 2025 nobody can order `early` for 2026 any more: all have the ten of the case as written."""
    late = under(case, as_of=date(2025, 12, 1))
    with ThreadPoolExecutor(1) as pool:
        early = judge(late, drawn, 2025, 1, Means(pool)).orders.filter(process="early")
    assert_allclose(early["value"], 10.0, rtol=1e-6)
    assert early.height == 4
    with pytest.raises(ArgumentError, match="still to be decided up to 2025.*\n.*give a year from 2026 to 2026"):
        with_worth(late, drawn, 2025, DRAWS)


def test_draws_that_a_candidate_cannot_meet_are_left_out_and_counted(tmp_path: Path) -> None:
    """Without `rush` a draw that asks for more than was ordered has no plan with it."""
    strict = small_case(
        tmp_path / "case",
        goods("compute"),
        plant("early", {"compute": 1.0}), site("early", lead=12), cost("early", "capex", 1.0),
        existing("early", 10.6),
        demand("compute", {2025: 0.0}),
        demand("compute", {2026: 10.0}, low=9.0, high=11.0, distribution="uniform"),
        period=[(2025, 2027, 1)],
    )  # fmt: skip
    with ThreadPoolExecutor(1) as pool:
        drawn = sample(strict, 14, Design("latin", 1), means=Means(pool))
        found = with_worth(strict, drawn, 2025, 14, Means(pool))
        few = replace(drawn, frames={**drawn.frames, "outcomes": drawn.frame("outcomes").filter(pl.col("draw") < 9)})
        with pytest.raises(ArgumentError, match="9 draws have a plan, and 10 are needed"):
            with_worth(strict, few, 2025, 14, Means(pool))
    # What stands, 10.6, is all that three candidates have: they can meet the draws that ask for no more.
    told, asked = found.run["worth"], 9.0 + (quantile_of(drawn, "demand") - 0.05) / 0.9 * 2.0
    kept = int((asked <= 10.6).sum())
    assert told["tried"] == 14 and told["kept"] == kept < 14
    lost = dict(found.frame("candidates").select("plan", "cannot_meet").iter_rows())
    assert lost["as written"] == lost["20 % of draws with least compute"] == 14 - kept
    assert 0 < lost["20 % of draws with most compute"] < 14 - kept
    assert f"{14 - kept} of 14 draws are left out" in " ".join(sentences(found))
    assert set(found.frame("candidate_failures")["kind"]) == {"Infeasible"}


def test_it_is_said_plainly_where_no_fact_is_worth_anything(judged: Results) -> None:
    def said(**told: float) -> str:
        worth = judged.frame("worth").with_columns(worth=pl.lit(told["worth"]), chance=pl.lit(told["chance"]))
        run = {**judged.run, "worth": {**judged.run["worth"], **told}}
        return sentences(replace(judged, run=run, frames={**judged.frames, "worth": worth}))[-1]

    assert "no fact changes the choice" in said(perfect=0.0, worth=0.0, chance=0.0)
    assert said(worth=0.1, chance=0.2).startswith(
        "No single fact is worth more to know first than chance would show: 200 million USD."
    )


def test_what_cannot_be_asked_is_a_fault_with_every_reason(case: Case) -> None:
    with pytest.raises(ArgumentError) as raised:
        check_worth(under(case, objective="most_compute"), "morris", 2040, 9)
    assert [fault.where for fault in raised.value.faults] == ["until", "draws", "method", "objective"]
    assert "give a year from 2025 to 2026" in str(raised.value)
