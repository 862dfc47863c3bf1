"""Samples: the answers of plans worked out by hand, in any order, on any workers, resumed, and with draws that fail."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from numpy.testing import assert_allclose

from model.small_cases import demand, existing, goods, plant, small_case
from teraplan.case.case import Case
from teraplan.errors import ArgumentError, CaseError
from teraplan.executor import Store
from teraplan.plan import plan
from teraplan.results.compare import headline
from teraplan.results.results import Results
from teraplan.results.store import load, save
from teraplan.uncertainty.ensemble import Means
from teraplan.uncertainty.samples.draws import Design, quantile_values
from teraplan.uncertainty.samples.sample import sample, totals
from teraplan.uncertainty.samples.worth import with_worth
from uncertainty.chance import cost, curve, groups, uncertain

COMPARED = ("facts", "not_drawn", "draws", "outcomes", "as_written", "failures")


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    return uncertain(tmp_path_factory.mktemp("uncertain") / "case")


def drawn(case: Case, n: int, design: Design | None = None, store: Store | None = None) -> Results:
    """A sample in this process: a pool of one thread."""
    with ThreadPoolExecutor(1) as pool:
        return sample(case, n, design, means=Means(pool, store))


def objectives(results: Results) -> np.ndarray:
    return results.frame("outcomes").filter(pl.col("quantity") == "objective").sort("draw")["value"].to_numpy()


def test_every_draw_has_the_cost_of_its_own_capital(case: Case) -> None:
    """Ten must be met and a unit costs its draw of a lognormal number between 1 and 4: the objective is ten of it."""
    results = drawn(case, 12)
    quantile = results.frame("draws").sort("draw")["quantile"].to_numpy()
    ones = np.ones_like(quantile)
    capital = quantile_values(quantile, 2 * ones, ones, 4 * ones, np.full(12, "lognormal"))
    assert_allclose(objectives(results), 10.0 * capital, rtol=1e-9)
    written = results.frame("as_written").filter(pl.col("quantity") == "objective")["value"]
    assert written.to_list() == pytest.approx([20.0])
    assert results.run["kind"] == "sample" and results.run["draws"] == 12 and results.run["failed"] == 0
    money = totals(results).filter(pl.col("outcome") == "money").sort("draw")["value"]
    assert_allclose(money, objectives(results), rtol=1e-9)


def test_the_figures_of_a_draw_are_those_of_its_plan() -> None:
    """Every figure that a plan's headline has, of the case as written; prices of other goods are told beside them."""
    from teraplan.plan import read_case

    starter = read_case("starter")
    results, whole = drawn(starter, 1), plan(starter)
    shown = whole.frame("periods").filter("shown")["period"].to_list()
    both = results.frame("as_written").join(headline(whole, shown), on=["quantity", "period", "unit"], suffix="_plan")
    assert {"compute served", "money", "transfers", "price of compute", "sites in service"} <= set(both["quantity"])
    assert_allclose(both["value"], both["value_plan"], rtol=1e-9, atol=1e-9)


def test_draws_without_a_plan_are_counted_and_named(tmp_path: Path) -> None:
    """Nothing can be ordered, ten must be met, and what stands is uniform with 5 % below 8 and 95 % below 17."""
    tight = small_case(
        tmp_path / "case",
        goods("compute"),
        plant("maker", {"compute": 1.0}),
        existing("maker", 12.0, low=8.0, high=17.0, distribution="uniform"),
        demand("compute", 10.0),
        period=[(2025, 2026, 1)],
    )
    results = drawn(tight, 16)
    quantile = results.frame("draws").sort("draw")["quantile"].to_numpy()
    short = np.flatnonzero(7.5 + 10.0 * quantile < 10.0)
    failures = results.frame("failures").sort("draw")
    assert failures["draw"].to_list() == short.tolist() and results.run["failed"] == len(short) > 0
    assert set(failures["kind"]) == {"Infeasible"} and failures["why"].str.contains("commodity_balance").all()
    assert results.frame("outcomes")["draw"].n_unique() == 16 - len(short)


def test_neither_workers_nor_a_store_nor_a_larger_design_changes_a_bit(case: Case, tmp_path: Path) -> None:
    """Two processes, one thread, a store that has a part already: the same tables to the last bit."""
    design = Design("monte-carlo", 7)
    alone = drawn(case, 6, design)
    store = Store(tmp_path / "draws")
    drawn(case, 3, design, store)
    before = {path.name: path.stat().st_mtime_ns for path in store.folder.iterdir()}
    resumed = sample(case, 6, design, means=Means(2, store))
    assert all(alone.frame(name).equals(resumed.frame(name)) for name in COMPARED)
    assert {path.name: path.stat().st_mtime_ns for path in store.folder.iterdir() if path.name in before} == before


def test_a_sample_is_stored_and_read_like_any_run(case: Case, tmp_path: Path) -> None:
    results = drawn(case, 3)
    again = load(save(results, tmp_path / "run"))
    assert all(results.frame(name).equals(again.frame(name)) for name in COMPARED)
    assert again.run["method"] == "latin" and again.run["seed"] == 1


def test_sobol_and_morris_see_which_of_two_facts_costs_more(tmp_path: Path) -> None:
    """Capital of ten units between 1 and 4 against running money between 0.1 and 0.2 a unit."""
    two = uncertain(tmp_path / "case", cost("maker", "variable", 0.15, low=0.1, high=0.2))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("teraplan.uncertainty.samples.sample.by_stage", lambda inputs, facts: inputs)
        found = drawn(two, 8, Design("saltelli", 1))
    first = dict(found.frame("indices").filter(pl.col("outcome") == "money").select("factor", "total").iter_rows())
    assert found.run["draws"] == 8 * 4
    assert first["costs 2"] > 0.9 and first["costs 3"] < 0.1
    screened = drawn(two, 3, Design("morris", 1)).frame("indices").filter(pl.col("outcome") == "money")
    mean = dict(screened.select("factor", "mean").iter_rows())
    # From the 5th to the 95th percentile: 10 (4 - 1) of capital, 10 (0.2 - 0.1) of running money.
    assert mean["costs 3"] == pytest.approx(10 * 0.1 / 0.9 * 0.9 / 1.0, rel=0.35)
    assert mean["costs 2"] > 20


def test_knowing_capital_is_worth_something_only_to_who_can_still_choose(tmp_path: Path) -> None:
    """Compute is worth 2.5 a unit or is not served; capital is between 1 and 4. Who orders before knowing gains the
    mean of what is saved below 2.5 and loses above it; who knows first orders in the good draws alone.
    """
    choice = uncertain(tmp_path / "case", curve("compute", [(1.0, 2.5)]))
    results = drawn(choice, 10)
    with ThreadPoolExecutor(1) as pool:
        found = with_worth(choice, results, 2025, 10, Means(pool))
    capital, told = objectives_of_capital(results), found.run["worth"]
    assert told["kept"] == told["tried"] == 10
    means = dict(found.frame("candidate_costs").group_by("plan").agg(pl.col("cost").mean()).iter_rows())
    assert means["as written"] == pytest.approx(10 * capital.mean(), rel=1e-6)
    assert means["20 % of draws with least compute"] == pytest.approx(25.0, rel=1e-6)
    saved = min(means.values()) - np.minimum(10 * capital, 25.0).mean()
    assert told["perfect"] == pytest.approx(saved, rel=1e-6)
    # Who may only order ten or nothing has all the orders there are to choose from.
    assert told["foresight"] == pytest.approx(saved, rel=1e-6)
    assert 0 < found.frame("worth")["worth"][0] <= told["perfect"]


def objectives_of_capital(results: Results) -> np.ndarray:
    quantile = results.frame("draws").sort("draw")["quantile"].to_numpy()
    ones = np.ones_like(quantile)
    return quantile_values(quantile, 2 * ones, ones, 4 * ones, np.full(len(quantile), "lognormal"))


def test_what_cannot_be_sampled_is_a_fault(case: Case, tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match="draws are none"):
        drawn(case, 0)
    bare = uncertain(tmp_path / "bare", capex={})
    with pytest.raises(CaseError, match="nothing to draw"):
        drawn(bare, 4)
    grouped = uncertain(tmp_path / "grouped", groups([("g", "costs[process=nobody]", 0.5)]))
    with pytest.raises(CaseError, match="no process 'nobody'"):
        drawn(grouped, 4)
